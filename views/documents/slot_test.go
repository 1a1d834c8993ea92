package documents_test

import (
	"context"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"passerelle/views/documents"
	"passerelle/views/i18n"
)

func draw(t *testing.T, s documents.Slot) *goquery.Document {
	t.Helper()
	var b strings.Builder
	if err := s.Render(i18n.With(context.Background(), i18n.French), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func slot(change func(*documents.Slot)) documents.Slot {
	s := documents.Slot{ID: "r1", Application: "a1", Key: "cv", Title: "Curriculum vitæ", Formats: []string{"pdf", "jpg"}, MaxBytes: 5 << 20, MaxFiles: 1,
		Required: true, Open: true}
	if change != nil {
		change(&s)
	}
	return s
}

func TestSlot(t *testing.T) {
	t.Run("P13.8 every control of a slot belongs to a real form", func(t *testing.T) {
		doc := draw(t, slot(nil))
		file := doc.Find(`input[type=file][name=fichier]`)
		id, _ := file.Attr("form")
		form := doc.Find("form#" + id)
		if action, _ := form.Attr("action"); action != "/candidatures/a1/pieces/r1" || form.AttrOr("enctype", "") != "multipart/form-data" || form.AttrOr("method", "") != "post" {
			t.Errorf("%s", action)
		}
		if doc.Find(`button[type=submit][form=`+id+`]`).Length() != 1 || doc.Find(`input[name=place][form=`+id+`]`).AttrOr("value", "") != "1" {
			t.Error("the form cannot be sent whole")
		}
	})
	t.Run("P5.2 within the form of a step, its own forms stand elsewhere", func(t *testing.T) {
		doc := draw(t, slot(func(s *documents.Slot) { s.Within = true }))
		if doc.Find("form").Length() != 0 {
			t.Error("a form within a form")
		}
	})
	t.Run("P7.1 the rule is tied to the chooser", func(t *testing.T) {
		doc := draw(t, slot(nil))
		rule := doc.Find("#" + doc.Find("input[type=file][name=fichier]").AttrOr("aria-describedby", "none")).Text()
		if !strings.Contains(rule, "Obligatoire") || !strings.Contains(rule, "PDF ou JPG, 5\u00a0Mo au plus") {
			t.Errorf("%q", rule)
		}
	})
	t.Run("P17.8 what is not asked takes nothing", func(t *testing.T) {
		doc := draw(t, slot(func(s *documents.Slot) { s.Open, s.Closed = false, "Gardée." }))
		if doc.Find("input, form, [data-uploads]").Length() != 0 {
			t.Error("a closed slot can be written")
		}
	})
	t.Run("P7.3 what is being inspected is asked again, more and more rarely, then no more", func(t *testing.T) {
		last := ""
		for _, tries := range []int{0, 3, 8, 39} {
			doc := draw(t, slot(func(s *documents.Slot) {
				s.Tries, s.Places = tries, []documents.Place{{Number: 1, Next: &documents.Version{Name: "cv.pdf", State: "checking"}}}
			}))
			trigger := doc.Find("article").AttrOr("hx-trigger", "")
			if !strings.HasPrefix(trigger, "load delay:") || trigger == last {
				t.Errorf("%d: %q after %q", tries, trigger, last)
			}
			if tries < 39 {
				last = trigger
			} else {
				last = ""
			}
			if tries == 8 {
				last = ""
			}
		}
		doc := draw(t, slot(func(s *documents.Slot) {
			s.Tries, s.Places = 1000, []documents.Place{{Number: 1, Next: &documents.Version{Name: "cv.pdf", State: "checking"}}}
		}))
		if doc.Find("[hx-trigger]").Length() != 0 || doc.Find(`a[href$="#piece-cv"]`).Length() != 1 {
			t.Error("it asks for ever, or leaves no way to ask")
		}
	})
	t.Run("P7.5 an earlier document is offered, never taken by itself", func(t *testing.T) {
		doc := draw(t, slot(func(s *documents.Slot) {
			s.Offers = []documents.Offer{{Document: "d1", Name: "cv.pdf", Of: "Droit notarial"}}
		}))
		if doc.Find(`button[name=document][value=d1]`).Length() != 1 {
			t.Error("no offer")
		}
	})
	t.Run("P7.3 names of files are text", func(t *testing.T) {
		name := `<img src=x onerror=alert(1)>".pdf`
		doc := draw(t, slot(func(s *documents.Slot) {
			s.Places = []documents.Place{{Number: 1, Current: &documents.Version{ID: "v", Name: name, State: "live"}}}
		}))
		if doc.Find("img").Length() != 0 || !strings.Contains(doc.Find(".file__name").Text(), name) {
			t.Error("a name became markup")
		}
	})
	open := func(doc *goquery.Document) (places []string) {
		doc.Find("[data-drop]").Each(func(_ int, d *goquery.Selection) {
			if d.ParentsFiltered("details").Length() == 0 {
				places = append(places, d.AttrOr("data-drop", ""))
			}
		})
		return places
	}
	file := func(n int, verdict string) documents.Place {
		v := &documents.Version{ID: "v", Name: "f.pdf", Place: n, State: "live"}
		if verdict != "" {
			v.Verdict = &documents.Verdict{Kind: verdict}
		}
		return documents.Place{Number: n, Current: v}
	}
	checking := func(p documents.Place) documents.Place {
		p.Next = &documents.Version{ID: "w", Name: "g.pdf", Place: p.Number, State: "checking"}
		return p
	}
	for _, one := range []struct {
		name    string
		pending bool
		places  []documents.Place
		open    string
		goes    string
	}{
		{"the file judged", true, []documents.Place{file(1, "valid"), file(2, "to_complete")}, "2", "2="},
		{"the second while the first is inspected", true, []documents.Place{checking(file(1, "refused")), file(2, "refused")}, "2", "2="},
		{"a piece asked whole", true, []documents.Place{file(1, "")}, "1", "1="},
		{"nothing, once it was given", false, []documents.Place{file(1, "")}, "2", "2=|3="},
	} {
		t.Run("P17.8 of a piece to correct the replacement is open first: "+one.name, func(t *testing.T) {
			doc := draw(t, slot(func(s *documents.Slot) { s.Asked, s.MaxFiles, s.Pending, s.Places = true, 3, one.pending, one.places }))
			if got := strings.Join(open(doc), " "); got != one.open {
				t.Errorf("open: %q, want %q", got, one.open)
			}
			if got := doc.Find("article").AttrOr("data-places", ""); got != one.goes {
				t.Errorf("a file dropped goes to %q, want %q", got, one.goes)
			}
		})
	}
	t.Run("P17.8 a piece asked again is open and says so, though no version was judged", func(t *testing.T) {
		doc := draw(t, slot(func(s *documents.Slot) { s.Asked, s.Pending, s.Places = true, true, []documents.Place{file(1, "")} }))
		if got := strings.Join(open(doc), " "); got != "1" || !strings.Contains(doc.Text(), "À remplacer") {
			t.Errorf("%q", got)
		}
	})
}
