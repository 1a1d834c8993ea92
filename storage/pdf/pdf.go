// Package pdf opens PDF files with PDFium compiled to WebAssembly: no file
// system, bounded memory, nothing of the machine within its reach. It belongs in
// a child process (storage/worker): one document is open at a time and an engine
// gone wrong is thrown away with its child. It knows nothing of verdicts
// (storage/inspect) nor of images (storage/render).
package pdf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/klippa-app/go-pdfium"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
)

// memoryPages is the most that PDFium may hold, in pages of 64 KiB: 512 MiB.
const memoryPages = 8192

// Errors of Engine.With.
var (
	ErrPassword = errors.New("pdf: a password is needed")
	ErrBroken   = errors.New("pdf: cannot be opened")
)

// Engine is PDFium, compiled and ready.
type Engine struct {
	pool pdfium.Pool
}

// New compiles PDFium, or takes it from the cache folder, which may be empty
// ("" for none). Compiling takes seconds, the cache about 100 ms.
func New(cache string) (*Engine, error) {
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(memoryPages).WithCloseOnContextDone(false)
	if cache != "" {
		compiled, err := wazero.NewCompilationCacheWithDir(cache)
		if err != nil {
			return nil, fmt.Errorf("pdf: cache: %w", err)
		}
		config = config.WithCompilationCache(compiled)
	}
	pool, err := webassembly.Init(webassembly.Config{MinIdle: 0, MaxIdle: 1, MaxTotal: 1, ReuseWorkers: false,
		FSConfig: wazero.NewFSConfig(), RuntimeConfig: config, Stdout: io.Discard, Stderr: io.Discard})
	if err != nil {
		return nil, fmt.Errorf("pdf: %w", err)
	}
	return &Engine{pool: pool}, nil
}

// Close frees the engine.
func (e *Engine) Close() error { return e.pool.Close() }

// Document is an open PDF: API is all of PDFium, Ref its name of the document.
type Document struct {
	API pdfium.Pdfium
	Ref references.FPDF_DOCUMENT
}

// With opens a document, calls work with it, and closes it. A document that
// needs a password is ErrPassword, one that PDFium refuses ErrBroken. Nothing of
// one document is left for the next: each has its own instance.
func (e *Engine) With(ctx context.Context, content []byte, work func(Document) error) error {
	wait := 10 * time.Second
	if deadline, ok := ctx.Deadline(); ok {
		wait = time.Until(deadline)
	}
	instance, err := e.pool.GetInstance(wait)
	if err != nil {
		return fmt.Errorf("pdf: instance: %w", err)
	}
	defer func() { _ = instance.Close() }()
	opened, err := instance.OpenDocument(&requests.OpenDocument{File: &content})
	switch {
	case errors.Is(err, pdfiumerrors.ErrPassword):
		return ErrPassword
	case err != nil:
		return ErrBroken
	}
	return work(Document{API: instance, Ref: opened.Document})
}
