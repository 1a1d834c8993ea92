package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/merge"
	"passerelle/models/procedure"
)

// Begin starts a draft for a session or a campaign, with or without an account (P17.3); the
// browser without account must hold a draft key. Who already has a living
// application for this session gets that one, existing true, whatever the
// session's state (P18.6). A session that cannot be chosen is a conflict whose
// key says why (P17.15).
func Begin(ctx context.Context, tx models.Tx, by models.Actor, session models.ID) (a Application, existing bool, err error) {
	if !by.SignedIn() && len(by.DraftKey) == 0 {
		return a, false, &models.Error{Kind: models.KindUnauthorised, Key: "application.needs_account"}
	}
	s, err := sessionByID(ctx, tx, session)
	if err != nil {
		return a, false, err
	}
	if first, err := Started(ctx, tx, by, session); err != nil || first != uuid.Nil {
		a, err = Load(ctx, tx, by, first)
		return a, err == nil, err
	}
	if why := s.Refusal(tx.Today()); why != "" {
		return a, false, models.Conflict(why, s)
	}
	id, err := insertDraft(ctx, tx, by, s)
	if err != nil {
		return a, false, err
	}
	if id == uuid.Nil { // another press of the same button was first
		if id, err = Started(ctx, tx, by, session); err != nil {
			return a, false, err
		}
		existing = true
	}
	a, err = Load(ctx, tx, by, id)
	return a, existing, err
}

// SessionOf describes a session for the page that starts an application or
// says why it cannot.
func SessionOf(ctx context.Context, tx models.Tx, id models.ID) (Session, error) {
	return sessionByID(ctx, tx, id)
}

func sessionByID(ctx context.Context, tx models.Tx, id models.ID) (Session, error) {
	var s Session
	err := tx.PGX.QueryRow(ctx, `SELECT `+sessionColumns+` FROM sessions s`+offerings+`WHERE s.id = $1`,
		models.Prepared, id).Scan(s.fields()...)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, models.NotFound("session.unknown")
	}
	if err != nil {
		return s, fmt.Errorf("session: %w", err)
	}
	return s, nil
}

// Started finds what the actor already has for a session: the person's living
// application, else this browser's draft; Nil when nothing (P18.6).
func Started(ctx context.Context, tx models.Tx, by models.Actor, session models.ID) (models.ID, error) {
	var person *models.ID
	if by.SignedIn() {
		person = &by.Person
	}
	var id *models.ID
	err := tx.PGX.QueryRow(ctx, `SELECT coalesce(
		(SELECT id FROM applications WHERE person_id = $2 AND session_id = $1
			AND state NOT IN ('approval_refused', 'refused', 'declined', 'withdrawn', 'closed', 'expired')),
		(SELECT id FROM applications WHERE draft_key = $3 AND session_id = $1 AND state = 'draft' AND expires_at > $4))`,
		models.Prepared, session, person, by.DraftKey, tx.Now).Scan(&id)
	if err != nil {
		return uuid.Nil, fmt.Errorf("started: %w", err)
	}
	if id == nil {
		return uuid.Nil, nil
	}
	return *id, nil
}

// The unique indexes that carry P18.6, as conflict targets.
const (
	oneDraft = `(draft_key, session_id) WHERE draft_key IS NOT NULL AND state = 'draft'`
	oneLive  = `(person_id, session_id) WHERE person_id IS NOT NULL
		AND state NOT IN ('approval_refused', 'refused', 'declined', 'withdrawn', 'closed', 'expired')`
)

// form is the key of the form that this kind fills.
func (k Kind) form() string {
	if k == Admission {
		return procedure.Admission
	}
	return procedure.PreRegistration
}

// insertDraft writes the draft, its first answers and its event; Nil when the
// unique indexes know another one.
func insertDraft(ctx context.Context, tx models.Tx, by models.Actor, s Session) (models.ID, error) {
	version, err := procedure.Latest(ctx, tx, s.Kind().form())
	if err != nil {
		return uuid.Nil, err
	}
	days, key, first := "draft_unclaimed_days", by.DraftKey, oneDraft
	var account, person *models.ID
	if by.SignedIn() {
		days, key, first, account, person = "draft_claimed_days", nil, oneLive, &by.Account, &by.Person
	}
	until, err := tx.SettingUntil(ctx, days)
	if err != nil {
		return uuid.Nil, err
	}
	if err := dropOverdue(ctx, tx, key, s.ID); err != nil {
		return uuid.Nil, err
	}
	id := tx.NewID()
	tag, err := tx.PGX.Exec(ctx, `
		INSERT INTO applications (id, kind, session_id, form_version_id, account_id, person_id, draft_key, state, state_since, created_at, expires_at)
		VALUES ($1, $9, $2, $3, $4, $5, $6, 'draft', $7, $7, $8) ON CONFLICT `+first+` DO NOTHING`, models.Prepared,
		id, s.ID, version.ID, account, person, key, tx.Now, until, string(s.Kind()))
	if err != nil {
		return uuid.Nil, fmt.Errorf("begin: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return uuid.Nil, nil
	}
	if err := firstAnswers(ctx, tx, by, id, version); err != nil {
		return uuid.Nil, err
	}
	if err := beginPapers(ctx, tx, id, s.ID, version.Form); err != nil {
		return uuid.Nil, err
	}
	return id, tx.Record(ctx, by, models.Event{Kind: "application.begin", SubjectKind: "application", SubjectID: id,
		Data: map[string]any{"to": Draft}})
}

// dropOverdue frees the place of a draft of this browser whose time has run
// out and that no sweep has met yet.
func dropOverdue(ctx context.Context, tx models.Tx, key []byte, session models.ID) error {
	_, err := tx.PGX.Exec(ctx, `DELETE FROM applications WHERE draft_key = $1 AND session_id = $2 AND state = 'draft' AND expires_at <= $3`,
		models.Prepared, key, session, tx.Now)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return nil
}

// firstAnswers stores what the portal already knows of a signed-in person
// (P5.9), or nothing.
func firstAnswers(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, v procedure.Version) error {
	d := Answers{Application: Application{ID: id}, Form: v.Form, Registers: merge.Registers{}, version: v.ID}
	author := d.author(tx, by)
	ops, err := prefill(ctx, tx, by, d, author)
	if err != nil {
		return err
	}
	_, err = tx.PGX.Exec(ctx, `INSERT INTO answers (application_id, registers, updated_at) VALUES ($1, $2, $3)`,
		models.Prepared, id, encodeRegisters(d.Registers), tx.Now)
	if err != nil {
		return fmt.Errorf("first answers: %w", err)
	}
	if len(ops) == 0 {
		return nil
	}
	d.apply(ops)
	return d.store(ctx, tx, ops, author, storing{step: 1})
}

// author signs the operations of one request.
func (d *Answers) author(tx models.Tx, by models.Actor) *merge.Author {
	who := "browser"
	if by.SignedIn() {
		who = by.Account.String()
	}
	return &merge.Author{Mint: func() merge.OpID { return merge.OpID(tx.NewID().String()) }, NowMs: tx.Now.UnixMilli(),
		Last: d.lastHLC, FV: d.Form.Version, Dev: by.Device, Actor: who}
}

// Expiry is the date until which a draft is kept, in the portal's zone.
func (a Application) Expiry(zone *time.Location) (time.Time, bool) {
	if a.ExpiresAt == nil {
		return time.Time{}, false
	}
	return models.Date(*a.ExpiresAt, zone), true
}
