package searching

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Comparison is one look at what changed in the catalogue, on behalf of the
// saved searches: made, answered and kept in one transaction, by one instance
// at a time.
type Comparison struct {
	Since, Today time.Time // civil dates: of the last look and of this one
	Changes      []NewsLine
	Searches     []Watched
	More         bool // other changes wait
	lines        []int64
	cut          int // of the last line, how many were taken; 0: all
	most         int
	began        time.Time
}

// NewsLine is one line of what changed: documents that appeared, or one that
// changed with its card and occurrences of before.
type NewsLine struct {
	xid               uint64
	Numbers           []int32
	Card, Occurrences []byte // nil: they appeared
}

// Watched is a saved search to be compared.
type Watched struct {
	Saved
	savedOn time.Time
	known   snapshot
}

// Find is a document that answers a saved search; Changed tells that it did so
// by a change, not by the calendar.
type Find struct {
	Search  models.ID
	No      int32
	Object  models.ID
	Why     string
	Changed bool
}

// How much one comparison takes on: documents that changed, at most and at
// least, and news of one search that are listed one by one.
const (
	mostCompared  = 20_000
	leastCompared = 50
	mostListed    = 500
)

// quick is how little a comparison takes for the next to take on more.
const quick = 10 * time.Second

// Lighten has the next comparisons take on fewer changes, after one that did
// not come to its end: everything of it is to be done again, and never would be
// otherwise. Called by the job of alerts.
func Lighten(ctx context.Context, db *models.DB) error {
	_, err := db.Pool.Exec(ctx, `UPDATE alert_clock SET most = greatest(most / 2, $1)`, models.Prepared, leastCompared)
	return wrapped("lighten comparisons", err)
}

// comparing keeps two instances from comparing at once.
const comparing = 20261123150000

// ErrBusy tells that another instance compares.
var ErrBusy = errors.New("searching: another instance compares saved searches")

// Compare begins a comparison; ErrBusy while another instance does it. Called by
// the job of alerts, which answers it with Keep in the same transaction.
func Compare(ctx context.Context, tx models.Tx) (*Comparison, error) {
	var mine bool
	c := &Comparison{Today: tx.Today(), began: time.Now()}
	err := tx.PGX.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, models.Prepared, int64(comparing)).Scan(&mine)
	if err == nil && !mine {
		return nil, ErrBusy
	}
	if err == nil {
		_, err = tx.PGX.Exec(ctx, `INSERT INTO alert_clock (day) VALUES ($1) ON CONFLICT DO NOTHING`, models.Prepared, c.Today)
	}
	if err == nil {
		err = tx.PGX.QueryRow(ctx, `SELECT day, most FROM alert_clock`, models.Prepared).Scan(&c.Since, &c.most)
	}
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if c.Today.Before(c.Since) {
		c.Since = c.Today // the demonstration was made again
	}
	if err := c.changes(ctx, tx); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if len(c.Changes) == 0 && c.Since.Equal(c.Today) {
		return c, nil
	}
	if err := c.searches(ctx, tx); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	return c, nil
}

func (c *Comparison) changes(ctx context.Context, tx models.Tx) error {
	rows, err := tx.PGX.Query(ctx, `SELECT id, xid::text, numbers, card, occurrences FROM (
			SELECT *, sum(cardinality(numbers)) OVER (ORDER BY id) - cardinality(numbers) AS before FROM (SELECT * FROM search_news ORDER BY id LIMIT 5000) l) x
		WHERE before < $1 ORDER BY id`, models.Prepared, c.most)
	if err != nil {
		return err
	}
	var id int64
	var xid string
	var line NewsLine
	_, err = pgx.ForEachRow(rows, []any{&id, &xid, &line.Numbers, &line.Card, &line.Occurrences}, func() (err error) {
		one := line
		one.Numbers, one.Card, one.Occurrences = slices.Clone(line.Numbers), slices.Clone(line.Card), slices.Clone(line.Occurrences)
		one.xid, err = strconv.ParseUint(xid, 10, 64)
		c.Changes, c.lines = append(c.Changes, one), append(c.lines, id)
		return err
	})
	if err != nil || len(c.lines) == 0 {
		return err
	}
	if c.shorten(); c.cut > 0 {
		c.More = true
		return nil
	}
	return tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT FROM search_news WHERE id > $1)`, models.Prepared, c.lines[len(c.lines)-1]).Scan(&c.More)
}

// shorten takes of the last line what is not too much: an import writes many
// documents in one.
func (c *Comparison) shorten() {
	n := 0
	for _, line := range c.Changes {
		n += len(line.Numbers)
	}
	last := &c.Changes[len(c.Changes)-1]
	if n > c.most && len(last.Numbers) > n-c.most {
		c.cut = len(last.Numbers) - (n - c.most)
		last.Numbers = last.Numbers[:c.cut]
	}
}

func (c *Comparison) searches(ctx context.Context, tx models.Tx) error {
	rows, err := tx.PGX.Query(ctx, `SELECT s.saved_on, s.known::text, s.id, s.account_id, s.kind, s.name, s.words, s.exact, s.facets, s.at_once, s.rhythm
		FROM saved_searches s JOIN accounts a ON a.id = s.account_id AND a.state = 'active' WHERE s.kind = 'search' ORDER BY s.id`, models.Prepared)
	if err != nil {
		return err
	}
	c.Searches, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (w Watched, err error) {
		var known string
		err = row.Scan(&w.savedOn, &known, &w.ID, &w.Account, &w.Kind, &w.Name, &w.Words, &w.Exact, &w.Facets, &w.Both, &w.Rhythm)
		if err == nil {
			w.known, err = parseSnapshot(known)
		}
		return w, err
	})
	return err
}

// Keep writes what the searches found, each document once per search ever, and
// ends the comparison. What was there when a search was saved is left out.
func (c *Comparison) Keep(ctx context.Context, tx models.Tx, finds []Find) error {
	byID := make(map[models.ID]*Watched, len(c.Searches))
	for i := range c.Searches {
		byID[c.Searches[i].ID] = &c.Searches[i]
	}
	news := c.unknown()
	kept := map[models.ID][]Find{}
	order := []models.ID{}
	for _, f := range finds {
		w := byID[f.Search]
		if w == nil || f.Changed && !slices.ContainsFunc(news[f.No], func(xid uint64) bool { return !w.known.sees(xid) }) ||
			!f.Changed && !w.savedOn.Before(c.Today) {
			continue
		}
		if kept[f.Search] == nil {
			order = append(order, f.Search)
		}
		kept[f.Search] = append(kept[f.Search], f)
	}
	for _, id := range order {
		if err := c.keepOf(ctx, tx, id, kept[id]); err != nil {
			return fmt.Errorf("keep news: %w", err)
		}
	}
	if err := c.profiles(ctx, tx); err != nil {
		return fmt.Errorf("keep news: %w", err)
	}
	return c.end(ctx, tx)
}

// unknown gives the transactions that changed each document.
func (c *Comparison) unknown() map[int32][]uint64 {
	by := map[int32][]uint64{}
	for _, line := range c.Changes {
		for _, no := range line.Numbers {
			by[no] = append(by[no], line.xid)
		}
	}
	return by
}

// keepOf lists at most mostListed news of a search; those beyond are counted,
// each once.
func (c *Comparison) keepOf(ctx context.Context, tx models.Tx, search models.ID, finds []Find) error {
	objects, why, at, numbers := []uuid.UUID{}, []string{}, []time.Time{}, []int32{}
	for _, f := range finds {
		when := tx.Now
		if !f.Changed { // the calendar's news are those of its midnight
			when = models.EndOf(c.Today.AddDate(0, 0, -1), tx.Zone())
		}
		objects, why, at, numbers = append(objects, f.Object), append(why, f.Why), append(at, when), append(numbers, f.No)
	}
	_, err := tx.PGX.Exec(ctx, `
		WITH counted AS MATERIALIZED (
			SELECT DISTINCT unnest(numbers) AS no FROM saved_beyond WHERE search_id = $1
		), fresh AS (
			SELECT u.object_id, u.why, u.at, u.no, row_number() OVER (ORDER BY u.n) AS place
			FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $6::int[]) WITH ORDINALITY AS u (object_id, why, at, no, n)
			WHERE NOT EXISTS (SELECT FROM saved_finds f WHERE f.search_id = $1 AND f.object_id = u.object_id)
				AND NOT EXISTS (SELECT FROM counted c WHERE c.no = u.no)
		), beyond AS (
			INSERT INTO saved_beyond (search_id, n, numbers, found_at, mail)
			SELECT s.id, count(*), array_agg(f.no), f.at, s.rhythm <> 'none' FROM fresh f JOIN saved_searches s ON s.id = $1 WHERE f.place > $5 GROUP BY s.id, f.at
		), listed AS (
			INSERT INTO saved_finds (search_id, object_id, why, found_at, mail)
			SELECT s.id, f.object_id, f.why, f.at, s.rhythm <> 'none' FROM fresh f JOIN saved_searches s ON s.id = $1 WHERE f.place <= $5
			ON CONFLICT DO NOTHING
		)
		UPDATE saved_searches s SET beyond = s.beyond + n
		FROM (SELECT greatest(count(*) - $5, 0)::int AS n FROM fresh) x WHERE s.id = $1 AND n > 0`,
		models.Prepared, search, objects, why, at, int64(mostListed), numbers)
	return err
}

// profiles finds the announcements that appeared for the alerts of profiles:
// one of the specialities or regions, or one of each (P4.6).
func (c *Comparison) profiles(ctx context.Context, tx models.Tx) error {
	numbers, xids := []int32{}, []string{}
	for _, line := range c.Changes {
		for _, no := range line.Numbers {
			if line.Card == nil {
				numbers, xids = append(numbers, no), append(xids, strconv.FormatUint(line.xid, 10))
			}
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO saved_finds (search_id, object_id, why, found_at, mail)
		SELECT s.id, a.id, 'new', $3, s.rhythm <> 'none'
		FROM unnest($1::int[], $2::text[]) AS u (no, xid)
		JOIN search_documents d ON d.no = u.no AND d.kind = 'announcement'
		JOIN announcements a ON a.id = d.object_id
		JOIN saved_searches s ON s.kind = 'profile' AND NOT pg_visible_in_snapshot(u.xid::xid8, s.known)
		JOIN accounts c ON c.id = s.account_id AND c.state = 'active'
		WHERE CASE WHEN s.at_once
			THEN (s.facets -> 'specialite') ?| ARRAY[left(a.rome_code, 1), left(a.rome_code, 3)] AND (s.facets -> 'region') ? a.region_code
			ELSE (s.facets -> 'specialite') ?| ARRAY[left(a.rome_code, 1), left(a.rome_code, 3)] OR (s.facets -> 'region') ? a.region_code END
		ON CONFLICT DO NOTHING`, models.Prepared, numbers, xids, tx.Now)
	return err
}

// end forgets the lines that were read, and no other: one may have been
// committed since under a smaller number.
func (c *Comparison) end(ctx context.Context, tx models.Tx) error {
	read := c.lines
	if c.cut > 0 {
		read = c.lines[:len(c.lines)-1]
		if _, err := tx.PGX.Exec(ctx, `UPDATE search_news SET numbers = numbers[$2 + 1:] WHERE id = $1`, models.Prepared, c.lines[len(c.lines)-1], c.cut); err != nil {
			return fmt.Errorf("end of the comparison: %w", err)
		}
	}
	_, err := tx.PGX.Exec(ctx, `DELETE FROM search_news WHERE id = ANY ($1)`, models.Prepared, read)
	if err == nil && c.most < mostCompared && time.Since(c.began) < quick {
		_, err = tx.PGX.Exec(ctx, `UPDATE alert_clock SET most = least(most * 2, $1)`, models.Prepared, mostCompared)
	}
	if err == nil && !c.Since.Equal(c.Today) {
		if _, err = tx.PGX.Exec(ctx, `UPDATE alert_clock SET day = $1`, models.Prepared, c.Today); err == nil {
			err = forgetFinds(ctx, tx)
		}
	}
	return wrapped("end of the comparison", err)
}

// snapshot is what PostgreSQL writes of one: transactions below xmin are seen,
// from xmax on are not, and those under way are not.
type snapshot struct {
	xmin, xmax uint64
	underway   []uint64
}

func parseSnapshot(text string) (snapshot, error) {
	var s snapshot
	parts := strings.SplitN(text, ":", 3)
	if len(parts) != 3 {
		return s, fmt.Errorf("snapshot %q", text)
	}
	var err error
	if s.xmin, err = strconv.ParseUint(parts[0], 10, 64); err != nil {
		return s, err
	}
	if s.xmax, err = strconv.ParseUint(parts[1], 10, 64); err != nil {
		return s, err
	}
	for one := range strings.SplitSeq(parts[2], ",") {
		if one == "" {
			continue
		}
		xid, err := strconv.ParseUint(one, 10, 64)
		if err != nil {
			return s, err
		}
		s.underway = append(s.underway, xid)
	}
	return s, nil
}

func (s snapshot) sees(xid uint64) bool {
	return xid < s.xmin || xid < s.xmax && !slices.Contains(s.underway, xid)
}
