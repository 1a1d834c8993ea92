package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"passerelle/cmd/internal/portal"
	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/people"
	"passerelle/storage/worker"
)

type doctorCommand struct{}

// finding is one line of the doctor: what was looked at and what to do.
type finding struct {
	ok         bool
	what, note string
}

// Run says what works, what does not and what to do; it changes nothing, but
// makes the folder of documents and the master key where there are none.
func (doctorCommand) Run(ctx context.Context, c *portal.Config) error {
	if err := c.Complete(); err != nil {
		return err
	}
	base, err := portal.Join(ctx, c, c.Logger(), nil)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer base.Close()
	failed := 0
	for _, f := range findings(ctx, c, base) {
		mark := "ok  "
		if !f.ok {
			mark, failed = "FAIL", failed+1
		}
		fmt.Printf("%s  %-12s %s\n", mark, f.what, f.note)
	}
	if failed > 0 {
		return fmt.Errorf("%d things to mend", failed)
	}
	return nil
}

func findings(ctx context.Context, c *portal.Config, base *portal.Base) []finding {
	return []finding{
		database(ctx, base),
		extensions(ctx, base),
		meilisearch(ctx, base),
		mail(ctx, c, base),
		documents(ctx, base),
		clock(ctx, base),
		secret(ctx, base),
		confinement(ctx, c),
		{c.BaseURL != "", "address", c.BaseURL},
		{c.OperatorName != "", "operator", described(c.OperatorName, "set PASSERELLE_OPERATOR_* : the legal pages name nobody")},
	}
}

func described(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func database(ctx context.Context, base *portal.Base) finding {
	var version string
	if err := base.DB.Pool.QueryRow(ctx, "SHOW server_version").Scan(&version); err != nil {
		return finding{false, "database", err.Error()}
	}
	return finding{true, "database", "PostgreSQL " + version}
}

func extensions(ctx context.Context, base *portal.Base) finding {
	var n int
	err := base.DB.Pool.QueryRow(ctx, "SELECT count(*) FROM pg_available_extensions WHERE name IN ('unaccent', 'pg_trgm')").Scan(&n)
	if err != nil || n < 2 {
		return finding{false, "search", "install the contrib package of PostgreSQL: unaccent and pg_trgm are needed"}
	}
	return finding{true, "search", "PostgreSQL, unaccent and pg_trgm"}
}

func mail(ctx context.Context, c *portal.Config, base *portal.Base) finding {
	waiting := mailsWaiting(ctx, base)
	if c.SMTPURL == "" {
		return finding{false, "mail", fmt.Sprintf("set SMTP_URL: %d mails wait in the queue", waiting)}
	}
	u, err := url.Parse(c.SMTPURL)
	if err != nil {
		return finding{false, "mail", "SMTP_URL is not an address such as smtp://user:password@host:587"}
	}
	dialer := net.Dialer{Timeout: 3 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return finding{false, "mail", errors.Unwrap(err).Error()}
	}
	_ = conn.Close()
	return finding{true, "mail", fmt.Sprintf("%s answers; %d mails wait", u.Host, waiting)}
}

// mailsWaiting is zero too before the first migration.
func mailsWaiting(ctx context.Context, base *portal.Base) int {
	waiting := 0
	_ = base.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		counts, err := mailbox.Count(ctx, tx)
		waiting = counts.Waiting
		return err
	})
	return waiting
}

// documents tries the stores and the master key.
func documents(ctx context.Context, base *portal.Base) finding {
	notes := []string{}
	d, err := base.OpenDocuments(ctx, func(word string) { notes = append(notes, word) })
	var refusal *pgconn.PgError
	if errors.As(err, &refusal) && refusal.Code == "42P01" {
		return finding{true, "documents", "none before the first start"}
	}
	if err != nil {
		return finding{false, "documents", err.Error()}
	}
	if len(notes) > 0 {
		return finding{false, "documents", strings.Join(notes, "; ")}
	}
	note := "new ones go to " + d.Store.Name()
	if free, err := d.Disk.Free(ctx); err == nil {
		note += fmt.Sprintf("; %s free on disk", size(free))
	}
	return finding{true, "documents", note + ""}
}

func clock(ctx context.Context, base *portal.Base) finding {
	var theirs time.Time
	if err := base.DB.Pool.QueryRow(ctx, "SELECT now()").Scan(&theirs); err != nil {
		return finding{false, "clock", err.Error()}
	}
	apart := time.Since(theirs).Abs().Round(time.Millisecond)
	return finding{apart < 5*time.Second, "clock", fmt.Sprintf("%s apart from the database; deadlines end in %s", apart, base.DB.Zone)}
}

// secret looks for second factors that another secret key has sealed.
func secret(ctx context.Context, base *portal.Base) finding {
	const what = "secret key"
	var lost, all int
	err := base.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		lost, all, err = people.Unreadable(ctx, tx)
		return err
	})
	var refusal *pgconn.PgError
	switch {
	case errors.As(err, &refusal) && refusal.Code == "42P01":
		return finding{true, what, "nothing is sealed before the first start"}
	case err != nil:
		return finding{false, what, err.Error()}
	case lost > 0:
		return finding{false, what, fmt.Sprintf("%d second factors of %d were sealed with another one: put the former secret.key (PASSERELLE_SECRET_KEY) back, or free each person with passerelle account remove-factor", lost, all)}
	}
	return finding{true, what, fmt.Sprintf("reads the %d second factors", all)}
}

// confinement says how far the reading of other people's files is shut off here.
func confinement(ctx context.Context, c *portal.Config) finding {
	pool, err := worker.Open(worker.Config{Dir: filepath.Join(c.Data, "children"), Children: 1})
	if err != nil {
		return finding{false, "reading", err.Error()}
	}
	defer func() { _ = pool.Close() }()
	s, err := pool.Sandbox(ctx)
	if err != nil {
		return finding{false, "reading", err.Error()}
	}
	note := "files are read in a child process: " + s.String()
	if !s.Network {
		note += "; let passerelle make network namespaces (CAP_SYS_ADMIN, or unprivileged user namespaces)"
	}
	return finding{true, "reading", note}
}
