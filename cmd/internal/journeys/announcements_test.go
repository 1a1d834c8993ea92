package journeys

import (
	"testing"

	"passerelle/cmd/internal/portaltest"
)

// TestAnnouncementSearch looks for announcements by criteria, by keyboard where
// there is a script and by plain links where there is none (P4.4, P13.8).
func TestAnnouncementSearch(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a demonstration")
	}
	demo := portaltest.CommonDemo(t)
	t.Run("P4.2 structures are found by their name, and every filter in force counts", func(t *testing.T) {
		b := portaltest.NewBrowser(t, demo.URL, true)
		b.Open("/recherche?q=droit&region=75")
		b.Click("#f-structure > summary")
		b.Click("#f-structure-nom")
		b.Keys("limoges")
		b.Until("one structure", `document.querySelectorAll('#f-structure-liste input').length === 1`)
		if b.Value(`location.search`) != "?q=droit&region=75" {
			t.Error(b.Location())
		}
		b.Keys("\t ")
		b.Until("the results of it", `location.search.includes('structure=universite-de-limoges') && location.search.includes('region=75')`)
		b.Until("the focus stays", `document.activeElement.id === 'f-structure-universite-de-limoges'`)
	})
	t.Run("P4.4 a column is sorted by keyboard, in place", func(t *testing.T) {
		b := portaltest.NewBrowser(t, demo.URL, true)
		b.Open("/annonces")
		b.Run(portaltest.Do(`document.getElementById('tri-debut').focus()`))
		for _, order := range []string{"ascending", "descending"} {
			b.Keys("\r")
			b.Until(order, `document.querySelector('th:has(#tri-debut)').ariaSort === '`+order+`' && document.activeElement.id === 'tri-debut'`)
		}
		if b.Value(`location.search`) != "?tri=-debut" {
			t.Error(b.Location())
		}
	})
	t.Run("P13.8 without JavaScript criteria cumulate, and a wrong date stays as typed", func(t *testing.T) {
		b := portaltest.NewBrowser(t, demo.URL, false)
		b.Open("/annonces")
		b.Fill("q", "gestion")
		b.Click("#c-region > summary")
		b.Click("#c-region-11")
		b.Click("#criteres button[type=submit]")
		b.See("Île-de-France")
		b.Click("#tri-intitule")
		b.See("Triées par : Intitulé, ordre croissant")
		b.Open("/annonces?debut_du=31/02/2027")
		b.See("Cette date n’existe pas")
	})
}
