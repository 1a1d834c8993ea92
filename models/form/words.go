package form

import (
	"strconv"
	"strings"

	"passerelle/models/form/ident"
)

// thousands writes a count with narrow no-break spaces: "20 000".
func thousands(n int) string {
	s := strconv.Itoa(n)
	if len(s) <= 4 {
		return s
	}
	return thousands(n/1000) + "\u202f" + s[len(s)-3:]
}

func plainNumber(n float64) string {
	return strings.Replace(strconv.FormatFloat(n, 'f', -1, 64), ".", ",", 1)
}

func decimals(canon string) int {
	_, part, _ := strings.Cut(canon, ".")
	return len(part)
}

// foldTown compares towns as the post writes them: "ST ETIENNE CEDEX 2" is Saint-Étienne.
func foldTown(s string) string {
	words := strings.Fields(ident.Fold(s))
	for i, w := range words {
		switch w {
		case "st":
			words[i] = "saint"
		case "ste":
			words[i] = "sainte"
		case "cedex":
			words = words[:i]
			return strings.Join(words, " ")
		}
	}
	return strings.Join(words, " ")
}
