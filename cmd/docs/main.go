// Command docs generates the documents that must agree with the code:
// docs/states.md from the transition table, docs/settings.md from the settings,
// docs/rules.md (rule, code, tests) from the tests that ran and passed.
//
// It writes files under docs/ of the folder it is run in; with -check it writes
// nothing and fails where a file is not current.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	tests := flag.String("tests", "", "verbose output of `go test -v ./...`; needed for rules.md")
	check := flag.Bool("check", false, "write nothing; fail where a file is not current")
	flag.Parse()
	if err := run(*tests, *check); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func run(tests string, check bool) error {
	files := map[string]string{"states.md": states(), "settings.md": settings()}
	if tests != "" {
		text, err := rules(".", tests)
		if err != nil {
			return err
		}
		files["rules.md"] = text
	}
	for name, text := range files {
		path := filepath.Join("docs", name)
		if !check {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				return err
			}
			continue
		}
		old, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(old, []byte(text)) {
			return fmt.Errorf("%s is not current: run `go run ./cmd/docs`%s", path, hint(name))
		}
	}
	return nil
}

func hint(name string) string {
	if name == "rules.md" {
		return " with -tests (see CONTRIBUTING.md)"
	}
	return ""
}
