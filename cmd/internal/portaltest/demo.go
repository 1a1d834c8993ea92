package portaltest

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Demo is `passerelle demo` running from the built binary on a folder
// of its own: what a stranger starts.
type Demo struct {
	URL         string
	Folder      string
	binary      string
	environment []string
	cmd         *exec.Cmd
	filled      chan struct{} // closed once every document is there
}

// StartDemo runs a demonstration until the test ends; environment is added to
// what the program is given ("MEILI_URL=http://127.0.0.1:7700").
func StartDemo(t *testing.T, environment ...string) *Demo {
	t.Helper()
	d := &Demo{Folder: Folder(t), binary: Program(t), environment: environment}
	d.Start(t)
	t.Cleanup(d.Stop)
	return d
}

// common is one demonstration for the tests that take it as they find it, one after the
// other; it runs until the last test has ended.
var common struct {
	sync.Once
	Demo
}

// CommonDemo starts it for the first who asks.
func CommonDemo(t *testing.T) *Demo {
	t.Helper()
	common.Do(func() {
		common.Folder, common.binary = KeptFolder(t), Program(t)
		common.Start(t)
	})
	if common.URL == "" {
		t.Fatal("the common demonstration did not start")
	}
	return &common.Demo
}

// endCommon stops the common demonstration and leaves nothing of it.
func endCommon() {
	common.Stop()
	if common.Folder != "" {
		_ = os.RemoveAll(common.Folder)
	}
}

// Start starts it again after Stop, on the same folder.
func (d *Demo) Start(t *testing.T) {
	t.Helper()
	d.cmd = exec.Command(d.binary, "demo", "--data", filepath.Join(d.Folder, "data"), "--addr", "127.0.0.1:0")
	d.cmd.Env = append(os.Environ(), d.environment...)
	log, err := os.Create(filepath.Join(d.Folder, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	d.cmd.Stderr = log
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready, filled := make(chan string, 1), make(chan struct{})
	d.filled = filled
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if url, ok := strings.CutPrefix(lines.Text(), "Passerelle: "); ok {
				ready <- url
			}
			if lines.Text() == "dossiers et leurs documents" {
				close(filled)
			}
		}
		close(ready)
	}()
	select {
	case url, ok := <-ready:
		if !ok {
			content, _ := os.ReadFile(filepath.Join(d.Folder, "log"))
			t.Fatalf("the demonstration ended before it was ready:\n%s", content)
		}
		d.URL = url
	case <-time.After(4 * time.Minute):
		t.Fatal("the demonstration was not ready in four minutes")
	}
	d.answers(t)
}

// Filled waits for the documents that the demonstration deposits and inspects beside
// the portal that already answers.
func (d *Demo) Filled(t *testing.T) {
	t.Helper()
	select {
	case <-d.filled:
	case <-time.After(3 * time.Minute):
		t.Fatal("the demonstration has not its documents after 3 minutes")
	}
}

func (d *Demo) answers(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		r, err := http.Get(d.URL + "/readyz")
		if err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
	}
	t.Fatal("the demonstration does not answer")
}

// Stop ends it as an operator does.
func (d *Demo) Stop() {
	if d.cmd == nil || d.cmd.Process == nil {
		return
	}
	_ = d.cmd.Process.Signal(os.Interrupt)
	_ = d.cmd.Wait()
	d.cmd = nil
}

// Command runs a subcommand on the demonstration's folder, beside it.
func (d *Demo) Command(args ...string) (string, error) {
	out, err := exec.Command(d.binary, append(args, "--data", filepath.Join(d.Folder, "data"))...).CombinedOutput()
	return string(out), err
}

// Verify checks every invariant of the data that people left.
func (d *Demo) Verify(t *testing.T) {
	t.Helper()
	if out, err := d.Command("verify"); err != nil {
		t.Fatalf("verify: %v\n%s", err, out)
	}
}
