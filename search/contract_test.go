package search_test

import (
	"testing"

	"passerelle/models"
	"passerelle/models/modelstest"
	"passerelle/search"
	"passerelle/search/searchtest"
)

func TestPostgresContract(t *testing.T) {
	searchtest.Run(t, modelstest.DB(t), func(_ testing.TB, db *models.DB) search.Index { return search.NewPostgres(db) })
}
