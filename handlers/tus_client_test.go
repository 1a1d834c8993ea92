package handlers_test

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"passerelle/handlers/handlerstest"
	"passerelle/models/dossier"
)

// tusClient is the version of the public client that the test speaks through.
const tusClient = "tus-js-client@4.3.1"

// tusScript uploads a file as a program of anybody's would: with the cookies of its
// user and the portal's address as its origin.
const tusScript = `
const fs = require('fs');
const tus = require('tus-js-client');
const o = JSON.parse(process.argv[2]);
let failures = 0;
const upload = new tus.Upload(fs.createReadStream(o.file), {
  endpoint: o.endpoint, chunkSize: o.chunk, uploadSize: fs.statSync(o.file).size,
  retryDelays: [100, 300, 1000, 3000, 3000, 3000],
  metadata: { filename: 'mémoire.pdf', filetype: 'application/pdf' },
  headers: { Cookie: o.cookie, Origin: o.origin },
  onShouldRetry: () => { failures++; return true; },
  onError: (error) => { console.error(String(error)); process.exit(1); },
  onSuccess: () => console.log(JSON.stringify({ url: upload.url, failures })),
});
upload.start();
`

// installTusClient fetches the client from npm once into the user's cache.
func installTusClient(t *testing.T) (folder string) {
	t.Helper()
	npm, err := exec.LookPath("npm")
	if err != nil {
		absent(t, "npm")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	folder = filepath.Join(cache, "passerelle-tools", strings.ReplaceAll(tusClient, "@", "-"))
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "tus-js-client", "package.json")); err == nil {
		return folder
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", folder, tusClient).CombinedOutput(); err != nil {
		t.Logf("%s", out)
		absent(t, tusClient)
	}
	return folder
}

// absent skips for want of a tool, by its name; where everything is installed it fails.
func absent(t *testing.T, tool string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is absent", tool)
	}
	t.Skipf("%s is absent", tool)
}

// cuttingProxy carries connections to an address and cuts the first ones after so
// many bytes each.
func cuttingProxy(t *testing.T, to string, after ...int64) (address string, cut *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	cut = &atomic.Int64{}
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go carry(from, to, after, cut)
		}
	}()
	return l.Addr().String(), cut
}

// carry cuts only connections that carry enough to be cut: those that ask how far
// the upload is pass.
func carry(from net.Conn, to string, after []int64, cut *atomic.Int64) {
	defer func() { _ = from.Close() }()
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() { _, _ = io.Copy(from, server) }()
	if n := cut.Load(); n < int64(len(after)) {
		if sent, _ := io.CopyN(server, from, after[n]); sent == after[n] {
			cut.Add(1)
			return
		}
		return
	}
	_, _ = io.Copy(server, from)
}

// TestTusClient uploads through a client that nobody here wrote.
func TestTusClient(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		absent(t, "node")
	}
	folder := installTusClient(t)
	w := handlerstest.NewPieces(t)
	address, cut := cuttingProxy(t, listen(t, w.App), 1_000_000, 3_000_000, 900_000)
	content := handlerstest.PDF("Camille", 12<<20)
	file := filepath.Join(t.TempDir(), "memoire.pdf")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(folder, "upload.cjs")
	if err := os.WriteFile(script, []byte(tusScript), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("P7.2 a public client of the protocol goes through three cuts", func(t *testing.T) {
		options, _ := json.Marshal(map[string]any{"file": file, "endpoint": "http://" + address + w.Address(handlerstest.PieceLarge) + "/envois", "chunk": 5 << 20,
			"cookie": "passerelle=" + w.Me.Cookie("passerelle"), "origin": handlerstest.BaseURL})
		out, err := exec.CommandContext(t.Context(), node, script, string(options)).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var said struct{ Failures int }
		if err := json.Unmarshal(out, &said); err != nil || said.Failures == 0 || cut.Load() != 3 {
			t.Errorf("%s; %d cuts", out, cut.Load())
		}
		d := w.Settled(handlerstest.PieceLarge)
		if d.State != dossier.Live || d.File.SHA256 != sha256.Sum256(content) || d.File.Name != "mémoire.pdf" {
			t.Errorf("%s %s %q", d.State, d.File.Reason, d.File.Name)
		}
		if len(d.File.Segments) < 4 {
			t.Errorf("%d segments: what came before the cuts was sent again", len(d.File.Segments))
		}
	})
}
