package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"passerelle/cmd/internal/portal"
	"passerelle/models"
	"passerelle/models/keeping"
	"passerelle/storage"
)

type storageCommand struct {
	Check     storageCheck     `cmd:"" help:"Compare documents and objects both ways; exit 1 when something is wrong."`
	Move      storageMove      `cmd:"" help:"Copy every document to the disk or to S3, verify, then store new ones there."`
	Status    storageStatus    `cmd:"" help:"Say what is stored, what goes on and what was found wrong, as the console does."`
	Suspend   storageSuspend   `cmd:"" help:"Suspend the check that goes on, or the move."`
	Resume    storageResume    `cmd:"" help:"Let a suspended check, or move, go on where it was."`
	Stop      storageStop      `cmd:"" help:"Stop the check that goes on, or the move; what it found and copied stays."`
	Mend      storageMend      `cmd:"" help:"Have the portal do something about what a check found."`
	Retention storageRetention `cmd:"" help:"Say what each rule of retention is about to erase, and when; erases nothing."`
}

type storageCheck struct {
	JSON    bool          `help:"One JSON line per problem, then one with the totals."`
	Quick   bool          `help:"Compare lengths only: contents are not read."`
	Decrypt bool          `help:"Open each document with its key as well, and compare its content with what was received."`
	Age     time.Duration `help:"Objects younger than this may be on their way." default:"24h"`
	Repair  bool          `help:"Delete objects that no document has; nothing else is changed."`
}

// Run checks that nothing is lost, altered or left over (P14.2).
func (s storageCheck) Run(ctx context.Context, c *portal.Config) error {
	return withDocuments(ctx, c, func(base *portal.Base, documents *portal.Documents) error {
		options := portal.CheckOptions{Quick: s.Quick, Decrypt: s.Decrypt, Age: s.Age, Repair: s.Repair}
		out := json.NewEncoder(os.Stdout)
		seen := keeping.FindingKinds()
		if !s.Quick { // what did not read the contents is no check of the console's
			passing, err := base.BeginPassing(ctx, keeping.NewPass{Kind: keeping.Audit})
			if models.KindOf(err) == models.KindConflict && err != nil {
				fmt.Fprintln(os.Stderr, "the portal checks as well: the console shows its check alone")
			} else if err != nil {
				return err
			}
			options.Passing = passing
		}
		if s.Age > portal.OnTheirWay { // younger orphans that the portal knows of are not looked at
			seen = slices.DeleteFunc(seen, func(k keeping.FindingKind) bool { return k == keeping.Orphan })
		}
		total, err := base.CheckDocuments(ctx, documents, options, func(p portal.Problem) {
			if s.JSON {
				_ = out.Encode(p)
				return
			}
			tell(problem(p))
		})
		if err = options.Passing.End(ctx, err, seen...); err != nil {
			return err
		}
		if s.JSON {
			_ = out.Encode(total)
		} else {
			tell(fmt.Sprintf("%d documents, %d objects, %s; %d wrong, %d objects without a document, %d deleted", total.Files, total.Objects,
				size(total.Bytes), total.Wrong, total.Orphans, total.Mended))
		}
		if n := total.Wrong + total.Orphans - total.Mended; n > 0 {
			return fmt.Errorf("%d problems in the store", n)
		}
		return nil
	})
}

func problem(p portal.Problem) string {
	line := fmt.Sprintf("%-10s %s", p.Kind, p.Detail)
	if p.File != (models.ID{}) {
		line += ", file " + p.File.String()
	}
	if p.Object != "" {
		line += ", object " + p.Object
	}
	if p.Mended {
		line += ", deleted"
	}
	return line
}

type storageMove struct {
	To            string `required:"" enum:"disk,s3" help:"disk or s3."`
	DespiteLosses bool   `help:"Switch even though some objects were lost or altered already; they stay where they are."`
	Empty         bool   `help:"Delete the copies of the former store at the end."`
}

// Run moves the documents; stopped, it goes on where it was.
func (s storageMove) Run(ctx context.Context, c *portal.Config) error {
	return withDocuments(ctx, c, func(base *portal.Base, documents *portal.Documents) error {
		passing, err := base.BeginPassing(ctx, keeping.NewPass{Kind: keeping.Move, Target: s.To, Despite: s.DespiteLosses, Emptying: s.Empty})
		if err != nil {
			return explain(err)
		}
		last := time.Now()
		moving, halt := context.WithCancelCause(ctx)
		defer halt(nil)
		done, err := base.MoveDocuments(moving, documents, s.To, s.DespiteLosses, s.Empty, func(m storage.Moved) {
			if err := passing.Moved(ctx, m); err != nil {
				halt(err)
			}
			if m.Err != nil {
				tell(fmt.Sprintf("not moved: object %s: %v", m.Key, m.Err))
			}
			if time.Since(last) > time.Second {
				last = time.Now()
				tell(moved(m))
			}
		})
		if err != nil && ctx.Err() == nil && moving.Err() != nil {
			err = context.Cause(moving)
		}
		if err = passing.End(ctx, err); err != nil {
			return err
		}
		tell(moved(done))
		tell("documents are stored on " + s.To + " from now on")
		return nil
	})
}

func moved(m storage.Moved) string {
	return fmt.Sprintf("%d objects there, %d copied now (%s)", m.Objects, m.Copied, size(m.Bytes))
}

// size writes bytes for an operator.
func size(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d kB", (n+1023)>>10)
}

// withDocuments opens the stores around a short command.
func withDocuments(ctx context.Context, c *portal.Config, fn func(*portal.Base, *portal.Documents) error) error {
	return withBase(ctx, c, func(base *portal.Base) error {
		documents, err := base.OpenDocuments(ctx, func(word string) { fmt.Fprintln(os.Stderr, word) })
		if err != nil {
			return err
		}
		return fn(base, documents)
	})
}
