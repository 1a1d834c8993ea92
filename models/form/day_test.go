package form

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDaysAgreeWithTheCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Day(rapid.Int32Range(-700_000, 2_900_000).Draw(t, "day"))
		at := time.Unix(int64(d)*86400, 0).UTC()
		y, m, dd := d.Date()
		if y != at.Year() || m != int(at.Month()) || dd != at.Day() {
			t.Fatalf("%d is %v, not %d-%d-%d", d, at, y, m, dd)
		}
		if Civil(y, m, dd) != d {
			t.Fatalf("%d comes back as %d", d, Civil(y, m, dd))
		}
		if y >= 1 && y <= 9999 {
			if iso, ok := ISODay(d.ISO()); !ok || iso != d {
				t.Fatalf("%s", d.ISO())
			}
			if typed, key := parseDate(d.Numeric()); key != "" || typed != d {
				t.Fatalf("%s: %s", d.Numeric(), key)
			}
		}
		if y >= 1000 && y <= 9999 {
			if said, key := parseDate(d.Words("fr")); key != "" || said != d {
				t.Fatalf("%s: %s", d.Words("fr"), key)
			}
		}
	})
}

func TestAddMonths(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{{"2024-01-31", 1, "2024-02-29"}, {"2023-01-31", 1, "2023-02-28"}, {"2024-02-29", -12, "2023-02-28"}, {"2024-12-15", 1, "2025-01-15"}, {"2024-01-15", -1, "2023-12-15"}, {"2026-11-22", -192, "2010-11-22"}} {
		d, _ := ISODay(c.from)
		if got := d.AddMonths(c.n).ISO(); got != c.want {
			t.Errorf("%s %+d: %s", c.from, c.n, got)
		}
	}
}

func TestDatesAsPeopleWriteThem(t *testing.T) {
	for _, s := range []string{"3/4/1980", "03/04/1980", "03-04-1980", "3.4.1980", "1980-04-03", "1980/4/3", "03041980", "3 avril 1980", "3 AVRIL 1980",
		"3 avr. 1980", "3 april 1980", " 3 / 4 / 1980 ", "3\u00a0avril\u00a01980"} {
		if got := normalise(KindDate, s); got != "1980-04-03" {
			t.Errorf("P5.2 %q gave %q", s, got)
		}
	}
	if got := normalise(KindDate, "1er mars 2026"); got != "2026-03-01" {
		t.Error(got)
	}
	for s, want := range map[string]string{"31/02/2020": "form.date.nonexistent", "29/02/2023": "form.date.nonexistent", "14/06/88": "form.date.year",
		"hier": "form.date.invalid", "12/2020": "form.date.invalid", "": "form.date.invalid", "1/1/0": "form.date.year", "1/13/2020": "form.date.nonexistent",
		"99999999": "form.date.nonexistent", "1/1/20200": "form.date.absurd", "3 jui 2020": "form.date.invalid", "0/0/0000": "form.date.absurd"} {
		if _, key := parseDate(s); key != want {
			t.Errorf("P5.7 %q: %s", s, key)
		}
	}
	for s, want := range map[string]string{"09/2021": "2021-09", "9/2021": "2021-09", "2021-09": "2021-09", "092021": "2021-09", "septembre 2021": "2021-09",
		"sept. 2021": "2021-09", "13/2021": "13/2021", "09/21": "09/21", "x": "x"} {
		if got := normalise(KindMonth, s); got != want {
			t.Errorf("P5.2 %q gave %q", s, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	for s, want := range map[string]string{"6": "6", "006": "6", "1 234,50": "1234.5", "1\u202f234": "1234", "-3.5": "-3.5", "−2": "-2", "0,0": "0", "-0": "0",
		"six": "six", "1,2,3": "1,2,3", "": "", "-": "-", ".": ".", "1e9": "1e9", "9999999999999999": "9999999999999999"} {
		if got := normalise(KindNumber, s); got != want {
			t.Errorf("P5.2 %q gave %q", s, got)
		}
	}
}

func TestBounds(t *testing.T) {
	day := Civil(2026, 11, 22)
	for b, want := range map[Bound]string{"today": "2026-11-22", "today-16y": "2010-11-22", "today+6m": "2027-05-22", "today-30d": "2026-10-23", "2020-01": "2020-01-01", "2020-02-29": "2020-02-29"} {
		if d, ok := b.Day(day); !ok || d.ISO() != want {
			t.Errorf("%s: %v %s", b, ok, d.ISO())
		}
	}
	for _, b := range []Bound{"", "today-", "today-x", "today16y", "today-99999999999y", "2020-13-01", "demain", "today-1w"} {
		if _, ok := b.Day(day); ok {
			t.Errorf("%q is a limit", b)
		}
	}
	if n, ok := Bound("year-1").Number(day); !ok || n != 2025 {
		t.Error(n)
	}
}

// What the input shows must read back as what is stored, or a page that nobody
// touched would write.
func TestShownValuesReadBack(t *testing.T) {
	kinds := []Kind{KindText, KindLongText, KindNumber, KindDate, KindMonth, KindYesNo, KindTick, KindCountry, KindPhone, KindEmail, KindSIRET, KindSIREN, KindAck}
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[-+0-9/ .,()]{0,18}`), rapid.StringMatching(`[0-3]?[0-9]/[01]?[0-9]/[0-9]{1,4}`),
		rapid.StringMatching(`0[1-9]([ .]?[0-9]{2}){4}`), rapid.StringMatching(`\+[0-9]{5,16}`), rapid.StringMatching(`[a-z.+]{1,8}@[a-zé.]{1,10}`))
	t.Run("P13.3 an untouched input writes nothing", rapid.MakeCheck(func(t *rapid.T) {
		k := rapid.SampledFrom(kinds).Draw(t, "kind")
		stored := normalise(k, texts.Draw(t, "typed"))
		if again := normalise(k, InputText(k, stored)); again != stored {
			t.Fatalf("%s: stored %q, shown %q, read %q", k, stored, InputText(k, stored), again)
		}
		if k == KindLongText {
			browser := ""
			for _, r := range stored { // browsers post CRLF
				if r == '\n' {
					browser += "\r"
				}
				browser += string(r)
			}
			if normalise(k, browser) != stored {
				t.Fatalf("%q", stored)
			}
		}
	}))
}
