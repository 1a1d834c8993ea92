package applications_test

import (
	"context"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"passerelle/models/form"
	"passerelle/models/merge"
	"passerelle/models/procedure"
	"passerelle/views/applications"
	"passerelle/views/i18n"
)

func draw(t *testing.T, lang i18n.Lang, c templ.Component) *goquery.Document {
	t.Helper()
	var b strings.Builder
	if err := c.Render(i18n.With(context.Background(), lang), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func page(def *form.Definition, regs merge.Registers, n int) applications.StepPage {
	res := form.Evaluate(def, regs, form.Env{Today: form.Civil(2026, 11, 22), Blank: map[string][]string{}})
	return applications.StepPage{Missing: true, Draft: applications.Draft{ID: "d", Form: def, Result: &res, Number: n, Version: "1", Page: "p"}}
}

// answered gives every input of a form some text, right or wrong.
func answered(def *form.Definition) merge.Registers {
	regs := merge.Registers{}
	n := 0
	author := merge.Author{Mint: func() merge.OpID { n++; return merge.OpID("op" + string(rune('a'+n%26)) + strings.Repeat("x", n)) }, FV: 1, Dev: "Firefox, Linux"}
	for _, s := range def.Steps {
		for _, b := range s.Blocks {
			prefix := ""
			if b.Repeat != nil {
				prefix = b.ID + "/r1/"
			}
			for i := range b.Fields {
				for _, p := range b.Fields[i].Parts(prefix) {
					regs.Apply(author.Write(p.Key, merge.Value{"<b>1</b>"}, nil))
				}
			}
		}
	}
	return regs
}

func TestEveryKindIsDrawn(t *testing.T) {
	def, err := procedure.Gallery()
	if err != nil {
		t.Fatal(err)
	}
	for name, regs := range map[string]merge.Registers{"empty": {}, "answered": answered(&def)} {
		for n := range def.Steps {
			for _, lang := range i18n.Langs() {
				p := page(&def, regs, n+1)
				doc := draw(t, lang, applications.Step(p))
				t.Run("P5.2 every kind of question, "+name+", step "+def.Steps[n].ID+", "+string(lang), func(t *testing.T) {
					every(t, doc, &p.Result.Steps[n])
				})
			}
		}
	}
}

// every checks that each visible input is there, named, labelled, and that
// nothing typed became markup.
func every(t *testing.T, doc *goquery.Document, st *form.StepResult) {
	t.Helper()
	st.Each(func(b *form.BlockResult, f *form.FieldResult) {
		for i := range f.Parts {
			key := f.Parts[i].Key
			inputs := doc.Find(`main [name="` + key + `"]`)
			if inputs.Length() == 0 {
				t.Errorf("%s (%s) is not drawn", key, f.Field.Kind)
			}
			if inputs.First().AttrOr("type", "") == "hidden" {
				continue
			}
			id := inputs.First().AttrOr("id", "")
			_, named := inputs.First().Attr("aria-label")
			if doc.Find(`label[for="`+id+`"]`).Length() == 0 && inputs.First().Closest("label").Length() == 0 && !named {
				t.Errorf("%s has no name", key)
			}
		}
	})
	seen := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if seen[id] {
			t.Errorf("two elements are called %q", id)
		}
		seen[id] = true
	})
	doc.Find("[aria-describedby]").Each(func(_ int, s *goquery.Selection) {
		for _, id := range strings.Fields(s.AttrOr("aria-describedby", "")) {
			if !seen[id] {
				t.Errorf("%q describes something and does not exist", id)
			}
		}
	})
	if doc.Find("main b").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Text() == "1" }).Length() > 0 {
		t.Error("what was typed became markup")
	}
	if strings.Contains(doc.Find("main").Text(), "form.") || strings.Contains(doc.Find("main").Text(), "applications.") {
		t.Error("a message is missing")
	}
}

func TestConflictCard(t *testing.T) {
	def, err := procedure.Gallery()
	if err != nil {
		t.Fatal(err)
	}
	one, two := answered(&def), answered(&def)
	n := 0
	author := merge.Author{Mint: func() merge.OpID { n++; return merge.OpID("other" + strings.Repeat("y", n)) }, FV: 1, Dev: "Android"}
	for _, key := range two.Keys() {
		one.Apply(author.Write(key, merge.Value{"2"}, nil))
	}
	for n := range def.Steps {
		p := page(&def, one, n+1)
		if p.Result.Steps[n].Conflicts == 0 {
			continue
		}
		doc := draw(t, i18n.French, applications.Step(p))
		t.Run("P17.4 both values of every question in conflict are shown, step "+def.Steps[n].ID, func(t *testing.T) {
			p.Result.Steps[n].Each(func(_ *form.BlockResult, f *form.FieldResult) {
				for i := range f.Parts {
					if f.Parts[i].Conflict != nil && doc.Find(`button[name="_keep"][value^="`+f.Key+`"]`).Length() < 2 {
						t.Errorf("%s (%s): no choice", f.Key, f.Field.Kind)
						return
					}
				}
			})
		})
	}
}
