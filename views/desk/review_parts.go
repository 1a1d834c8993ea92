package desk

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// noID names nothing.
var noID models.ID

func (p ReviewPage) tab(ctx context.Context) string {
	words := i18n.T(ctx, "review.title")
	if one, ok := p.current(); ok {
		words += ", " + one.title(ctx)
	}
	return words + ", " + p.ApplicantName
}

func bannerText(ctx context.Context, key string) string {
	if !i18n.Has(key + ".text") {
		return ""
	}
	return i18n.T(ctx, key+".text")
}

// back is the application's own page, within the list.
func (p ReviewPage) back() string {
	path := paths.DeskApplication(p.ID.String())
	if p.Place < 0 {
		return path
	}
	return paths.With(path, ListPairs(p.Filter, p.Place)...)
}

// complement is the page that asks the applicant for corrections.
func (p ReviewPage) complement() string {
	path := paths.DeskComplement(p.ID.String())
	if p.Place < 0 {
		return path
	}
	return paths.With(path, ListPairs(p.Filter, p.Place)...)
}

func (p ReviewPage) helpHref() string {
	one, _ := p.current()
	return p.address(one.key, NameHelp, "1")
}

func (p ReviewPage) isCurrent(one piece) bool {
	at, ok := p.current()
	return ok && at.key == one.key
}

// compared is the version shown beside the one in force, nil for none.
func (p ReviewPage) compared(one piece) *dossier.Document {
	if p.Beside == 0 || one.doc == nil || !one.doc.Openable() {
		return nil
	}
	return one.other(p.Beside)
}

// emptiness names why there is nothing to look at.
func (p ReviewPage) emptiness(one piece) string {
	switch {
	case one.req.NotApplicable != nil:
		return "exempt"
	case one.doc != nil, one.waiting:
		return "waiting"
	case one.rejected != nil:
		return "rejected"
	}
	return "missing"
}

func (p ReviewPage) versionWords(ctx context.Context, d dossier.Document) string {
	return i18n.T(ctx, "review.version.of", i18n.Number(ctx, d.Version), p.Clock.when(ctx, d.DepositedAt))
}

// imageWidth is the size of image asked for: that of the pane, more when zoomed in.
func imageWidth(zoom int) int {
	if zoom > 150 {
		return 1600
	}
	return 1200
}

func (p ReviewPage) image(d dossier.Document, page int) string {
	if p.Image != nil {
		return p.Image(d.ID, page, imageWidth(p.zoom()))
	}
	return paths.DocumentPage(d.ID.String(), page, imageWidth(p.zoom()))
}

func percent(f float64) string { return strconv.FormatFloat(100*f, 'f', 2, 64) + "%" }

func fraction(f float64) string { return strconv.FormatFloat(f, 'f', 4, 64) }

// act names what a link or button does, for the script that does it in place.
func act(what string) templ.Attributes { return templ.Attributes{"data-r-act": what} }

// compares names the version beside which the piece is shown, whose button has only room
// for a verb.
func compares(ctx context.Context, version int) templ.Attributes {
	words := i18n.T(ctx, "review.compare", i18n.Number(ctx, version))
	return templ.Attributes{"data-r-act": "compare", "aria-label": words, "title": words}
}

func goTo(key string) templ.Attributes { return templ.Attributes{"data-r-go": key} }

// wanted tells the script how many pieces await a correction.
func wanted(p ReviewPage) templ.Attributes {
	return templ.Attributes{"data-r-complement": strconv.Itoa(len(p.asked()))}
}

// presentNames are the colleagues there, for a script that tells of arrivals.
func presentNames(present []application.Presence) string {
	names := []string{}
	for _, one := range Colleagues(present) {
		names = append(names, one.Name)
	}
	return strings.Join(names, ", ")
}

func agreeValue(key string, yes bool) string {
	if yes {
		return key + AgreesSuffix
	}
	return key + DiffersTail
}

func agreeWord(ctx context.Context, yes bool) string {
	if yes {
		return i18n.T(ctx, "review.agrees")
	}
	return i18n.T(ctx, "review.differs")
}

func agreeClass(yes bool) string {
	if yes {
		return "agree__button agree__button--yes"
	}
	return "agree__button agree__button--no"
}

// Agreement reads the button of an answer: which answer, and whether it agrees.
func Agreement(value string) (field string, agrees, ok bool) {
	if field, ok = strings.CutSuffix(value, AgreesSuffix); ok {
		return field, true, true
	}
	field, ok = strings.CutSuffix(value, DiffersTail)
	return field, false, ok
}

// differs are the answers noted as different from this piece.
func (p ReviewPage) differs(one piece) []ReviewField {
	out := []ReviewField{}
	for _, f := range p.fields(one) {
		if f.Agrees != nil && !*f.Agrees {
			out = append(out, f)
		}
	}
	return out
}

func remarkSeen(ctx context.Context, r dossier.Remark) string {
	if r.Visible {
		return i18n.T(ctx, "review.remark.seen")
	}
	return i18n.T(ctx, "review.remark.private")
}

func (p ReviewPage) remarkError(ctx context.Context, id models.ID) string {
	if p.Remark.Error == "" || p.Remark.ID != id {
		return ""
	}
	return i18n.T(ctx, p.Remark.Error)
}

func (p ReviewPage) remarkBody(r dossier.Remark) string {
	if p.Remark.ID == r.ID {
		return p.Remark.Body
	}
	return r.Body
}

func (p ReviewPage) newBody() string {
	if p.Remark.ID == noID {
		return p.Remark.Body
	}
	return ""
}

// spots are the places of a page in words, for a remark without a script: row and column.
func spots(ctx context.Context) []ui.Option {
	out := []ui.Option{}
	for row := 1; row <= 3; row++ {
		for column := 1; column <= 3; column++ {
			value := strconv.Itoa(row) + strconv.Itoa(column)
			out = append(out, ui.Option{Value: value, Label: i18n.T(ctx, "review.spot."+value), Selected: value == "22"})
		}
	}
	return out
}

// Spot is the middle of a place in words, in fractions of the page.
func Spot(value string) (x, y float64) {
	if len(value) != 2 || value[0] < '1' || value[0] > '3' || value[1] < '1' || value[1] > '3' {
		return .5, .5
	}
	return (2*float64(value[1]-'0') - 1) / 6, (2*float64(value[0]-'0') - 1) / 6
}

func reasonOptions(ctx context.Context, reasons []string, chosen string) []ui.Option {
	out := []ui.Option{{Value: "", Label: i18n.T(ctx, "review.reason.choose")}}
	for _, r := range reasons {
		out = append(out, ui.Option{Value: r, Label: r, Selected: r == chosen})
	}
	return append(out, ui.Option{Value: OtherReason, Label: i18n.T(ctx, "review.reason.another"), Selected: chosen == OtherReason})
}

func (p ReviewPage) conflictTitle(ctx context.Context) string {
	if p.Conflict.Verdict != nil {
		who := p.Conflict.Verdict.ByName
		if p.Conflict.Verdict.By == p.Me {
			who = i18n.T(ctx, "desk.you")
		}
		return i18n.T(ctx, "review.conflict.verdict", "who", who, "time", i18n.Time(p.Clock.moment(p.Conflict.Verdict.At)))
	}
	if p.Conflict.Live == nil {
		return i18n.T(ctx, "review.conflict.gone")
	}
	return i18n.T(ctx, "review.conflict.version", i18n.Number(ctx, p.Conflict.Live.Version))
}

func (p ReviewPage) conflictTheirs(ctx context.Context) string {
	if p.Conflict.Verdict != nil {
		return i18n.T(ctx, "review.conflict.recorded")
	}
	if p.Conflict.Live == nil {
		return ""
	}
	return p.versionWords(ctx, *p.Conflict.Live)
}

func (p ReviewPage) conflictNow(ctx context.Context, one piece) string {
	if p.Conflict.Verdict != nil {
		_, _, words := p.judged(ctx, *p.Conflict.Verdict)
		return words
	}
	_, _, words := p.state(ctx, one)
	return words
}

func (p ReviewPage) conflictMine(ctx context.Context) string {
	words := i18n.T(ctx, "review.give."+p.Form.Kind)
	if reason := p.Form.Chosen(); reason != "" {
		words += " : " + reason
	}
	return words
}

// Chosen is the reason of a form: the one of the list, or the words written instead.
func (f VerdictForm) Chosen() string {
	if f.Reason == "" || f.Reason == OtherReason {
		return f.Free
	}
	return f.Reason
}

type keyLine struct {
	what string
	keys []string
}

type keyGroup struct {
	title string
	keys  []keyLine
}

// keyGroups are the keys of the desk, in three columns.
func keyGroups(ctx context.Context) []keyGroup {
	line := func(key string, keys ...string) keyLine { return keyLine{i18n.T(ctx, "review.help."+key), keys} }
	enter := i18n.T(ctx, "desk.keys.enter")
	return []keyGroup{
		{i18n.T(ctx, "review.help.move"), []keyLine{line("dossier", "j", "k"), line("piece", "n", "p"), line("page", "→", "←"),
			line("go", "g", "1…9"), line("pane", "F6")}},
		{i18n.T(ctx, "review.help.judge"), []keyLine{line("valid", "v"), line("refuse", "r"), line("correct", "a"), line("remark", "c"),
			line("undo", "u"), line("save", "Ctrl", enter), line("ask", "e")}},
		{i18n.T(ctx, "review.help.read"), []keyLine{line("zoom", "+", "-"), line("fit", "0"), line("turn", "t"), line("compare", "d"),
			line("full", "f"), line("help", "?")}},
	}
}

// scriptWords are what the script says by itself, in the language of the page; {0}… are filled there.
func scriptWords(ctx context.Context) templ.Attributes {
	out := templ.Attributes{}
	for _, name := range []string{"arrived", "changed", "show", "given", "last", "sending", "failed", "failed.text", "retry", "unsent", "page", "zoom", "nothing", "sent"} {
		out["data-"+strings.ReplaceAll(name, ".", "-")] = i18n.T(ctx, "review.live."+name)
	}
	out["data-aim"] = i18n.T(ctx, "review.remark.aim")
	out["data-reason-missing"] = i18n.T(ctx, "review.reason_missing")
	out["data-message-missing"] = i18n.T(ctx, "review.message_missing")
	for _, kind := range []dossier.VerdictKind{dossier.Valid, dossier.Rejected, dossier.ToComplete} {
		out["data-state-"+strings.ReplaceAll(string(kind), "_", "-")] = i18n.T(ctx, "review.state."+string(kind))
	}
	out["data-state-todo"] = i18n.T(ctx, "review.state.todo")
	return out
}

// scriptIcon is how a verdict shows in the list before the server has it.
type scriptIcon struct {
	kind, class, words string
	icon               ui.Icon
}

func scriptIcons(ctx context.Context) []scriptIcon {
	word := func(kind string) string { return i18n.T(ctx, "review.state."+kind) }
	return []scriptIcon{{"valid", "piece--ok", word("valid"), ui.IconCircleCheck}, {"refused", "piece--bad", word("refused"), ui.IconCircleX},
		{"to_complete", "piece--turn", word("to_complete"), ui.IconPencil}, {"todo", "piece--turn", word("todo"), ui.IconCircleDot},
		{"alert", "", "", ui.IconTriangleAlert}}
}
