package administration

import (
	"context"
	"strconv"
	"strings"

	"passerelle/models"
	"passerelle/models/searching"
	"passerelle/views/i18n"
	"passerelle/views/layout"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Names of the fields of the search's settings.
const (
	NameVersion = "version" // of the draft that the page shows
	NameFrom    = "de"
	NameTo      = "vers" // expressions parted by commas
	NameWay     = "sens"
	NameSynonym = "synonyme" // key of one
	NameWord    = "mot"
	NameLatest  = "derniere" // publication that the page shows as the last
	OneWay      = "un"
)

// SettingsPage is the draft of the search's settings (P14.1).
type SettingsPage struct {
	Draft    searching.Draft
	Synonyms []searching.SynonymRow
	Found    int    // synonyms that hold Holding
	Holding  string // filter of the list
	// Synonym, Stop and Weights are what was typed, to type on.
	From, To string
	OneWay   bool
	Stop     string
	Weights  map[string]string
	Problem  *models.Error
	Since    []searching.DraftChange // what others did meanwhile
	Last     *searching.Rehearsal    // of this draft
	Clock    Clock
}

// problem is what is wrong with a field, in words.
func (p SettingsPage) problem(ctx context.Context, field string) string {
	if p.Problem == nil {
		return ""
	}
	for _, f := range p.Problem.Fields {
		if f.Field == field {
			return i18n.T(ctx, f.Key, f.Args...)
		}
	}
	return ""
}

func (p SettingsPage) problems(ctx context.Context) ui.ErrorSummary {
	s := ui.ErrorSummary{}
	if p.Problem == nil {
		return s
	}
	ids := map[string]string{"synonym": "synonyme-de", "stop": "mot"}
	for _, f := range p.Problem.Fields {
		id := ids[f.Field]
		if id == "" {
			id = "poids-" + f.Field
		}
		s.Problems = append(s.Problems, ui.Problem{Message: i18n.T(ctx, f.Key, f.Args...), Field: id})
	}
	return s
}

func (p SettingsPage) version() string { return strconv.Itoa(p.Draft.Version) }

// weight is what stands in the field of a weight.
func (p SettingsPage) weight(ctx context.Context, w searching.Weight) string {
	if typed, ok := p.Weights[w.Name]; ok {
		return typed
	}
	return shortly(ctx, float64(w.Value))
}

// shortly writes a number without needless digits, with the language's comma.
func shortly(ctx context.Context, n float64) string {
	text := strconv.FormatFloat(n, 'f', -1, 32)
	if i18n.From(ctx) == i18n.French {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// thousandths writes a number with three digits after the comma.
func thousandths(ctx context.Context, n float64) string {
	text := strconv.FormatFloat(n, 'f', 3, 64)
	if i18n.From(ctx) == i18n.French {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// expressions writes a group of synonyms as people read it.
func expressions(terms []string, oneWay bool) string {
	if len(terms) == 0 {
		return ""
	}
	if oneWay {
		return terms[0] + " → " + strings.Join(terms[1:], ", ")
	}
	return strings.Join(terms, " ⇄ ")
}

// difference says a change in words.
func difference(ctx context.Context, d searching.Difference) string {
	key := "admin.settings.change." + d.What
	if d.What == searching.WeightChanged {
		return i18n.T(ctx, key, i18n.T(ctx, "admin.settings.weigh_"+d.Field), shortly(ctx, float64(d.From)), shortly(ctx, float64(d.To)))
	}
	return i18n.T(ctx, key, expressions(d.Terms, d.OneWay))
}

// differences are the first changes in words, and how many more there are.
func differences(ctx context.Context, list []searching.Difference, most int) []string {
	out := []string{}
	for _, d := range list[:min(len(list), most)] {
		out = append(out, difference(ctx, d))
	}
	if more := len(list) - most; more > 0 {
		out = append(out, i18n.N(ctx, "admin.settings.more", more))
	}
	return out
}

func ways(ctx context.Context, oneWay bool) []ui.Option {
	return []ui.Option{{Value: "", Label: i18n.T(ctx, "admin.settings.way.both"), Selected: !oneWay}, {Value: OneWay, Label: i18n.T(ctx, "admin.settings.way.single"), Selected: oneWay}}
}

// madeBy says who published a synonym and when.
func madeBy(ctx context.Context, r searching.SynonymRow, c Clock) string {
	switch {
	case r.At != nil && r.By != "":
		return r.By + ", " + i18n.DateShort(ctx, c.moment(*r.At).Day)
	case r.Source != "":
		return r.Source
	}
	return i18n.T(ctx, "admin.settings.loaded")
}

func rehearsalStatus(ctx context.Context, r searching.Rehearsal) ui.Status {
	s := ui.Status{Tone: ui.ToneInfo, Label: i18n.T(ctx, "admin.rehearsal.state."+r.State), Plain: true}
	switch {
	case r.State == searching.RehearsalPublished:
		s.Tone = ui.ToneOK
	case r.State == searching.RehearsalFailed:
		s.Tone = ui.ToneBad
	case r.State == searching.RehearsalDropped:
		s.Tone = ui.Neutral
	case r.Stale:
		s.Tone, s.Icon, s.Label = ui.Neutral, ui.IconHistory, i18n.T(ctx, "admin.rehearsal.state.stale")
	case r.State == searching.RehearsalDone:
		s.Tone = ui.ToneOK
	}
	return s
}

// searchProps is a page of the search's console.
func searchProps(title string) layout.Props {
	return layout.Props{Title: title, Audience: layout.Desk, Section: layout.Administration, Current: layout.NavAdminSearch, NoIndex: true, MainClass: "admin"}
}

func searchCrumbs(ctx context.Context, titles ...string) []ui.Crumb {
	crumbs := []ui.Crumb{{Text: i18n.T(ctx, "admin.search"), Href: paths.AdminSearch()}}
	for _, t := range titles {
		crumbs = append(crumbs, ui.Crumb{Text: t})
	}
	return crumbs
}
