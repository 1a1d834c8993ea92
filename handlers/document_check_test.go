package handlers_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/storage"
	"passerelle/storage/clamd"
)

// scanner answers as a ClamAV daemon does, or not at all.
type scanner struct {
	mu     sync.Mutex
	answer string // empty: it hangs up
	asked  int
}

func (s *scanner) says(answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func (s *scanner) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	command := make([]byte, len("zINSTREAM\x00"))
	if _, err := io.ReadFull(conn, command); err != nil {
		return
	}
	for {
		var size uint32
		if err := binary.Read(conn, binary.BigEndian, &size); err != nil {
			return
		}
		if size == 0 {
			break
		}
		if _, err := io.CopyN(io.Discard, conn, int64(size)); err != nil {
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.answer != "" {
		_, _ = io.WriteString(conn, "stream: "+s.answer+"\x00")
	}
}

func newScanner(t *testing.T) (*scanner, *clamd.Client) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s := &scanner{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	client, err := clamd.New(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return s, client
}

func TestAntivirus(t *testing.T) {
	t.Parallel()
	daemon, client := newScanner(t)
	w := handlerstest.NewPieces(t, func(p *handlers.Portal) {
		p.Documents = handlerstest.Documents(t, p.DB, func(o *papers.Options) { o.Antivirus = client })
	})
	officer := w.SignedIn(models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal})
	d := w.Upload(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
	w.Upload(handlerstest.PieceLarge, "memoire.pdf", handlerstest.PDF("Memoire", 0))
	w.Portal.Documents.Wait()
	w.Send()
	address := "/documents/" + d.ID.String()
	sweep := func() {
		w.MoveClock(2 * time.Minute)
		_, _ = w.Portal.Documents.Sweep(t.Context())
		w.Portal.Documents.Wait()
	}
	t.Run("P7.3 while the antivirus is down a file waits, open to its owner alone", func(t *testing.T) {
		if d = w.Newest(handlerstest.PieceCV); d.State != dossier.Live || d.File.Scan != dossier.ScanPending {
			t.Fatalf("%s, %s", d.State, d.File.Scan)
		}
		for _, rest := range []string{"", "/pages/1", "/texte"} {
			if p := officer.Get(address + rest); p.Status != http.StatusNotFound {
				t.Errorf("%s: %d", rest, p.Status)
			}
			if p := w.Me.Get(address + rest); p.Status != http.StatusOK {
				t.Errorf("its owner, %s: %d", rest, p.Status)
			}
		}
	})
	t.Run("P7.3 a file that waits for the antivirus keeps no other from being inspected", func(t *testing.T) {
		later := w.Newest(handlerstest.PieceLarge)
		w.Exec(`UPDATE documents SET state = 'checking' WHERE id = $1`, later.ID)
		w.Exec(`UPDATE files SET inspection = '' WHERE id = $1`, later.File.ID)
		sweep()
		if got := w.Newest(handlerstest.PieceLarge); got.State != dossier.Live || got.File.Scan != dossier.ScanPending {
			t.Errorf("%s, %s", got.State, got.File.Scan)
		}
		if n := w.Count(`SELECT count(*) FROM files WHERE scan = 'pending' AND scanned_at IS NULL`); n == 2 {
			t.Error("none was asked about")
		}
	})
	t.Run("P7.3 too large to scan is not clean", func(t *testing.T) {
		daemon.says("Heuristics.Limits.Exceeded.MaxFileSize FOUND")
		sweep()
		if p := officer.Get(address); p.Status != http.StatusNotFound {
			t.Errorf("%d", p.Status)
		}
	})
	t.Run("P7.3 found clean by the sweep, it opens to the service", func(t *testing.T) {
		daemon.says("OK")
		sweep()
		if p := officer.Get(address); p.Status != http.StatusOK {
			t.Errorf("%d, %s", p.Status, w.Newest(handlerstest.PieceCV).File.Scan)
		}
	})
	t.Run("P7.3 an infected file is refused and opens to nobody else", func(t *testing.T) {
		daemon.says("Essai.Signature FOUND")
		session := w.NewSession(w.Course)
		w.AskPieces(session)
		other := &handlerstest.Pieces{World: w.World, Me: w.Me, ID: w.Begin(w.Me, session)}
		other.Upload(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
		w.Portal.Documents.Wait()
		d := other.Newest(handlerstest.PieceCV)
		if d.State != dossier.Refused || d.File.Scan != dossier.ScanInfected || d.File.Reason != "infected" {
			t.Fatalf("%s %s %s", d.State, d.File.Scan, d.File.Reason)
		}
		other.Send()
		if p := officer.Get("/documents/" + d.ID.String()); p.Status != http.StatusNotFound {
			t.Errorf("%d", p.Status)
		}
	})
}

func TestFlatten(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewPieces(t)
	refused := w.Upload(handlerstest.PieceCV, "formulaire.pdf", handlerstest.ActivePDF("Camille"))
	if refused.State != dossier.Refused || !papers.Flattens(refused) {
		t.Fatalf("%s %s", refused.State, refused.File.Reason)
	}
	address := "/documents/" + refused.ID.String()
	t.Run("P7.3 a PDF refused for what acts in it is not drawn, nor given to others", func(t *testing.T) {
		if p := w.Me.Get(address + "/pages/1"); p.Status != http.StatusNotFound {
			t.Errorf("%d", p.Status)
		}
	})
	t.Run("P7.3 somebody else has nothing copied", func(t *testing.T) {
		if p := w.SignedIn().Post(address+"/aplatir", url.Values{}); p.Status != http.StatusNotFound {
			t.Errorf("%d", p.Status)
		}
	})
	t.Run("P7.3 its flattened copy takes its place, a new version without anything that acts", func(t *testing.T) {
		p := w.Me.Post(address+"/aplatir", url.Values{})
		if p.Status != http.StatusSeeOther || !strings.Contains(p.Location, "#piece-cv") {
			t.Fatalf("%d %s %.300s", p.Status, p.Location, p.Text())
		}
		d := w.Settled(handlerstest.PieceCV)
		if d.State != dossier.Live || d.Version != refused.Version+1 || d.File.Pages != 1 || !strings.HasPrefix(d.File.Name, "formulaire (") {
			t.Fatalf("%s %s %q", d.State, d.File.Reason, d.File.Name)
		}
		content := []byte(w.Me.Get("/documents/" + d.ID.String()).Body)
		if !bytes.HasPrefix(content, []byte("%PDF")) || bytes.Contains(content, []byte("JavaScript")) || bytes.Contains(content, []byte("OpenAction")) {
			t.Errorf("%d bytes", len(content))
		}
	})
	t.Run("P7.3 a document that is not refused for that is not copied", func(t *testing.T) {
		d := w.Newest(handlerstest.PieceCV)
		if p := w.Me.Post("/documents/"+d.ID.String()+"/aplatir", url.Values{}); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%d", p.Status)
		}
	})
}

func TestSweepStore(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewPieces(t)
	d := w.Upload(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
	w.Portal.Documents.Wait()
	named := objects(t, w)
	for range 3 {
		object, err := w.Portal.Documents.Store.Create(t.Context(), storage.NewKey())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = object.Write([]byte("left by a process that was killed"))
		if err := object.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("P15.4 an object without a row is spared for a day, then deleted; the others stay", func(t *testing.T) {
		if n, err := w.Portal.Documents.SweepStore(t.Context()); err != nil || n != 0 {
			t.Errorf("%d deleted too soon, %v", n, err)
		}
		if n, err := w.Portal.Documents.SweepOrphans(t.Context(), 0); err != nil || n != 3 || objects(t, w) != named {
			t.Errorf("%d deleted, %d left of %d, %v", n, objects(t, w), named, err)
		}
		if p := w.Me.Get("/documents/" + d.ID.String()); p.Status != http.StatusOK {
			t.Errorf("%d", p.Status)
		}
	})
	t.Run("P7.4 a file of an erased draft goes, with its objects and its key", func(t *testing.T) {
		w.Exec(`DELETE FROM applications WHERE id = $1`, w.ID)
		w.MoveClock(2 * time.Hour)
		for range 2 {
			if _, err := w.Portal.Documents.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := objects(t, w); n != 0 {
			t.Errorf("%d objects left", n)
		}
	})
}
