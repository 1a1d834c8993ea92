// Command gen compiles every views/**/messages.fr.toml and messages.en.toml (and
// views/i18n/*.messages.*.toml) into views/i18n/table_gen.go. It runs from views/i18n
// (go generate ./views/i18n). Keys named twice, missing in one language, or with other
// placeholders are listed and the exit status is 1; the table is written all the same,
// with the other language in place of what is missing, so that the program still builds.
package main

import (
	"bytes"
	"fmt"
	"os"
)

func main() {
	c, err := read("..")
	if err == nil {
		err = write("table_gen.go", c.source())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "i18n:", err)
		os.Exit(1)
	}
	for _, p := range c.problems {
		fmt.Fprintln(os.Stderr, "i18n:", p)
	}
	if len(c.problems) > 0 {
		os.Exit(1)
	}
}

// write replaces the file at once, so that two runs never leave half a table.
func write(name string, body []byte) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, body) {
		return nil
	}
	tmp, err := os.CreateTemp(".", ".table-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	if _, err := tmp.Write(body); err != nil {
		return err
	}
	if err := tmp.Chmod(0o644); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
