package desk

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/form"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Names of the fields by which officers share their work (P9.6).
const (
	NameOfficer  = "gestionnaire"
	Unassigned   = "personne" // value of NameOfficer for nobody
	NameConfided = "confies"
	NameRefused  = "non-confies"
)

// ReadConfided reads what became of applications confided in bulk.
func ReadConfided(q url.Values) Confided {
	done, err := strconv.Atoi(q.Get(NameConfided))
	if err != nil || done < 0 {
		return Confided{}
	}
	refused, _ := strconv.Atoi(q.Get(NameRefused))
	return Confided{Asked: true, Done: done, Refused: max(refused, 0)}
}

// officers are those who may treat the application.
func (p DossierPage) officers(ctx context.Context) ui.Select {
	s := ui.Select{Field: ui.Field{ID: NameOfficer, Name: NameOfficer, Label: i18n.T(ctx, "desk.assign.to")},
		Options: []ui.Option{{Value: Unassigned, Label: i18n.T(ctx, "desk.assign.nobody")}}}
	if p.Assign != "" {
		s.Error = i18n.T(ctx, p.Assign)
	}
	for _, c := range p.Officers {
		s.Options = append(s.Options, ui.Option{Value: c.Account.String(), Label: c.Name, Selected: c.Account == p.Officer})
	}
	return s
}

func (p DossierPage) assigned(ctx context.Context) string {
	if p.Dossier.Assigned == "" {
		return i18n.T(ctx, "desk.assign.none")
	}
	return p.Dossier.Assigned
}

// DelegationsPage is where an officer names who stands in for them (P9.6).
type DelegationsPage struct {
	Clock      Clock
	Me         models.ID
	Mine       []application.Delegation
	ForOthers  []application.Delegation
	Colleagues []application.Colleague
	Form       DelegationForm
	Done       string
}

// DelegationForm is what the officer typed.
type DelegationForm struct {
	To, First, Last string
	Errors          map[string]string // message keys by field
}

func (p DelegationsPage) message(ctx context.Context, field string) string {
	if key := p.Form.Errors[field]; key != "" {
		return i18n.T(ctx, key)
	}
	return ""
}

func (p DelegationsPage) problems(ctx context.Context) []ui.Problem {
	out := []ui.Problem{}
	for _, field := range []string{NameOfficer, "du", "au"} {
		if m := p.message(ctx, field); m != "" {
			out = append(out, ui.Problem{Message: m, Field: field})
		}
	}
	return out
}

func (p DelegationsPage) colleagues(ctx context.Context) ui.Select {
	s := ui.Select{Field: ui.Field{ID: NameOfficer, Name: NameOfficer, Label: i18n.T(ctx, "delegation.to"), Hint: i18n.T(ctx, "delegation.to.hint"),
		Error: p.message(ctx, NameOfficer)}, Empty: i18n.T(ctx, "delegation.choose")}
	for _, c := range p.Colleagues {
		if c.Account != p.Me {
			s.Options = append(s.Options, ui.Option{Value: c.Account.String(), Label: c.Name, Selected: c.Account.String() == p.Form.To})
		}
	}
	return s
}

func span(ctx context.Context, d application.Delegation) string {
	return i18n.Range(ctx, day(d.First), day(d.Last))
}

// previewing fetches an application in short into the pane beside the list.
func previewing(id models.ID, f application.DeskFilter, place int) templ.Attributes {
	return hx.Get(paths.With(paths.DeskPreview(id.String()), ListPairs(f, place)...), hx.Target(previewPaneID), hx.Latest())
}

// previewPaneID is the pane's.
const previewPaneID = "apercu-dossier"

// PreviewPage is an application in short.
type PreviewPage struct {
	application.Preview
	Clock  Clock
	Filter application.DeskFilter
	Place  int
}

func (p PreviewPage) open(path string) string {
	if p.Place < 0 {
		return path
	}
	return paths.With(path, ListPairs(p.Filter, p.Place)...)
}

// whole is the dossier's page, whose words the preview takes up.
func (p PreviewPage) whole() DossierPage {
	return DossierPage{Dossier: application.Dossier{Application: p.Application, Stuck: p.Stuck, Answers: p.Answers, Approvals: p.Approvals, Seats: p.Seats, Standing: p.Standing},
		Clock: p.Clock, Filter: p.Filter, Place: p.Place}
}

// previewAnswers is how many answers the preview shows.
const previewAnswers = 6

func (p PreviewPage) facts(ctx context.Context) []ui.Fact {
	d := p.whole()
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "desk.col.course"), Text: p.Session.Title},
		{Term: i18n.T(ctx, "desk.col.session"), Text: strings.TrimSuffix(d.session(ctx), " · "+p.Reference())},
		{Term: i18n.T(ctx, "desk.seats"), Text: d.seats(ctx)},
		{Term: i18n.T(ctx, "desk.col.owner"), Text: p.owner(ctx)},
	}
	if p.Pieces > 0 {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "review.pieces"), Text: i18n.N(ctx, "desk.opinion.pieces", p.Pieces)})
	}
	return append(facts, p.answers(ctx)...)
}

// answers are the first ones after the identity: those of whom one cannot decide
// without. Tables and ways to reach people are left to the whole dossier.
func (p PreviewPage) answers(ctx context.Context) []ui.Fact {
	lang, facts := string(i18n.From(ctx)), []ui.Fact{}
	for _, a := range p.Answers.Answers {
		switch {
		case len(facts) == previewAnswers:
			return facts
		case a.Step == p.Answers.Answers[0].Step, a.Row != "", a.Shown.In(lang) == "", strings.HasPrefix(a.Field, "manager_"):
			continue
		case a.Kind == form.KindAck, a.Kind == form.KindDocument, a.Kind == form.KindEmail, a.Kind == form.KindPhone:
			continue
		}
		term := a.Label.In(lang)
		if key := "desk.field." + a.Field; i18n.Has(key) {
			term = i18n.T(ctx, key)
		}
		facts = append(facts, ui.Fact{Term: term, Value: ui.Lines(a.Shown.In(lang))})
	}
	return facts
}

func (p PreviewPage) owner(ctx context.Context) string {
	if p.Assigned == "" {
		return i18n.T(ctx, "desk.assign.none")
	}
	return p.Assigned
}
