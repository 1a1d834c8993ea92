package catalogue

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// tables are where the objects of each kind are.
var tables = map[Kind]string{KindCourse: "courses", KindProgramme: "programmes", KindAnnouncement: "announcements"}

// ReindexPart builds again the documents of at most limit objects of a kind
// that follow one, in the order of their ids; the zero id begins. It tells the
// last and how many. Called by the rebuild of the search, each time in another
// transaction: objects and documents are held so that no change of another is
// written over.
func ReindexPart(ctx context.Context, tx models.Tx, kind Kind, after models.ID, limit int) (last models.ID, n int, err error) {
	// An import holds everything for minutes: the rebuild comes back later.
	if _, err := tx.PGX.Exec(ctx, `SET LOCAL lock_timeout = '10s'`); err != nil {
		return last, 0, fmt.Errorf("reindex: %w", err)
	}
	rows, err := tx.PGX.Query(ctx, `SELECT id FROM `+tables[kind]+` WHERE id > $1 ORDER BY id LIMIT $2 FOR SHARE`, models.Prepared, after, limit)
	if err != nil {
		return last, 0, fmt.Errorf("reindex: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
	if err != nil || len(ids) == 0 {
		return after, 0, wrapReindex(err)
	}
	if _, err := tx.PGX.Exec(ctx, `SELECT FROM search_documents WHERE object_id = ANY ($1) ORDER BY no FOR UPDATE`, models.Prepared, ids); err != nil {
		return last, 0, fmt.Errorf("reindex: %w", err)
	}
	return ids[len(ids)-1], len(ids), ReindexMany(ctx, tx, kind, ids, nil)
}

func wrapReindex(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("reindex: %w", err)
}

// DropStale drops the documents whose object is gone or seen no more, and
// tells the caches of pages that anything may have changed.
func DropStale(ctx context.Context, tx models.Tx) error {
	if err := dropStale(ctx, tx); err != nil {
		return err
	}
	return Notify(ctx, tx, "*")
}

func dropStale(ctx context.Context, tx models.Tx) error {
	_, err := tx.PGX.Exec(ctx, `DELETE FROM search_documents d WHERE
		NOT EXISTS (SELECT FROM courses c WHERE d.kind = 'course' AND c.id = d.object_id) AND
		NOT EXISTS (SELECT FROM programmes p WHERE d.kind = 'programme' AND p.id = d.object_id) AND
		NOT EXISTS (SELECT FROM announcements a WHERE d.kind = 'announcement' AND a.id = d.object_id AND a.state = 'published')`)
	if err != nil {
		return fmt.Errorf("drop stale documents: %w", err)
	}
	return nil
}
