package meili_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/search"
	"passerelle/search/meili"
	"passerelle/search/meili/meilitest"
)

func engine(t testing.TB, db *models.DB, url string) *meili.Engine {
	t.Helper()
	e := meili.New(db, search.NewPostgres(db), meili.Options{URL: url, Key: meilitest.OwnKey})
	t.Cleanup(e.Close)
	return e
}

func announcement(db *models.DB, n int, title string) search.Document {
	return search.Document{Kind: catalogue.KindAnnouncement, Object: db.NewID(), Reference: fmt.Sprintf("N.%05d", n), Title: title,
		Others: []string{"Bretagne"}, Body: fmt.Sprintf("Texte numéro %d d'une annonce.", n)}
}

// put writes documents in one transaction, as the catalogue does.
func put(t testing.TB, db *models.DB, list ...search.Document) {
	t.Helper()
	err := db.InTx(context.Background(), func(ctx context.Context, tx models.Tx) error { return catalogue.Put(ctx, tx, list) })
	if err != nil {
		t.Fatal(err)
	}
}

var crafts = strings.Fields("menuiserie soudure horlogerie reliure cuisine jardinage")

func putMany(t testing.TB, db *models.DB, n int) []search.Document {
	t.Helper()
	var list []search.Document
	for i := range n {
		list = append(list, announcement(db, i, fmt.Sprintf("%s %d", crafts[i%len(crafts)], i)))
	}
	put(t, db, list...)
	return list
}

// equal checks that the index holds what the database does, with nothing left
// in the outbox.
func equal(t testing.TB, e *meili.Engine) {
	t.Helper()
	c, err := e.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !c.Equal() || c.Waiting != 0 || c.Documents != c.Indexed {
		t.Fatalf("%+v", *c)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func query(text string) search.Query {
	return search.Query{Text: text, Today: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
}

func total(t testing.TB, index search.Index, text string) (int, bool) {
	t.Helper()
	r, err := index.Search(context.Background(), query(text))
	must(t, err)
	return r.Total, r.Degraded
}
