package pages

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"passerelle/views/i18n"
	"passerelle/views/layout"
)

var operator = Operator{Name: "Institut de formation", Contact: "contact@example.org", Director: "Camille Exemple",
	DataOfficer: "dpo@example.org", Host: "Hébergeur SA", Level: "partial"}

func all(ctx context.Context, o Operator) map[string]Page {
	d := Delays{7, 14, 90, 14, 21, 365, 30, 7}
	return map[string]Page{
		"legal": Legal(ctx, o), "privacy": Privacy(ctx, o, d), "accessibility": Accessibility(ctx, o),
		"help": Help(ctx, o, d), "terms": Terms(ctx, o), "map": SiteMap(ctx),
	}
}

func show(t *testing.T, ctx context.Context, p Page) *goquery.Document {
	t.Helper()
	var b bytes.Buffer
	if err := Show(p, layout.NavNone).Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestMandatoryPages(t *testing.T) {
	fr := i18n.With(context.Background(), i18n.French)
	en := i18n.With(context.Background(), i18n.English)
	t.Run("P18.14 every page exists whole in both languages", func(t *testing.T) {
		english := all(en, operator)
		for name, page := range all(fr, operator) {
			a, b := show(t, fr, page), show(t, en, english[name])
			if a.Find("main h2").Length() != b.Find("main h2").Length() || a.Find("main li, main dt, main p").Length() != b.Find("main li, main dt, main p").Length() {
				t.Errorf("%s is not the same page in both languages", name)
			}
			if a.Find("main").Text() == b.Find("main").Text() {
				t.Errorf("%s is not translated", name)
			}
		}
	})
	t.Run("P18.14 operator, director and data officer are settings", func(t *testing.T) {
		pages := all(fr, operator)
		legal := show(t, fr, pages["legal"]).Find("main").Text()
		for _, want := range []string{operator.Name, operator.Director, operator.Host} {
			if !strings.Contains(legal, want) {
				t.Errorf("mentions légales lack %q", want)
			}
		}
		if show(t, fr, pages["privacy"]).Find("a[href='mailto:dpo@example.org']").Length() == 0 {
			t.Error("the data protection officer cannot be written to")
		}
	})
	t.Run("P18.14 what the operator left blank shows as blank", func(t *testing.T) {
		legal := show(t, fr, Legal(fr, Operator{}))
		if n := strings.Count(legal.Find("main dd").Text(), "Non renseigné"); n != 6 {
			t.Errorf("%d blanks shown, want 6", n)
		}
	})
	t.Run("P18.14 the accessibility statement says its level", func(t *testing.T) {
		for level, want := range map[string]string{"full": "totalement", "none": "non conforme", "": "partiellement"} {
			h1 := show(t, fr, Accessibility(fr, Operator{Level: level})).Find("h1").Text()
			if !strings.Contains(h1, want) {
				t.Errorf("level %q shows %q", level, h1)
			}
		}
	})
}
