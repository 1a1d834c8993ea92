package faults

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"passerelle/handlers/handlerstest"
	"passerelle/handlers/papers"
	"passerelle/models/dossier"
	"passerelle/storage"
)

// sendPart sends the rest of an upload at the pace of a slow line, until the portal
// dies or has it all.
func sendPart(address, cookie, upload string, at int, content []byte) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: x\r\nOrigin: http://%s\r\nCookie: passerelle=%s\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: %d\r\nContent-Length: %d\r\nConnection: close\r\n\r\n",
		upload, address, cookie, at, len(content)-at)
	for at < len(content) {
		end := min(at+64<<10, len(content))
		if _, err := conn.Write(content[at:end]); err != nil {
			return
		}
		at = end
		time.Sleep(time.Millisecond)
	}
	_ = conn.SetReadDeadline(time.Now().Add(60 * time.Second))
	_, _ = io.Copy(io.Discard, conn)
}

// TestKilledWhileUploading kills the server at any moment of an upload: while bytes
// come, while an object is kept, before and after its row, during the inspection.
func TestKilledWhileUploading(t *testing.T) {
	chance := seeded(t)
	host, v := newVictim(t), newVictim(t) // the first keeps the database while the other is killed
	share(t, host, v)
	host.start()
	db := host.attach()
	v.database = db.Pool.Config().ConnString()
	w := handlerstest.Furnish(t, db, "http://"+v.address).Pieces()
	content := handlerstest.PDF("Camille", 6<<20)
	v.start()
	defer func() { v.stop() }()
	lives, whole := 1, 0
	for round := range 4 {
		upload := w.BeginUpload(handlerstest.PieceLarge, fmt.Sprint(round, ".pdf"), len(content))
		for done := false; !done; {
			at := standing(t, w, upload)
			if done = at == len(content); done {
				break
			}
			if lives < 14 {
				ended := make(chan bool)
				go func() { sendPart(v.address, w.Me.Cookie("passerelle"), upload, at, content); close(ended) }()
				pause(chance, ended)
				v.kill()
				<-ended
				v.start()
				lives++
				continue
			}
			sendPart(v.address, w.Me.Cookie("passerelle"), upload, at, content)
		}
		v.within(3*time.Minute, "the last version is judged, at the latest by the sweep", func() bool { return w.Newest(handlerstest.PieceLarge).State != dossier.Checking })
		d := w.Newest(handlerstest.PieceLarge)
		t.Run("P7.2 killed at any moment, an upload goes on to the very bytes that were sent", func(t *testing.T) {
			if d.State != dossier.Live || d.File.SHA256 != sha256.Sum256(content) || d.File.Name != fmt.Sprint(round, ".pdf") {
				t.Errorf("%s %s %q in %d parts", d.State, d.File.Reason, d.File.Name, len(d.File.Segments))
			}
			p := w.Me.Get("/documents/" + d.ID.String())
			if sha256.Sum256([]byte(p.Body)) != sha256.Sum256(content) {
				t.Errorf("%d: %d bytes read back", p.Status, len(p.Body))
			}
		})
		whole += len(d.File.Segments)
	}
	t.Logf("%d lives, 4 files in %d parts", lives, whole)
	v.kill()
	afterKills(t, v, w)
	v.start()
}

// share has two portals keep documents in one folder, as instances on one database
// must: the jobs of one may be done by the other.
func share(t *testing.T, one, other *victim) {
	t.Helper()
	folder := filepath.Join(one.data(), "documents")
	if err := errors.Join(os.MkdirAll(folder, 0o700), os.MkdirAll(other.data(), 0o711), os.Symlink(folder, filepath.Join(other.data(), "documents"))); err != nil {
		t.Fatal(err)
	}
}

// pause waits for a moment of chance, more often near the end of the upload.
func pause(chance *rand.Rand, ended chan bool) {
	if chance.IntN(3) == 0 { // around the end: the object, the row, the inspection
		<-ended
		time.Sleep(time.Duration(chance.IntN(60)) * time.Millisecond)
		return
	}
	select {
	case <-ended:
	case <-time.After(time.Duration(chance.IntN(600)) * time.Millisecond):
	}
}

// standing asks how far an upload is, as a client does.
func standing(t *testing.T, w *handlerstest.Pieces, upload string) int {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		p := w.Me.Tus(http.MethodHead, upload, nil)
		if p.Status == http.StatusOK {
			at, err := strconv.Atoi(p.Header.Get("Upload-Offset"))
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
	}
	t.Fatal("the upload is lost")
	return 0
}

// afterKills compares the store with the rows: every row has its objects, and after
// the sweep nothing else lies there.
func afterKills(t *testing.T, v *victim, w *handlerstest.Pieces) {
	t.Helper()
	disk, err := storage.OpenDisk(filepath.Join(v.data(), "documents"))
	if err != nil {
		t.Fatal(err)
	}
	d := papers.New(papers.Options{DB: w.DB, Log: slog.New(slog.DiscardHandler), Store: disk})
	defer d.Close()
	orphans, err := d.SweepOrphans(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("P15.4 after the sweep the store holds what the rows name, and nothing else", func(t *testing.T) {
		t.Logf("%d objects had no row", orphans)
		if again, err := d.SweepOrphans(context.Background(), 0); err != nil || again != 0 {
			t.Errorf("%d more, %v", again, err)
		}
		for _, args := range [][]string{{"storage", "check"}, {"verify"}} {
			out, err := v.command(args...).CombinedOutput()
			if exit := (*exec.ExitError)(nil); err != nil && errors.As(err, &exit) {
				t.Errorf("%v: %s", args, out)
			}
		}
	})
}
