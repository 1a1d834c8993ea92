package models

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Event is one line of the journal: who did what to which object, when and
// why. Data holds ids, states and figures, never answers or addresses.
type Event struct {
	ID          ID
	At          time.Time
	Kind        string // "application.submit"
	SubjectKind string // "application"
	SubjectID   ID
	ActorKind   ActorKind
	ActorID     ID // account or link; zero otherwise
	Reason      string
	Data        map[string]any
}

// Record writes the one event of a verb, in its transaction.
func (tx Tx) Record(ctx context.Context, by Actor, e Event) error {
	data, err := json.Marshal(e.Data)
	if err != nil {
		return fmt.Errorf("event %s: %w", e.Kind, err)
	}
	if e.Data == nil {
		data = []byte("{}")
	}
	_, err = tx.PGX.Exec(ctx, `
		INSERT INTO events (id, at, kind, subject_kind, subject_id, actor_kind, actor_id, reason, data)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb)`, Prepared,
		tx.NewID(), tx.Now, e.Kind, e.SubjectKind, e.SubjectID, string(by.Kind), by.id(), e.Reason, string(data))
	if err != nil {
		return fmt.Errorf("event %s: %w", e.Kind, err)
	}
	return nil
}

// id is what the journal keeps of an actor; nil for those without one.
func (a Actor) id() *uuid.UUID {
	switch {
	case a.Account != uuid.Nil:
		return &a.Account
	case a.Link != uuid.Nil:
		return &a.Link
	}
	return nil
}

// EventsOf lists the journal of one object, oldest first. The caller must
// already have loaded the object through the actor.
func (tx Tx) EventsOf(ctx context.Context, subjectKind string, id ID) ([]Event, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT id, at, kind, actor_kind, coalesce(actor_id, '00000000-0000-0000-0000-000000000000'), reason, data::text
		FROM events WHERE subject_kind = $1 AND subject_id = $2 ORDER BY at, id`, Prepared, subjectKind, id)
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	defer rows.Close()
	events := []Event{}
	for rows.Next() {
		e := Event{SubjectKind: subjectKind, SubjectID: id}
		var data string
		if err := rows.Scan(&e.ID, &e.At, &e.Kind, &e.ActorKind, &e.ActorID, &e.Reason, &data); err != nil {
			return nil, fmt.Errorf("events: %w", err)
		}
		if err := json.Unmarshal([]byte(data), &e.Data); err != nil {
			return nil, fmt.Errorf("events: %w", err)
		}
		events = append(events, e)
	}
	return events, rows.Err()
}
