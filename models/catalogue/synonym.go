package catalogue

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue/words"
)

// Synonym is a group of terms that find each other, or, one way, a first term
// that also finds the others (synonymes, P4.3).
type Synonym struct {
	Terms  []string
	OneWay bool
	Source string
}

// AddSynonyms stores groups that are not there yet; a group whose terms the
// search cannot tell apart, or a term of stop words alone, is left out. For
// administrators' verbs and loaders.
func AddSynonyms(ctx context.Context, tx models.Tx, list []Synonym) error {
	batch := &pgx.Batch{}
	for _, s := range list {
		terms, keys := s.keys()
		if len(keys) < 2 {
			continue
		}
		kind := "equivalent"
		if s.OneWay {
			kind = "one_way"
		}
		batch.Queue(`INSERT INTO search_synonyms (id, kind, terms, keys, source) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			tx.NewID(), kind, terms, keys, s.Source)
	}
	if err := tx.PGX.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("synonyms: %w", err)
	}
	return nil
}

// Keys are the terms as the search compares them, each once; engines call it.
func (s Synonym) Keys() []string {
	_, keys := s.keys()
	return keys
}

func (s Synonym) keys() (terms, keys []string) {
	seen := map[string]bool{}
	for _, term := range s.Terms {
		key := words.Key(term)
		if key == "" && len(words.Cut(term)) == 1 {
			key = words.Cut(term)[0].Stem // an acronym spelt like a stop word
		}
		if key != "" && !seen[key] {
			seen[key] = true
			terms, keys = append(terms, term), append(keys, key)
		}
	}
	return terms, keys
}
