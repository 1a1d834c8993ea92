package catalogue_test

import (
	"context"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
)

// world writes one course with one session and one announcement.
func world(t *testing.T, db *models.DB) (course, announcement models.ID) {
	t.Helper()
	course, announcement = db.NewID(), db.NewID()
	if _, err := db.Pool.Exec(context.Background(), `INSERT INTO courses (id, reference, title, updated_at) VALUES ($1, 'C.1', 'Reliure', now())`, course); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool.Exec(context.Background(), `INSERT INTO announcements (id, reference, title, published_on, updated_at) VALUES ($1, 'A.1', 'Relieur', '2026-11-01', now())`, announcement); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool.Exec(context.Background(), `INSERT INTO sessions (id, course_id, external_id, starts_on, ends_on, modality, capacity, opens_on, closes_on)
		VALUES ($1, $2, 'S.1', '2027-01-11', '2027-01-12', 'remote', 5, '2026-11-01', '2026-12-01')`, db.NewID(), course); err != nil {
		t.Fatal(err)
	}
	if err := db.InTx(context.Background(), catalogue.ReindexAll); err != nil {
		t.Fatal(err)
	}
	return course, announcement
}

func TestReindex(t *testing.T) {
	ctx := context.Background()
	db := modelstest.DB(t)
	course, announcement := world(t, db)
	count := func(kind catalogue.Kind) (n int) {
		t.Helper()
		if err := db.Pool.QueryRow(ctx, `SELECT count(*) FROM search_documents WHERE kind = $1`, string(kind)).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	t.Run("documents for another engine carry their sessions", func(t *testing.T) {
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			list, err := catalogue.Documents(ctx, tx, catalogue.KindCourse)
			if err != nil || len(list) != 1 || len(list[0].Occurrences) != 1 || list[0].Occurrences[0].Modality != 2 {
				t.Errorf("%+v %v", list, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Run("P4.8 an announcement that is public no more leaves the search with it", func(t *testing.T) {
		if count(catalogue.KindAnnouncement) != 1 {
			t.Fatal("not indexed")
		}
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			if _, err := tx.PGX.Exec(ctx, `UPDATE announcements SET state = 'archived' WHERE id = $1`, announcement); err != nil {
				return err
			}
			return catalogue.Reindex(ctx, tx, catalogue.KindAnnouncement, announcement)
		})
		if err != nil || count(catalogue.KindAnnouncement) != 0 || count(catalogue.KindCourse) != 1 {
			t.Fatal(err, count(catalogue.KindAnnouncement))
		}
	})
	t.Run("a change of a session tells the pages of its course", func(t *testing.T) {
		conn, err := db.Pool.Acquire(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
		if _, err := conn.Exec(ctx, "LISTEN "+catalogue.Channel); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Pool.Exec(ctx, `UPDATE sessions SET seats_taken = seats_taken + 1 WHERE course_id = $1`, course); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Conn().WaitForNotification(ctx)
		if err != nil || n.Payload != "C.1" {
			t.Fatal(n, err)
		}
		if _, err := conn.Exec(ctx, "UNLISTEN *"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a rolled back change leaves no trace in the search", func(t *testing.T) {
		var before, after string
		sum := `SELECT md5(string_agg(encode(occurrences, 'hex') || title || array_to_string(others, ' '), ',')) FROM search_documents`
		if err := db.Pool.QueryRow(ctx, sum).Scan(&before); err != nil {
			t.Fatal(err)
		}
		err := db.InRolledBackTx(ctx, func(ctx context.Context, tx models.Tx) error {
			if _, err := tx.PGX.Exec(ctx, `UPDATE sessions SET seats_taken = capacity; UPDATE courses SET title = 'Dorure'`); err != nil {
				return err
			}
			return catalogue.Reindex(ctx, tx, catalogue.KindCourse, course)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Pool.QueryRow(ctx, sum).Scan(&after); err != nil || before != after {
			t.Fatal(before, after, err)
		}
	})
}
