package models_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"passerelle/models"
	"passerelle/models/modelstest"
)

func TestLoggable(t *testing.T) {
	db := modelstest.DB(t)
	for name, sql := range map[string]string{
		"a value of the wrong type":  `SELECT '0612345678 Camille'::uuid`,
		"a row that is there twice":  `INSERT INTO settings (key, value, changed_at) SELECT 'Camille', '', now() FROM generate_series(1, 2)`,
		"a check that does not hold": `INSERT INTO regions (code, no, name) VALUES ('Camille', -1, 'Camille')`,
	} {
		t.Run("P15.6 the log says the fault and quotes nothing: "+name, func(t *testing.T) {
			_, err := db.Pool.Exec(t.Context(), sql)
			if err == nil {
				t.Fatal("no fault")
			}
			got := models.Loggable(fmt.Errorf("save step: %w", err))
			if !strings.HasPrefix(got, "save step: SQLSTATE 2") || strings.Contains(got, "Camille") {
				t.Error(got)
			}
		})
	}
	if got := models.Loggable(errors.New("disk full")); got != "disk full" {
		t.Error(got)
	}
}
