package form

import "passerelle/models/merge"

// Env is what the engine may not know by itself.
type Env struct {
	Today   Day                 // in the portal's zone (P18.11)
	Lookups Lookups             // zero: nothing is checked against outside tables
	Texts   map[string]string   // current version by TextName; absent: the form's own
	Own     []string            // addresses of the account, refused where a field has Differs (P6.1)
	Blank   map[string][]string // extra blank rows to show, by group (see Saved.Blank)

	Documents map[string]DocumentState // what the dossier holds for each field of kind document, by field id
	Papers    []Paper                  // pieces asked by the dossier's own list, in order
}

// Lookups are tables held outside the form. A nil function means not available: the
// answer is then taken as written.
type Lookups struct {
	Towns    func(postcode string) []string // names of the communes of a French postcode
	Employer func(siren string) (name string, ok bool)
}

// State is the state of a step as the stepper shows it.
type State string

// The states of a step.
const (
	Untouched  State = "untouched"  // à remplir
	Incomplete State = "incomplete" // n réponses attendues
	Complete   State = "complete"   // complète
	Wrong      State = "error"      // n réponses à corriger ou à départager
)

// Result is a form as one person sees it now. It is computed, never stored.
type Result struct {
	Steps       []StepResult
	Missing     int // required answers not given
	Wrong       int // fields with a problem other than missing
	Conflicts   int // fields with two values
	MinutesLeft int
	Submittable bool
}

// StepResult is one step of a Result.
type StepResult struct {
	Step      *Step
	Number    int // from 1
	State     State
	Missing   int
	Wrong     int
	Conflicts int
	Filled    int // visible fields that hold something
	Required  int // visible fields that must be answered
	Blocks    []BlockResult
	Papers    []PaperResult // of a step that has Documents
}

// BlockResult is one block. Invisible blocks stay, for their kept answers.
type BlockResult struct {
	Block   *Block
	Visible bool
	Fields  []FieldResult // empty for a repeated block
	Rows    []RowResult
	Problem *Problem // too few or too many rows
}

// RowResult is one row of a repeated block.
type RowResult struct {
	ID      string
	Revived bool // deleted by one, written by another meanwhile: kept and told
	Blank   bool // not stored yet
	Fields  []FieldResult
}

// FieldResult is one field. Value, Conflict and Source are those of the main part.
type FieldResult struct {
	Field    *Field
	Key      string // row prefix included
	Visible  bool
	Required bool
	Filled   bool
	Missing  bool // visible, required and not filled; Problems then holds form.required
	Parts    []PartResult
	Problems []Problem // all; the first is the one to show
	Source   string    // origin of a pre-filled answer (P5.9), "" when typed
	Locked   bool      // read-only: kept by a registry (P1.12)

	Document *DocumentState // of a field of kind document
}

// PartResult is one input.
type PartResult struct {
	Part
	Value    merge.Value     // as stored
	Input    string          // as the input shows it: "14/06/1988"
	Conflict []merge.Sibling // two different values or more, newest first; nil otherwise
}
