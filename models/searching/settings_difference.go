package searching

import (
	"slices"

	"passerelle/models/catalogue"
)

// Difference is one difference between two settings, as people are told of it.
type Difference struct {
	What   string   `json:"what"` // synonym_added, synonym_removed, stop_added, stop_removed, weight
	Terms  []string `json:"terms,omitempty"`
	OneWay bool     `json:"one_way,omitempty"`
	Field  string   `json:"field,omitempty"` // title, acronym, other, body
	From   float32  `json:"from,omitempty"`
	To     float32  `json:"to,omitempty"`
}

// The kinds of changes.
const (
	SynonymAdded   = "synonym_added"
	SynonymRemoved = "synonym_removed"
	StopAdded      = "stop_added"
	StopRemoved    = "stop_removed"
	WeightChanged  = "weight"
)

// Weight is the weight of one field.
type Weight struct {
	Name  string // title, acronym, other, body
	Value float32
}

// Each lists the weights in the order of the screen, the usual in the place of
// each zero.
func (w Weights) Each() []Weight { return w.Settled().each() }

func (w Weights) each() []Weight {
	return []Weight{{"title", w.Title}, {"acronym", w.Acronym}, {"other", w.Other}, {"body", w.Body}}
}

// Key is what tells a group of synonyms from those that do something else.
func Key(s catalogue.Synonym) string { return synonymKey(s) }

// Differences lists what other settings change.
func Differences(before, after Settings) []Difference {
	list := []Difference{}
	groups := func(what string, from, to []catalogue.Synonym) {
		known := map[string]bool{}
		for _, s := range from {
			known[Key(s)] = true
		}
		for _, s := range to {
			if !known[Key(s)] {
				list = append(list, Difference{What: what, Terms: s.Terms, OneWay: s.OneWay})
			}
		}
	}
	groups(SynonymAdded, before.Synonyms, after.Synonyms)
	groups(SynonymRemoved, after.Synonyms, before.Synonyms)
	stops := func(what string, from, to []string) {
		for _, word := range to {
			if !slices.Contains(from, word) {
				list = append(list, Difference{What: what, Terms: []string{word}})
			}
		}
	}
	stops(StopAdded, before.Stop, after.Stop)
	stops(StopRemoved, after.Stop, before.Stop)
	to := after.Weights.Each()
	for i, from := range before.Weights.Each() {
		if from.Value != to[i].Value {
			list = append(list, Difference{What: WeightChanged, Field: from.Name, From: from.Value, To: to[i].Value})
		}
	}
	return list
}
