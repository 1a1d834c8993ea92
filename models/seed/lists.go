package seed

import (
	"bytes"
	"encoding/json"
	"fmt"

	"passerelle/models/dossier"
	"passerelle/models/form"
)

// pieces reads what the demonstration's campaigns ask for: each piece once, and
// lists that name them in order.
func pieces() ([]dossier.List, error) {
	text, err := data.ReadFile("data/pieces.json")
	if err != nil {
		return nil, err
	}
	var file struct {
		Pieces []dossier.Spec `json:"pieces"`
		Lists  []struct {
			Key    string    `json:"key"`
			Name   form.Text `json:"name"`
			Pieces []string  `json:"pieces"`
		} `json:"lists"`
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("pieces.json: %w", err)
	}
	specs := map[string]dossier.Spec{}
	for _, s := range file.Pieces {
		specs[s.Key] = s
	}
	var lists []dossier.List
	for _, l := range file.Lists {
		list := dossier.List{Key: l.Key, Name: l.Name}
		for _, key := range l.Pieces {
			spec, ok := specs[key]
			if !ok {
				return nil, fmt.Errorf("pieces.json: list %s asks for the unknown piece %q", l.Key, key)
			}
			list.Specs = append(list.Specs, spec)
		}
		lists = append(lists, list)
	}
	return lists, nil
}
