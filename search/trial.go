package search

import (
	"passerelle/search/memory"
)

// Trial is a throw-away index of any documents, which judged queries are put
// to: the same analysis and the same ranks as the portal's own search, in
// memory alone, nothing of it kept.
type Trial struct {
	table *memory.Table
	names []string
	set   *prepared
}

// TrialDocument is one document to be judged.
type TrialDocument struct {
	ID       string
	Title    string
	Acronyms []string
	Others   []string
	Text     string
}

// NewTrial indexes documents.
func NewTrial(documents []TrialDocument, s Settings) *Trial {
	t := &Trial{table: memory.NewTable(), set: s.prepare()}
	list := make([]memory.Document, 0, len(documents))
	for _, d := range documents {
		t.names = append(t.names, d.ID)
		list = append(list, memory.Document{No: uint32(len(t.names)), Title: d.Title, Acronyms: d.Acronyms, Others: d.Others, Body: d.Text})
	}
	t.table.Put(list, nil)
	return t
}

// Rank gives the names of the n best documents for a text, in their order.
func (t *Trial) Rank(text string, n int) []string {
	c := &corpus{view: t.table.View(), labels: &labels{}, set: t.set}
	q := Query{Text: text, PerPage: n, Page: 1}.settled()
	run := c.search(q, c.understand(q, false), nil)
	names := []string{}
	for _, x := range run.page() {
		names = append(names, t.names[x.no-1])
	}
	return names
}
