package application

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"passerelle/models"
	"passerelle/models/form"
	"passerelle/models/merge"
	"passerelle/models/procedure"
)

// NameVersion is the hidden input that tells which version of the form a page
// showed.
const NameVersion = "_fv"

// NamePage is the hidden input that names one showing of a page in one tab.
// What the same page wrote before is seen by its author: an automatic save, or
// a page found again with Back, never conflicts with itself.
const NamePage = "_page"

// SaveInput is one posted page of a form.
type SaveInput struct {
	Step   int                 // number, from 1
	Posted map[string][]string // as the browser sent it; see form.Save for the names that drive it
}

// Saved is a draft after a save. Evaluate it to show the page again.
type Saved struct {
	Answers
	form.Saved
	Step int

	late bool // a later save of the same page came before this one
}

// SaveStep keeps what one page posted (P5.5): for the account that owns the
// draft or the browser that holds it. A partial or wrong answer is never
// refused; a field that another tab or device changed meanwhile keeps both
// values (P13.3). A step that the form does not have is not found; a draft that
// has been sent is a conflict, one whose time ran out is gone.
//
// It writes no event: each answer is journalled in answer_ops.
func SaveStep(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, in SaveInput) (Saved, error) {
	d, err := lockAnswers(ctx, tx, by, id)
	if err != nil {
		return Saved{}, err
	}
	if err := d.writable(tx.Now); err != nil {
		return Saved{Answers: d}, err
	}
	out, author, err := d.take(ctx, tx, by, in)
	if err != nil {
		return Saved{}, err
	}
	unmoved := !out.turned && d.version == d.FormVersion && d.Application.Step == in.Step
	if len(out.Ops) == 0 && (out.late || unmoved) {
		return out, nil
	}
	return out, out.store(ctx, tx, out.Ops, author, storing{step: in.Step})
}

// take turns a posted page into operations and applies them in memory.
func (d Answers) take(ctx context.Context, tx models.Tx, by models.Actor, in SaveInput) (Saved, *merge.Author, error) {
	asked, err := d.postedForm(ctx, tx, in.Posted)
	if err != nil {
		return Saved{}, nil, err
	}
	step, ok := asked.Step(in.Step)
	if !ok {
		return Saved{}, nil, models.NotFound("application.no_such_step")
	}
	late, fresh := d.turns.note(turnOf(in.Posted))
	if late {
		in.Posted = outliving(in.Posted)
	}
	d.turned = d.turned || fresh
	whole, err := withTowns(ctx, tx, step, in.Posted)
	if err != nil {
		return Saved{}, nil, err
	}
	author := d.author(tx, by)
	posted := d.seenByPage(whole, author)
	out := Saved{Answers: d, Step: in.Step, late: late, Saved: form.Save(step, d.Registers, posted, author)}
	out.Registers = d.Registers.Clone()
	for i := range out.Ops {
		out.Ops[i].Ctx = onlyUUIDs(out.Ops[i].Ctx)
		if key, ok := form.MapKey(asked, d.Form, out.Ops[i].Key); ok && asked != d.Form {
			out.Ops[i].Key = key
		}
	}
	out.apply(out.Ops)
	out.Env.Blank = out.Blank
	return out, author, nil
}

// maxPage bounds the name of a page; ours are shorter.
const maxPage = 40

// seenByPage signs the author with the posted page and adds to the posted
// context what that page has already written.
func (d *Answers) seenByPage(posted map[string][]string, author *merge.Author) map[string][]string {
	page, context := posted[NamePage], posted[form.NameContext]
	if len(page) == 0 || page[0] == "" || len(page[0]) > maxPage || len(context) == 0 {
		return posted
	}
	author.Actor += "/" + page[0]
	seen, err := merge.ParseContext(context[len(context)-1])
	if err != nil {
		return posted
	}
	for key, reg := range d.Registers {
		for i := len(reg.Siblings) - 1; i >= 0; i-- { // the newest last: its value is the one shown
			if op := reg.Siblings[i]; op.Actor == author.Actor {
				s := seen[key]
				seen[key] = merge.Seen{IDs: append(slices.Clone(s.IDs), op.ID), Sum: merge.Sum(op.Val)}
			}
		}
	}
	out := maps.Clone(posted)
	out[form.NameContext] = []string{seen.String()}
	return out
}

// postedForm is the version that the page was made from: a tab opened before a
// publication still posts the old questions (P5.1).
func (d *Answers) postedForm(ctx context.Context, tx models.Tx, posted map[string][]string) (*form.Definition, error) {
	names := posted[NameVersion]
	if len(names) == 0 {
		return d.Form, nil
	}
	n, err := strconv.Atoi(names[0])
	if err != nil || n == d.Form.Version {
		return d.Form, nil
	}
	v, err := procedure.Numbered(ctx, tx, d.Form.Key, n)
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return d.Form, nil
	}
	return v.Form, err
}

func (d *Answers) apply(ops []merge.Op) {
	for _, op := range ops {
		d.Registers.Apply(op)
	}
}

// storing is what a save writes besides answers.
type storing struct{ step int }

// store journals the operations, writes the registers and marks the draft, in
// one statement. A claimed draft lasts until the end of a date (P18.11).
func (d *Answers) store(ctx context.Context, tx models.Tx, ops []merge.Op, author *merge.Author, s storing) error {
	o, err := columnsOf(ops)
	if err != nil {
		return err
	}
	if len(ops) > 0 {
		d.lastHLC = author.Last
	}
	_, err = tx.PGX.Exec(ctx, `
		WITH journal AS (
			INSERT INTO answer_ops (id, application_id, key, val, ctx, hlc, form_version, device, actor, at)
			SELECT o.id, $1, o.key, o.val, o.ctx::uuid[], o.hlc, $2, o.device, $3, $4
			FROM unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[]) AS o (id, key, val, ctx, hlc, device)
		), kept AS (
			UPDATE answers SET registers = $11, ops = ops + $12, last_hlc = $13, turns = coalesce($18, turns), updated_at = $4 WHERE application_id = $1
		)
		UPDATE applications SET step = $14, saved_at = $4, form_version_id = $15,
			expires_at = CASE WHEN account_id IS NULL THEN expires_at ELSE
				greatest(expires_at, (date_trunc('day', $4 AT TIME ZONE $17) + make_interval(days =>
				1 + coalesce((SELECT value::int FROM settings WHERE key = 'draft_claimed_days'), $16))) AT TIME ZONE $17 - interval '1 microsecond') END
		WHERE id = $1 AND state = 'draft'`, models.Prepared,
		d.ID, d.Form.Version, author.Actor, tx.Now, o.ids, o.keys, o.vals, o.ctxs, o.hlcs, o.devices,
		encodeRegisters(d.Registers), len(ops), d.lastHLC, s.step, d.version, claimedDays, tx.Zone().String(), d.turns)
	if err != nil {
		return fmt.Errorf("save step: %w", err)
	}
	at := tx.Now
	d.SavedAt, d.Application.Step, d.FormVersion, d.turned = &at, s.step, d.version, false
	return nil
}

// claimedDays is the default of the setting draft_claimed_days.
const claimedDays = 90

// opColumns are operations column by column, for unnest.
type opColumns struct{ ids, keys, vals, ctxs, hlcs, devices []string }

func columnsOf(ops []merge.Op) (opColumns, error) {
	var o opColumns
	for _, op := range ops {
		val := op.Val
		if val == nil {
			val = merge.Value{}
		}
		text, err := json.Marshal(val)
		if err != nil {
			return o, fmt.Errorf("answer: %w", err)
		}
		o.ids, o.keys, o.vals = append(o.ids, string(op.ID)), append(o.keys, op.Key), append(o.vals, string(text))
		o.ctxs, o.hlcs, o.devices = append(o.ctxs, arrayOf(op.Ctx)), append(o.hlcs, op.HLC), append(o.devices, op.Dev)
	}
	return o, nil
}

// arrayOf writes a PostgreSQL array of ids, which are plain.
func arrayOf(ids []merge.OpID) string {
	b := []byte{'{'}
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, id...)
	}
	return string(append(b, '}'))
}
