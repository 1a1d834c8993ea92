package catalogues

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"passerelle/models/catalogue"
	"passerelle/views/i18n"
)

func tree() []catalogue.Branch {
	return []catalogue.Branch{{Theme: catalogue.Theme{ID: uuid.New(), Slug: "sante", Name: "santé, social"}, Courses: 12,
		Children: []catalogue.Leaf{{Theme: catalogue.Theme{ID: uuid.New(), Slug: "sante-soins", Name: "soins"}, Courses: 5}}}}
}

func TestHome(t *testing.T) {
	page := HomePage{Counts: catalogue.Counts{Courses: 6086, Programmes: 4113, Announcements: 642, OpenSessions: 214}, Today: today,
		Open:   []catalogue.Session{session(nil), session(func(s *catalogue.Session) { s.Modality, s.Place, s.Region = catalogue.Remote, "", "" })},
		Themes: tree(), Announcements: []catalogue.Announcement{{Reference: "2020-1", Title: "Agent", PublishedOn: date(2026, 11, 1), ShiftedYears: 5}}}
	for _, lang := range i18n.Langs() {
		t.Run("P4.5 search, themes and latest announcements on the front page "+string(lang), func(t *testing.T) {
			doc := draw(t, lang, Home(page))
			for _, want := range []string{"form[role=search] input[name=q]", "a[href='/recherche?theme=sante']", "a[href='/annonces/2020-1']",
				"a[href='/formations/FOR.1#sessions']", "ol.crossing li:nth-child(4)", "footer a[href='/accessibilite']"} {
				if doc.Find(want).Length() == 0 {
					t.Errorf("%s is not there", want)
				}
			}
			if !strings.Contains(doc.Text(), i18n.T(i18n.With(t.Context(), lang), "home.announcements.shifted")) {
				t.Error("shifted dates are not labelled")
			}
			if n := doc.Find("h1").Length(); n != 1 {
				t.Errorf("%d h1", n)
			}
		})
		t.Run("P4.5 an empty catalogue still has a front page "+string(lang), func(t *testing.T) {
			draw(t, lang, Home(HomePage{Today: today}))
		})
		draw(t, lang, Themes(tree()))
		draw(t, lang, Themes(nil))
	}
}

func TestProgramme(t *testing.T) {
	seats := 30
	page := ProgrammePage{ThisYear: 2026, Programme: catalogue.Programme{Reference: "TMM-1", Type: "Master", Title: "Contrôle de gestion",
		Institution: "Université Côte d'Azur", Town: "NICE CEDEX 2", Domains: []string{"DROIT, ECONOMIE, GESTION"}, URL: "http://univ.example.org",
		Intakes: []catalogue.Intake{{Year: 2020, Semester: "1er semestre", Capacity: &seats, Limited: "Oui"}, {Year: 2019}}}}
	for _, lang := range i18n.Langs() {
		t.Run("P3.3 a programme is read here and says that applying is not open "+string(lang), func(t *testing.T) {
			doc := draw(t, lang, Programme(page))
			if doc.Find("#capacites tbody tr").Length() != 2 {
				t.Error("the intakes are not listed by year")
			}
			if doc.Find("main form").Length() != 0 {
				t.Error("one can apply")
			}
			if !strings.Contains(flat(doc.Find(".banner")), i18n.T(i18n.With(t.Context(), lang), "programme.soon")) {
				t.Error("nothing says that applying is not open")
			}
		})
	}
}

func TestAnnouncement(t *testing.T) {
	closes := date(2026, 12, 8)
	a := catalogue.Announcement{Reference: "2020-1", Title: "Agent <b>", Description: "Missions :\n- accueillir\n- classer", State: "published",
		PublishedOn: date(2026, 11, 1), ClosesOn: &closes, ShiftedYears: 5, TitleDeduced: true, Experience: "Debutant", DurationMonths: 36}
	for _, lang := range i18n.Langs() {
		t.Run("P3.5 shifted dates are labelled "+string(lang), func(t *testing.T) {
			doc := draw(t, lang, Announcement(AnnouncementPage{Announcement: a, Today: today, Zone: "heure de Paris"}))
			if !strings.Contains(flat(doc.Find(".banner")), "5") {
				t.Error("nothing says by how many years the dates moved")
			}
			if doc.Find("#description li").Length() != 2 {
				t.Error("the list of the description is lost")
			}
			if doc.Find("h1 b").Length() != 0 {
				t.Error("the title is not escaped")
			}
		})
	}
}
