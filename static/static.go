// Package static owns the styles, scripts, fonts and drawings sent to the browser. The
// sources are embedded as written; at start they are bundled by audience (passerelle,
// espace, bureau), minified and named by their content, so that no built file is in git.
// Each is compressed once, when first asked for, and kept. It refuses to serve: handlers
// do, with a year of cache, since a name never changes its content. A first visit stays
// under 100 KB with everything and asks nothing of another site (P15.3). esbuild lives
// here only.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

//go:embed css js vendor fonts img
var source embed.FS

// Prefix is the folder of every asset's address.
const Prefix = "/static/"

// Assets are the files as served. Safe for any number of readers.
type Assets struct {
	byName map[string]*asset // "passerelle.css"
	byPath map[string]*asset // "/static/passerelle.3fa9c1d2.css"
}

// File is one asset, whole and compressed; Gzip and Brotli are nil when they gain nothing.
type File struct {
	Body, Gzip, Brotli []byte
	Type               string // Content-Type
	ETag               string // quoted
}

type asset struct {
	path      string
	integrity string
	file      File
	once      sync.Once
}

// New bundles and names everything. It takes some tens of milliseconds.
func New() (*Assets, error) {
	a := &Assets{byName: map[string]*asset{}, byPath: map[string]*asset{}}
	for _, dir := range []string{"fonts", "img", "vendor"} {
		if err := a.addDir(dir); err != nil {
			return nil, fmt.Errorf("static: %w", err)
		}
	}
	if err := a.bundle(); err != nil {
		return nil, fmt.Errorf("static: %w", err)
	}
	return a, nil
}

// URL is the address of the asset called name ("passerelle.css", "img/passerelle.svg").
// An unknown name gives an address where nothing answers.
func (a *Assets) URL(name string) string {
	if f, ok := a.byName[name]; ok {
		return f.path
	}
	return Prefix + name
}

// Integrity is the sha384 of the asset called name, for the integrity attribute; empty
// when there is none.
func (a *Assets) Integrity(name string) string {
	if f, ok := a.byName[name]; ok {
		return f.integrity
	}
	return ""
}

// Get finds an asset by the path of its address.
func (a *Assets) Get(address string) (File, bool) {
	f, ok := a.byPath[address]
	if !ok {
		return File{}, false
	}
	f.once.Do(f.compress)
	return f.file, true
}

// Names lists every asset, sorted.
func (a *Assets) Names() []string {
	names := make([]string, 0, len(a.byName))
	for name := range a.byName {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Source is a file as written ("css/courriel.css"), for those that go elsewhere than the
// browser (a mail's style). Empty when there is no such file.
func Source(name string) string {
	body, err := source.ReadFile(name)
	if err != nil {
		return ""
	}
	return string(body)
}

func (a *Assets) addDir(dir string) error {
	return fs.WalkDir(source, dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || kinds[path.Ext(name)] == "" {
			return err
		}
		body, err := source.ReadFile(name)
		if err != nil {
			return err
		}
		a.add(name, body)
		return nil
	})
}

func (a *Assets) add(name string, body []byte) {
	sum, ext := sha256.Sum256(body), path.Ext(name)
	mark := hex.EncodeToString(sum[:])[:12]
	long := sha512.Sum384(body)
	f := &asset{
		path:      Prefix + strings.TrimSuffix(name, ext) + "." + mark + ext,
		integrity: "sha384-" + base64.StdEncoding.EncodeToString(long[:]),
		file:      File{Body: body, Type: kinds[ext], ETag: `"` + mark + `"`},
	}
	a.byName[name], a.byPath[f.path] = f, f
}

// kinds are the only files served, by extension.
var kinds = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

func (f *asset) compress() {
	if strings.HasSuffix(f.path, ".woff2") {
		return
	}
	var zipped, squeezed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	_, _ = z.Write(f.file.Body)
	_ = z.Close()
	b := brotli.NewWriterLevel(&squeezed, 9)
	_, _ = b.Write(f.file.Body)
	_ = b.Close()
	f.file.Gzip = smaller(zipped.Bytes(), f.file.Body)
	f.file.Brotli = smaller(squeezed.Bytes(), f.file.Body)
}

func smaller(packed, body []byte) []byte {
	if len(packed) >= len(body) {
		return nil
	}
	return packed
}
