package meili

import (
	"strings"

	"passerelle/models/catalogue/words"
	"passerelle/models/searching"
)

// document is what the engine stores. Words are stems without accents, cut by
// the code that cuts the queries, so that plurals, feminines and accents make
// no difference; stop words stay out on both sides.
type document struct {
	No        int32  `json:"no"`
	Version   string `json:"version"`
	Kind      string `json:"kind"`
	Reference string `json:"reference"`
	Title     string `json:"title"` // as written, for whoever looks into the engine
	Titled    string `json:"title_words"`
	Acronyms  string `json:"acronyms"`
	Labels    string `json:"labels"` // type, place and theme
	Body      string `json:"body_words"`
}

// searched are the fields in the order of their worth.
var searched = []string{"title_words", "acronyms", "labels", "body_words"}

// displayed is what the engine gives back.
var displayed = []string{"no", "version", "kind", "reference", "title"}

func documentOf(d searching.Document) document {
	return document{No: d.No, Version: d.Version, Kind: d.Kind, Reference: d.Reference, Title: d.Title,
		Titled: stems(d.Title), Acronyms: acronyms(d.Acronyms), Labels: stems(strings.Join(d.Others, ", ")), Body: stems(d.Body)}
}

// stems writes a text in the words that are compared.
func stems(text string) string {
	var b strings.Builder
	for _, w := range words.Cut(text) {
		if w.Stop {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.Stem)
	}
	return b.String()
}

// acronyms are found as they are written, and in one word: « B.T.S. », « M 2 ».
// One that is spelt like a stop word is a word (« DU »).
func acronyms(list []string) string {
	var all []string
	for _, text := range list {
		cut, joined := words.Cut(text), ""
		for _, w := range cut {
			all = append(all, w.Stem)
			joined += w.Folded
		}
		if len(cut) > 1 && len(joined) <= 12 {
			all = append(all, joined)
		}
	}
	return strings.Join(all, " ")
}
