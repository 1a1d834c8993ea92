package render

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"passerelle/storage/inspect"
	"passerelle/storage/pdf"
	"passerelle/storage/worker"
)

// shared asks the children of all tests, real processes of this program;
// inspector judges what is made.
var (
	shared    *Client
	inspector inspect.Client
)

func TestMain(m *testing.M) {
	if worker.ChildMain(func(setup worker.Setup) (worker.Ops, error) {
		engine, err := pdf.New(setup.Cache)
		if err != nil {
			return nil, err
		}
		return worker.Join(inspect.Ops(engine), Ops(engine)), nil
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
	shared, inspector = NewClient(pool), inspect.Client{Pool: pool}
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

// accepted has a file that we made inspected like any that is received.
func accepted(t *testing.T, name string, content []byte) {
	t.Helper()
	result, err := inspector.Inspect(t.Context(), name, "", content, inspect.DefaultPolicy())
	if err != nil || result.Verdict == inspect.Refuse {
		t.Errorf("P7.3 %s is refused by our own inspection: %s %v, %v", name, result.Reason, result.Facts.Signs, err)
	}
}
