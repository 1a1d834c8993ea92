package portal

import (
	"context"
	"errors"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/keeping"
	"passerelle/models/modelstest"
	"passerelle/storage/storagetest"
)

func TestPassing(t *testing.T) {
	db := modelstest.DB(t)
	b := newBase(t, db, t.TempDir(), nil)
	d := openDocuments(t, b)
	files := []dossier.File{keep(t, b, d, storagetest.Bytes(1000, 1)), keep(t, b, d, storagetest.Bytes(2000, 2))}
	inTx := func(fn func(context.Context, models.Tx) error) {
		t.Helper()
		if err := db.InTx(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	run := func(tell func(Problem)) (keeping.Pass, error) {
		t.Helper()
		p, err := b.BeginPassing(t.Context(), keeping.NewPass{Kind: keeping.Audit})
		if err != nil {
			t.Fatal(err)
		}
		p.told = time.Time{} // the first file is told at once
		_, err = b.CheckDocuments(t.Context(), d, CheckOptions{Age: time.Hour, Passing: p}, tell)
		err = p.End(t.Context(), err, keeping.FindingKinds()...)
		var pass keeping.Pass
		inTx(func(ctx context.Context, tx models.Tx) (err error) {
			pass, err = keeping.ByID(ctx, tx, models.Operator(), p.pass.ID)
			return err
		})
		return pass, err
	}
	altered := func() (found []keeping.Finding) {
		inTx(func(ctx context.Context, tx models.Tx) (err error) {
			found, err = keeping.Findings(ctx, tx, models.Operator(), keeping.Missing, 10)
			return err
		})
		return found
	}
	t.Run("P14.2 a check of the command line is a pass of the console, with what it found and what it closed", func(t *testing.T) {
		key := files[1].Segments[0].Key
		content := storagetest.Read(t, d.Store, key)
		if err := d.Store.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		p, err := run(func(Problem) {})
		if err != nil || p.State != keeping.Done || p.Objects != 2 || p.Wrong != 1 || len(altered()) != 1 {
			t.Errorf("%v %+v %v", err, p, altered())
		}
		modelstest.Clock(db).Set(db.Clock.Now().Add(time.Hour))
		storagetest.Write(t, d.Store, key, content)
		if p, err = run(func(Problem) {}); err != nil || p.Wrong != 0 || len(altered()) != 0 {
			t.Errorf("%v %+v %v", err, p, altered())
		}
	})
	t.Run("P14.2 suspended from the console the command ends; killed, the portal takes its work up", func(t *testing.T) {
		if err := d.Store.Delete(t.Context(), files[0].Segments[0].Key); err != nil {
			t.Fatal(err)
		}
		suspend := func(Problem) {
			inTx(func(ctx context.Context, tx models.Tx) error {
				check, _, _, err := keeping.Latest(ctx, tx, models.Operator())
				if err != nil {
					return err
				}
				return keeping.Suspend(ctx, tx, models.Operator(), check.ID)
			})
		}
		p, err := run(suspend)
		if !errors.Is(err, ErrPassEnded) || p.State != keeping.Paused {
			t.Fatalf("%v %+v", err, p)
		}
		var queued int
		inTx(func(ctx context.Context, tx models.Tx) error {
			if err := keeping.Resume(ctx, tx, models.Operator(), p.ID); err != nil {
				return err
			}
			return tx.PGX.QueryRow(ctx, `SELECT count(*) FROM river_job WHERE kind = 'storage_pass'`).Scan(&queued)
		})
		if queued != 1 {
			t.Errorf("%d jobs, one since it was resumed", queued)
		}
	})
}
