package searching

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/words"
)

// Settings are what administrators set of the search (réglages, P4.3, P14.1).
// The zero value is the usual search.
type Settings struct {
	Weights  Weights             `json:"weights"`
	Stop     []string            `json:"stop"` // beside the language's own
	Synonyms []catalogue.Synonym `json:"synonyms"`
}

// Weights say what a word is worth by field (poids); 0 is the usual.
type Weights struct {
	Title   float32 `json:"title"`
	Acronym float32 `json:"acronym"`
	Other   float32 `json:"other"`
	Body    float32 `json:"body"`
}

// UsualWeights are those of a portal where nobody has set any.
func UsualWeights() Weights { return Weights{Title: 3, Acronym: 3, Other: 1, Body: 1} }

// MostWeight is the greatest weight of a field.
const MostWeight = 10

// Settled gives the weights with the usual in the place of each zero.
func (w Weights) Settled() Weights {
	usual := UsualWeights()
	or := func(a, b float32) float32 {
		if a > 0 {
			return a
		}
		return b
	}
	return Weights{or(w.Title, usual.Title), or(w.Acronym, usual.Acronym), or(w.Other, usual.Other), or(w.Body, usual.Body)}
}

// Published reads the settings in force; for engines, which read them again
// when search_changes names document 0. Synonyms come in the order in which
// they were added.
func Published(ctx context.Context, r catalogue.Reader) (Settings, error) {
	var s Settings
	err := r.QueryRow(ctx, `SELECT stop, title, acronym, other, body FROM search_tuning`, models.Prepared).
		Scan(&s.Stop, &s.Weights.Title, &s.Weights.Acronym, &s.Weights.Other, &s.Weights.Body)
	if err != nil {
		return s, wrapped("search settings", err)
	}
	rows, err := r.Query(ctx, `SELECT kind = 'one_way', terms, source FROM search_synonyms ORDER BY id`, models.Prepared)
	if err != nil {
		return s, wrapped("search settings", err)
	}
	var one catalogue.Synonym
	_, err = pgx.ForEachRow(rows, []any{&one.OneWay, &one.Terms, &one.Source}, func() error {
		one.Terms = slices.Clone(one.Terms)
		s.Synonyms = append(s.Synonyms, one)
		return nil
	})
	return s, wrapped("search settings", err)
}

// Expressions gives what each expression also finds, in the words that the
// search compares: an engine outside gets them folded on both sides (P4.3).
func (s Settings) Expressions() map[string][]string {
	found := map[string][]string{}
	for _, group := range s.Synonyms {
		AddSynonym(found, group.Keys(), group.OneWay)
	}
	return found
}

// StopStems are the stop words as the search compares them, in order, each once.
func (s Settings) StopStems() []string {
	stems := []string{}
	for _, text := range s.Stop {
		for _, w := range words.Cut(text) {
			stems = append(stems, w.Stem)
		}
	}
	slices.Sort(stems)
	return slices.Compact(stems)
}

// Fingerprint tells settings from others: those that do the same have the same,
// in whatever order and spelling their parts were added.
func (s Settings) Fingerprint() string {
	lines := make([]string, 0, len(s.Synonyms))
	for _, group := range s.Synonyms {
		lines = append(lines, synonymKey(group))
	}
	slices.Sort(lines)
	text, _ := json.Marshal([]any{s.Weights.Settled(), s.StopStems(), slices.Compact(lines)})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// synonymKey is what two groups that do the same have in common.
func synonymKey(s catalogue.Synonym) string {
	keys := s.Keys()
	if s.OneWay {
		if len(keys) > 0 {
			slices.Sort(keys[1:])
		}
		return "> " + strings.Join(keys, "|")
	}
	slices.Sort(keys)
	return "= " + strings.Join(keys, "|")
}

// enforce puts settings in force: rows that stay are not touched.
func (s Settings) enforce(ctx context.Context, tx models.Tx, by models.Actor) error {
	w := s.Weights
	if _, err := tx.PGX.Exec(ctx, `UPDATE search_tuning SET stop = $1, title = $2, acronym = $3, other = $4, body = $5`, models.Prepared,
		append([]string{}, s.Stop...), w.Title, w.Acronym, w.Other, w.Body); err != nil {
		return fmt.Errorf("search settings: %w", err)
	}
	wanted := map[string]catalogue.Synonym{}
	for _, group := range s.Synonyms {
		wanted[synonymKey(group)] = group
	}
	rows, err := tx.PGX.Query(ctx, `SELECT id, kind = 'one_way', terms FROM search_synonyms`, models.Prepared)
	if err != nil {
		return fmt.Errorf("search settings: %w", err)
	}
	gone, there := []models.ID{}, []models.ID{}
	var id models.ID
	var one catalogue.Synonym
	_, err = pgx.ForEachRow(rows, []any{&id, &one.OneWay, &one.Terms}, func() error {
		if key := synonymKey(one); wanted[key].Terms != nil {
			delete(wanted, key)
			there = append(there, id)
		} else {
			gone = append(gone, id)
		}
		return nil
	})
	if err == nil {
		_, err = tx.PGX.Exec(ctx, `DELETE FROM search_synonyms WHERE id = ANY ($1)`, models.Prepared, gone)
	}
	if err != nil {
		return fmt.Errorf("search settings: %w", err)
	}
	added := []catalogue.Synonym{}
	for _, group := range s.Synonyms {
		if wanted[synonymKey(group)].Terms != nil {
			added = append(added, group)
		}
	}
	return add(ctx, tx, by, added, there)
}

// add writes synonyms under the administrator's name; those that were there
// keep theirs, or none.
func add(ctx context.Context, tx models.Tx, by models.Actor, added []catalogue.Synonym, there []models.ID) error {
	if err := catalogue.AddSynonyms(ctx, tx, added); err != nil {
		return err
	}
	_, err := tx.PGX.Exec(ctx, `UPDATE search_synonyms SET made_by = $1, made_at = $2 WHERE made_at IS NULL AND source = '' AND id <> ALL ($3)`, models.Prepared, by.Account, tx.Now, there)
	if err == nil {
		_, err = tx.PGX.Exec(ctx, `SELECT pg_notify($1, '')`, models.Prepared, Channel)
	}
	return wrapped("search settings", err)
}
