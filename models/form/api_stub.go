package form

import "passerelle/models/merge"

// Defect is one fault of a definition.
type Defect struct {
	Path, Key string
	Args      []string
}

func Parse(def *Definition, step *Step, posted map[string][]string) Parsed { panic("x") }
func Save(def *Definition, step *Step, regs merge.Registers, posted map[string][]string, by *merge.Author) Saved {
	panic("x")
}
func Evaluate(def *Definition, regs merge.Registers, env Env) Result { panic("x") }
func Check(def *Definition) []Defect                                 { panic("x") }
