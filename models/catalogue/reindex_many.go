package catalogue

import (
	"context"
	"fmt"
	"slices"

	"passerelle/models"
)

// together is how many documents are held in memory at once.
const together = 4000

// ReindexMany is Reindex for any number of objects in bounded memory. told, when
// not nil, hears how many are done. Called by importers, in the transaction that changes the objects.
func ReindexMany(ctx context.Context, tx models.Tx, kind Kind, ids []models.ID, told func(done int)) error {
	return reindexMany(ctx, tx, kind, ids, told, Put)
}

// IndexNew is ReindexMany for objects that the same transaction has made: they
// have no document yet, and courses no session. It is for importers alone.
func IndexNew(ctx context.Context, tx models.Tx, kind Kind, ids []models.ID, told func(done int)) error {
	if kind == KindProgramme { // its place is in its occurrences
		return ReindexMany(ctx, tx, kind, ids, told)
	}
	return reindexMany(ctx, tx, kind, ids, told, putNew)
}

func reindexMany(ctx context.Context, tx models.Tx, kind Kind, ids []models.ID, told func(done int), put func(context.Context, models.Tx, []Document) error) error {
	// A plan made once for any ids would read every row for each part.
	if _, err := tx.PGX.Exec(ctx, `SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL work_mem = '64MB'`); err != nil {
		return fmt.Errorf("reindex: %w", err)
	}
	done := 0
	for part := range slices.Chunk(ids, together) {
		documents, err := documentsOf(ctx, tx, kind, part)
		if err != nil {
			return err
		}
		if len(documents) < len(part) {
			if err := dropDocuments(ctx, tx, part, documents); err != nil {
				return err
			}
		}
		if err := put(ctx, tx, documents); err != nil {
			return err
		}
		if done += len(part); told != nil {
			told(done)
		}
	}
	if _, err := tx.PGX.Exec(ctx, `SET LOCAL plan_cache_mode = auto`); err != nil {
		return fmt.Errorf("reindex: %w", err)
	}
	return nil
}

// dropDocuments takes out those of the objects that the public sees no more.
func dropDocuments(ctx context.Context, tx models.Tx, ids []models.ID, documents []Document) error {
	kept := make([]models.ID, 0, len(documents))
	for _, d := range documents {
		kept = append(kept, d.Object)
	}
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM search_documents WHERE object_id = ANY ($1) AND object_id <> ALL ($2)`, models.Prepared, ids, kept); err != nil {
		return fmt.Errorf("drop documents: %w", err)
	}
	return nil
}
