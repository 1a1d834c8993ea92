package search

import (
	"strings"

	"passerelle/models/catalogue"
	"passerelle/models/catalogue/words"
	"passerelle/models/searching"
	"passerelle/search/memory"
)

// Settings are what administrators set of the search (P4.3). The zero value
// has the usual weights, no synonym and no stop word of one's own.
type Settings struct {
	Weights  Weights
	Stop     []string // words that count when found and are never required, beside the language's own
	Synonyms []catalogue.Synonym
}

// Weights say what a word is worth by field. A zero one is the usual.
type Weights struct {
	Title, Acronym, Other, Body float32
}

// InForce makes settings of those that administrators published, or drafted.
func InForce(s searching.Settings) Settings {
	return Settings{Weights: Weights(s.Weights), Stop: s.Stop, Synonyms: s.Synonyms}
}

// DefaultWeights are those of a portal where nobody has set any.
func DefaultWeights() Weights { return Weights(searching.UsualWeights()) }

// prepared is Settings as searches use them; it never changes.
type prepared struct {
	weights memory.Weights
	stop    map[string]bool
	groups  map[string][][]string // expression → what may stand for it
}

func (s Settings) prepare() *prepared {
	w := searching.Weights(s.Weights).Settled()
	p := &prepared{stop: map[string]bool{}, groups: map[string][][]string{}}
	p.weights = memory.Weights{K1: 1.2,
		Field:  [memory.Fields]float32{w.Title, w.Acronym, w.Other, w.Body},
		Length: [memory.Fields]float32{0.6, 0, 0.3, 0.5}}
	for _, text := range s.Stop {
		for _, w := range words.Cut(text) {
			p.stop[w.Stem] = true
		}
	}
	for _, group := range s.Synonyms {
		p.add(group)
	}
	return p
}

// add puts a group under each expression that finds the others.
func (p *prepared) add(s catalogue.Synonym) {
	keys := s.Keys()
	for i, key := range keys {
		if i > 0 && s.OneWay {
			break
		}
		for j, other := range keys {
			if j != i {
				p.groups[key] = append(p.groups[key], strings.Fields(other))
			}
		}
	}
}
