package search_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/search"
)

var newsWords = []string{"soudure", "menuiserie", "apiculture", "comptabilité", "droit", "musique", "électricité", "reliure", "horlogerie", "gestion",
	"bibliothèque", "maçonnerie", "cuisine", "infirmier", "logistique", "anglais", "formateur", "sécurité", "plomberie", "jardin"}

// TestNews puts thousands of saved questions to what changed: what is news is
// always found on the results page too, and the time taken is told.
func TestNews(t *testing.T) {
	db := modelstest.DB(t)
	ctx := context.Background()
	p := search.NewPostgres(db)
	word := func(i int) string { return newsWords[i%len(newsWords)] }
	var list []search.Document
	for i := range 4000 {
		list = append(list, search.Document{Kind: catalogue.KindProgramme, Object: db.NewID(), Reference: fmt.Sprint("P.", i),
			Title: fmt.Sprintf("%s et %s %d", word(i), word(i/20), i), Body: word(i/7) + " " + word(i/13)})
	}
	if err := p.Put(ctx, list); err != nil {
		t.Fatal(err)
	}
	var numbers []int32
	rows, err := db.Pool.Query(ctx, `SELECT no FROM search_documents ORDER BY no DESC LIMIT 300`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var no int32
		if err := rows.Scan(&no); err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, no)
	}
	rows.Close()
	questions := search.Questions{Since: db.Today(), Today: db.Today()}
	for _, no := range numbers {
		questions.Changed = append(questions.Changed, search.Change{No: no})
	}
	for i := range 3000 {
		q := search.Query{Text: word(i) + " " + word(i/20+3)}
		if i%3 == 0 {
			q.Text = word(i)
		}
		if i%4 == 0 {
			q.Facets = map[string][]string{search.FacetKind: {"diplome"}}
		}
		questions.Queries = append(questions.Queries, q)
	}
	began := time.Now()
	news, err := p.News(ctx, questions)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	began = time.Now()
	const sample = 60
	total := 0
	for i := range sample {
		q := questions.Queries[i*37]
		found := map[string]bool{}
		for page := 1; page <= 20; page++ {
			q.Today, q.Page, q.PerPage = db.Today(), page, 100
			r, err := p.Search(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range r.Hits {
				found[h.Object.String()] = true
			}
			if page >= r.Pages() {
				break
			}
		}
		for _, f := range news[i*37] {
			total++
			if !found[f.Object.String()] || f.Why != search.WhyNew {
				t.Errorf("P4.7 %q: %v is news and no result", q.Text, f)
			}
		}
	}
	if total == 0 {
		t.Error("P4.7 nothing is news")
	}
	t.Logf("P4.7 %d questions to %d documents: %s; %d whole searches: %s", len(questions.Queries), len(numbers), took, sample, time.Since(began))
}
