// Package opinions owns the page of an expert asked for an opinion (avis, P9.6): the
// question, just the pieces and answers chosen by the officer, and the form of the
// answer. It refuses to decide what is shown or whether the request is still open:
// models/application gives it. Nothing here is ever shown to an applicant.
package opinions

import (
	"context"
	"strconv"
	"time"

	"passerelle/models/application"
	"passerelle/models/form"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Page is a request as its expert sees it.
type Page struct {
	application.Consulted
	Token   string // of the link; empty for a signed-in expert
	Door    application.Door
	Zone    *time.Location
	Typed   application.AdviceInput
	Errors  map[string]string // by field
	Just    bool              // just answered
	Renewed bool              // a new link has left
}

// pageWidth is how wide an image of a page is asked for, in pixels.
const pageWidth = 1200

func (p Page) action() string {
	if p.Token != "" {
		return paths.Opinion(p.Token)
	}
	return paths.MyOpinion(p.Opinion.ID.String())
}

func (p Page) image(piece application.ConsultedPiece, n int) string {
	if p.Token != "" {
		return paths.OpinionPage(p.Token, piece.Document.String(), n, pageWidth)
	}
	return paths.DocumentPage(piece.Document.String(), n, pageWidth)
}

func (p Page) download(piece application.ConsultedPiece) string {
	if p.Token != "" {
		return paths.OpinionDocument(p.Token, piece.Document.String())
	}
	return paths.Document(piece.Document.String())
}

func title(ctx context.Context, piece application.ConsultedPiece) string {
	lang := string(i18n.From(ctx))
	words := piece.Title.In(lang)
	if side := piece.Side.In(lang); side != "" {
		words += ", " + side
	}
	if piece.Place > 0 {
		words += ", " + strconv.Itoa(piece.Place)
	}
	return words
}

func (p Page) facts(ctx context.Context) []ui.Fact {
	key := "opinions.course"
	if p.Kind == application.Admission {
		key = "opinions.programme"
	}
	return []ui.Fact{
		{Term: i18n.T(ctx, "opinions.number"), Text: p.Reference},
		{Term: i18n.T(ctx, key), Text: p.Session.Title},
		{Term: i18n.T(ctx, "opinions.due"), Value: ui.Rich("**" + i18n.DateLong(ctx, i18n.DayOf(p.Opinion.DueOn.Date())) + "**")},
	}
}

// answers are those chosen, in words about the person and never to them.
func (p Page) answers(ctx context.Context) []ui.Fact {
	lang, facts := string(i18n.From(ctx)), []ui.Fact{}
	for _, a := range p.Answers {
		if a.Kind == form.KindAck || a.Shown.In(lang) == "" {
			continue
		}
		term := a.Label.In(lang)
		if key := "desk.field." + a.Field; i18n.Has(key) {
			term = i18n.T(ctx, key)
		}
		if a.RowNo > 0 {
			term += " " + strconv.Itoa(a.RowNo)
		}
		facts = append(facts, ui.Fact{Term: term, Value: ui.Lines(a.Shown.In(lang))})
	}
	return facts
}

// choices are the three conclusions, none of them chosen before.
func (p Page) choices(ctx context.Context) ui.Radios {
	r := ui.Radios{Cards: true, Field: ui.Field{ID: "avis", Name: "avis", Label: i18n.T(ctx, "opinions.yours"), Error: p.Errors["avis"]}}
	for _, a := range application.Advices() {
		r.Options = append(r.Options, ui.Option{Value: string(a), Label: i18n.T(ctx, "opinions.advice."+string(a)),
			Hint: i18n.T(ctx, "opinions.advice."+string(a)+".hint"), Selected: p.Typed.Advice == a})
	}
	return r
}

func (p Page) problems() []ui.Problem {
	out := []ui.Problem{}
	for _, field := range []string{"avis", "texte"} {
		if m := p.Errors[field]; m != "" {
			out = append(out, ui.Problem{Message: m, Field: field})
		}
	}
	return out
}

func (p Page) answered(ctx context.Context) string {
	if p.Opinion.AnsweredAt == nil {
		return ""
	}
	return i18n.DateTime(ctx, i18n.Of(p.Opinion.AnsweredAt.In(p.Zone)))
}
