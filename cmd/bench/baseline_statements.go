package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"passerelle/handlers"
	"passerelle/models"
	"passerelle/search"
	"passerelle/static"
)

// statement is one thing that a request asked of the database.
type statement struct {
	sql  string
	args []any
}

// recorder keeps the statements of the request in hand; one request at a time.
type recorder struct{ statements []statement }

func (r *recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	args := slices.DeleteFunc(slices.Clone(q.Args), func(a any) bool { _, mode := a.(pgx.QueryExecMode); return mode })
	r.statements = append(r.statements, statement{q.SQL, args})
	return ctx
}

func (*recorder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// record runs each writer's request through the application on a copy of the
// database and returns what it asked, request by request.
func record(ctx context.Context, p *portal, url string, ws []writer) ([][]statement, error) {
	tracer := &recorder{}
	db, err := p.openDB(ctx, url, tracer)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	assets, err := static.New()
	if err != nil {
		return nil, err
	}
	app := handlers.NewApp(&handlers.Portal{DB: db, Index: search.NewPostgres(db), Assets: assets, Log: slog.New(slog.DiscardHandler),
		BaseURL: "http://127.0.0.1:18080", MailConfigured: true, RateFactor: 100_000})
	scripts := make([][]statement, len(ws))
	for i, w := range ws {
		tracer.statements = nil
		if err := ask(app, w); err != nil {
			return nil, err
		}
		scripts[i] = tracer.statements
	}
	return scripts, nil
}

func ask(app *fiber.App, w writer) error {
	r := httptest.NewRequest(http.MethodPost, w.path, strings.NewReader(w.body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: "passerelle", Value: w.token})
	response, err := app.Test(r, -1)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusSeeOther {
		body, _ := io.ReadAll(response.Body)
		return fmt.Errorf("%s: %s\n%.2000s", w.path, response.Status, body)
	}
	return nil
}

// replay sends the recorded statements to the true database: prepared, one per
// round trip, same pool, as many at once as the load had clients.
func replay(ctx context.Context, pool *pgxpool.Pool, scripts [][]statement, clients int) (measured, error) {
	var next atomic.Int64
	var m measured
	var mu sync.Mutex
	var failed error
	begin := time.Now()
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < len(scripts); i = int(next.Add(1) - 1) {
				start := time.Now()
				err := replayOne(ctx, pool, scripts[i])
				mu.Lock()
				m.Count, m.Times = m.Count+1, append(m.Times, time.Since(start))
				if err != nil {
					m.Errors, failed = m.Errors+1, err
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	m.Elapsed = time.Since(begin)
	slices.Sort(m.Times)
	return m, failed
}

func replayOne(ctx context.Context, pool *pgxpool.Pool, script []statement) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	for _, s := range script {
		args := append([]any{models.Prepared}, s.args...)
		if len(s.args) == 0 {
			args = nil // begin and commit
		}
		if _, err := conn.Exec(ctx, s.sql, args...); err != nil {
			return fmt.Errorf("%.80s: %w", s.sql, err)
		}
	}
	return nil
}
