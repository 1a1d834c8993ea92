package handlerstest

import (
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/storage"
	"passerelle/storage/worker"
)

// children is one pool for the whole test binary, whose main must call child.Main
// first; no child starts before a document is looked at.
var children = sync.OnceValues(func() (*worker.Pool, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	return worker.Open(worker.Config{Dir: filepath.Join(base, "passerelle", "worker")})
})

// Documents is a way to documents over a disk store in a folder of the test's own,
// with real child processes, no antivirus and no converter. Options change it
// before it is used.
func Documents(t testing.TB, db *models.DB, options ...func(*papers.Options)) *papers.Documents {
	t.Helper()
	disk, err := storage.OpenDisk(filepath.Join(t.TempDir(), "documents"))
	if err != nil {
		t.Fatal(err)
	}
	var master [32]byte
	_, _ = rand.Read(master[:])
	ring, err := storage.TextKeyring(base64.StdEncoding.EncodeToString(master[:]))
	if err != nil {
		t.Fatal(err)
	}
	pool, err := children()
	if err != nil {
		t.Fatal(err)
	}
	o := papers.Options{DB: db, Log: slog.New(slog.DiscardHandler), Store: disk, Vault: storage.NewVault(ring), Children: pool}
	for _, option := range options {
		option(&o)
	}
	d := papers.New(o)
	t.Cleanup(d.Close)
	return d
}
