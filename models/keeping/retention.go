package keeping

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"passerelle/models"
)

// Rule is one rule of retention that the portal's clock applies (règle de conservation).
type Rule struct {
	Key     string // of its messages
	Setting string // the number of days, where it can be set; empty where the rule is fixed
	Min     int    // days that the setting may be, by the reason that the messages give
	Max     int
	Hours   int    // of a fixed rule
	counts  string // what falls due: (due_at, objects, bytes), reads $1 now
}

// rules lists what is really erased, in the order shown, each as its sweep finds it.
var rules = []Rule{
	{Key: "draft_unclaimed", Setting: "draft_unclaimed_days", Min: 1, Max: 30, counts: drafts + ` AND a.account_id IS NULL`},
	{Key: "draft_claimed", Setting: "draft_claimed_days", Min: 30, Max: 365, counts: drafts + ` AND a.account_id IS NOT NULL`},
	{Key: "upload", Hours: 24, counts: `SELECT u.expires_at AS due_at, jsonb_array_length(u.segments) AS objects, u.received AS bytes FROM uploads u
		WHERE u.document_id IS NULL`},
	{Key: "export", Hours: 24, counts: `SELECT e.expires_at AS due_at, coalesce(f.objects, 0) AS objects, coalesce(f.bytes, 0) AS bytes
		FROM exports e LEFT JOIN stored_files f ON f.id = e.file_id`},
	{Key: "import", Setting: "import_file_days", Min: 1, Max: 365, counts: `SELECT r.made_at + make_interval(days => {days}) AS due_at,
		coalesce(f.objects, 0) AS objects, coalesce(f.bytes, 0) AS bytes FROM import_runs r JOIN stored_files f ON f.id = r.file_id AND f.purged_at IS NULL`},
	{Key: "orphan", Hours: 24, counts: `SELECT g.found_at + interval '1 day' AS due_at, 1 AS objects, g.bytes FROM storage_findings g
		WHERE g.kind = 'orphan' AND g.closed_at IS NULL`},
	{Key: "finding", Hours: keptDays * 24, counts: `SELECT g.closed_at + interval '365 days' AS due_at, 0 AS objects, 0 AS bytes FROM storage_findings g
		WHERE g.closed_at IS NOT NULL`},
	{Key: "approver", Setting: "approver_kept_days", Min: 30, Max: 365, counts: `SELECT p.forget_at AS due_at, 0 AS objects, 0 AS bytes FROM approvals p
		WHERE p.email <> '' AND p.state NOT IN ('requested', 'stuck')`},
	{Key: "expert", Hours: 365 * 24, counts: `SELECT o.forget_at AS due_at, 0 AS objects, 0 AS bytes FROM opinions o WHERE o.email <> ''`},
	{Key: "pending", Setting: "activation_days", Min: 1, Max: 30, counts: `SELECT c.expires_at AS due_at, 0 AS objects, 0 AS bytes FROM accounts c
		WHERE c.state = 'pending'`},
}

const drafts = `SELECT a.expires_at AS due_at, coalesce(f.objects, 0) AS objects, coalesce(f.bytes, 0) AS bytes FROM applications a
	LEFT JOIN LATERAL (SELECT sum(s.objects) AS objects, sum(s.bytes) AS bytes FROM stored_files s WHERE s.purged_at IS NULL
		AND s.id IN (SELECT d.file_id FROM documents d WHERE d.application_id = a.id
			AND NOT EXISTS (SELECT 1 FROM documents o WHERE o.file_id = d.file_id AND o.application_id <> a.id))) f ON true
	WHERE a.state = 'draft' AND a.expires_at IS NOT NULL`

// Due is how much falls due.
type Due struct {
	Count, Objects, Bytes int64
}

// Applied is a rule with its delay and what it is about to erase, without which no rule
// is shown (P17.24).
type Applied struct {
	Rule
	Days        int // of the setting
	Next        *time.Time
	Week, Month Due // within seven and thirty days
	All         Due // whatever has a date
}

// Retention tells every rule with its preview. For administrators.
func Retention(ctx context.Context, tx models.Tx, by models.Actor) ([]Applied, error) {
	if err := allowed(by); err != nil {
		return nil, err
	}
	list := make([]Applied, len(rules))
	for i, r := range rules {
		a := Applied{Rule: r}
		if r.Setting != "" {
			days, err := tx.SettingInt(ctx, r.Setting)
			if err != nil {
				return nil, err
			}
			a.Days = days
		}
		err := tx.PGX.QueryRow(ctx, `
			SELECT min(due_at), count(*), coalesce(sum(objects), 0)::bigint, coalesce(sum(bytes), 0)::bigint,
				count(*) FILTER (WHERE due_at <= $1), coalesce(sum(objects) FILTER (WHERE due_at <= $1), 0)::bigint, coalesce(sum(bytes) FILTER (WHERE due_at <= $1), 0)::bigint,
				count(*) FILTER (WHERE due_at <= $2), coalesce(sum(objects) FILTER (WHERE due_at <= $2), 0)::bigint, coalesce(sum(bytes) FILTER (WHERE due_at <= $2), 0)::bigint
			FROM (`+strings.ReplaceAll(r.counts, "{days}", strconv.Itoa(a.Days))+`) x WHERE due_at IS NOT NULL`, models.Prepared, tx.Now.AddDate(0, 0, 7), tx.Now.AddDate(0, 0, 30)).
			Scan(&a.Next, &a.All.Count, &a.All.Objects, &a.All.Bytes, &a.Week.Count, &a.Week.Objects, &a.Week.Bytes, &a.Month.Count, &a.Month.Objects, &a.Month.Bytes)
		if err != nil {
			return nil, fmt.Errorf("retention %s: %w", r.Key, err)
		}
		list[i] = a
	}
	return list, nil
}

// ErasedNow tells what delays would erase at once, at the next sweep: of rules whose
// dates are counted anew when their delay changes. For administrators, before they
// confirm it.
func ErasedNow(ctx context.Context, tx models.Tx, by models.Actor, days map[string]string) (total Due, err error) {
	if err := allowed(by); err != nil {
		return total, err
	}
	for _, r := range rules {
		n, err := strconv.Atoi(days[r.Setting])
		if r.Setting == "" || err != nil || n < r.Min || n > r.Max || !strings.Contains(r.counts, "{days}") {
			continue
		}
		var d Due
		err = tx.PGX.QueryRow(ctx, `SELECT count(*), coalesce(sum(objects), 0)::bigint, coalesce(sum(bytes), 0)::bigint FROM (`+
			strings.ReplaceAll(r.counts, "{days}", strconv.Itoa(n))+`) x WHERE due_at <= $1`, models.Prepared, tx.Now).Scan(&d.Count, &d.Objects, &d.Bytes)
		if err != nil {
			return total, fmt.Errorf("retention %s: %w", r.Key, err)
		}
		total = Due{total.Count + d.Count, total.Objects + d.Objects, total.Bytes + d.Bytes}
	}
	return total, nil
}

// SetRetention changes the days of rules, by their settings; those that are out of
// their bounds are refused with the field of each. What has a date already keeps it.
// For administrators.
func SetRetention(ctx context.Context, tx models.Tx, by models.Actor, days map[string]string) error {
	if err := allowed(by); err != nil {
		return err
	}
	var wrong []models.FieldError
	for _, r := range rules {
		text, ok := days[r.Setting]
		if r.Setting == "" || !ok {
			continue
		}
		if n, err := strconv.Atoi(text); err != nil || n < r.Min || n > r.Max {
			wrong = append(wrong, models.FieldError{Field: r.Setting, Key: "storage.retention.bounds", Args: []string{strconv.Itoa(r.Min), strconv.Itoa(r.Max)}})
		}
	}
	if len(wrong) > 0 {
		return models.Invalid("storage.retention.refused", wrong...)
	}
	for _, r := range rules {
		text, ok := days[r.Setting]
		if r.Setting == "" || !ok {
			continue
		}
		now, err := tx.SettingValue(ctx, r.Setting)
		if err == nil && now != text {
			err = models.SetSetting(ctx, tx, by, r.Setting, text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
