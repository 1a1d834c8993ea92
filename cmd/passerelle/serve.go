package main

import (
	"context"
	"fmt"
	"os"

	"passerelle/cmd/internal/portal"
)

type serveCommand struct {
	NoWork bool `help:"Leave the queues to another process (passerelle work)."`
}

// Run serves until it is told to stop.
func (s serveCommand) Run(ctx context.Context, c *portal.Config) error {
	if err := c.Complete(); err != nil {
		return err
	}
	base, err := portal.Own(ctx, c, c.Logger(), tell)
	if err != nil {
		return err
	}
	defer base.Close()
	if err := base.Migrate(ctx); err != nil {
		return err
	}
	if c.SMTPURL == "" {
		tell("no SMTP_URL: mails wait in the queue")
	}
	listener, err := c.Listen()
	if err != nil {
		return err
	}
	server, err := base.Serve(ctx, listener, !s.NoWork)
	if err != nil {
		return err
	}
	tell("ready at " + c.BaseURL)
	return server.Run(ctx)
}

type workCommand struct{}

// Run works the queues until it is told to stop.
func (workCommand) Run(ctx context.Context, c *portal.Config) error {
	return withBase(ctx, c, func(base *portal.Base) error {
		stop, err := base.Work(ctx)
		if err != nil {
			return err
		}
		tell("working")
		<-ctx.Done()
		return stop(context.WithoutCancel(ctx))
	})
}

type migrateCommand struct{}

// Run migrates and stops.
func (migrateCommand) Run(ctx context.Context, c *portal.Config) error {
	return withBase(ctx, c, func(*portal.Base) error { tell("schema up to date"); return nil })
}

// withBase opens and migrates the database around a short command.
func withBase(ctx context.Context, c *portal.Config, fn func(*portal.Base) error) error {
	if err := c.Complete(); err != nil {
		return err
	}
	base, err := portal.Join(ctx, c, c.Logger(), tell)
	if err != nil {
		return err
	}
	defer base.Close()
	if err := base.Migrate(ctx); err != nil {
		return err
	}
	if err := base.RestoreClock(ctx); err != nil {
		return err
	}
	return fn(base)
}

// tell prints one line for the operator, apart from the log.
func tell(line string) { fmt.Fprintln(os.Stdout, line) }
