package ident

import (
	"strings"
	"unicode"
)

type pair struct{ base, mark rune }

type latinTable struct {
	composed   map[pair]rune
	decomposed map[rune]rune // letter → letter without its last mark
}

// latin is built once from compositions.
var latin = makeLatin()

func makeLatin() latinTable {
	t := latinTable{composed: map[pair]rune{}, decomposed: map[rune]rune{}}
	for mark, pairs := range compositions {
		base := rune(0)
		for _, r := range pairs {
			if base == 0 {
				base = r
				continue
			}
			t.composed[pair{base, mark}] = r
			t.decomposed[r] = base
			base = 0
		}
	}
	return t
}

// Compose joins Latin letters and the combining marks that follow them.
func Compose(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x300 && r < 0x370 }) {
		return s
	}
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if n := len(out); n > 0 {
			if c, ok := latin.composed[pair{out[n-1], r}]; ok {
				out[n-1] = c
				continue
			}
		}
		out = append(out, r)
	}
	return string(out)
}

// Fold writes a name for comparison: lower case, without accents, apostrophes and
// hyphens as single spaces (P1.4). "Saint-Étienne" and "SAINT ETIENNE" fold alike.
func Fold(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		for {
			base, ok := latin.decomposed[r]
			if !ok {
				break
			}
			r = base
		}
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		word := letters(unicode.ToLower(r))
		if word == "" {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteString(word)
	}
	return b.String()
}

func letters(r rune) string {
	switch r {
	case 'œ':
		return "oe"
	case 'æ':
		return "ae"
	case 'ß':
		return "ss"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'ı':
		return "i"
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return string(r)
	}
	return ""
}
