package desk

import (
	"context"
	"slices"

	"github.com/a-h/templ"

	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// ComplementPage prepares a request for corrections and shows what the applicant will
// receive, before anything leaves (demande de compléments, P9.3).
type ComplementPage struct {
	ReviewPage
	Ask  ComplementForm
	Days int // that the portal gives by default
	// Letter is the very mail that would leave, with its Subject; none while BadDate
	// says what is wrong with its date (message key).
	Letter  templ.Component
	Subject string
	BadDate string
}

// ComplementForm is what the officer typed or ticked.
type ComplementForm struct {
	Message string
	DueOn   string            // in digits
	Fields  []string          // answers opened again
	Pieces  []string          // requirements, by id
	Words   map[string]string // on documents that nobody has said anything of, by requirement
	Errors  map[string]string
}

// Ids and names of the page's parts.
const (
	NameDo       = "faire"
	PreviewValue = "apercu"
	SendValue    = "envoyer" // anything else only shows the preview again
	previewID    = "apercu"
)

// Suggested is the request that the verdicts and the differences ask for by themselves.
func (p ReviewPage) Suggested() ComplementForm {
	f := ComplementForm{}
	for _, one := range p.asked() {
		if id := one.req.ID.String(); !slices.Contains(f.Pieces, id) {
			f.Pieces = append(f.Pieces, id)
		}
	}
	for _, field := range p.differing() {
		f.Fields = append(f.Fields, field.Key)
	}
	return f
}

func (p ComplementPage) message(ctx context.Context, field string) string {
	if key := p.Ask.Errors[field]; key != "" {
		return i18n.T(ctx, key, p.Ask.DueOn) // which only a wrong date quotes
	}
	return ""
}

func (p ComplementPage) problems(ctx context.Context) []ui.Problem {
	out := []ui.Problem{}
	fields := []string{NamePieces}
	for _, one := range p.askable(ctx) {
		fields = append(fields, one.word)
	}
	for _, field := range append(fields, NameMessage, NameDue) {
		if m := p.message(ctx, field); m != "" {
			out = append(out, ui.Problem{Message: m, Field: field})
		}
	}
	return out
}

// askedPiece is a requirement that can be opened again, with what was said of it.
type askedPiece struct {
	id, title, state string
	icon             ui.Icon
	ticked           bool
	judged           []piece
	word             string // field of the word that it needs
	needsWord        bool
}

// askable are the requirements of the dossier, those that call for a correction first.
func (p ComplementPage) askable(ctx context.Context) []askedPiece {
	first, rest := []askedPiece{}, []askedPiece{}
	for _, one := range p.pieces() {
		id := one.req.ID.String()
		list := &rest
		if p.wants(id) {
			list = &first
		}
		if n := len(*list); n > 0 && (*list)[n-1].id == id { // the other side of the one before
			(*list)[n-1].judged = append((*list)[n-1].judged, one)
			continue
		}
		icon, _, words := p.state(ctx, one)
		*list = append(*list, askedPiece{id: id, title: one.req.Spec.Title.In(string(i18n.From(ctx))), state: words, icon: icon,
			ticked: slices.Contains(p.Ask.Pieces, id), judged: []piece{one}, word: application.WordField + id, needsWord: application.Wordless(*one.req)})
	}
	return slices.Concat(first, rest)
}

// wants tells that a piece of the requirement is refused, to correct or missing.
func (p ComplementPage) wants(id string) bool {
	return slices.ContainsFunc(p.asked(), func(one piece) bool { return one.req.ID.String() == id })
}

// askedField is an answer that can be opened again.
type askedField struct {
	key, label, shown string
	ticked            bool
}

// answers of the application, once each: those that differ from a piece, then the others.
func (p ComplementPage) answers(ctx context.Context) (differing, others []askedField) {
	lang := string(i18n.From(ctx))
	differs := map[string]bool{}
	for _, f := range p.differing() {
		differs[f.Key] = true
	}
	seen := map[string]bool{}
	for _, a := range p.Answers.Answers {
		key := AskedAs(a)
		if seen[key] || a.Kind == form.KindAck || a.Kind == form.KindDocument {
			continue
		}
		seen[key] = true
		f := askedField{key: key, label: a.Label.In(lang), shown: a.Shown.In(lang), ticked: slices.Contains(p.Ask.Fields, key)}
		if a.Row != "" {
			f.label, f.shown = a.Heading.In(lang), ""
		} else if name := "desk.field." + key; i18n.Has(name) {
			f.label = i18n.T(ctx, name)
		}
		if differs[key] {
			differing = append(differing, f)
		} else {
			others = append(others, f)
		}
	}
	return differing, others
}

// told is what the applicant reads about a piece: the reason, the words, the remarks they may see.
func told(one piece) (reason, message string, remarks []dossier.Remark) {
	if one.doc == nil {
		return "", "", nil
	}
	if v := one.doc.Verdict; v != nil && v.Kind != dossier.Valid {
		reason, message = v.Reason, v.Message
	}
	for _, r := range one.doc.Remarks {
		if r.Visible {
			remarks = append(remarks, r)
		}
	}
	return reason, message, remarks
}

// due is the date by which the applicant is to answer, as typed or as the portal gives it.
func (p ComplementPage) due(ctx context.Context) string {
	if p.Ask.DueOn != "" {
		return p.Ask.DueOn
	}
	return i18n.DateDigits(day(p.Clock.today().AddDate(0, 0, p.Days)))
}

// previewing asks for the preview again as one writes.
func (p ComplementPage) previewing() templ.Attributes {
	return hx.Post(p.complement(), hx.Target(previewID), hx.Select(previewID), hx.Latest(), hx.NoValidate(), hx.Trigger("change, input delay:400ms"))
}

// after is the preview, where a request is possible.
func (p ComplementPage) after() templ.Component {
	if !p.requestable() {
		return nil
	}
	return complementPreview(p)
}

// toReview is the way back to the review desk.
func (p ComplementPage) toReview() string {
	path := paths.DeskReview(p.ID.String())
	if p.Place < 0 {
		return path
	}
	return paths.With(path, ListPairs(p.Filter, p.Place)...)
}
