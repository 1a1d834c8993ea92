package application

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/form"
	"passerelle/models/merge"
	"passerelle/models/procedure"
)

// Answers are a draft with its registers, moved to the version of the form in
// force (P5.1). Evaluate fills Result.
type Answers struct {
	Application
	Form      *form.Definition
	Registers merge.Registers
	Env       form.Env
	Result    form.Result

	version models.ID // of Form
	lastHLC string
	turns   turns
	turned  bool // turns hold one that is not stored yet
}

// Open gives a draft to whoever holds it, evaluated for today. A draft whose
// time has run out is gone; what is no longer a draft is a conflict that
// carries the application.
func Open(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Answers, error) {
	d, err := readAnswers(ctx, tx, by, id, "")
	if err != nil {
		return d, err
	}
	if err := d.writable(tx.Now); err != nil {
		return d, err
	}
	return d, d.Evaluate(ctx, tx, by)
}

// lockAnswers is Open for a verb about to write, without evaluation.
func lockAnswers(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Answers, error) {
	return readAnswers(ctx, tx, by, id, " FOR UPDATE OF a")
}

// readAnswers reads application, answers and the latest version in one
// statement: it is the hot path of a saved step. Only the applicant reads
// answers through here.
func readAnswers(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, suffix string) (Answers, error) {
	var d Answers
	var stored []byte
	a, err := scan(tx.PGX.QueryRow(ctx, `SELECT `+columns+`, coalesce(n.registers, ''), coalesce(n.last_hlc, ''), coalesce(n.turns, '{}'), (
			SELECT latest.id FROM form_versions latest JOIN form_versions mine ON mine.form_key = latest.form_key
			WHERE mine.id = a.form_version_id ORDER BY latest.version DESC LIMIT 1)`+tables+`
		LEFT JOIN answers n ON n.application_id = a.id WHERE a.id = $1`+suffix, models.Prepared, id), &stored, &d.lastHLC, &d.turns, &d.version)
	if err == nil && !a.OwnedBy(by) {
		err = models.NotFound("application.not_found")
	}
	if err != nil {
		return d, err
	}
	d.Application = a
	if len(stored) == 0 { // erased by the clock
		d.Registers, d.version = merge.Registers{}, a.FormVersion
	} else if d.Registers, err = decodeRegisters(stored); err != nil {
		return d, err
	}
	return d, d.migrate(ctx, tx)
}

// migrate moves the answers of a draft to the latest version, in memory; the
// next save stores them. What was submitted keeps its version.
func (d *Answers) migrate(ctx context.Context, tx models.Tx) error {
	mine, err := procedure.ByID(ctx, tx, d.FormVersion)
	if err != nil {
		return err
	}
	d.Form = mine.Form
	if d.State != Draft || d.version == d.FormVersion {
		d.version = d.FormVersion
		return nil
	}
	latest, err := procedure.ByID(ctx, tx, d.version)
	if err != nil {
		return err
	}
	d.Registers = form.Migrate(mine.Form, latest.Form, d.Registers).Registers
	d.Form = latest.Form
	return nil
}

// writable refuses what is no draft any more.
func (d *Answers) writable(now time.Time) error {
	switch {
	case d.State == Expired, d.State == Draft && d.ExpiresAt != nil && !now.Before(*d.ExpiresAt):
		return models.Gone("application.draft_expired")
	case d.State != Draft:
		return models.Conflict("application.already_submitted", d.Application)
	}
	return nil
}

// Evaluate computes what the person sees of the form now, with the tables held
// outside of it and the addresses that cannot be the line manager's (P6.1).
func (d *Answers) Evaluate(ctx context.Context, tx models.Tx, by models.Actor) error {
	own, err := ownAddresses(ctx, tx, d.Application, by)
	if err != nil {
		return err
	}
	look := lookups{ctx: ctx, tx: tx}
	d.Env.Today, d.Env.Own = DayOf(tx.Today()), own
	d.Env.Lookups = form.Lookups{Towns: look.towns, Employer: look.employer}
	if err := d.readPapers(ctx, tx); err != nil {
		return err
	}
	d.Result = form.Evaluate(d.Form, d.Registers, d.Env)
	return look.err
}

// DayOf is the form engine's day of a civil date.
func DayOf(date time.Time) form.Day {
	y, m, day := date.Date()
	return form.Civil(y, int(m), day)
}

// lookups reads the tables that a form may consult; its error outlives the
// callbacks, which have none.
type lookups struct {
	ctx context.Context
	tx  models.Tx
	err error
}

func (l *lookups) towns(postcode string) []string {
	cities, err := catalogue.CitiesOfPostcode(l.ctx, l.tx.PGX, postcode)
	if err != nil {
		l.err = err
		return nil
	}
	names := make([]string, len(cities))
	for i, c := range cities {
		names[i] = c.Name
	}
	return names
}

func (l *lookups) employer(siren string) (string, bool) {
	e, err := catalogue.EmployerBySiren(l.ctx, l.tx.PGX, siren)
	if err != nil && models.KindOf(err) != models.KindNotFound {
		l.err = err
	}
	return e.Name, err == nil
}

// ownAddresses lists the addresses of the applicant: of the account, and the
// one that it is changing to (P6.1). The one typed in the form is compared by
// the form itself.
func ownAddresses(ctx context.Context, tx models.Tx, a Application, by models.Actor) ([]string, error) {
	account := a.Account
	if account == uuid.Nil && by.SignedIn() {
		account = by.Account
	}
	if account == uuid.Nil {
		account = a.PendingAccount
	}
	if account == uuid.Nil {
		return nil, nil
	}
	rows, err := tx.PGX.Query(ctx, `
		SELECT email FROM accounts WHERE id = $1
		UNION SELECT new_email FROM email_changes WHERE account_id = $1 AND confirmed_at IS NULL AND cancelled_at IS NULL`,
		models.Prepared, account)
	if err != nil {
		return nil, fmt.Errorf("own addresses: %w", err)
	}
	defer rows.Close()
	own := []string{}
	for rows.Next() {
		var email string
		if err := rows.Scan(&email); err != nil {
			return nil, fmt.Errorf("own addresses: %w", err)
		}
		own = append(own, email)
	}
	return own, rows.Err()
}
