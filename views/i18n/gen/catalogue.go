package main

import (
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// message is one key as found: a text per language and the file that first named it.
type message struct {
	text [2]string
	from [2]string
}

// catalogue is everything read, and everything wrong with it.
type catalogue struct {
	messages map[string]*message
	problems []string
}

// read gathers every message file under views, in a fixed order.
func read(views string) (*catalogue, error) {
	c := &catalogue{messages: map[string]*message{}}
	for column, lang := range []string{"fr", "en"} {
		files, err := find(views, lang)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if err := c.add(views, file, column); err != nil {
				return nil, err
			}
		}
	}
	c.check()
	return c, nil
}

func find(views, lang string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(views, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() && strings.HasSuffix(entry.Name(), "messages."+lang+".toml") {
			found = append(found, path)
		}
		return nil
	})
	sort.Strings(found)
	return found, err
}

func (c *catalogue) add(views, file string, column int) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	name, err := filepath.Rel(views, file)
	if err != nil {
		return err
	}
	section := ""
	for n, line := range strings.Split(string(body), "\n") {
		where := fmt.Sprintf("%s:%d", name, n+1)
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' && line[len(line)-1] == ']' {
			section = strings.Trim(line, "[]") + "."
			continue
		}
		key, text, err := parseLine(line)
		if err != nil {
			c.problem("%s: %v", where, err)
			continue
		}
		c.put(section+key, text, where, column)
	}
	return nil
}

func (c *catalogue) put(key, text, where string, column int) {
	m := c.messages[key]
	if m == nil {
		m = &message{}
		c.messages[key] = m
	}
	if m.from[column] != "" {
		c.problem("%s: %q is already in %s", where, key, m.from[column])
		return
	}
	m.text[column], m.from[column] = text, where
}

// parseLine reads `"area.key" = "text"`: one key, one line, a basic TOML string.
func parseLine(line string) (key, text string, err error) {
	left, right, ok := cutAssignment(line)
	if !ok {
		return "", "", fmt.Errorf("expected \"area.key\" = \"text\" on one line")
	}
	key = left
	if strings.HasPrefix(left, `"`) {
		if key, err = strconv.Unquote(left); err != nil {
			return "", "", fmt.Errorf("key: %w", err)
		}
	}
	if strings.HasPrefix(right, "'") && strings.HasSuffix(right, "'") && len(right) > 1 {
		return key, right[1 : len(right)-1], nil
	}
	quoted, err := strconv.QuotedPrefix(right)
	if err != nil {
		return "", "", fmt.Errorf("text of %q: %w", key, err)
	}
	if rest := strings.TrimSpace(right[len(quoted):]); rest != "" && rest[0] != '#' {
		return "", "", fmt.Errorf("text of %q: %q after the closing quote", key, rest)
	}
	text, err = strconv.Unquote(quoted)
	return key, text, err
}

func cutAssignment(line string) (string, string, bool) {
	if strings.HasPrefix(line, `"`) {
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			return "", "", false
		}
		rest := strings.TrimSpace(line[len(quoted):])
		if !strings.HasPrefix(rest, "=") {
			return "", "", false
		}
		return quoted, strings.TrimSpace(rest[1:]), true
	}
	left, right, ok := strings.Cut(line, "=")
	return strings.TrimSpace(left), strings.TrimSpace(right), ok
}

// check notes what is missing in one language and placeholders that differ.
func (c *catalogue) check() {
	for _, key := range c.keys() {
		m := c.messages[key]
		for column, lang := range []string{"fr", "en"} {
			if m.from[column] == "" {
				c.problem("%s: %q has no text in %s", m.from[1-column], key, lang)
				m.text[column] = m.text[1-column]
			}
		}
		fr, en := placeholders(m.text[0]), placeholders(m.text[1])
		if strings.HasSuffix(key, ".one") { // "une candidature": the number may be a word
			fr, en = without(fr, "n"), without(en, "n")
		}
		if !slices.Equal(fr, en) {
			c.problem("%s: %q holds %v in French and %v in English", m.from[0], key, fr, en)
		}
		c.checkPlural(key)
	}
}

func (c *catalogue) checkPlural(key string) {
	for _, pair := range [][2]string{{".one", ".other"}, {".other", ".one"}} {
		if stem, ok := strings.CutSuffix(key, pair[0]); ok && c.messages[stem+pair[1]] == nil {
			c.problem("%q has no %q beside it", key, stem+pair[1])
		}
	}
}

// placeholders lists the names between braces, sorted, each once.
func placeholders(text string) []string {
	var names []string
	for {
		_, rest, ok := strings.Cut(text, "{")
		if !ok {
			break
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			break
		}
		names, text = append(names, name), after
	}
	sort.Strings(names)
	return slices.Compact(names)
}

func without(names []string, name string) []string {
	return slices.DeleteFunc(names, func(n string) bool { return n == name })
}

func (c *catalogue) keys() []string {
	keys := make([]string, 0, len(c.messages))
	for key := range c.messages {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

func (c *catalogue) problem(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// source writes the Go table, one line per key so that merges stay simple.
func (c *catalogue) source() []byte {
	var out strings.Builder
	out.WriteString("// Code generated by views/i18n/gen; DO NOT EDIT.\n\npackage i18n\n\n")
	out.WriteString("// table holds each message in French and English, by key.\nvar table = map[string][2]string{\n")
	for _, key := range c.keys() {
		m := c.messages[key]
		fmt.Fprintf(&out, "\t%s: {%s, %s},\n", strconv.Quote(key), quote(m.text[0]), quote(m.text[1]))
	}
	out.WriteString("}\n")
	body, err := format.Source([]byte(out.String()))
	if err != nil {
		c.problem("table: %v", err)
		return []byte(out.String())
	}
	return body
}

// quote keeps letters readable and shows spaces that cannot be seen.
func quote(s string) string {
	return strings.NewReplacer("\u202f", `\u202f`, "\u00a0", `\u00a0`).Replace(strconv.Quote(s))
}
