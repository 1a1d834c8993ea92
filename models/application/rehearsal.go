package application

import (
	"context"
	"fmt"
	"time"

	"passerelle/models"
)

// Rehearsal is what a batch would do now (répétition, P9.4): every line decided
// for real in a transaction that is then forgotten.
type Rehearsal struct {
	At       time.Time
	Lines    []Rehearsed
	Sessions []SeatChange
}

// Rehearsed is one line of a rehearsal.
type Rehearsed struct {
	Application Application
	Employer    string
	Wish        BatchWish // with the version in force now
	Kind        Verdict
	Left        string // message key of why it would be left as it is
	Warnings    []Warning
	Decision    Decision
	Seat        int     // number of the seat taken, 0 for none
	Letter      *Letter // what the person would be told; nil for no mail
	Lang        string  // of that mail
}

// Warning is something that deserves a look before deciding: a message key, and of how
// many things it speaks.
type Warning struct {
	Key string
	N   int
}

// SeatChange is what a rehearsal does to the seats of a session.
type SeatChange struct {
	Session       Session
	Before, After Seats
}

// Digest is that of the batch rehearsed, as a form that shows these lines posts it back.
func (r Rehearsal) Digest(in BatchInput) string {
	in.Lines = nil
	for _, l := range r.Lines {
		if l.Application.ApplicantName != "" {
			in.Lines = append(in.Lines, l.Wish)
		}
	}
	return in.Digest()
}

// Count tells how many lines would get a verdict.
func (r Rehearsal) Count(kind Verdict) int {
	n := 0
	for _, l := range r.Lines {
		if l.Left == "" && l.Kind == kind {
			n++
		}
	}
	return n
}

// LeftAside tells how many lines would stay as they are.
func (r Rehearsal) LeftAside() int {
	n := 0
	for _, l := range r.Lines {
		if l.Left != "" {
			n++
		}
	}
	return n
}

// Letters tells how many mails would be written.
func (r Rehearsal) Letters() int {
	n := 0
	for _, l := range r.Lines {
		if l.Letter != nil {
			n++
		}
	}
	return n
}

// Rehearse plays a batch without keeping anything. For officers; an application
// out of their scope is left aside without a name. Versions of zero are taken as
// they stand now, so that a first rehearsal needs ids alone.
func Rehearse(ctx context.Context, db *models.DB, by models.Actor, in BatchInput) (Rehearsal, error) {
	if !by.Has(models.RoleOfficer) {
		return Rehearsal{}, models.NotFound("page.not_found")
	}
	if len(in.Lines) == 0 || len(in.Lines) > BatchMax {
		return Rehearsal{}, in.Check()
	}
	r := Rehearsal{At: db.Clock.Now()}
	err := db.InRolledBackTx(ctx, func(ctx context.Context, tx models.Tx) error {
		if err := lockSessionsOf(ctx, tx, in.Lines); err != nil {
			return err
		}
		seen := map[models.ID]int{}
		for _, w := range in.Lines {
			line, err := rehearse(ctx, tx, by, in, w, &r, seen)
			if err != nil {
				return err
			}
			r.Lines = append(r.Lines, line)
		}
		for i := range r.Sessions {
			after, err := seatsOf(ctx, tx, r.Sessions[i].Session.ID)
			if err != nil {
				return err
			}
			r.Sessions[i].After = after
		}
		return nil
	})
	return r, err
}

// lockSessionsOf takes the locks of every session of a batch at once, in the order
// of their ids, so that two rehearsals never wait for each other (P18.5).
func lockSessionsOf(ctx context.Context, tx models.Tx, lines []BatchWish) error {
	ids := make([]models.ID, len(lines))
	for i, w := range lines {
		ids[i] = w.Application
	}
	_, err := tx.PGX.Exec(ctx, `SELECT 1 FROM sessions WHERE id IN (SELECT session_id FROM applications WHERE id = ANY($1)) ORDER BY id FOR UPDATE`,
		models.Prepared, ids)
	if err != nil {
		return fmt.Errorf("rehearsal: %w", err)
	}
	return nil
}

func rehearse(ctx context.Context, tx models.Tx, by models.Actor, in BatchInput, w BatchWish, r *Rehearsal, seen map[models.ID]int) (Rehearsed, error) {
	line := Rehearsed{Wish: w}
	a, err := loadReviewed(ctx, tx, by, w.Application)
	if models.KindOf(err) == models.KindNotFound && err != nil {
		line.Left = "application.not_found"
		return line, nil
	}
	if err != nil {
		return line, err
	}
	if w.Version == 0 {
		w.Version = a.Version
	}
	line.Application, line.Wish = a, w
	if _, known := seen[a.Session.ID]; !known {
		seen[a.Session.ID] = len(r.Sessions)
		before, err := seatsOf(ctx, tx, a.Session.ID)
		if err != nil {
			return line, err
		}
		r.Sessions = append(r.Sessions, SeatChange{Session: a.Session, Before: before})
	}
	if err := line.look(ctx, tx); err != nil {
		return line, err
	}
	input := in.decide(w, tx.Now.Add(time.Hour)) // Nothing leaves a rehearsal
	line.Kind = input.Kind
	if line.Kind == "" {
		return line, nil // nothing chosen yet: the list alone
	}
	d, err := Decide(ctx, tx, by, a.ID, input)
	if kind := models.KindOf(err); err != nil && (kind == models.KindInternal || kind == models.KindUnavailable) {
		return line, err
	}
	if err != nil {
		line.Left = keyOf(err)
		return line, nil
	}
	line.Decision = d
	return line, line.effect(ctx, tx)
}

// effect tells the seat taken and the mail that the person would get.
func (l *Rehearsed) effect(ctx context.Context, tx models.Tx) error {
	if l.Kind == VerdictAccepted {
		seats, err := seatsOf(ctx, tx, l.Application.Session.ID)
		if err != nil {
			return err
		}
		l.Seat = seats.Elsewhere + seats.Taken
	}
	if !l.Kind.Told() {
		return nil
	}
	letter, _, err := newLetter(ctx, tx, l.Application.ID)
	if err != nil {
		return err
	}
	letter.Verdict, letter.Reason, letter.Message = string(l.Kind), l.Decision.Reason, l.Decision.Message
	letter.Rank, letter.DecidedAt = l.Decision.Rank, l.Decision.RecordedAt
	if err := l.promise(ctx, tx, &letter); err != nil {
		return err
	}
	if letter.Appeal, err = tx.SettingValue(ctx, "appeal_text"); err != nil {
		return err
	}
	l.Letter = &letter
	return nil
}

// promise tells until when the seat would have to be confirmed, counted from the
// day on which the person is told.
func (l *Rehearsed) promise(ctx context.Context, tx models.Tx, letter *Letter) error {
	setting := l.Application.confirmSetting(l.Decision)
	if setting == "" || l.Decision.ReleaseOn == nil {
		return nil
	}
	days, err := tx.SettingInt(ctx, setting)
	if err != nil {
		return err
	}
	told := *l.Decision.ReleaseOn
	if told.Before(tx.Today()) {
		told = tx.Today()
	}
	until := told.AddDate(0, 0, days)
	if last := l.Application.Session.StartsOn.AddDate(0, 0, -1); until.After(last) {
		until = last
	}
	letter.ConfirmBy = &until
	return nil
}

// look gathers what deserves a look before deciding: pieces without a verdict,
// an answer that came after a request, an address that does not take mails.
func (l *Rehearsed) look(ctx context.Context, tx models.Tx) error {
	var unread, refused, missing int
	var bounced int
	err := tx.PGX.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE d.id IS NOT NULL AND v.id IS NULL), count(*) FILTER (WHERE v.kind IN ('refused', 'to_complete')),
			count(*) FILTER (WHERE d.id IS NULL AND r.not_applicable_at IS NULL AND (r.spec->>'required')::boolean),
			(SELECT count(*) FROM mails m JOIN accounts ac ON ac.email = m.recipient
				WHERE ac.id = $2 AND m.state = 'failed' AND m.queued_at > $3::timestamptz - interval '90 days'),
			coalesce((SELECT lang FROM accounts WHERE id = $2), 'fr')
		FROM requirements r LEFT JOIN documents d ON d.requirement_id = r.id AND d.state = 'live'
		LEFT JOIN verdicts v ON v.document_id = d.id AND v.superseded_at IS NULL WHERE r.application_id = $1`, models.Prepared,
		l.Application.ID, l.Application.Account, tx.Now).Scan(&unread, &refused, &missing, &bounced, &l.Lang)
	if err != nil {
		return fmt.Errorf("rehearsal: %w", err)
	}
	for _, one := range []Warning{{"desk.warn.missing", missing}, {"desk.warn.refused", refused}, {"desk.warn.unread", unread}, {"desk.warn.bounced", bounced}} {
		if one.N > 0 {
			l.Warnings = append(l.Warnings, one)
		}
	}
	return nil
}
