package documents

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"passerelle/models/form"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Slot is the place of one piece (pièce demandée, P7.1): its rule, what stands in it
// and what can be done with it now.
type Slot struct {
	ID          string // of the requirement
	Application string
	Key         string
	Title       string
	Hint        string
	Formats     []string
	MaxBytes    int64
	Required    bool
	Sides       []string // names of the places; empty for plain files
	MinSides    int
	MaxFiles    int
	Template    *Template
	MayExempt   bool
	ExemptFor   string
	Exempt      bool
	Places      []Place // by number; every side is there, and files that hold something
	History     []Version
	Offers      []Offer
	Open        bool     // may be changed now
	Asked       bool     // named by the request in force
	Pending     bool     // asked again, and nothing given since stands in its place
	Word        *Verdict // what the request in force says, of a piece asked again
	MaxPages    int      // that one file should have, 0 when not said
	Closed      string   // why it is not open, in words; empty when the page says it once
	Today       i18n.Day
	Level       int  // of its title, 3 when 0
	Correction  bool // on the page of what is asked to complete, which has a box of its own
	Within      bool // inside the form of a step: its own forms stand elsewhere, see Forms
	Tries       int  // how often the page has asked about what is being inspected
}

// Template is the model of a piece, to download, fill and give.
type Template struct {
	Href  string
	Type  string // "PDF"
	Bytes int64
}

// Place is one file of a piece: recto, verso, or one of several.
type Place struct {
	Number  int
	Current *Version  // the version in force
	Next    *Version  // newer: being inspected, or refused
	Sending []Sending // begun and not finished, here or elsewhere
}

// Version is one deposited version of a document.
type Version struct {
	ID         string
	Place      int
	Number     int
	Name       string
	Bytes      int64
	Pages      int
	At         i18n.Moment
	State      string // "checking", "live", "refused", "replaced", "removed"
	Scanning   bool   // received and sound, the antivirus has not answered
	Infected   bool
	Reason     string // code of the inspection
	Warned     bool   // kept, and the inspection has something to say
	Flattens   bool   // a copy without active content can be made
	Reused     bool
	Verdict    *Verdict
	Remarks    []Remark
	ValidUntil i18n.Day
}

// Verdict is what a manager said of a version.
type Verdict struct {
	Kind    string // "valid", "refused", "to_complete"
	By      string
	At      i18n.Moment
	Reason  string
	Message string
}

// words of a verdict: what is written to the person, else the reason.
func (v Verdict) words() string {
	if v.Message != "" {
		return v.Message
	}
	return v.Reason
}

// Remark is pinned on a page, in fractions of its size (P17.7).
type Remark struct {
	ID                  string
	Number              int
	Page                int
	X, Y, Width, Height float64
	Body                string
	By                  string
}

// Sending is an upload that has begun.
type Sending struct {
	ID       string
	Name     string
	Received int64
	Length   int64
	Until    i18n.Moment
}

// Percent of the file that the server holds.
func (s Sending) Percent() int {
	if s.Length <= 0 {
		return 0
	}
	return int(s.Received * 100 / s.Length)
}

// Offer is a document of an earlier application that can be given again (P7.5).
type Offer struct {
	Document   string
	Name       string
	Side       string // recto or verso, of a piece with sides
	Place      int    // where it goes
	At         i18n.Day
	Of         string // the application it was given to
	ValidOn    i18n.Day
	ValidUntil i18n.Day
}

// Turn tells that the piece awaits the person: a manager asks for another version and
// none has come since.
func (s Slot) Turn() bool {
	if !s.Open || !s.Asked {
		return false
	}
	for _, p := range s.Places {
		if p.Next != nil && p.Next.State == "checking" {
			return false
		}
	}
	for _, p := range s.Places {
		if p.Current != nil && p.Current.Verdict != nil && p.Current.Verdict.Kind != "valid" {
			return true
		}
	}
	return s.Pending || s.lack() != ""
}

// Checking tells that the server is inspecting a version now.
func (s Slot) Checking() bool {
	for _, p := range s.Places {
		if p.Next != nil && p.Next.State == "checking" {
			return true
		}
	}
	return false
}

func (s Slot) scanning() bool {
	for _, p := range s.Places {
		if p.Current != nil && p.Current.Scanning {
			return true
		}
	}
	return false
}

func (s Slot) refused() bool {
	for _, p := range s.Places {
		if p.Next != nil && p.Next.State == "refused" {
			return true
		}
	}
	return false
}

func (s Slot) sending() bool {
	for _, p := range s.Places {
		if len(p.Sending) > 0 {
			return true
		}
	}
	return false
}

// Filled counts the places that hold a version in force.
func (s Slot) Filled() int {
	n := 0
	for _, p := range s.Places {
		if p.Current != nil {
			n++
		}
	}
	return n
}

func (s Slot) needed() int {
	switch {
	case s.MinSides > 0:
		return s.MinSides
	case len(s.Sides) > 0:
		return len(s.Sides)
	}
	return 1
}

// lack is what stands between the piece and the sending, "" when nothing does: the
// words of the aside and of the summary.
func (s Slot) lack() string {
	switch {
	case s.Checking():
		return "checking"
	case s.sending():
		return "sending"
	case s.Exempt, s.Filled() >= s.needed():
		return ""
	case s.refused():
		return "refused"
	case s.Filled() > 0:
		return "more"
	case s.Required:
		return "missing"
	}
	return ""
}

// done tells that the piece asks for nothing more.
func (s Slot) done() bool {
	return s.Exempt || s.Filled() > 0 && s.lack() == "" && !s.Turn() && !s.halfGiven()
}

// status is the state of the piece in a word.
func (s Slot) status(ctx context.Context) ui.Status {
	t := func(key string) string { return i18n.T(ctx, "documents.state."+key) }
	switch {
	case s.Exempt:
		return ui.Status{Icon: ui.IconCircleSlash, Label: t("exempt")}
	case s.Checking(), s.scanning():
		return ui.Status{Icon: ui.IconHourglass, Label: t("checking")}
	case s.Turn():
		return ui.Status{Tone: ui.ToneTurn, Label: t("turn")}
	case s.refused():
		return ui.Status{Tone: ui.ToneBad, Label: t("refused")}
	case s.Filled() == 0 && s.sending():
		return ui.Status{Tone: ui.ToneInfo, Icon: ui.IconUpload, Label: t("sending")}
	case s.Filled() == 0:
		return ui.Status{Icon: ui.IconCircleDashed, Label: t("empty")}
	case s.Filled() < s.needed():
		return ui.Status{Icon: ui.IconCircleDashed, Label: t("more")}
	case s.halfGiven() && !s.judged("valid"):
		return ui.Status{Tone: ui.ToneInfo, Icon: ui.IconCheck, Label: i18n.T(ctx, "documents.state.half", strings.ToLower(s.sideGiven()))}
	case s.judged("valid"):
		return ui.Status{Tone: ui.ToneOK, Label: t("valid")}
	}
	return ui.Status{Tone: ui.ToneInfo, Icon: ui.IconCheck, Label: t("given")}
}

// sideGiven is the name of the side that holds a version.
func (s Slot) sideGiven() string {
	for _, p := range s.Places {
		if p.Current != nil {
			return s.side(p.Number)
		}
	}
	return ""
}

// judged tells that every version in force has that verdict.
func (s Slot) judged(kind string) bool {
	for _, p := range s.Places {
		if p.Current != nil && (p.Current.Verdict == nil || p.Current.Verdict.Kind != kind) {
			return false
		}
	}
	return s.Filled() > 0
}

// rule is said before the file is chosen: "Obligatoire · PDF, 5 Mo au plus · recto et verso".
func (s Slot) rule(ctx context.Context) string {
	parts := []string{i18n.T(ctx, "documents.optional")}
	if s.Required {
		parts[0] = i18n.T(ctx, "documents.required")
	}
	parts = append(parts, i18n.T(ctx, "documents.rule", s.formats(ctx), i18n.Bytes(ctx, s.MaxBytes)))
	switch {
	case len(s.Sides) > 0 && s.needed() < len(s.Sides):
		parts = append(parts, i18n.T(ctx, "documents.rule.sides.some", list(ctx, s.Sides)))
	case len(s.Sides) > 0:
		parts = append(parts, i18n.T(ctx, "documents.rule.sides", list(ctx, s.Sides)))
	case s.MaxFiles > 1:
		parts = append(parts, i18n.N(ctx, "documents.rule.files", s.MaxFiles))
	}
	return strings.Join(parts, " · ")
}

// cautions are what a person had better look at in a file that is kept.
func (s Slot) cautions(ctx context.Context, v Version) []caution {
	out := []caution{}
	if key := "inspect." + v.Reason; v.Warned && i18n.Has(key+".title") {
		out = append(out, caution{i18n.T(ctx, key+".title"), i18n.T(ctx, key+".remedy")})
	}
	if s.MaxPages > 0 && v.Pages > s.MaxPages {
		out = append(out, caution{i18n.N(ctx, "documents.caution.pages", v.Pages, "max", i18n.Number(ctx, s.MaxPages)), i18n.T(ctx, "documents.caution.pages.text")})
	}
	return out
}

type caution struct{ title, text string }

// halfGiven tells a piece of two sides of which one may be enough, and one is there.
func (s Slot) halfGiven() bool {
	return len(s.Sides) > 1 && s.needed() < len(s.Sides) && s.Filled() > 0 && s.Filled() < len(s.Sides) && !s.Exempt
}

// awaited tells the side that nobody has given yet, of a piece half given.
func (s Slot) awaited(place int) bool { return s.halfGiven() && s.place(place).empty() }

// formats writes "PDF, DOCX ou JPG".
func (s Slot) formats(ctx context.Context) string {
	names := make([]string, len(s.Formats))
	for i, f := range s.Formats {
		names[i] = strings.ToUpper(f)
	}
	return oneOf(ctx, names)
}

func oneOf(ctx context.Context, words []string) string {
	return joined(words, i18n.T(ctx, "documents.or"))
}

// list writes "recto et verso".
func list(ctx context.Context, words []string) string {
	low := make([]string, len(words))
	for i, w := range words {
		low[i] = strings.ToLower(w)
	}
	return joined(low, i18n.T(ctx, "documents.and"))
}

func joined(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}

// accept is what the file chooser of the browser offers first; the content decides.
func (s Slot) accept() string {
	out := []string{}
	for _, f := range s.Formats {
		out = append(out, "."+f)
		if f == "jpg" {
			out = append(out, ".jpeg")
		}
		if f == "heic" {
			out = append(out, ".heif")
		}
		if f == "tiff" {
			out = append(out, ".tif")
		}
		if f == "html" {
			out = append(out, ".htm")
		}
	}
	return strings.Join(out, ",")
}

// photo tells how a photograph is given: as it is, in a PDF of one page, or not at all.
func (s Slot) photo() string {
	as := ""
	for _, f := range s.Formats {
		switch f {
		case "jpg", "png":
			return "image"
		case "pdf":
			as = "pdf"
		}
	}
	return as
}

// drops lists the places that may receive a file now.
func (s Slot) drops() []int {
	if !s.Open || s.Exempt {
		return nil
	}
	if len(s.Sides) > 0 {
		out := make([]int, len(s.Sides))
		for i := range s.Sides {
			out[i] = i + 1
		}
		return out
	}
	if s.MaxFiles <= 1 {
		return []int{1}
	}
	taken := map[int]bool{}
	for _, p := range s.Places {
		taken[p.Number] = p.Current != nil || p.Next != nil && p.Next.State == "checking"
	}
	for n := 1; n <= s.MaxFiles; n++ {
		if !taken[n] {
			return []int{n}
		}
	}
	return nil
}

// additions are the places of drops, but for a piece of several files of which one is
// asked again: that one is replaced, nothing is added beside it.
func (s Slot) additions() []int {
	switch {
	case s.MaxFiles <= 1 && s.corrected(),
		s.MaxFiles > 1 && s.Open && s.Asked && slices.ContainsFunc(s.Places, s.rejected):
		return nil
	}
	return s.drops()
}

// corrects tells that what stands at a place is to be replaced now: the file that a
// manager judged, or any of those of a piece asked again whole. Another place being
// inspected changes nothing to it.
func (s Slot) corrects(p Place) bool {
	if !s.Open || !s.Asked || p.Current == nil || p.Next != nil && p.Next.State == "checking" {
		return false
	}
	return s.rejected(p) || s.Pending && !slices.ContainsFunc(s.Places, s.rejected)
}

// corrected tells that a place of the piece awaits another file.
func (s Slot) corrected() bool { return slices.ContainsFunc(s.Places, s.corrects) }

// rejected tells that a manager wants another version at this place.
func (s Slot) rejected(p Place) bool {
	return p.Current != nil && p.Current.Verdict != nil && p.Current.Verdict.Kind != "valid"
}

func (p Place) empty() bool { return p.Current == nil && p.Next == nil && len(p.Sending) == 0 }

// replaces lists the places whose file can be replaced by another, one by one: those of
// a piece of several files.
func (s Slot) replaces(place int) bool {
	return s.Open && !s.Exempt && len(s.Sides) == 0 && s.MaxFiles > 1 && place > 0
}

func (s Slot) side(place int) string {
	if place >= 1 && place <= len(s.Sides) {
		return s.Sides[place-1]
	}
	return ""
}

func (s Slot) place(n int) Place {
	for _, p := range s.Places {
		if p.Number == n {
			return p
		}
	}
	return Place{Number: n}
}

// anchor is the id of the slot in the page.
func (s Slot) anchor() string { return form.PaperPrefix + s.Key }

func (s Slot) formID(place int) string { return "envoi-" + s.Key + "-" + strconv.Itoa(place) }

func (s Slot) inputID(place int) string { return "fichier-" + s.Key + "-" + strconv.Itoa(place) }

// settled tells that a place holds a version that nobody asks to replace.
func (s Slot) settled(place int) bool {
	p := s.place(place)
	return !s.Turn() && (p.Current != nil && p.Next == nil || p.Next != nil && p.Next.State == "checking")
}

// lowerFirst continues a sentence with one that stood alone.
func lowerFirst(text string) string {
	for i, r := range text {
		if i > 0 {
			return strings.ToLower(text[:i]) + text[i:]
		}
		_ = r
	}
	return text
}

// invite is said in the drop zone.
func (s Slot) invite(ctx context.Context, place int) string {
	p := s.place(place)
	switch {
	case s.replaces(place) && (p.Current != nil):
		return i18n.T(ctx, "documents.drop.replace")
	case p.Next != nil && p.Next.State == "refused":
		return i18n.T(ctx, "documents.drop.another")
	case p.Current != nil || p.Next != nil:
		return i18n.T(ctx, "documents.drop.new")
	case len(s.Sides) > 0:
		return i18n.T(ctx, "documents.drop.side", strings.ToLower(s.side(place)))
	case s.MaxFiles > 1 && place > 1:
		return i18n.T(ctx, "documents.drop.more", strconv.Itoa(place), strconv.Itoa(s.MaxFiles))
	}
	return i18n.T(ctx, "documents.drop")
}

// meta of a version in force: "Version 1, déposée le 9 novembre · 2 pages · 1,4 Mo".
func (s Slot) meta(ctx context.Context, v Version) string {
	parts := []string{}
	switch {
	case v.Reused:
		parts = append(parts, i18n.T(ctx, "documents.meta.reused", i18n.Date(ctx, v.At.Day)))
	case v.Number > 1:
		parts = append(parts, i18n.T(ctx, "documents.meta.version", strconv.Itoa(v.Number), s.when(ctx, v.At)))
	default:
		parts = append(parts, i18n.T(ctx, "documents.meta.given", s.when(ctx, v.At)))
	}
	if v.Pages > 0 {
		parts = append(parts, i18n.N(ctx, "documents.pages", v.Pages))
	}
	parts = append(parts, i18n.Bytes(ctx, v.Bytes))
	if v.Verdict != nil && v.Verdict.Kind == "valid" {
		parts = append(parts, i18n.T(ctx, "documents.meta.valid", i18n.Date(ctx, v.Verdict.At.Day)))
	}
	if !v.ValidUntil.IsZero() {
		parts = append(parts, i18n.T(ctx, "documents.meta.until", i18n.Date(ctx, v.ValidUntil)))
	}
	if v.Scanning {
		parts = append(parts, i18n.T(ctx, "documents.meta.scanning"))
	}
	return strings.Join(parts, " · ")
}

// when writes "à 14:49" today, else the day.
func (s Slot) when(ctx context.Context, m i18n.Moment) string {
	if m.Day == s.Today {
		return i18n.T(ctx, "documents.at", i18n.Time(m))
	}
	return i18n.T(ctx, "documents.on", i18n.Date(ctx, m.Day))
}

// checkingMeta is said of a version being inspected.
func (s Slot) checkingMeta(ctx context.Context, v Version) string {
	if s.Tries > patience {
		return i18n.T(ctx, "documents.meta.late", s.when(ctx, v.At))
	}
	return i18n.T(ctx, "documents.meta.checking", s.when(ctx, v.At))
}

// lost is the reason of a file that the portal no longer finds (P14.2).
const lost = "lost"

// refusalTitle says what is wrong with a refused version, by its name.
func refusalTitle(ctx context.Context, v Version) string {
	key := "inspect." + v.Reason + ".title"
	switch {
	case v.Infected:
		return i18n.T(ctx, "documents.infected.title", v.Name)
	case v.Reason == lost:
		return i18n.T(ctx, "documents.lost.title", v.Name)
	case v.Reason != "" && i18n.Has(key):
		return i18n.T(ctx, "documents.refused.title", v.Name, i18n.T(ctx, key))
	}
	return i18n.T(ctx, "documents.refused.plain", v.Name)
}

// refusalRemedy says what to do, and that nothing else has changed.
func refusalRemedy(ctx context.Context, v Version) string {
	key := "inspect." + v.Reason + ".remedy"
	words := i18n.T(ctx, "documents.refused.remedy")
	switch {
	case v.Infected:
		words = i18n.T(ctx, "documents.infected.remedy")
	case v.Reason == lost:
		words = i18n.T(ctx, "documents.lost.remedy")
	case v.Reason != "" && i18n.Has(key):
		words = i18n.T(ctx, key)
	}
	return words + " " + i18n.T(ctx, "documents.refused.intact")
}

// offered lists what can be given again now: while nothing stands in the piece, and of
// one with sides while that side is empty.
func (s Slot) offered() []Offer {
	out := []Offer{}
	for _, o := range s.Offers {
		if s.Filled() == 0 || len(s.Sides) > 0 && s.place(o.Place).empty() {
			out = append(out, o)
		}
	}
	return out
}

// offer is what a button gives again, after its verb.
func (s Slot) offer(o Offer) string {
	if o.Side != "" {
		return o.Name + ", " + strings.ToLower(o.Side)
	}
	return o.Name
}

func (o Offer) meta(ctx context.Context) string {
	parts := []string{}
	if o.Side != "" {
		parts = append(parts, o.Side)
	}
	parts = append(parts, i18n.T(ctx, "documents.reuse.meta", i18n.Date(ctx, o.At), o.Of))
	if !o.ValidOn.IsZero() {
		parts = append(parts, i18n.T(ctx, "documents.meta.valid", i18n.Date(ctx, o.ValidOn)))
	}
	if !o.ValidUntil.IsZero() {
		parts = append(parts, i18n.T(ctx, "documents.meta.until", i18n.Date(ctx, o.ValidUntil)))
	}
	return strings.Join(parts, " · ")
}

// verdictTitle names who asks, and when.
func verdictTitle(ctx context.Context, v Verdict) string {
	if v.By == "" {
		return i18n.T(ctx, "documents.verdict.service", i18n.Date(ctx, v.At.Day))
	}
	return i18n.T(ctx, "documents.verdict.by", v.By, i18n.Date(ctx, v.At.Day))
}

// pinned lists the links to the places shown by remarks.
func pinned(ctx context.Context, v Version) []ui.Problem {
	out := []ui.Problem{}
	for _, r := range v.Remarks {
		out = append(out, ui.Problem{Message: i18n.T(ctx, "documents.remark.see", strconv.Itoa(r.Page)),
			Href: paths.DocumentPreviewPage(v.ID, r.Page) + "#remarque-" + strconv.Itoa(r.Number)})
	}
	return out
}

// patience is how often a page asks about what is being inspected before it says that
// it takes longer than usual.
const patience = 8

// wait is the pause before the next question, in seconds.
func (s Slot) wait() int {
	steps := []int{1, 1, 2, 3, 5, 8, 10, 15}
	if s.Tries < len(steps) {
		return steps[s.Tries]
	}
	return 30
}

// maxTries ends the questions: the page then has a link.
const maxTries = 40

func (s Slot) level() string {
	if s.Level == 0 {
		return "3"
	}
	return strconv.Itoa(s.Level)
}
