package search

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/search/memory"
)

// Change is a document that changed, with how it stood before: its card and
// occurrences as search_documents holds them, nil when it was none.
type Change struct {
	No                int32
	Card, Occurrences []byte
}

// Why a document is news to a search.
type Why string

// The reasons, as stored.
const (
	WhyNew  Why = "new"  // it appeared
	WhyOpen Why = "open" // registration opened
	WhyFits Why = "fits" // it answers since its dates, place or themes changed
)

// Fresh is a document that is news to a search.
type Fresh struct {
	No      int32
	Object  models.ID
	Kind    catalogue.Kind
	Changed bool // by a change; else by the calendar alone
	Why     Why
}

// Questions are what News is asked.
type Questions struct {
	Since, Today time.Time // civil dates: of the last comparison and of this one
	Changed      []Change  // since the last comparison, in their order
	Queries      []Query   // words, facets and insistence; the rest is not read
}

// atATime is how many documents are compared together.
const atATime = 8192

// News tells, query by query, which documents answer that did not before, or
// have opened: the documents that changed and those for which the calendar
// passed a date are put to the queries, never the queries to the whole index.
// It is the same for every engine, since words and facets are the portal's own,
// and nothing that people look for leaves the process. A document answers when
// it holds every word of the query, with what stands for a word; facets of a
// session hold on one and the same session (P4.6, P4.7, P18.17).
func (p *Postgres) News(ctx context.Context, q Questions) ([][]Fresh, error) {
	c, err := p.whole(ctx, nil)
	if err != nil {
		return nil, err
	}
	before := map[int32]*Change{}
	numbers := []int32{}
	for i := range q.Changed {
		if one := &q.Changed[i]; before[one.No] == nil {
			before[one.No] = one
			numbers = append(numbers, one.No)
		}
	}
	if q.Since.Before(q.Today) {
		for _, no := range c.crossing(q.Since, q.Today) {
			if before[no] == nil {
				numbers = append(numbers, no)
			}
		}
	}
	asked := make([]*watched, len(q.Queries))
	for i, one := range q.Queries {
		asked[i] = c.watch(one, q.Since, q.Today)
	}
	found := make([][]Fresh, len(q.Queries))
	for part := range slices.Chunk(numbers, atATime) {
		batch, err := p.batch(ctx, part, before)
		if err != nil {
			return nil, unavailable(err)
		}
		for i, w := range asked {
			found[i] = append(found[i], batch.answer(w, c)...)
		}
		if ctx.Err() != nil {
			return nil, unavailable(ctx.Err())
		}
	}
	return found, nil
}

// crossing lists the documents with a date that lies between two days: what is
// open, begins soon or closes soon changes then, and only then.
func (c *corpus) crossing(since, today time.Time) []int32 {
	from, to := int(catalogue.Day(&since)), int(catalogue.Day(&today))
	passed := func(day uint16, ahead int) bool { return day > 0 && int(day)-ahead > from && int(day)-ahead <= to }
	var list []int32
	var row memory.Row
	c.view.Each(func(shard int, slot uint16) {
		c.view.Row(shard, slot, &row)
		for b := row.Occurrences; len(b) >= catalogue.OccurrenceSize; b = b[catalogue.OccurrenceSize:] {
			o := catalogue.ReadOccurrence(b)
			if passed(o.Opens, 0) || slices.ContainsFunc(beginsWithin, func(n int) bool { return passed(o.Starts, n) }) ||
				slices.ContainsFunc(closesWithin, func(n int) bool { return passed(o.Closes, n) }) {
				list = append(list, int32(row.No))
				return
			}
		}
	})
	slices.Sort(list)
	return list
}

// The bounds of the facets of dates, in days.
var (
	beginsWithin = []int{30, 90, 180}
	closesWithin = []int{7, soon, 30}
)

// watched is a query ready to be compared.
type watched struct {
	q       Query
	sought  *sought
	now     *filter
	then    *filter // on the day of the last comparison
	literal string
	nothing bool // no word, and no filter that the portal knows: nobody's search
}

func (c *corpus) watch(q Query, since, today time.Time) *watched {
	q = q.settled()
	w := &watched{}
	// A saved text is finished: its last word begins no other, unless nothing
	// else makes sense of it.
	q.Text = strings.TrimRight(q.Text, " ") + " "
	if w.sought = c.understand(q, false); len(w.sought.units) == 0 {
		q.Text = strings.TrimRight(q.Text, " ")
		w.sought = c.understand(q, false)
	}
	w.literal = w.sought.literal()
	q.Today = today
	w.q, w.now = q, newFilter(q, c.labels)
	w.nothing = strings.TrimSpace(q.Text) == "" && len(w.now.ticked) == 0
	q.Today = since
	w.then = newFilter(q, c.labels)
	return w
}

// batch is some documents in a small table of their own.
type batch struct {
	view   *memory.View
	titles map[uint32]string // for signs
	object map[uint32]uuid.UUID
	before map[int32]*Change
}

func (p *Postgres) batch(ctx context.Context, numbers []int32, before map[int32]*Change) (*batch, error) {
	b := &batch{titles: map[uint32]string{}, object: map[uint32]uuid.UUID{}, before: before}
	table := memory.NewTable()
	err := read(ctx, p.db.Pool, numbers, func(list []memory.Document) {
		for _, d := range list {
			b.titles[d.No] = d.Title
		}
		table.Put(list, nil)
	})
	if err != nil {
		return nil, err
	}
	rows, err := p.db.Pool.Query(ctx, `SELECT no, object_id FROM search_documents WHERE no = ANY ($1)`, models.Prepared, numbers)
	if err != nil {
		return nil, err
	}
	var no int32
	var id uuid.UUID
	_, err = pgx.ForEachRow(rows, []any{&no, &id}, func() error {
		b.object[uint32(no)] = id
		return nil
	})
	b.view = table.View()
	return b, err
}

// answer lists the documents of the batch that are news to a query.
func (b *batch) answer(w *watched, c *corpus) []Fresh {
	var list []Fresh
	var row memory.Row
	take := func(shard int, slot uint16) {
		b.view.Row(shard, slot, &row)
		if why := b.why(w, &row); why != "" {
			f := Fresh{No: int32(row.No), Object: b.object[row.No], Why: why, Changed: b.before[int32(row.No)] != nil}
			if n := int(row.Kind); n >= 1 && n <= len(catalogue.Kinds()) {
				f.Kind = catalogue.Kinds()[n-1]
			}
			list = append(list, f)
		}
	}
	switch {
	case w.literal != "":
		b.view.Each(func(shard int, slot uint16) {
			b.view.Row(shard, slot, &row)
			if strings.Contains(b.titles[row.No], w.literal) {
				take(shard, slot)
			}
		})
	case w.nothing, w.sought.hopeless:
	case len(w.sought.units) == 0:
		b.view.Each(take)
	default:
		required := uint32(1)<<len(w.sought.units) - 1
		for _, m := range b.view.Weigh(w.sought.compile(b.view.Words, c.view.Total), &c.set.weights) {
			for _, x := range m.List {
				if x.Held&required == required {
					take(m.Shard, x.Slot)
				}
			}
		}
	}
	return list
}

// why is empty for a document that is no news: it does not pass the selection,
// or passed it before and nothing of it has opened.
func (b *batch) why(w *watched, row *memory.Row) Why {
	now := w.now.stand(row)
	if !now.fits {
		return ""
	}
	old := *row
	if change := b.before[int32(row.No)]; change != nil {
		if change.Card == nil {
			return WhyNew
		}
		var card catalogue.Card
		card.Read(change.Card)
		old.Kind, old.Level, old.Duration, old.Themes, old.Structure = card.Kind, card.Level, card.Duration, card.Themes, card.Structure
		old.Occurrences = change.Occurrences[min(2, len(change.Occurrences)):]
	}
	then := w.then.stand(&old)
	switch {
	case then.fits && (then.open || !now.open):
		return ""
	case now.open && w.opened(row, &old):
		return WhyOpen
	}
	return WhyFits
}

// opened reports that registration is open on something that passes, and was
// not on the day of the last comparison.
func (w *watched) opened(row, old *memory.Row) bool {
	was := map[catalogue.Occurrence]bool{}
	for o, x := range w.then.occurrences(old) {
		if x.open(o) {
			o.Full, o.Waiting = false, false
			was[o] = true
		}
	}
	for o, x := range w.now.occurrences(row) {
		if x.failed == 0 && x.open(o) {
			if o.Full, o.Waiting = false, false; !was[o] {
				return true
			}
		}
	}
	return false
}

// standing says whether a document passes a selection on a day, and whether
// registration is open on what passes.
type standing struct{ fits, open bool }

func (f *filter) stand(row *memory.Row) standing {
	var s standing
	if f.document(row) != 0 {
		return s
	}
	s.fits = f.selected&perSession == 0
	for o, x := range f.occurrences(row) {
		if x.failed != 0 || x.past && f.selected&perSession != 0 {
			continue
		}
		s.fits = true
		s.open = s.open || x.open(o)
	}
	return s
}

// occurrences are those of a document with what the facets say of them.
func (f *filter) occurrences(row *memory.Row) iter.Seq2[catalogue.Occurrence, fate] {
	return func(yield func(catalogue.Occurrence, fate) bool) {
		for b := row.Occurrences; len(b) >= catalogue.OccurrenceSize; b = b[catalogue.OccurrenceSize:] {
			o := catalogue.ReadOccurrence(b)
			if !yield(o, f.occurrence(o)) {
				return
			}
		}
	}
}
