package i18n

import (
	"context"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func in(l Lang) context.Context { return With(context.Background(), l) }

func TestMessages(t *testing.T) {
	fr, en := in(French), in(English)
	t.Run("P15.1 French by default", func(t *testing.T) {
		if From(context.Background()) != French {
			t.Error("another language by default")
		}
	})
	t.Run("P15.1 plurals by the rule of the language", func(t *testing.T) {
		for got, want := range map[string]string{
			N(fr, "i18n.days_ago", 0): "il y a 0 jour", N(en, "i18n.days_ago", 0): "0 days ago",
			N(fr, "i18n.days_ago", 1): "il y a 1 jour", N(en, "i18n.days_ago", 1): "1 day ago",
			N(fr, "i18n.days_ago", 12345): "il y a 12\u202f345 jours", N(en, "i18n.days_ago", 12345): "12,345 days ago",
		} {
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
	t.Run("an unknown key shows itself", func(t *testing.T) {
		if T(fr, "no.such") != "no.such" || N(en, "no.such", 2) != "no.such" || Has("no.such") {
			t.Error("an unknown key was hidden")
		}
	})
	for _, c := range []struct {
		text string
		args []string
		want string
	}{
		{"{0} et {1}", []string{"a", "b"}, "a et b"},
		{"{course} du {date}", []string{"date", "2", "course", "1"}, "1 du 2"},
		{"{1} sans {0}", []string{"x"}, "{1} sans x"},
		{"ouvert { seul", []string{"x"}, "ouvert { seul"},
		{"rien", nil, "rien"},
		{"{0}", []string{"{1}", "y"}, "{1}"},
	} {
		if got := fill(c.text, c.args); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1\u202f000", 6086: "6\u202f086", 123456789: "123\u202f456\u202f789", -1234: "-1\u202f234"} {
		if got := Number(in(French), n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	if Number(in(English), 1234567) != "1,234,567" || Percent(in(French), 72) != "72\u202f%" || Percent(in(English), 72) != "72%" {
		t.Error("English numbers or percentages")
	}
}

func TestDates(t *testing.T) {
	fr, en := in(French), in(English)
	first, day := Day{2027, 2, 1}, Day{2027, 1, 12}
	t.Run("P15.1 dates by language", func(t *testing.T) {
		for got, want := range map[string]string{
			Date(fr, day): "12 janvier 2027", Date(en, day): "12 January 2027", Date(fr, first): "1er février 2027", Date(en, first): "1 February 2027",
			DateLong(fr, day): "mardi 12 janvier 2027", DateShort(fr, day): "12 janv. 2027", DateDigits(day): "12/01/2027", day.ISO(): "2027-01-12",
			DateTime(fr, Moment{day, 8, 5}): "12 janvier 2027 à 08:05", DateTime(en, Moment{day, 8, 5}): "12 January 2027 at 08:05",
			Range(fr, day, Day{2027, 4, 16}): "du 12 janvier au 16 avril 2027", Range(fr, day, Day{2027, 1, 14}): "du 12 au 14 janvier 2027",
			Range(fr, Day{2026, 12, 30}, day): "du 30 décembre 2026 au 12 janvier 2027", Range(fr, day, day): "le 12 janvier 2027",
			Range(en, day, Day{2027, 4, 16}): "12 January to 16 April 2027", MonthYear(fr, 2027, 8): "août 2027",
			Ago(fr, 0): "à l’instant", Ago(fr, 5): "il y a 5 minutes", Ago(fr, 120): "il y a 2 heures", Ago(fr, 1500): "hier", Ago(en, 4400): "3 days ago",
			InDays(fr, 1): "demain", InDays(en, 8): "in 8 days", DaysAgo(fr, 0): "aujourd’hui",
		} {
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
	t.Run("no day is no text", func(t *testing.T) {
		if Date(fr, Day{})+DateShort(fr, Day{})+DateLong(fr, Day{})+DateTime(fr, Moment{})+Month(fr, 13) != "" {
			t.Error("something was written")
		}
	})
}

func TestDatesAgreeWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-2e9, 8e9).Draw(t, "seconds"), 0).UTC()
		got := Of(at)
		if got.Day != DayOf(at.Date()) || got.Hour != at.Hour() || got.Minute != at.Minute() {
			t.Fatalf("%v became %+v", at, got)
		}
		if got.Weekday() != int(at.Weekday()) {
			t.Fatalf("%v: weekday %d", at, got.Weekday())
		}
	})
}

func TestParse(t *testing.T) {
	for s, want := range map[string]Lang{"fr": French, "EN-gb": English, "de": French, "": French} {
		if got, _ := Parse(s); got != want {
			t.Errorf("%q: %s", s, got)
		}
	}
}

func TestAbout(t *testing.T) {
	t.Run("P15.1 what is said of a topic stands in the place of something", func(t *testing.T) {
		for key := range table {
			if before, after, found := strings.Cut(key, ".admission"); found {
				if _, ok := table[before+after]; !ok {
					t.Errorf("%q replaces nothing", key)
				}
			}
		}
	})
	t.Run("P15.1 a topic changes the words that it has, in both languages, and no others", func(t *testing.T) {
		for _, lang := range Langs() {
			plain := With(t.Context(), lang)
			ctx := About(plain, "admission")
			if From(ctx) != lang || T(ctx, "applications.send") == T(plain, "applications.send") || T(ctx, "applications.send") != T(plain, "applications.send.admission") {
				t.Errorf("%s: %q", lang, T(ctx, "applications.send"))
			}
			if T(ctx, "applications.print") != T(plain, "applications.print") || N(ctx, "applications.days_left", 3) != N(plain, "applications.days_left", 3) {
				t.Error("other words changed")
			}
			if T(About(ctx, ""), "applications.send") != T(plain, "applications.send") {
				t.Error("the topic stays")
			}
		}
	})
}
