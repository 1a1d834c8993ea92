package ident

import "strings"

// laPoste is the SIREN whose establishments follow a rule of their own.
const laPoste = "356000000"

// SIREN keeps the nine digits of a company number (numéro SIREN) and tells whether
// its key is right. Spaces, dots and dashes are dropped.
func SIREN(s string) (string, bool) {
	d, ok := Digits(s)
	return d, ok && len(d) == 9 && luhn(d) == 0
}

// SIRET keeps the fourteen digits of an establishment number (numéro SIRET) and tells
// whether its key is right. Establishments of La Poste other than its seat are right
// when the sum of their digits divides by five.
func SIRET(s string) (string, bool) {
	d, ok := Digits(s)
	if !ok || len(d) != 14 {
		return d, false
	}
	if luhn(d) == 0 && luhn(d[:9]) == 0 {
		return d, true
	}
	return d, strings.HasPrefix(d, laPoste) && sum(d)%5 == 0
}

// Digits drops the separators that people put in numbers; ok is false when something
// other than a digit remains, and the result is then the text without separators.
func Digits(s string) (string, bool) {
	d := strings.Map(func(r rune) rune {
		switch {
		case r == ' ', r == '.', r == '-', r == '\t', r == '\u00a0', r == '\u202f', r == '\u2009', r == '\u2011':
			return -1
		case '０' <= r && r <= '９':
			return r - '０' + '0'
		}
		return r
	}, s)
	for i := range len(d) {
		if d[i] < '0' || d[i] > '9' {
			return d, false
		}
	}
	return d, d != ""
}

// Group writes digits by the given sizes with no-break spaces: "218 708 501 00018".
func Group(d string, sizes ...int) string {
	var b strings.Builder
	for _, n := range sizes {
		if len(d) <= n {
			break
		}
		b.WriteString(d[:n])
		b.WriteString("\u00a0")
		d = d[n:]
	}
	b.WriteString(d)
	return b.String()
}

func luhn(d string) int {
	total := 0
	for i := range len(d) {
		n := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		total += n
	}
	return total % 10
}

func sum(d string) int {
	total := 0
	for i := range len(d) {
		total += int(d[i] - '0')
	}
	return total
}
