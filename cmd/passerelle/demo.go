package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"

	"passerelle/cmd/internal/portal"
	"passerelle/models/seed"
)

type demoCommand struct {
	Reset bool `help:"Forget what was done in the demonstration and begin again."`
}

// Run serves the demonstration: real catalogue, fictitious people, local
// mailbox, a clock that can be moved. It is the one command of the README
// (P16.3).
func (d demoCommand) Run(ctx context.Context, c *portal.Config) error {
	if err := d.prepare(c); err != nil {
		return err
	}
	listener, err := c.Listen()
	if err != nil {
		return err
	}
	c.BaseURL = "http://" + listener.Addr().String()
	base, err := portal.Own(ctx, c, c.Logger(), tell)
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
	people, err := seed.Demo(ctx, base.DB, tell)
	if err != nil {
		return err
	}
	server, err := base.Serve(ctx, listener, true)
	if err != nil {
		return err
	}
	d.welcome(c, people)
	filling, stop := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() { d.papers(filling, server, people) })
	defer done.Wait()
	defer stop()
	return server.Run(ctx)
}

// prepare points the settings at a folder of the demonstration's own.
func (d demoCommand) prepare(c *portal.Config) error {
	c.Demo = true
	if c.DatabaseURL != "" {
		return fmt.Errorf("demo uses a private database; unset DATABASE_URL or use serve")
	}
	if os.Getenv("PASSERELLE_LOG_LEVEL") == "" && c.LogLevel == "info" {
		c.LogLevel = "warn"
	}
	if host, _, err := net.SplitHostPort(c.Addr); err != nil || host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return fmt.Errorf("demo shows every mail to whoever asks, so it listens on this machine alone: PASSERELLE_ADDR=127.0.0.1:8080, not %q", c.Addr)
	}
	d.operator(c)
	explicit := c.Data != ""
	if err := c.Complete(); err != nil {
		return err
	}
	if !explicit {
		c.Data = filepath.Join(c.Data, "demo")
		if err := os.MkdirAll(c.Data, 0o755); err != nil {
			return err
		}
	}
	if d.Reset {
		return forget(c.Data)
	}
	return nil
}

// operator names a fictitious service, so that receipts and standing pages are
// whole (P18.14); what the settings say comes first.
func (demoCommand) operator(c *portal.Config) {
	for _, one := range []struct {
		to    *string
		value string
	}{
		{&c.OperatorName, "Service formation de démonstration"},
		{&c.OperatorAddress, "1 place de la Passerelle, 75000 Ville-Exemple"},
		{&c.OperatorContact, "formation@example.org"},
		{&c.OperatorPhone, "01 99 00 12 34"},
		{&c.OperatorDirector, "Camille Démo, directrice fictive"},
		{&c.OperatorDataOfficer, "donnees@example.org"},
		{&c.OperatorHost, "Cette machine, pour la démonstration"},
	} {
		*one.to = cmp.Or(*one.to, one.value)
	}
}

// forget removes the demonstration's database and documents, nothing else of
// the folder.
func forget(folder string) error {
	for _, name := range []string{"postgres", "postgres.new", "documents", "master.key"} {
		if err := os.RemoveAll(filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	return nil
}

func (demoCommand) welcome(c *portal.Config, people seed.Accounts) {
	fmt.Printf("\nPasserelle: %s\n\n", c.BaseURL)
	for _, a := range people.List {
		fmt.Printf("  %-34s %s\n", a.Email, a.Who)
	}
	fmt.Printf("\n  password for all: %s\n  mailbox: %s/_mail   components: %s/_gallery\n\n", people.Password, c.BaseURL, c.BaseURL)
}
