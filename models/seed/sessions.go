package seed

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sort"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// town is where a generated session can be held, drawn by population.
type town struct {
	name, department, region string
	upTo                     int // populations summed so far
}

// generated is one session out of the generator.
type generated struct {
	external            string
	starts, ends        time.Time
	opens, closes       time.Time
	place               *town // nil: remote
	modality            catalogue.Modality
	capacity, elsewhere int
	waiting             bool
	cancelled           bool
	reason              string
	cancelledDaysBefore int
	wanted              catalogue.State // what the generator aimed at, for tests
}

// sessions makes none to three sessions per course around today, marked as
// generated. The same course and day always give the same sessions.
func sessions(ctx context.Context, tx models.Tx, today time.Time) error {
	towns, err := readTowns(ctx, tx)
	if err != nil {
		return err
	}
	courses, err := tx.PGX.Query(ctx, `SELECT id, reference, coalesce(duration_days, 5) FROM courses ORDER BY reference`)
	if err != nil {
		return err
	}
	var list [][]any
	var id models.ID
	var reference string
	var days int
	_, err = pgx.ForEachRow(courses, []any{&id, &reference, &days}, func() error {
		for _, g := range generate(reference, days, today, towns) {
			list = append(list, g.row(tx, id))
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = tx.PGX.CopyFrom(ctx, pgx.Identifier{"sessions"}, []string{"id", "course_id", "external_id", "generated", "starts_on", "ends_on", "place",
		"department_code", "region_code", "modality", "capacity", "seats_elsewhere", "waiting_list", "opens_on", "closes_on", "cancelled_at", "cancel_reason"},
		pgx.CopyFromRows(list))
	return err
}

func readTowns(ctx context.Context, tx models.Tx) ([]town, error) {
	found, err := tx.PGX.Query(ctx, `SELECT name, department_code, region_code, population FROM cities
		WHERE population >= 30000 AND name NOT LIKE '% Arrondissement' ORDER BY insee`)
	if err != nil {
		return nil, err
	}
	var towns []town
	var t town
	total, population := 0, 0
	_, err = pgx.ForEachRow(found, []any{&t.name, &t.department, &t.region, &population}, func() error {
		total += population
		t.upTo = total
		towns = append(towns, t)
		return nil
	})
	if err == nil && len(towns) == 0 {
		err = fmt.Errorf("no town to hold sessions in")
	}
	return towns, err
}

// chances of each state, in percent.
var chances = []struct {
	state catalogue.State
	upTo  int
}{{catalogue.Open, 50}, {catalogue.Waiting, 58}, {catalogue.Full, 66}, {catalogue.NotYetOpen, 80}, {catalogue.Closed, 92}, {catalogue.Cancelled, 100}}

var reasons = []string{"Nombre d’inscrits insuffisant à la clôture", "Formateur indisponible", "Locaux indisponibles", "Session reportée à une date ultérieure"}

// generate draws the sessions of a course; pure.
func generate(reference string, days int, today time.Time, towns []town) []generated {
	h := fnv.New64a()
	_, _ = h.Write([]byte(reference))
	r := rand.New(rand.NewPCG(h.Sum64(), 20240607))
	n := [20]int{0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3}[r.IntN(20)]
	list := make([]generated, 0, n)
	for i := range n {
		g := generated{external: fmt.Sprintf("GEN-%s-%d", reference, i+1)}
		draw := r.IntN(100)
		for _, c := range chances {
			if draw < c.upTo {
				g.wanted = c.state
				break
			}
		}
		g.dates(r, days, today)
		g.seats(r)
		switch m := r.IntN(100); {
		case m < 15:
			g.modality = catalogue.Remote
		case m < 35:
			g.modality, g.place = catalogue.Mixed, draws(r, towns)
		default:
			g.modality, g.place = catalogue.OnSite, draws(r, towns)
		}
		list = append(list, g)
	}
	return list
}

func draws(r *rand.Rand, towns []town) *town {
	at := r.IntN(towns[len(towns)-1].upTo)
	return &towns[sort.Search(len(towns), func(i int) bool { return towns[i].upTo > at })]
}

func (g *generated) dates(r *rand.Rand, days int, today time.Time) {
	between := func(low, high int) int { return low + r.IntN(high-low+1) }
	add := func(t time.Time, days int) time.Time { return t.AddDate(0, 0, days) }
	switch g.wanted {
	case catalogue.NotYetOpen:
		g.opens = add(today, between(7, 90))
		g.closes = add(g.opens, between(30, 60))
	case catalogue.Closed:
		g.closes = add(today, -between(1, 120))
		g.opens = add(g.closes, -between(30, 60))
	default:
		g.opens = add(today, -between(5, 60))
		g.closes = add(today, between(3, 90))
	}
	g.starts = add(g.closes, between(35, 75))
	for g.starts.Weekday() != time.Monday {
		g.starts = add(g.starts, 1)
	}
	g.ends = add(g.starts, max(days-1, 0))
	if wd := g.ends.Weekday(); wd == time.Saturday || wd == time.Sunday {
		g.ends = add(g.ends, 2)
	}
}

func (g *generated) seats(r *rand.Rand) {
	g.capacity = []int{8, 10, 12, 12, 14, 15, 16, 18, 20, 20, 24, 30}[r.IntN(12)]
	g.waiting = r.IntN(2) == 0
	switch g.wanted {
	case catalogue.Waiting:
		g.elsewhere, g.waiting = g.capacity, true
	case catalogue.Full:
		g.elsewhere, g.waiting = g.capacity, false
	case catalogue.NotYetOpen:
		g.elsewhere = 0
	case catalogue.Cancelled:
		g.elsewhere, g.cancelled, g.cancelledDaysBefore = r.IntN(4), true, 1+r.IntN(20)
		g.reason = reasons[r.IntN(len(reasons))]
	default:
		g.elsewhere = r.IntN(g.capacity)
	}
}

func (g *generated) row(tx models.Tx, course models.ID) []any {
	var department, region *string
	place := ""
	if g.place != nil {
		department, region, place = &g.place.department, &g.place.region, g.place.name
	}
	var cancelledAt *time.Time
	if g.cancelled {
		at := tx.Now.AddDate(0, 0, -g.cancelledDaysBefore)
		cancelledAt = &at
	}
	return []any{tx.NewID(), course, g.external, true, g.starts, g.ends, place, department, region, string(g.modality), int32(g.capacity),
		int32(g.elsewhere), g.waiting, g.opens, g.closes, cancelledAt, g.reason}
}
