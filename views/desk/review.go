package desk

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/views/i18n"
	"passerelle/views/paths"
)

// ReviewPage is one dossier of documents as its officer reads it (relecture): the pieces,
// one of them page by page, what was declared and the verdict (P7.6, P17.7).
type ReviewPage struct {
	application.Dossier
	Requirements []dossier.Requirement // with every version of their documents
	Declared     map[string][]ReviewField
	Request      *application.InformationRequest // the latest request for information, if any
	Changed      map[models.ID]bool              // requirements whose piece changed in the answer to it
	Corrected    []ReviewField                   // answers that changed with it
	Clock        Clock                           // when the page is read
	Filter       application.DeskFilter          // the list that led here
	Place        int                             // in that list, from 0; -1 outside it
	Before       *application.DeskRow
	After        *application.DeskRow
	Gone         bool      // it has left that list: the next one has its place
	Me           models.ID // account of the reader
	Own          bool      // the reader's own application: a colleague judges it
	At           string    // key of the piece asked for
	Page         int       // of the document, from 1
	Beside       int       // version shown beside the one in force, 0 for none
	Zoom         int       // in percent, one of the levels
	Turn         int       // in degrees, a quarter at a time
	Help         bool      // the sheet of keys is open
	Done         string    // what was just done
	Form         VerdictForm
	Remark       RemarkForm
	Conflict     *ReviewConflict
	// Paged reports a file shown page by page although their number is not known yet (an
	// office file before its conversion); by that number alone when nil.
	Paged func(dossier.File) bool
	Plain string // of the piece on screen, when it is text and nothing else
	Cut   bool   // only its beginning
	// Image is the address of a page's image; the portal's own when nil (the gallery has a drawing).
	Image func(document models.ID, page, width int) string
}

// ReviewField is an answer that matters for a piece, and whether it agrees with it.
type ReviewField struct {
	Key, Label string
	Lines      []string
	Agrees     *bool // nil while nobody has said
}

// VerdictForm is what the officer typed about a piece.
type VerdictForm struct {
	Kind       string
	Reason     string // chosen in the list
	Free       string // written
	Message    string
	ValidUntil string
	Errors     map[string]string // message keys by field
	Banner     string            // message key of a refusal that is no field's
	Sent       bool              // something was posted: the form shows it, not what is in force
}

// RemarkForm is a remark that could not be kept as typed.
type RemarkForm struct {
	ID    models.ID // the remark being changed, zero for a new one
	Body  string
	Error string
}

// ReviewConflict is what moved while the officer wrote (P9.5).
type ReviewConflict struct {
	Live    *dossier.Document // the version in force now, nil when there is none any more
	Verdict *dossier.Verdict  // the colleague's, nil when a new version arrived
}

// Names of the fields of the review desk.
const (
	NamePiece       = "piece"
	NamePage        = "page"
	NameBeside      = "version"
	NameZoom        = "zoom"
	NameTurn        = "tour"
	NameHelp        = "aide"
	NameVerdict     = "avis"
	NameReason      = "motif"
	NameFree        = "motif_libre"
	NameMessage     = "mot"
	NameValid       = "valable"
	NameSeenVerdict = "vu"
	NameForget      = "oublier"
	NameAgrees      = "concorde"
	NameBody        = "texte"
	NameVisible     = "visible"
	NameX           = "x"
	NameY           = "y"
	NameWidth       = "l"
	NameHeight      = "h"
	NameSpot        = "endroit"
	NameOf          = "candidature"
	NameFields      = "reponses"
	NamePieces      = "pieces"
	NameDue         = "echeance"
	NameVersion     = "etat"
	OtherReason     = "autre"
	AgreesSuffix    = "=oui"
	DiffersTail     = "=non"
)

// Zooms are the sizes at which a page is shown, in percent of the pane.
func Zooms() []int { return []int{50, 75, 100, 125, 150, 200, 300} }

// piece is one line of the left pane: a place of a requirement (recto, verso).
type piece struct {
	req      *dossier.Requirement
	doc      *dossier.Document // in force, nil when nothing is there
	waiting  bool              // received, being inspected
	rejected *dossier.Document // the last one that the inspection refused, when nothing is in force
	key      string
	place    int
	n        int // from 1
}

// pieces are all lines, in the order of the requirements, whatever was given.
func (p ReviewPage) pieces() []piece {
	out := []piece{}
	for i := range p.Requirements {
		r := &p.Requirements[i]
		for _, place := range placesOf(r) {
			one := piece{req: r, key: PieceKey(r.Spec.Key, place), place: place, n: len(out) + 1}
			for j := range r.Documents {
				d := &r.Documents[j]
				if d.Place != place {
					continue
				}
				switch d.State {
				case dossier.Live:
					one.doc = d
				case dossier.Checking:
					one.waiting = true
				case dossier.Refused:
					if one.rejected == nil || d.Version > one.rejected.Version {
						one.rejected = d
					}
				}
			}
			out = append(out, one)
		}
	}
	return out
}

// placesOf are the places of a requirement worth a line: those that hold something, all
// sides that must be given, and at least the first.
func placesOf(r *dossier.Requirement) []int {
	if r.NotApplicable != nil {
		return []int{1}
	}
	out := []int{}
	for place := 1; place <= r.Spec.Places(); place++ {
		held := slices.ContainsFunc(r.Documents, func(d dossier.Document) bool {
			return d.Place == place && (d.State == dossier.Live || d.State == dossier.Checking)
		})
		if held || place == 1 || len(r.Spec.Sides) > 0 && place <= r.Spec.Needed() {
			out = append(out, place)
		}
	}
	return out
}

// PieceKey names a place of a requirement in addresses: "identite.2".
func PieceKey(key string, place int) string {
	if place <= 1 {
		return key
	}
	return key + "." + strconv.Itoa(place)
}

// current is the piece on screen: the one asked for, else the first to review, else the
// first; false when the dossier asks for none.
func (p ReviewPage) current() (piece, bool) {
	all := p.pieces()
	for _, one := range all {
		if one.key == p.At {
			return one, true
		}
	}
	for _, one := range p.ordered() {
		if one.todo() {
			return one, true
		}
	}
	if len(all) == 0 {
		return piece{}, false
	}
	return p.ordered()[0], true
}

// ordered puts what changed since the last request first (P17.8).
func (p ReviewPage) ordered() []piece {
	all := p.pieces()
	if !p.answered() {
		return all
	}
	return slices.Concat(p.changed(true), p.changed(false))
}

// changed are the pieces that did change in the answer to the last request, or those that
// did not.
func (p ReviewPage) changed(did bool) []piece {
	return slices.DeleteFunc(p.pieces(), func(one piece) bool { return p.Changed[one.req.ID] != did })
}

// answered tells that the applicant has sent the dossier again, so that what changed comes first.
func (p ReviewPage) answered() bool {
	return p.Request != nil && p.Request.AnsweredAt != nil && len(p.Changed)+len(p.Corrected) > 0
}

// asking tells that the applicant has not answered the last request yet.
func (p ReviewPage) asking() bool {
	return p.Request != nil && p.Request.AnsweredAt == nil && p.Request.ClosedAt == nil
}

// Read fills the page with what the officer may know.
func (p *ReviewPage) Read(ctx context.Context, r application.Review) {
	lang := string(i18n.From(ctx))
	p.Dossier, p.Requirements, p.Request, p.Changed = r.Dossier, r.Requirements, r.Request, r.Changed
	p.Declared = map[string][]ReviewField{}
	for key, fields := range r.Declared {
		for _, f := range fields {
			one := ReviewField{Key: f.Key, Label: f.Label.In(lang), Agrees: f.Agrees}
			if name := "desk.field." + f.Key; i18n.Has(name) {
				one.Label = i18n.T(ctx, name)
			}
			for _, line := range f.Lines {
				if words := line.In(lang); words != "" {
					one.Lines = append(one.Lines, strings.Split(words, "\n")...)
				}
			}
			p.Declared[key] = append(p.Declared[key], one)
		}
	}
	if p.Request == nil || p.Request.AnsweredAt == nil {
		return
	}
	for _, key := range p.Request.ChangedFields {
		p.Corrected = append(p.Corrected, answered(ctx, r.Answers, key))
	}
}

// answered is an answer as it stands now, by the name that a request gives it.
func answered(ctx context.Context, sn form.Snapshot, key string) ReviewField {
	lang := string(i18n.From(ctx))
	out := ReviewField{Key: key, Label: key}
	for _, a := range sn.Answers {
		if AskedAs(a) != key {
			continue
		}
		if out.Label == key {
			out.Label = a.Label.In(lang)
			if a.Row != "" {
				out.Label = a.Heading.In(lang)
			}
		}
		if words := a.Shown.In(lang); words != "" {
			out.Lines = append(out.Lines, words)
		}
	}
	return out
}

// AskedAs is how an answer is named in a request: its question, or its repeated block as a whole.
func AskedAs(a form.Answer) string {
	if a.Row != "" {
		return a.Block
	}
	return a.Field
}

// NextPiece is the key of the piece to judge after the present one; the same when none is left.
func (p ReviewPage) NextPiece() string {
	at, ok := p.current()
	if !ok {
		return ""
	}
	all := p.ordered()
	from := slices.IndexFunc(all, func(one piece) bool { return one.key == at.key })
	for i := range all {
		if next := all[(from+1+i)%len(all)]; next.key != at.key && next.todo() {
			return next.key
		}
	}
	return at.key
}

// step is the key of the piece before or after the present one, "" at an end.
func (p ReviewPage) beside(by int) string {
	at, ok := p.current()
	if !ok {
		return ""
	}
	all := p.ordered()
	if n := slices.IndexFunc(all, func(one piece) bool { return one.key == at.key }) + by; n >= 0 && n < len(all) {
		return all[n].key
	}
	return ""
}

// PieceOf is the key of the place where a document stands or stood.
func (p ReviewPage) PieceOf(document models.ID) string {
	for _, r := range p.Requirements {
		for _, d := range slices.Concat(r.Documents, r.History) {
			if d.ID == document {
				return PieceKey(r.Spec.Key, d.Place)
			}
		}
	}
	return ""
}

// todo tells that the piece awaits a verdict.
func (one piece) todo() bool { return one.doc != nil && one.doc.Openable() && one.doc.Verdict == nil }

// versions of the piece that can be opened, the newest first.
func (one piece) versions() []dossier.Document {
	out := []dossier.Document{}
	for _, d := range slices.Concat(one.req.Documents, one.req.History) {
		if d.Place == one.place && d.Openable() && d.State != dossier.Removed {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b dossier.Document) int { return b.Version - a.Version })
	return out
}

// other is the version to compare with: the one asked for, else the one before.
func (one piece) other(version int) *dossier.Document {
	if one.doc == nil {
		return nil
	}
	for _, d := range one.versions() {
		if d.ID != one.doc.ID && (d.Version == version || version == 0 && d.Version < one.doc.Version) {
			return &d
		}
	}
	return nil
}

func (one piece) title(ctx context.Context) string {
	title := one.req.Spec.Title.In(string(i18n.From(ctx)))
	switch {
	case one.req.NotApplicable != nil:
		return title
	case one.place <= len(one.req.Spec.Sides):
		return title + ", " + one.req.Spec.Sides[one.place-1].In(string(i18n.From(ctx)))
	case one.req.Spec.Places() > 1:
		return title + ", " + i18n.T(ctx, "review.file", i18n.Number(ctx, one.place))
	}
	return title
}

// pages of the piece; one that has no page images has none.
func (p ReviewPage) pages(one piece) int {
	if one.doc == nil {
		return 0
	}
	return p.pagesOf(one.doc.File)
}

func (p ReviewPage) pagesOf(f dossier.File) int {
	if f.Pages == 0 && p.Paged != nil && p.Paged(f) {
		return 1
	}
	if p.Paged != nil && !p.Paged(f) {
		return 0
	}
	return f.Pages
}

// uncounted tells that the number of pages will be known once the first one is drawn.
func (p ReviewPage) uncounted(one piece) bool {
	return one.doc != nil && one.doc.File.Pages == 0 && p.pages(one) > 0
}

// Current is the document on screen, false when there is none that can be opened.
func (p ReviewPage) Current() (dossier.Document, bool) {
	one, ok := p.current()
	if !ok || one.doc == nil || !one.doc.Openable() {
		return dossier.Document{}, false
	}
	return *one.doc, true
}

// page on screen, within the document.
func (p ReviewPage) page(one piece) int { return min(max(p.Page, 1), max(p.pages(one), 1)) }

// figures: how many pieces, how many settled, how many await a verdict. What was opened is
// no measure: the next pieces are sent before they are looked at.
func (p ReviewPage) figures() (all, settled, todo int) {
	for _, one := range p.pieces() {
		all++
		if one.doc != nil && one.doc.Verdict != nil || one.req.NotApplicable != nil {
			settled++
		}
		if one.todo() {
			todo++
		}
	}
	return all, settled, todo
}

// asked are the pieces that the applicant should correct, as the verdicts say.
func (p ReviewPage) asked() []piece {
	return slices.DeleteFunc(p.pieces(), func(one piece) bool { return !one.wanting() })
}

// wanting tells that the piece is refused, to correct, or missing.
func (one piece) wanting() bool {
	if one.req.NotApplicable != nil {
		return false
	}
	if one.doc == nil {
		return one.req.Spec.Required && !one.waiting
	}
	return one.doc.Verdict != nil && one.doc.Verdict.Kind != dossier.Valid
}

// judgeable tells that verdicts, remarks and requests are possible now.
func (p ReviewPage) judgeable() bool {
	switch p.State {
	case application.Submitted, application.AwaitingApproval, application.UnderReview, application.InformationRequested:
		return !p.Own
	}
	return false
}

// requestable tells that corrections can be asked of the applicant now.
func (p ReviewPage) requestable() bool {
	return p.State == application.UnderReview && !p.Own && (p.Verdict == "" || application.Verdict(p.Verdict) == application.VerdictOnHold)
}

// address of this page for a piece, with the list that led here.
func (p ReviewPage) address(key string, pairs ...string) string {
	all := append([]string{NamePiece, key}, pairs...)
	if p.Place >= 0 {
		all = append(all, ListPairs(p.Filter, p.Place)...)
	}
	return paths.With(paths.DeskReview(p.ID.String()), all...)
}

// here is the address of what is on screen, with something else in it.
func (p ReviewPage) here(one piece, page, beside, zoom, turn int) string {
	return p.address(one.key, NamePage, past(page, 1), NameBeside, past(beside, 0), NameZoom, past(zoom, 100), NameTurn, past(turn%360, 0))
}

// past writes a figure, unless it is the ordinary one.
func past(n, ordinary int) string {
	if n == ordinary || n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// action is the address of a form about a document, which knows the way back.
func (p ReviewPage) action(path string, one piece) string {
	pairs := []string{NameOf, p.ID.String(), NamePiece, one.key, NamePage, past(p.page(one), 1)}
	if p.Place >= 0 {
		pairs = append(pairs, ListPairs(p.Filter, p.Place)...)
	}
	return paths.With(path, pairs...)
}

// neighbour is the review of an application beside this one in the list.
func (p ReviewPage) neighbour(r *application.DeskRow, by int) string {
	return paths.With(paths.DeskReview(r.Application.String()), ListPairs(p.Filter, max(p.Place+by, 0))...)
}

func (p ReviewPage) ahead() int {
	if p.Gone {
		return 0
	}
	return 1
}

// fields declared that matter for a piece.
func (p ReviewPage) fields(one piece) []ReviewField { return p.Declared[one.req.Spec.Key] }

// differing are the answers noted as different from a piece, whichever it is, once each.
func (p ReviewPage) differing() []ReviewField {
	out, seen := []ReviewField{}, map[string]bool{}
	for _, r := range p.Requirements {
		for _, f := range p.Declared[r.Spec.Key] {
			if f.Agrees != nil && !*f.Agrees && !seen[f.Key] {
				seen[f.Key] = true
				out = append(out, f)
			}
		}
	}
	return out
}

// zoomed is the level before or after the present one.
func (p ReviewPage) zoomed(by int) int {
	all := Zooms()
	n := slices.Index(all, p.zoom())
	return all[min(max(n+by, 0), len(all)-1)]
}

func (p ReviewPage) zoom() int {
	if slices.Contains(Zooms(), p.Zoom) {
		return p.Zoom
	}
	return 100
}

func (p ReviewPage) turn() int { return (p.Turn%360 + 360) % 360 / 90 * 90 }
