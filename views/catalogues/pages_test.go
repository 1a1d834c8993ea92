package catalogues

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/views/i18n"
	"passerelle/views/paths"
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
	programme := catalogue.Programme{Reference: "TMM-1", Type: "Master", Title: "Contrôle de gestion",
		Institution: "Université Côte d'Azur", Town: "NICE CEDEX 2", Domains: []string{"DROIT, ECONOMIE, GESTION"}, URL: "http://univ.example.org",
		Faculty: catalogue.Faculty{Code: "0062126D", Name: "Université Côte d'Azur"},
		Intakes: []catalogue.Intake{{Year: 2020, Semester: "1er semestre", Capacity: &seats, Limited: "Oui"}, {Year: 2019}}}
	commission := date(2027, 1, 20)
	campaign := func(opens, closes time.Time) catalogue.Campaign {
		return catalogue.Campaign{Session: catalogue.Session{ID: uuid.New(), Generated: true, OpensOn: opens, ClosesOn: closes, StartsOn: date(2027, 9, 6),
			EndsOn: date(2028, 6, 30), Capacity: 30, WaitingList: true, Modality: catalogue.OnSite, DecisionOn: &commission}, CapacityGiven: true}
	}
	open, coming := campaign(date(2026, 11, 1), date(2026, 12, 20)), campaign(date(2026, 12, 1), date(2027, 1, 5))
	list := dossier.List{Specs: []dossier.Spec{
		{Key: "cv", Title: form.Text{FR: "Curriculum vitæ", EN: "Curriculum vitae"}, Formats: []string{"pdf"}, MaxBytes: 5 << 20, Required: true},
		{Key: "francais", Title: form.Text{FR: "Niveau de français", EN: "Level in French"}, Formats: []string{"pdf", "jpg"}, MaxBytes: 5 << 20, MaxFiles: 3,
			Required: true, MayExempt: true, ExemptFor: form.Text{FR: "Études en France", EN: "Studies in France"}}}}
	for _, lang := range i18n.Langs() {
		say := func(key string, args ...string) string { return i18n.T(i18n.With(t.Context(), lang), key, args...) }
		show := func(campaigns ...catalogue.Campaign) *goquery.Document {
			p := programme
			p.Campaigns = campaigns
			lists := map[models.ID]dossier.List{}
			for _, c := range campaigns {
				lists[c.ID] = list
			}
			return draw(t, lang, Programme(ProgrammePage{Programme: p, Lists: lists, Today: date(2026, 11, 22), Zone: "heure de Paris"}))
		}
		t.Run("P3.3 an open campaign can be chosen and shows its dates and intake "+string(lang), func(t *testing.T) {
			doc := show(open)
			if doc.Find("#capacites tbody tr").Length() != 2 {
				t.Error("the intakes are not listed by year")
			}
			href := paths.StartAdmission(open.ID.String())
			if doc.Find("#campagnes a[href='"+href+"']").Length() != 1 || doc.Find(".page__head a[href='"+href+"']").Length() != 1 {
				t.Error("one cannot apply")
			}
			if text := flat(doc.Find("#campagnes")); !strings.Contains(text, "30") || !strings.Contains(text, "2027") || !strings.Contains(text, "heure de Paris") {
				t.Errorf("dates and intake: %s", text)
			}
			if !strings.Contains(flat(doc.Find("#campagnes")), say("campaign.generated.why")) {
				t.Error("nothing says that the campaign is generated")
			}
		})
		t.Run("P3.3 a campaign to come cannot be chosen and says when "+string(lang), func(t *testing.T) {
			doc := show(coming)
			if doc.Find("a[href*='/campagnes/']").Length() != 0 {
				t.Error("one can apply")
			}
			if !strings.Contains(flat(doc.Find("#campagnes")), say("session.state.not_yet_open")) {
				t.Error("nothing says that it is not open")
			}
			if !strings.Contains(flat(show().Find("#campagnes")), say("campaign.none")) {
				t.Error("nothing says that there is no campaign")
			}
		})
		t.Run("P6.2 what will be asked for is said before one begins "+string(lang), func(t *testing.T) {
			doc := show(open)
			if doc.Find("#pieces tbody tr").Length() != 2 {
				t.Fatal("the pieces are not listed")
			}
			text := flat(doc.Find("#pieces"))
			for _, want := range []string{say("campaign.piece.size", "5"), "JPEG", say("campaign.piece.required"), list.Specs[1].ExemptFor.In(string(lang))} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not said: %s", want, text)
				}
			}
		})
	}
}

func TestProgrammes(t *testing.T) {
	campaign := catalogue.Session{ID: uuid.New(), OpensOn: date(2026, 11, 1), ClosesOn: date(2026, 12, 20), StartsOn: date(2027, 9, 6), Capacity: 12}
	closed := campaign
	closed.ID, closed.ClosesOn = uuid.New(), date(2026, 11, 10)
	tree := catalogue.ProgrammeTree{Programmes: 3, Open: 1, Listed: true, Branches: []catalogue.FacultyBranch{{
		Faculty: catalogue.Faculty{Code: "0870669E", Name: "Université de Limoges", Town: "LIMOGES CEDEX 1"}, Programmes: 3, Open: 1,
		Levels: []catalogue.LevelGroup{{Type: "Master", Level: 7, Lines: []catalogue.ProgrammeLine{{Reference: "A", Title: "Droit <b>", Campaign: &campaign},
			{Reference: "B", Title: "Histoire", Campaign: &closed}, {Reference: "C", Title: "Lettres"}}}}}}}
	for _, lang := range i18n.Langs() {
		t.Run("P3.3 the tree goes from component to level to programme, and only open campaigns can be chosen "+string(lang), func(t *testing.T) {
			doc := draw(t, lang, Programmes(ProgrammesPage{Tree: tree, Text: "droit", Today: date(2026, 11, 22)}))
			if doc.Find("section details summary").Length() != 1 || doc.Find("details tbody tr").Length() != 3 {
				t.Error("no component, level and programmes")
			}
			if doc.Find("tr#diplome-A a[href*='/campagnes/']").Length() != 1 || doc.Find("tr:not(#diplome-A) a[href*='/campagnes/']").Length() != 0 {
				t.Error("what cannot be chosen is offered, or what can be is not")
			}
			if doc.Find("th b").Length() != 0 {
				t.Error("a title is not escaped")
			}
			if doc.Find("form[role=search][method=get] input[name=q]").AttrOr("value", "") != "droit" {
				t.Error("the words are lost")
			}
		})
		t.Run("P3.3 a large tree lists the components, an empty one says so "+string(lang), func(t *testing.T) {
			large := tree
			large.Listed = false
			if draw(t, lang, Programmes(ProgrammesPage{Tree: large})).Find("#arbre a[href='/diplomes/composantes/0870669E']").Length() != 1 {
				t.Error("the component is not listed")
			}
			if draw(t, lang, Programmes(ProgrammesPage{Text: "xyz"})).Find("#arbre .empty").Length() != 1 {
				t.Error("nothing says that nothing was found")
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
