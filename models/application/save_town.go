package application

import (
	"context"
	"maps"
	"strings"

	"passerelle/models"
	"passerelle/models/form"
)

// withTowns gives a posted page the town of a French postcode that has only one, where
// the person wrote the postcode and left the town empty (P5.2). What they wrote wins.
func withTowns(ctx context.Context, tx models.Tx, step *form.Step, posted map[string][]string) (map[string][]string, error) {
	look := lookups{ctx: ctx, tx: tx}
	out := posted
	for i := range step.Blocks {
		if step.Blocks[i].Repeat != nil {
			continue
		}
		for _, f := range step.Blocks[i].Fields {
			code, alone := aloneCode(f, posted)
			if !alone {
				continue
			}
			if towns := look.towns(code); len(towns) == 1 {
				out = maps.Clone(out)
				out[f.ID+".name"] = []string{towns[0]}
			}
		}
	}
	return out, look.err
}

// aloneCode is the postcode of a town left empty, in France.
func aloneCode(f form.Field, posted map[string][]string) (code string, alone bool) {
	last := func(part string) (string, bool) {
		all, ok := posted[f.ID+part]
		if !ok || len(all) == 0 {
			return "", ok
		}
		return strings.TrimSpace(all[len(all)-1]), true
	}
	if f.Kind != form.KindCity {
		return "", false
	}
	code, _ = last(".postcode")
	name, shown := last(".name")
	country, _ := last(".country")
	return code, len(code) == 5 && shown && name == "" && (country == "" || country == form.France)
}
