package handlers

import (
	"context"
	"slices"
	"strconv"
	"time"

	"passerelle/models"
	"passerelle/models/searching"
	"passerelle/views/administration"
)

const (
	shownQueries   = 50
	likeDeadline   = time.Second // titles that look like a query are a help, not a need
	shownLikes     = 20
	overviewDays   = 30
	overviewRows   = 5
	overviewMoves  = 6
	overviewLatest = 4
)

// showQueries lists what visitors type (P14.1).
func (p *Portal) showQueries(c *Call) error {
	page := administration.QueriesPage{List: c.Query("liste"), Days: overviewDays}
	if !slices.Contains(searching.QueryLists(), page.List) {
		page.List = searching.Frequent
	}
	if days, err := strconv.Atoi(c.Query("jours")); err == nil && slices.Contains(administration.QueryDays(), days) {
		page.Days = days
	}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		list, err := searching.Queries(ctx, tx, c.Actor, page.List, page.Days, shownQueries)
		if err != nil {
			return err
		}
		page.Rows = queryRows(list)
		from := tx.Today().AddDate(0, 0, 1-page.Days)
		if page.Totals, err = searching.TotalQueries(ctx, tx, c.Actor, from, tx.Today()); err != nil {
			return err
		}
		page.Earlier, err = searching.TotalQueries(ctx, tx, c.Actor, from.AddDate(0, 0, -page.Days), from.AddDate(0, 0, -1))
		return err
	})
	if err != nil {
		return err
	}
	if page.List != searching.Frequent {
		p.likes(c, page.Rows)
	}
	return c.Render(administration.Queries(page))
}

func queryRows(list []searching.Query) []administration.QueryRow {
	rows := make([]administration.QueryRow, len(list))
	for i, q := range list {
		rows[i].Query = q
	}
	return rows
}

// likes adds the titles that look like the first queries; without them, in
// time, the list stands.
func (p *Portal) likes(c *Call, rows []administration.QueryRow) {
	ctx, cancel := context.WithTimeout(c.Context(), likeDeadline)
	defer cancel()
	texts := []string{}
	for _, r := range rows[:min(len(rows), shownLikes)] {
		texts = append(texts, r.Text)
	}
	found, err := searching.Closest(ctx, p.DB.Pool, texts)
	if err != nil {
		return
	}
	for i := range rows {
		rows[i].Closest = found[rows[i].Text]
	}
}

// settingsOverview is what the first page of the console shows of settings and
// queries.
func (p *Portal) settingsOverview(c *Call) (o administration.SettingsOverview, err error) {
	o.Clock, o.Days = p.adminClock(), overviewDays
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		list, err := searching.Queries(ctx, tx, c.Actor, searching.Without, overviewDays, overviewRows)
		if err != nil {
			return err
		}
		o.Without = queryRows(list)
		if err := queryTotals(ctx, tx, c.Actor, &o); err != nil {
			return err
		}
		d, err := searching.DraftOf(ctx, tx, c.Actor)
		if err != nil {
			return err
		}
		o.Changes = len(d.Changes)
		if o.Synonyms, o.Total, err = searching.SynonymRows(ctx, tx, c.Actor, d, "", overviewLatest); err != nil {
			return err
		}
		if o.Rehearsal, err = searching.LastRehearsal(ctx, tx, c.Actor, d); err != nil || o.Rehearsal == nil {
			return err
		}
		o.Moves, err = searching.Moves(ctx, tx, o.Rehearsal.ID, overviewMoves)
		return err
	})
	if err == nil {
		p.likes(c, o.Without)
	}
	return o, err
}

// queryFigures are the figures of the queries alone, asked for every few seconds.
func (p *Portal) queryFigures(c *Call) (o administration.SettingsOverview, err error) {
	o.Clock = p.adminClock()
	err = c.InTx(func(ctx context.Context, tx models.Tx) error { return queryTotals(ctx, tx, c.Actor, &o) })
	return o, err
}

func queryTotals(ctx context.Context, tx models.Tx, by models.Actor, o *administration.SettingsOverview) (err error) {
	day := func(ago int) time.Time { return tx.Today().AddDate(0, 0, -ago) }
	if o.Yesterday, err = searching.TotalQueries(ctx, tx, by, day(1), day(0)); err != nil {
		return err
	}
	if o.Week, err = searching.TotalQueries(ctx, tx, by, day(6), day(0)); err != nil {
		return err
	}
	o.Before, err = searching.TotalQueries(ctx, tx, by, day(13), day(7))
	return err
}
