package catalogues

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"passerelle/models/catalogue"
	"passerelle/views/i18n"
)

func TestCourse(t *testing.T) {
	page := CoursePage{Course: sixStates(), Today: today, Zone: "heure de Paris"}
	for _, lang := range i18n.Langs() {
		doc := draw(t, lang, Course(page))
		t.Run("P3.2 a session that cannot be chosen says why "+string(lang), func(t *testing.T) {
			rows := doc.Find("#sessions tbody tr")
			if rows.Length() != len(catalogue.States()) {
				t.Fatalf("%d sessions, want one in each of %d states", rows.Length(), len(catalogue.States()))
			}
			rows.Each(func(_ int, row *goquery.Selection) {
				state := catalogue.State(row.AttrOr("data-state", ""))
				if choosable := row.Find("form[method=post] button").Length() == 1; choosable != state.Choosable() {
					t.Errorf("%s: a form is there: %v", state, choosable)
				}
				if row.Find(".status .icon").Length() != 1 || flat(row.Find(".status")) == "" {
					t.Errorf("%s: the state is not an icon and a word", state)
				}
				if flat(row.Find("[id^=raison-]")) == "" {
					t.Errorf("%s: no reason is given", state)
				}
			})
		})
		t.Run("P3.1 what the source lacks is shown as absent "+string(lang), func(t *testing.T) {
			absent := i18n.T(i18n.With(t.Context(), lang), "catalogue.absent")
			for _, id := range []string{"objectifs", "programme"} {
				if !strings.Contains(doc.Find("#"+id).Text(), absent) {
					t.Errorf("%s is not shown as absent", id)
				}
			}
			if !strings.Contains(doc.Find("#essentiel dd").Text(), absent) {
				t.Error("an unknown authority is not shown as absent")
			}
		})
		t.Run("P3.2 the page ends with its sessions, generated ones say so "+string(lang), func(t *testing.T) {
			if n := strings.Count(doc.Find("#sessions tbody").Text(), i18n.T(i18n.With(t.Context(), lang), "session.generated")); n != 1 {
				t.Errorf("%d sessions are marked as generated, want 1", n)
			}
		})
		t.Run("P15.1 what is in French says so in an English page "+string(lang), func(t *testing.T) {
			if got := doc.Find("h1[lang=fr]").Length(); (got == 1) != (lang == i18n.English) {
				t.Errorf("%d titles marked as French", got)
			}
		})
	}
}

func TestCourseWatched(t *testing.T) {
	course := sixStates()
	links := func() (list []string) {
		doc := draw(t, i18n.French, Course(CoursePage{Course: course, Today: today, Zone: "heure de Paris"}))
		doc.Find(`#sessions a[href^="/mes-recherches/nouvelle"]`).Each(func(_ int, a *goquery.Selection) {
			list = append(list, flat(a)+" "+a.AttrOr("href", ""))
		})
		return list
	}
	t.Run("P4.7 nothing is watched where another session of the place can be chosen", func(t *testing.T) {
		for i := range course.Sessions {
			course.Sessions[i].DepartmentCode = "35"
		}
		if got := links(); len(got) != 0 {
			t.Errorf("%q", got)
		}
	})
	t.Run("P4.7 one asks to be told of an opening and of a seat", func(t *testing.T) {
		for i := range course.Sessions {
			course.Sessions[i].DepartmentCode = "35"
			if course.Sessions[i].State(today).Choosable() {
				course.Sessions[i].DepartmentCode = "75"
			}
		}
		got := links()
		if len(got) != 2 || !strings.Contains(strings.Join(got, "\n"), "Me prévenir à l’ouverture") || !strings.Contains(strings.Join(got, "\n"), "Me prévenir d’une place") {
			t.Fatalf("%q", got)
		}
		for _, one := range got {
			for _, part := range []string{"departement=35", "inscription=ouverte", "exact=1", "rythme=instant", "q="} {
				if !strings.Contains(one, part) {
					t.Errorf("%q lacks %s", one, part)
				}
			}
		}
	})
}

func TestClosing(t *testing.T) {
	fr := i18n.With(t.Context(), i18n.French)
	t.Run("P18.11 a closing date is that of the zone and counts its own day", func(t *testing.T) {
		s := session(func(s *catalogue.Session) { s.ClosesOn = today })
		if s.State(today) != catalogue.Open {
			t.Error("closed on its closing date")
		}
		if got := Why(fr, s, today); got != "Clôture le 22 novembre, aujourd’hui" {
			t.Errorf("says %q", got)
		}
	})
	far := session(func(s *catalogue.Session) { s.ClosesOn = date(2027, 1, 1) })
	if got := Why(fr, far, today); got != "Clôture le 1er janvier 2027" {
		t.Errorf("says %q", got)
	}
}

func TestParagraphs(t *testing.T) {
	got := Paragraphs("Missions :\r\n- accueillir\n• classer\n\nFin <b>")
	if len(got) != 3 || len(got[1].List) != 2 || got[1].List[1] != "classer" || got[2].Text != "Fin <b>" {
		t.Errorf("got %+v", got)
	}
}

func TestTown(t *testing.T) {
	for in, want := range map[string]string{"NICE CEDEX 2": "Nice", "LE PUY EN VELAY": "Le Puy en Velay", "SAINT-LÔ": "Saint-Lô", "Limoges": "Limoges", "": ""} {
		if got := Town(in); got != want {
			t.Errorf("Town(%q) = %q, want %q", in, got, want)
		}
	}
}
