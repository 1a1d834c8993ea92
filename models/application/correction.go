package application

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/models/mailbox"
	"passerelle/models/merge"
)

// Correction is what the service asked, as the applicant answers it (« Compléter ma
// candidature »): these documents and these questions, and no other (P17.8).
type Correction struct {
	Papers
	Answers Answers  // evaluated
	Fields  []string // ids of the questions and repeated blocks that are open
}

// OpenCorrection gives what was asked to the applicant; a conflict that carries the
// application when nothing is asked of it now.
func OpenCorrection(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Correction, error) {
	c, err := readCorrection(ctx, tx, by, id, "")
	if err != nil {
		return c, err
	}
	return c, c.Answers.Evaluate(ctx, tx, by)
}

func readCorrection(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, suffix string) (Correction, error) {
	d, err := readAnswers(ctx, tx, by, id, suffix)
	if err != nil {
		return Correction{}, err
	}
	if d.State != InformationRequested {
		return Correction{Papers: Papers{Application: d.Application}}, models.Conflict("application.nothing_asked", d.Application)
	}
	c := Correction{Answers: d}
	if c.Papers, err = papersOf(ctx, tx, by, d.Application); err != nil {
		return c, err
	}
	if c.Request != nil {
		c.Fields = openFields(d.Form, c.Request.Fields)
	}
	return c, nil
}

// openFields adds to the questions asked those that their answers make appear or
// require, which would otherwise be asked of a person who cannot answer them.
func openFields(def *form.Definition, asked []string) []string {
	open := slices.Clone(asked)
	for {
		before := len(open)
		for _, step := range def.Steps {
			for _, b := range step.Blocks {
				follows := readsAny(b.When, open)
				if b.Repeat != nil {
					if follows && !slices.Contains(open, b.ID) {
						open = append(open, b.ID)
					}
					continue
				}
				for _, f := range b.Fields {
					if !slices.Contains(open, f.ID) && (follows || readsAny(f.When, open) || readsAny(f.RequiredWhen, open)) {
						open = append(open, f.ID)
					}
				}
			}
		}
		if len(open) == before {
			return open
		}
	}
}

func readsAny(c form.Condition, ids []string) bool {
	found := false
	c.Fields(func(id string) {
		base, _, _ := strings.Cut(id, ".")
		found = found || slices.Contains(ids, base)
	})
	return found
}

// opens reports that an input belongs to an open question.
func (c Correction) opens(key string) bool {
	return slices.ContainsFunc(c.Fields, func(id string) bool {
		return key == id || key == id+form.SameSuffix || strings.HasPrefix(key, id+".") || strings.HasPrefix(key, id+"/")
	})
}

// SaveCorrection keeps what the page of a correction posted (P5.5), of the questions
// that are open and of no other. For the applicant; nothing wrong is refused.
func SaveCorrection(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, in SaveInput) (Correction, error) {
	c, err := readCorrection(ctx, tx, by, id, " FOR UPDATE OF a")
	if err != nil {
		return c, err
	}
	if err := c.save(ctx, tx, by, in.Posted); err != nil {
		return c, err
	}
	return c, c.Answers.Evaluate(ctx, tx, by)
}

// save applies a posted page step by step, as the draft did, and stores the
// operations on open questions.
func (c *Correction) save(ctx context.Context, tx models.Tx, by models.Actor, posted map[string][]string) error {
	if len(posted) == 0 || len(c.Fields) == 0 {
		return nil
	}
	for n := range c.Answers.Form.Steps {
		out, author, err := c.Answers.take(ctx, tx, by, SaveInput{Step: n + 1, Posted: posted})
		if err != nil {
			return err
		}
		c.blank(out.Blank)
		ops := slices.DeleteFunc(slices.Clone(out.Ops), func(op merge.Op) bool { return !c.opens(op.Key) })
		c.Answers.turns, c.Answers.turned = out.turns, out.turned
		if len(ops) == 0 && !out.turned {
			continue
		}
		c.Answers.apply(ops)
		if err := c.Answers.store(ctx, tx, ops, author, storing{step: c.Answers.Application.Step}); err != nil {
			return err
		}
	}
	return nil
}

// blank keeps the rows that a page shows though nothing is stored in them yet, of open
// blocks and of no other.
func (c *Correction) blank(rows map[string][]string) {
	for block, ids := range rows {
		if !c.opens(block) {
			continue
		}
		if c.Answers.Env.Blank == nil {
			c.Answers.Env.Blank = map[string][]string{}
		}
		c.Answers.Env.Blank[block] = append(c.Answers.Env.Blank[block], ids...)
	}
}

// RetransmitInput is the posted page of a correction.
type RetransmitInput struct{ Posted map[string][]string }

// Retransmit sends an application again after the service asked for something (P9.3):
// a whole snapshot, a note of what changed, one mail, and the application is back at
// the desk. What was first sent never changes. For the applicant; pressed twice it
// gives the same receipt. Refused as invalid with the Correction when something asked
// is missing or wrong; the words typed are in it.
func Retransmit(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, in RetransmitInput) (Receipt, error) {
	c, err := readCorrection(ctx, tx, by, id, " FOR UPDATE OF a")
	if models.KindOf(err) == models.KindConflict && err != nil {
		return sentAgain(ctx, tx, c.Application, err)
	}
	if err != nil {
		return Receipt{}, err
	}
	if c.Request == nil {
		return Receipt{}, fmt.Errorf("application %s waits without a request", id)
	}
	if err := c.save(ctx, tx, by, in.Posted); err != nil {
		return Receipt{}, err
	}
	if err := c.Answers.Evaluate(ctx, tx, by); err != nil {
		return Receipt{}, err
	}
	if c.Papers, err = papersOf(ctx, tx, by, c.Application); err != nil { // as the answers just posted ask
		return Receipt{}, err
	}
	if len(c.Missing) > 0 || len(c.Wrong()) > 0 {
		return Receipt{}, &models.Error{Kind: models.KindInvalid, Key: "application.correction_incomplete", Data: c}
	}
	return c.send(ctx, tx, by)
}

// sentAgain answers the second press of the same button.
func sentAgain(ctx context.Context, tx models.Tx, a Application, refusal error) (Receipt, error) {
	r, err := lastRequest(ctx, tx, a)
	if err != nil {
		return Receipt{}, err
	}
	if r == nil || r.AnsweredAt == nil || a.State != UnderReview {
		return Receipt{}, refusal
	}
	return Receipt{Application: a, Again: true}, nil
}

// Wrong lists the open questions that have a problem, in order.
func (c Correction) Wrong() []form.FieldResult {
	wrong := []form.FieldResult{}
	for _, step := range c.Answers.Result.Steps {
		for _, b := range step.Blocks {
			fields := slices.Clone(b.Fields)
			for _, row := range b.Rows {
				if !row.Blank {
					fields = append(fields, row.Fields...)
				}
			}
			for _, f := range fields {
				if b.Visible && f.Visible && c.opens(f.Key) && f.Field.Kind != form.KindDocument && (len(f.Problems) > 0 || f.InConflict()) {
					wrong = append(wrong, f)
				}
			}
		}
	}
	return wrong
}

// send writes the retransmission, in the caller's transaction.
func (c *Correction) send(ctx context.Context, tx models.Tx, by models.Actor) (Receipt, error) {
	a := c.Application
	before, err := SubmissionOf(ctx, tx, a)
	if err != nil {
		return Receipt{}, err
	}
	snap := form.Snap(c.Answers.Form, &c.Answers.Result, c.Answers.Env)
	if err := c.Answers.withhold(ctx, tx); err != nil {
		return Receipt{}, err
	}
	fields := changedFields(before.Snapshot, snap)
	if err := c.Answers.exempt(ctx, tx, fields); err != nil {
		return Receipt{}, err
	}
	all, err := dossier.Of(ctx, tx, a.ID)
	if err != nil {
		return Receipt{}, err
	}
	changed := changedRequirements(all, before.Documents, c.Request)
	text, err := json.Marshal(snap)
	if err != nil {
		return Receipt{}, fmt.Errorf("correction: %w", err)
	}
	papers, err := dossier.LiveIDs(ctx, tx, a.ID)
	if err != nil {
		return Receipt{}, err
	}
	_, err = tx.PGX.Exec(ctx, `
		WITH answered AS (UPDATE information_requests SET answered_at = $4, changed_fields = $7, changed = $8 WHERE id = $3),
		named AS (UPDATE applications SET applicant_name = $9, birth_name = $10 WHERE id = $2)
		INSERT INTO corrections (id, application_id, request_id, sent_at, answers, documents) VALUES ($1, $2, $3, $4, $5, $6)`, models.Prepared,
		tx.NewID(), a.ID, c.Request.ID, tx.Now, string(text), papers, fields, changed, applicantName(snap), otherName(snap))
	if err != nil {
		return Receipt{}, fmt.Errorf("correction: %w", err)
	}
	a.ApplicantName = applicantName(snap)
	data := map[string]any{"request": c.Request.ID, "fields": len(fields), "documents": len(changed)}
	if err := fire(ctx, tx, by, &a, EventGiveInformation, Firing{Data: data}); err != nil {
		return Receipt{}, err
	}
	return Receipt{Application: a}, tellRequest(ctx, tx, a, c.Request.ID, mailbox.CorrectionReceipt, "correction/"+c.Request.ID.String())
}

// changedFields lists the questions, and repeated blocks, whose answers differ.
func changedFields(before, after form.Snapshot) []string {
	type at struct{ field, row string }
	values := func(s form.Snapshot) map[at]form.Answer {
		all := map[at]form.Answer{}
		for _, a := range s.Answers {
			if a.Kind != form.KindDocument {
				all[at{a.Field, a.Row}] = a
			}
		}
		return all
	}
	old, now := values(before), values(after)
	changed := []string{}
	note := func(a form.Answer) {
		if id := askable(a); !slices.Contains(changed, id) {
			changed = append(changed, id)
		}
	}
	for _, a := range after.Answers {
		if b, ok := old[at{a.Field, a.Row}]; a.Kind != form.KindDocument && (!ok || !sameValues(a, b)) {
			note(a)
		}
	}
	for _, a := range before.Answers {
		if _, ok := now[at{a.Field, a.Row}]; !ok && a.Kind != form.KindDocument {
			note(a)
		}
	}
	return changed
}

func sameValues(a, b form.Answer) bool {
	one := form.Snapshot{Answers: []form.Answer{a}}
	return one.Equal(form.Snapshot{Answers: []form.Answer{b}})
}

// askable is how an answer is named in a request: its question, or its repeated
// block as a whole.
func askable(a form.Answer) string {
	if a.Row != "" {
		return a.Block
	}
	return a.Field
}

func answerNamed(id string) func(form.Answer) bool {
	return func(a form.Answer) bool { return askable(a) == id }
}

// changedRequirements lists those whose versions in force are no longer those that
// were sent before, and those that the person has since said not to be concerned by.
func changedRequirements(all []dossier.Requirement, sent []models.ID, request *InformationRequest) []models.ID {
	changed := []models.ID{}
	for _, r := range all {
		differs := r.NotApplicable != nil && request != nil && r.NotApplicable.After(request.AskedAt)
		for _, docs := range [][]dossier.Document{r.Documents, r.History} {
			for _, d := range docs {
				was := slices.Contains(sent, d.ID)
				differs = differs || was != (d.State == dossier.Live)
			}
		}
		if differs {
			changed = append(changed, r.ID)
		}
	}
	return changed
}
