package meili_test

import (
	"testing"

	"passerelle/models"
	"passerelle/models/modelstest"
	"passerelle/search"
	"passerelle/search/meili"
	"passerelle/search/meili/meilitest"
	"passerelle/search/searchtest"
)

func TestMeilisearchContract(t *testing.T) {
	server := meilitest.Start(t)
	searchtest.Run(t, modelstest.DB(t), func(t testing.TB, db *models.DB) search.Index {
		e := meili.New(db, search.NewPostgres(db), meili.Options{URL: server.URL, Key: server.Key, Prefix: server.Prefix})
		t.Cleanup(e.Close)
		return e
	})
}
