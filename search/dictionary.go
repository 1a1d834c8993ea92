package search

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue/words"
)

// dictionary keeps the labels behind the short numbers of cards. Truth stays
// in the database: labels are read again every minute.
type dictionary struct {
	db     *models.DB
	mu     sync.Mutex
	until  time.Time
	last   *labels
	looked uint32 // highest number of a structure that labels were read again for
}

// labels is one reading of the referentials.
type labels struct {
	themes      map[uint16]themeLabel
	regions     map[uint16]placeLabel
	departments map[uint16]placeLabel
	themeBySlug map[string]uint16
	regionBy    map[string]uint16
	departBy    map[string]uint16
	structures  map[uint32]structureLabel
	structureBy map[string]uint32
	structure   uint32 // highest number
}

type themeLabel struct {
	slug, name string
	parent     uint16 // 0 for a domain
}

type structureLabel struct {
	slug, name string
	folded     string // name as it is compared with what is typed
}

type placeLabel struct {
	code, name string
	region     uint16
}

// get gives the labels, those of every structure up to a number included: a
// document may be newer than the last reading.
func (d *dictionary) get(ctx context.Context, structure uint32) (*labels, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last != nil && time.Now().Before(d.until) && structure <= max(d.last.structure, d.looked) {
		return d.last, nil
	}
	read, err := readLabels(ctx, d.db)
	if err != nil {
		return nil, err
	}
	d.last, d.until, d.looked = read, time.Now().Add(time.Minute), structure
	if len(read.themes) == 0 {
		d.until = time.Now() // an empty portal is about to be filled
	}
	return read, nil
}

func readLabels(ctx context.Context, db *models.DB) (*labels, error) {
	l := &labels{themes: map[uint16]themeLabel{}, regions: map[uint16]placeLabel{}, departments: map[uint16]placeLabel{},
		themeBySlug: map[string]uint16{}, regionBy: map[string]uint16{}, departBy: map[string]uint16{},
		structures: map[uint32]structureLabel{}, structureBy: map[string]uint32{}}
	rows, err := db.Pool.Query(ctx, `
		SELECT 't', t.no, t.slug, t.name, coalesce(p.no, 0) FROM themes t LEFT JOIN themes p ON p.id = t.parent_id
		UNION ALL SELECT 'r', no, code, name, 0 FROM regions
		UNION ALL SELECT 'd', d.no, d.code, d.name, r.no FROM departments d JOIN regions r ON r.code = d.region_code
		UNION ALL SELECT 's', no, slug, name, 0 FROM structures`, models.Prepared)
	if err != nil {
		return nil, err
	}
	var what, code, name string
	var number uint32
	var above uint16
	_, err = pgx.ForEachRow(rows, []any{&what, &number, &code, &name, &above}, func() error {
		no := uint16(number)
		switch what {
		case "t":
			l.themes[no], l.themeBySlug[code] = themeLabel{slug: code, name: name, parent: above}, no
		case "r":
			l.regions[no], l.regionBy[code] = placeLabel{code: code, name: name}, no
		case "d":
			l.departments[no], l.departBy[code] = placeLabel{code: code, name: name, region: above}, no
		case "s":
			l.structures[number], l.structureBy[code] = structureLabel{slug: code, name: name, folded: words.Fold(name)}, number
			l.structure = max(l.structure, number)
		}
		return nil
	})
	return l, err
}
