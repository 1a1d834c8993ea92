package applications

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"passerelle/models/form"
	"passerelle/models/merge"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// question is one field as drawn.
type question struct {
	StepPage
	*form.FieldResult
	reads map[string]bool // inputs that conditions look at
}

// base is what every control of the question shares; at is the input.
func (q question) base(ctx context.Context, at int) ui.Field {
	lang, part := q.lang(ctx), q.Parts[at]
	f := ui.Field{ID: part.Key, Name: part.Key, Label: q.Field.Label.In(lang), Optional: !q.Required, Attrs: q.attrs(part.Key)}
	if part.Label != "" && len(q.Parts) > 1 {
		f.Label = i18n.T(ctx, part.Label)
		f.Optional = !q.Required || !part.Main
	}
	if at == 0 {
		f.Hint, f.Tip, f.More = q.Field.Hint.In(lang), q.Field.Tip.In(lang), q.Field.More.Body.In(lang)
		f.MoreTitle = q.Field.More.Title.In(lang)
		f.Note = q.note(ctx)
	}
	f.Error = q.error(ctx, part.Key)
	if warning := q.warning(ctx, part.Key); warning != "" && f.Error == "" {
		f.Note = ui.Note{Icon: ui.IconTriangleAlert, Text: warning}
	}
	return f
}

// attrs mark the inputs whose change asks for the questions again (P18.13).
func (q question) attrs(key string) templ.Attributes {
	if q.reads[key] || q.reads[q.Field.ID] {
		return templ.Attributes{"data-depends": true}
	}
	return nil
}

// error is the first problem of an input that is shown now: a missing answer
// only where the page marks them.
func (q question) error(ctx context.Context, key string) string {
	for _, lost := range q.Lost {
		if lost.Field == key {
			return say(ctx, lost)
		}
	}
	for _, p := range q.Problems {
		if p.Field != key || p.Warning || q.FieldResult.Missing && !q.StepPage.Missing {
			continue
		}
		return say(ctx, p)
	}
	return ""
}

func (q question) warning(ctx context.Context, key string) string {
	for _, p := range q.Problems {
		if p.Field == key && p.Warning {
			return say(ctx, p)
		}
	}
	return ""
}

// note says where a pre-filled answer comes from (P5.9).
func (q question) note(ctx context.Context) ui.Note {
	if q.Source == "" {
		return ui.Note{}
	}
	return ui.Note{Icon: ui.IconUserCheck, Text: sourceWords(ctx, q.Source)}
}

// sourceWords says where an answer that nobody typed comes from: a word, then the day
// of the application it was taken from, where there is one.
func sourceWords(ctx context.Context, source string) string {
	word, on, dated := strings.Cut(source, " ")
	if d, ok := form.ISODay(on); dated && ok {
		return i18n.T(ctx, "applications.source."+word+".on", d.Words(string(i18n.From(ctx))))
	}
	return i18n.T(ctx, "applications.source."+word)
}

// kept shows an answer that a registry keeps (P1.12): read-only, with whom to ask.
func (q question) kept(ctx context.Context) templ.Component {
	return keptAnswer(q.Field.Label.In(q.lang(ctx)), q.Show(q.lang(ctx)), sourceWords(ctx, q.Source), q.Key)
}

// control draws the inputs of the question.
func (q question) control(ctx context.Context) templ.Component {
	if q.Locked {
		return q.kept(ctx)
	}
	switch q.Field.Kind {
	case form.KindNote:
		return note(q.Field.Label.In(q.lang(ctx)), q.Field.Body.In(q.lang(ctx)))
	case form.KindDocument:
		if piece, ok := q.Pieces[q.Field.ID]; ok {
			return piece.Slot
		}
		return templ.NopComponent
	case form.KindLongText:
		return q.long(ctx)
	case form.KindYesNo:
		return ui.Radios{Field: q.base(ctx, 0), Row: true, Options: q.yesNo(ctx)}
	case form.KindChoice:
		return q.choice(ctx)
	case form.KindChoices:
		return marked(q.Parts[0].Key, ui.Checkboxes{Field: q.base(ctx, 0), Options: q.options(ctx), Row: q.Field.Look == form.InRow})
	case form.KindTick:
		return q.tick(ctx)
	case form.KindAck:
		return q.ack(ctx)
	case form.KindCountry:
		return q.country(ctx, 0)
	case form.KindCity:
		return q.city(ctx)
	case form.KindEmployer:
		return q.employer(ctx)
	case form.KindCompany, form.KindPeriod:
		return columns(q.simple(ctx, 0), q.simple(ctx, 1))
	}
	if q.Field.SameAs != "" {
		return stacked(q.simple(ctx, 0), q.same(ctx))
	}
	return q.simple(ctx, 0)
}

// simple is a one-line input.
func (q question) simple(ctx context.Context, at int) templ.Component {
	p := q.Parts[at]
	in := ui.Input{Field: q.base(ctx, at), Value: p.Input, Autocomplete: p.Autocomplete, InputMode: p.InputMode, Size: p.Width}
	switch p.Kind {
	case form.KindEmail:
		in.Type = "email"
	case form.KindPhone:
		in.Type, in.Size = "tel", or(in.Size, "m")
	case form.KindNumber:
		in.Size = or(in.Size, "xs")
	case form.KindDate, form.KindMonth:
		in.Size = or(in.Size, "s")
	case form.KindSIREN, form.KindSIRET:
		in.Size = or(in.Size, "m")
	}
	if in.Size == "l" {
		in.Size = ""
	}
	return in
}

func (q question) long(ctx context.Context) templ.Component {
	t := ui.TextArea{Field: q.base(ctx, 0), Value: q.Parts[0].Input, Rows: q.Field.Rows}
	if q.Field.Counter {
		t.Max = q.Parts[0].Limit
	}
	return t
}

func (q question) yesNo(ctx context.Context) []ui.Option {
	v := q.Value().First()
	return []ui.Option{{Value: form.Yes, Label: i18n.T(ctx, "applications.yes"), Selected: v == form.Yes},
		{Value: form.No, Label: i18n.T(ctx, "applications.no"), Selected: v == form.No}}
}

func (q question) options(ctx context.Context) []ui.Option {
	lang, out := q.lang(ctx), make([]ui.Option, len(q.Field.Options))
	for i, o := range q.Field.Options {
		out[i] = ui.Option{Value: o.Value, Label: o.Label.In(lang), Hint: o.Hint.In(lang), Selected: holds(q.Value(), o.Value)}
	}
	return out
}

func (q question) choice(ctx context.Context) templ.Component {
	if q.Field.Look == form.Select {
		return ui.Select{Field: q.base(ctx, 0), Options: q.options(ctx), Empty: i18n.T(ctx, "applications.choose")}
	}
	return ui.Radios{Field: q.base(ctx, 0), Options: q.options(ctx), Row: q.Field.Look == form.InRow}
}

func (q question) tick(ctx context.Context) templ.Component {
	f := q.base(ctx, 0)
	return marked(f.Name, ui.Checkbox{ID: f.ID, Name: f.Name, Value: form.Yes, Label: f.Label, Hint: f.Hint, Error: f.Error,
		Checked: !q.Value().Empty(), Attrs: f.Attrs})
}

// same is the box "identique" under a field.
func (q question) same(ctx context.Context) templ.Component {
	key := q.Field.ID + form.SameSuffix
	label := q.Field.SameLabel.In(q.lang(ctx))
	if label == "" {
		label = i18n.T(ctx, "applications.same")
	}
	return marked(key, ui.Checkbox{ID: key, Name: key, Value: form.Yes, Label: label, Checked: q.Same(), Attrs: templ.Attributes{"data-depends": true}})
}

// ack is a text to read, unfolded in place, and its box, which can always be
// ticked (P18.8).
func (q question) ack(ctx context.Context) templ.Component {
	f, lang := q.base(ctx, 0), q.lang(ctx)
	body := q.Field.Body.In(lang)
	box := ui.Checkbox{ID: f.ID, Name: f.Name, Value: q.Field.Version, Label: f.Label, Error: f.Error, Checked: q.Value().First() == q.Field.Version}
	if body == "" {
		return marked(f.Name, box)
	}
	version := ""
	if d, ok := form.ISODay(q.Field.Version); ok {
		version = i18n.T(ctx, "applications.version", d.Words(lang))
	}
	return marked(f.Name, ui.Consent{ID: f.ID, Name: f.Name, Value: q.Field.Version, Title: or(f.Hint, i18n.T(ctx, "applications.read")), Version: version,
		Text: paragraphs(body), Label: f.Label, Error: f.Error, Checked: box.Checked})
}

func (q question) country(ctx context.Context, at int) templ.Component {
	list := form.Countries(q.lang(ctx))
	s := ui.Select{Field: q.base(ctx, at), Empty: i18n.T(ctx, "applications.choose"), Options: make([]ui.Option, len(list))}
	for i, c := range list {
		s.Options[i] = ui.Option{Value: c.Value, Label: c.Label.In(q.lang(ctx)), Selected: q.Parts[at].Value.First() == c.Value}
	}
	return s
}

// city is a postcode and a town; the town completes, and fills the postcode.
func (q question) city(ctx context.Context) templ.Component {
	code := q.simple(ctx, 0)
	town := q.Parts[1]
	box := ui.Combobox{Field: q.base(ctx, 1), Value: town.Input, Source: paths.Completion("communes"), With: q.Parts[0].Key, Autocomplete: town.Autocomplete}
	if len(q.Parts) > 2 {
		return stacked(columns(code, box), q.country(ctx, 2))
	}
	return columns(code, box)
}

// employer completes by name, town or SIREN over the public employers; any
// other name can be written.
func (q question) employer(ctx context.Context) templ.Component {
	siren := q.Parts[1]
	f := q.base(ctx, 0)
	f.Label = q.Field.Label.In(q.lang(ctx))
	if n := siren.Value.First(); n != "" {
		key, icon := "applications.siren", ui.IconBadgeCheck
		if q.warning(ctx, siren.Key) != "" || q.error(ctx, siren.Key) != "" {
			key, icon = "applications.siren.unknown", ui.IconTriangleAlert
		}
		f.Note = ui.Note{Icon: icon, Text: i18n.T(ctx, key, siren.Input)}
	}
	return ui.Combobox{Field: f, Value: q.Parts[0].Input, Source: paths.Completion("employeurs"),
		Fills: []ui.Fill{{ID: siren.Key, Name: siren.Key, Value: siren.Value.First()}}}
}

// sides are the values of the first input in conflict, newest first.
func (q question) conflict(ctx context.Context) ui.Conflict {
	at := 0
	for i := range q.Parts {
		if q.Parts[i].Conflict != nil {
			at = i
			break
		}
	}
	part := &q.Parts[at]
	label := q.Field.Label.In(q.lang(ctx))
	c := ui.Conflict{ID: part.Key + "-deux", Title: i18n.N(ctx, asked("applications.conflict", label), len(part.Conflict), "label", label),
		Third: q.control(ctx)}
	for _, s := range part.Conflict {
		c.Sides = append(c.Sides, q.side(ctx, part, s))
	}
	if len(c.Sides) == 2 {
		c.Sides[0].Value, c.Sides[1].Value = ui.Diff(q.Field.Show(part.Kind, part.Conflict[0].Val, q.lang(ctx)),
			q.Field.Show(part.Kind, part.Conflict[1].Val, q.lang(ctx)))
		for i := range c.Sides {
			if part.Conflict[i].Val.Empty() {
				c.Sides[i].Value = nil
			}
		}
	}
	return c
}

func (q question) side(ctx context.Context, part *form.PartResult, s merge.Sibling) ui.Side {
	device := s.Dev
	if device == "" {
		device = i18n.T(ctx, "applications.device")
	}
	switch { // the same browser twice says nothing: the tab does
	case q.Page != "" && strings.HasSuffix(s.Actor, "/"+q.Page):
		device = i18n.T(ctx, "applications.this_tab")
	case s.Dev != "" && s.Dev == q.Device:
		device = i18n.T(ctx, "applications.other_tab")
	}
	who := i18n.T(ctx, "applications.by_you", device)
	if source := s.Source(); source != "" {
		who = sourceWords(ctx, source)
	}
	icon := ui.IconLaptop
	if strings.Contains(s.Dev, "Android") || strings.Contains(s.Dev, "iPhone") {
		icon = ui.IconSmartphone
	}
	when := ""
	if m, ok := q.Moments[s.ID]; ok {
		when = i18n.DateTime(ctx, m)
		if m.Day == q.Today {
			when = i18n.T(ctx, "applications.today_at", i18n.Time(m))
		}
	}
	side := ui.Side{Icon: icon, Who: who, When: when,
		Keep: ui.Button{Label: i18n.T(ctx, "applications.keep"), Name: form.NameKeep, Value: part.Key + "=" + string(s.ID)}}
	if text := q.Field.Show(part.Kind, s.Val, q.lang(ctx)); text != "" {
		side.Value = ui.Differing{{Text: text}}
	}
	return side
}

func holds(v merge.Value, s string) bool {
	for _, x := range v {
		if x == s {
			return true
		}
	}
	return false
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
