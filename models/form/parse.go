package form

import "passerelle/models/merge"

// Names of the inputs that drive a save and are no answers. Every other name that
// begins with "_" is ignored by Parse.
const (
	NameContext = "_ctx"    // merge.Context of what the page showed
	NamePresent = "_p"      // one per input that a browser leaves out when unticked or unselected
	NameAdd     = "_add"    // id of the repeated block that gets a blank row
	NameRemove  = "_remove" // `group/row` to delete
	NameKeep    = "_keep"   // `key=opid`: the value kept in a conflict
)

// Parsed is one posted step, normalised.
type Parsed struct {
	Values   map[string]merge.Value // by key; an unticked box is there, empty
	Unknown  []string               // names that this step does not ask, sorted
	Problems []Problem              // what could not be kept at all: unreadable or huge
}

// Saved is what one posted step changes.
type Saved struct {
	Parsed
	Ops   []merge.Op
	Blank map[string][]string // rows posted or asked for that hold nothing yet, for Env.Blank
	Stale bool                // the page's context could not be read in full: conflicts may show
}
