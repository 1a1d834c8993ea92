package application

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/dossier"
)

// VerdictInput is an officer's word on a document.
type VerdictInput struct {
	Kind        dossier.VerdictKind
	Reason      string    // of the list or free; a refusal needs one, or a message
	Message     string    // what the applicant will read
	ValidUntil  string    // AAAA-MM-JJ, for a valid document that carries an end date
	SeenVerdict models.ID // verdict in force as the officer saw it, zero for none
}

// VerdictConflict is the Data of a word on a document refused because the version is
// no longer in force or a colleague gave a verdict meanwhile (P9.5): what stands now,
// and what the officer typed.
type VerdictConflict struct {
	Document dossier.Document // that the officer judged
	Live     *dossier.Document
	Verdict  *dossier.Verdict // in force on the live version, if any
	Typed    VerdictInput
}

const maxVerdictMessage = 2000

// lockReviewedPapers locks an application for an officer in scope.
func lockReviewedPapers(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Application, error) {
	a, err := lock(ctx, tx, by, id)
	if err != nil {
		return a, err
	}
	ok, err := reviewedBy(ctx, tx, by, a)
	if err == nil && !ok {
		err = models.NotFound("application.not_found")
	}
	if err != nil {
		return Application{}, err
	}
	return a, nil
}

// judged is a document locked for an officer's word, with its requirement.
type judged struct {
	a    Application
	slot dossier.Requirement
	d    dossier.Document
}

// lockJudged locks application and requirement, then reads the document: not found
// when it is none that the service may know. Closed applications and the officer's
// own are conflicts; so is what the applicant is being asked: a word that changed now
// would not reach them, who answer the one they read (P17.8).
func lockJudged(ctx context.Context, tx models.Tx, by models.Actor, document models.ID, typed VerdictInput) (judged, error) {
	var j judged
	id, err := dossier.ApplicationOf(ctx, tx, document)
	if err != nil {
		return j, err
	}
	if j.a, err = lockReviewedPapers(ctx, tx, by, id); err != nil {
		return j, models.NotFound("document.not_found")
	}
	if j.d, err = dossier.ByID(ctx, tx, document); err != nil {
		return j, err
	}
	if j.slot, err = dossier.Lock(ctx, tx, id, j.d.Requirement); err != nil {
		return j, err
	}
	if j.d, err = dossier.ByID(ctx, tx, document); err != nil {
		return j, err
	}
	known, err := transmitted(ctx, tx, j.a)
	if err != nil {
		return j, err
	}
	request, err := openRequest(ctx, tx, j.a)
	if err != nil {
		return j, err
	}
	asked, err := asking(ctx, tx, j.a, request)
	if err != nil {
		return j, err
	}
	_, sent := known[j.d.ID]
	switch {
	case !sent:
		return j, models.NotFound("document.not_found")
	case j.a.Person == by.Person:
		return j, models.Conflict("desk.own_application", VerdictConflict{Document: j.d, Typed: typed})
	case !reviewable(j.a.State):
		return j, models.Conflict("desk.moved_on", VerdictConflict{Document: j.d, Typed: typed})
	case asked(j.slot):
		return j, models.Conflict("desk.document_asked", VerdictConflict{Document: j.d, Verdict: j.d.Verdict, Typed: typed})
	}
	return j, j.stillLive(ctx, tx, typed)
}

// reviewable reports a state in which officers give their word on documents.
func reviewable(s State) bool {
	switch s {
	case Submitted, AwaitingApproval, UnderReview, InformationRequested:
		return true
	}
	return false
}

// stillLive refuses a word on a version that is no longer in force.
func (j judged) stillLive(ctx context.Context, tx models.Tx, typed VerdictInput) error {
	if j.d.State == dossier.Live {
		return nil
	}
	c := VerdictConflict{Document: j.d, Typed: typed}
	live, err := dossier.LiveAt(ctx, tx, j.d.Requirement, j.d.Place)
	if err != nil {
		return err
	}
	if c.Live = live; live != nil {
		c.Verdict = live.Verdict
	}
	return models.Conflict("desk.document_replaced", c)
}

// seen refuses a word given without knowing the verdict in force (P9.5).
func (j judged) seen(typed VerdictInput) error {
	var now models.ID
	if j.d.Verdict != nil {
		now = j.d.Verdict.ID
	}
	if now == typed.SeenVerdict {
		return nil
	}
	return models.Conflict("desk.verdict_changed", VerdictConflict{Document: j.d, Live: &j.d, Verdict: j.d.Verdict, Typed: typed})
}

// GiveVerdict gives an officer's word on the version in force of a document (avis,
// P7.6). It belongs to that version: a new one has none (P17.8). For officers whose
// scope covers the application; to anyone else the document is not found. The same
// word sent twice is one. Refused: KindInvalid by field; a conflict with
// VerdictConflict when the version was replaced, a colleague was first (P9.5) or the
// applicant is being asked for it.
func GiveVerdict(ctx context.Context, tx models.Tx, by models.Actor, document models.ID, in VerdictInput) (dossier.Verdict, error) {
	in.Reason, in.Message = strings.TrimSpace(in.Reason), strings.TrimSpace(in.Message)
	j, err := lockJudged(ctx, tx, by, document, in)
	if err != nil {
		return dossier.Verdict{}, err
	}
	v := dossier.Verdict{Kind: in.Kind, Reason: in.Reason, Message: in.Message}
	bad := in.check()
	if until, key := in.until(j.slot.Spec, tx.Today()); key != "" {
		bad = append(bad, models.FieldError{Field: "valable", Key: key})
	} else {
		v.ValidUntil = until
	}
	if len(bad) > 0 {
		return v, models.Invalid("desk.verdict_invalid", bad...)
	}
	if old := j.d.Verdict; old != nil && old.By == by.Account && same(*old, v) {
		return *old, nil
	}
	if err := j.seen(in); err != nil {
		return v, err
	}
	if !j.d.Openable() {
		return v, models.Conflict("desk.document_unsafe", VerdictConflict{Document: j.d, Live: &j.d, Verdict: j.d.Verdict, Typed: in})
	}
	return dossier.GiveVerdict(ctx, tx, by, j.d, v)
}

func (in VerdictInput) check() []models.FieldError {
	bad := []models.FieldError{}
	switch in.Kind {
	case dossier.Valid:
	case dossier.Rejected, dossier.ToComplete:
		if in.Reason == "" && in.Message == "" {
			bad = append(bad, models.FieldError{Field: "motif", Key: "desk.reason_missing"})
		}
	default:
		bad = append(bad, models.FieldError{Field: "avis", Key: "desk.verdict_missing"})
	}
	if utf8.RuneCountInString(in.Reason) > maxVerdictMessage {
		bad = append(bad, models.FieldError{Field: "motif", Key: "desk.too_long"})
	}
	if utf8.RuneCountInString(in.Message) > maxVerdictMessage {
		bad = append(bad, models.FieldError{Field: "message", Key: "desk.too_long"})
	}
	return bad
}

// until is the last day on which a valid document proves what it says (P17.9): its
// own end date as the officer read it, else so many months from today.
func (in VerdictInput) until(s dossier.Spec, today time.Time) (*time.Time, string) {
	if in.Kind != dossier.Valid {
		return nil, ""
	}
	if in.ValidUntil == "" {
		if s.Months == 0 {
			return nil, ""
		}
		day := monthsAfter(today, s.Months)
		return &day, ""
	}
	day, err := time.Parse(time.DateOnly, in.ValidUntil)
	switch {
	case err != nil:
		return nil, "desk.date_unreadable"
	case day.Before(today):
		return nil, "desk.date_past"
	case day.Year() > today.Year()+100:
		return nil, "desk.date_far"
	}
	return &day, ""
}

// monthsAfter is the same day so many months later, the last of the month where it
// has none.
func monthsAfter(day time.Time, months int) time.Time {
	y, m, d := day.Date()
	last := time.Date(y, m+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC)
	if d < last.Day() {
		return time.Date(y, m+time.Month(months), d, 0, 0, 0, 0, time.UTC)
	}
	return last
}

func same(a, b dossier.Verdict) bool {
	if (a.ValidUntil == nil) != (b.ValidUntil == nil) || a.ValidUntil != nil && !a.ValidUntil.Equal(*b.ValidUntil) {
		return false
	}
	return a.Kind == b.Kind && a.Reason == b.Reason && a.Message == b.Message
}

// UndoVerdict takes back the verdict in force on a document (« annuler »), as the
// officer saw it; conflicts as GiveVerdict. Already taken back, it changes nothing.
func UndoVerdict(ctx context.Context, tx models.Tx, by models.Actor, document, seen models.ID) error {
	j, err := lockJudged(ctx, tx, by, document, VerdictInput{SeenVerdict: seen})
	if err != nil || j.d.Verdict == nil {
		return err
	}
	if err := j.seen(VerdictInput{SeenVerdict: seen}); err != nil {
		return err
	}
	return dossier.UndoVerdict(ctx, tx, by, j.d)
}

// SetMatch notes that a declared answer agrees with a document or differs; nil
// forgets it. For officers in scope.
func SetMatch(ctx context.Context, tx models.Tx, by models.Actor, document models.ID, field string, agrees *bool) error {
	j, err := lockJudged(ctx, tx, by, document, VerdictInput{})
	if err != nil {
		return err
	}
	if field == "" || len(field) > 200 {
		return models.Invalid("desk.unknown_piece")
	}
	return dossier.SetMatch(ctx, tx, by, j.d, field, agrees)
}

// RemarkInput is a remark pinned to a place of a page, in fractions of its size.
type RemarkInput struct {
	Page          int
	X, Y          float64
	Width, Height float64
	Body          string
	Visible       bool // to the applicant, once they are asked something
}

const maxRemark = 1000

func (in *RemarkInput) check(pages int) error {
	in.Body = strings.TrimSpace(in.Body)
	bad := []models.FieldError{}
	switch {
	case in.Body == "":
		bad = append(bad, models.FieldError{Field: "remarque", Key: "desk.remark_missing"})
	case utf8.RuneCountInString(in.Body) > maxRemark:
		bad = append(bad, models.FieldError{Field: "remarque", Key: "desk.too_long"})
	}
	within := func(v float64) bool { return v >= 0 && v <= 1 }
	if in.Page < 1 || pages > 0 && in.Page > pages || !within(in.X) || !within(in.Y) || !within(in.Width) || !within(in.Height) {
		bad = append(bad, models.FieldError{Field: "page", Key: "desk.no_such_place"})
	}
	if len(bad) > 0 {
		return models.Invalid("desk.remark_invalid", bad...)
	}
	return nil
}

func (in RemarkInput) remark(id models.ID) dossier.Remark {
	return dossier.Remark{ID: id, Page: in.Page, X: in.X, Y: in.Y, Width: in.Width, Height: in.Height, Body: in.Body, Visible: in.Visible}
}

// AddRemark pins a remark to the version in force of a document (P17.7). For officers
// in scope; conflicts as GiveVerdict.
func AddRemark(ctx context.Context, tx models.Tx, by models.Actor, document models.ID, in RemarkInput) (dossier.Remark, error) {
	j, err := lockJudged(ctx, tx, by, document, VerdictInput{Message: in.Body})
	if err != nil {
		return dossier.Remark{}, err
	}
	if err := in.check(j.d.File.Pages); err != nil {
		return dossier.Remark{}, err
	}
	return dossier.PutRemark(ctx, tx, by, j.d, in.remark(uuid.Nil))
}

// ChangeRemark changes a remark; its author alone, others get a conflict.
func ChangeRemark(ctx context.Context, tx models.Tx, by models.Actor, remark models.ID, in RemarkInput) (dossier.Remark, error) {
	j, err := lockOwnRemark(ctx, tx, by, remark, in.Body)
	if err != nil {
		return dossier.Remark{}, err
	}
	if err := in.check(j.d.File.Pages); err != nil {
		return dossier.Remark{}, err
	}
	return dossier.PutRemark(ctx, tx, by, j.d, in.remark(remark))
}

// RemoveRemark takes a remark away; its author alone, others get a conflict.
func RemoveRemark(ctx context.Context, tx models.Tx, by models.Actor, remark models.ID) error {
	j, err := lockOwnRemark(ctx, tx, by, remark, "")
	if err != nil {
		return err
	}
	return dossier.RemoveRemark(ctx, tx, by, j.d, remark)
}

func lockOwnRemark(ctx context.Context, tx models.Tx, by models.Actor, remark models.ID, typed string) (judged, error) {
	m, err := dossier.RemarkByID(ctx, tx, remark)
	if err != nil {
		return judged{}, err
	}
	j, err := lockJudged(ctx, tx, by, m.Document, VerdictInput{Message: typed})
	if err == nil && m.By != by.Account {
		err = models.Conflict("desk.not_your_remark", m)
	}
	return j, err
}
