package desk

import (
	"context"
	"strconv"
	"time"

	"passerelle/models/application"
	"passerelle/views/i18n"
	"passerelle/views/ui"
)

// ConflictPage is what the second officer meets: who decided what and when, with their
// own words kept (P9.5).
type ConflictPage struct {
	DossierPage
	Conflict application.DecisionConflict
	Me       string // name of the reader
	SeenFree int    // when the page that decided was read; -1 when unknown
	SeenWait int
	SeenAt   time.Time // zero when unknown
}

// other is the colleague's decision, nil when something else moved.
func (p ConflictPage) other() *application.Decision { return p.Conflict.Standing }

// Replaceable tells whether the reader may still decide instead (P18.4).
func (p ConflictPage) Replaceable() bool { return p.decidable() }

func (p ConflictPage) title(ctx context.Context) string {
	d := p.other()
	switch {
	case d == nil:
		return i18n.T(ctx, "desk.conflict.moved", i18n.T(ctx, "desk.state."+string(p.DeskState())))
	case d.Cause == application.CausePromotion:
		return i18n.T(ctx, "desk.conflict.promoted", i18n.Time(p.Clock.moment(d.RecordedAt)))
	case d.RecordedName == p.Me:
		return i18n.T(ctx, "desk.conflict.self", i18n.Time(p.Clock.moment(d.RecordedAt)))
	}
	return i18n.T(ctx, "desk.conflict.who", "who", d.RecordedName, "time", i18n.Time(p.Clock.moment(d.RecordedAt)))
}

// mine is the reader's own decision in words.
func (p ConflictPage) mine(ctx context.Context) string {
	return verdictWords(ctx, p.Conflict.Own.Kind, p.Conflict.Own.Rank)
}

// moved is one line of what changed since the reader looked.
type moved struct{ what, before, now, by string }

func (p ConflictPage) moves(ctx context.Context) []moved {
	out := []moved{}
	if d := p.other(); d != nil {
		out = append(out, moved{i18n.T(ctx, "desk.decision"), p.before(ctx), verdictWords(ctx, d.Kind, d.Rank), decidedBy(ctx, *d)})
	}
	if p.SeenFree >= 0 && p.SeenFree != p.Seats.Free() {
		of := i18n.Number(ctx, p.Seats.Offered())
		out = append(out, moved{i18n.T(ctx, "desk.seats"), i18n.N(ctx, "desk.seats.free", p.SeenFree, "of", of), i18n.N(ctx, "desk.seats.free", p.Seats.Free(), "of", of), ""})
	}
	if p.SeenWait >= 0 && p.SeenWait != p.Seats.Waiting {
		out = append(out, moved{i18n.T(ctx, "desk.waitlist"), i18n.N(ctx, "desk.waitlist.count", p.SeenWait), i18n.N(ctx, "desk.waitlist.count", p.Seats.Waiting), ""})
	}
	return out
}

// before is the decision that stood when the reader looked.
func (p ConflictPage) before(ctx context.Context) string {
	for _, d := range p.Decisions {
		if d.SupersededAt != nil && !d.RecordedAt.After(p.SeenAt) {
			return verdictWords(ctx, d.Kind, d.Rank)
		}
	}
	return i18n.T(ctx, "desk.conflict.none")
}

func (p ConflictPage) hidden() []ui.Pair {
	own := p.Conflict.Own
	pairs := []ui.Pair{{Name: "decision", Value: string(own.Kind)}, {Name: "version", Value: strconv.Itoa(p.Version)}, {Name: "communication", Value: p.Form.Release},
		{Name: "vu_libres", Value: strconv.Itoa(p.Seats.Free())}, {Name: "vu_attente", Value: strconv.Itoa(p.Seats.Waiting)},
		{Name: "vu_a", Value: strconv.FormatInt(p.Clock.Now.Unix(), 10)}}
	if own.Rank > 0 {
		pairs = append(pairs, ui.Pair{Name: "rang", Value: strconv.Itoa(own.Rank)})
	}
	return pairs
}

func presentName(ctx context.Context, one application.Presence) string {
	if one.Mine {
		return i18n.T(ctx, "desk.you")
	}
	return one.Name
}
