package application

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/models/procedure"
)

// Papers are the documents of an application as its applicant sees them (« Vos
// pièces »).
type Papers struct {
	Application
	Requirements []dossier.Requirement
	Request      *InformationRequest // in force
	Missing      []dossier.Lack      // what stands in the way of sending, in order
	Reusable     map[models.ID][]dossier.Reusable
}

// Documents gives the papers of an application to its applicant, the holder of a
// draft without account too; to anyone else it is not found. Open tells of each
// requirement whether it may change now: all in a draft, those asked when the
// service asked for something, else none (P17.8).
func Documents(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Papers, error) {
	a, err := Load(ctx, tx, by, id)
	if err != nil {
		return Papers{}, err
	}
	if !a.OwnedBy(by) {
		return Papers{}, models.NotFound("application.not_found")
	}
	return papersOf(ctx, tx, by, a)
}

func papersOf(ctx context.Context, tx models.Tx, by models.Actor, a Application) (Papers, error) {
	p := Papers{Application: a}
	var err error
	if p.Requirements, err = dossier.Of(ctx, tx, a.ID); err != nil {
		return p, err
	}
	if p.Request, err = openRequest(ctx, tx, a); err != nil {
		return p, err
	}
	if err := p.ask(ctx, tx, by); err != nil {
		return p, err
	}
	told, err := toldUntil(ctx, tx, a)
	if err != nil {
		return p, err
	}
	asks, err := asking(ctx, tx, a, p.Request)
	if err != nil {
		return p, err
	}
	for i := range p.Requirements {
		r := &p.Requirements[i]
		r.Asked = asks(*r)
		r.Open = openNow(a, tx.Now) && (a.State == Draft || r.Asked)
	}
	known, err := transmitted(ctx, tx, a)
	if err != nil {
		return p, err
	}
	p.Missing = lacking(a, p.Requirements, p.Request, known) // by the verdicts in force, told or not
	for _, r := range p.Requirements {
		told.hide(r.Documents)
		told.hide(r.History)
	}
	if by.SignedIn() && openNow(a, tx.Now) {
		kept, err := MyDocuments(ctx, tx, by)
		if err != nil {
			return p, err
		}
		p.Reusable = dossier.Offers(kept, a.ID, p.Requirements)
	}
	return p, nil
}

// lacking lists what stands in the way of sending or, of what is asked, of sending
// again: what is closed was whole when it was sent, and nobody could mend it.
func lacking(a Application, all []dossier.Requirement, request *InformationRequest, known sentVersions) []dossier.Lack {
	lacks := []dossier.Lack{}
	for _, r := range all {
		if a.State != Draft && !r.Asked {
			continue
		}
		l, lacks1 := r.Lacking()
		if request != nil && !lacks1 && request.Asks(r.ID) && !request.renewed(r, known) {
			l.Why, lacks1 = dossier.LackAsked, true
		}
		if lacks1 {
			lacks = append(lacks, l)
		}
	}
	return lacks
}

// ask makes the pieces that depend on answers what these ask now: those of the form that
// its answers hide, and those of the list whose condition does not hold, go unless
// something was given; the others are required as it says (P5.3).
func (p *Papers) ask(ctx context.Context, tx models.Tx, by models.Actor) error {
	formed := func(r dossier.Requirement) bool { return r.Origin == dossier.OriginForm }
	if !slices.ContainsFunc(p.Requirements, func(r dossier.Requirement) bool { return formed(r) || !r.Spec.When.Always() }) {
		return nil
	}
	if p.State != Draft && p.State != InformationRequested {
		p.Requirements = slices.DeleteFunc(p.Requirements, func(r dossier.Requirement) bool { return formed(r) && len(r.Documents) == 0 })
		return nil
	}
	d, err := readAnswers(ctx, tx, by, p.ID, "")
	if err != nil {
		return err
	}
	if err := d.Evaluate(ctx, tx, by); err != nil {
		return err
	}
	unasked, _ := d.conditional()
	kept := p.Requirements[:0]
	for _, r := range p.Requirements {
		asked := p.Request != nil && p.Request.Asks(r.ID)
		shown := !slices.ContainsFunc(unasked, func(u form.Paper) bool { return u.Key == r.Spec.Key })
		if formed(r) {
			f := d.Result.Field(r.Spec.Key)
			shown = f != nil && f.Visible
			r.Spec.Required = shown && f.Required
		} else if !r.Spec.When.Always() && d.listsPapers() {
			r.Spec.Required = r.Spec.Required && d.asksPaper(r.Spec.Key)
		}
		if !shown && !asked && len(r.Documents) == 0 && (formed(r) || p.State == Draft) {
			continue
		}
		kept = append(kept, r)
	}
	p.Requirements = kept
	return nil
}

// told says until when an applicant knows what officers said of their documents: a
// verdict is told with a request for information, or with the end of the
// application, never while the dossier is being read.
type told struct {
	all   bool
	until time.Time
}

// toldColumns read a told, with applications as a.
const toldColumns = `a.state NOT IN ('draft', 'submitted', 'awaiting_approval', 'under_review', 'information_requested'),
	coalesce((SELECT max(q.asked_at) FROM information_requests q WHERE q.application_id = a.id), 'epoch'::timestamptz)`

func toldUntil(ctx context.Context, tx models.Tx, a Application) (t told, err error) {
	err = tx.PGX.QueryRow(ctx, `SELECT `+toldColumns+` FROM applications a WHERE a.id = $1`, models.Prepared, a.ID).Scan(&t.all, &t.until)
	if err != nil {
		return t, fmt.Errorf("told: %w", err)
	}
	return t, nil
}

// toldTo is what a person knows, by application.
func toldTo(ctx context.Context, tx models.Tx, person models.ID) (map[models.ID]told, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT a.id, `+toldColumns+` FROM applications a WHERE a.person_id = $1`, models.Prepared, person)
	if err != nil {
		return nil, fmt.Errorf("told: %w", err)
	}
	all := map[models.ID]told{}
	var id models.ID
	var t told
	_, err = pgx.ForEachRow(rows, []any{&id, &t.all, &t.until}, func() error { all[id] = t; return nil })
	if err != nil {
		return nil, fmt.Errorf("told: %w", err)
	}
	return all, nil
}

// hide takes away what the applicant is not told yet, and remarks for officers alone;
// a remark changed since is another one.
func (t told) hide(docs []dossier.Document) {
	for i := range docs {
		d := &docs[i]
		if d.Verdict != nil && !t.knows(d.Verdict.At) {
			d.Verdict = nil
		}
		d.Remarks = slices.DeleteFunc(d.Remarks, func(m dossier.Remark) bool { return !m.Visible || !t.knows(m.LastAt()) })
	}
}

func (t told) knows(at time.Time) bool { return t.all || !at.After(t.until) }

// openSlot locks the application, then one of its requirements that may change now.
// A closed one is a conflict whose key says why, and carries the application.
func openSlot(ctx context.Context, tx models.Tx, by models.Actor, id, requirement models.ID) (Application, dossier.Requirement, error) {
	a, err := lock(ctx, tx, by, id)
	if err == nil && !a.OwnedBy(by) {
		err = models.NotFound("application.not_found")
	}
	if err != nil {
		return a, dossier.Requirement{}, err
	}
	r, err := dossier.Lock(ctx, tx, a.ID, requirement)
	if err != nil {
		return a, r, err
	}
	switch {
	case a.State == Draft && !openNow(a, tx.Now):
		return a, r, models.Gone("application.draft_expired")
	case a.State == Draft:
	case a.State == InformationRequested:
		request, err := openRequest(ctx, tx, a)
		if err != nil {
			return a, r, err
		}
		asks, err := asking(ctx, tx, a, request)
		if err != nil {
			return a, r, err
		}
		if !asks(r) {
			return a, r, models.Conflict("document.locked", a)
		}
		r.Asked = true
	default:
		return a, r, models.Conflict("document.closed", a)
	}
	r.Open = true
	return a, r, nil
}

// asking tells which requirements a request opens: those that it names, and those that
// the form asks for after an answer that it asks again.
func asking(ctx context.Context, tx models.Tx, a Application, request *InformationRequest) (func(dossier.Requirement) bool, error) {
	if request == nil {
		return func(dossier.Requirement) bool { return false }, nil
	}
	following := []string{}
	if len(request.Fields) > 0 {
		v, err := procedure.ByID(ctx, tx, a.FormVersion)
		if err != nil {
			return nil, err
		}
		following = openFields(v.Form, request.Fields)
	}
	return func(r dossier.Requirement) bool {
		return request.Asks(r.ID) || r.Origin == dossier.OriginForm && slices.Contains(following, r.Spec.Key)
	}, nil
}

// openNow reports that something of the application may change now.
func openNow(a Application, now time.Time) bool {
	switch a.State {
	case Draft:
		return a.ExpiresAt == nil || now.Before(*a.ExpiresAt)
	case InformationRequested:
		return true
	}
	return false
}

func ownerOf(a Application) dossier.Owner { return dossier.Owner{Application: a.ID, Person: a.Person} }

// BeginUpload reserves a file about to arrive at a place of a requirement and gives
// the key that will encrypt it; wrap is called only when the person has none yet.
// For the applicant, the holder of a draft without account too. Refused: a conflict
// when the requirement is closed (P17.8), too large with dossier.TooLarge.
func BeginUpload(ctx context.Context, tx models.Tx, by models.Actor, id, requirement models.ID, in dossier.UploadInput,
	wrap dossier.Wrap,
) (dossier.Upload, dossier.DataKey, error) {
	a, r, err := openSlot(ctx, tx, by, id, requirement)
	if err != nil {
		return dossier.Upload{}, dossier.DataKey{}, err
	}
	return dossier.BeginUpload(ctx, tx, ownerOf(a), r, in, wrap)
}

// LockUpload gives an upload under way to the applicant, under its row's lock: where
// it stands and the key to go on with. Gone once it has expired.
func LockUpload(ctx context.Context, tx models.Tx, by models.Actor, upload models.ID) (dossier.Upload, dossier.DataKey, error) {
	u, err := ownUpload(ctx, tx, by, upload)
	if err != nil {
		return u, dossier.DataKey{}, err
	}
	key, err := dossier.KeyByID(ctx, tx, u.Key)
	return u, key, err
}

func ownUpload(ctx context.Context, tx models.Tx, by models.Actor, upload models.ID) (dossier.Upload, error) {
	id, err := dossier.ApplicationOfUpload(ctx, tx, upload)
	if err != nil {
		return dossier.Upload{}, err
	}
	a, err := Load(ctx, tx, by, id)
	if err == nil && !a.OwnedBy(by) {
		err = models.NotFound("document.no_upload")
	}
	if err != nil {
		return dossier.Upload{}, models.NotFound("document.no_upload")
	}
	return dossier.UploadByID(ctx, tx, upload)
}

// GrowUpload notes an object written whole to the store; a conflict with the Upload
// when at is not where it stands, and then the caller deletes the object.
func GrowUpload(ctx context.Context, tx models.Tx, by models.Actor, upload models.ID, at int64, s dossier.Segment, hashState []byte) (dossier.Upload, error) {
	u, err := ownUpload(ctx, tx, by, upload)
	if err != nil {
		return u, err
	}
	return dossier.GrowUpload(ctx, tx, u, at, s, hashState)
}

// SettleLength says how long the file of an upload is, for one of which only the
// most was known when it began: a form tells it at its end.
func SettleLength(ctx context.Context, tx models.Tx, by models.Actor, upload models.ID, length int64) error {
	u, err := ownUpload(ctx, tx, by, upload)
	if err != nil {
		return err
	}
	return dossier.SettleLength(ctx, tx, u, length)
}

// CancelUpload forgets an upload and gives the objects that the caller deletes once
// the transaction has committed.
func CancelUpload(ctx context.Context, tx models.Tx, by models.Actor, upload models.ID) ([]dossier.Segment, error) {
	u, err := ownUpload(ctx, tx, by, upload)
	if err != nil {
		return nil, err
	}
	return dossier.CancelUpload(ctx, tx, u)
}

// FinishUpload makes a whole upload a document being inspected, with its job; twice,
// the same document. sum is the SHA-256 of the plain content.
func FinishUpload(ctx context.Context, tx models.Tx, by models.Actor, upload models.ID, sum [32]byte) (dossier.Document, error) {
	u, err := ownUploadUnlocked(ctx, tx, by, upload)
	if err != nil {
		return dossier.Document{}, err
	}
	_, r, closed := openSlot(ctx, tx, by, u.Application, u.Requirement)
	if u, err = dossier.UploadByID(ctx, tx, upload); err != nil {
		return dossier.Document{}, err
	}
	if closed != nil && u.Document == uuid.Nil {
		return dossier.Document{}, closed
	}
	return dossier.FinishUpload(ctx, tx, by, r, u, sum)
}

// ownUploadUnlocked finds an upload whose application and requirement are locked
// before it.
func ownUploadUnlocked(ctx context.Context, tx models.Tx, by models.Actor, upload models.ID) (dossier.Upload, error) {
	u, err := dossier.PeekUpload(ctx, tx, upload)
	if err != nil {
		return u, err
	}
	a, err := Load(ctx, tx, by, u.Application)
	if err != nil || !a.OwnedBy(by) {
		return dossier.Upload{}, models.NotFound("document.no_upload")
	}
	return u, nil
}

// ownDocument locks what a document of the applicant stands in, then reads it.
func ownDocument(ctx context.Context, tx models.Tx, by models.Actor, document models.ID) (dossier.Document, error) {
	d, err := dossier.ByID(ctx, tx, document)
	if err != nil {
		return d, err
	}
	if _, _, err := openSlot(ctx, tx, by, d.Application, d.Requirement); err != nil {
		if models.KindOf(err) == models.KindNotFound {
			err = models.NotFound("document.not_found")
		}
		return dossier.Document{}, err
	}
	return dossier.ByID(ctx, tx, document)
}

// RemoveDocument takes a version back (« retirer »), for the applicant while its
// requirement is open; the versions before it stay history.
func RemoveDocument(ctx context.Context, tx models.Tx, by models.Actor, document models.ID) error {
	d, err := ownDocument(ctx, tx, by, document)
	if err != nil || d.State == dossier.Removed {
		return err
	}
	return dossier.Remove(ctx, tx, by, d)
}

// SetNotApplicable notes « Non concerné par cette pièce » (P6.2), for the applicant
// while the requirement is open; invalid where it is not offered.
func SetNotApplicable(ctx context.Context, tx models.Tx, by models.Actor, id, requirement models.ID, on bool) error {
	_, r, err := openSlot(ctx, tx, by, id, requirement)
	if err != nil {
		return err
	}
	return dossier.SetNotApplicable(ctx, tx, by, r, on)
}

// Reuse gives a document that the person already gave elsewhere (P7.5), at a place
// from 1, its own side when 0: the same file, without copying it. Another person's is not found; one that
// has expired or that the requirement does not take is invalid.
func Reuse(ctx context.Context, tx models.Tx, by models.Actor, id, requirement models.ID, place int, document models.ID) (dossier.Document, error) {
	_, r, err := openSlot(ctx, tx, by, id, requirement)
	if err != nil {
		return dossier.Document{}, err
	}
	kept, err := MyDocuments(ctx, tx, by)
	if err != nil {
		return dossier.Document{}, err
	}
	for _, k := range kept {
		if k.Document.ID == document {
			if place < 1 {
				place = samePlace(r, k.Document)
			}
			return dossier.Reuse(ctx, tx, by, r, place, k)
		}
	}
	return dossier.Document{}, models.NotFound("document.not_found")
}

// samePlace is the side that a document was, in a piece with sides; else the first.
func samePlace(r dossier.Requirement, d dossier.Document) int {
	if d.Place <= len(r.Spec.Sides) {
		return max(d.Place, 1)
	}
	return 1
}

// MyDocuments lists what the actor keeps (« Mes documents », P7.5); nothing for who
// is not signed in.
func MyDocuments(ctx context.Context, tx models.Tx, by models.Actor) ([]dossier.Kept, error) {
	if !by.SignedIn() {
		return nil, nil
	}
	told, err := toldTo(ctx, tx, by.Person)
	if err != nil {
		return nil, err
	}
	return dossier.KeptBy(ctx, tx, by.Person, func(v dossier.Verdict, application models.ID) bool { return told[application].knows(v.At) })
}

// OpenDocument is the access check of every byte, page image and text of a document
// (P7.4): its owner always; once it is safe and was sent, an officer in scope, and the
// expert to whom it is shown while their opinion is awaited (P9.6). To anyone else it
// is not found. It writes who opened it (P17.21), except the owner.
func OpenDocument(ctx context.Context, tx models.Tx, by models.Actor, document models.ID, r dossier.Reading) (dossier.Document, dossier.DataKey, error) {
	d, err := dossier.ByID(ctx, tx, document)
	if err != nil {
		return dossier.Document{}, dossier.DataKey{}, err
	}
	owner, err := mayOpen(ctx, tx, by, d)
	if err != nil {
		return dossier.Document{}, dossier.DataKey{}, err
	}
	key, err := dossier.KeyOf(ctx, tx, d.File.ID)
	if err != nil {
		return dossier.Document{}, key, err
	}
	if owner != nil {
		told, err := toldUntil(ctx, tx, *owner)
		docs := []dossier.Document{d}
		told.hide(docs)
		return docs[0], key, err
	}
	return d, key, dossier.NoteReading(ctx, tx, by, d.Application, d.ID, r)
}

func mayOpen(ctx context.Context, tx models.Tx, by models.Actor, d dossier.Document) (owner *Application, err error) {
	a, err := scan(tx.PGX.QueryRow(ctx, `SELECT `+columns+tables+`WHERE a.id = $1`, models.Prepared, d.Application))
	if err != nil {
		return nil, err
	}
	if a.OwnedBy(by) {
		return &a, nil
	}
	known, err := transmitted(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	ok := false
	if known.opens(d) {
		ok, err = reviewedBy(ctx, tx, by, a)
		if err == nil && !ok {
			ok, err = consultedBy(ctx, tx, by, a, d)
		}
	}
	if err == nil && !ok {
		err = models.NotFound("document.not_found")
	}
	return nil, err
}

// Consultations tells the applicant who opened their application and its documents
// (« Qui a ouvert mon dossier », P17.21).
func Consultations(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) ([]dossier.Consultation, error) {
	a, err := Load(ctx, tx, by, id)
	if err != nil {
		return nil, err
	}
	if !a.OwnedBy(by) {
		return nil, models.NotFound("application.not_found")
	}
	return dossier.Consultations(ctx, tx, a.ID)
}

// papersComplete refuses to send while a required document is missing or a file is
// on its way: invalid, with the Papers.
func papersComplete(ctx context.Context, tx models.Tx, by models.Actor, a Application) error {
	p, err := papersOf(ctx, tx, by, a)
	if err == nil && len(p.Missing) > 0 {
		return &models.Error{Kind: models.KindInvalid, Key: "application.papers_missing", Data: p}
	}
	return err
}

// LockSlot takes the locks under which an upload becomes a document, in their order:
// application, requirement; the upload's own comes after. For who writes the last
// part of an upload and finishes it in one transaction. Refused as BeginUpload.
func LockSlot(ctx context.Context, tx models.Tx, by models.Actor, u dossier.Upload) error {
	_, _, err := openSlot(ctx, tx, by, u.Application, u.Requirement)
	return err
}
