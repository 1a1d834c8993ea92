package desk_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/desk"
	"passerelle/views/gallery"
	"passerelle/views/i18n"
)

func drawn(t *testing.T, lang i18n.Lang, change func(*desk.ReviewPage)) *goquery.Document {
	t.Helper()
	ctx := i18n.With(context.Background(), lang)
	page := gallery.ReviewExample(ctx)
	if change != nil {
		change(&page)
	}
	var out strings.Builder
	if err := desk.Review(page).Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestReviewPage(t *testing.T) {
	t.Run("P17.7 a line for each place, with its state in words", func(t *testing.T) {
		doc := drawn(t, i18n.French, nil)
		got := doc.Find("[data-r-piece]").Map(func(_ int, line *goquery.Selection) string {
			return line.AttrOr("data-r-piece", "") + " " + line.AttrOr("data-standing", "") + " " + strings.Join(strings.Fields(line.Find(".piece__state").Text()), " ")
		})
		want := []string{"identite valid Validée · jusqu’au 3 août 2031", "identite.2 valid Validée", "arrete valid Validée par Yanis Girard",
			"employeur todo Version 2, à relire", "fiche refused Refusée : page 2 illisible", "lettre todo À relire", "concours exempt Non concernée"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		if n := doc.Find(".piece[aria-current=true]").Length(); n != 1 {
			t.Errorf("%d lines are current", n)
		}
	})
	t.Run("P13.8 every action is a real form or link", func(t *testing.T) {
		doc := drawn(t, i18n.French, nil)
		doc.Find("#contenu form").Each(func(_ int, f *goquery.Selection) {
			if f.AttrOr("method", "") != "post" || !strings.HasPrefix(f.AttrOr("action", ""), "/bureau/") {
				t.Errorf("a form posts to %q", f.AttrOr("action", ""))
			}
		})
		doc.Find("#contenu a").Each(func(_ int, a *goquery.Selection) {
			if a.AttrOr("href", "") == "" {
				t.Errorf("a link without address: %s", a.Text())
			}
		})
	})
	t.Run("nothing inline: no style, no script", func(t *testing.T) {
		doc := drawn(t, i18n.French, nil)
		if n := doc.Find("#contenu [style], #contenu script, #contenu [onclick]").Length(); n != 0 {
			t.Errorf("%d", n)
		}
	})
	t.Run("P9.2 the keys of the sheet are those of the desk", func(t *testing.T) {
		keys := drawn(t, i18n.French, nil).Find("#touches .kbd").Map(func(_ int, k *goquery.Selection) string { return k.Text() })
		for _, want := range []string{"j", "k", "n", "p", "→", "←", "g", "v", "r", "a", "c", "u", "e", "d", "t", "+", "-", "0", "f", "F6", "Ctrl", "?"} {
			if !slices.Contains(keys, want) {
				t.Errorf("%q is not on the sheet", want)
			}
		}
	})
	t.Run("P17.8 what changed since the request comes first, the rest keeps its verdicts", func(t *testing.T) {
		doc := drawn(t, i18n.French, func(p *desk.ReviewPage) {
			at := p.Clock.Now
			p.Request = &application.InformationRequest{AskedAt: at, AnsweredAt: &at}
			p.Changed = map[models.ID]bool{p.Requirements[2].ID: true}
			p.Corrected = []desk.ReviewField{{Key: "working_time", Label: "Quotité", Lines: []string{"100 %"}}}
		})
		lists := doc.Find(".review__list")
		if lists.Length() != 2 || lists.First().Find("li").Length() != 1 || lists.First().Find("li").AttrOr("data-r-piece", "") != "employeur" {
			t.Errorf("%s", lists.Text())
		}
		if text := doc.Find(".review__corrected").Text(); !strings.Contains(text, "Quotité") || !strings.Contains(text, "100 %") {
			t.Errorf("answers that changed: %q", text)
		}
	})
	t.Run("P17.7 the figures count the pieces given, and say the others apart", func(t *testing.T) {
		doc := drawn(t, i18n.French, func(p *desk.ReviewPage) { p.Requirements[4].Documents = nil })
		bar := doc.Find("#r-pieces progress")
		if got := strings.Join(strings.Fields(doc.Find(".review__head [data-r-figures]").Parent().Text()), " "); got != "5 pièces, 1 à relire · 1 manquante, 1 non concernée" {
			t.Errorf("%q", got)
		}
		if bar.AttrOr("max", "") != "5" || bar.AttrOr("value", "") != "4" {
			t.Errorf("the bar: %s of %s", bar.AttrOr("value", ""), bar.AttrOr("max", ""))
		}
	})
	t.Run("P9.3 the request for corrections has its place and its key", func(t *testing.T) {
		ask := drawn(t, i18n.French, nil).Find(".review__ask a[data-r-complement]")
		if !strings.Contains(ask.Text(), "Demander les compléments") || ask.Find(".kbd").Text() != "e" {
			t.Errorf("%q", ask.Text())
		}
	})
	t.Run("P17.8 what was asked of the former version stands beside the new one", func(t *testing.T) {
		doc := drawn(t, i18n.French, func(p *desk.ReviewPage) {
			at := p.Clock.Now
			former, asked := &p.Requirements[2].History[0], at.AddDate(0, 0, -1)
			former.DepositedAt = at.AddDate(0, 0, -3)
			former.Verdict = &dossier.Verdict{Kind: dossier.ToComplete, Message: "Colonne coupée.", By: p.Me, At: asked}
			former.Remarks = []dossier.Remark{{ID: former.ID, Page: 2, Body: "Il manque la fin.", Visible: true}, {ID: former.ID, Page: 1, Body: "Entre nous."}}
			p.Requirements[2].Documents[0].DepositedAt = at
			p.Request = &application.InformationRequest{Message: "Encore un effort.", Requirements: []models.ID{p.Requirements[2].ID}, AskedAt: asked, AnsweredAt: &at}
		})
		text := strings.Join(strings.Fields(doc.Find("#r-demande").Text()), " ")
		for _, want := range []string{"Sur la version 1, demandé le", "23", "À revoir", "Colonne coupée.", "page 2 : Il manque la fin.", "Encore un effort."} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in %q", want, text)
			}
		}
		if strings.Contains(text, "Entre nous") || !strings.Contains(doc.Find("#r-demande a").AttrOr("href", ""), "version=1") {
			t.Errorf("%s", text)
		}
		if n := drawn(t, i18n.French, nil).Find("#r-demande").Length(); n != 0 {
			t.Error("something is recalled where nothing was asked")
		}
	})
	t.Run("P9.2 an answer nobody has compared yet shows both words, the other ones the word given", func(t *testing.T) {
		doc := drawn(t, i18n.French, nil)
		if doc.Find(".compare--open .agree--open").Length() != 2 || doc.Find(".agree__button[aria-pressed=true]").Length() != 4 || doc.Find(".agree__button[title]").Length() != 12 {
			t.Errorf("%s", doc.Find("[data-r-match]").Text())
		}
	})
	t.Run("one word for one verdict", func(t *testing.T) {
		for lang, word := range map[i18n.Lang]string{i18n.French: "À revoir", i18n.English: "To correct"} {
			ctx := i18n.With(context.Background(), lang)
			for _, key := range []string{"review.give.to_complete", "review.state.to_complete", "review.help.correct", "desk.archive.verdict.to_complete"} {
				if got := i18n.T(ctx, key); got != word {
					t.Errorf("%s: %q", key, got)
				}
			}
		}
	})
	t.Run("P9.5 a new version that arrived meanwhile is announced with one's own words", func(t *testing.T) {
		doc := drawn(t, i18n.French, func(p *desk.ReviewPage) {
			p.Conflict = &desk.ReviewConflict{Live: &p.Requirements[2].Documents[0]}
			p.Form = desk.VerdictForm{Kind: string(dossier.ToComplete), Message: "Datez-la.", Sent: true}
		})
		card := doc.Find("#conflit").Text()
		if !strings.Contains(card, "La version 2 est arrivée") || !strings.Contains(card, "Datez-la.") || !strings.Contains(doc.Find("#r-mot").Text(), "Datez-la.") {
			t.Errorf("%s", card)
		}
	})
	t.Run("P7.6 what cannot be opened says why, without a verdict", func(t *testing.T) {
		doc := drawn(t, i18n.French, func(p *desk.ReviewPage) { p.Requirements[2].Documents[0].File.Scan = dossier.ScanPending })
		if doc.Find("#r-verdict").Length() != 0 || !strings.Contains(doc.Find("#r-page").Text(), "Analyse antivirus en cours") || doc.Find("#r-page img").Length() != 0 {
			t.Errorf("%s", doc.Find("#r-page").Text())
		}
	})
	t.Run("P15.1 in English too", func(t *testing.T) {
		text := drawn(t, i18n.English, nil).Find("main").Text()
		for _, want := range []string{"Version 2, to review", "What the person will read", "Keyboard shortcuts"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not said", want)
			}
		}
		for _, unwanted := range []string{"review.", "desk."} {
			if strings.Contains(text, unwanted) {
				t.Errorf("a message is missing: %.200s", text[strings.Index(text, unwanted):])
			}
		}
	})
}
