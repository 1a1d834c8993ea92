package form

// Text is one sentence of a form in the portal's two languages.
type Text struct {
	FR string `json:"fr,omitempty"`
	EN string `json:"en,omitempty"`
}

// In returns the sentence in lang ("fr" or "en"), in French where English is absent.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.FR
}

// Empty tells that the form says nothing here.
func (t Text) Empty() bool { return t.FR == "" && t.EN == "" }

// Definition is one published version of a form (formulaire). It never changes once
// published (P5.1); callers share it and must not write to it.
type Definition struct {
	Key     string `json:"key"`
	Version int    `json:"version"`
	Title   Text   `json:"title"`
	Steps   []Step `json:"steps"`
}

// Step is one page of the form (étape). Pages are numbered from 1 in URLs.
type Step struct {
	ID        string  `json:"id"`
	Title     Text    `json:"title"`
	Intro     Text    `json:"intro,omitzero"`
	Minutes   int     `json:"minutes,omitempty"`   // estimated time
	Documents bool    `json:"documents,omitempty"` // shows the pieces that the dossier asks for (P6.2)
	Recap     bool    `json:"recap,omitempty"`     // shows the recapitulation above its own fields (P5.6)
	Blocks    []Block `json:"blocks,omitempty"`
}

// Block groups fields under a heading (bloc), or repeats them as rows.
type Block struct {
	ID     string    `json:"id"`
	Title  Text      `json:"title"`
	Intro  Text      `json:"intro,omitzero"`
	Why    Text      `json:"why,omitzero"` // said above the block when a condition shows it: "Parce que vous êtes…"
	When   Condition `json:"when,omitzero"`
	Repeat *Repeat   `json:"repeat,omitempty"` // the block's id is then the group of its row keys
	Fields []Field   `json:"fields"`
}

// Repeat makes a block a table edited line by line (lignes répétées).
type Repeat struct {
	Min    int  `json:"min,omitempty"`
	Max    int  `json:"max"`
	Row    Text `json:"row"`    // name of one line: "Formation"
	Add    Text `json:"add"`    // label of the button
	Remove Text `json:"remove"` // label of the button
}

// Field is one question (champ). Its id never changes meaning from one version to the
// next; a change of kind takes a new id.
type Field struct {
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	Was  string `json:"was,omitempty"` // id in the previous version, for Migrate

	Label Text `json:"label"`
	Hint  Text `json:"hint,omitzero"` // before the input
	Tip   Text `json:"tip,omitzero"`  // bubble (P5.4)
	More  More `json:"more,omitzero"` // "En savoir plus", opened in place (P5.4)
	Body  Text `json:"body,omitzero"` // explanatory text, or the text to acknowledge
	Why   Text `json:"why,omitzero"`  // said when a condition shows the field; the fields after it under the same When belong with it

	Required     bool      `json:"required,omitempty"`
	RequiredWhen Condition `json:"required_when,omitzero"`
	When         Condition `json:"when,omitzero"`
	Missing      Text      `json:"missing,omitzero"` // own words of form.required: "Indiquez votre prénom."

	Options   []Option `json:"options,omitempty"`
	Look      Look     `json:"look,omitempty"` // how choices are drawn
	Min       Bound    `json:"min,omitempty"`
	Max       Bound    `json:"max,omitempty"`
	Decimals  int      `json:"decimals,omitempty"`
	MaxLength int      `json:"max_length,omitempty"` // characters; 0 is the kind's own limit
	Rows      int      `json:"rows,omitempty"`       // height of a long text
	Counter   bool     `json:"counter,omitempty"`
	Abroad    bool     `json:"abroad,omitempty"` // a town outside France can be given

	SameAs       string `json:"same_as,omitempty"`      // ticking "identique" takes that field's answer
	SameLabel    Text   `json:"same_label,omitzero"`    // label of that box
	Differs      string `json:"differs,omitempty"`      // e-mail field that must belong to someone else (P6.1)
	Version      string `json:"version,omitempty"`      // of the text acknowledged, a date AAAA-MM-JJ
	TextName     string `json:"text_name,omitempty"`    // name of that text in the portal, see Env.Texts
	Autocomplete string `json:"autocomplete,omitempty"` // HTML autofill token
	Width        string `json:"width,omitempty"`        // xs, s, m, l or empty for full
	Lookup       string `json:"lookup,omitempty"`       // completion: "communes" or "employers"
	Prefill      string `json:"prefill,omitempty"`      // attribute of the profile (P5.9)
	Registry     bool   `json:"registry,omitempty"`     // read-only once a student registry or an institution gave it (P1.12)
	Private      bool   `json:"private,omitempty"`      // never shown to the line manager (P18.2)

	Document *DocumentRule `json:"document,omitempty"` // kind document alone
}

// More is the text behind "En savoir plus".
type More struct {
	Title Text `json:"title"`
	Body  Text `json:"body"`
}

// Option is one answer of a choice.
type Option struct {
	Value string `json:"value"`
	Label Text   `json:"label"`
	Hint  Text   `json:"hint,omitzero"`
}

// Look is how a choice is drawn; empty means one under the other.
type Look string

// The looks of a choice.
const (
	Stacked Look = ""
	InRow   Look = "row"
	Select  Look = "select"
)

// Step returns page n, numbered from 1.
func (d *Definition) Step(n int) (*Step, bool) {
	if n < 1 || n > len(d.Steps) {
		return nil, false
	}
	return &d.Steps[n-1], true
}

// Find returns a field by id, wherever it stands.
func (d *Definition) Find(id string) (*Field, bool) {
	for s := range d.Steps {
		for b := range d.Steps[s].Blocks {
			fields := d.Steps[s].Blocks[b].Fields
			for f := range fields {
				if fields[f].ID == id {
					return &fields[f], true
				}
			}
		}
	}
	return nil, false
}

// Option returns the option that has this value.
func (f *Field) Option(value string) (*Option, bool) {
	for i := range f.Options {
		if f.Options[i].Value == value {
			return &f.Options[i], true
		}
	}
	return nil, false
}

// Triggers lists the fields that a condition reads: changing one may change which
// questions show, so its block carries "Actualiser les questions" (P18.13).
func (d *Definition) Triggers() map[string]bool {
	out := map[string]bool{}
	read := func(id string) { out[baseOf(id)] = true }
	for s := range d.Steps {
		for b := range d.Steps[s].Blocks {
			block := &d.Steps[s].Blocks[b]
			block.When.Fields(read)
			for f := range block.Fields {
				block.Fields[f].When.Fields(read)
				block.Fields[f].RequiredWhen.Fields(read)
			}
		}
	}
	return out
}
