package application

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Note is a private note of the officers (note privée, P9.2): never shown to
// the applicant.
type Note struct {
	ID     models.ID
	Author string
	Mine   bool
	Body   string
	At     time.Time
}

// AddNote writes a private note. For officers whose scope covers the course; to
// anyone else the application is not found. Empty or too long is KindInvalid.
func AddNote(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, body string) error {
	body = strings.TrimSpace(body)
	switch {
	case body == "":
		return models.Invalid("desk.note_invalid", models.FieldError{Field: "note", Key: "desk.note_missing"})
	case utf8.RuneCountInString(body) > maxWords:
		return models.Invalid("desk.note_invalid", models.FieldError{Field: "note", Key: "desk.too_long"})
	}
	a, err := loadReviewed(ctx, tx, by, id)
	if err != nil {
		return err
	}
	_, err = tx.PGX.Exec(ctx, `INSERT INTO notes (id, application_id, author_id, body, at) VALUES ($1, $2, $3, $4, $5)`,
		models.Prepared, tx.NewID(), a.ID, by.Account, body, tx.Now)
	if err != nil {
		return fmt.Errorf("note: %w", err)
	}
	return tx.Record(ctx, by, models.Event{Kind: "application.noted", SubjectKind: "application", SubjectID: a.ID})
}

// notesOf lists the notes of an application already loaded by an officer,
// newest first.
func notesOf(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) ([]Note, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT n.id, `+personName+`, n.author_id = $2, n.body, n.at
		FROM notes n JOIN accounts ac ON ac.id = n.author_id JOIN people p ON p.id = ac.person_id
		WHERE n.application_id = $1 ORDER BY n.at DESC, n.id DESC`, models.Prepared, id, by.Account)
	if err != nil {
		return nil, fmt.Errorf("notes: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Note, error) {
		var n Note
		err := row.Scan(&n.ID, &n.Author, &n.Mine, &n.Body, &n.At)
		return n, err
	})
}

// loadReviewed is Load for an officer in scope alone: an applicant who is also
// an officer does not review themselves through their own ownership.
func loadReviewed(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Application, error) {
	a, err := Load(ctx, tx, by, id)
	if err != nil {
		return a, err
	}
	ok, err := reviewedBy(ctx, tx, by, a)
	if err == nil && !ok {
		err = models.NotFound("application.not_found")
	}
	if err != nil {
		return Application{}, err
	}
	return a, nil
}
