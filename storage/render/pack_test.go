package render

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"passerelle/storage/pdf"
	"passerelle/storage/worker"
)

// shared is the pool of all tests: real children of this test program.
var shared *Client

func TestMain(m *testing.M) {
	if worker.ChildMain(func(setup worker.Setup) (worker.Ops, error) {
		engine, err := pdf.New(setup.Cache)
		if err != nil {
			return nil, err
		}
		return Ops(engine), nil
	}) {
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "render")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer os.RemoveAll(folder)
	pool, err := worker.Open(worker.Config{Dir: folder})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer pool.Close()
	shared = NewClient(pool)
	return m.Run()
}

// pack reads a file of the data pack.
func pack(t testing.TB, name string) []byte {
	t.Helper()
	folder := os.Getenv("PASSERELLE_TEST_DATA")
	if folder == "" {
		t.Skip("PASSERELLE_TEST_DATA names no data pack")
	}
	content, err := os.ReadFile(filepath.Join(folder, "documents", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return content
}
