package dossier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form"
)

// List is what a campaign or a session asks for (liste de pièces demandées,
// P6.2). A dossier copies it when it begins, so that a change touches only those
// that begin afterwards.
type List struct {
	ID    models.ID
	Key   string // lower case, digits and hyphens; names it for operators
	Name  form.Text
	Specs []Spec
}

var listKey = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// SaveList makes a list, or replaces the one of that key, and gives its id. For
// operators and administrators; anyone else gets not found. A list with a rule
// that cannot be followed is invalid, one field error per rule.
func SaveList(ctx context.Context, tx models.Tx, by models.Actor, l List) (models.ID, error) {
	if by.Kind != models.ActorOperator && by.Kind != models.ActorPortal && !by.Everywhere(models.RoleAdmin) {
		return models.ID{}, models.NotFound("page.not_found")
	}
	if bad := l.defects(); len(bad) > 0 {
		return models.ID{}, models.Invalid("dossier.list_invalid", bad...)
	}
	specs, err := json.Marshal(l.Specs)
	if err != nil {
		return models.ID{}, fmt.Errorf("requirement list %s: %w", l.Key, err)
	}
	var id models.ID
	err = tx.PGX.QueryRow(ctx, `
		INSERT INTO requirement_lists (id, key, name_fr, name_en, specs, updated_at) VALUES ($1, $2, $3, $4, $5::text::jsonb, $6)
		ON CONFLICT (key) DO UPDATE SET name_fr = excluded.name_fr, name_en = excluded.name_en, specs = excluded.specs,
			updated_at = excluded.updated_at RETURNING id`, models.Prepared,
		tx.NewID(), l.Key, l.Name.FR, l.Name.EN, string(specs), tx.Now).Scan(&id)
	if err != nil {
		return id, fmt.Errorf("requirement list %s: %w", l.Key, err)
	}
	return id, tx.Record(ctx, by, models.Event{Kind: "dossier.list_saved", SubjectKind: "requirement_list", SubjectID: id,
		Data: map[string]any{"key": l.Key, "pieces": len(l.Specs)}})
}

// ListOf reads what a campaign or a session asks for; an empty List where it
// asks for nothing. Public: it is shown before one applies.
func ListOf(ctx context.Context, tx models.Tx, session models.ID) (List, error) {
	var l List
	var specs string
	err := tx.PGX.QueryRow(ctx, `SELECT l.id, l.key, l.name_fr, l.name_en, l.specs::text FROM requirement_lists l
		JOIN sessions s ON s.requirement_list_id = l.id WHERE s.id = $1`, models.Prepared, session).
		Scan(&l.ID, &l.Key, &l.Name.FR, &l.Name.EN, &specs)
	if errors.Is(err, pgx.ErrNoRows) {
		return List{}, nil
	}
	if err != nil {
		return l, fmt.Errorf("requirement list: %w", err)
	}
	if err := json.Unmarshal([]byte(specs), &l.Specs); err != nil {
		return l, fmt.Errorf("requirement list %s: %w", l.Key, err)
	}
	return l, nil
}

// defects are the rules that no applicant could follow or no page could show.
func (l List) defects() []models.FieldError {
	bad := []models.FieldError{}
	say := func(field, key string) { bad = append(bad, models.FieldError{Field: field, Key: key}) }
	if !listKey.MatchString(l.Key) {
		say("key", "dossier.list_key")
	}
	if l.Name.FR == "" {
		say("name", "dossier.list_name")
	}
	seen := map[string]bool{}
	for _, s := range l.Specs {
		switch {
		case s.Key == "" || seen[s.Key]:
			say(s.Key, "dossier.list_twice")
		case s.Title.FR == "" || s.Kind == "":
			say(s.Key, "dossier.list_untitled")
		case len(s.Formats) == 0 || s.MaxBytes <= 0:
			say(s.Key, "dossier.list_formats")
		case s.MinSides > len(s.Sides) || s.MaxFiles < 0 || s.Months < 0:
			say(s.Key, "dossier.list_numbers")
		}
		seen[s.Key] = true
	}
	return bad
}
