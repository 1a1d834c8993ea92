package mailbox_test

import (
	"context"
	"errors"
	"testing"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Main(m) }

func receipt(db *models.DB) mailbox.Mail {
	id := db.NewID()
	return mailbox.Mail{Kind: mailbox.Receipt, Recipient: "camille@example.org", SubjectKind: mailbox.OfApplication, SubjectID: id, OnceKey: "receipt/" + id.String()}
}

func queue(t *testing.T, db *models.DB, m mailbox.Mail) error {
	t.Helper()
	return db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error { return mailbox.Queue(ctx, tx, m) })
}

func rows(t *testing.T, db *models.DB) (mails, jobs int) {
	t.Helper()
	err := db.Pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM mails), (SELECT count(*) FROM river_job WHERE kind = 'send_mail')`).Scan(&mails, &jobs)
	if err != nil {
		t.Fatal(err)
	}
	return mails, jobs
}

func TestQueue(t *testing.T) {
	t.Parallel()
	t.Run("P6.7 one fact makes one mail and one job, also from two sides at once", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		m := receipt(db)
		done := make(chan error)
		for range 6 {
			go func() {
				done <- db.InTx(context.Background(), func(ctx context.Context, tx models.Tx) error { return mailbox.Queue(ctx, tx, m) })
			}()
		}
		for range 6 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		if mails, jobs := rows(t, db); mails != 1 || jobs != 1 {
			t.Errorf("%d mails, %d jobs", mails, jobs)
		}
	})
	t.Run("P6.7 a verb that fails leaves neither mail nor job", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		cut := errors.New("cut")
		err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
			if err := mailbox.Queue(ctx, tx, receipt(db)); err != nil {
				return err
			}
			return cut
		})
		if !errors.Is(err, cut) {
			t.Fatal(err)
		}
		if mails, jobs := rows(t, db); mails != 0 || jobs != 0 {
			t.Errorf("%d mails, %d jobs", mails, jobs)
		}
	})
	t.Run("P11.6 an address that would break a header is never queued", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		for _, to := range []string{"", "a@example.org\r\nBcc: b@example.org", "a@example.org\x00"} {
			m := receipt(db)
			m.Recipient = to
			if err := queue(t, db, m); err == nil {
				t.Errorf("queued %q", to)
			}
		}
	})
	t.Run("P11.6 a mail is claimed, fails, is claimed again, leaves, and is over", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		if err := queue(t, db, receipt(db)); err != nil {
			t.Fatal(err)
		}
		var id models.ID
		if err := db.Pool.QueryRow(t.Context(), `SELECT id FROM mails`).Scan(&id); err != nil {
			t.Fatal(err)
		}
		err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
			for attempt := 1; attempt <= 2; attempt++ {
				r, err := mailbox.Claim(ctx, tx, id)
				if err != nil || r.Attempts != attempt || r.MaybeTwice || r.Lang != "fr" {
					t.Errorf("%+v %v", r, err)
				}
				if err := mailbox.MarkFailed(ctx, tx, id, "down"); err != nil {
					return err
				}
			}
			if err := mailbox.MarkSent(ctx, tx, id); err != nil {
				return err
			}
			if _, err := mailbox.Claim(ctx, tx, id); models.KindOf(err) != models.KindNotFound {
				t.Errorf("claimed again: %v", err)
			}
			if err := mailbox.Drop(ctx, tx, id, "late"); err != nil {
				return err
			}
			r, err := mailbox.ByID(ctx, tx, id)
			if r.State != mailbox.Sent {
				t.Errorf("%+v", r)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
