package seed

import "testing"

func TestCommuneOf(t *testing.T) {
	for town, want := range map[string]string{"Le Mans": "Commune du Mans", "Les Abymes": "Commune des Abymes", "Angers": "Commune d’Angers",
		"Évreux": "Commune d’Évreux", "Lyon": "Commune de Lyon", "La Rochelle": "Commune de La Rochelle", "L'Haÿ": "Commune de L'Haÿ"} {
		if got := communeOf(town); got != want {
			t.Errorf("P7.1 %s: %q, want %q", town, got, want)
		}
	}
}
