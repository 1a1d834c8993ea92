package ui_test

import (
	"context"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"pgregory.net/rapid"

	"passerelle/views/i18n"
	"passerelle/views/ui"
)

// show renders c in French and parses it.
func show(t testing.TB, c templ.Component) *goquery.Document {
	t.Helper()
	var out strings.Builder
	if err := c.Render(i18n.With(context.Background(), i18n.French), &out); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// has fails unless exactly one element matches.
func has(t *testing.T, doc *goquery.Document, selector string) *goquery.Selection {
	t.Helper()
	found := doc.Find(selector)
	if found.Length() != 1 {
		body, _ := doc.Find("body").Html()
		t.Fatalf("%d elements match %s in %s", found.Length(), selector, body)
	}
	return found
}

func TestButton(t *testing.T) {
	t.Run("P17.15 a refused action stays focusable and says why", func(t *testing.T) {
		doc := show(t, ui.Button{Label: "Transmettre", Name: "a", Value: "b", Refused: "Il manque une réponse.", Attrs: templ.Attributes{"hx-post": "/x"}})
		b := has(t, doc, `button[type=button][aria-disabled=true][aria-describedby=motif-transmettre]`)
		for _, attr := range []string{"disabled", "name", "hx-post"} {
			if _, ok := b.Attr(attr); ok {
				t.Errorf("%s is there", attr)
			}
		}
		if has(t, doc, "#motif-transmettre").Text() != "Il manque une réponse." {
			t.Error("the reason is not said")
		}
	})
	t.Run("a link keeps its address, an icon alone its name", func(t *testing.T) {
		has(t, show(t, ui.Button{Label: "Voir", Href: "/x"}), `a.button[href="/x"]`)
		has(t, show(t, ui.Button{Label: "Pivoter", Icon: ui.IconRotateCw, IconOnly: true}), `button[aria-label=Pivoter] > svg[aria-hidden=true]`)
	})
	t.Run("an address that runs a script is refused", func(t *testing.T) {
		doc := show(t, ui.Result{Title: ui.Marks{{Text: "x"}}, Href: "/ok", Kind: "<script>alert(1)</script>"})
		if doc.Find("script").Length() != 0 {
			t.Error("typed text became markup")
		}
	})
}

func TestField(t *testing.T) {
	doc := show(t, ui.Input{Field: ui.Field{ID: "siret", Name: "siret", Label: "SIRET", Hint: "14 chiffres.", Error: "Il manque un chiffre.", Optional: true}, Value: `21"8`})
	input := has(t, doc, `input#siret[aria-invalid=true][aria-describedby="siret-aide siret-erreur"]`)
	if v, _ := input.Attr("value"); v != `21"8` {
		t.Errorf("the refused value became %q", v)
	}
	if got := strings.TrimSpace(has(t, doc, "#siret-erreur").Text()); got != "Erreur : Il manque un chiffre." {
		t.Errorf("error says %q", got)
	}
	has(t, doc, `label[for=siret] .field__optional`)
	if html, _ := doc.Find(".field").Html(); strings.Index(html, "siret-erreur\"") > strings.Index(html, "<input") {
		t.Error("the error stands after the control")
	}
}

func TestFieldAttributesJoinDescriptions(t *testing.T) {
	has(t, show(t, ui.Input{Field: ui.Field{ID: "m", Label: "M", Hint: "h", Attrs: templ.Attributes{"aria-describedby": "regles", "data-depends": true}}}),
		`input[aria-describedby="m-aide regles"][data-depends]`)
}

func TestTextAreaKeepsItsFirstLine(t *testing.T) {
	doc := show(t, ui.TextArea{Field: ui.Field{ID: "t", Name: "t", Label: "T"}, Value: "\nun\ndeux", Max: 10})
	if got := has(t, doc, "textarea").Text(); got != "\nun\ndeux" {
		t.Errorf("became %q", got)
	}
	if got := strings.TrimSpace(has(t, doc, "#t-n").Text()); got != "2 caractères restants sur 10" {
		t.Errorf("the counter says %q", got)
	}
}

func TestChoices(t *testing.T) {
	doc := show(t, ui.Radios{Field: ui.Field{ID: "statut", Name: "statut", Label: "Statut", Error: "Choisissez."}, Options: []ui.Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B", Selected: true}}})
	has(t, doc, `fieldset[aria-describedby=statut-erreur] > legend`)
	has(t, doc, `input#statut[type=radio][value=a]:not([checked])`)
	has(t, doc, `input#statut-1[type=radio][value=b][checked]`)
}

func TestErrorSummary(t *testing.T) {
	doc := show(t, ui.ErrorSummary{Problems: []ui.Problem{{Message: "Indiquez votre nom", Field: "nom"}, {Message: "À l’étape 1", Href: "/candidatures/x/etapes/1"}}})
	has(t, doc, `.error-summary[tabindex="-1"][data-error-summary="2"] a[href="#nom"]`)
	has(t, doc, `.error-summary a[href="/candidatures/x/etapes/1"]`)
	if got := strings.TrimSpace(has(t, doc, "h2").Text()); got != "2 réponses à corriger" {
		t.Errorf("titled %q", got)
	}
	if body, _ := show(t, ui.ErrorSummary{}).Find("body").Html(); body != "" {
		t.Errorf("no problem, but %s", body)
	}
}

func TestCrossing(t *testing.T) {
	t.Run("P17.14 whose turn is said once, by the current stop", func(t *testing.T) {
		doc := show(t, ui.Crossing{Label: "Où en est x", Stops: []ui.Stop{{Name: "Transmise", State: ui.StopDone}, {Name: "Accord", Meta: "D’ici au 1er décembre", State: ui.StopHere}, {Name: "Réponse"}}})
		has(t, doc, `ol[aria-label="Où en est x"] > li[aria-current=step] sup`)
	})
}

func TestPagination(t *testing.T) {
	link := func(n int) string { return "?page=" + string(rune('0'+n)) }
	doc := show(t, ui.Pagination{Page: 2, Pages: 9, Link: link})
	has(t, doc, `a[aria-current=page][href="?page=2"]`)
	has(t, doc, `a[rel=next][href="?page=3"]`)
	has(t, doc, `span[aria-hidden=true]`)
	if show(t, ui.Pagination{Page: 1, Pages: 1, Link: link}).Find("nav").Length() != 0 {
		t.Error("one page needs no links")
	}
}

func TestCombobox(t *testing.T) {
	t.Run("P15.2 without a script it is a plain text field", func(t *testing.T) {
		doc := show(t, ui.Combobox{Field: ui.Field{ID: "e", Name: "employeur", Label: "Employeur"}, Value: "Limoges", Source: "/completion/employeurs", Fills: []ui.Fill{{ID: "e-siren", Name: "siren", Value: "218"}}})
		input := has(t, doc, `input#e[name=employeur][value=Limoges]`)
		if _, ok := input.Attr("role"); ok {
			t.Error("a role that nothing holds")
		}
		has(t, doc, `input#e-siren[type=hidden][value="218"]`)
		has(t, doc, `.listbox[hidden]`)
	})
	doc := show(t, ui.ComboboxOptions{ID: "e", Options: []ui.ComboOption{{Text: `L'"été"`, Fill: []ui.Pair{{Name: "e-siren", Value: "1\n2"}}}}})
	option := has(t, doc, `ul#e-liste[role=listbox] > li#e-o-1[role=option][aria-selected=false]`)
	if fills, _ := option.Attr("data-fills"); fills != `{"e-siren":"1\u000a2"}` {
		t.Errorf("fills are %s", fills)
	}
}

func TestConflict(t *testing.T) {
	a, b := ui.Diff("chef, à Lyon", "chef à Lyon")
	doc := show(t, ui.Conflict{ID: "c", Title: "Fonction : deux réponses", Sides: []ui.Side{{Who: "Cet onglet", Value: a, Keep: ui.Button{Label: "Garder celle-ci", Name: "choix", Value: "a"}}, {Who: "Un autre", Value: b, Keep: ui.Button{Label: "Garder celle-ci", Name: "choix", Value: "b"}}}})
	if doc.Find("button[name=choix]").Length() != 2 || doc.Find("[checked]").Length() != 0 {
		t.Error("both answers must be offered, none chosen")
	}
	if doc.Find("ins").Text() != ", " {
		t.Errorf("the difference is %q", doc.Find("ins").Text())
	}
}

func TestDiffKeepsTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringMatching(`[ab ,\n'é]{0,30}`)
		a, b := letters.Draw(t, "a"), letters.Draw(t, "b")
		left, right := ui.Diff(a, b)
		if ui.Plainly(left) != a || ui.Plainly(right) != b {
			t.Fatalf("%q %q became %q %q", a, b, ui.Plainly(left), ui.Plainly(right))
		}
		common := func(d ui.Differing) string {
			out := ""
			for _, m := range d {
				if !m.Hit {
					out += m.Text
				}
			}
			return strings.Join(strings.Fields(out), "")
		}
		if common(left) != common(right) {
			t.Fatalf("what is common differs: %q %q", common(left), common(right))
		}
	})
}

func TestTextIsEscaped(t *testing.T) {
	nasty := `<b onclick="x">1er</b> & **fort**`
	for name, c := range map[string]templ.Component{
		"Sup": ui.Sup(nasty), "Rich": ui.Rich(nasty), "Lines": ui.Lines(nasty), "Marks": ui.Marks{{Text: nasty, Hit: true}}, "Differing": ui.Differing{{Text: nasty}},
	} {
		doc := show(t, c)
		if doc.Find("b").Length() != 0 {
			t.Errorf("%s lets markup through", name)
		}
		if !strings.Contains(doc.Text(), `<b onclick="x">1er</b>`) {
			t.Errorf("%s loses text: %q", name, doc.Text())
		}
	}
	if show(t, ui.Sup("D’ici au 1er mars, 21er, 1erreur")).Find("sup").Length() != 1 {
		t.Error("ordinals")
	}
}

func TestEnglish(t *testing.T) {
	var out strings.Builder
	err := ui.Input{Field: ui.Field{ID: "a", Label: "Name", Optional: true, Error: "Required."}}.Render(i18n.With(context.Background(), i18n.English), &out)
	if err != nil || !strings.Contains(out.String(), "(optional)") || !strings.Contains(out.String(), "Error: ") {
		t.Errorf("P15.1 words of components in English: %v %s", err, out.String())
	}
}
