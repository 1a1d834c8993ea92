package application

import (
	"maps"
	"slices"

	"passerelle/models/form"
)

// Confirmation is what the recapitulation posts when every box is ticked and
// nothing changed since: for seeds and measurements, which have no page.
func (d Answers) Confirmation() map[string][]string {
	posted := map[string][]string{NameSeen: {d.Seen()}}
	for _, step := range d.Form.Steps {
		for _, block := range step.Blocks {
			for _, field := range block.Fields {
				if field.Kind == form.KindAck {
					posted[field.ID] = []string{field.AckVersion(d.Env)}
				}
			}
		}
	}
	return posted
}

// Answering is posted with the context of a page that shows the draft as it
// stands: for seeds and measurements, which have no page.
func (d Answers) Answering(posted map[string][]string) map[string][]string {
	out := maps.Clone(posted)
	out[form.NameContext] = []string{d.Registers.See(slices.Sorted(maps.Keys(posted))...).String()}
	return out
}
