package catalogue

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
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
	Structure   string       // name of the institution, employer or body; empty when not said
	Occurrences []Occurrence // of an announcement; others are read from sessions and campaigns
}

// card packs the facets of a document; structures are numbered by name.
func (d Document) card(structures map[string]uint32) []byte {
	return Card{Kind: uint8(slices.Index(Kinds(), d.Kind) + 1), Level: uint8(d.Level), Duration: d.Duration, Themes: d.Themes,
		Structure: structures[d.Structure]}.Append(nil)
}

// Put stores documents, replacing those of the same objects. It is called by
// whatever changes a searched object, in the same transaction.
func Put(ctx context.Context, tx models.Tx, documents []Document) error {
	if len(documents) == 0 {
		return nil
	}
	if err := stage(ctx, tx, documents); err != nil {
		return err
	}
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO search_documents (kind, object_id, reference, title, subtitle, acronyms, others, body, card, occurrences, updated_at)
		SELECT kind, object_id, reference, title, subtitle, acronyms, others, body, card,
			CASE WHEN kind = 'course' AND NOT EXISTS (SELECT FROM sessions s WHERE s.offering_id = object_id) THEN '\x0000'
				WHEN kind IN ('course', 'programme') THEN search_occurrences(object_id) ELSE occurrences END, $1
		FROM put_documents ORDER BY n
		ON CONFLICT (object_id) DO UPDATE SET kind = excluded.kind, reference = excluded.reference, title = excluded.title,
			subtitle = excluded.subtitle, acronyms = excluded.acronyms, others = excluded.others, body = excluded.body, card = excluded.card,
			occurrences = excluded.occurrences, updated_at = excluded.updated_at`, models.Prepared, tx.Now)
	if err != nil {
		return fmt.Errorf("put documents: %w", err)
	}
	return nil
}

func stage(ctx context.Context, tx models.Tx, documents []Document) error {
	if _, err := tx.PGX.Exec(ctx, `
		CREATE TEMP TABLE IF NOT EXISTS put_documents (n integer, kind text, object_id uuid, reference text, title text,
			subtitle text, acronyms text[], others text[], body text, card bytea, occurrences bytea) ON COMMIT DELETE ROWS;
		TRUNCATE put_documents`); err != nil {
		return fmt.Errorf("stage documents: %w", err)
	}
	structures, err := structureNumbers(ctx, tx, documents)
	if err != nil {
		return err
	}
	_, err = tx.PGX.CopyFrom(ctx, pgx.Identifier{"put_documents"}, append([]string{"n"}, documentColumns...),
		pgx.CopyFromSlice(len(documents), func(i int) ([]any, error) {
			return append([]any{int32(i + 1)}, documents[i].columns(structures)...), nil
		}))
	if err != nil {
		return fmt.Errorf("stage documents: %w", err)
	}
	return nil
}

// putNew stores documents of objects that have none yet, and no session.
func putNew(ctx context.Context, tx models.Tx, documents []Document) error {
	structures, err := structureNumbers(ctx, tx, documents)
	if err != nil {
		return err
	}
	_, err = tx.PGX.CopyFrom(ctx, pgx.Identifier{"search_documents"}, append([]string{"updated_at"}, documentColumns...),
		pgx.CopyFromSlice(len(documents), func(i int) ([]any, error) {
			return append([]any{tx.Now}, documents[i].columns(structures)...), nil
		}))
	if err != nil {
		return fmt.Errorf("put new documents: %w", err)
	}
	return nil
}

var documentColumns = []string{"kind", "object_id", "reference", "title", "subtitle", "acronyms", "others", "body", "card", "occurrences"}

func (d Document) columns(structures map[string]uint32) []any {
	occurrences := binary.BigEndian.AppendUint16(nil, uint16(len(d.Occurrences)))
	for _, o := range d.Occurrences {
		occurrences = o.Append(occurrences)
	}
	return []any{string(d.Kind), d.Object, d.Reference, d.Title, d.Subtitle, plain(d.Acronyms), plain(d.Others), d.Body, d.card(structures), occurrences}
}

// Remove takes documents out of the search.
func Remove(ctx context.Context, tx models.Tx, kind Kind, references []string) error {
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM search_documents WHERE kind = $1 AND reference = ANY ($2)`, models.Prepared, string(kind), references); err != nil {
		return fmt.Errorf("remove documents: %w", err)
	}
	return nil
}

// plain is a list as a column that is never NULL takes it.
func plain(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
