package search_test

import (
	"fmt"
	"slices"
	"testing"

	"passerelle/search"
)

// TestPresent is what the portal makes of the documents that an engine outside found.
func TestPresent(t *testing.T) {
	var documents []search.TrialDocument
	for i := range 12 {
		documents = append(documents, search.TrialDocument{ID: fmt.Sprintf("marin-%d", i), Title: fmt.Sprintf("Charpente marine n° %d", i)})
	}
	documents = append(documents, search.TrialDocument{ID: "matin", Title: "Cours du matin"})
	trial := search.NewTrial(documents, search.Settings{})
	all := make([]search.Match, len(documents))
	for i := range documents {
		all[i] = search.Match{No: uint32(i + 1), Score: 0.9}
	}
	all[len(all)-1].Score = 1
	ranked := func(text string, found []search.Match) []string {
		return trial.Present(trial.Understand(search.Query{Text: text, PerPage: 20}), found, search.Answer{})
	}
	t.Run("P4.3 what resembles a word that the catalogue has is no result, however well the engine ranks it", func(t *testing.T) {
		if got := ranked("marine ", all); len(got) != 12 || slices.Contains(got, "matin") {
			t.Error(got)
		}
	})
	t.Run("P4.3 a mended word is held by what has the right one", func(t *testing.T) {
		if got := ranked("charpante marine ", all); len(got) != 12 {
			t.Error(got)
		}
	})
	t.Run("P4.3 where the engine gives little, what the portal finds joins it", func(t *testing.T) {
		if got := ranked("marine ", all[10:]); len(got) != 12 {
			t.Error(got)
		}
	})
}
