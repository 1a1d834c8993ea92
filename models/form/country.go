package form

import (
	"slices"
	"strings"

	"passerelle/models/form/ident"
)

// France is the country code meant where none is given.
const France = "FR"

// Countries lists the options of a country field, France first, then by name in lang.
func Countries(lang string) []Option {
	type named struct {
		fold string
		Option
	}
	list := make([]named, len(countries))
	for i, c := range countries {
		list[i] = named{fold: ident.Fold(c.Label.In(lang)), Option: c}
		if c.Value == France {
			list[i].fold = ""
		}
	}
	slices.SortStableFunc(list, func(a, b named) int { return strings.Compare(a.fold, b.fold) })
	out := make([]Option, len(list))
	for i, c := range list {
		out[i] = c.Option
	}
	return out
}

func country(code string) (*Option, bool) {
	i, ok := slices.BinarySearchFunc(countries, code, func(o Option, c string) int { return strings.Compare(o.Value, c) })
	if !ok {
		return nil, false
	}
	return &countries[i], true
}
