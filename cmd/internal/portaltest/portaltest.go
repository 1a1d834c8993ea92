// Package portaltest gives tests the program itself, built once for each of their
// packages, a demonstration of it and people's browsers: what a stranger starts, and what
// faults kill.
package portaltest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/storage/child"
)

// folder holds what was built.
var folder string

var build = sync.OnceValues(func() (string, error) {
	var err error
	if folder, err = os.MkdirTemp("", "passerelle-built-"); err != nil {
		return "", err
	}
	program := filepath.Join(folder, "passerelle")
	out, err := exec.Command("go", "build", "-o", program, "passerelle/cmd/passerelle").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return program, nil
})

// Program is the path of the program, built from the tree that is tested.
func Program(t *testing.T) string {
	t.Helper()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// Folder is a new folder for a portal until the test ends.
func Folder(t *testing.T) string {
	t.Helper()
	folder := KeptFolder(t)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// KeptFolder is a new folder for a portal, which the caller removes. The database's own
// user may enter it, as it may not enter a test's usual one.
func KeptFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "passerelle-portal-")
	if err == nil {
		err = os.Chmod(folder, 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// OpenDB opens the database of a portal beside it, until the test ends.
func OpenDB(t *testing.T, url, secret string) *models.DB {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	db, err := models.Open(context.Background(), models.Options{URL: url, Zone: zone, Keys: models.NewKeys([]byte(secret))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// Main is the TestMain of a package: it serves where it is a child that reads
// documents, else runs the tests, ends the common demonstration and the browser, and
// removes what was built.
func Main(m *testing.M) {
	if child.Main() {
		return
	}
	for _, name := range []string{"MEILI_URL", "MEILI_MASTER_KEY", "MEILI_PREFIX"} {
		_ = os.Unsetenv(name) // portals side by side would share one index
	}
	code := m.Run()
	endCommon()
	if engine.stop != nil {
		engine.stop()
	}
	if folder != "" {
		_ = os.RemoveAll(folder)
	}
	os.Exit(code)
}
