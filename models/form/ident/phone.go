package ident

import "strings"

// Phone gives the E.164 form ("+33639980417") of a French number or of a number that
// begins with + or 00. Key is "" when right, else what to say; the number is then
// returned without separators. The check of foreign numbers is light: 7 to 15 digits.
func Phone(s string) (number, key string) {
	n := phoneDigits(s)
	if rest, ok := strings.CutPrefix(n, "00"); ok {
		n = "+" + rest
	}
	body, international := strings.CutPrefix(n, "+")
	if _, ok := Digits(body); !ok {
		return n, "form.phone.letters"
	}
	switch {
	case !international && len(n) == 10 && n[0] == '0' && n[1] != '0':
		return "+33" + n[1:], ""
	case !international && len(n) == 9 && n[0] >= '1':
		return "+33" + n, ""
	case !international:
		return n, "form.phone.length"
	case strings.HasPrefix(body, "330"): // +33 (0)6…
		body = "33" + body[3:]
	}
	if strings.HasPrefix(body, "33") {
		if len(body) != 11 || body[2] == '0' {
			return "+" + body, "form.phone.length"
		}
		return "+" + body, ""
	}
	if len(body) < 7 || len(body) > 15 || body[0] == '0' {
		return "+" + body, "form.phone.international"
	}
	return "+" + body, ""
}

// PhoneText writes a number as people read it: "06 39 98 04 17", "+32 21 23 45 67".
// What is not E.164 is returned as it is.
func PhoneText(n string) string {
	body, ok := strings.CutPrefix(n, "+")
	if _, digits := Digits(body); !ok || !digits || n != "+"+body || strings.ContainsAny(body, " .-") {
		return n
	}
	if len(body) == 11 && strings.HasPrefix(body, "33") {
		return Group("0"+body[2:], 2, 2, 2, 2)
	}
	code := 2
	if len(body) > 0 && (body[0] == '1' || body[0] == '7') {
		code = 1
	}
	if len(body) <= code {
		return n
	}
	return "+" + body[:code] + "\u00a0" + Group(body[code:], 2, 2, 2, 2, 2, 2)
}

func phoneDigits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '(', r == ')', r == '/', r == '.', r == '-', r == ' ', r == '\t':
			return -1
		case r == '\u00a0', r == '\u202f', r == '\u2009', r == '\u2010', r == '\u2011', r == '\u200e', r == '\u202a', r == '\u202c':
			return -1
		case '０' <= r && r <= '９':
			return r - '０' + '0'
		case r == '＋':
			return '+'
		}
		return r
	}, s)
}
