package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/searching"
	"passerelle/search/memory"
)

// follower keeps the table in memory equal to search_documents: loaded once,
// then brought up to date before each search with what search_changes names
// since the snapshot that the table holds. The reading is done beside the
// searches, which wait for it as long as they may and no longer.
type follower struct {
	db      *models.DB
	state   atomic.Pointer[followed]
	mu      sync.Mutex
	under   *round   // under way
	next    *round   // begins when it ends
	load    *loading // under way
	allowed int64    // bytes, see allow; one load at a time
	swept   time.Time
	stops   [2]context.CancelFunc // of the load and of the round under way
	closed  bool
}

// followed is what the table holds: the documents of a snapshot, or later.
type followed struct {
	table    *memory.Table
	snapshot string
	at       time.Time
	set      *prepared // the settings published
}

// loading is a load that several searches wait for.
type loading struct {
	done chan struct{}
	err  error
}

// round is one look at what changed, with its reading, for all the searches
// that came before it began: they see what was committed before they came.
type round struct {
	done  chan struct{}
	began time.Time // zero while it waits for its turn
	err   error
}

// How long changes are remembered: a table that nobody asked for longer than
// trustedFor is loaded again, and lines of search_changes live longer.
const (
	trustedFor  = 12 * time.Hour
	changesLive = "24 hours"
	sweepEvery  = time.Hour
	sweepFirst  = 30 * time.Second
	// mostFollowed is how many documents are read again one by one.
	mostFollowed = 200_000
	// readAtOnce is how many of them are read and shown together.
	readAtOnce = 8192
	// longRound is after how long nobody waits for a round any more.
	longRound    = time.Second
	lookPatience = 10 * time.Second
)

// ErrStarting is in the error of a search that came before the documents were
// loaded for the first time.
var ErrStarting = errors.New("the search is being loaded")

func newFollower(db *models.DB) *follower {
	return &follower{db: db, swept: time.Now().Add(sweepFirst - sweepEvery)}
}

// now gives the documents as they are committed at this instant. Where so many
// changed that reading them takes longer than half of what ctx allows, it gives
// those of before, with what has been read of the others: a search is never
// refused for them (P15.4). While a first load is under way it waits for as
// long as ctx lets it.
func (f *follower) now(ctx context.Context) (*followed, error) {
	r, long := f.look(ctx)
	state := f.state.Load()
	if state != nil && long {
		return state, nil
	}
	var enough <-chan time.Time
	if until, bounded := ctx.Deadline(); bounded && state != nil {
		timer := time.NewTimer(time.Until(until) / 2)
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case <-r.done:
		return f.state.Load(), r.err
	case <-enough:
		return f.state.Load(), nil
	case <-ctx.Done():
		return nil, f.late(ctx)
	}
}

// caught is now for works that must have every change, and may wait for it.
func (f *follower) caught(ctx context.Context) (*followed, error) {
	r, _ := f.look(ctx)
	select {
	case <-r.done:
		return f.state.Load(), r.err
	case <-ctx.Done():
		return nil, f.late(ctx)
	}
}

func (f *follower) late(ctx context.Context) error {
	if f.state.Load() == nil {
		return fmt.Errorf("%w: %w", ErrStarting, ctx.Err())
	}
	return ctx.Err()
}

// look gives a round that begins from now on, and tells whether the one under
// way has been for long.
func (f *follower) look(ctx context.Context) (r *round, long bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.under == nil {
		f.under = &round{done: make(chan struct{}), began: time.Now()}
		go f.rounds(context.WithoutCancel(ctx), f.under)
		return f.under, false
	}
	if f.next == nil {
		f.next = &round{done: make(chan struct{})}
	}
	return f.next, time.Since(f.under.began) > longRound
}

// behind tells that changes have been being read for long.
func (f *follower) behind() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.under != nil && time.Since(f.under.began) > longRound
}

// rounds makes a round, and those asked for meanwhile.
func (f *follower) rounds(ctx context.Context, r *round) {
	for r != nil {
		ctx, stop := f.stoppable(ctx, 1)
		r.err = f.catchUp(ctx)
		stop()
		f.mu.Lock()
		done := r.done
		r, f.under, f.next = f.next, f.next, nil
		if r != nil {
			r.began = time.Now()
		}
		f.mu.Unlock()
		close(done)
	}
}

// catchUp reads again what changed. Documents of one transaction are seen
// together up to readAtOnce of them.
func (f *follower) catchUp(ctx context.Context) error {
	state := f.state.Load()
	if state == nil || time.Since(state.at) > trustedFor {
		return f.reload(ctx)
	}
	looking, enough := context.WithTimeout(ctx, lookPatience)
	defer enough()
	snapshot, numbers, err := f.changed(looking, state.snapshot, mostFollowed+1)
	if err != nil {
		return err
	}
	if len(numbers) > mostFollowed {
		return f.reload(ctx)
	}
	next := &followed{table: state.table, snapshot: snapshot, at: time.Now(), set: state.set}
	for part := range slices.Chunk(numbers, readAtOnce) {
		if err := f.again(ctx, next, part); err != nil {
			return err
		}
	}
	f.state.CompareAndSwap(state, next) // a table just loaded stays
	f.sweep(ctx)
	return nil
}

// changed lists the documents written by transactions that a snapshot did not
// see, at most so many, with the snapshot that they are listed from. Lines are
// found by their transactions: those noted while a long one is open are not read
// again and again because of it.
func (f *follower) changed(ctx context.Context, since string, most int) (snapshot string, numbers []int32, err error) {
	err = f.db.Pool.QueryRow(ctx, `
		WITH this AS MATERIALIZED (SELECT pg_current_snapshot() AS now)
		SELECT (SELECT now FROM this)::text, coalesce((SELECT array_agg(no) FROM (
			SELECT no FROM search_changes WHERE xid >= pg_snapshot_xmax($1::pg_snapshot) AND xid < pg_snapshot_xmax((SELECT now FROM this))
			UNION
			SELECT no FROM search_changes WHERE xid = ANY (ARRAY(
				SELECT x FROM pg_snapshot_xip($1::pg_snapshot) x WHERE pg_visible_in_snapshot(x, (SELECT now FROM this))))
			LIMIT $2) c), '{}')`,
		models.Prepared, since, most).Scan(&snapshot, &numbers)
	return snapshot, numbers, err
}

// again reads some documents once more: those that are no longer there are
// taken away.
func (f *follower) again(ctx context.Context, next *followed, numbers []int32) (err error) {
	gone := map[uint32]bool{}
	for _, no := range numbers {
		switch no {
		case 0:
			if next.set, err = published(ctx, f.db.Pool); err != nil {
				return err
			}
		case searching.Everything:
			f.begin(ctx) // searches go on with this table until the other is whole
		default:
			gone[uint32(no)] = true
		}
	}
	var list []memory.Document
	err = read(ctx, f.db.Pool, numbers, func(read []memory.Document) { list = append(list, read...) })
	if err != nil {
		return err
	}
	for _, d := range list {
		delete(gone, d.No)
	}
	if len(list)+len(gone) > 0 {
		next.table.Put(list, slices.Collect(maps.Keys(gone)))
	}
	return nil
}

// reload fills a table from nothing; searches go on with the one that is there.
func (f *follower) reload(ctx context.Context) error {
	l := f.begin(ctx)
	select {
	case <-l.done:
		return l.err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrStarting, ctx.Err())
	}
}

// begin fills another table, unless one is being filled.
func (f *follower) begin(ctx context.Context) *loading {
	f.mu.Lock()
	l := f.load
	if l != nil {
		f.mu.Unlock()
		return l
	}
	l = &loading{done: make(chan struct{})}
	f.load = l
	f.mu.Unlock()
	ctx, stop := f.stoppable(context.WithoutCancel(ctx), 0)
	go func() {
		l.err = f.fill(ctx)
		stop()
		f.mu.Lock()
		f.load = nil
		f.mu.Unlock()
		close(l.done)
	}()
	return l
}

// stoppable gives a work a context that close ends.
func (f *follower) stoppable(ctx context.Context, work int) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stops[work] = stop; f.closed {
		stop()
	}
	return ctx, stop
}

// close ends what is under way, so that the database can be closed at once.
func (f *follower) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for _, stop := range f.stops {
		if stop != nil {
			stop()
		}
	}
}

func (f *follower) fill(ctx context.Context) error {
	began := time.Now()
	conn, err := f.db.Pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	next := &followed{table: memory.NewTable(), at: time.Now()}
	if err := tx.QueryRow(ctx, `SELECT pg_current_snapshot()::text`).Scan(&next.snapshot); err != nil {
		return err
	}
	if next.set, err = published(ctx, tx); err != nil {
		return err
	}
	if err := read(ctx, tx, nil, func(list []memory.Document) { next.table.Put(list, nil) }); err != nil {
		return err
	}
	f.allow(next.table.Bytes())
	f.state.Store(next)
	if took := time.Since(began); took > time.Second {
		slog.InfoContext(ctx, "search loaded", "documents", next.table.View().Total, "bytes", next.table.Bytes(), "took", took)
	}
	return nil
}

// allow raises the process's soft limit of memory by what the documents take,
// where one is set: the limit bounds what requests leave behind, and a
// collector that can never come under it works without end.
func (f *follower) allow(bytes int64) {
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit + 3*(bytes-f.allowed)/2)
	}
	f.allowed = bytes
}

// atOnce is how many documents are read before they are indexed: more than half
// of a segment, so that none of a load is put together with others afterwards.
const atOnce = 1<<15 + 1

// read brings documents, all where numbers is nil.
func read(ctx context.Context, r catalogue.Reader, numbers []int32, put func([]memory.Document)) error {
	rows, err := r.Query(ctx, `SELECT no, card, occurrences, title, acronyms, others, body FROM search_documents WHERE $1::int4[] IS NULL OR no = ANY ($1)`, models.Prepared, numbers)
	if err != nil {
		return err
	}
	defer rows.Close()
	var list []memory.Document
	var card catalogue.Card
	for rows.Next() {
		var d memory.Document
		var no int32
		var packed []byte
		if err := rows.Scan(&no, &packed, &d.Occurrences, &d.Title, &d.Acronyms, &d.Others, &d.Body); err != nil {
			return err
		}
		d.No = uint32(no)
		if _, ok := card.Read(packed); !ok {
			slog.ErrorContext(ctx, "a search card is unreadable: reindex", "document", no)
		}
		d.Kind, d.Level, d.Duration, d.Themes = card.Kind, card.Level, card.Duration, append([]uint16(nil), card.Themes...)
		d.Structure = card.Structure
		d.Occurrences = d.Occurrences[min(2, len(d.Occurrences)):]
		if list = append(list, d); len(list) == atOnce {
			put(list)
			list = list[:0]
		}
	}
	if len(list) > 0 {
		put(list)
	}
	return rows.Err()
}

// published reads the settings in force.
func published(ctx context.Context, r catalogue.Reader) (*prepared, error) {
	s, err := searching.Published(ctx, r)
	return InForce(s).prepare(), err
}

// sweep forgets changes that no table needs any more, beside the searches. A
// failure is for the next one to mend.
func (f *follower) sweep(ctx context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.swept) < sweepEvery {
		return
	}
	f.swept = time.Now()
	ctx, enough := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	go func() {
		defer enough()
		if _, err := f.db.Pool.Exec(ctx, `DELETE FROM search_changes WHERE at < now() - interval '`+changesLive+`'`); err != nil {
			slog.WarnContext(ctx, "search changes are not swept", "error", err)
		}
	}()
}
