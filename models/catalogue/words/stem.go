package words

import "strings"

// endings are feminines and plurals of folded French words, with what the
// masculine singular ends in; the first that fits is applied.
var endings = []struct {
	from, to string
	least    int // letters of the whole word
}{
	{"ieres", "ier", 6}, {"iere", "ier", 5},
	{"trices", "teur", 7}, {"trice", "teur", 6},
	{"euses", "eur", 6}, {"euse", "eur", 5},
	{"iennes", "ien", 6}, {"ienne", "ien", 6},
	{"onnes", "on", 6}, {"onne", "on", 6},
	{"elles", "el", 7}, {"elle", "el", 6},
	{"ives", "if", 6}, {"ive", "if", 5},
	{"eaux", "eau", 5}, {"aux", "al", 5},
}

// Stem takes plural and feminine off a folded word and nothing else: a stem
// stays close to the word, so that what is being typed is its beginning.
func Stem(folded string) string {
	if len(folded) < 4 || digits(folded) {
		return folded
	}
	if folded == "travaux" {
		return "travail"
	}
	for _, e := range endings {
		if len(folded) >= e.least && strings.HasSuffix(folded, e.from) {
			return folded[:len(folded)-len(e.from)] + e.to
		}
	}
	s := folded
	if n := len(s); (s[n-1] == 's' || s[n-1] == 'x') && s[n-2] != 's' {
		s = s[:n-1]
	}
	if n := len(s); n > 4 && s[n-1] == 'e' {
		s = s[:n-1]
		if n = len(s); n > 4 && s[n-1] == 'e' {
			s = s[:n-1]
		}
	}
	return s
}

func digits(s string) bool { return strings.ContainsAny(s, "0123456789") }
