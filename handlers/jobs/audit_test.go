package jobs_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"passerelle/handlers/jobs"
	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/keeping"
	"passerelle/models/modelstest"
	"passerelle/storage"
	"passerelle/storage/storagetest"
)

// store is a portal with documents on a real disk, and in S3 where a server is given.
type store struct {
	*testing.T
	jobs.Options
	folder string
	disk   *storage.Disk
	s3     storage.Store
	active *following
}

// following reads and writes where the setting says, as the portal does.
type following struct {
	storage.Store
	turn func()
}

func (f *following) Create(ctx context.Context, key string) (storage.Writer, error) {
	f.turn()
	return f.Store.Create(ctx, key)
}

func newStore(t *testing.T, s3 storage.Store) *store {
	t.Helper()
	s := &store{T: t, folder: filepath.Join(t.TempDir(), "documents"), s3: s3}
	var err error
	if s.disk, err = storage.OpenDisk(s.folder); err != nil {
		t.Fatal(err)
	}
	var master [32]byte
	_, _ = rand.Read(master[:])
	ring, err := storage.TextKeyring(base64.StdEncoding.EncodeToString(master[:]))
	if err != nil {
		t.Fatal(err)
	}
	s.DB = modelstest.DB(t)
	s.active = &following{Store: s.disk, turn: func() {}}
	o := papers.Options{DB: s.DB, Log: slog.New(slog.DiscardHandler), Store: s.active, Vault: storage.NewVault(ring), Stores: papers.Stores{Disk: s.disk}}
	if s3 != nil {
		o.Stores.S3 = s3
		s.set("disk")
		s.active.Store = storage.Both{To: s.disk, From: s3}
	}
	s.Documents = papers.New(o)
	t.Cleanup(s.Documents.Close)
	s.active.turn = s.follow
	return s
}

func (s *store) set(value string) {
	s.tx(func(ctx context.Context, tx models.Tx) error {
		return keeping.UseStore(ctx, tx, models.Operator(), value)
	})
}

// follow turns to the store of the setting, both read.
func (s *store) follow() {
	if s.s3 == nil {
		return
	}
	active, err := s.Documents.ActiveStore(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	s.active.Store = storage.Both{To: s.disk, From: s.s3}
	if active == keeping.OnS3 {
		s.active.Store = storage.Both{To: s.s3, From: s.disk}
	}
}

func (s *store) tx(fn func(context.Context, models.Tx) error) {
	s.Helper()
	if err := s.DB.InTx(s.Context(), fn); err != nil {
		s.Fatal(err)
	}
}

// keep stores a file and gives its row.
func (s *store) keep(content []byte) (f dossier.File) {
	s.Helper()
	id, err := s.Documents.Keep(s.Context(), dossier.PurposeTemplate, "modèle.pdf", "application/pdf", bytes.NewReader(content), nil)
	if err != nil {
		s.Fatal(err)
	}
	s.tx(func(ctx context.Context, tx models.Tx) (err error) {
		f, err = dossier.FileByID(ctx, tx, id)
		return err
	})
	return f
}

func (s *store) begin(in keeping.NewPass) (p keeping.Pass) {
	s.Helper()
	s.tx(func(ctx context.Context, tx models.Tx) (err error) {
		p, err = keeping.Begin(ctx, tx, models.Operator(), in)
		return err
	})
	return p
}

// run works on a pass to its end and gives what became of it.
func (s *store) run(p keeping.Pass) keeping.Pass {
	s.Helper()
	for range 1000 {
		over, err := jobs.WorkPass(s.Context(), s.Options, p.ID, time.Now().Add(time.Minute))
		if err != nil {
			s.Fatal(err)
		}
		if over {
			break
		}
	}
	return s.pass(p.ID)
}

func (s *store) pass(id models.ID) (p keeping.Pass) {
	s.Helper()
	s.tx(func(ctx context.Context, tx models.Tx) (err error) {
		p, err = keeping.ByID(ctx, tx, models.Operator(), id)
		return err
	})
	return p
}

func (s *store) findings(kind keeping.FindingKind) (all []keeping.Finding) {
	s.Helper()
	s.tx(func(ctx context.Context, tx models.Tx) (err error) {
		all, err = keeping.Findings(ctx, tx, models.Operator(), kind, 100)
		return err
	})
	return all
}

func (s *store) ask(kind keeping.FindingKind, act keeping.Act) {
	s.Helper()
	s.tx(func(ctx context.Context, tx models.Tx) error {
		_, err := keeping.Ask(ctx, tx, models.Operator(), kind, act, keeping.Chosen{})
		return err
	})
	if err := jobs.MendFindings(s.Context(), s.Options); err != nil {
		s.Fatal(err)
	}
}

// read opens a file as a reader would.
func (s *store) read(f dossier.File) []byte {
	s.Helper()
	var k dossier.DataKey
	s.tx(func(ctx context.Context, tx models.Tx) (err error) {
		k, err = dossier.KeyOf(ctx, tx, f.ID)
		return err
	})
	r, err := s.Documents.Open(s.Context(), f, k)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	content, err := io.ReadAll(r)
	if err != nil {
		s.Fatal(err)
	}
	return content
}

func (s *store) path(f dossier.File) string { return filepath.Join(s.folder, f.Segments[0].Key) }

// spoil changes one byte of an object on the disk.
func (s *store) spoil(f dossier.File) {
	s.Helper()
	content, err := os.ReadFile(s.path(f))
	if err == nil {
		content[len(content)/2] ^= 1
		err = os.WriteFile(s.path(f), content, 0o600)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// leave puts an object that no row names, as old as told.
func (s *store) leave(old time.Duration) string {
	s.Helper()
	key := storage.NewKey()
	storagetest.Write(s.T, s.disk, key, []byte("left over"))
	at := time.Now().Add(-old)
	if err := os.Chtimes(filepath.Join(s.folder, key), at, at); err != nil {
		s.Fatal(err)
	}
	return key
}

func TestAudit(t *testing.T) {
	t.Parallel()
	s := newStore(t, nil)
	sound, altered, missing := s.keep(storagetest.Bytes(300_000, 1)), s.keep(storagetest.Bytes(200_000, 2)), s.keep(storagetest.Bytes(9, 3))
	t.Run("P14.2 a check of a sound store finds nothing and reads every byte", func(t *testing.T) {
		p := s.run(s.begin(keeping.NewPass{Kind: keeping.Audit}))
		if p.State != keeping.Done || p.Wrong+p.Orphans != 0 || p.Objects != 3 || p.Bytes != p.TotalBytes || p.Bytes < 500_000 {
			t.Fatalf("%+v", p)
		}
	})
	s.spoil(altered)
	if err := os.Remove(s.path(missing)); err != nil {
		t.Fatal(err)
	}
	left, _ := s.leave(2*time.Hour), s.leave(time.Minute)
	t.Run("P17.24 altered contents, missing objects and those that no row names are found, one on its way is left alone", func(t *testing.T) {
		p := s.run(s.begin(keeping.NewPass{Kind: keeping.Audit}))
		if p.Wrong != 2 || p.Orphans != 1 {
			t.Errorf("%+v", p)
		}
		a, m, o := s.findings(keeping.Altered), s.findings(keeping.Missing), s.findings(keeping.Orphan)
		if len(a) != 1 || a[0].File != altered.ID || a[0].Detail != "sum" || len(m) != 1 || m[0].File != missing.ID || len(o) != 1 || o[0].Object != left {
			t.Errorf("%+v %+v %+v", a, m, o)
		}
	})
	t.Run("P17.24 the daily check reads again what is suspected, and closes what was put back by hand", func(t *testing.T) {
		storagetest.Write(t, s.disk, missing.Segments[0].Key, []byte("another content of the wrong length"))
		p := s.run(s.begin(keeping.NewPass{Kind: keeping.Daily}))
		if p.Wrong != 2 || len(s.findings(keeping.Missing)) != 0 || len(s.findings(keeping.Altered)) != 2 {
			t.Errorf("%+v", p)
		}
		s.spoil(altered) // the same bit again: as it was
		p = s.run(s.begin(keeping.NewPass{Kind: keeping.Daily}))
		if p.Wrong != 1 || len(s.findings(keeping.Altered)) != 1 {
			t.Errorf("%+v", p)
		}
	})
	t.Run("P17.24 two jobs do not mend the same findings at once", func(t *testing.T) {
		alone, err := models.Alone(t.Context(), s.DB, keeping.Mending, func(ctx context.Context, held func(context.Context) error) error {
			s.tx(func(ctx context.Context, tx models.Tx) error {
				_, err := keeping.Ask(ctx, tx, models.Operator(), keeping.Orphan, keeping.Erase, keeping.Chosen{})
				return err
			})
			if err := jobs.MendFindings(ctx, s.Options); !errors.Is(err, jobs.ErrMending) || len(s.findings(keeping.Orphan)) != 1 {
				t.Error("mended beside another:", err)
			}
			return held(ctx)
		})
		if !alone || err != nil {
			t.Fatal(alone, err)
		}
		s.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := tx.PGX.Exec(ctx, `UPDATE storage_findings SET asked = '', asked_at = NULL WHERE closed_at IS NULL`)
			return err
		})
	})
	t.Run("P17.24 what no row names is erased when asked", func(t *testing.T) {
		s.ask(keeping.Orphan, keeping.Erase)
		if _, err := os.Stat(filepath.Join(s.folder, left)); !os.IsNotExist(err) || len(s.findings(keeping.Orphan)) != 0 {
			t.Error(err, s.findings(keeping.Orphan))
		}
	})
	t.Run("P17.24 what is lost is given up, and no check speaks of it again", func(t *testing.T) {
		s.ask(keeping.Altered, keeping.Lose)
		p := s.run(s.begin(keeping.NewPass{Kind: keeping.Audit}))
		if p.State != keeping.Done || p.Wrong != 0 || p.Objects != 2 {
			t.Errorf("%+v", p)
		}
	})
	if !bytes.Equal(s.read(sound), storagetest.Bytes(300_000, 1)) {
		t.Error("the sound one changed")
	}
	t.Run("P17.24 thirty daily checks read every content once", func(t *testing.T) {
		s.spoil(sound)
		met := 0
		for range keeping.DailyParts {
			clock := modelstest.Clock(s.DB)
			clock.Set(clock.Now().Add(26 * time.Hour))
			if p := s.run(s.begin(keeping.NewPass{Kind: keeping.Daily})); p.Wrong > 0 {
				met++
				s.tx(func(ctx context.Context, tx models.Tx) error { return keeping.Sound(ctx, tx, sound.ID) })
			}
		}
		if s.spoil(sound); met != 1 {
			t.Errorf("read %d times", met)
		}
	})
	t.Run("P14.2 paused between two files, it goes on from there and counts each once", func(t *testing.T) {
		for n := range uint64(20) {
			s.keep(storagetest.Bytes(50_000, 10+n))
		}
		p := s.begin(keeping.NewPass{Kind: keeping.Audit})
		slices := 0
		for over := false; !over; slices++ {
			var err error
			if over, err = jobs.WorkPass(t.Context(), s.Options, p.ID, time.Now()); err != nil { // one file for each turn
				t.Fatal(err)
			}
			if slices == 5 {
				s.tx(func(ctx context.Context, tx models.Tx) error {
					return keeping.Suspend(ctx, tx, models.Operator(), p.ID)
				})
				if over, err = jobs.WorkPass(t.Context(), s.Options, p.ID, time.Now()); err != nil || !over {
					t.Fatal("a paused check went on", err)
				}
				over = false
				s.tx(func(ctx context.Context, tx models.Tx) error { return keeping.Resume(ctx, tx, models.Operator(), p.ID) })
			}
		}
		if p = s.pass(p.ID); p.State != keeping.Done || p.Objects != 22 || p.Wrong != 0 || slices < 22 {
			t.Errorf("%d slices: %+v", slices, p)
		}
	})
	t.Run("P14.2 a store that is not there makes the check wait, and nothing is called lost", func(t *testing.T) {
		away := s.folder + ".away"
		if err := os.Rename(s.folder, away); err != nil {
			t.Fatal(err)
		}
		p := s.begin(keeping.NewPass{Kind: keeping.Audit})
		over, err := jobs.WorkPass(t.Context(), s.Options, p.ID, time.Now().Add(time.Minute))
		if over || err == nil || s.pass(p.ID).Trouble != "storage.trouble.waits" || len(s.findings(keeping.Missing)) != 0 {
			t.Errorf("%v %v %+v", over, err, s.pass(p.ID))
		}
		if err := os.Rename(away, s.folder); err != nil {
			t.Fatal(err)
		}
		if p = s.run(p); p.State != keeping.Done || p.Wrong != 0 || p.Trouble != "" {
			t.Errorf("%+v", p)
		}
	})
}

func TestMoveStore(t *testing.T) {
	t.Parallel()
	s := newStore(t, storagetest.Versity(t).Store(t))
	files, contents := []dossier.File{}, [][]byte{}
	for n := range 12 {
		contents = append(contents, storagetest.Bytes(n*40_000+1, uint64(n)))
		files = append(files, s.keep(contents[n]))
	}
	readable := func(when string) {
		t.Helper()
		for i, f := range files {
			if !bytes.Equal(s.read(f), contents[i]) {
				t.Fatalf("%s: file %d differs", when, i)
			}
		}
	}
	t.Run("P14.2 a move pauses and goes on, everything can be read all along, and new files follow", func(t *testing.T) {
		p := s.begin(keeping.NewPass{Kind: keeping.Move, Target: keeping.OnS3})
		for n := 0; ; n++ {
			over, err := jobs.WorkPass(t.Context(), s.Options, p.ID, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if n < 14 {
				readable("while it moves")
			}
			if n == 4 {
				contents = append(contents, []byte("written while the others move"))
				files = append(files, s.keep(contents[len(contents)-1]))
			}
			if over {
				break
			}
		}
		s.follow()
		readable("moved")
		if p = s.pass(p.ID); p.State != keeping.Done || p.Copied != 13 {
			t.Fatalf("%+v", p)
		}
		for _, f := range files {
			if _, err := s.s3.Stat(t.Context(), f.Segments[0].Key); err != nil {
				t.Fatal(err)
			}
		}
		after := s.keep([]byte("after"))
		if _, err := s.s3.Stat(t.Context(), after.Segments[0].Key); err != nil {
			t.Error("a new file went to the former store", err)
		}
		contents, files = append(contents, []byte("after")), append(files, after)
	})
	t.Run("P17.24 an object damaged in one store is restored from the other", func(t *testing.T) {
		s.set(keeping.OnDisk)
		s.follow()
		s.spoil(files[5])
		p := s.run(s.begin(keeping.NewPass{Kind: keeping.Audit}))
		if found := s.findings(keeping.Altered); p.Wrong != 1 || len(found) != 1 || found[0].Elsewhere != keeping.OnS3 {
			t.Fatalf("%+v %+v", p, found)
		}
		s.ask(keeping.Altered, keeping.Restore)
		readable("restored")
		if len(s.findings(keeping.Altered)) != 0 {
			t.Error(s.findings(keeping.Altered))
		}
	})
	t.Run("P14.2 back to the disk, the former store emptied", func(t *testing.T) {
		p := s.run(s.begin(keeping.NewPass{Kind: keeping.Move, Target: keeping.OnDisk, Emptying: true}))
		s.follow()
		readable("back")
		if p.State != keeping.Done || len(storagetest.Keys(t, s.s3, "")) != 0 {
			t.Errorf("%+v, %d left", p, len(storagetest.Keys(t, s.s3, "")))
		}
	})
	t.Run("P14.2 damage keeps a move from ending, unless it is asked to go on despite it", func(t *testing.T) {
		s.spoil(files[3])
		p := s.run(s.begin(keeping.NewPass{Kind: keeping.Move, Target: keeping.OnS3}))
		active, err := s.Documents.ActiveStore(t.Context())
		if p.State != keeping.Failed || p.Trouble != "storage.trouble.damaged" || err != nil || active != keeping.OnDisk || len(s.findings(keeping.Altered)) != 1 {
			t.Fatalf("%+v %s %v", p, active, err)
		}
		p = s.run(s.begin(keeping.NewPass{Kind: keeping.Move, Target: keeping.OnS3, Despite: true}))
		if active, err = s.Documents.ActiveStore(t.Context()); p.State != keeping.Done || err != nil || active != keeping.OnS3 {
			t.Fatalf("%+v %s %v", p, active, err)
		}
		s.spoil(files[3]) // as it was
		s.follow()
		readable("despite")
	})
}
