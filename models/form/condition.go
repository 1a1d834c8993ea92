package form

// Op is a comparison of the condition language.
type Op string

// The operators. Comparisons of order apply to numbers, dates and months; dates
// accept a Bound ("today-16y").
const (
	OpEq       Op = "eq"
	OpNe       Op = "ne" // true for an answer other than the value, false without answer
	OpIn       Op = "in"
	OpNotIn    Op = "not_in"   // false without answer
	OpContains Op = "contains" // several choices: holds every listed value
	OpFilled   Op = "filled"
	OpEmpty    Op = "empty"
	OpLt       Op = "lt"
	OpLe       Op = "le"
	OpGt       Op = "gt"
	OpGe       Op = "ge"
)

// Condition decides whether a block or field is shown or required (P5.3). The zero
// Condition always holds. At most one of All, Any, Not and Field is set.
//
// Field is a field id or a part (`employer.siren`); inside a repeated block it is
// first looked for in the same row. A field that is itself hidden counts as empty.
type Condition struct {
	All    []Condition `json:"all,omitempty"`
	Any    []Condition `json:"any,omitempty"`
	Not    *Condition  `json:"not,omitempty"`
	Field  string      `json:"field,omitempty"`
	Op     Op          `json:"op,omitempty"`
	Values []string    `json:"values,omitempty"`
}

// Always tells the zero Condition.
func (c *Condition) Always() bool {
	return len(c.All) == 0 && len(c.Any) == 0 && c.Not == nil && c.Field == ""
}

// Fields calls visit with every field that the condition reads.
func (c *Condition) Fields(visit func(id string)) {
	if c.Field != "" {
		visit(c.Field)
	}
	for i := range c.All {
		c.All[i].Fields(visit)
	}
	for i := range c.Any {
		c.Any[i].Fields(visit)
	}
	if c.Not != nil {
		c.Not.Fields(visit)
	}
}
