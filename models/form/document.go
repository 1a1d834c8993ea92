package form

import (
	"slices"
	"strconv"
)

// DocumentRule is what may be given in a field of kind document (pièce, P7.1). The
// field gives the rest of the rule: its id is the key of the piece, its label the
// title, its hint what is said before a file is chosen.
type DocumentRule struct {
	Kind      string   `json:"kind"`                 // what it proves: "cv", "diploma"…
	Formats   []string `json:"formats"`              // "pdf", "jpg"…, lower case
	MaxBytes  int64    `json:"max_bytes"`            // of one file
	MaxFiles  int      `json:"max_files,omitempty"`  // places, 1 when 0; Sides wins
	Sides     []Text   `json:"sides,omitempty"`      // names of the places: recto, verso
	MinSides  int      `json:"min_sides,omitempty"`  // places that must be filled, all when 0
	MayExempt bool     `json:"may_exempt,omitempty"` // "Non concerné par cette pièce" is offered
	ExemptFor Text     `json:"exempt_for,omitzero"`  // who is not concerned
	Template  string   `json:"template,omitempty"`   // file id of the model to download
	Months    int      `json:"months,omitempty"`     // validity after the officer's verdict; 0: none
	EndDate   bool     `json:"end_date,omitempty"`   // it carries an end date, noted with the verdict
	Fields    []string `json:"fields,omitempty"`     // answers shown beside it at the review desk
	Reasons   []Text   `json:"reasons,omitempty"`    // ready-made reasons to refuse it
}

// Needed is how many places must be filled for the piece to count as given.
func (r *DocumentRule) Needed() int {
	switch {
	case r == nil:
		return 1
	case r.MinSides > 0:
		return r.MinSides
	}
	return max(len(r.Sides), 1)
}

// DocumentState is what a dossier holds for one piece, as whoever reads the dossier
// tells it. The engine never sees a file.
type DocumentState struct {
	Needed   int  // places that must be filled; 0 counts as 1
	Given    int  // places that hold a version in force
	Checking int  // places whose new version is on its way or being inspected
	Refused  int  // places that hold a refused version and none in force
	Exempt   bool // "Non concerné par cette pièce"
	IDs      []string
	Names    []string // of the versions in force: "cv.pdf, 412 Ko"
}

// Enough tells that the piece counts as given.
func (s DocumentState) Enough() bool { return s.Exempt || s.Given >= max(s.Needed, 1) }

// untouched tells that nothing was ever put there.
func (s DocumentState) untouched() bool { return s.Given+s.Checking+s.Refused == 0 }

// lack says what stands between the piece and the submission, "" when nothing does.
// What is being inspected holds the submission even where the piece is optional: it
// would be left out of what is sent without anyone having said so.
func (s DocumentState) lack(required bool) string {
	switch {
	case s.Checking > 0:
		return "form.document.checking"
	case s.Enough() || !required && s.Refused == 0 && s.Given == 0:
		return ""
	case s.Refused > 0 && required:
		return "form.document.refused"
	case s.Refused > 0:
		return ""
	case s.Given > 0:
		return "form.document.more"
	}
	return "form.document.missing"
}

// Paper is one piece asked by the dossier's own list, shown on the step that has
// Documents (pièce demandée, P6.2).
type Paper struct {
	Key      string
	Title    Text
	Required bool
	When     Condition // on the answers of the form: whom it is asked of
	State    DocumentState
}

// PaperPrefix begins the id of the place of a piece in a page.
const PaperPrefix = "piece-"

// PaperResult is one piece of the list with what it lacks.
type PaperResult struct {
	Paper
	Problem *Problem // nil when nothing holds the submission
}

// paper judges one piece of the list.
func paper(p Paper) PaperResult {
	res := PaperResult{Paper: p}
	if key := p.State.lack(p.Required); key != "" {
		res.Problem = &Problem{Field: PaperPrefix + p.Key, Key: key, Label: p.Title}
	}
	return res
}

// papers adds the list of pieces to the step that shows it.
func (e *evaluator) papers(out *StepResult) {
	if !out.Step.Documents {
		return
	}
	for _, p := range e.env.Papers {
		if !p.When.Always() && !e.top.holds(&p.When) {
			if p.State.untouched() {
				continue
			}
			p.Required = false // given all the same: it stays in sight
		}
		res := paper(p)
		out.Papers = append(out.Papers, res)
		if p.Required {
			out.Required++
		}
		if p.State.Enough() {
			out.Filled++
		}
		if res.Problem != nil {
			out.Missing++
		}
	}
}

// document judges a field of kind document: its answer is in the dossier.
func (e *evaluator) document(res *FieldResult) {
	state := e.env.Documents[res.Field.ID]
	state.Needed = max(state.Needed, res.Field.Document.Needed())
	res.Document = &state
	res.Filled = state.Enough()
	if !res.Visible {
		return
	}
	if key := state.lack(res.Required); key != "" {
		res.Missing = true
		res.Problems = append(res.Problems, Problem{Field: PaperPrefix + res.Field.ID, Key: key, Label: res.Field.Label, Own: missingWords(key, res.Field)})
	}
}

// missingWords are the form's own, where nothing was given at all.
func missingWords(key string, f *Field) Text {
	if key != "form.document.missing" {
		return Text{}
	}
	return f.Missing
}

// Documents lists the fields of kind document, with what each may hold.
func (d *Definition) Documents() []*Field {
	var out []*Field
	eachField(d, func(_ *Block, f *Field) {
		if f.Kind == KindDocument {
			out = append(out, f)
		}
	})
	return out
}

// DocumentFormats are the formats that a piece may name.
var documentFormats = []string{"pdf", "jpg", "png", "heic", "tiff", "doc", "docx", "odt", "rtf", "txt", "html", "xls", "xlsx", "ods", "csv", "pptx", "odp"}

// document finds what would make a piece impossible to give.
func (l *linter) document(path string, b *Block, f *Field) {
	r := f.Document
	if (f.Kind == KindDocument) != (r != nil) {
		l.say(path, "form.defect.document")
		return
	}
	if r == nil {
		return
	}
	if b.Repeat != nil || f.Was != "" || r.Kind == "" || r.MaxBytes <= 0 || r.MaxFiles < 0 || r.Months < 0 {
		l.say(path, "form.defect.document")
	}
	if len(r.Formats) == 0 {
		l.say(path, "form.defect.format", "")
	}
	for _, format := range r.Formats {
		if !slices.Contains(documentFormats, format) {
			l.say(path, "form.defect.format", format)
		}
	}
	places := max(r.MaxFiles, len(r.Sides), 1)
	if r.MinSides < 0 || r.MinSides > places || len(r.Sides) == 1 {
		l.say(path, "form.defect.bounds", strconv.Itoa(r.MinSides), strconv.Itoa(places))
	}
	for _, side := range r.Sides {
		l.text(path, side, true)
	}
	for _, reason := range r.Reasons {
		l.text(path, reason, true)
	}
	l.text(path, r.ExemptFor, false)
}

// papersOnce finds a second list of pieces, or one on the last page: what is sent is
// shown there.
func (l *linter) papersOnce() {
	seen := false
	for i := range l.def.Steps {
		s := &l.def.Steps[i]
		if s.Documents && (seen || s.Recap) {
			l.say(s.ID, "form.defect.documents")
		}
		seen = seen || s.Documents
	}
	for _, f := range l.def.Documents() {
		for _, id := range f.Document.beside() {
			if l.reach(id, nil) == nil {
				l.say(f.ID, "form.defect.unknown_field", id)
			}
		}
	}
}

func (r *DocumentRule) beside() []string {
	if r == nil {
		return nil
	}
	return r.Fields
}
