package application

import (
	"context"
	"fmt"

	"passerelle/models"
)

// Firing says why an event happens and what the journal keeps of it.
type Firing struct {
	Reason string
	Data   map[string]any
	Cause  string // closing_cause, for events that end the application
}

// fire moves a locked application through one line of the table and writes the
// event. An event that the state does not know, or a row that moved meanwhile,
// is a conflict; a guard that does not hold refuses with its message. The verb
// has already checked who may do it.
func fire(ctx context.Context, tx models.Tx, by models.Actor, a *Application, e Event, f Firing) error {
	t, ok := next(a.State, e)
	if !ok {
		return models.Conflict("application.moved_on", *a)
	}
	if t.Guard.unmet(*a, Moment{Today: tx.Today(), Now: tx.Now, Reason: f.Reason}) {
		return models.Invalid(t.Guard.Key)
	}
	tag, err := tx.PGX.Exec(ctx, `
		UPDATE applications SET state = $3, state_since = $4, version = version + 1,
			submitted_at = CASE WHEN $3 = 'submitted' THEN $4 ELSE submitted_at END,
			expires_at = CASE WHEN $3 = 'submitted' THEN NULL ELSE expires_at END,
			closing_cause = CASE WHEN $6 <> '' THEN $6 ELSE closing_cause END
		WHERE id = $1 AND state = $2 AND version = $5`, models.Prepared,
		a.ID, string(t.From), string(t.To), tx.Now, a.Version, f.Cause)
	if err != nil {
		return fmt.Errorf("%s: %w", e, err)
	}
	if tag.RowsAffected() != 1 {
		return models.Conflict("application.moved_on", *a)
	}
	a.State, a.Since, a.Version = t.To, tx.Now, a.Version+1
	if t.To == Submitted {
		at := tx.Now
		a.SubmittedAt, a.ExpiresAt = &at, nil
	}
	if f.Cause != "" {
		a.ClosingCause = f.Cause
	}
	data := map[string]any{"from": t.From, "to": t.To}
	for k, v := range f.Data {
		data[k] = v
	}
	return tx.Record(ctx, by, models.Event{Kind: "application." + string(e), SubjectKind: "application", SubjectID: a.ID,
		Reason: f.Reason, Data: data})
}
