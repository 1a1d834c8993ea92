// Package worker runs what must not be trusted with the portal: parsers and
// renderers of files that strangers sent. Each works in a child process, a copy
// of this very program with little memory, no environment, no network and no
// file to write; a bomb or a parser's crash kills the child and is an error
// here. The package knows nothing of files: operations are given by name, in a
// table, by those that own them (storage/inspect, storage/render). It refuses to
// log or to hand back what a child wrote on its error output.
package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Op is one operation of a child. It gets the header that the caller of Pool.Do
// gave (JSON) and the body, which it may keep and change. What it returns goes
// back as JSON and as bytes. Its errors reach the parent as a *Failure: one made
// with Fail keeps its code, any other becomes "failed", since a message may carry
// what the file holds. A panic, or more memory than the child has, ends the child
// (ErrCrashed). One operation at a time runs in a child.
type Op func(ctx context.Context, header json.RawMessage, body []byte) (any, []byte, error)

// Ops are the operations of a child by name, such as "inspect" or "render.page".
type Ops map[string]Op

// Join makes one table of several; a later one wins.
func Join(tables ...Ops) Ops {
	all := Ops{}
	for _, table := range tables {
		for name, op := range table {
			all[name] = op
		}
	}
	return all
}

// Setup is what a child is given before it reads anything from outside.
type Setup struct {
	Cache string // Folder of compiled WebAssembly, written by the child that prepares, only read by the others
}

// Errors of Pool.Do. None says anything of the file.
var (
	ErrTimeout = errors.New("worker: out of time")        // The child was killed
	ErrCrashed = errors.New("worker: the child died")     // By a crash, or by a limit
	ErrClosed  = errors.New("worker: the pool is closed") //
	ErrTooBig  = errors.New("worker: request too big")
)

// Failure is an operation's refusal, by a code in snake_case.
type Failure struct{ Code string }

func (f *Failure) Error() string { return fmt.Sprintf("worker: %s", f.Code) }

// Fail makes the error by which an operation refuses: the code reaches the
// caller of Pool.Do, as a *Failure.
func Fail(code string) error { return &Failure{Code: code} }
