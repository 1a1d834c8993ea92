package seed

import (
	"context"
	"fmt"
	"time"

	"passerelle/models"
	"passerelle/models/searching"
)

// looked is a query that visitors typed over some weeks: how many visits, how
// many documents held every word, and what they opened.
type looked struct {
	text    string
	visits  int
	results int
	opened  int // visits
	rank    int // of what was opened
}

// looks are GENERATED; how many documents hold the words is what this catalogue
// answered.
var looks = []looked{
	{"comptabilité", 31, 903, 19, 2}, {"bts", 27, 129, 15, 3}, {"ressources humaines", 22, 303, 14, 2}, {"secrétaire médicale", 19, 15, 13, 1},
	{"informatique", 18, 1013, 7, 5}, {"gestion de la paie", 16, 52, 12, 1}, {"droit du travail", 15, 59, 8, 4}, {"management", 14, 868, 0, 0},
	{"infirmier", 13, 9, 9, 1}, {"anglais", 12, 10, 6, 2}, {"soudure", 11, 2, 7, 1}, {"cybersécurité", 11, 137, 8, 2}, {"excel", 10, 20, 5, 3},
	{"assistante maternelle", 9, 0, 2, 6}, {"animateur périscolaire", 9, 0, 3, 4}, {"permis poids lourd", 8, 0, 0, 0}, {"paysagiste", 8, 35, 6, 1},
	{"licence pro", 8, 193, 3, 4}, {"marchés publics", 7, 35, 5, 2}, {"moniteur auto école", 7, 0, 0, 0}, {"juriste", 7, 1654, 0, 0}, {"coiffure", 6, 9, 5, 1},
	{"cap cuisine", 6, 1, 4, 1}, {"conducteur de train", 6, 0, 1, 8}, {"photographe", 5, 16, 0, 0}, {"sophrologie", 5, 0, 0, 0}, {"développeur web", 5, 19, 4, 1},
	{"langue des signes", 5, 1, 3, 1}, {"prof de yoga", 4, 0, 0, 0}, {"menuiserie", 4, 25, 3, 1}, {"hypnose", 4, 0, 0, 0}, {"bibliothécaire", 4, 71, 2, 3},
	{"naturopathe", 3, 0, 0, 0}, {"master droit public", 3, 76, 0, 0}, {"archiviste", 3, 1, 2, 1}, {"tatoueur", 2, 0, 0, 0}, {"apiculture", 2, 1, 1, 1},
}

// lookedFor is over how many days they were typed.
const lookedFor = 45

// Searches makes the queries of visitors (GENERATED) and the saved searches of
// the demonstration's people with the real verbs, as if over the last weeks. It
// does nothing where any query was kept.
func Searches(ctx context.Context, db *models.DB, accounts Accounts) error {
	var any bool
	if err := db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM search_queries) OR EXISTS (SELECT FROM saved_searches)`).Scan(&any); err != nil || any {
		return err
	}
	byDay := make([][]searching.Typed, lookedFor)
	for i, q := range looks {
		for visit := range q.visits {
			// Spread without chance, and the more the nearer: a season begins.
			day := (i*7 + visit*visit*3 + visit*11) % lookedFor * ((i+visit)%3 + 1) / 3
			one := searching.Typed{Text: q.text, Visit: fmt.Sprintf("generated %d %d", i, visit), Engine: "PostgreSQL", Results: q.results}
			if visit < q.opened {
				one.Rank = max(q.rank+visit%3-1, 1)
			}
			byDay[day] = append(byDay[day], one)
		}
	}
	for days, list := range byDay {
		past := db.At(models.Freeze(db.Clock.Now().Add(-time.Duration(days) * 24 * time.Hour)))
		if err := searching.NoteAll(ctx, past, list); err != nil {
			return fmt.Errorf("seed queries: %w", err)
		}
	}
	return savedSearches(ctx, db, accounts)
}

// savedSearches are those of the two candidates: the clock moved forward brings
// their mails.
func savedSearches(ctx context.Context, db *models.DB, accounts Accounts) error {
	past := db.At(models.Freeze(db.Clock.Now().Add(-9 * 24 * time.Hour)))
	for _, p := range accounts.List {
		var err error
		switch p.Email {
		case Applicant:
			err = past.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
				for _, in := range []searching.SaveInput{
					{Name: "Paie et ressources humaines", Rhythm: searching.Weekly, Criteria: searching.Criteria{Words: "ressources humaines", Facets: map[string][]string{"nature": {"formation"}}}},
					{Name: "Comptabilité, inscriptions ouvertes", Rhythm: searching.Daily, Criteria: searching.Criteria{Words: "comptabilité", Facets: map[string][]string{"inscription": {"ouverte"}}}},
				} {
					if _, err := searching.Save(ctx, tx, p.By(), in); err != nil {
						return err
					}
				}
				return nil
			})
		case NewApplicant:
			err = past.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
				if _, err := searching.Save(ctx, tx, p.By(), searching.SaveInput{Name: "Soudure", Rhythm: searching.Never, Criteria: searching.Criteria{Words: "soudure"}}); err != nil {
					return err
				}
				// A domain of the register of occupations, or one region.
				return searching.SetProfile(ctx, tx, p.By(), searching.Criteria{Facets: map[string][]string{searching.FacetSpeciality: {"K"}, searching.FacetRegion: {"53"}}}, searching.Daily)
			})
		}
		if err != nil {
			return fmt.Errorf("seed saved searches: %w", err)
		}
	}
	return nil
}
