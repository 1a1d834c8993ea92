package form

import (
	"strings"
	"unicode"

	"passerelle/models/form/ident"
)

// Months of the year, as dates are written in the middle of a sentence.
var months = [...]Text{
	{"janvier", "January"}, {"février", "February"}, {"mars", "March"}, {"avril", "April"},
	{"mai", "May"}, {"juin", "June"}, {"juillet", "July"}, {"août", "August"},
	{"septembre", "September"}, {"octobre", "October"}, {"novembre", "November"}, {"décembre", "December"},
}

// ReadDate reads a date as people write it; problem is the key of what to say of one
// that does not exist, empty where it does. For searches, which have no form.
func ReadDate(s string) (d Day, problem string) { return parseDate(s) }

// parseDate reads what people write: 3/4/1980, 03-04-1980, 3.4.1980, 1980-04-03,
// 03041980, "3 avril 1980". Key is "" when the date exists, else what to say.
func parseDate(s string) (Day, string) {
	f := dateFields(s)
	if len(f) == 1 && len(f[0]) == 8 && onlyDigits(f[0]) {
		f = []string{f[0][:2], f[0][2:4], f[0][4:]}
	}
	if len(f) != 3 {
		return 0, "form.date.invalid"
	}
	if len(f[0]) == 4 && onlyDigits(f[0]) {
		f[0], f[2] = f[2], f[0]
	}
	day, okDay := natural(strings.TrimSuffix(f[0], "er"))
	month, okMonth := monthNumber(f[1])
	year, okYear := natural(f[2])
	switch {
	case !okDay || !okMonth || !okYear:
		return 0, "form.date.invalid"
	case len(f[2]) <= 2:
		return 0, "form.date.year"
	case year < 1 || year > 9999:
		return 0, "form.date.absurd"
	}
	d, ok := DayOf(year, month, day)
	if !ok {
		return 0, "form.date.nonexistent"
	}
	return d, ""
}

// parseMonth reads 9/2021, 09-2021, 2021-09, 092021, "septembre 2021".
func parseMonth(s string) (string, bool) {
	f := dateFields(s)
	if len(f) == 1 && len(f[0]) == 6 && onlyDigits(f[0]) {
		f = []string{f[0][:2], f[0][2:]}
	}
	if len(f) != 2 {
		return "", false
	}
	if len(f[0]) == 4 && onlyDigits(f[0]) {
		f[0], f[1] = f[1], f[0]
	}
	month, okMonth := monthNumber(f[0])
	year, okYear := natural(f[1])
	if !okMonth || !okYear || len(f[1]) != 4 || month < 1 || month > 12 || year < 1 {
		return "", false
	}
	return digits(year, 4) + "-" + digits(month, 2), true
}

func isoMonth(s string) (year, month int, ok bool) {
	d, ok := ISODay(s + "-01")
	if !ok {
		return 0, 0, false
	}
	year, month, _ = d.Date()
	return year, month, true
}

func dateFields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("/.-,‐‑–", r)
	})
}

// monthNumber reads a number, or the beginning of a month's name in either language.
func monthNumber(s string) (int, bool) {
	if n, ok := natural(s); ok {
		return n, true
	}
	s = ident.Fold(s)
	if len(s) < 3 {
		return 0, false
	}
	found := 0
	for i, m := range months {
		if strings.HasPrefix(ident.Fold(m.FR), s) || strings.HasPrefix(ident.Fold(m.EN), s) {
			if found != 0 {
				return 0, false // "jui": juin or juillet
			}
			found = i + 1
		}
	}
	return found, found != 0
}
