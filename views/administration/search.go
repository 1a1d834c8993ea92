package administration

import (
	"context"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"passerelle/models/searching"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// The engines, as addresses name them.
const (
	EnginePostgres = "postgresql"
	EngineMeili    = "meilisearch"
)

// NameEngine is the field that says which engine is meant.
const NameEngine = "moteur"

// Why an engine cannot serve.
const (
	ProblemDown    = "down"
	ProblemBack    = "back" // it answers again, and serves in a few seconds
	ProblemKey     = "key"
	ProblemOld     = "old"
	ProblemNoIndex = "no_index"
	ProblemLoading = "loading"
)

// PartState is the part of the console that changes by itself.
const PartState = "etat"

// SearchPage is the console of the search (P14.1).
type SearchPage struct {
	State   SearchState
	Done    string          // what was just asked for
	Refused string          // key of what could not be done
	Figures templ.Component // of the queries, beside those of the engines
	Below   templ.Component // settings and queries; nil where the state alone is asked
}

// SearchState is what a look at the engines found.
type SearchState struct {
	At        i18n.Moment
	Seconds   int  // of At
	Counting  bool // the documents of the database, which are many: not told yet
	Documents int  // in the database
	Kinds     map[string]int
	Written   *i18n.Moment
	Engines   []SearchEngine // in the order in which they are asked
}

// SearchEngine is one engine and its index.
type SearchEngine struct {
	ID                    string
	Outside               bool // beside the database, fed by the outbox
	Version               string
	InService             bool   // it answers the public search
	Problem               string // why it cannot
	Cause                 string // in its own words
	Behind                bool   // many changes are being read
	Took                  time.Duration
	Down                  time.Duration
	Indexed               int
	Kinds                 map[string]int // nil when it does not say
	Bytes                 int64
	Waiting               int             // changes that it does not have
	Lag                   time.Duration   // age of the oldest of them
	Hour                  []time.Duration // the worst lag of each minute, negative where nobody noted it
	Refused               int
	Refusals              []searching.Refusal
	Tasks                 SearchTasks
	Settings              bool // those published last are on their way to it
	Building              *SearchBuilding
	Rebuilt               *i18n.Moment // the last rebuild's end
	RebuiltAs             string       // done, stopped or failed
	Check                 *searching.Check
	Checking              bool
	CheckDone, CheckTotal int
	CheckedAt             *i18n.Moment
	Names                 map[int32]searching.Named // of what the check found
}

// SearchBuilding is a rebuild under way.
type SearchBuilding struct {
	Done, Total int
	Since       time.Duration
	Error       string
	Lost        bool // nobody works at it any more
}

// SearchTasks are what an engine outside has to do itself.
type SearchTasks struct {
	Known                    bool
	Waiting, Running, Failed int
	Failures                 []SearchFailure
}

// SearchFailure is a task that the engine failed.
type SearchFailure struct {
	Type, Reason string
	At           i18n.Moment
}

// SearchRebuildPage asks whether an index is to be made again.
type SearchRebuildPage struct {
	Engine string // empty: all
	State  SearchState
}

// tableOf names the region of a table otherwise than the section around it.
func tableOf(ctx context.Context, key string) string {
	return i18n.T(ctx, "admin.table", i18n.T(ctx, key))
}

// engineName is what people call an engine.
func engineName(id string) string {
	return map[string]string{EnginePostgres: "PostgreSQL", EngineMeili: "Meilisearch"}[id]
}

func (e SearchEngine) name() string { return engineName(e.ID) }

// serving is the engine that answers; nil when none does.
func (s SearchState) serving() *SearchEngine {
	for i := range s.Engines {
		if s.Engines[i].InService {
			return &s.Engines[i]
		}
	}
	return nil
}

// fallen is an engine that should answer and does not; nil for none.
func (s SearchState) fallen() *SearchEngine {
	if first := &s.Engines[0]; first.Problem != "" {
		return first
	}
	return nil
}

func (s SearchState) busy() bool {
	for _, e := range s.Engines {
		if e.Building != nil || e.Checking {
			return true
		}
	}
	return false
}

// following has the part ask for itself again: soon while something moves.
func (s SearchState) following() templ.Attributes {
	every := "every 5s"
	if s.busy() {
		every = "every 1s"
	}
	return hx.Get(paths.AdminSearch(), hx.Target(PartState), hx.Trigger(every))
}

func (s SearchState) clock() string {
	two := func(n int) string {
		if n < 10 {
			return "0" + strconv.Itoa(n)
		}
		return strconv.Itoa(n)
	}
	return two(s.At.Hour) + ":" + two(s.At.Minute) + ":" + two(s.Seconds)
}

func (s SearchState) surveyed(ctx context.Context) string {
	if s.busy() {
		return i18n.T(ctx, "admin.search.surveyed.soon", s.clock())
	}
	return i18n.T(ctx, "admin.search.surveyed", s.clock())
}

// health is the first figure: which engine answers, and how it is.
func (s SearchState) health(ctx context.Context) ui.Status {
	switch e := s.serving(); {
	case e == nil:
		return ui.Status{Tone: ui.ToneBad, Icon: ui.IconUnplug, Label: i18n.T(ctx, "admin.search.health.none"), Plain: true}
	case s.fallen() != nil:
		return ui.Status{Tone: ui.ToneBad, Icon: ui.IconTriangleAlert, Label: i18n.T(ctx, "admin.search.health.relief"), Plain: true}
	}
	return ui.Status{Tone: ui.ToneOK, Icon: ui.IconActivity, Label: i18n.T(ctx, "admin.search.health.ok"), Plain: true}
}

func (s SearchState) healthName(ctx context.Context) string {
	if e := s.serving(); e != nil {
		return i18n.T(ctx, "admin.search.answers", e.name(), milliseconds(e.Took))
	}
	return i18n.T(ctx, "admin.search.health.none_name")
}

// lag is that of the index that should answer.
func (s SearchState) lag() time.Duration { return s.Engines[0].Lag }

func (s SearchState) waiting() int { return s.Engines[0].Waiting }

func milliseconds(d time.Duration) string {
	return strconv.Itoa(int(max(d.Milliseconds(), 1))) + "\u00a0ms"
}

// span is a length of time in its largest unit: "0,8 s", "4 min", "2 h".
func span(ctx context.Context, d time.Duration) string {
	switch {
	case d <= 0:
		return "0\u00a0s"
	case d < 10*time.Second:
		tenths := int(d.Milliseconds()+50) / 100
		mark := ","
		if i18n.From(ctx) == i18n.English {
			mark = "."
		}
		return strconv.Itoa(tenths/10) + mark + strconv.Itoa(tenths%10) + "\u00a0s"
	case d < 2*time.Minute:
		return strconv.Itoa(int(d.Seconds())) + "\u00a0s"
	case d < 2*time.Hour:
		return strconv.Itoa(int(d.Minutes())) + "\u00a0min"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Hours())) + "\u00a0h"
	}
	return i18n.N(ctx, "admin.search.days", int(d.Hours()/24))
}

// role says what an engine is for now.
func (e SearchEngine) role(ctx context.Context, s SearchState) string {
	switch {
	case e.InService && s.fallen() != nil:
		return i18n.T(ctx, "admin.search.role.relief")
	case e.InService:
		return i18n.T(ctx, "admin.search.role.serving")
	case e.Problem != "":
		return i18n.T(ctx, "admin.search.role.out")
	}
	return i18n.T(ctx, "admin.search.role.ready")
}

// state is how an index is, the worst first.
func (e SearchEngine) state(ctx context.Context) ui.Status {
	switch {
	case e.Problem == ProblemLoading || e.Problem == ProblemBack || e.Problem == ProblemNoIndex && e.Building != nil:
		return ui.Status{Tone: ui.ToneInfo, Icon: ui.IconHourglass, Label: i18n.T(ctx, "admin.search.problem."+e.Problem), Plain: true}
	case e.Problem != "":
		return ui.Status{Tone: ui.ToneBad, Icon: ui.IconUnplug, Label: i18n.T(ctx, "admin.search.problem."+e.Problem), Plain: true}
	case e.Building != nil:
		return ui.Status{Tone: ui.ToneInfo, Icon: ui.IconRefreshCw, Label: i18n.T(ctx, "admin.search.state.building"), Plain: true}
	case e.drifts() > 0:
		return ui.Status{Tone: ui.ToneBad, Icon: ui.IconTriangleAlert, Label: i18n.N(ctx, "admin.search.state.drift", e.drifts()), Plain: true}
	case e.Refused > 0:
		return ui.Status{Tone: ui.ToneBad, Icon: ui.IconBan, Label: i18n.N(ctx, "admin.search.state.refused", e.Refused), Plain: true}
	case e.Behind:
		return ui.Status{Tone: ui.ToneInfo, Icon: ui.IconHourglass, Label: i18n.T(ctx, "admin.search.state.behind"), Plain: true}
	case e.Waiting > 0:
		return ui.Status{Tone: ui.ToneInfo, Icon: ui.IconHourglass, Label: i18n.N(ctx, "admin.search.state.waiting", e.Waiting), Plain: true}
	}
	return ui.Status{Tone: ui.ToneOK, Label: i18n.T(ctx, "admin.search.state.ok"), Plain: true}
}

// drifts is how many documents the last check found otherwise than in the
// database.
func (e SearchEngine) drifts() int {
	if e.Check == nil || e.Checking || e.Check.Error != "" {
		return 0
	}
	return e.Check.Missed + e.Check.Added + e.Check.Differed
}

// checked is the last check in words.
func (e SearchEngine) checked(ctx context.Context) string {
	switch c := e.Check; {
	case e.Checking:
		return i18n.T(ctx, "admin.search.check.running")
	case c == nil:
		return i18n.T(ctx, "admin.search.check.never")
	case c.Error != "":
		return i18n.T(ctx, "admin.search.check.failed")
	case e.drifts() > 0:
		return i18n.T(ctx, "admin.search.check.drift", i18n.N(ctx, "admin.search.check.missing", c.Missed), i18n.N(ctx, "admin.search.check.extra", c.Added),
			i18n.N(ctx, "admin.search.check.other", c.Differed))
	default:
		return i18n.N(ctx, "admin.search.check.equal", c.Documents)
	}
}

func (b SearchBuilding) percent() int { return min(100*b.Done/max(b.Total, 1), 100) }

// left is about how long it will still take; empty when nobody can say.
func (b SearchBuilding) left(ctx context.Context) string {
	if b.Done == 0 || b.Since < 3*time.Second || b.Done >= b.Total {
		return ""
	}
	return i18n.T(ctx, "admin.search.building.left", span(ctx, b.Since*time.Duration(b.Total-b.Done)/time.Duration(b.Done)))
}

// drift is one document that a check found, for the list.
type drift struct {
	No     int32
	Named  searching.Named
	Reason string // missing, extra or differs
}

func (e SearchEngine) driftList() []drift {
	if e.drifts() == 0 {
		return nil
	}
	var list []drift
	for reason, numbers := range [3][]int32{e.Check.Missing, e.Check.Differing, e.Check.Extra} {
		for _, no := range numbers {
			list = append(list, drift{No: no, Named: e.Names[no], Reason: [3]string{"missing", "differs", "extra"}[reason]})
		}
	}
	return list[:min(len(list), 20)]
}

var searchKinds = []string{"course", "programme", "announcement"}

func driftHref(n searching.Named) string {
	switch n.Kind {
	case "course":
		return paths.Course(n.Reference)
	case "programme":
		return paths.Programme(n.Reference)
	}
	return paths.Announcement(n.Reference)
}

func (e SearchEngine) versionName(ctx context.Context) string {
	if e.Version == "" {
		return i18n.T(ctx, "admin.search.version.unknown")
	}
	return i18n.T(ctx, "admin.search.version", e.Version)
}

func (e SearchEngine) known() bool { return e.Problem == "" || e.Problem == ProblemBack }

// documents compares what the index holds with the database.
func (e SearchEngine) documents(ctx context.Context, s SearchState) string {
	if !e.known() {
		return "–"
	}
	return i18n.T(ctx, "admin.search.of", i18n.Number(ctx, e.Indexed), s.counted(ctx, s.Documents))
}

// counted is a number of documents of the database.
func (s SearchState) counted(ctx context.Context, n int) string {
	if s.Counting {
		return "…"
	}
	return i18n.Number(ctx, n)
}

func (e SearchEngine) size(ctx context.Context) string {
	if !e.known() {
		return "–"
	}
	if e.Outside {
		return i18n.Bytes(ctx, e.Bytes)
	}
	return i18n.T(ctx, "admin.search.memory", i18n.Bytes(ctx, e.Bytes))
}

func (e SearchEngine) written(ctx context.Context, s SearchState) string {
	switch {
	case e.Rebuilt != nil && e.Outside:
		return i18n.T(ctx, "admin.search.since", i18n.DateTimeShort(ctx, *e.Rebuilt))
	case !e.Outside && s.Written != nil:
		return i18n.DateTimeShort(ctx, *s.Written)
	}
	return "–"
}

// lagging is the age of the oldest change that the index does not have.
func (e SearchEngine) lagging(ctx context.Context) string {
	switch {
	case !e.Outside:
		return i18n.T(ctx, "admin.search.lag.none")
	case e.Waiting == 0:
		return span(ctx, 0)
	}
	return i18n.T(ctx, "admin.search.lag.oldest", span(ctx, e.Lag), i18n.N(ctx, "admin.search.changes", e.Waiting))
}

func (e SearchEngine) checkStatus(ctx context.Context) ui.Status {
	st := ui.Status{Label: e.checked(ctx), Plain: true}
	switch {
	case e.Checking:
		st.Tone, st.Icon = ui.ToneInfo, ui.IconHourglass
	case e.Check == nil:
		st.Icon = ui.IconCircleDashed
	case e.Check.Error != "", e.drifts() > 0:
		st.Tone, st.Icon = ui.ToneBad, ui.IconTriangleAlert
	case e.out():
		st.Label, st.Icon = i18n.T(ctx, "admin.search.check.before", st.Label), ui.IconHistory
	default:
		st.Tone = ui.ToneOK
	}
	return st
}

// out is an engine that nothing can be asked of: it does not answer, or not us.
func (e SearchEngine) out() bool {
	return e.Problem == ProblemDown || e.Problem == ProblemKey || e.Problem == ProblemOld
}

func (p SearchRebuildPage) title(ctx context.Context) string {
	if p.Engine == "" {
		return i18n.T(ctx, "admin.search.rebuild.title_all")
	}
	return i18n.T(ctx, "admin.search.rebuild.title", engineName(p.Engine))
}

// consequences are said before anything begins.
func (p SearchRebuildPage) consequences() []string {
	list := []string{"answered", "stop"}
	if p.Engine != EngineMeili {
		list = append(list, "own")
	}
	if p.Engine != EnginePostgres && len(p.State.Engines) > 1 {
		list = append(list, "outside")
	}
	return list
}
