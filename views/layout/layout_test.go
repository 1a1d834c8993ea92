package layout_test

import (
	"context"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"passerelle/views/i18n"
	"passerelle/views/layout"
)

func page(t *testing.T, lang i18n.Lang, c layout.Chrome, p layout.Props) *goquery.Document {
	t.Helper()
	var out strings.Builder
	ctx := layout.With(i18n.With(context.Background(), lang), c)
	if err := layout.Page(p).Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func one(t *testing.T, doc *goquery.Document, selector string) *goquery.Selection {
	t.Helper()
	found := doc.Find(selector)
	if found.Length() != 1 {
		t.Errorf("%d elements match %s", found.Length(), selector)
	}
	return found
}

func TestPage(t *testing.T) {
	for _, audience := range []layout.Audience{layout.Public, layout.Space, layout.Desk} {
		doc := page(t, i18n.French, layout.Chrome{}, layout.Props{Title: "Titre", Audience: audience})
		for _, selector := range []string{
			`html[lang=fr]`, `body > a.skip[href="#contenu"]`, `header`, `main#contenu[tabindex="-1"]`, `[role=status]#annonce`, `#alertes[role=alert]`, `#superposition`,
			`meta[name=htmx-config]`, `script[type=module]`, `script[defer]`,
		} {
			one(t, doc, selector)
		}
		if doc.Find("style, [style], script:not([src]), [onclick]").Length() != 0 {
			t.Errorf("%s: something inline", audience)
		}
		if got := doc.Find("title").Text(); got != "Titre – Passerelle" {
			t.Errorf("tab says %q", got)
		}
	}
}

func TestMandatoryLinks(t *testing.T) {
	t.Run("P18.14 legal pages and the level of accessibility on every public page", func(t *testing.T) {
		doc := page(t, i18n.French, layout.Chrome{Conformity: layout.Full}, layout.Props{})
		for _, path := range []string{"/mentions-legales", "/donnees-personnelles", "/accessibilite", "/aide", "/conditions", "/plan-du-site"} {
			one(t, doc, `footer a[href="`+path+`"]`)
		}
		if got := doc.Find(`footer a[href="/accessibilite"]`).Text(); got != "Accessibilité : totalement conforme" {
			t.Errorf("says %q", got)
		}
	})
}

func TestLanguageAndTheme(t *testing.T) {
	t.Run("P15.1 the language changes by a form that comes back here", func(t *testing.T) {
		doc := page(t, i18n.English, layout.Chrome{Path: "/recherche?q=a", Theme: "sombre"}, layout.Props{})
		one(t, doc, `html[lang=en][data-theme=sombre]`)
		one(t, doc, `header form[action="/langue"][method=post] input[name=retour][value="/recherche?q=a"]`)
		one(t, doc, `header button[name=langue][value=en][aria-current=true]`)
		one(t, doc, `footer form[action="/apparence"][method=post] button[value=sombre][aria-pressed=true]`)
		one(t, doc, `header a[href="/connexion?retour=%2Frecherche%3Fq%3Da"]`)
	})
	if page(t, i18n.French, layout.Chrome{Theme: `"><script>`}, layout.Props{}).Find("html[data-theme]").Length() != 0 {
		t.Error("an unknown theme reached the page")
	}
}

func TestSignInComesBack(t *testing.T) {
	for path, want := range map[string]string{
		"/candidatures/x/etapes/2": "/connexion?retour=%2Fcandidatures%2Fx%2Fetapes%2F2",
		"/":                        "/connexion", "/connexion?retour=%2F": "/connexion", "/inscription": "/connexion",
		"/validation/secret": "/connexion", "/activation/secret": "/connexion", "/mot-de-passe/secret": "/connexion",
	} {
		doc := page(t, i18n.French, layout.Chrome{Path: path}, layout.Props{NoIndex: true})
		if doc.Find(`header a[href="`+want+`"]`).Length() != 1 {
			t.Errorf("from %s, sign-in does not lead to %s", path, want)
		}
	}
}

func TestPerson(t *testing.T) {
	c := layout.Chrome{User: &layout.User{Name: "Camille Fontaine", Initials: "CF", Badge: 2, Approvals: -1, Officer: true}}
	doc := page(t, i18n.French, c, layout.Props{Current: layout.NavApplications, Audience: layout.Space})
	one(t, doc, `header a[href="/mes-candidatures"][aria-current=page] .badge`)
	one(t, doc, `header a[href="/bureau"]`)
	one(t, doc, `header form[action="/deconnexion"][method=post] button`)
	if doc.Find(`header a[href="/mes-validations"]`).Length() != 0 {
		t.Error("validations of nobody's manager")
	}
}

func TestDemoBand(t *testing.T) {
	doc := page(t, i18n.French, layout.Chrome{Demo: true, DemoClock: "lundi 14 décembre 2026"}, layout.Props{})
	one(t, doc, `.demo form[action="/_temps"][method=post] select[name=saut]`)
	if page(t, i18n.French, layout.Chrome{}, layout.Props{}).Find(".demo").Length() != 0 {
		t.Error("a demonstration band outside demo")
	}
}
