package search_test

import (
	"slices"
	"testing"

	"passerelle/search"
)

func TestCompletions(t *testing.T) {
	trial := search.NewTrial([]search.TrialDocument{
		{ID: "metrology", Title: "BUT mesures physiques", Text: "techniques instrumentales, métrologie"},
		{ID: "reading", Title: "Techniques de lecture"},
		{ID: "nature", Title: "Technicien de la nature et des instruments"},
		{ID: "flute", Title: "BMA technicien en facture instrumentale option flûte"},
		{ID: "accordion", Title: "BMA technicien en facture instrumentale option accordéon"},
		{ID: "repair", Title: "Réparation d'instruments, technicien de facture instrumentale"},
		{ID: "nat", Title: "NAT", Text: "examen"},
		{ID: "institute", Title: "Institut national des sports"},
	}, search.Settings{})
	t.Run("P4.1 titles that begin with what is being typed come first, in the order of the alphabet", func(t *testing.T) {
		got := trial.Rank("technicien facture instr", 10)
		if len(got) < 3 || !slices.Equal(got[:3], []string{"accordion", "flute", "repair"}) {
			t.Errorf("%v", got)
		}
	})
	t.Run("P4.1 a finished word leaves the order to relevance", func(t *testing.T) {
		got := trial.Rank("technicien facture instrumentale flûte", 10)
		if len(got) == 0 || got[0] != "flute" {
			t.Errorf("%v", got)
		}
	})
	t.Run("P4.1 a word finished by a blank begins no other", func(t *testing.T) {
		if got := trial.Rank("nat ", 10); !slices.Equal(got[:1], []string{"nat"}) {
			t.Errorf("%v", got)
		}
	})
}
