package searching

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/words"
)

// SynonymRow is a group of synonyms as administrators see it.
type SynonymRow struct {
	catalogue.Synonym
	Key   string
	By    string     // who published it; empty when it was loaded
	At    *time.Time // when
	Added bool       // by the draft alone
	Gone  bool       // the draft drops it
}

// SynonymRows lists the synonyms in force and those of the draft, which come
// first, then the latest; those that hold a text where one is given. It also
// tells how many there are. For administrators.
func SynonymRows(ctx context.Context, tx models.Tx, by models.Actor, d Draft, holding string, limit int) (list []SynonymRow, total int, err error) {
	if !by.Everywhere(models.RoleAdmin) {
		return nil, 0, models.NotFound("page.not_found")
	}
	for _, s := range slices.Backward(d.Edits.Add) {
		list = append(list, SynonymRow{Synonym: s, Key: Key(s), Added: true})
	}
	rows, err := tx.PGX.Query(ctx, `SELECT s.kind = 'one_way', s.terms, s.source, coalesce(`+nameSQL+`, ''), s.made_at
		FROM search_synonyms s LEFT JOIN accounts ac ON ac.id = s.made_by LEFT JOIN people p ON p.id = ac.person_id
		ORDER BY s.made_at DESC NULLS LAST, s.id DESC`, models.Prepared)
	if err != nil {
		return nil, 0, fmt.Errorf("synonyms: %w", err)
	}
	kept := []SynonymRow{}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r SynonymRow, err error) {
		if err = row.Scan(&r.OneWay, &r.Terms, &r.Source, &r.By, &r.At); err != nil {
			return r, err
		}
		r.Key = Key(r.Synonym)
		if r.Gone = slices.Contains(d.Edits.Drop, r.Key); r.Gone {
			list = append(list, r)
		} else {
			kept = append(kept, r)
		}
		return r, nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("synonyms: %w", err)
	}
	list = append(list, kept...)
	if text := words.Fold(strings.TrimSpace(holding)); text != "" {
		list = slices.DeleteFunc(list, func(r SynonymRow) bool {
			return !slices.ContainsFunc(r.Terms, func(term string) bool { return strings.Contains(words.Fold(term), text) })
		})
	}
	return list[:min(len(list), limit)], len(list), nil
}
