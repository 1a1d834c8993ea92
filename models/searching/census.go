package searching

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Census counts the documents of the database, for the console.
type Census struct {
	Kinds   map[string]int // by kind of object
	Written *time.Time     // when one was last written; real or portal time, as the writer had it
}

// Total is how many documents there are.
func (c Census) Total() int {
	n := 0
	for _, of := range c.Kinds {
		n += of
	}
	return n
}

// Counter gives the census to consoles that ask again and again. Its zero value
// is ready. Counting reads every document: a count is kept for fifty times as
// long as it took, so that however many ask, and however often, it takes a
// fiftieth of a processor and nobody waits for it twice.
type Counter struct {
	mu    sync.Mutex
	last  *Census
	until time.Time
	under *counting
}

type counting struct {
	done chan struct{}
	err  error
}

const (
	keptTimes   = 50
	keptLongest = time.Minute
	countWithin = 30 * time.Second
)

// Census is the last count, or a new one where that one is old and the new one
// is made in time. counted is false where there is none yet.
func (c *Counter) Census(ctx context.Context, db *models.DB) (census Census, counted bool, err error) {
	c.mu.Lock()
	if c.last != nil && time.Now().Before(c.until) {
		defer c.mu.Unlock()
		return *c.last, true, nil
	}
	under := c.under
	if under == nil {
		under = &counting{done: make(chan struct{})}
		c.under = under
		go c.count(context.WithoutCancel(ctx), db, under)
	}
	c.mu.Unlock()
	select {
	case <-under.done:
		err = under.err
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || c.last == nil {
		return Census{}, false, err
	}
	return *c.last, true, nil
}

func (c *Counter) count(ctx context.Context, db *models.DB, under *counting) {
	ctx, enough := context.WithTimeout(ctx, countWithin)
	defer enough()
	began := time.Now()
	census, err := CensusOf(ctx, db)
	c.mu.Lock()
	if under.err = err; err == nil {
		c.last, c.until = &census, time.Now().Add(min(keptTimes*time.Since(began), keptLongest))
	}
	c.under = nil
	c.mu.Unlock()
	close(under.done)
}

// CensusOf counts them.
func CensusOf(ctx context.Context, db *models.DB) (Census, error) {
	c := Census{Kinds: map[string]int{}}
	rows, err := db.Pool.Query(ctx, `SELECT kind, count(*), max(updated_at) FROM search_documents GROUP BY kind`, models.Prepared)
	if err != nil {
		return c, fmt.Errorf("documents: %w", err)
	}
	var kind string
	var n int
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&kind, &n, &at}, func() error {
		c.Kinds[kind] = n
		if c.Written == nil || at.After(*c.Written) {
			last := at
			c.Written = &last
		}
		return nil
	})
	return c, wrapped("documents", err)
}

// Named is a document by what people call it.
type Named struct{ Kind, Reference, Title string }

// NamesOf names documents by their numbers; those gone are left out.
func NamesOf(ctx context.Context, db *models.DB, numbers []int32) (map[int32]Named, error) {
	found := map[int32]Named{}
	if len(numbers) == 0 {
		return found, nil
	}
	rows, err := db.Pool.Query(ctx, `SELECT no, kind, reference, title FROM search_documents WHERE no = ANY ($1)`, models.Prepared, numbers)
	if err != nil {
		return nil, fmt.Errorf("documents: %w", err)
	}
	var no int32
	var one Named
	_, err = pgx.ForEachRow(rows, []any{&no, &one.Kind, &one.Reference, &one.Title}, func() error {
		found[no] = one
		return nil
	})
	return found, wrapped("documents", err)
}

// ServerVersion is that of PostgreSQL, for the console.
func ServerVersion(ctx context.Context, db *models.DB) (version string, err error) {
	err = db.Pool.QueryRow(ctx, `SELECT split_part(current_setting('server_version'), ' ', 1)`, models.Prepared).Scan(&version)
	return version, wrapped("version", err)
}
