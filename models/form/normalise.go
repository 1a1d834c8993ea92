package form

import (
	"slices"
	"strings"
	"unicode"

	"passerelle/models/form/ident"
	"passerelle/models/merge"
)

// normalise gives the stored form of what was typed. What cannot be understood is
// kept as typed: Evaluate says what is wrong, and the person finds their words again.
// Normalising the InputText of a stored value gives that value back.
func normalise(k Kind, s string) string {
	if k == KindLongText {
		return tidyLines(s)
	}
	s = tidyLine(s)
	switch k {
	case KindNumber:
		if n, ok := parseNumber(s); ok {
			return n
		}
	case KindDate:
		if d, key := parseDate(s); key == "" {
			return d.ISO()
		}
	case KindMonth:
		if m, ok := parseMonth(s); ok {
			return m
		}
	case KindPhone:
		if n, key := ident.Phone(s); key == "" {
			return n
		}
	case KindEmail:
		if a, key := ident.Email(s); key == "" {
			return a
		}
	case KindSIREN, KindSIRET:
		if d, ok := ident.Digits(s); ok {
			return d
		}
	case KindTick:
		if s != "" {
			return Yes
		}
	case KindCountry:
		if len(s) == 2 {
			return strings.ToUpper(s)
		}
	}
	return s
}

// InputText writes a stored value as the input shows it: dates as jj/mm/aaaa, months
// as mm/aaaa, numbers and phones in groups.
func InputText(k Kind, s string) string {
	switch k {
	case KindDate:
		if d, ok := ISODay(s); ok {
			return d.Numeric()
		}
	case KindMonth:
		if y, m, ok := isoMonth(s); ok {
			return digits(m, 2) + "/" + digits(y, 4)
		}
	case KindNumber:
		if n, ok := parseNumber(s); ok && n == s {
			return strings.Replace(s, ".", ",", 1)
		}
	case KindPhone:
		if n, key := ident.Phone(s); key == "" && n == s {
			return ident.PhoneText(s)
		}
	case KindSIREN, KindSIRET:
		if d, ok := ident.Digits(s); ok && d == s {
			return ident.Group(s, 3, 3, 3)
		}
	}
	return s
}

// normaliseChoices keeps each value once, in the form's order; values that the form
// does not offer come last, sorted, and are told by Evaluate.
func normaliseChoices(f *Field, posted []string) merge.Value {
	var out merge.Value
	for i := range f.Options {
		if slices.Contains(posted, f.Options[i].Value) {
			out = append(out, f.Options[i].Value)
		}
	}
	var other []string
	for _, v := range posted {
		v = tidyLine(v)
		if _, known := f.Option(v); !known && v != "" && !slices.Contains(other, v) {
			other = append(other, v)
		}
	}
	slices.Sort(other)
	return append(out, other...)
}

func tidyLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s))
}

func tidyLines(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s))
}

// parseNumber reads "1 234,5" and "-3.50" and gives "1234.5" and "-3.5".
func parseNumber(s string) (string, bool) {
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u202f', '\u2009', '\'', '’':
			return -1
		case ',':
			return '.'
		case '−':
			return '-'
		}
		return r
	}, s)
	body, negative := strings.CutPrefix(s, "-")
	whole, part, _ := strings.Cut(body, ".")
	if len(whole)+len(part) > 15 || !onlyDigits(whole+part) || whole+part == "" {
		return "", false
	}
	whole = strings.TrimLeft(whole, "0")
	part = strings.TrimRight(part, "0")
	if whole == "" {
		whole = "0"
	}
	if part != "" {
		whole += "." + part
	}
	if negative && whole != "0" {
		whole = "-" + whole
	}
	return whole, true
}

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
