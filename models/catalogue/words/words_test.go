package words

import (
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func stems(text string) string {
	var list []string
	for _, w := range Cut(text) {
		if !w.Stop {
			list = append(list, w.Stem)
		}
	}
	return strings.Join(list, " ")
}

func TestCut(t *testing.T) {
	t.Run("P4.3 accents, case, plural, feminine and elision make no difference", func(t *testing.T) {
		for _, same := range [][]string{
			{"infirmière", "Infirmiere", "infirmiers", "l’infirmier", "INFIRMIÈRES"},
			{"formation des adultes", "Formations d'adulte"},
			{"B.T.S.", "bts", "B.T.S"},
			{"œuvre", "oeuvres"},
			{"animaux", "animal"},
			{"éducatrice", "éducateurs"},
			{"chargée", "chargé", "Chargées"},
			{"L'école", "ecoles"},
			{"travaux", "travail"},
			{"e\u0301cole", "\u00e9cole"},
		} {
			for _, other := range same[1:] {
				if stems(same[0]) != stems(other) {
					t.Errorf("%q gives %q, %q gives %q", same[0], stems(same[0]), other, stems(other))
				}
			}
		}
	})
	t.Run("stop words are sorted", func(t *testing.T) {
		if !sort.StringsAreSorted(stopWords) {
			t.Fatal("not sorted")
		}
	})
	t.Run("words point into the text and hold letters and digits alone", rapid.MakeCheck(func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		at := 0
		for _, w := range Cut(text) {
			if w.Start < at || w.End <= w.Start || w.End > len(text) {
				t.Fatalf("word %+v", w)
			}
			at = w.End
			if strings.ContainsAny(w.Stem, "'\\:&|!()<>* \x00") {
				t.Fatalf("stem %q", w.Stem)
			}
		}
	}))
	t.Run("a stem of a stem of a common word is itself a beginning of the word or its masculine", func(t *testing.T) {
		for _, word := range []string{"comptabilite", "gestion", "informatique", "adultes", "management"} {
			if !strings.HasPrefix(word, Stem(word)) {
				t.Errorf("%s: %s", word, Stem(word))
			}
		}
	})
}
