package faults

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/keeping"
	"passerelle/storage"
	"passerelle/storage/storagetest"
)

// TestKilledWhileChecking kills -9 the portal in the middle of a check of every object.
func TestKilledWhileChecking(t *testing.T) {
	v := newVictim(t)
	v.start()
	db := v.attach()
	v.within(90*time.Second, "the first daily check, of nothing", func() bool {
		var done bool
		return db.Pool.QueryRow(context.Background(), `SELECT EXISTS (SELECT 1 FROM storage_passes WHERE state = 'done')`).Scan(&done) == nil && done
	})
	folder := filepath.Join(v.data(), "documents")
	files := storedFiles(t, db, folder, 12)
	object := func(n int) string { return filepath.Join(folder, files[n].Segments[0].Key) }
	slow, stuck := holdObject(t, object(3)), holdObject(t, object(8))

	var id models.ID
	inTx := func(fn func(context.Context, models.Tx) error) {
		t.Helper()
		if err := db.InTx(context.Background(), fn); err != nil {
			t.Fatal(err)
		}
	}
	pass := func() (p keeping.Pass) {
		inTx(func(ctx context.Context, tx models.Tx) (err error) {
			p, err = keeping.ByID(ctx, tx, models.Operator(), id)
			return err
		})
		return p
	}
	inTx(func(ctx context.Context, tx models.Tx) error {
		p, err := keeping.Begin(ctx, tx, models.Operator(), keeping.NewPass{Kind: keeping.Audit})
		id = p.ID
		return err
	})
	v.within(time.Minute, "a job takes the check", func() bool { return pass().Turn > 0 })
	time.Sleep(time.Second) // longer than the time between two words of its progress
	slow.release()
	v.within(time.Minute, "the check tells how far it is", func() bool { return pass().Place != "" })
	before := pass()
	v.kill()
	stuck.putBack()
	v.start()
	db.Pool.Reset()
	v.within(time.Minute, "the database answers", func() bool { return db.Pool.Ping(context.Background()) == nil })
	inTx(func(ctx context.Context, tx models.Tx) error { // as if nobody had heard of it for minutes
		_, err := tx.PGX.Exec(ctx, `UPDATE storage_passes SET moved_at = moved_at - interval '10 minutes' WHERE id = $1`, id)
		return err
	})
	t.Run("P14.2 killed in the middle, a check goes on where it was and counts each object once", func(t *testing.T) {
		v.within(3*time.Minute, "the check at its end, without anybody", func() bool { return !pass().Open() })
		after := pass()
		if before.Objects == 0 || before.Objects >= 12 || after.State != keeping.Done || after.Objects != 12 || after.Wrong != 0 || after.Turn <= before.Turn {
			t.Errorf("before %+v\nafter %+v", before, after)
		}
	})
	v.verified()
}

// storedFiles keeps files as the portal of that folder does, in the order of their ids.
func storedFiles(t *testing.T, db *models.DB, folder string, n int) (files []dossier.File) {
	t.Helper()
	disk, err := storage.OpenDisk(folder)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := storage.TextKeyring(faultMaster)
	if err != nil {
		t.Fatal(err)
	}
	d := papers.New(papers.Options{DB: db, Log: slog.New(slog.DiscardHandler), Store: disk, Vault: storage.NewVault(ring), Stores: papers.Stores{Disk: disk}})
	defer d.Close()
	for i := range n {
		id, err := d.Keep(context.Background(), dossier.PurposeTemplate, "modèle.pdf", "application/pdf", bytes.NewReader(storagetest.Bytes(20_000+i, uint64(i))), nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.InTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
			f, err := dossier.FileByID(ctx, tx, id)
			files = append(files, f)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// held is an object that whoever reads it waits for.
type held struct {
	t    *testing.T
	path string
}

func holdObject(t *testing.T, path string) held {
	t.Helper()
	if err := os.Rename(path, path+".held"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return held{t, path}
}

// release gives its bytes to the reader that waits.
func (h held) release() {
	h.t.Helper()
	content, err := os.ReadFile(h.path + ".held")
	if err != nil {
		h.t.Fatal(err)
	}
	pipe, err := os.OpenFile(h.path, os.O_WRONLY, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	h.putBack()
	if _, err := pipe.Write(content); err != nil {
		h.t.Fatal(err)
	}
	_ = pipe.Close()
}

func (h held) putBack() {
	h.t.Helper()
	if err := os.Rename(h.path+".held", h.path); err != nil {
		h.t.Fatal(err)
	}
}
