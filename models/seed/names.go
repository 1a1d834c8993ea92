package seed

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"
)

// fictitious draws n people, always the same: first name and surname weighted
// by their births (INSEE). They are GENERATED.
func fictitious(n int) ([]fullName, error) {
	firsts, err := rows("prenoms.csv.gz")
	if err != nil {
		return nil, err
	}
	lasts, err := rows("noms.csv.gz")
	if err != nil {
		return nil, err
	}
	draw := rand.New(rand.NewPCG(2026, 11))
	out, seen := []fullName{}, map[string]bool{}
	for len(out) < n {
		name := fullName{title(weighted(draw, firsts, 2)), title(weighted(draw, lasts, 1))}
		if !seen[name.address()] {
			seen[name.address()] = true
			out = append(out, name)
		}
	}
	return out, nil
}

// weighted picks the first cell of a row by the weight in another.
func weighted(draw *rand.Rand, list [][]string, column int) string {
	total := 0
	for _, row := range list {
		w, _ := strconv.Atoi(row[column])
		total += w
	}
	at := draw.IntN(total)
	for _, row := range list {
		w, _ := strconv.Atoi(row[column])
		if at -= w; at < 0 {
			return row[0]
		}
	}
	return list[0][0]
}

// title writes "JEAN-PIERRE" as "Jean-Pierre".
func title(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		if start {
			start = false
			return unicode.ToUpper(r)
		}
		start = r == '-' || r == ' ' || r == '\''
		return unicode.ToLower(r)
	}, s)
}
