package people

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"passerelle/models"
)

// bindDrafts ties the drafts of this browser to a pending account, so that its
// activation anywhere claims them (P18.1). Deleting the pending account gives
// them back: the draft's own key stays.
func bindDrafts(ctx context.Context, tx models.Tx, by models.Actor, pending models.ID) error {
	if len(by.DraftKey) == 0 {
		return nil
	}
	_, err := tx.PGX.Exec(ctx, `
		UPDATE applications SET pending_account_id = $2
		WHERE draft_key = $1 AND account_id IS NULL AND state = 'draft' AND expires_at > $3`, models.Prepared,
		by.DraftKey, pending, tx.Now)
	if err != nil {
		return fmt.Errorf("bind drafts: %w", err)
	}
	return nil
}

// Claimed tells what became of the drafts that waited for an account.
type Claimed struct {
	Drafts []models.ID // now the person's
	// Existing are the applications that the person already had for the same
	// sessions: their drafts stay unclaimed and the first is shown (P18.6).
	Existing []models.ID
}

// First is the application to lead the person to; Nil when none waited.
func (c Claimed) First() models.ID {
	if len(c.Drafts) > 0 {
		return c.Drafts[0]
	}
	if len(c.Existing) > 0 {
		return c.Existing[0]
	}
	return uuid.Nil
}

// claimBound gives an activated account the drafts bound to it.
func claimBound(ctx context.Context, tx models.Tx, account, person models.ID) (Claimed, error) {
	return claim(ctx, tx, account, person, `pending_account_id = $1`, account)
}

// ClaimDrafts gives a signed-in person the drafts begun on this browser before
// they signed in (P18.1), those that they recognised: ids that this browser
// does not hold are ignored. Callers ask "Est-ce le vôtre ?" first.
func ClaimDrafts(ctx context.Context, tx models.Tx, by models.Actor, ids ...models.ID) (Claimed, error) {
	if !by.SignedIn() || len(by.DraftKey) == 0 || len(ids) == 0 {
		return Claimed{}, nil
	}
	return claim(ctx, tx, by.Account, by.Person, `draft_key = $1 AND id = ANY($2)`, by.DraftKey, ids)
}

func claim(ctx context.Context, tx models.Tx, account, person models.ID, which string, args ...any) (Claimed, error) {
	c := Claimed{}
	until, err := tx.SettingUntil(ctx, "draft_claimed_days")
	if err != nil {
		return c, err
	}
	waiting, err := unclaimed(ctx, tx, which, args...)
	if err != nil {
		return c, err
	}
	for _, d := range waiting {
		live, err := liveApplication(ctx, tx, person, d.session)
		if err != nil {
			return c, err
		}
		if live != uuid.Nil {
			c.Existing = append(c.Existing, live)
			_, err = tx.PGX.Exec(ctx, `UPDATE applications SET pending_account_id = NULL WHERE id = $1`, models.Prepared, d.id)
		} else {
			c.Drafts = append(c.Drafts, d.id)
			_, err = tx.PGX.Exec(ctx, `
				UPDATE applications SET account_id = $2, person_id = $3, pending_account_id = NULL, draft_key = NULL,
					expires_at = $4, version = version + 1
				WHERE id = $1`, models.Prepared, d.id, account, person, until)
		}
		if err != nil {
			return c, fmt.Errorf("claim draft: %w", err)
		}
	}
	return c, recordClaims(ctx, tx, account, c.Drafts)
}

func recordClaims(ctx context.Context, tx models.Tx, account models.ID, drafts []models.ID) error {
	for _, id := range drafts {
		by := models.Actor{Kind: models.ActorAccount, Account: account}
		if err := tx.Record(ctx, by, models.Event{Kind: "application.claimed", SubjectKind: "application", SubjectID: id}); err != nil {
			return err
		}
	}
	return nil
}

type waitingDraft struct{ id, session models.ID }

func unclaimed(ctx context.Context, tx models.Tx, which string, args ...any) ([]waitingDraft, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT id, session_id FROM applications
		WHERE state = 'draft' AND account_id IS NULL AND `+which+` ORDER BY saved_at DESC NULLS LAST, id FOR UPDATE`,
		append([]any{models.Prepared}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("unclaimed drafts: %w", err)
	}
	defer rows.Close()
	list := []waitingDraft{}
	for rows.Next() {
		var d waitingDraft
		if err := rows.Scan(&d.id, &d.session); err != nil {
			return nil, fmt.Errorf("unclaimed drafts: %w", err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// liveApplication is the person's living application for a session, if any
// (the same states as the unique index that carries P18.6).
func liveApplication(ctx context.Context, tx models.Tx, person, session models.ID) (models.ID, error) {
	var id *models.ID
	err := tx.PGX.QueryRow(ctx, `
		SELECT (SELECT id FROM applications WHERE person_id = $1 AND session_id = $2
			AND state NOT IN ('approval_refused', 'refused', 'declined', 'withdrawn', 'closed', 'expired') LIMIT 1)`,
		models.Prepared, person, session).Scan(&id)
	if err != nil {
		return uuid.Nil, fmt.Errorf("live application: %w", err)
	}
	if id == nil {
		return uuid.Nil, nil
	}
	return *id, nil
}
