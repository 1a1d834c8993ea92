package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/cmd/internal/portal"
	"passerelle/models"
	"passerelle/models/searching"
)

// searchEngine names the engine of an order.
type searchEngine struct {
	Engine string `enum:",postgres,meilisearch" default:"" help:"postgres or meilisearch; when empty, the one that visitors are answered by."`
}

// outside reports that the order is about Meilisearch.
func (e searchEngine) outside(base *portal.Base) (bool, error) {
	if e.Engine == "meilisearch" && base.Engine() == nil {
		return false, errors.New("set MEILI_URL: no Meilisearch is configured")
	}
	return e.Engine != "postgres" && base.Engine() != nil, nil
}

type searchCheck struct {
	searchEngine
	Wait time.Duration `help:"How long a portal that serves may take to answer, for postgres: its own table is compared." default:"5m"`
}

// Run compares an index with the database, document by document (P17.23); it fails when
// they differ.
func (s searchCheck) Run(ctx context.Context, c *portal.Config) error {
	return withBase(ctx, c, func(base *portal.Base) error {
		outside, err := s.outside(base)
		if err != nil {
			return err
		}
		if outside {
			check, err := base.Engine().Check(ctx)
			if err != nil {
				return err
			}
			return driftOf("meilisearch", *check)
		}
		return s.ask(ctx, base)
	})
}

// ask has a process that answers searches compare its table: that of this command would
// be a copy made just now.
func (s searchCheck) ask(ctx context.Context, base *portal.Base) error {
	var id models.ID
	err := base.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		id, err = searching.Ask(ctx, tx, models.Operator(), searching.Checking)
		return err
	})
	if err != nil {
		return explain(err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.Wait)
	defer cancel()
	for {
		u, err := searching.LastUpkeep(ctx, base.DB, searching.Checking)
		switch {
		case ctx.Err() != nil:
			return s.giveUp(context.WithoutCancel(ctx), base)
		case err != nil:
			return err
		case u != nil && u.ID == id && u.State == searching.UpkeepDone:
			u.Result.EndedAt = u.EndedAt
			return driftOf("postgres", u.Result)
		case u != nil && u.ID == id && !u.Open():
			return fmt.Errorf("the check did not come to its end: %s %s", u.State, u.Error)
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (s searchCheck) giveUp(ctx context.Context, base *portal.Base) error {
	err := base.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		return searching.Stop(ctx, tx, models.Operator(), searching.Checking)
	})
	if models.KindOf(err) == models.KindConflict && err != nil {
		err = nil
	}
	return errors.Join(fmt.Errorf("no portal that serves has compared its table within %s", s.Wait), err)
}

func driftOf(engine string, c searching.Check) error {
	tell(fmt.Sprintf("%s: %d documents, %d in the index; %d missing, %d too many, %d different, %d on their way", engine, c.Documents, c.Indexed,
		c.Missed, c.Added, c.Differed, c.Waiting))
	switch {
	case c.Error != "":
		return errors.New(c.Error)
	case !c.Equal():
		return errors.New("the index is not what the database is: passerelle reindex")
	}
	return nil
}

type searchStop struct{ searchEngine }

// Run stops a rebuild; the index that answers stays in service (P14.1).
func (s searchStop) Run(ctx context.Context, c *portal.Config) error {
	return withBase(ctx, c, func(base *portal.Base) error {
		outside, err := s.outside(base)
		if err != nil {
			return err
		}
		uid := ""
		err = base.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			if !outside {
				return searching.Stop(ctx, tx, models.Operator(), searching.Rebuilding)
			}
			if uid, err = searching.Abandon(ctx, tx, models.Operator()); err == nil && uid == "" {
				err = models.Conflict("search.moved", nil)
			}
			return err
		})
		if err != nil {
			return explain(err)
		}
		if uid != "" {
			err = base.Engine().Discard(ctx, uid)
		}
		tell("stopped: the index that answers stays in service")
		return err
	})
}
