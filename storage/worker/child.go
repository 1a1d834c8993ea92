package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

// childWord is the hidden subcommand by which a program knows that it is a child.
const childWord = "document-child"

// order is what the parent tells a child in its second argument.
type order struct {
	Cache   string `json:"cache"`
	Memory  int64  `json:"memory"`  // In bytes
	Prepare bool   `json:"prepare"` // Only fill the cache, then end
}

// ChildMain must be among the first calls of a main (or TestMain) whose program
// opens a Pool. It returns false in an ordinary process. In a child it limits and
// confines itself, builds the operations, serves them until its parent closes
// the pipe, and returns true, upon which main returns.
//
// build gets the operations ready before anything from outside is read, while the
// cache folder can still be reached.
func ChildMain(build func(Setup) (Ops, error)) bool {
	if len(os.Args) != 3 || os.Args[1] != childWord {
		return false
	}
	// The signal at the parent's death belongs to this thread.
	runtime.LockOSThread()
	if err := runChild(os.Args[2], build); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

func runChild(argument string, build func(Setup) (Ops, error)) error {
	var o order
	if err := json.Unmarshal([]byte(argument), &o); err != nil {
		return err
	}
	if o.Prepare {
		_, err := build(Setup{Cache: o.Cache})
		return err
	}
	runtime.GOMAXPROCS(min(2, runtime.NumCPU()))
	debug.SetMemoryLimit(o.Memory * 3 / 4)
	if err := limit(o.Memory); err != nil {
		return fmt.Errorf("limits: %w", err)
	}
	ops, err := build(Setup{Cache: o.Cache})
	if err != nil {
		return err
	}
	confined, err := confine()
	if err != nil {
		return fmt.Errorf("confine: %w", err)
	}
	if err := writeFrame(os.Stdout, confined, nil); err != nil {
		return err
	}
	return serve(os.Stdin, os.Stdout, ops)
}

// serve answers requests one by one, until the pipe is closed.
func serve(from io.Reader, to io.Writer, ops Ops) error {
	in, out := bufio.NewReaderSize(from, 1<<16), bufio.NewWriterSize(to, 1<<16)
	for {
		var q request
		body, err := readFrame(in, &q)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		result, content := answer(ops, q, body)
		if err := writeFrame(out, result, content); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
}

// answer runs one operation. A panic is not caught: what it left behind cannot be
// trusted with the next file.
func answer(ops Ops, q request, body []byte) (reply, []byte) {
	op, known := ops[q.Op]
	if !known {
		return reply{Failure: "unknown_operation"}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(q.Millis)*time.Millisecond)
	defer cancel()
	result, content, err := op(ctx, q.Header, body)
	if err != nil {
		var failure *Failure
		if errors.As(err, &failure) {
			return reply{Failure: failure.Code}, nil
		}
		return reply{Failure: "failed"}, nil
	}
	encoded, err := json.Marshal(result)
	if err != nil || len(encoded) > maxHeader/2 || len(content) > maxBody {
		return reply{Failure: "answer_too_big"}, nil
	}
	return reply{Result: encoded}, content
}
