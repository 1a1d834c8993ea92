package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form"
	"passerelle/models/merge"
)

// Where a pre-filled answer comes from, as merge.From stores it (P5.9); an application
// is followed by a space and the day it was sent.
const (
	FromProfile     = "profile"
	FromApplication = "application"
)

// prefill writes what is known of a signed-in person: their profile, then what they
// answered to the same questions in their last submitted applications, newest first.
func prefill(ctx context.Context, tx models.Tx, by models.Actor, d Answers, author *merge.Author) ([]merge.Op, error) {
	if !by.SignedIn() {
		return nil, nil
	}
	profile, err := profileOf(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	ops := form.Prefill(d.Form, d.Registers, profile, FromProfile, author)
	known := d.Registers.Clone()
	known.ApplyAll(ops)
	earlier, err := earlierAnswers(ctx, tx, by)
	for _, e := range earlier {
		more := form.PrefillFrom(d.Form, known, e.Snapshot, FromApplication+" "+e.At.In(tx.Zone()).Format(time.DateOnly), author)
		known.ApplyAll(more)
		ops = append(ops, more...)
	}
	return ops, err
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

// earlierRead is how many submissions are looked at.
const earlierRead = 5

// earlierAnswers reads the person's last submissions, of any form, newest first.
func earlierAnswers(ctx context.Context, tx models.Tx, by models.Actor) ([]Submission, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT u.submitted_at, u.answers FROM submissions u JOIN applications a ON a.id = u.application_id
		WHERE a.person_id = $1 ORDER BY u.submitted_at DESC LIMIT $2`, models.Prepared, by.Person, earlierRead)
	if err != nil {
		return nil, fmt.Errorf("earlier answers: %w", err)
	}
	defer rows.Close()
	out := []Submission{}
	for rows.Next() {
		var s Submission
		var text string
		if err := rows.Scan(&s.At, &text); err != nil {
			return nil, fmt.Errorf("earlier answers: %w", err)
		}
		if s.Snapshot, err = decodeSnapshot(text); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
