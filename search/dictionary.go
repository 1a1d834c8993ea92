package search

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// dictionary keeps the labels behind the short numbers of cards. Truth stays
// in the database: labels are read again every minute.
type dictionary struct {
	db    *models.DB
	mu    sync.Mutex
	until time.Time
	last  *labels
}

// labels is one reading of the referentials.
type labels struct {
	documents   int // about how many, for rarity
	themes      map[uint16]themeLabel
	regions     map[uint16]placeLabel
	departments map[uint16]placeLabel
	themeBySlug map[string]uint16
	regionBy    map[string]uint16
	departBy    map[string]uint16
}

type themeLabel struct {
	slug, name string
	parent     uint16 // 0 for a domain
}

type placeLabel struct {
	code, name string
	region     uint16
}

func (d *dictionary) get(ctx context.Context) (*labels, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last != nil && time.Now().Before(d.until) {
		return d.last, nil
	}
	read, err := readLabels(ctx, d.db)
	if err != nil {
		return nil, err
	}
	d.last, d.until = read, time.Now().Add(time.Minute)
	if len(read.themes) == 0 {
		d.until = time.Now() // an empty portal is about to be filled
	}
	return read, nil
}

func readLabels(ctx context.Context, db *models.DB) (*labels, error) {
	l := &labels{themes: map[uint16]themeLabel{}, regions: map[uint16]placeLabel{}, departments: map[uint16]placeLabel{},
		themeBySlug: map[string]uint16{}, regionBy: map[string]uint16{}, departBy: map[string]uint16{}}
	if err := db.Pool.QueryRow(ctx, `SELECT count(*) FROM search_documents`, models.Prepared).Scan(&l.documents); err != nil {
		return nil, err
	}
	rows, err := db.Pool.Query(ctx, `
		SELECT 't', t.no, t.slug, t.name, coalesce(p.no, 0) FROM themes t LEFT JOIN themes p ON p.id = t.parent_id
		UNION ALL SELECT 'r', no, code, name, 0 FROM regions
		UNION ALL SELECT 'd', d.no, d.code, d.name, r.no FROM departments d JOIN regions r ON r.code = d.region_code`, models.Prepared)
	if err != nil {
		return nil, err
	}
	var what, code, name string
	var no, above uint16
	_, err = pgx.ForEachRow(rows, []any{&what, &no, &code, &name, &above}, func() error {
		switch what {
		case "t":
			l.themes[no], l.themeBySlug[code] = themeLabel{slug: code, name: name, parent: above}, no
		case "r":
			l.regions[no], l.regionBy[code] = placeLabel{code: code, name: name}, no
		case "d":
			l.departments[no], l.departBy[code] = placeLabel{code: code, name: name, region: above}, no
		}
		return nil
	})
	return l, err
}
