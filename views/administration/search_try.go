package administration

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/models/searching"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Names of the fields of a trial.
const (
	NameQuery     = "q"
	NameNature    = "nature"
	NameTheDoc    = "document"
	tryShown      = 10
	barWidth      = 200
	closeEnough   = 0.1 // from here on the order of words is worth a sentence
	mostSentences = 6
)

// SearchTryPage puts a query to an engine and explains its order (P14.1).
type SearchTryPage struct {
	Query    string
	Engine   string // as asked; empty: the one in service
	Nature   string
	Engines  []string // that can be asked
	Serving  string
	Down     string // the engine that was asked and does not answer
	Result   *Tried
	Document string
	Why      *TriedWhy
	Unknown  bool // no document is named so
	Draft    searching.Draft
	Moves    []searching.Move // results in force and under the draft, where it changes something
}

// Tried is what came of it.
type Tried struct {
	Engine               string
	Total                int
	Took                 time.Duration
	Corrected, Suggested string
	Words                []TriedWord
	Synonyms, Ignored    []string
	Unknown              []string // nothing resembles them: left out
	Partly, Hopeless     bool
	Asked                string // what an engine outside got
	Rows                 []TriedRow
}

// TriedWord is a word of the query, and what it became.
type TriedWord struct {
	Text, Stem, Mended    string
	Begins, Related, Docs int
}

// TriedRow is one result, or a document that is none.
type TriedRow struct {
	Rank                   int
	Kind, Reference, Title string
	Score                  float32
	Parts                  [TriedParts]float32
	Usage, Behind          float32
	Open                   bool
	Words                  []TriedMatch
	Missing                []string
	Rules                  []TriedRule
}

// The parts of a score, in the order of the bar.
const (
	PartEngine  = iota // the rank of an engine outside
	PartTitle          // titre
	PartAcronym        // sigle
	PartOther          // type, thème, lieu
	PartBody           // texte
	PartStand          // synonyme, faute, début de mot
	PartCloser         // ordre et voisinage
	TriedParts
)

var partNames = [TriedParts]string{"engine", "title", "acronym", "labels", "body", "stand", "closer"}

// FieldLabels is the field of type, themes and place.
const FieldLabels = "labels"

// TriedMatch is what stands for a word of the query in a document.
type TriedMatch struct {
	Text    string
	Surface string
	How     string   // exact, beginning, mended, synonym, related
	Fields  []string // title, acronym, labels, body
}

// TriedRule is what one rule of an engine outside says, from 0 to 1.
type TriedRule struct {
	Name  string
	Score float64
}

// TriedWhy is where a document stands.
type TriedWhy struct {
	TriedRow
	Total, Relaxed, RelaxedTotal int
	Without                      string
}

func points(x float32) int { return int(math.Round(float64(100 * x))) }

// highest is the score that fills the bar.
func (t *Tried) highest() float32 {
	best := float32(0.01)
	for _, r := range t.Rows {
		best = max(best, r.sum())
	}
	return best
}

func (r TriedRow) sum() float32 {
	var sum float32
	for _, x := range r.Parts {
		sum += max(x, 0)
	}
	return sum
}

// legend lists the parts that any result has.
func (t *Tried) legend() []int {
	var list []int
	for part := range TriedParts {
		if slices.ContainsFunc(t.Rows, func(r TriedRow) bool { return points(r.Parts[part]) > 0 }) {
			list = append(list, part)
		}
	}
	return list
}

// bar is one piece of the drawing.
type bar struct {
	part     int
	x, width string
}

func (r TriedRow) bars(highest float32) []bar {
	var list []bar
	at := 0.0
	for part, x := range r.Parts {
		width := float64(max(x, 0)/highest) * barWidth
		if points(x) > 0 {
			list = append(list, bar{part, decimal(at), decimal(max(width-1, 1))})
			at += width
		}
	}
	return list
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

func partClass(prefix string, part int) string {
	return prefix + " " + prefix + "--" + partNames[part]
}

// spoken is the bar in words.
func (r TriedRow) spoken(ctx context.Context) string {
	var list []string
	for part, x := range r.Parts {
		if n := points(x); n > 0 {
			list = append(list, i18n.T(ctx, "admin.search.part."+partNames[part])+" "+strconv.Itoa(n))
		}
	}
	if len(list) == 0 {
		return i18n.T(ctx, "admin.search.part.none")
	}
	return strings.Join(list, ", ")
}

// sentence says in words why a result has its place.
func (r TriedRow) sentence(ctx context.Context) string {
	list := r.wordSentences(ctx)
	for _, text := range r.Missing {
		list = append(list, i18n.T(ctx, "admin.search.why.missing", text))
	}
	if r.Parts[PartCloser] >= closeEnough {
		list = append(list, i18n.T(ctx, "admin.search.why.closer"))
	}
	if r.Open {
		list = append(list, i18n.T(ctx, "admin.search.why.open"))
	}
	if r.Behind < 0 {
		list = append(list, i18n.T(ctx, "admin.search.why.behind"))
	}
	if len(list) == 0 {
		return i18n.T(ctx, "admin.search.why.nothing")
	}
	return strings.Join(list[:min(len(list), mostSentences)], " ")
}

// wordSentences tells where each word was found, those of the title together.
func (r TriedRow) wordSentences(ctx context.Context) []string {
	var title, list []string
	exact := 0
	for _, w := range r.Words {
		switch {
		case w.Surface == "":
		case w.How == "exact" && slices.Contains(w.Fields, "title"):
			title = append(title, i18n.T(ctx, "admin.search.why.quoted", w.Text))
			exact++
		case w.How == "exact":
			list = append(list, i18n.T(ctx, "admin.search.why.exact", w.Text, fieldsIn(ctx, w.Fields)))
		default:
			list = append(list, i18n.T(ctx, "admin.search.why."+w.How, w.Text, w.Surface, fieldsIn(ctx, w.Fields)))
		}
	}
	switch {
	case exact > 1 && exact == len(r.Words):
		return append([]string{i18n.T(ctx, "admin.search.why.all")}, list...)
	case exact > 0:
		return append([]string{i18n.N(ctx, "admin.search.why.title", exact, "list", strings.Join(title, ", "))}, list...)
	}
	return list
}

func fieldsIn(ctx context.Context, fields []string) string {
	var list []string
	for _, f := range partNames {
		if slices.Contains(fields, f) {
			list = append(list, i18n.T(ctx, "admin.search.why.in."+f))
		}
	}
	return strings.Join(list, i18n.T(ctx, "admin.search.why.and"))
}

func (r TriedRow) href() string {
	switch r.Kind {
	case "course":
		return paths.Course(r.Reference)
	case "programme":
		return paths.Programme(r.Reference)
	}
	return paths.Announcement(r.Reference)
}

// became is what a word was sought as.
func (w TriedWord) became(ctx context.Context) string {
	text := w.Text + " → " + w.Stem + "…"
	switch {
	case w.Mended != "":
		text = i18n.T(ctx, "admin.search.word.mended", w.Text, w.Mended)
	case w.Begins > 0:
		text = i18n.N(ctx, "admin.search.word.begins", w.Begins, "text", w.Text)
	case w.Stem == w.Text:
		text = w.Text
	}
	return text
}

// reach is how many documents a word brings.
func (w TriedWord) reach(ctx context.Context) string {
	text := i18n.N(ctx, "admin.search.word.docs", w.Docs)
	if w.Related > 0 {
		text += i18n.N(ctx, "admin.search.word.related", w.Related)
	}
	return text
}

func (p SearchTryPage) engines(ctx context.Context) []ui.Option {
	serving := i18n.T(ctx, "admin.search.try.serving", engineName(p.Serving))
	list := []ui.Option{{Value: "", Label: serving, Selected: p.Engine == ""}}
	for _, id := range p.Engines {
		list = append(list, ui.Option{Value: id, Label: engineName(id), Selected: p.Engine == id})
	}
	return list
}

func (p SearchTryPage) natures(ctx context.Context) []ui.Option {
	list := []ui.Option{{Value: "", Label: i18n.T(ctx, "admin.search.try.everything"), Selected: p.Nature == ""}}
	for value, kind := range map[string]string{"formation": "course", "diplome": "programme", "annonce": "announcement"} {
		list = append(list, ui.Option{Value: value, Label: i18n.T(ctx, "admin.import.kind."+kind), Selected: p.Nature == value})
	}
	slices.SortFunc(list[1:], func(a, b ui.Option) int { return strings.Compare(b.Value, a.Value) })
	return list
}

func ruleName(ctx context.Context, name string) string {
	if key := "admin.search.rule." + name; i18n.Has(key) {
		return i18n.T(ctx, key)
	}
	return name
}
