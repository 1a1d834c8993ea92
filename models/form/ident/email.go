package ident

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Email tidies an address as typed (spaces around, invisible characters, "mailto:",
// full-width signs, case of the domain) and checks its form. Key is "" when right,
// else what to say. The local part keeps its case: mail servers may care.
func Email(s string) (clean, key string) {
	s = strings.TrimSpace(strings.Map(visible, s))
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">")
	at := strings.LastIndexByte(s, '@')
	switch {
	case strings.ContainsFunc(s, unicode.IsSpace):
		return s, "form.email.spaces"
	case at < 0:
		return s, "form.email.at"
	case strings.IndexByte(s, '@') != at || strings.ContainsAny(s, ",;"):
		return s, "form.email.several"
	case len(s) > 254 || at > 64:
		return s, "form.email.long"
	}
	local, domain := s[:at], Compose(strings.ToLower(s[at+1:]))
	domain = strings.TrimSuffix(domain, ".")
	return local + "@" + domain, emailKeyOf(local, domain)
}

func emailKeyOf(local, domain string) string {
	switch {
	case local == "" || !validLocal(local):
		if strings.ContainsFunc(local, func(r rune) bool { return r >= utf8.RuneSelf }) {
			return "form.email.accents"
		}
		return "form.email.invalid"
	case !strings.Contains(domain, "."):
		return "form.email.domain"
	case !validDomain(domain):
		return "form.email.invalid"
	}
	return ""
}

func validLocal(s string) bool {
	if s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		c := s[i]
		alnum := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !alnum && strings.IndexByte("!#$%&'*+-/=?^_`{|}~.", c) < 0 {
			return false
		}
	}
	return true
}

func validDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	for _, l := range labels {
		if strings.ContainsFunc(l, func(r rune) bool { return r >= utf8.RuneSelf && !unicode.In(r, unicode.L, unicode.N, unicode.M) }) {
			return false
		}
		l = Punycode(l)
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for i := range len(l) {
			c := l[i]
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	_, numeric := Digits(last)
	return len(last) >= 2 && !numeric
}

// EmailTypo proposes the address meant when the domain is a well-known one misspelt.
func EmailTypo(address string) (string, bool) {
	local, domain, _ := strings.Cut(address, "@")
	if good, ok := typos[domain]; ok {
		return local + "@" + good, true
	}
	return "", false
}

var typos = map[string]string{
	"gmial.com": "gmail.com", "gmai.com": "gmail.com", "gmail.con": "gmail.com", "gmail.fr": "gmail.com",
	"gamil.com": "gmail.com", "gnail.com": "gmail.com", "gmail.co": "gmail.com", "gmail.cm": "gmail.com",
	"hotmial.com": "hotmail.com", "hotmal.fr": "hotmail.fr", "hotmil.fr": "hotmail.fr", "hotmail.con": "hotmail.com",
	"oulook.fr": "outlook.fr", "outlok.fr": "outlook.fr", "outlook.con": "outlook.com", "outloo.fr": "outlook.fr",
	"yaho.fr": "yahoo.fr", "yhaoo.fr": "yahoo.fr", "yahoo.con": "yahoo.com", "yahou.fr": "yahoo.fr",
	"orage.fr": "orange.fr", "ornage.fr": "orange.fr", "orange.com.fr": "orange.fr", "orange.f": "orange.fr",
	"wanado.fr": "wanadoo.fr", "wandoo.fr": "wanadoo.fr", "lapost.net": "laposte.net", "laposte.fr": "laposte.net",
	"laposte.com": "laposte.net", "free.com": "free.fr", "fre.fr": "free.fr", "iclod.com": "icloud.com", "icloud.fr": "icloud.com",
}

// visible drops what nobody sees and writes full-width signs in plain ASCII.
func visible(r rune) rune {
	switch {
	case '！' <= r && r <= '～':
		return r - '！' + '!'
	case r == '。', r == '｡', r == '\u2024':
		return '.'
	case r == '\u00a0', r == '\u3000', r == '\u202f':
		return ' '
	case r == '\u00ad', unicode.Is(unicode.Cf, r), r >= 0xfe00 && r <= 0xfe0f, r == '\u034f':
		return -1
	}
	return r
}
