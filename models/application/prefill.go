package application

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form"
	"passerelle/models/merge"
)

// Where a pre-filled answer comes from, as merge.From stores it (P5.9).
const (
	FromProfile     = "profile"
	FromApplication = "application"
)

// prefill writes what is known of a signed-in person: their last submitted
// application first, then their profile for what it does not say.
func prefill(ctx context.Context, tx models.Tx, by models.Actor, d Answers, author *merge.Author) ([]merge.Op, error) {
	if !by.SignedIn() {
		return nil, nil
	}
	profile, err := profileOf(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	earlier, err := earlierAnswers(ctx, tx, by, d.Form)
	if err != nil {
		return nil, err
	}
	ops := form.Prefill(d.Form, d.Registers, profile, FromProfile, author)
	known := d.Registers.Clone()
	known.ApplyAll(ops)
	return append(ops, form.Prefill(d.Form, known, earlier, FromApplication, author)...), nil
}

// profileOf names what the account says, by the prefill names of fields.
func profileOf(ctx context.Context, tx models.Tx, by models.Actor) (map[string]string, error) {
	var civility, birth, usual, first, born, phone, postcode, city string
	err := tx.PGX.QueryRow(ctx, `
		SELECT civility, birth_name, usual_name, first_name, coalesce(to_char(birth_date, 'YYYY-MM-DD'), ''), phone, postcode, city
		FROM people WHERE id = $1`, models.Prepared, by.Person).Scan(&civility, &birth, &usual, &first, &born, &phone, &postcode, &city)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return map[string]string{"civility": civility, "birth_name": birth, "usual_name": usual, "first_name": first, "birth_date": born,
		"email": by.Email, "phone": phone, "city.postcode": postcode, "city.name": city}, nil
}

// earlierAnswers reads the person's last submission of the same form, by the
// prefill names of fields and parts.
func earlierAnswers(ctx context.Context, tx models.Tx, by models.Actor, def *form.Definition) (map[string]string, error) {
	var text string
	err := tx.PGX.QueryRow(ctx, `
		SELECT u.answers FROM submissions u JOIN applications a ON a.id = u.application_id
		JOIN form_versions v ON v.id = a.form_version_id
		WHERE a.person_id = $1 AND v.form_key = $2 ORDER BY u.submitted_at DESC LIMIT 1`, models.Prepared, by.Person, def.Key).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("earlier answers: %w", err)
	}
	snap, err := decodeSnapshot(text)
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	for _, step := range def.Steps {
		for _, block := range step.Blocks {
			for _, f := range block.Fields {
				for _, p := range f.Parts("") {
					if p.Sub == form.SameSuffix || f.Prefill == "" || block.Repeat != nil {
						continue
					}
					name, key := f.Prefill, f.ID
					if p.Sub != "" {
						name, key = name+"."+p.Sub, key+"."+p.Sub
					}
					known[name] = snap.Value(key)
				}
			}
		}
	}
	return known, nil
}
