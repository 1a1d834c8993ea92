package handlers_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/handlers/papers"
	"passerelle/models/dossier"
	"passerelle/storage"
)

// faultyStore is a real store that can be told to fail.
type faultyStore struct {
	storage.Store
	mode atomic.Pointer[error]
	half atomic.Bool // takes bytes, and fails to keep them
	slow atomic.Int64
}

func (s *faultyStore) fail(err error) {
	if err == nil {
		s.mode.Store(nil)
		return
	}
	s.mode.Store(&err)
}

func (s *faultyStore) fault(ctx context.Context) error {
	select {
	case <-time.After(time.Duration(s.slow.Load())):
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := s.mode.Load(); err != nil {
		return *err
	}
	return nil
}

func (s *faultyStore) Create(ctx context.Context, key string) (storage.Writer, error) {
	if err := s.fault(ctx); err != nil {
		return nil, err
	}
	w, err := s.Store.Create(ctx, key)
	return &faultyWriter{w, s}, err
}

func (s *faultyStore) Open(ctx context.Context, key string) (storage.Reader, error) {
	if err := s.fault(ctx); err != nil {
		return nil, err
	}
	return s.Store.Open(ctx, key)
}

type faultyWriter struct {
	storage.Writer
	store *faultyStore
}

func (w *faultyWriter) Commit(ctx context.Context) error {
	if w.store.half.Load() {
		w.Abort()
		return storage.ErrUnavailable
	}
	return w.Writer.Commit(ctx)
}

func newFaulty(t *testing.T) (*handlerstest.Pieces, *faultyStore) {
	t.Helper()
	store := &faultyStore{}
	w := handlerstest.NewPieces(t, func(p *handlers.Portal) {
		p.Documents = handlerstest.Documents(t, p.DB, func(o *papers.Options) {
			store.Store = o.Store
			o.Store = store
		})
	})
	return w, store
}

func TestStoreFaults(t *testing.T) {
	t.Parallel()
	w, store := newFaulty(t)
	content := handlerstest.PDF("Camille", 200_000)
	cv := w.Upload(handlerstest.PieceCV, "cv.pdf", content)
	upload := w.BeginUpload(handlerstest.PieceLarge, "memoire.pdf", len(content))
	address := "/documents/" + cv.ID.String()
	t.Run("P15.4 with the store down, forms go on and reads say when to come back", func(t *testing.T) {
		store.fail(storage.ErrUnavailable)
		defer store.fail(nil)
		for _, path := range []string{"/mes-candidatures", "/candidatures/" + w.ID.String() + "/pieces", "/candidatures/" + w.ID.String() + "/etapes/1", "/mes-documents"} {
			if p := w.Me.Get(path); p.Status != http.StatusOK {
				t.Errorf("%s: %d", path, p.Status)
			}
		}
		fastest := time.Hour
		for range 3 { // the machine may stand still once
			began := time.Now()
			for _, path := range []string{address, address + "/pages/1?largeur=1600", address + "/texte"} {
				if p := w.Me.Get(path); p.Status != http.StatusServiceUnavailable || p.Header.Get("Retry-After") == "" {
					t.Errorf("%s: %d", path, p.Status)
				}
			}
			fastest = min(fastest, time.Since(began))
		}
		if fastest > time.Second {
			t.Errorf("three answers took %v", fastest)
		}
		if p := w.Patch(upload, 0, content); p.Status != http.StatusServiceUnavailable || p.Header.Get("Retry-After") == "" {
			t.Errorf("upload: %d", p.Status)
		}
		if p := w.Deposit(handlerstest.PieceCV, "cv2.pdf", content); p.Status != http.StatusServiceUnavailable {
			t.Errorf("deposit: %d", p.Status)
		}
	})
	t.Run("P15.4 an object that could not be kept leaves no row", func(t *testing.T) {
		store.half.Store(true)
		defer store.half.Store(false)
		before := objects(t, w)
		if p := w.Patch(upload, 0, content); p.Status != http.StatusServiceUnavailable {
			t.Errorf("%d", p.Status)
		}
		if p := w.Me.Tus(http.MethodHead, upload, nil); p.Header.Get("Upload-Offset") != "0" || objects(t, w) != before {
			t.Errorf("offset %s", p.Header.Get("Upload-Offset"))
		}
	})
	t.Run("P15.4 a full store says so in words and keeps no part", func(t *testing.T) {
		store.fail(storage.ErrFull)
		defer store.fail(nil)
		p := w.Deposit(handlerstest.PieceCV, "cv2.pdf", content)
		if p.Status != http.StatusInsufficientStorage || !strings.Contains(p.Text(), "place") {
			t.Errorf("%d %s", p.Status, p.Title())
		}
		if p := w.Patch(upload, 0, content); p.Status != http.StatusInsufficientStorage {
			t.Errorf("upload: %d", p.Status)
		}
		if n := w.Count(`SELECT count(*) FROM uploads WHERE received > 0 AND document_id IS NULL`); n != 0 {
			t.Errorf("%d uploads", n)
		}
	})
	t.Run("P15.4 an upload goes on and ends by itself once the store is back, however slow", func(t *testing.T) {
		store.slow.Store(int64(300 * time.Millisecond))
		defer store.slow.Store(0)
		if p := w.Patch(upload, 0, content); p.Status != http.StatusNoContent {
			t.Fatalf("%d %s", p.Status, p.Body)
		}
		if d := w.Settled(handlerstest.PieceLarge); d.State != dossier.Live || d.File.SHA256 != sha256.Sum256(content) {
			t.Errorf("%+v", d)
		}
	})
	t.Run("P7.3 a file whose bytes were lost is refused in the end, never left in inspection", func(t *testing.T) {
		p := w.BeginUpload(handlerstest.PieceLarge, "perdu.pdf", len(content))
		store.fail(nil)
		w.Patch(p, 0, content[:1000])
		for object, err := range store.Store.List(t.Context(), "") {
			if err == nil && object.Size < 2000 {
				_ = store.Store.Delete(t.Context(), object.Key)
			}
		}
		w.Patch(p, 1000, content[1000:])
		d := w.Newest(handlerstest.PieceLarge)
		if err := w.Portal.Documents.Inspect(t.Context(), d.File.ID, false); err == nil {
			t.Error("judged without its bytes")
		}
		w.MoveClock(11 * time.Minute)
		_, _ = w.Portal.Documents.Sweep(t.Context())
		if d = w.Newest(handlerstest.PieceLarge); d.State != dossier.Refused || d.File.Reason != "unreadable" {
			t.Errorf("%s %s", d.State, d.File.Reason)
		}
	})
}

// TestDiskFull writes to a real file system of two megabytes.
func TestDiskFull(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("tmpfs: only root mounts one")
	}
	folder := filepath.Join(t.TempDir(), "petit")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("tmpfs: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, 0) })
	w := handlerstest.NewPieces(t, func(p *handlers.Portal) {
		p.Documents = handlerstest.Documents(t, p.DB, func(o *papers.Options) {
			disk, err := storage.OpenDisk(filepath.Join(folder, "documents"))
			if err != nil {
				t.Fatal(err)
			}
			o.Store = disk
		})
	})
	content := handlerstest.PDF("Camille", 3<<20)
	t.Run("P15.4 a full disk is said in French, keeps no part and mends itself", func(t *testing.T) {
		for range 5 {
			if p := w.Deposit(handlerstest.PieceCV, "cv.pdf", content); p.Status != http.StatusInsufficientStorage || !strings.Contains(p.Text(), "place") {
				t.Fatalf("%d %s", p.Status, p.Title())
			}
		}
		if n, o := w.Count(`SELECT count(*) FROM uploads`), objects(t, w); n != 0 || o != 0 {
			t.Errorf("%d uploads, %d objects", n, o)
		}
		if p := w.Deposit(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0)); p.Status != http.StatusSeeOther {
			t.Errorf("%d", p.Status)
		}
	})
}

// patchHead is the head of a part of an upload, for a socket.
func patchHead(w *handlerstest.Pieces, upload string, at, length int) string {
	return fmt.Sprintf("PATCH %s HTTP/1.1\r\nHost: x\r\nOrigin: %s\r\nCookie: passerelle=%s\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: %d\r\nContent-Length: %d\r\n\r\n",
		upload, handlerstest.BaseURL, w.Me.Cookie("passerelle"), at, length)
}

func offset(w *handlerstest.Pieces, upload string) (int, int) {
	p := w.Me.Tus(http.MethodHead, upload, nil)
	n, _ := strconv.Atoi(p.Header.Get("Upload-Offset"))
	return n, p.Status
}

func TestCutUpload(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewPieces(t)
	// becomes waits for an upload to be written to, or left again.
	becomes := func(t *testing.T, upload string, want int) (at int) {
		t.Helper()
		status := 0
		for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if at, status = offset(w, upload); status == want {
				return at
			}
		}
		t.Fatalf("at %d, %d, want %d", at, status, want)
		return at
	}
	address := listen(t, w.App)
	content := handlerstest.PDF("Camille", 3<<20)
	dial := func(t *testing.T) net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	finish := func(t *testing.T, upload string, at int) {
		t.Helper()
		if p := w.Patch(upload, at, content[at:]); p.Status != http.StatusNoContent {
			t.Fatalf("%d %s", p.Status, p.Body)
		}
		if d := w.Settled(handlerstest.PieceCV); d.State != dossier.Live || d.File.SHA256 != sha256.Sum256(content) {
			t.Errorf("%s %s", d.State, d.File.Reason)
		}
	}
	t.Run("P7.2 what had come before a cut is kept, and the rest makes it whole", func(t *testing.T) {
		upload := w.BeginUpload(handlerstest.PieceCV, "cv.pdf", len(content))
		at := 0
		for _, share := range []int{1, 40, 99} {
			conn := dial(t)
			n := (len(content) - at) * share / 100
			_, _ = io.WriteString(conn, patchHead(w, upload, at, len(content)-at))
			_, _ = conn.Write(content[at : at+n])
			time.Sleep(50 * time.Millisecond)
			_ = conn.Close()
			var status int
			before := at
			for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
				if at, status = offset(w, upload); status == http.StatusOK && at > before {
					break
				}
			}
			if at != before+n {
				t.Fatalf("at %d after %d and %d", at, before, n)
			}
		}
		finish(t, upload, at)
	})
	t.Run("P7.2 a part with a checksum is kept whole or not at all", func(t *testing.T) {
		upload := w.BeginUpload(handlerstest.PieceCV, "cv.pdf", len(content))
		conn := dial(t)
		head := strings.Replace(patchHead(w, upload, 0, len(content)), "Tus-Resumable", "Upload-Checksum: sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\nTus-Resumable", 1)
		_, _ = io.WriteString(conn, head)
		_, _ = conn.Write(content[:1<<20])
		becomes(t, upload, http.StatusLocked)
		_ = conn.Close()
		if at := becomes(t, upload, http.StatusOK); at != 0 {
			t.Errorf("at %d", at)
		}
	})
	t.Run("P7.2 two requests never write one upload; a living one is left alone", func(t *testing.T) {
		upload := w.BeginUpload(handlerstest.PieceCV, "cv.pdf", len(content))
		conn := dial(t)
		_, _ = io.WriteString(conn, patchHead(w, upload, 0, len(content)))
		var stop atomic.Bool
		var sending sync.WaitGroup
		sent := 0
		sending.Go(func() {
			for !stop.Load() && sent < len(content)-4096 {
				n, _ := conn.Write(content[sent : sent+4096])
				sent += n
				time.Sleep(10 * time.Millisecond)
			}
		})
		becomes(t, upload, http.StatusLocked) // no place is told while it moves
		if p := w.Patch(upload, 0, content); p.Status != http.StatusLocked {
			t.Errorf("second writer: %d", p.Status)
		}
		stop.Store(true)
		sending.Wait()
		t.Run("P7.2 one that has fallen silent gives way and keeps what it had", func(t *testing.T) {
			at := becomes(t, upload, http.StatusOK)
			if at != sent {
				t.Fatalf("at %d of %d", at, sent)
			}
			finish(t, upload, at)
		})
	})
	t.Run("P7.2 of two files sent to one piece at once, one is in force and the other history", func(t *testing.T) {
		var both sync.WaitGroup
		for i := range 2 {
			both.Go(func() {
				content := handlerstest.PDF(fmt.Sprint("version ", i), 100_000)
				w.Patch(w.BeginUpload(handlerstest.PieceLarge, fmt.Sprint(i, ".pdf"), len(content)), 0, content)
			})
		}
		both.Wait()
		// The one begun first may have been given up when the other ended before it.
		live, waiting := 0, 0
		for end := time.Now().Add(time.Minute); time.Now().Before(end); {
			w.Portal.Documents.Wait()
			live = w.Count(`SELECT count(*) FROM documents WHERE requirement_id = $1 AND state = 'live'`, w.Piece(handlerstest.PieceLarge).ID)
			waiting = w.Count(`SELECT count(*) FROM documents WHERE requirement_id = $1 AND state = 'checking'`, w.Piece(handlerstest.PieceLarge).ID)
			if live == 1 && waiting == 0 {
				break
			}
			for _, d := range append(w.Piece(handlerstest.PieceLarge).Documents, w.Piece(handlerstest.PieceLarge).History...) {
				<-w.Portal.Documents.InspectSoon(d.File.ID)
			}
			time.Sleep(20 * time.Millisecond)
		}
		if live != 1 || waiting != 0 {
			t.Errorf("%d in force, %d being inspected", live, waiting)
		}
	})
	t.Run("P7.4 a file larger than a request leaves at the pace of who takes it", func(t *testing.T) {
		d := w.Newest(handlerstest.PieceCV)
		conn := dial(t)
		_, _ = fmt.Fprintf(conn, "GET /documents/%s HTTP/1.1\r\nHost: x\r\nCookie: passerelle=%s\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", d.ID, w.Me.Cookie("passerelle"))
		r := bufio.NewReader(conn)
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, response.Body); err != nil || [32]byte(sum.Sum(nil)) != sha256.Sum256(content) {
			t.Errorf("%v", err)
		}
		if next, err := http.ReadResponse(r, nil); err != nil || next.StatusCode != http.StatusOK {
			t.Errorf("the connection did not go on: %v", err)
		}
	})
}
