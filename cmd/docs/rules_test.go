package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(root, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("submit.go", "package x // source: P6.7, P18.6\n")
	write("submit_test.go", "package x // P9.9 is not code\n")
	log := write("log", "--- PASS: TestSubmit (0.1s)\n    --- PASS: TestSubmit/P6.7_pressed_twice (0.0s)\n    --- FAIL: TestSubmit/P18.6_second (0.0s)\n--- SKIP: TestP1_1_x (0s)\n")
	got, err := rules(root, log)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| P6.7 | submit.go | `TestSubmit/P6.7 pressed twice` |", "| P18.6 | submit.go | – |"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing from\n%s", want, got)
		}
	}
	if strings.Contains(got, "P9.9") || strings.Contains(got, "P1.1 ") {
		t.Errorf("a rule named by a test's text, or skipped, is listed:\n%s", got)
	}
}
