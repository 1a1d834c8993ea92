package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/seed"
)

// deskClients is how many officers work at once.
const deskClients = 4

// deskWork is what officers ask of the desk.
type deskWork struct {
	words    []string // lists filtered by a name or a number
	whole    []string // the whole scope, several orders and pages
	opened   []string // applications
	reviewed []string // applications with documents, at the review desk
	cookie   string
}

// deskCase measures the officers' list and dossiers with many applications (P9.1,
// P18.16).
func deskCase(ctx context.Context, p *portal, o options) ([]row, error) {
	if err := errors.Join(p.filled(ctx), p.stop()); err != nil {
		return nil, err
	}
	w, err := prepareDesk(ctx, p, o.Dossiers)
	if err != nil {
		return nil, err
	}
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	var rows []row
	for _, c := range []struct {
		name    string
		paths   []string
		clients int
	}{
		{"desk list, a name or a number typed", w.words, deskClients},
		{"desk list, the whole scope", w.whole, deskClients},
		{"dossier opened", w.opened, 1},
		{"review desk opened", w.reviewed, 1},
		{"dossier opened, 4 officers", w.opened, deskClients},
		{"review desk opened, 4 officers", w.reviewed, deskClients},
	} {
		r, err := deskRow(p, o, w.cookie, c.paths, c.clients)
		if err != nil {
			return rows, err
		}
		r.Case = fmt.Sprintf("%s, %d applications", c.name, o.Dossiers)
		rows = append(rows, r)
	}
	return rows, nil
}

func deskRow(p *portal, o options, cookie string, paths []string, clients int) (row, error) {
	pl := plan{URL: p.url, Clients: clients, Seconds: o.Seconds, Loop: true, Want: []int{http.StatusOK}}
	for _, path := range paths {
		pl.Requests = append(pl.Requests, request{Path: path, Cookie: cookie})
	}
	warm := pl
	warm.Seconds, warm.Requests = 2, pl.Requests[:min(len(pl.Requests), 40)]
	if _, err := load(warm); err != nil {
		return row{}, err
	}
	before := p.cpu()
	m, err := load(pl)
	r := m.row("")
	r.CPU, r.RSS = 100*(p.cpu()-before).Seconds()/m.Elapsed.Seconds(), p.rss()
	return r, err
}

func prepareDesk(ctx context.Context, p *portal, n int) (w deskWork, err error) {
	b, err := p.openBase(ctx)
	if err != nil {
		return w, err
	}
	defer func() { err = errors.Join(err, b.close(ctx)) }()
	if err := b.fill(ctx, n); err != nil {
		return w, err
	}
	officer, err := b.actor(ctx, seed.Officer)
	if err != nil {
		return w, err
	}
	if w.cookie, err = b.session(ctx, officer.Account); err != nil {
		return w, err
	}
	if err := w.type_(ctx, b); err != nil {
		return w, err
	}
	for _, order := range []string{"", "tri=anciennete", "tri=nom", "tri=numero", "tri=formation"} {
		for _, page := range []string{"", "&page=2", "&page=40"} {
			w.whole = append(w.whole, "/bureau?vue=toutes&"+strings.TrimPrefix(order+page, "&"))
		}
	}
	w.opened, err = b.addresses(ctx, "/bureau/candidatures/", "", `SELECT id FROM applications WHERE submitted_at IS NOT NULL ORDER BY md5(id::text) LIMIT 2000`)
	if err != nil {
		return w, err
	}
	w.reviewed, err = b.addresses(ctx, "/bureau/candidatures/", "/relecture",
		`SELECT d.application_id FROM documents d JOIN applications a ON a.id = d.application_id WHERE d.state = 'live' AND a.submitted_at IS NOT NULL
			GROUP BY 1 ORDER BY md5(d.application_id::text) LIMIT 2000`)
	return w, err
}

func (b *base) addresses(ctx context.Context, before, after, sql string) ([]string, error) {
	rows, err := b.Pool.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = before + id.String() + after
	}
	return out, err
}

// type_ types what officers type: a name, a first name, the beginning of both,
// one without its accents, a number.
func (w *deskWork) type_(ctx context.Context, b *base) error {
	rows, err := b.Pool.Query(ctx, `SELECT applicant_name, number FROM applications WHERE submitted_at IS NOT NULL ORDER BY md5(number::text) LIMIT 600`)
	if err != nil {
		return err
	}
	var name string
	var number, i int
	_, err = pgx.ForEachRow(rows, []any{&name, &number}, func() error {
		first, last, _ := strings.Cut(name, " ")
		typed := []string{last, name, first + " " + string([]rune(last)[:min(3, len([]rune(last)))]), string([]rune(last)[:min(5, len([]rune(last)))]),
			first, fmt.Sprintf("PR-2026-%06d", number)}[i%6]
		i++
		w.words = append(w.words, "/bureau?q="+url.QueryEscape(typed))
		return nil
	})
	return err
}
