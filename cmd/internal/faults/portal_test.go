package faults

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"passerelle/cmd/internal/portaltest"
	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/cluster"
)

const faultSecret = "a secret of thirty-two bytes or so, for faults"

// faultMaster is one master key for all instances that share a database.
var faultMaster = base64.StdEncoding.EncodeToString([]byte("thirty-two bytes of a master key"))

// victim is the program serving on a folder or database of its own, to be cut,
// killed and started again.
type victim struct {
	t        *testing.T
	binary   string
	folder   string
	address  string
	database string // of another server; the private one when empty
	settings []string
	cmd      *exec.Cmd
	exited   chan error
}

// newVictim prepares a portal at a port that stays its own.
func newVictim(t *testing.T, settings ...string) *victim {
	t.Helper()
	v := &victim{t: t, binary: portaltest.Program(t), folder: portaltest.Folder(t), address: freeAddress(t), settings: settings}
	t.Cleanup(v.stop)
	return v
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func (v *victim) data() string { return filepath.Join(v.folder, "data") }

func (v *victim) command(args ...string) *exec.Cmd {
	cmd := exec.Command(v.binary, append(args, "--data", v.data())...)
	cmd.Env = append(os.Environ(), "PASSERELLE_SECRET_KEY="+faultSecret, "PASSERELLE_MASTER_KEY="+faultMaster, "PASSERELLE_ADDR="+v.address, "PASSERELLE_BASE_URL=http://"+v.address)
	cmd.Env = append(cmd.Env, v.settings...)
	if v.database != "" {
		cmd.Env = append(cmd.Env, "DATABASE_URL="+v.database)
	}
	return cmd
}

// start serves and waits until the portal says that it is ready.
func (v *victim) start() {
	v.t.Helper()
	v.cmd = v.command("serve")
	log, err := os.OpenFile(filepath.Join(v.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	v.cmd.Stderr = log
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	ready := make(chan bool, 1)
	exited := make(chan error, 1)
	go func(cmd *exec.Cmd) {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "ready at ") {
				ready <- true
			}
		}
		exited <- cmd.Wait()
	}(v.cmd)
	v.exited = exited
	select {
	case <-ready:
	case err := <-exited:
		exited <- err
		v.t.Fatalf("the portal ended before it was ready: %v\n%s", err, v.log())
	case <-time.After(60 * time.Second):
		v.t.Fatalf("the portal was not ready in 60 s\n%s", v.log())
	}
	v.within(time.Minute, "the portal answers", func() bool { return v.status("/readyz") == http.StatusOK })
}

func (v *victim) log() string {
	content, _ := os.ReadFile(filepath.Join(v.folder, "log"))
	return string(content[max(0, len(content)-3000):])
}

// failures are the lines of the log of answers that were no polite refusal.
func (v *victim) failures() string {
	content, _ := os.ReadFile(filepath.Join(v.folder, "log"))
	var found []string
	for line := range strings.Lines(string(content)) {
		if strings.Contains(line, "request failed") && !strings.Contains(line, "503") {
			found = append(found, line)
		}
	}
	return strings.Join(found, "")
}

// kill is kill -9, and waits for the death.
func (v *victim) kill() {
	v.t.Helper()
	if err := v.cmd.Process.Kill(); err != nil {
		v.t.Fatal(err)
	}
	<-v.exited
	v.cmd = nil
}

// stop asks politely, as an operator or a machine that shuts down does.
func (v *victim) stop() {
	if v.cmd == nil {
		return
	}
	_ = v.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-v.exited:
	case <-time.After(30 * time.Second):
		_ = v.cmd.Process.Kill()
		<-v.exited
	}
	v.cmd = nil
}

func (v *victim) status(path string) int {
	r, err := http.Get("http://" + v.address + path)
	if err != nil {
		return 0
	}
	_ = r.Body.Close()
	return r.StatusCode
}

// within waits for something to be true.
func (v *victim) within(patience time.Duration, what string, ok func() bool) {
	v.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	v.t.Fatalf("waited %v in vain: %s\n%s", patience, what, v.log())
}

// attach opens the portal's own database beside it.
func (v *victim) attach() *models.DB {
	v.t.Helper()
	c, err := cluster.Attach(context.Background(), cluster.Options{Folder: v.data()})
	if err != nil {
		v.t.Fatal(err)
	}
	return v.openDB(c.URL())
}

func (v *victim) openDB(url string) *models.DB {
	v.t.Helper()
	return portaltest.OpenDB(v.t, url, faultSecret)
}

// postmaster is the process of the private database server, 0 while there is
// none.
func (v *victim) postmaster() int {
	found, _ := filepath.Glob(filepath.Join(v.data(), "*", "postmaster.pid"))
	for _, name := range found {
		content, err := os.ReadFile(name)
		line, _, _ := strings.Cut(string(content), "\n")
		if pid, bad := strconv.Atoi(line); err == nil && bad == nil {
			return pid
		}
	}
	return 0
}

// killDatabase is kill -9 of the private database server; it waits for the
// next one, which the portal starts by itself.
func (v *victim) killDatabase(db *models.DB) {
	v.t.Helper()
	dead := v.postmaster()
	if dead == 0 {
		v.t.Fatal("no database server")
	}
	if err := syscall.Kill(dead, syscall.SIGKILL); err != nil {
		v.t.Fatal(err)
	}
	v.within(time.Minute, "another database server", func() bool {
		now := v.postmaster()
		return now != 0 && now != dead && v.status("/readyz") == http.StatusOK
	})
	db.Pool.Reset()
	v.within(time.Minute, "the database answers", func() bool { return db.Pool.Ping(context.Background()) == nil })
}

// verified runs `passerelle verify`, which must find nothing.
func (v *victim) verified() {
	v.t.Helper()
	out, err := v.command("verify").CombinedOutput()
	if err != nil || !strings.Contains(string(out), " 0 violations") {
		v.t.Errorf("verify: %v\n%s", err, out)
	}
}

// seeded gives the chance of a test, its seed printed so that a failure can be
// played again (PASSERELLE_TEST_SEED).
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv("PASSERELLE_TEST_SEED"); given != "" {
		n, err := strconv.ParseUint(given, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("PASSERELLE_TEST_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, seed))
}

// post is a form as the portal's own page sends it.
func post(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// people opens n browsers of as many accounts.
func peopleOf(w *handlerstest.World, n int) []*handlerstest.Browser {
	list := []*handlerstest.Browser{}
	for range n {
		list = append(list, w.SignedIn())
	}
	return list
}

// whole says how far an application is: true when it was sent with everything
// that belongs to it, false when nothing of it was sent; anything else is a
// fault.
func whole(w *handlerstest.World, id models.ID) (bool, error) {
	var state string
	var sent, receipts, requests, approvals, events, jobs int
	err := w.DB.Pool.QueryRow(context.Background(), `SELECT a.state,
		(SELECT count(*) FROM submissions s WHERE s.application_id = a.id),
		(SELECT count(*) FROM mails m WHERE m.kind = 'receipt' AND m.subject_id = a.id),
		(SELECT count(*) FROM mails m JOIN approvals p ON p.id = m.subject_id WHERE m.kind = 'approval_request' AND p.application_id = a.id),
		(SELECT count(*) FROM approvals p WHERE p.application_id = a.id),
		(SELECT count(*) FROM events e WHERE e.subject_id = a.id AND e.kind = 'application.submit'),
		(SELECT count(*) FROM river_job j JOIN mails m ON m.id = (j.args->>'mail_id')::uuid
			LEFT JOIN approvals p ON p.id = m.subject_id WHERE m.subject_id = a.id OR p.application_id = a.id)
		FROM applications a WHERE a.id = $1`, id).Scan(&state, &sent, &receipts, &requests, &approvals, &events, &jobs)
	switch {
	case err != nil:
		return false, err
	case state == "draft" && sent+receipts+requests+approvals+events+jobs == 0:
		return false, nil
	case state == "awaiting_approval" && sent == 1 && receipts == 1 && requests == 1 && approvals == 1 && events == 1 && jobs == 2:
		return true, nil
	}
	return false, errors.New(fmt.Sprint("half of it: ", state, ", submissions ", sent, ", receipts ", receipts, ", requests ", requests,
		", approvals ", approvals, ", events ", events, ", jobs ", jobs))
}
