package administration

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"passerelle/models/catalogue"
	"passerelle/models/searching"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// RehearsalPage is one rehearsal (répétition générale, P17.23).
type RehearsalPage struct {
	Rehearsal searching.Rehearsal
	Moves     []searching.Move
	Refused   string // key of what could not be done
	Clock     Clock
}

func (p RehearsalPage) running() bool {
	return p.Rehearsal.State == searching.RehearsalWaiting || p.Rehearsal.State == searching.RehearsalRunning
}

func (p RehearsalPage) done() bool {
	return p.Rehearsal.State == searching.RehearsalDone || p.Rehearsal.State == searching.RehearsalPublished
}

func (p RehearsalPage) percent() int {
	if p.Rehearsal.Total == 0 {
		return 0
	}
	return min(100*p.Rehearsal.Done/p.Rehearsal.Total, 100)
}

// following makes the page ask for itself again while the rehearsal runs.
func (p RehearsalPage) following() templ.Attributes {
	if !p.running() {
		return nil
	}
	return hx.Get(paths.Rehearsal(p.Rehearsal.ID.String(), ""), hx.Target("repetition"), hx.Select("repetition"), hx.Trigger("every 1s"))
}

// rehearsalTitle names a rehearsal by the first things that it changes.
func rehearsalTitle(ctx context.Context, r searching.Rehearsal) string {
	return i18n.T(ctx, "admin.rehearsal.of", strings.Join(differences(ctx, r.Changes, 2), ", "))
}

// figureBox is one figure with its name.
type figureBox struct{ value, name string }

func rehearsalFigures(ctx context.Context, f searching.Figures) []figureBox {
	arrow := func(a, b string) string { return a + " → " + b }
	count := func(n int) string { return i18n.Number(ctx, n) }
	list := []figureBox{}
	if f.Judged > 0 {
		list = append(list, figureBox{arrow(thousandths(ctx, f.NDCG[0]), thousandths(ctx, f.NDCG[1])), i18n.T(ctx, "admin.rehearsal.ndcg")},
			figureBox{arrow(i18n.Percent(ctx, percentOf(f.Success[0])), i18n.Percent(ctx, percentOf(f.Success[1]))), i18n.N(ctx, "admin.rehearsal.success", f.Judged)},
			figureBox{count(f.Better), i18n.N(ctx, "admin.rehearsal.better", f.Better)}, figureBox{count(f.Worse), i18n.N(ctx, "admin.rehearsal.worse", f.Worse)})
	}
	if f.Queries > 0 {
		list = append(list, figureBox{count(f.Same), i18n.N(ctx, "admin.rehearsal.same", f.Same)}, figureBox{count(f.Queries - f.Same), i18n.N(ctx, "admin.rehearsal.changed", f.Queries-f.Same)},
			figureBox{arrow(count(f.Without[0]), count(f.Without[1])), i18n.T(ctx, "admin.rehearsal.without")})
	}
	return list
}

func percentOf(share float64) int { return int(100*share + .5) }

// replayedIn says what was replayed and how long it took.
func replayedIn(ctx context.Context, f searching.Figures) string {
	seconds := shortly(ctx, float64((f.Millis+50)/100)/10)
	if f.Queries == 0 {
		return i18n.N(ctx, "admin.rehearsal.replayed.judged", f.Judged, "seconds", seconds)
	}
	return i18n.N(ctx, "admin.rehearsal.replayed", f.Queries, "judged", i18n.Number(ctx, f.Judged), "seconds", seconds)
}

// elsewhere says why a rehearsal is not of the engine that answers visitors, and
// how the two orders differ.
func elsewhere(ctx context.Context, f searching.Figures) string {
	why := i18n.T(ctx, "admin.rehearsal.elsewhere.down")
	switch f.Why {
	case searching.WhyLarge:
		why = i18n.T(ctx, "admin.rehearsal.elsewhere.large")
	case searching.WhyBehind:
		why = i18n.T(ctx, "admin.rehearsal.elsewhere.behind")
	}
	return why + " " + i18n.T(ctx, "admin.rehearsal.elsewhere.order")
}

func rankOrNone(n int) string {
	if n == 0 {
		return "–"
	}
	return strconv.Itoa(n)
}

// moved says how the rank of a result changes; what it is worth is for people
// to judge.
func moved(ctx context.Context, m searching.Move) ui.Status {
	s := ui.Status{Plain: true}
	switch {
	case m.Before == m.After:
		s.Icon, s.Label = ui.IconMinus, i18n.T(ctx, "admin.rehearsal.stays")
	case m.Before == 0:
		s.Tone, s.Icon, s.Label = ui.ToneOK, ui.IconArrowUp, i18n.T(ctx, "admin.rehearsal.enters")
	case m.After == 0:
		s.Tone, s.Icon, s.Label = ui.ToneBad, ui.IconArrowDown, i18n.T(ctx, "admin.rehearsal.leaves")
	case m.After < m.Before:
		s.Tone, s.Icon, s.Label = ui.ToneOK, ui.IconArrowUp, i18n.T(ctx, "admin.rehearsal.rises", strconv.Itoa(m.Before-m.After))
	default:
		s.Tone, s.Icon, s.Label = ui.ToneBad, ui.IconArrowDown, i18n.T(ctx, "admin.rehearsal.falls", strconv.Itoa(m.After-m.Before))
	}
	return s
}

func pathOf(kind catalogue.Kind, reference string) string {
	switch kind {
	case catalogue.KindProgramme:
		return paths.Programme(reference)
	case catalogue.KindAnnouncement:
		return paths.Announcement(reference)
	}
	return paths.Course(reference)
}

// PublicationsPage is the log of the settings (P17.23).
type PublicationsPage struct {
	List    []searching.Publication
	Refused string
	Clock   Clock
}

// latest is the publication in force, 0 for none.
func (p PublicationsPage) latest() int {
	if len(p.List) == 0 {
		return 0
	}
	return p.List[0].No
}

func publicationStatus(ctx context.Context, l searching.Publication) ui.Status {
	if l.Last {
		return ui.Status{Tone: ui.ToneOK, Label: i18n.T(ctx, "admin.publications.in_force"), Plain: true}
	}
	return ui.Status{Label: i18n.T(ctx, "admin.publications.replaced"), Plain: true}
}
