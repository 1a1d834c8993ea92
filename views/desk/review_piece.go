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
)

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
func (one piece) todo() bool {
	return one.doc != nil && one.doc.Openable() && one.doc.Verdict == nil && !one.req.Asked
}

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

// uncounted tells that the number of pages will be known once the first one is drawn: that
// of an office file. A picture is one page, and nothing ever counts it.
func (p ReviewPage) uncounted(one piece) bool {
	return one.doc != nil && one.doc.File.Pages == 0 && p.pages(one) > 0 && !strings.HasPrefix(one.doc.File.Type, "image/")
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

// figures counts as the list of applications does (application.ProgressOf): pieces given,
// those with a verdict in force, those that await one. What is missing or does not concern
// the person is said apart. What was opened is no measure: the next pieces are sent before
// they are looked at.
func (p ReviewPage) figures(ctx context.Context) (g application.Progress, apart string) {
	missing, exempt := 0, 0
	for _, one := range p.pieces() {
		switch {
		case one.req.NotApplicable != nil:
			exempt++
		case one.doc == nil:
			if one.req.Spec.Required && !one.waiting {
				missing++
			}
		default:
			g.Documents++
			if one.doc.Verdict != nil {
				g.Judged++
			} else if one.todo() {
				g.ToReview++
			}
		}
	}
	words := []string{}
	if missing > 0 {
		words = append(words, i18n.N(ctx, "review.missing", missing))
	}
	if exempt > 0 {
		words = append(words, i18n.N(ctx, "review.exempt", exempt))
	}
	return g, strings.Join(words, ", ")
}

// demanded is what was asked before the version on screen replaced it: the version it
// replaces, with the officer's words, and the request that carried them when it is the
// latest one. Nil when nothing was asked.
func (p ReviewPage) demanded(one piece) (former *dossier.Document, request *application.InformationRequest) {
	if former = one.other(0); former == nil {
		return nil, nil
	}
	if r := p.Request; r != nil && r.AnsweredAt != nil && r.Asks(one.req.ID) && former.DepositedAt.Before(r.AskedAt) && r.AskedAt.Before(one.doc.DepositedAt) {
		request = r
	}
	reason, message, remarks := told(piece{req: one.req, doc: former})
	if request == nil && reason == "" && message == "" && len(remarks) == 0 {
		return nil, nil
	}
	return former, request
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
