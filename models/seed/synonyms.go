package seed

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// synonyms loads those of the data pack and the chosen ones.
func synonyms(ctx context.Context, tx models.Tx, _ time.Time) error {
	r, err := read("synonymes.json.gz")
	if err != nil {
		return err
	}
	var pack []struct {
		Terms []string `json:"terms"`
	}
	if err := json.NewDecoder(r).Decode(&pack); err != nil {
		return fmt.Errorf("synonyms: %w", err)
	}
	list := []catalogue.Synonym{}
	for _, s := range pack {
		list = append(list, catalogue.Synonym{Terms: s.Terms, Source: "lot de données"})
	}
	chosen, err := data.ReadFile("data/synonymes-choisis.txt")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(chosen)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		s := catalogue.Synonym{Source: "choix du portail"}
		if from, to, found := strings.Cut(line, ">"); found {
			s.OneWay, s.Terms = true, []string{strings.TrimSpace(from), strings.TrimSpace(to)}
		} else {
			for _, term := range strings.Split(line, "=") {
				s.Terms = append(s.Terms, strings.TrimSpace(term))
			}
		}
		list = append(list, s)
	}
	return catalogue.AddSynonyms(ctx, tx, list)
}
