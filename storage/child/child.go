// Package child is what a child process of the portal can do: the operations of
// storage/inspect and storage/render, with one PDFium for both. A program that
// opens a worker.Pool calls Main first; nobody else needs this package.
package child

import (
	"passerelle/storage/inspect"
	"passerelle/storage/pdf"
	"passerelle/storage/render"
	"passerelle/storage/worker"
)

// Main must be among the first calls of a main (or TestMain) that opens a
// worker.Pool for documents: in a child process it serves and returns true, upon
// which main returns.
func Main() bool { return worker.ChildMain(build) }

func build(s worker.Setup) (worker.Ops, error) {
	engine, err := pdf.New(s.Cache)
	if err != nil {
		return nil, err
	}
	return worker.Join(inspect.Ops(engine), render.Ops(engine)), nil
}
