package ident

import (
	"strings"
	"unicode"
)

// EmailKey gives the mailbox behind an address, for "is it the same person" tests
// only (the line manager is never the applicant, P6.1); mail never goes to it. Two
// addresses with one key reach one mailbox: lower case, IDN in ASCII, comments and
// quotes dropped, aliases of one provider joined, dots and tags dropped where the
// provider ignores them. A +tag is dropped for unknown providers too: most mail
// servers deliver it to the same person; those known not to keep it.
func EmailKey(address string) string {
	local, domain := splitAddress(address)
	domain = ASCIIDomain(domain)
	rule := providers[domain]
	if rule == nil {
		rule = family(domain)
	}
	if sub, ok := strings.CutSuffix(domain, ".fastmail.com"); ok && rule == nil {
		local, domain, rule = sub, "fastmail.com", &provider{tag: "+"}
	}
	if rule == nil {
		rule = &provider{tag: "+"}
	}
	if rule.name != "" {
		domain = rule.name
	}
	if i := strings.IndexAny(local, rule.tag); i > 0 && rule.tag != "" {
		local = local[:i]
	}
	if rule.ignored != "" {
		local = strings.Map(func(r rune) rune {
			if strings.ContainsRune(rule.ignored, r) {
				return -1
			}
			return r
		}, local)
	}
	return local + "@" + domain
}

// SameMailbox tells whether two addresses reach one mailbox. Blank ones never do.
func SameMailbox(a, b string) bool {
	ka, kb := EmailKey(a), EmailKey(b)
	return ka == kb && ka != "@" && !strings.HasPrefix(ka, "@") && !strings.HasSuffix(ka, "@")
}

// EmailAddress gives the one way to write an address, for accounts (P1.4): lower case
// and the domain in ASCII. Tags and dots stay: different addresses stay different.
func EmailAddress(address string) string {
	local, domain := splitAddress(address)
	return local + "@" + ASCIIDomain(domain)
}

// ASCIIDomain writes a domain name in ASCII (punycode where needed), lower case,
// without final dot.
func ASCIIDomain(domain string) string {
	domain = strings.Trim(Compose(strings.ToLower(strings.Map(visible, domain))), ". ")
	labels := strings.Split(domain, ".")
	for i, l := range labels {
		labels[i] = Punycode(l)
	}
	return strings.Join(labels, ".")
}

type provider struct {
	name    string // domain that its aliases are joined under
	tag     string // characters that begin a tag
	ignored string // characters that do not count
}

var (
	gmail   = &provider{name: "gmail.com", tag: "+", ignored: "."}
	icloud  = &provider{name: "icloud.com", tag: "+"}
	proton  = &provider{name: "proton.me", tag: "+", ignored: ".-_"}
	yahoo   = &provider{tag: "-"}
	plus    = &provider{tag: "+"}
	literal = &provider{}
)

// providers are those whose rule differs from "a plus begins a tag".
var providers = map[string]*provider{
	"gmail.com": gmail, "googlemail.com": gmail,
	"icloud.com": icloud, "me.com": icloud, "mac.com": icloud,
	"proton.me": proton, "protonmail.com": proton, "protonmail.ch": proton, "pm.me": proton,
	"fastmail.com": plus, "fastmail.fm": plus,
	"ymail.com": yahoo, "rocketmail.com": yahoo,
	"orange.fr": literal, "wanadoo.fr": literal, "free.fr": literal, "laposte.net": literal,
	"sfr.fr": literal, "neuf.fr": literal, "bbox.fr": literal, "aliceadsl.fr": literal,
}

func family(domain string) *provider {
	name, _, _ := strings.Cut(domain, ".")
	switch name {
	case "yahoo":
		return yahoo
	case "outlook", "hotmail", "live", "msn":
		return plus
	}
	return nil
}

// splitAddress reads what a person or a header may write: a name before <…>, mailto:,
// comments, a quoted local part, letters in disguise.
func splitAddress(s string) (local, domain string) {
	s = strings.TrimSpace(Compose(strings.ToLower(plainLetters(s))))
	if i := strings.LastIndexByte(s, '<'); i >= 0 {
		s, _, _ = strings.Cut(s[i+1:], ">")
	}
	s = strings.TrimPrefix(s, "mailto:")
	s = dropComments(s)
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return unquote(s), ""
	}
	return unquote(s[:at]), s[at+1:]
}

func dropComments(s string) string {
	var b strings.Builder
	depth, quoted := 0, false
	for _, r := range s {
		switch {
		case r == '"' && depth == 0:
			quoted = !quoted
			b.WriteRune(r)
		case quoted:
			b.WriteRune(r)
		case r == '(':
			depth++
		case r == ')' && depth > 0:
			depth--
		case depth == 0 && !unicode.IsSpace(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unquote drops the quotes of a local part, whole or in pieces ("jean"."dupont").
func unquote(s string) string {
	var b strings.Builder
	escaped := false
	for _, r := range s {
		if !escaped && (r == '"' || r == '\\') {
			escaped = r == '\\'
			continue
		}
		escaped = false
		b.WriteRune(r)
	}
	return b.String()
}

// plainLetters writes full-width, mathematical and circled Latin letters as ASCII.
func plainLetters(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'ⓐ' <= r && r <= 'ⓩ':
			return r - 'ⓐ' + 'a'
		case 'Ⓐ' <= r && r <= 'Ⓩ':
			return r - 'Ⓐ' + 'a'
		case 0x1d400 <= r && r <= 0x1d6a3: // thirteen alphabets of 52 letters
			if i := (r - 0x1d400) % 52; i < 26 {
				return 'a' + i
			} else {
				return 'a' + i - 26
			}
		case 0x1d7ce <= r && r <= 0x1d7ff: // digits
			return '0' + (r-0x1d7ce)%10
		}
		return visible(r)
	}, s)
}
