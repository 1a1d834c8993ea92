package application

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/form"
)

// Preview is an application in short, beside the officer's list (aperçu, P9.1).
type Preview struct {
	Application
	Stuck     bool
	Approvals []Approval
	Answers   form.Snapshot
	Seats     Seats
	Notes     []Note
	Standing  *Decision
	Pieces    int // documents in force
	Assigned  string
}

// DeskState sorts the application as the list does.
func (p Preview) DeskState() DeskState { return DeskStateOf(p.Application, p.Stuck) }

// PreviewOf reads it for an officer in scope, and writes that they read it (P17.21). To
// anyone else it is not found.
func PreviewOf(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Preview, error) {
	a, err := loadReviewed(ctx, tx, by, id)
	if err != nil {
		return Preview{}, err
	}
	if !a.OwnedBy(by) {
		if err := dossier.NoteReading(ctx, tx, by, a.ID, uuid.Nil, dossier.ReadDossier); err != nil {
			return Preview{}, err
		}
	}
	d := Dossier{Application: a}
	for _, read := range []func(context.Context, models.Tx, models.Actor) error{d.readAnswers, d.readApprovals, d.readDecisions} {
		if err := read(ctx, tx, by); err != nil {
			return Preview{}, err
		}
	}
	if d.Own = a.Person == by.Person; d.Own {
		d.hide()
	}
	p := Preview{Application: d.Application, Stuck: d.Stuck, Approvals: d.Approvals, Answers: d.Answers, Seats: d.Seats, Standing: d.Standing}
	if !d.Own {
		if p.Notes, err = notesOf(ctx, tx, by, a.ID); err != nil {
			return p, err
		}
	}
	if _, p.Assigned, err = assignable(ctx, tx, a); err != nil {
		return p, err
	}
	err = tx.PGX.QueryRow(ctx, `SELECT count(*) FROM documents WHERE application_id = $1 AND state = 'live'`, models.Prepared, a.ID).Scan(&p.Pieces)
	if err != nil {
		return p, fmt.Errorf("preview: %w", err)
	}
	return p, nil
}
