package administration

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/layout"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Names of the fields of an import.
const (
	NameKind      = "type"
	NameFile      = "fichier"
	NameSource    = "source"
	NameEncoding  = "encodage"
	NameSeparator = "separateur"
	NameHeader    = "entetes"
	NameDates     = "dates"
	NameColumn    = "colonne" // one per column, with its name beside
	NameNamed     = "nom"
	NameDefault   = "defaut-" // one per field that the file does not give
	NameOpens     = "ouverture"
	NameCloses    = "cloture"
	NameAside     = "sans-refus"
	NameVerdict   = "verdict"
	NamePage      = "page"
)

// ImportsPage is the list of imports with the form that begins one.
type ImportsPage struct {
	Runs    []importer.RunRow
	Sources []string // whose mapping is remembered
	Kind    string   // chosen before
	Source  string
	Days    int    // files are kept
	Refused string // key of what is wrong with the file sent
	Zone    *time.Location
}

// ImportPage is one file.
type ImportPage struct {
	Run        importer.RunRow
	Preview    importer.Preview
	Broken     string // what is wrong with the whole file, in words
	Mapping    importer.Mapping
	Remembered bool   // the source's mapping is kept for its next file
	Refused    string // what could not be done, in words
	Verdict    importer.Verdict
	Lines      []importer.LineRow
	Page       int
	Days       int
	Now        time.Time
	Zone       *time.Location
}

// LinesShown is how many lines of a report a page shows.
const LinesShown = 25

func (p ImportPage) title(ctx context.Context) string {
	return i18n.T(ctx, "admin.import.of."+string(p.Run.Kind))
}

func (p ImportPage) running() bool {
	return p.Run.State == importer.Rehearsing || p.Run.State == importer.Importing || p.Run.State == importer.Undoing
}

// open says that the file may still be read otherwise.
func (p ImportPage) open() bool {
	switch p.Run.State {
	case importer.Received, importer.Rehearsed, importer.Refused, importer.Failed:
		return p.Run.File != nil
	}
	return false
}

// Opened says that the beginning of the file is shown.
func (p ImportPage) Opened() bool { return p.open() }

func (p ImportPage) readable() bool { return p.Broken == "" && len(p.Preview.Columns) > 0 }

func (p ImportPage) report() bool { return p.Run.Report.Rows > 0 || len(p.Run.Report.Errors) > 0 }

func (p ImportPage) percent() int {
	if p.Run.Total <= 0 {
		return 0
	}
	return int(min(100*p.Run.Done/p.Run.Total, 100))
}

// left says how long a phase has yet to go, once enough of it is done to know.
func (p ImportPage) left(ctx context.Context) string {
	if p.Run.PhaseAt == nil || p.Run.Done <= 0 || p.percent() < 3 {
		return ""
	}
	spent := p.Now.Sub(*p.Run.PhaseAt)
	seconds := int((spent * time.Duration(max(p.Run.Total-p.Run.Done, 0)) / time.Duration(p.Run.Done)).Seconds())
	switch {
	case spent < time.Second:
		return ""
	case seconds < 50:
		return i18n.T(ctx, "admin.import.seconds")
	}
	return i18n.N(ctx, "admin.import.minutes", (seconds+59)/60)
}

func (p ImportPage) progress(ctx context.Context) string {
	text := i18n.Percent(ctx, p.percent())
	if p.Run.Total <= 0 {
		return i18n.T(ctx, "admin.import.phase.")
	}
	if left := p.left(ctx); left != "" {
		text += ", " + left
	}
	return text
}

func (p ImportPage) doing(ctx context.Context) string {
	if p.Run.Phase == importer.Reading && p.Run.Rows > 0 {
		return i18n.N(ctx, "admin.import.reading", p.Run.Rows)
	}
	return i18n.T(ctx, "admin.import.phase."+string(p.Run.Phase))
}

func (p ImportPage) address() string { return paths.Import(p.Run.ID.String()) }

func (p ImportPage) following() templ.Attributes {
	if !p.running() {
		return nil
	}
	return hx.Get(p.address(), hx.Target("import"), hx.Select("import"), hx.Trigger("every 1s"))
}

// reread asks how the file reads with another encoding, separator or line of
// names.
func (p ImportPage) reread() templ.Attributes {
	return hx.Post(paths.ImportColumns(p.Run.ID.String()), hx.Target("import"), hx.Select("import"), hx.Trigger("change"))
}

func columnID(n int) string { return "colonne-" + strconv.Itoa(n) }

func kinds() []catalogue.Kind { return importer.Kinds() }

// words is a message of its own for registers, where the catalogue's does not fit.
func words(key string, kind catalogue.Kind) string {
	if slices.Contains(catalogue.Kinds(), kind) {
		return key
	}
	return key + ".register"
}

func stateStatus(ctx context.Context, s importer.State) ui.Status {
	tone := ui.ToneInfo
	switch s {
	case importer.Done, importer.Rehearsed:
		tone = ui.ToneOK
	case importer.Refused, importer.Failed:
		tone = ui.ToneBad
	case importer.Undone, importer.Dropped:
		tone = ui.Neutral
	}
	return ui.Status{Tone: tone, Label: i18n.T(ctx, "admin.import.state."+string(s)), Plain: true}
}

// written says, at the top, whether anything of the file is in the catalogue.
func (p ImportPage) written(ctx context.Context) ui.Status {
	s := ui.Status{Tone: ui.ToneInfo, Icon: ui.IconEye, Label: i18n.T(ctx, "admin.import.written.nothing")}
	switch p.Run.State {
	case importer.Importing:
		s = ui.Status{Tone: ui.ToneInfo, Label: i18n.T(ctx, "admin.import.written.importing")}
	case importer.Done:
		s = ui.Status{Tone: ui.ToneOK, Label: i18n.T(ctx, words("admin.import.written.done", p.Run.Kind))}
	case importer.Undoing, importer.Undone, importer.Dropped:
		s = stateStatus(ctx, p.Run.State)
		s.Plain = false
	}
	return s
}

func props(title string, current layout.Nav) layout.Props {
	return layout.Props{Title: title, Audience: layout.Desk, Section: layout.Administration, Current: current, NoIndex: true, MainClass: "admin"}
}

// crossing says where a file is on its way.
func (p ImportPage) crossing(ctx context.Context) ui.Crossing {
	r, t := p.Run, func(key string, args ...string) string { return i18n.T(ctx, "admin.import.stop."+key, args...) }
	stops := []ui.Stop{{Name: t("file"), State: ui.StopDone}, {Name: t("columns")}, {Name: t("rehearsal")}, {Name: t("import"), Meta: t("agreement")}}
	stops[0].Meta = i18n.Bytes(ctx, r.Bytes)
	if r.Report.Rows > 0 {
		stops[0].Meta = i18n.N(ctx, "admin.import.rows", r.Report.Rows)
	}
	if p.Broken != "" {
		stops[0].State, stops[0].Name = ui.StopEnd, t("unreadable")
		return ui.Crossing{Label: t("label"), Stops: stops}
	}
	if taken, left := p.counted(); taken+left > 0 {
		stops[1].Meta = i18n.N(ctx, "admin.import.taken", taken) + ", " + i18n.N(ctx, "admin.import.left", left)
	}
	state := func(n int, s ui.StopState) {
		for i := 1; i < n; i++ {
			stops[i].State = ui.StopDone
		}
		stops[n].State = s
	}
	refused := i18n.N(ctx, "admin.import.refusals", r.Report.Refused())
	switch r.State {
	case importer.Received:
		state(1, ui.StopTurn)
	case importer.Rehearsing:
		state(2, ui.StopHere)
		stops[2].Meta = i18n.Percent(ctx, p.percent())
	case importer.Rehearsed:
		state(3, ui.StopTurn)
		stops[2].Meta = t("clean")
	case importer.Refused:
		state(2, ui.StopEnd)
		if stops[2].Meta = refused; r.CanLeaveAside() {
			stops[2].State = ui.StopTurn
		}
	case importer.Failed:
		state(2, ui.StopEnd)
		stops[2].Meta = i18n.T(ctx, "admin.import.state.failed")
	case importer.Importing:
		state(3, ui.StopHere)
		stops[3].Meta = i18n.T(ctx, "admin.import.phase."+string(r.Phase))
	case importer.Done, importer.Undoing:
		state(3, ui.StopDone)
		stops[3].Meta = when(ctx, p.Zone, r.ImportedAt)
	case importer.Undone:
		state(3, ui.StopEnd)
		stops[3].Meta = i18n.T(ctx, "admin.import.state.undone")
	case importer.Dropped:
		state(1, ui.StopEnd)
		stops[1].Meta = i18n.T(ctx, "admin.import.state.dropped")
	}
	return ui.Crossing{Label: t("label"), Stops: stops}
}

func (p ImportPage) counted() (taken, left int) {
	for _, c := range p.Preview.Columns {
		if c.Guess.Field != "" {
			taken++
		} else {
			left++
		}
	}
	return taken, left
}

func when(ctx context.Context, zone *time.Location, t *time.Time) string {
	if t == nil {
		return ""
	}
	return i18n.DateTimeShort(ctx, i18n.Of(t.In(zone)))
}

func day(ctx context.Context, zone *time.Location, t time.Time) string {
	return i18n.Date(ctx, i18n.Of(t.In(zone)).Day)
}

// erased is the day on which the file and its report by line go.
func (p ImportPage) erased(ctx context.Context) string {
	return day(ctx, p.Zone, p.Run.MadeAt.AddDate(0, 0, p.Days))
}

// choice is one line of a list of the form.
type choice struct {
	value, label string
	selected     bool
}

// recognised is a list whose first line is what was recognised; the others force
// something else.
func recognised(ctx context.Context, forced, seen string, all []string, label func(string) string) []choice {
	list := []choice{{label: label(seen), selected: forced == ""}}
	if forced != "" {
		list[0].label = i18n.T(ctx, "admin.import.recognise")
	}
	for _, value := range all {
		if value != seen || forced != "" {
			list = append(list, choice{value, label(value), value == forced})
		}
	}
	return list
}

func (p ImportPage) encodings(ctx context.Context) []choice {
	seen := strings.TrimSuffix(string(p.Preview.Seen.Encoding), "-bom")
	all := []string{}
	for _, e := range importer.Encodings() {
		all = append(all, string(e))
	}
	return recognised(ctx, string(p.Mapping.Encoding), seen, all, func(e string) string { return i18n.T(ctx, "admin.import.encoding."+e) })
}

func (p ImportPage) separators(ctx context.Context) []choice {
	label := func(s string) string { return i18n.T(ctx, "admin.import.separator."+separatorNames[s]) }
	return recognised(ctx, p.Mapping.Separator, string(rune(p.Preview.Seen.Shape.Separator)), []string{";", ",", "\t", "|"}, label)
}

var separatorNames = map[string]string{";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}

func (p ImportPage) headers(ctx context.Context) []choice {
	forced, all := "", []string{}
	if p.Mapping.Header > 0 {
		forced = strconv.Itoa(p.Mapping.Header)
	}
	for n := 1; n <= max(6, p.Mapping.Header); n++ {
		all = append(all, strconv.Itoa(n))
	}
	return recognised(ctx, forced, strconv.Itoa(p.Preview.Seen.Shape.Header), all, func(n string) string { return i18n.T(ctx, "admin.import.header.line", n) })
}

// dates proposes what the file shows; days and months the other way round are
// never taken without being chosen.
func (p ImportPage) dates(ctx context.Context) []choice {
	forced := string(p.Mapping.Dates)
	if forced == "" && p.Preview.Dates == importer.MonthFirst {
		forced = string(importer.MonthFirst)
	}
	all := []string{}
	for _, d := range importer.Orders() {
		all = append(all, string(d))
	}
	label := func(d string) string { return i18n.T(ctx, "admin.import.dates."+d) }
	list := recognised(ctx, forced, string(p.Preview.Dates), all, label)
	if p.Preview.Dates == "" || forced != "" {
		list[0].label = i18n.T(ctx, "admin.import.dates.usual")
	}
	return list
}

func (p ImportPage) datesNote(ctx context.Context) string {
	switch {
	case p.Preview.Dates == "":
		return i18n.T(ctx, "admin.import.dates.none")
	case p.Preview.Sure:
		return i18n.T(ctx, "admin.import.dates.sure")
	}
	return i18n.T(ctx, "admin.import.dates.unsure")
}

func (p ImportPage) encodingNote(ctx context.Context) string {
	accents, lost := i18n.N(ctx, "admin.import.accents", p.Preview.Accents), i18n.T(ctx, "admin.import.lost.none")
	if p.Preview.Lost > 0 {
		lost = i18n.N(ctx, "admin.import.lost", p.Preview.Lost)
	}
	return p.seen(ctx, p.Mapping.Encoding == "") + accents + ", " + lost
}

func (p ImportPage) headerNote(ctx context.Context) string {
	note := i18n.T(ctx, "admin.import.top")
	if above := p.Preview.Seen.Shape.Header - 1; above > 0 {
		note = i18n.N(ctx, "admin.import.above", above)
	}
	return p.seen(ctx, p.Mapping.Header == 0) + note
}

// seen says that something was recognised, not chosen.
func (p ImportPage) seen(ctx context.Context, recognised bool) string {
	if recognised {
		return i18n.T(ctx, "admin.import.recognised")
	}
	return ""
}

// samples are the examples of a column, cut for a line of the table.
func samples(examples []string) string {
	list := []string{}
	for _, s := range examples[:min(len(examples), 2)] {
		if runes := []rune(s); len(runes) > 24 {
			s = string(runes[:23]) + "…"
		}
		list = append(list, s)
	}
	if len(list) == 2 && len(list[0])+len(list[1]) > 32 {
		list = list[:1]
	}
	return strings.Join(list, " · ")
}

func (p ImportPage) separatorNote(ctx context.Context) string {
	columns := i18n.N(ctx, "admin.import.columns.n", len(p.Preview.Columns))
	if p.Preview.Uneven == 0 {
		return p.seen(ctx, p.Mapping.Separator == "") + columns + " " + i18n.T(ctx, "admin.import.even")
	}
	return p.seen(ctx, p.Mapping.Separator == "") + columns + ", " + i18n.N(ctx, "admin.import.uneven", p.Preview.Uneven)
}

// fieldGroup is what a column may become, by subject.
type fieldGroup struct {
	label  string
	fields []string
}

// structured are fields that only objects within objects give.
var structured = []string{"sessions", "campaigns", "intakes"}

func (p ImportPage) groups(ctx context.Context) []fieldGroup {
	own, sessions := fieldGroup{label: i18n.T(ctx, "admin.import.kind.one."+string(p.Run.Kind))}, fieldGroup{label: i18n.T(ctx, "admin.import.kind.one.session")}
	for _, f := range importer.Fields(p.Run.Kind) {
		switch {
		case strings.HasPrefix(f, "session."):
			sessions.fields = append(sessions.fields, f)
		case p.Preview.Seen.Format != importer.CSV || !slices.Contains(structured, f):
			own.fields = append(own.fields, f)
		}
	}
	for _, g := range []fieldGroup{own, sessions} {
		slices.SortStableFunc(g.fields, func(a, b string) int {
			return cmp.Or(rank(a)-rank(b), strings.Compare(catalogue.Slug(fieldName(ctx, a)), catalogue.Slug(fieldName(ctx, b))))
		})
	}
	if len(sessions.fields) == 0 {
		return []fieldGroup{own}
	}
	return []fieldGroup{own, sessions}
}

// rank puts first what people look for first.
func rank(field string) int {
	order := []string{"reference", "title", "name", "birth_name", "first_name", "birth_date", "email", "session.starts_on", "session.ends_on", "session.place", "session.capacity"}
	if n := slices.Index(order, field); n >= 0 {
		return n
	}
	return len(order)
}

func fieldName(ctx context.Context, field string) string {
	return i18n.T(ctx, "admin.import.field."+field)
}

// FieldName is a field of the catalogue as people call it.
func FieldName(ctx context.Context, field string) string { return fieldName(ctx, field) }

// certain says how far the proposal for a column is to be trusted.
func (p ImportPage) certain(ctx context.Context, c importer.PreviewColumn) ui.Status {
	switch {
	case c.Guess.Field == "":
		return ui.Status{Tone: ui.Neutral, Icon: ui.IconCircleSlash, Label: i18n.T(ctx, "admin.import.dropped"), Plain: true}
	case p.Mapping.Columns[c.Guess.Field] == c.Name || c.Guess.Sure:
		return ui.Status{Tone: ui.ToneOK, Label: i18n.T(ctx, "admin.import.sure"), Plain: true}
	}
	return ui.Status{Tone: ui.ToneTurn, Label: i18n.T(ctx, "admin.import.check"), Plain: true}
}

// gives says that a column of the file is a field.
func (p ImportPage) gives(field string) bool {
	return slices.ContainsFunc(p.Preview.Columns, func(c importer.PreviewColumn) bool { return c.Guess.Field == field })
}

// withSessions says that the lines hold sessions, for which some values may be
// missing from the whole file.
func (p ImportPage) withSessions() bool { return p.gives("session.starts_on") }

// modality is the one proposed for sessions whose file does not say.
func (p ImportPage) modality() string {
	if m := p.Mapping.Constants["session.modality"]; m != "" {
		return m
	}
	return "on_site"
}

func (p ImportPage) opens() string  { return days(p.Mapping.OpensBefore, 120) }
func (p ImportPage) closes() string { return days(p.Mapping.ClosesBefore, 15) }

func days(n, usual int) string {
	if n == 0 {
		n = usual
	}
	return strconv.Itoa(n)
}

// Defaults are the fields for which a value may stand for the whole file.
func Defaults() []string {
	return []string{"session.modality", "session.department", "session.capacity"}
}

func name(file, source string) string {
	if file != "" {
		return file
	}
	return source
}
