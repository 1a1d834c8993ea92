package catalogues

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/google/uuid"

	"passerelle/models/catalogue"
	"passerelle/views/i18n"
)

var today = date(2026, 11, 22)

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

var missing = regexp.MustCompile(`\b(home|search|course|session|programme|announcement|catalogue|themes|fault)\.[a-z_.]+\b`)

// draw renders in a language and refuses a page on which the key of a message shows.
func draw(t *testing.T, lang i18n.Lang, c templ.Component) *goquery.Document {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(i18n.With(context.Background(), lang), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	if key := missing.FindString(doc.Find("body").Text()); key != "" {
		t.Errorf("%s: the message %q is missing", lang, key)
	}
	return doc
}

func flat(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func session(change func(*catalogue.Session)) catalogue.Session {
	s := catalogue.Session{ID: uuid.New(), CourseReference: "FOR.1", CourseTitle: "BTS comptabilité et gestion",
		StartsOn: date(2027, 1, 12), EndsOn: date(2027, 4, 16), Place: "Limoges", Region: "Nouvelle-Aquitaine",
		Modality: catalogue.OnSite, Capacity: 20, OpensOn: date(2026, 10, 1), ClosesOn: date(2026, 12, 2)}
	if change != nil {
		change(&s)
	}
	return s
}

// sixStates is a course with a session in each state.
func sixStates() catalogue.CoursePage {
	cancelled := date(2026, 11, 1)
	return catalogue.CoursePage{
		Course: catalogue.Course{Reference: "FOR.1", Source: "Onisep", Title: "BTS comptabilité et gestion", Type: "brevet de technicien supérieur",
			Duration: "2 ans", Authority: "non renseigné", RNCP: "35521", LevelLabel: "niveau 5 (bac + 2)", URL: "http://www.onisep.fr/x"},
		Themes: []catalogue.ThemePath{{Domain: catalogue.Theme{ID: uuid.New(), Slug: "gestion", Name: "gestion des entreprises"},
			Theme: catalogue.Theme{ID: uuid.New(), Slug: "gestion-comptabilite", Name: "comptabilité"}}},
		Sessions: []catalogue.Session{
			session(nil),
			session(func(s *catalogue.Session) { s.SeatsTaken, s.WaitingList = 20, true }),
			session(func(s *catalogue.Session) { s.OpensOn = date(2026, 12, 1); s.Generated = true }),
			session(func(s *catalogue.Session) { s.SeatsTaken = 20 }),
			session(func(s *catalogue.Session) { s.ClosesOn = date(2026, 11, 21) }),
			session(func(s *catalogue.Session) { s.CancelledAt, s.CancelReason = &cancelled, "Moins de 8 inscrits" }),
		},
	}
}
