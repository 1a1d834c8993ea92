package words

import "strings"

// suffixes of French derivation, folded, the longest first; what is left is
// the root that a family of words shares.
var suffixes = []string{
	"issement", "atrice", "ateur", "ation", "ement", "iment", "ition", "ution", "ance", "ence", "able", "ible", "aire", "oire", "isme", "iste",
	"ique", "iqu", "ment", "euse", "esse", "ette", "ture", "tion", "sion", "ier", "eur", "ant", "ent", "age", "ite", "if", "al", "el",
	"ais", "ait", "oir", "er", "ir", "re", "ee", "it", "e", "i",
}

// Root takes a usual ending of derivation off a stem: « licencier » and
// « licenciement » have one root. Too coarse to compare words with; what has
// the same root is worth part of the word.
func Root(stem string) string {
	if digits(stem) {
		return stem
	}
	for range 2 {
		for _, s := range suffixes {
			if len(stem)-len(s) >= 4 && strings.HasSuffix(stem, s) {
				stem = stem[:len(stem)-len(s)]
				break
			}
		}
	}
	return stem
}
