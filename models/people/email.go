package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form/ident"
	"passerelle/models/mailbox"
)

// emailChangeLasts is how long the new address has to confirm.
const emailChangeLasts = 48 * time.Hour

// RequestEmailChange mails a link to the NEW address and tells the old one;
// until the click the old one stays (P1.5). The current password is asked
// again. An address that has an account is told by mail alone (P1.4); the
// address of one's own open line-manager request is refused (P6.1).
func RequestEmailChange(ctx context.Context, db *models.DB, by models.Actor, email, again, current string) error {
	a, err := prove(ctx, db, by, current)
	if err != nil {
		return err
	}
	wrong := []models.FieldError{}
	clean, key := checkEmails(email, again, &wrong)
	if key != "" && key == ident.EmailAddress(a.Email) {
		wrong = append(wrong, field("email", "same"))
	}
	if len(wrong) > 0 {
		return models.Invalid("account.invalid", wrong...)
	}
	return db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		if err := refuseOwnApprover(ctx, tx, by.Account, clean); err != nil {
			return err
		}
		owner, err := accountByEmail(ctx, tx, key)
		if err != nil {
			return err
		}
		if !none(owner) && owner.State != Pending {
			return tellOwner(ctx, tx, owner, mailbox.AlreadyKnown)
		}
		return requestChange(ctx, tx, by, a, clean)
	})
}

func requestChange(ctx context.Context, tx models.Tx, by models.Actor, a Account, email string) error {
	id := tx.NewID()
	if err := cancelChange(ctx, tx, a.ID); err != nil {
		return err
	}
	_, err := tx.PGX.Exec(ctx, `INSERT INTO email_changes (id, account_id, old_email, new_email, requested_at) VALUES ($1, $2, $3, $4, $5)`,
		models.Prepared, id, a.ID, a.Email, email, tx.Now)
	if err != nil {
		return fmt.Errorf("change e-mail: %w", err)
	}
	link, err := tx.CreateLink(ctx, models.LinkChangeEmail, id, email, emailChangeLasts)
	if err != nil {
		return err
	}
	err = mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.EmailChangeNew, Recipient: email, Lang: a.Lang,
		SubjectKind: mailbox.OfEmailChange, SubjectID: id, LinkID: link.ID, OnceKey: "email_change_new/" + id.String()})
	if err != nil {
		return err
	}
	err = mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.EmailChangeOld, Recipient: a.Email, Lang: a.Lang,
		SubjectKind: mailbox.OfEmailChange, SubjectID: id, OnceKey: "email_change_old/" + id.String()})
	if err != nil {
		return err
	}
	return record(ctx, tx, by, "account.email_change_asked", a.ID)
}

// cancelChange closes the change that waits, with its link.
func cancelChange(ctx context.Context, tx models.Tx, account models.ID) error {
	_, err := tx.PGX.Exec(ctx, `
		WITH closed AS (UPDATE email_changes SET cancelled_at = $2
			WHERE account_id = $1 AND confirmed_at IS NULL AND cancelled_at IS NULL RETURNING id)
		UPDATE links SET revoked_at = $2 WHERE purpose = 'change_email' AND used_at IS NULL AND revoked_at IS NULL
			AND subject_id IN (SELECT id FROM closed)`, models.Prepared, account, tx.Now)
	if err != nil {
		return fmt.Errorf("change e-mail: %w", err)
	}
	return nil
}

// CancelEmailChange gives up the signed-in person's waiting change.
func CancelEmailChange(ctx context.Context, tx models.Tx, by models.Actor) error {
	if !by.SignedIn() {
		return models.NotFound("account.unknown")
	}
	return cancelChange(ctx, tx, by.Account)
}

// WaitingEmail is the new address that the signed-in person asked for and has
// not confirmed; empty when none.
func WaitingEmail(ctx context.Context, tx models.Tx, by models.Actor) (string, error) {
	var email string
	err := tx.PGX.QueryRow(ctx, `SELECT coalesce((SELECT new_email FROM email_changes
		WHERE account_id = $1 AND confirmed_at IS NULL AND cancelled_at IS NULL AND requested_at > $2), '')`, models.Prepared,
		by.Account, tx.Now.Add(-emailChangeLasts)).Scan(&email)
	if err != nil {
		return "", fmt.Errorf("change e-mail: %w", err)
	}
	return email, nil
}

// ConfirmEmailChange makes the new address the login (P1.5); whoever holds the
// link proves it. Checked again now: the address may have been taken (Conflict),
// or have become that of an open line-manager request (Invalid, P6.1). Returns
// the new address.
func ConfirmEmailChange(ctx context.Context, tx models.Tx, by models.Actor, token string) (string, error) {
	l, err := tx.LinkByToken(ctx, models.LinkChangeEmail, token)
	if err != nil {
		return "", err
	}
	if state := stateOf(l, tx.Now); state != LinkLive {
		return "", models.Gone("account.link." + string(state))
	}
	var account models.ID
	err = tx.PGX.QueryRow(ctx, `SELECT account_id FROM email_changes WHERE id = $1 AND confirmed_at IS NULL AND cancelled_at IS NULL FOR UPDATE`,
		models.Prepared, l.Subject).Scan(&account)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", models.Gone("account.link.revoked")
	}
	if err != nil {
		return "", fmt.Errorf("confirm e-mail: %w", err)
	}
	if err := refuseOwnApprover(ctx, tx, account, l.Email); err != nil {
		return "", err
	}
	return l.Email, takeAddress(ctx, tx, by, account, l)
}

func takeAddress(ctx context.Context, tx models.Tx, by models.Actor, account models.ID, l models.Link) error {
	key := ident.EmailAddress(l.Email)
	if err := lock(ctx, tx, "email/"+key); err != nil {
		return err
	}
	owner, err := accountByEmail(ctx, tx, key)
	if err != nil {
		return err
	}
	switch {
	case !none(owner) && owner.State != Pending && owner.ID != account:
		return models.Conflict("account.email_taken", nil)
	case !none(owner) && owner.State == Pending:
		// The click proves who holds the address: the unproven account makes way.
		if err := remove(ctx, tx, []models.ID{owner.ID}, []models.ID{owner.PersonID}); err != nil {
			return err
		}
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE accounts SET email = $2, email_key = $3, version = version + 1 WHERE id = $1`,
		models.Prepared, account, l.Email, key)
	if err != nil {
		return fmt.Errorf("confirm e-mail: %w", err)
	}
	if _, err := tx.PGX.Exec(ctx, `UPDATE email_changes SET confirmed_at = $2 WHERE id = $1`, models.Prepared, l.Subject, tx.Now); err != nil {
		return fmt.Errorf("confirm e-mail: %w", err)
	}
	if err := tx.UseLink(ctx, l.ID); err != nil {
		return err
	}
	if err := tx.RevokeLinks(ctx, models.LinkReset, account); err != nil {
		return err
	}
	by.Link = l.ID
	return record(ctx, tx, by, "account.email_changed", account)
}

// refuseOwnApprover keeps a person from becoming the line manager of their own
// application by changing their address (P6.1, P18.2).
func refuseOwnApprover(ctx context.Context, tx models.Tx, account models.ID, email string) error {
	var own bool
	err := tx.PGX.QueryRow(ctx, `
		SELECT EXISTS (SELECT 1 FROM approvals v JOIN applications c ON c.id = v.application_id
			WHERE c.account_id = $1 AND v.email_key = $2 AND v.state IN ('requested', 'stuck'))`, models.Prepared,
		account, ident.EmailKey(email)).Scan(&own)
	if err != nil {
		return fmt.Errorf("own approver: %w", err)
	}
	if own {
		return models.Invalid("account.invalid", field("email", "approver"))
	}
	return nil
}
