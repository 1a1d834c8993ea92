package portal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/modelstest"
	"passerelle/storage"
	"passerelle/storage/storagetest"
)

// newBase is a base over a database of the test's own; change sets what an
// operator would.
func newBase(t *testing.T, db *models.DB, data string, change func(*Config)) *Base {
	t.Helper()
	c := &Config{Data: data, S3Bucket: "passerelle"}
	if change != nil {
		change(c)
	}
	return &Base{Config: c, DB: db, Log: slog.New(slog.DiscardHandler)}
}

func withServer(t *testing.T, s storagetest.Server) func(*Config) {
	return func(c *Config) {
		c.S3Endpoint, c.S3AccessKey, c.S3SecretKey = s.Endpoint, s.AccessKey, s.SecretKey
	}
}

func openDocuments(t *testing.T, b *Base) *Documents {
	t.Helper()
	d, err := b.OpenDocuments(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// keep stores a file as an upload would, in one segment for each part, and gives
// its row.
func keep(t *testing.T, b *Base, d *Documents, parts ...[]byte) dossier.File {
	t.Helper()
	var file dossier.File
	err := b.DB.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
		row, err := dossier.PortalKey(ctx, tx, func(id models.ID) ([]byte, error) { return d.Vault.NewKey(id) })
		if err != nil {
			return err
		}
		key, err := d.Vault.Key(row.ID, row.Wrapped)
		if err != nil {
			return err
		}
		in := dossier.NewFile{ID: tx.NewID(), Key: row.ID, Purpose: dossier.PurposeTemplate, Name: "modèle.pdf", Type: "application/pdf"}
		digest := storage.NewDigest()
		for i, part := range parts {
			w, err := storage.CreateSegment(ctx, d.Store, key, in.ID, i, digest)
			if err != nil {
				return err
			}
			defer w.Abort()
			if _, err := w.Write(part); err != nil {
				return err
			}
			segment, err := w.Commit(ctx)
			if err != nil {
				return err
			}
			in.Segments = append(in.Segments, dossier.Segment(segment))
			in.Bytes += int64(len(part))
		}
		in.SHA256 = [32]byte(digest.Sum())
		file, err = dossier.AddFile(ctx, tx, in)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// check gives the kinds of problems found, in order, and the totals.
func check(t *testing.T, b *Base, d *Documents, o CheckOptions) ([]string, Integrity) {
	t.Helper()
	kinds := []string{}
	total, err := b.CheckDocuments(t.Context(), d, o, func(p Problem) { kinds = append(kinds, p.Kind) })
	if err != nil {
		t.Fatal(err)
	}
	return kinds, total
}

func TestMasterKey(t *testing.T) {
	db, data := modelstest.DB(t), t.TempDir()
	words := []string{}
	t.Run("P7.4 the first start makes a master key and says to save it, the next ones are silent", func(t *testing.T) {
		for range 2 {
			if _, err := newBase(t, db, data, nil).OpenDocuments(t.Context(), func(w string) { words = append(words, w) }); err != nil {
				t.Fatal(err)
			}
		}
		if len(words) != 1 || !strings.Contains(words[0], "save a copy") {
			t.Errorf("%q", words)
		}
	})
	path := filepath.Join(data, "master.key")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("P7.4 a lost master key is asked for, never made again", func(t *testing.T) {
		elsewhere := t.TempDir()
		_, err := newBase(t, db, elsewhere, nil).OpenDocuments(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), "missing") || !strings.Contains(err.Error(), "PASSERELLE_MASTER_KEY") {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(elsewhere, "master.key")); err == nil {
			t.Error("another key was made")
		}
	})
	t.Run("P7.4 the key comes from the environment as well", func(t *testing.T) {
		openDocuments(t, newBase(t, db, t.TempDir(), func(c *Config) { c.MasterKey = strings.TrimSpace(string(text)) }))
	})
	t.Run("P7.4 the key of another portal is refused at the start", func(t *testing.T) {
		other := newBase(t, db, t.TempDir(), func(c *Config) { c.MasterKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" })
		if _, err := other.OpenDocuments(t.Context(), nil); !errors.Is(err, storage.ErrKeyring) {
			t.Error(err)
		}
	})
}

func TestStartWithStore(t *testing.T) {
	server := storagetest.Versity(t)
	t.Run("P16.2 keys that S3 refuses are said at the start, with the setting to mend", func(t *testing.T) {
		b := newBase(t, modelstest.DB(t), t.TempDir(), withServer(t, server))
		b.Config.S3SecretKey = "another"
		if _, err := b.OpenDocuments(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "S3_SECRET_KEY") {
			t.Error(err)
		}
	})
	t.Run("R9 a store that is down does not keep the portal from starting", func(t *testing.T) {
		b := newBase(t, modelstest.DB(t), t.TempDir(), withServer(t, server))
		b.Config.S3Endpoint = "http://127.0.0.1:1"
		words := []string{}
		d, err := b.OpenDocuments(t.Context(), func(w string) { words = append(words, w) })
		if err != nil || !strings.Contains(strings.Join(words, "\n"), "does not answer") {
			t.Fatal(words, err)
		}
		if _, err := d.Store.Create(t.Context(), storage.NewKey()); err != nil {
			t.Error(err) // refused at Commit only: what was received is spooled
		}
	})
	t.Run("P14.2 documents in S3 and no S3 configured is refused", func(t *testing.T) {
		b := newBase(t, modelstest.DB(t), t.TempDir(), nil)
		if err := b.UseStore(t.Context(), OnS3); err != nil {
			t.Fatal(err)
		}
		if _, err := b.OpenDocuments(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "S3_ENDPOINT") {
			t.Error(err)
		}
	})
}

func TestCheckDocuments(t *testing.T) {
	folder := t.TempDir()
	b := newBase(t, modelstest.DB(t), folder, nil)
	d := openDocuments(t, b)
	good := keep(t, b, d, storagetest.Bytes(300_000, 1), storagetest.Bytes(5, 2))
	object := func(f dossier.File, i int) string { return filepath.Join(folder, "documents", f.Segments[i].Key) }
	full := CheckOptions{Decrypt: true, Age: 24 * time.Hour}

	t.Run("P14.2 nothing wrong is nothing said", func(t *testing.T) {
		kinds, total := check(t, b, d, full)
		if len(kinds) > 0 || total.Files != 1 || total.Objects != 2 || total.Bytes != good.Segments[0].Cipher+good.Segments[1].Cipher {
			t.Errorf("%v, %+v", kinds, total)
		}
	})
	t.Run("P14.2 a row without its object is found, and repairing does not touch it", func(t *testing.T) {
		f := keep(t, b, d, []byte("a"), []byte("b"))
		if err := os.Remove(object(f, 1)); err != nil {
			t.Fatal(err)
		}
		for _, o := range []CheckOptions{full, {Quick: true, Repair: true}} {
			if kinds, total := check(t, b, d, o); !slices.Equal(kinds, []string{"missing"}) || total.Wrong != 1 {
				t.Errorf("%v, %+v", kinds, total)
			}
		}
		b.forgetFile(t, f)
	})
	t.Run("P14.2 an altered object is found", func(t *testing.T) {
		f := keep(t, b, d, storagetest.Bytes(100_000, 3))
		before, err := os.ReadFile(object(f, 0))
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.Clone(before)
		changed[70_000] ^= 1
		if err := os.WriteFile(object(f, 0), changed, 0o600); err != nil {
			t.Fatal(err)
		}
		if kinds, _ := check(t, b, d, full); !slices.Equal(kinds, []string{"altered"}) {
			t.Errorf("%v", kinds)
		}
		if kinds, _ := check(t, b, d, CheckOptions{Quick: true, Age: 24 * time.Hour}); len(kinds) > 0 {
			t.Errorf("lengths alone find %v", kinds)
		}
		if err := os.WriteFile(object(f, 0), before[:5000], 0o600); err != nil {
			t.Fatal(err)
		}
		if kinds, _ := check(t, b, d, CheckOptions{Quick: true, Age: 24 * time.Hour}); !slices.Equal(kinds, []string{"altered"}) {
			t.Errorf("%v", kinds)
		}
		if err := os.WriteFile(object(f, 0), before, 0o600); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("P14.2 content that is not what was received is found by opening it", func(t *testing.T) {
		f := keep(t, b, d, []byte("received"))
		wrong := sha256.Sum256([]byte("something else"))
		if _, err := b.DB.Pool.Exec(t.Context(), `UPDATE files SET sha256 = $2 WHERE id = $1`, f.ID, wrong[:]); err != nil {
			t.Fatal(err)
		}
		if kinds, _ := check(t, b, d, full); !slices.Equal(kinds, []string{"unreadable"}) {
			t.Errorf("%v", kinds)
		}
		b.forgetFile(t, f)
		if err := os.Remove(object(f, 0)); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("P14.2 an object without a row is found once it is old enough, and deleted when asked", func(t *testing.T) {
		key := storage.NewKey()
		storagetest.Write(t, d.Store, key, []byte("left over"))
		if kinds, _ := check(t, b, d, full); len(kinds) > 0 {
			t.Errorf("an object on its way: %v", kinds)
		}
		old := time.Now().Add(-25 * time.Hour)
		if err := os.Chtimes(filepath.Join(folder, "documents", key), old, old); err != nil {
			t.Fatal(err)
		}
		if kinds, total := check(t, b, d, full); !slices.Equal(kinds, []string{"orphan"}) || total.Orphans != 1 || total.Mended != 0 {
			t.Errorf("%v, %+v", kinds, total)
		}
		repair := full
		repair.Repair = true
		if _, total := check(t, b, d, repair); total.Mended != 1 {
			t.Errorf("%+v", total)
		}
		if kinds, total := check(t, b, d, full); len(kinds) > 0 || total.Files == 0 {
			t.Errorf("after the repair: %v", kinds)
		}
	})
}

// forgetFile takes a row away, as a purge would.
func (b *Base) forgetFile(t *testing.T, f dossier.File) {
	t.Helper()
	if _, err := b.DB.Pool.Exec(t.Context(), `DELETE FROM files WHERE id = $1`, f.ID); err != nil {
		t.Fatal(err)
	}
}

func TestMoveDocuments(t *testing.T) {
	server := storagetest.Versity(t)
	db, data := modelstest.DB(t), t.TempDir()
	alone := newBase(t, db, data, nil)
	before := openDocuments(t, alone)
	files := []dossier.File{}
	for i := range 12 {
		files = append(files, keep(t, alone, before, storagetest.Bytes(i*30_000, uint64(i))))
	}
	upload := storage.NewKey()
	storagetest.Write(t, before.Store, upload, []byte("part of an upload"))
	if err := alone.UseStore(t.Context(), OnDisk); err != nil {
		t.Fatal(err)
	}

	b := newBase(t, db, data, withServer(t, server))
	d := openDocuments(t, b)
	sound := func(t *testing.T, d *Documents) {
		t.Helper()
		kinds, total := check(t, b, d, CheckOptions{Decrypt: true, Age: time.Hour})
		if len(kinds) > 0 || total.Files != len(files) {
			t.Fatalf("%v, %+v", kinds, total)
		}
	}
	count := func(s storage.Store) int { return len(storagetest.Keys(t, s, "")) }

	t.Run("P14.2 a move to S3 leaves everything readable, switches and can be run again", func(t *testing.T) {
		stopped, stop := context.WithCancel(t.Context())
		_, err := b.MoveDocuments(stopped, d, OnS3, false, false, func(m storage.Moved) {
			if m.Objects == 5 {
				stop()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if active, _ := b.ActiveStore(t.Context()); active != OnDisk {
			t.Errorf("switched to %s before the end", active)
		}
		sound(t, d)
		done, err := b.MoveDocuments(t.Context(), d, OnS3, false, false, func(storage.Moved) {
			if m := count(d.Disk); m < 13 {
				t.Errorf("%d objects left on disk while they move", m)
			}
		})
		if err != nil || done.Objects != 13 || done.Copied != 8 {
			t.Fatalf("%+v, %v", done, err)
		}
		sound(t, d)
		if active, _ := b.ActiveStore(t.Context()); active != OnS3 {
			t.Errorf("not switched: %s", active)
		}
		if string(storagetest.Read(t, d.S3, upload)) != "part of an upload" {
			t.Error("an upload on its way is lost")
		}
	})
	t.Run("P14.2 a portal that runs follows the switch", func(t *testing.T) {
		d.Store.(*switchingStore).looked = time.Now().Add(-time.Minute)
		key := storage.NewKey()
		storagetest.Write(t, d.Store, key, []byte("new"))
		if string(storagetest.Read(t, d.S3, key)) != "new" {
			t.Error("not in S3")
		}
		if err := d.Store.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("P14.2 the former store is emptied when asked, of what the new one holds", func(t *testing.T) {
		if _, err := b.MoveDocuments(t.Context(), d, OnS3, false, true, func(storage.Moved) {}); err != nil {
			t.Fatal(err)
		}
		if n := count(d.Disk); n != 0 {
			t.Errorf("%d objects left on disk", n)
		}
		sound(t, openDocuments(t, b))
	})
	t.Run("P14.2 an object lost beforehand holds the switch, unless told otherwise", func(t *testing.T) {
		lost := keep(t, b, d, []byte("lost"))
		if err := d.Store.Delete(t.Context(), lost.Segments[0].Key); err != nil {
			t.Fatal(err)
		}
		told := 0
		tell := func(m storage.Moved) {
			if m.Err != nil {
				told++
			}
		}
		if _, err := b.MoveDocuments(t.Context(), d, OnDisk, false, false, tell); !errors.Is(err, storage.ErrCorrupt) || told != 1 {
			t.Fatal(told, err)
		}
		if active, _ := b.ActiveStore(t.Context()); active != OnS3 {
			t.Error("switched")
		}
		if _, err := b.MoveDocuments(t.Context(), d, OnDisk, true, true, tell); err != nil {
			t.Fatal(err)
		}
		b.forgetFile(t, lost)
		if n := count(d.S3); n != 0 {
			t.Errorf("%d objects left in S3", n)
		}
		sound(t, openDocuments(t, newBase(t, db, data, nil)))
	})
}
