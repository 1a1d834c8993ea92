package catalogue

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue/words"
)

// Document is one object as the public search knows it: public data only
// (P4.8).
type Document struct {
	Kind        Kind
	Object      models.ID
	Reference   string
	Title       string
	Subtitle    string   // institution or employer, shown under the title
	Acronyms    []string // acronym, type's acronym: found as they are written
	Others      []string // type, themes, place: found, worth less than the title
	Body        string   // text, worth least; shown as an excerpt
	Level       int
	Duration    uint8 // DurationBucket
	Themes      []uint16
	Occurrences []Occurrence // of an announcement; others are read from sessions and campaigns
}

// built is a document ready to be stored.
type built struct {
	words string // tsvector as text
	card  []byte
}

// build cuts a document's texts; seen collects how its stems are written.
func (d Document) build(seen map[string]string) built {
	card := Card{Kind: uint8(slices.Index(Kinds(), d.Kind) + 1), Level: uint8(d.Level), Duration: d.Duration, Themes: d.Themes}
	var b strings.Builder
	known := map[string]bool{}
	add := func(stem, surface string, weight byte) {
		if known[stem] {
			return
		}
		known[stem] = true
		fmt.Fprintf(&b, "'%s':%d%c ", stem, min(len(known), 16383), weight)
		if _, ok := seen[stem]; !ok && seen != nil {
			seen[stem] = surface
		}
	}
	for _, w := range words.Cut(d.Title) {
		if !w.Stop {
			add(w.Stem, strings.ToLower(d.Title[w.Start:w.End]), 'A')
			card.Title = append(card.Title, WordID(w.Stem))
		}
	}
	for _, text := range d.Acronyms {
		joined := ""
		cut := words.Cut(text)
		for _, w := range cut {
			add(w.Stem, text[w.Start:w.End], 'B')
			card.Acronyms = append(card.Acronyms, WordID(w.Stem))
			joined += w.Folded
		}
		if len(cut) > 1 && len(joined) <= 12 {
			add(joined, strings.ReplaceAll(text, " ", ""), 'B')
			card.Acronyms = append(card.Acronyms, WordID(joined))
		}
	}
	for _, text := range d.Others {
		for _, w := range words.Cut(text) {
			if !w.Stop {
				add(w.Stem, strings.ToLower(text[w.Start:w.End]), 'C')
				if id := WordID(w.Stem); !slices.Contains(card.Others, id) {
					card.Others = append(card.Others, id)
				}
			}
		}
	}
	for _, w := range words.Cut(d.Body) {
		if !w.Stop {
			add(w.Stem, strings.ToLower(d.Body[w.Start:w.End]), 'D')
		}
	}
	return built{words: b.String(), card: card.Append(nil)}
}

// Put stores documents, replacing those of the same objects, and keeps the
// vocabulary in step. It is called by whatever changes a searched object, in
// the same transaction.
func Put(ctx context.Context, tx models.Tx, documents []Document) error {
	if len(documents) == 0 {
		return nil
	}
	if err := stage(ctx, tx, documents); err != nil {
		return err
	}
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO search_documents (kind, object_id, reference, title, subtitle, body, words, card, occurrences, updated_at)
		SELECT kind, object_id, reference, title, subtitle, body, words::tsvector, card,
			CASE WHEN kind IN ('course', 'programme') THEN search_occurrences(object_id) ELSE occurrences END, $1
		FROM put_documents ORDER BY n
		ON CONFLICT (object_id) DO UPDATE SET kind = excluded.kind, reference = excluded.reference, title = excluded.title,
			subtitle = excluded.subtitle, body = excluded.body, words = excluded.words, card = excluded.card,
			occurrences = excluded.occurrences, updated_at = excluded.updated_at`, models.Prepared, tx.Now)
	if err != nil {
		return fmt.Errorf("put documents: %w", err)
	}
	return refreshVocabulary(ctx, tx)
}

func stage(ctx context.Context, tx models.Tx, documents []Document) error {
	if _, err := tx.PGX.Exec(ctx, `
		CREATE TEMP TABLE IF NOT EXISTS put_documents (n integer, kind text, object_id uuid, reference text, title text,
			subtitle text, body text, words text, card bytea, occurrences bytea) ON COMMIT DELETE ROWS;
		CREATE TEMP TABLE IF NOT EXISTS put_surfaces (lexeme text, surface text) ON COMMIT DELETE ROWS;
		TRUNCATE put_documents, put_surfaces`); err != nil {
		return fmt.Errorf("stage documents: %w", err)
	}
	seen := map[string]string{}
	i := 0
	_, err := tx.PGX.CopyFrom(ctx, pgx.Identifier{"put_documents"},
		[]string{"n", "kind", "object_id", "reference", "title", "subtitle", "body", "words", "card", "occurrences"},
		pgx.CopyFromFunc(func() ([]any, error) {
			if i == len(documents) {
				return nil, nil
			}
			d := documents[i]
			i++
			made := d.build(seen)
			occurrences := binary.BigEndian.AppendUint16(nil, uint16(len(d.Occurrences)))
			for _, o := range d.Occurrences {
				occurrences = o.Append(occurrences)
			}
			return []any{int32(i), string(d.Kind), d.Object, d.Reference, d.Title, d.Subtitle, d.Body, made.words, made.card, occurrences}, nil
		}))
	if err != nil {
		return fmt.Errorf("stage documents: %w", err)
	}
	surfaces := make([][]any, 0, len(seen))
	for stem, surface := range seen {
		surfaces = append(surfaces, []any{stem, surface})
	}
	if _, err = tx.PGX.CopyFrom(ctx, pgx.Identifier{"put_surfaces"}, []string{"lexeme", "surface"}, pgx.CopyFromRows(surfaces)); err != nil {
		return fmt.Errorf("stage vocabulary: %w", err)
	}
	return nil
}

// Remove takes documents out of the search.
func Remove(ctx context.Context, tx models.Tx, kind Kind, references []string) error {
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM search_documents WHERE kind = $1 AND reference = ANY ($2)`, models.Prepared, string(kind), references); err != nil {
		return fmt.Errorf("remove documents: %w", err)
	}
	return nil
}

// refreshVocabulary counts again in how many documents each stem stands. Rows
// are written in the order of their key, so that two writers never wait for
// each other in a ring.
func refreshVocabulary(ctx context.Context, tx models.Tx) error {
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO search_lexemes (lexeme, surface, docs)
		SELECT t.word, coalesce(p.surface, t.word), t.ndoc
		FROM ts_stat('SELECT words FROM search_documents') t
		LEFT JOIN put_surfaces p ON p.lexeme = t.word
		LEFT JOIN search_lexemes l ON l.lexeme = t.word
		WHERE l.docs IS DISTINCT FROM t.ndoc
		ORDER BY t.word COLLATE "C"
		ON CONFLICT (lexeme) DO UPDATE SET docs = excluded.docs`)
	if err != nil {
		return fmt.Errorf("vocabulary: %w", err)
	}
	return nil
}
