package seed

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/dossier"
)

// campaign is one campaign out of the generator.
type campaign struct {
	opens, closes, commission time.Time
	starts, ends              time.Time // academic year
	modality                  catalogue.Modality
	capacity                  int
}

// assumed is the intake of a campaign whose source gives none; pages say so.
const assumed = 30

// campaigns makes one campaign per programme around today, marked as generated,
// for the coming academic year and with the real intake. The same programme and
// day always give the same campaign. It does nothing where one exists.
func campaigns(ctx context.Context, tx models.Tx, today time.Time) error {
	var there bool
	if err := tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sessions WHERE programme_id IS NOT NULL)`).Scan(&there); err != nil || there {
		return err
	}
	lists, err := requirementLists(ctx, tx)
	if err != nil {
		return err
	}
	found, err := tx.PGX.Query(ctx, `
		SELECT p.id, p.reference, p.domains, p.modes, p.town, p.department_code, p.region_code, coalesce(i.capacity, 0)
		FROM programmes p LEFT JOIN LATERAL (SELECT capacity FROM programme_intakes WHERE programme_id = p.id AND capacity > 0
			ORDER BY year DESC, semester, no LIMIT 1) i ON true ORDER BY p.reference`)
	if err != nil {
		return err
	}
	var list [][]any
	var id models.ID
	var reference, town string
	var domains, modes []string
	var department, region *string
	var intake int
	_, err = pgx.ForEachRow(found, []any{&id, &reference, &domains, &modes, &town, &department, &region, &intake}, func() error {
		c := generateCampaign(reference, modes, intake, today)
		list = append(list, []any{tx.NewID(), id, fmt.Sprintf("GEN-%s-%d", reference, c.starts.Year()), true, c.starts, c.ends, town, department,
			region, string(c.modality), int32(c.capacity), true, c.opens, c.closes, c.commission, lists[listFor(domains, modes)]})
		return nil
	})
	if err != nil {
		return err
	}
	_, err = tx.PGX.CopyFrom(ctx, pgx.Identifier{"sessions"}, []string{"id", "programme_id", "external_id", "generated", "starts_on", "ends_on", "place",
		"department_code", "region_code", "modality", "capacity", "waiting_list", "opens_on", "closes_on", "decision_on", "requirement_list_id"},
		pgx.CopyFromRows(list))
	return err
}

// generateCampaign draws a campaign; pure. Of ten campaigns about six are open,
// two to come and two closed.
func generateCampaign(reference string, modes []string, intake int, today time.Time) campaign {
	h := fnv.New64a()
	_, _ = h.Write([]byte("campagne/" + reference))
	r := rand.New(rand.NewPCG(h.Sum64(), 20240607))
	between := func(low, high int) int { return low + r.IntN(high-low+1) }
	add := func(t time.Time, days int) time.Time { return t.AddDate(0, 0, days) }
	c := campaign{modality: campaignModality(modes), capacity: intake}
	if c.capacity <= 0 {
		c.capacity = assumed
	}
	c.starts = academicYear(today)
	c.ends = time.Date(c.starts.Year()+1, time.June, 30, 0, 0, 0, 0, time.UTC)
	switch draw := r.IntN(10); {
	case draw < 6:
		c.opens, c.closes = add(today, -between(26, 60)), add(today, between(8, 75))
	case draw < 8:
		c.opens = add(today, between(5, 45))
		c.closes = add(c.opens, between(21, 45))
	default:
		c.closes = add(today, -between(2, 40))
		c.opens = add(c.closes, -between(30, 60))
	}
	c.commission = add(c.closes, between(14, 30))
	for c.commission.Weekday() == time.Saturday || c.commission.Weekday() == time.Sunday {
		c.commission = add(c.commission, 1)
	}
	return c
}

// academicYear is the first Monday of September of the year that one applies for
// on a day: at least four months later, so that campaigns end before it.
func academicYear(today time.Time) time.Time {
	year := today.Year()
	if today.Month() >= time.May {
		year++
	}
	start := time.Date(year, time.September, 1, 0, 0, 0, 0, time.UTC)
	for start.Weekday() != time.Monday {
		start = start.AddDate(0, 0, 1)
	}
	return start
}

func campaignModality(modes []string) catalogue.Modality {
	distance, hybrid := slices.Contains(modes, "Formation à distance"), slices.Contains(modes, "Hybride")
	switch {
	case distance && len(modes) == 1:
		return catalogue.Remote
	case distance, hybrid:
		return catalogue.Mixed
	}
	return catalogue.OnSite
}

// listFor chooses what a campaign asks for by the domains and modes of its
// programme.
func listFor(domains, modes []string) string {
	if slices.Contains(modes, "Formation à distance") && !slices.Contains(modes, "Formation initiale") {
		return "distance"
	}
	all := strings.ToUpper(strings.Join(domains, " "))
	for _, choice := range []struct{ key, word string }{
		{"sante-sport", "SPORTIVES"}, {"sante-sport", "SCIENCES DE LA SANTE"}, {"arts", "ARTS"}, {"arts", "CULTURE"},
		{"droit-economie", "DROIT"}, {"sciences", "TECHNOLOGIES"}, {"sciences", "MER"}, {"sciences", "VIE"},
	} {
		if strings.Contains(all, choice.word) {
			return choice.key
		}
	}
	return "sciences-humaines"
}

// requirementLists saves the demonstration's lists and gives their ids by key.
func requirementLists(ctx context.Context, tx models.Tx) (map[string]models.ID, error) {
	lists, err := pieces()
	if err != nil {
		return nil, err
	}
	ids := map[string]models.ID{}
	for _, l := range lists {
		if ids[l.Key], err = dossier.SaveList(ctx, tx, models.Operator(), l); err != nil {
			return nil, fmt.Errorf("requirement list %s: %w", l.Key, err)
		}
	}
	return ids, nil
}
