package people

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// minPassword is the source's minimum length, in characters (P1.2).
const minPassword = 8

// PasswordRule is one line of the checklist of P1.2.
type PasswordRule string

// The rules, in the order of the checklist.
const (
	RuleLength   PasswordRule = "length"
	RuleLower    PasswordRule = "lower"
	RuleUpper    PasswordRule = "upper"
	RuleDigit    PasswordRule = "digit"
	RuleSign     PasswordRule = "sign"
	RuleUncommon PasswordRule = "uncommon" // neither a common password nor the person's name
)

// PasswordRules lists them all, for the view's checklist.
func PasswordRules() []PasswordRule {
	return []PasswordRule{RuleLength, RuleLower, RuleUpper, RuleDigit, RuleSign, RuleUncommon}
}

// MissingRules says which rules a password does not meet; about holds what it
// must not be built on: names, e-mail address. Spaces count as signs, every
// character is allowed (P1.2). Views may call it for the checklist.
func MissingRules(password string, about ...string) []PasswordRule {
	password = norm.NFC.String(password)
	missing := []PasswordRule{}
	lack := func(rule PasswordRule, ok bool) {
		if !ok {
			missing = append(missing, rule)
		}
	}
	has := func(is func(rune) bool) bool { return strings.ContainsFunc(password, is) }
	lack(RuleLength, utf8.RuneCountInString(password) >= minPassword)
	lack(RuleLower, has(unicode.IsLower))
	lack(RuleUpper, has(unicode.IsUpper))
	lack(RuleDigit, has(unicode.IsDigit))
	lack(RuleSign, has(func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
	lack(RuleUncommon, password != "" && !guessable(password, about))
	return missing
}

//go:embed words/common.txt
var commonText string

// common holds the words refused as the heart of a password: French and
// English passwords, keyboard rows, first names, words of this portal.
var common = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for w := range strings.Lines(commonText) {
		words[strings.TrimSpace(w)] = true
	}
	return words
})

// guessable reports a password whose letters are a common word, the person's
// own name or too few distinct characters, whatever stands around and however
// letters are swapped for look-alikes.
func guessable(password string, about []string) bool {
	if distinct(password) < 5 {
		return true
	}
	for _, heart := range []string{letters(password), letters(unleet(strings.ToLower(password)))} {
		if heart == "" || sequence(heart) || common()[heart] || doubled(heart) {
			return true
		}
		for _, a := range about {
			local, _, _ := strings.Cut(a, "@")
			for _, own := range append(strings.Fields(local), local) {
				if own = letters(own); utf8.RuneCountInString(own) >= 3 && strings.Contains(heart, own) && len(heart)-len(own) < 4 {
					return true
				}
			}
		}
	}
	return false
}

// letters keeps the letters of s, folded as names are; digits at either end
// and signs anywhere are decoration.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, plain(s))
}

var lookAlikes = strings.NewReplacer("@", "a", "4", "a", "0", "o", "1", "i", "!", "i", "3", "e", "€", "e", "$", "s", "5", "s", "7", "t", "+", "t")

// unleet undoes the usual swaps, but for the run of digits and signs that ends
// most passwords.
func unleet(s string) string {
	heart := strings.TrimRightFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	return lookAlikes.Replace(heart)
}

func doubled(s string) bool {
	half := len(s) / 2
	return len(s) >= 6 && len(s)%2 == 0 && s[:half] == s[half:] && common()[s[:half]]
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range strings.ToLower(s) {
		seen[r] = true
	}
	return len(seen)
}

// sequence reports letters that follow each other in the alphabet.
func sequence(s string) bool {
	if len(s) < 3 {
		return false
	}
	for i := 1; i < len(s); i++ {
		if s[i] != s[i-1]+1 {
			return false
		}
	}
	return true
}
