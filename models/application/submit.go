package application

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/models/mailbox"
	"passerelle/models/merge"
	"passerelle/models/people"
)

// NameSeen is the hidden input of the recapitulation that names every value
// shown there: what a person sends is what they saw (P5.6).
const NameSeen = "_seen"

// SubmitInput is the posted last page: acknowledgements and hidden fields.
type SubmitInput struct{ Posted map[string][]string }

// Receipt is an application that has been sent.
type Receipt struct {
	Application
	Again bool // it had been sent already: same receipt, nothing done twice (P6.7)
}

// StaleRecap is the Data of a submission refused because answers changed since
// the recapitulation was shown.
type StaleRecap struct {
	Answers
	Keys []string // inputs whose value is no longer the one shown
}

// AlreadyHave is the Data of a submission refused because the person already
// has a living application for the session (P18.6).
type AlreadyHave struct{ Application models.ID }

// Submit sends an application (transmission). For the applicant, signed in; a
// draft of this browser is claimed first (P18.1), and who is not signed in is
// told so (unauthorised) with the draft kept. Pressed twice, retried or
// replayed, it gives the same receipt (P6.7).
//
// Refused as a conflict: session no longer open, answers changed since the
// recapitulation (StaleRecap), another living application (AlreadyHave); as
// invalid with the Answers when something is missing or wrong, the line
// manager's address being the applicant's own included (P6.1), or with the
// Papers when a required document is missing or still on its way (P6.2).
func Submit(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, in SubmitInput) (Receipt, error) {
	d, err := lockAnswers(ctx, tx, by, id)
	if err != nil {
		return Receipt{}, err
	}
	if d.State != Draft && d.SubmittedAt != nil {
		return Receipt{Application: d.Application, Again: true}, nil
	}
	if err := d.writable(tx.Now); err != nil {
		return Receipt{}, err
	}
	if d, err = claimed(ctx, tx, by, d); err != nil {
		return Receipt{}, err
	}
	if why := d.Session.Refusal(tx.Today()); why != "" {
		return Receipt{}, models.Conflict(why, d.Session)
	}
	if err := d.confirm(ctx, tx, by, in.Posted); err != nil {
		return Receipt{}, err
	}
	if err := papersComplete(ctx, tx, by, d.Application); err != nil {
		return Receipt{}, err
	}
	return send(ctx, tx, by, d)
}

// claimed makes a draft of this browser the signed-in person's.
func claimed(ctx context.Context, tx models.Tx, by models.Actor, d Answers) (Answers, error) {
	if d.Account != uuid.Nil {
		return d, nil
	}
	if !by.SignedIn() {
		return d, &models.Error{Kind: models.KindUnauthorised, Key: "application.needs_account", Data: d.Application}
	}
	c, err := people.ClaimDrafts(ctx, tx, by, d.ID)
	if err != nil {
		return d, err
	}
	if len(c.Existing) > 0 {
		return d, models.Conflict("application.already_have", AlreadyHave{c.Existing[0]})
	}
	return lockAnswers(ctx, tx, by, d.ID)
}

// confirm takes the acknowledgements of the last page and checks that what is
// sent is whole and is what the person saw.
func (d *Answers) confirm(ctx context.Context, tx models.Tx, by models.Actor, posted map[string][]string) error {
	last := len(d.Form.Steps)
	before := d.Registers
	out, author, err := d.take(ctx, tx, by, SaveInput{Step: last, Posted: posted})
	if err != nil {
		return err
	}
	d.Registers = out.Registers
	if err := d.Evaluate(ctx, tx, by); err != nil {
		return err
	}
	if keys := d.changed(before, posted[NameSeen]); len(keys) > 0 {
		return models.Conflict("application.recap_stale", StaleRecap{Answers: *d, Keys: keys})
	}
	if !d.Result.Submittable {
		return &models.Error{Kind: models.KindInvalid, Key: "application.incomplete", Data: *d}
	}
	return d.store(ctx, tx, out.Ops, author, storing{step: last})
}

// changed lists the inputs whose value is not the one that the recapitulation
// showed, those that it did not show included. The last page's own inputs are
// being posted and are left out.
func (d *Answers) changed(before merge.Registers, seen []string) []string {
	text := ""
	if len(seen) > 0 {
		text = seen[len(seen)-1]
	}
	shown, _ := merge.ParseContext(text) // what it cannot read counts as not shown
	own := map[string]bool{}
	for _, k := range d.Result.Steps[len(d.Result.Steps)-1].Keys() {
		own[k] = true
	}
	keys := before.Changed(shown)
	for _, k := range d.Result.Keys() {
		if _, ok := shown[k]; !ok {
			keys = append(keys, k)
		}
	}
	keys = slices.DeleteFunc(keys, func(k string) bool { return own[k] })
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Seen is the hidden input NameSeen of a recapitulation.
func (d *Answers) Seen() string { return d.Registers.See(d.Result.Keys()...).String() }

// send writes the submission, asks the line manager and tells the applicant, in
// the caller's transaction.
func send(ctx context.Context, tx models.Tx, by models.Actor, d Answers) (Receipt, error) {
	snap := form.Snap(d.Form, &d.Result, d.Env)
	if err := d.storeSubmission(ctx, tx, snap); err != nil {
		return Receipt{}, err
	}
	a := d.Application
	a.ApplicantName = applicantName(snap)
	if err := fire(ctx, tx, by, &a, EventSubmit, Firing{Data: map[string]any{"form_version": snap.Version}}); err != nil {
		return Receipt{}, err
	}
	to, err := applicant(ctx, tx, a)
	if err != nil {
		return Receipt{}, err
	}
	err = mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.Receipt, Recipient: to.email, Lang: to.lang,
		SubjectKind: mailbox.OfApplication, SubjectID: a.ID, OnceKey: "receipt/" + a.ID.String()})
	if err != nil {
		return Receipt{}, err
	}
	if a.Kind == Admission { // no line manager (P6.2)
		err := fire(ctx, tx, by, &a, EventReceive, Firing{})
		return Receipt{Application: a}, err
	}
	if err := fire(ctx, tx, by, &a, EventRequestApproval, Firing{}); err != nil {
		return Receipt{}, err
	}
	return Receipt{Application: a}, requestApproval(ctx, tx, a, approverOf(snap))
}

func (d *Answers) storeSubmission(ctx context.Context, tx models.Tx, snap form.Snapshot) error {
	text, err := json.Marshal(snap)
	if err != nil {
		return fmt.Errorf("submission: %w", err)
	}
	ids := []string{}
	for _, key := range d.Result.Keys() {
		for _, id := range d.Registers.IDs(key) {
			ids = append(ids, string(id))
		}
	}
	sum := sha256.Sum256(text)
	if err := d.withhold(ctx, tx); err != nil {
		return err
	}
	if err := d.exempt(ctx, tx, nil); err != nil {
		return err
	}
	papers, err := dossier.LiveIDs(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	_, err = tx.PGX.Exec(ctx, `
		WITH sent AS (
			INSERT INTO submissions (application_id, submitted_at, form_version, answers, op_ids, seen_sum, documents)
			VALUES ($1, $2, $3, $4, $5::text[]::uuid[], $6, $9)
		)
		UPDATE applications SET applicant_name = $7, birth_name = $8 WHERE id = $1`, models.Prepared,
		d.ID, tx.Now, snap.Version, string(text), ids, sum[:], applicantName(snap), otherName(snap), papers)
	if err != nil {
		return fmt.Errorf("submission: %w", err)
	}
	return nil
}

// applicantName is how the desk and the line manager name the person: first
// name, then the name in use.
func applicantName(s form.Snapshot) string {
	last := s.Value("usual_name")
	if last == "" {
		last = s.Value("birth_name")
	}
	return strings.TrimSpace(s.Value("first_name") + " " + last)
}

// otherName is the birth name of a person who goes by another one, so that the
// desk finds both.
func otherName(s form.Snapshot) string {
	if s.Value("usual_name") == "" {
		return ""
	}
	return s.Value("birth_name")
}

// address is where the applicant is written to.
type address struct{ email, lang string }

func applicant(ctx context.Context, tx models.Tx, a Application) (address, error) {
	var to address
	err := tx.PGX.QueryRow(ctx, `SELECT email, lang FROM accounts WHERE id = $1`, models.Prepared, a.Account).Scan(&to.email, &to.lang)
	if err != nil {
		return to, fmt.Errorf("address of the applicant: %w", err)
	}
	return to, nil
}
