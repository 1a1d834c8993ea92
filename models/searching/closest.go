package searching

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// Title is a document that looks like a text.
type Title struct {
	Text      string
	Kind      catalogue.Kind
	Reference string
}

// leastLike is how like a title must be to be shown, from 0 to 1.
const leastLike = 0.45

// Closest gives, for texts of the log, the title that looks most like each by
// its letters, where one does: a beginning for a synonym, which somebody judges.
func Closest(ctx context.Context, r catalogue.Reader, texts []string) (map[string]Title, error) {
	rows, err := r.Query(ctx, `SELECT t.text, d.title, d.kind, d.reference FROM unnest($1::text[]) AS t (text)
		CROSS JOIN LATERAL (SELECT title, kind, reference, word_similarity(t.text, lower(unaccent(title))) AS likeness FROM search_documents
			ORDER BY likeness DESC, length(title), reference LIMIT 1) d
		WHERE d.likeness >= $2`, models.Prepared, texts, leastLike)
	if err != nil {
		return nil, fmt.Errorf("closest titles: %w", err)
	}
	found := map[string]Title{}
	var text string
	var t Title
	_, err = pgx.ForEachRow(rows, []any{&text, &t.Text, &t.Kind, &t.Reference}, func() error {
		found[text] = t
		return nil
	})
	return found, wrapped("closest titles", err)
}
