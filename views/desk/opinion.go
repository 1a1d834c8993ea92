package desk

import (
	"context"
	"slices"

	"passerelle/models/application"
	"passerelle/models/form"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// AskOpinionPage prepares a request for an expert's opinion (P9.6).
type AskOpinionPage struct {
	ReviewPage
	Ask    OpinionForm
	Banner string // message key of a refusal that is no field's
}

// OpinionForm is what the officer typed or ticked.
type OpinionForm struct {
	Name, Email, Question string
	DueOn                 string   // in digits
	Pieces                []string // documents, by id
	Fields                []string
	Errors                map[string]string // message keys by field
}

// opinionDays is how long an expert gets by default.
const opinionDays = 10

func (p AskOpinionPage) message(ctx context.Context, field string) string {
	if key := p.Ask.Errors[field]; key != "" {
		return i18n.T(ctx, key)
	}
	return ""
}

func (p AskOpinionPage) problems(ctx context.Context) []ui.Problem {
	out := []ui.Problem{}
	for _, field := range []string{"nom", "courriel", "question", "montre", "date"} {
		if m := p.message(ctx, field); m != "" {
			out = append(out, ui.Problem{Message: m, Field: field})
		}
	}
	return out
}

// shownPiece is a document that can be shown to the expert.
type shownPiece struct {
	id, title, state string
	ticked           bool
}

// showable are the versions in force that an officer may open.
func (p AskOpinionPage) showable(ctx context.Context) []shownPiece {
	out := []shownPiece{}
	for _, one := range p.pieces() {
		if one.doc == nil || !one.doc.Openable() {
			continue
		}
		_, _, words := p.state(ctx, one)
		id := one.doc.ID.String()
		out = append(out, shownPiece{id: id, title: one.title(ctx), state: words, ticked: slices.Contains(p.Ask.Pieces, id)})
	}
	return out
}

// answers of the application, once each.
func (p AskOpinionPage) answers(ctx context.Context) []askedField {
	lang, out, seen := string(i18n.From(ctx)), []askedField{}, map[string]bool{}
	for _, a := range p.Answers.Answers {
		key := AskedAs(a)
		if seen[key] || a.Kind == form.KindAck || a.Kind == form.KindDocument || a.Shown.In(lang) == "" {
			continue
		}
		seen[key] = true
		f := askedField{key: key, label: a.Label.In(lang), shown: a.Shown.In(lang), ticked: slices.Contains(p.Ask.Fields, key)}
		if a.Row != "" {
			f.label, f.shown = a.Heading.In(lang), ""
		} else if name := "desk.field." + key; i18n.Has(name) {
			f.label = i18n.T(ctx, name)
		}
		out = append(out, f)
	}
	return out
}

func (p AskOpinionPage) due() string {
	if p.Ask.DueOn != "" {
		return p.Ask.DueOn
	}
	return i18n.DateDigits(day(p.Clock.today().AddDate(0, 0, opinionDays)))
}

// mayAsk reports that an opinion still serves a decision.
func (p DossierPage) mayAsk() bool { return !p.Own && studied(p.Dossier) }

func (p AskOpinionPage) mayAsk() bool { return !p.Own && studied(p.Dossier) }

func studied(d application.Dossier) bool {
	return d.State == application.UnderReview || d.State == application.InformationRequested
}

// toOpinion is this very page, within the list that led here.
func (p AskOpinionPage) toOpinion() string {
	path := paths.DeskOpinions(p.ID.String())
	if p.Place < 0 {
		return path
	}
	return paths.With(path, ListPairs(p.Filter, p.Place)...)
}

func (p DossierPage) toOpinion() string { return p.address(paths.DeskOpinions(p.id())) }

// opinionFacts say who was asked what, and what they answered.
func (p DossierPage) opinionFacts(ctx context.Context, o application.Opinion) []ui.Fact {
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "desk.opinion.answer"), Value: p.opinionStatus(ctx, o)},
		{Term: i18n.T(ctx, "desk.opinion.who"), Text: joined(" · ", o.Name, o.Email)},
		{Term: i18n.T(ctx, "desk.opinion.question"), Value: ui.Lines(o.Question)},
		{Term: i18n.T(ctx, "desk.opinion.shown"), Text: joined(", ", counted(ctx, "desk.opinion.pieces", len(o.Documents)), counted(ctx, "desk.opinion.fields", len(o.Fields)))},
		{Term: i18n.T(ctx, "desk.opinion.asked"), Text: joined(", ", p.Clock.when(ctx, o.AskedAt), o.AskedByName)},
	}
	if o.OpenedAt != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "desk.opinion.opened"), Text: p.Clock.when(ctx, *o.OpenedAt)})
	}
	if o.State == application.OpinionRequested {
		return append(facts, ui.Fact{Term: i18n.T(ctx, "desk.opinion.due"), Text: i18n.Date(ctx, day(o.DueOn))})
	}
	if o.AnsweredAt != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "desk.approval.when"), Text: p.Clock.when(ctx, *o.AnsweredAt)},
			ui.Fact{Term: i18n.T(ctx, "desk.approval.strength"), Text: i18n.T(ctx, "desk.strength."+string(o.Strength))},
			ui.Fact{Term: i18n.T(ctx, "desk.opinion.body"), Value: ui.Lines(o.Body)})
	}
	return facts
}

func counted(ctx context.Context, key string, n int) string {
	if n == 0 {
		return ""
	}
	return i18n.N(ctx, key, n)
}

func (p DossierPage) opinionStatus(ctx context.Context, o application.Opinion) ui.Status {
	s := ui.Status{Plain: true, Icon: ui.IconHourglass, Label: i18n.T(ctx, "desk.opinion.requested")}
	switch {
	case o.State == application.OpinionRevoked:
		s.Icon, s.Label = ui.IconUndo2, i18n.T(ctx, "desk.opinion.revoked")
	case o.State == application.OpinionRequested && !p.awaitsOpinion(o):
		s.Icon, s.Label = ui.IconCircleMinus, i18n.T(ctx, "desk.opinion.over")
	case o.State == application.OpinionRequested:
	case o.Advice == application.Favourable:
		s.Tone, s.Icon, s.Label = ui.ToneOK, "", i18n.T(ctx, "opinions.advice.favourable")
	case o.Advice == application.Unfavourable:
		s.Tone, s.Icon, s.Label = ui.ToneBad, "", i18n.T(ctx, "opinions.advice.unfavourable")
	default:
		s.Icon, s.Label = ui.IconTriangleAlert, i18n.T(ctx, "opinions.advice.reserved")
	}
	return s
}

// awaitsOpinion reports that the expert can still answer.
func (p DossierPage) awaitsOpinion(o application.Opinion) bool {
	return o.State == application.OpinionRequested && studied(p.Dossier)
}
