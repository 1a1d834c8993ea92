package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"passerelle/cmd/internal/portal"
	"passerelle/models"
	"passerelle/models/keeping"
)

type storageStatus struct {
	JSON bool `help:"One JSON object."`
}

// told is what status says in JSON.
type told struct {
	Kinds    []keeping.Volume  `json:"kinds"`
	Check    *keeping.Pass     `json:"check"`
	Last     *keeping.Pass     `json:"last_check"`
	Move     *keeping.Pass     `json:"move"`
	Findings []keeping.Summary `json:"findings"`
	Infected int               `json:"infected"`
	Waiting  int               `json:"waiting_for_antivirus"`
}

// Run says how the store is (P14.2).
func (s storageStatus) Run(ctx context.Context, c *portal.Config) error {
	return withTx(ctx, c, func(ctx context.Context, tx models.Tx) (err error) {
		var all told
		by := models.Operator()
		if all.Kinds, err = keeping.Volumes(ctx, tx, by); err != nil {
			return err
		}
		if all.Check, all.Last, all.Move, err = keeping.Latest(ctx, tx, by); err != nil {
			return err
		}
		if all.Findings, err = keeping.Summaries(ctx, tx, by); err != nil {
			return err
		}
		if all.Infected, all.Waiting, _, err = keeping.QuarantineCount(ctx, tx, by); err != nil {
			return err
		}
		if s.JSON {
			return json.NewEncoder(os.Stdout).Encode(all)
		}
		all.say()
		return nil
	})
}

func (a told) say() {
	for _, v := range a.Kinds {
		tell(fmt.Sprintf("%-10s %d objects, %s", v.Kind, v.Objects, size(v.Bytes)))
	}
	for _, p := range []*keeping.Pass{a.Check, a.Move} {
		if p != nil && p.Open() {
			tell(fmt.Sprintf("%s %s: %d %%, %d objects of %d, %d wrong", p.Kind, p.State, p.Percent(), p.Objects, p.TotalObjects, p.Wrong+p.Orphans))
		}
	}
	if a.Last != nil && a.Last.EndedAt != nil {
		tell(fmt.Sprintf("last check (%s) ended %s: %d objects, %d wrong", a.Last.Kind, a.Last.EndedAt.UTC().Format(time.RFC3339), a.Last.Objects, a.Last.Wrong+a.Last.Orphans))
	} else {
		tell("no check yet")
	}
	for _, f := range a.Findings {
		tell(fmt.Sprintf("%-10s %d objects, %d can be restored, %d asked for", f.Kind, f.Objects, f.Restorable, f.Asked))
	}
	if a.Infected+a.Waiting > 0 {
		tell(fmt.Sprintf("quarantine %d infected, %d wait for the antivirus", a.Infected, a.Waiting))
	}
}

// onePass names the work that an order is about: checks and moves go on beside each other.
type onePass struct {
	Move bool `help:"The move; without it, the check."`
}

func (o onePass) turn(ctx context.Context, c *portal.Config, verb func(context.Context, models.Tx, models.Actor, models.ID) error, done string) error {
	return withTx(ctx, c, func(ctx context.Context, tx models.Tx) error {
		of, _, move, err := keeping.Latest(ctx, tx, models.Operator())
		if err != nil {
			return err
		}
		if o.Move {
			of = move
		}
		if of == nil || !of.Open() {
			return errors.New("nothing goes on: see passerelle storage status")
		}
		if err := verb(ctx, tx, models.Operator(), of.ID); err != nil {
			return explain(err)
		}
		tell(fmt.Sprintf("%s %s, at %d %%", of.Kind, done, of.Percent()))
		return nil
	})
}

type storageSuspend struct{ onePass }

// Run suspends a pass.
func (s storageSuspend) Run(ctx context.Context, c *portal.Config) error {
	return s.turn(ctx, c, keeping.Suspend, "suspended")
}

type storageResume struct{ onePass }

// Run resumes a pass.
func (s storageResume) Run(ctx context.Context, c *portal.Config) error {
	return s.turn(ctx, c, keeping.Resume, "goes on")
}

type storageStop struct{ onePass }

// Run stops a pass.
func (s storageStop) Run(ctx context.Context, c *portal.Config) error {
	return s.turn(ctx, c, keeping.Stop, "stopped")
}

type storageMend struct {
	Kind string `arg:"" enum:"altered,missing,orphan" help:"What was found: altered, missing or orphan objects."`
	Act  string `arg:"" enum:"restore,lose,erase" help:"restore: put back the sound copy of the other store; lose: give the documents up and ask their owners for them again; erase: delete objects that no document has."`
	Most int    `required:"" help:"Do nothing if there are more than this."`
}

// Run orders an act about every finding of a kind; the portal's jobs do it (P17.24).
func (s storageMend) Run(ctx context.Context, c *portal.Config) error {
	return withTx(ctx, c, func(ctx context.Context, tx models.Tx) error {
		kind, act := keeping.FindingKind(s.Kind), keeping.Act(s.Act)
		if !act.Fits(kind) {
			return fmt.Errorf("%s does not go with %s objects", act, kind)
		}
		n, err := keeping.Ask(ctx, tx, models.Operator(), kind, act, keeping.Chosen{Most: s.Most})
		if err != nil {
			return explain(err)
		}
		tell(fmt.Sprintf("%s asked for about %d objects: the portal does it", act, n))
		return nil
	})
}

type storageRetention struct {
	JSON bool              `help:"One JSON line per rule."`
	With map[string]string `help:"Preview other delays: setting=days."`
}

// Run previews the rules of retention (P17.24).
func (s storageRetention) Run(ctx context.Context, c *portal.Config) error {
	return withTx(ctx, c, func(ctx context.Context, tx models.Tx) error {
		list, err := keeping.Retention(ctx, tx, models.Operator())
		if err != nil {
			return err
		}
		out := json.NewEncoder(os.Stdout)
		for _, r := range list {
			if s.JSON {
				if err := out.Encode(r); err != nil {
					return err
				}
				continue
			}
			tell(rule(r))
		}
		if len(s.With) == 0 {
			return nil
		}
		now, err := keeping.ErasedNow(ctx, tx, models.Operator(), s.With)
		if err == nil {
			tell(fmt.Sprintf("with these delays the next sweep would erase %d, %d objects, %s", now.Count, now.Objects, size(now.Bytes)))
		}
		return err
	})
}

func rule(r keeping.Applied) string {
	kept := fmt.Sprintf("%d h", r.Hours)
	if r.Setting != "" {
		kept = fmt.Sprintf("%d days (%s)", r.Days, r.Setting)
	}
	next := "nothing is due"
	if r.Next != nil {
		next = "next " + r.Next.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("%-16s kept %s; %s; %d within 7 days, %d within 30, %d in all, %s", r.Key, kept, next, r.Week.Count, r.Month.Count, r.All.Count, size(r.All.Bytes))
}

// withTx opens the database around one transaction of a short command.
func withTx(ctx context.Context, c *portal.Config, fn func(context.Context, models.Tx) error) error {
	return withBase(ctx, c, func(base *portal.Base) error { return base.DB.InTx(ctx, fn) })
}
