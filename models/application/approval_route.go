package application

import (
	"context"
	"fmt"
	"strings"
	"time"

	"passerelle/models"
	"passerelle/models/form/ident"
	"passerelle/models/mailbox"
)

// RenewLink sends a new link to the very address of an expired one (P6.1), for
// whoever holds the expired link. A link sent since and still good is not
// doubled. Other links are gone.
func RenewLink(ctx context.Context, tx models.Tx, token string) error {
	id, err := approvalOfToken(ctx, tx, token)
	if err != nil {
		return err
	}
	a, p, err := lockApproval(ctx, tx, id)
	if err != nil {
		return err
	}
	link, err := tx.LinkByToken(ctx, models.LinkApprove, token)
	if err != nil {
		return err
	}
	if !p.State.Open() || a.State != AwaitingApproval || !link.Expired(tx.Now) {
		return models.Gone("approval.link_over")
	}
	var live bool
	err = tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM links WHERE purpose = $1 AND subject_id = $2
		AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $3)`, models.Prepared, string(models.LinkApprove), p.ID, tx.Now).Scan(&live)
	if err != nil || live {
		return err
	}
	if err := sendApproval(ctx, tx, p.ID, p.Email, mailbox.ApprovalRequest); err != nil {
		return err
	}
	by := models.Actor{Kind: models.ActorLink, Link: link.ID}
	return recordApproval(ctx, tx, by, a, "application.approval_link_renewed", p, "")
}

func recordApproval(ctx context.Context, tx models.Tx, by models.Actor, a Application, kind string, p Approval, reason string) error {
	return tx.Record(ctx, by, models.Event{Kind: kind, SubjectKind: "application", SubjectID: a.ID, Reason: reason,
		Data: map[string]any{"approval": p.ID}})
}

// ReplaceApprover names another line manager, until one has answered: for the
// applicant (P18.2), or an officer when the request is stuck (P18.3). The old
// link is revoked, and the address is checked against the applicant's own.
func ReplaceApprover(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, to Approver) (Application, error) {
	a, err := lock(ctx, tx, by, id)
	if err != nil {
		return a, err
	}
	if a.State != AwaitingApproval {
		return a, models.Conflict("application.approver_fixed", a)
	}
	p, err := openApproval(ctx, tx, a.ID)
	if err != nil {
		return a, err
	}
	if !a.OwnedBy(by) && p != nil && p.State != ApprovalStuck {
		return a, models.Conflict("application.approver_not_stuck", a)
	}
	if to, err = checkApprover(ctx, tx, a, to); err != nil {
		return a, err
	}
	if p != nil {
		if err := closeApproval(ctx, tx, *p, ApprovalReplaced); err != nil {
			return a, err
		}
	}
	if err := requestApproval(ctx, tx, a, to); err != nil {
		return a, err
	}
	return a, tx.Record(ctx, by, models.Event{Kind: "application.approver_replaced", SubjectKind: "application", SubjectID: a.ID})
}

// checkApprover cleans what was typed and refuses it field by field; field names
// are those of the form's fourth step.
func checkApprover(ctx context.Context, tx models.Tx, a Application, to Approver) (Approver, error) {
	bad := []models.FieldError{}
	require := func(field string, value *string, limit int) {
		*value = strings.TrimSpace(*value)
		if *value == "" {
			bad = append(bad, models.FieldError{Field: field, Key: "application." + field + ".missing"})
		} else if len([]rune(*value)) > limit {
			bad = append(bad, models.FieldError{Field: field, Key: "application.too_long"})
		}
	}
	require("manager_last_name", &to.LastName, 200)
	require("manager_first_name", &to.FirstName, 200)
	require("manager_function", &to.Function, 200)
	require("manager_email", &to.Email, 254)
	if to.Email != "" {
		clean, key := ident.Email(to.Email)
		if key != "" {
			bad = append(bad, models.FieldError{Field: "manager_email", Key: key})
		} else {
			to.Email = clean
			own, err := isOwn(ctx, tx, a, clean)
			if err != nil {
				return to, err
			}
			saidNo, err := saidNotTheirs(ctx, tx, a, clean)
			if err != nil {
				return to, err
			}
			switch {
			case own:
				bad = append(bad, models.FieldError{Field: "manager_email", Key: "form.email.same_person"})
			case saidNo:
				bad = append(bad, models.FieldError{Field: "manager_email", Key: "application.approver_said_no"})
			}
		}
	}
	if to.Phone = strings.TrimSpace(to.Phone); to.Phone != "" {
		number, key := ident.Phone(to.Phone)
		if key != "" {
			bad = append(bad, models.FieldError{Field: "manager_phone", Key: key})
		}
		to.Phone = number
	}
	if len(bad) > 0 {
		return to, models.Invalid("application.approver_invalid", bad...)
	}
	return to, nil
}

// saidNotTheirs reports that a mailbox has already answered « pas dans mon
// équipe » for this application (P18.2).
func saidNotTheirs(ctx context.Context, tx models.Tx, a Application, email string) (bool, error) {
	asked, err := ApprovalsOf(ctx, tx, a)
	if err != nil {
		return false, err
	}
	for _, p := range asked {
		if p.State == ApprovalNotMyStaff && ident.SameMailbox(p.Email, email) {
			return true, nil
		}
	}
	return false, nil
}

// isOwn compares an address with every one of the applicant's: account, pending
// change, typed in the form (P6.1).
func isOwn(ctx context.Context, tx models.Tx, a Application, email string) (bool, error) {
	own, err := ownAddresses(ctx, tx, a, models.Portal())
	if err != nil {
		return false, err
	}
	sent, err := SubmissionOf(ctx, tx, a)
	if err != nil {
		return false, err
	}
	for _, mine := range append(own, sent.Value("email")) {
		if ident.SameMailbox(mine, email) {
			return true, nil
		}
	}
	return false, nil
}

// SendApprovalAgain writes once more to the line manager of a stuck request and
// starts the ladder of reminders again (P18.3). For officers of the scope.
func SendApprovalAgain(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Application, error) {
	a, p, err := lockStuck(ctx, tx, by, id)
	if err != nil {
		return a, err
	}
	forget, err := forgetOn(ctx, tx)
	if err != nil {
		return a, err
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE approvals SET state = 'requested', reminders = 0, reminded_at = $2, forget_at = $3 WHERE id = $1`,
		models.Prepared, p.ID, tx.Now, forget)
	if err != nil {
		return a, fmt.Errorf("send again: %w", err)
	}
	if err := sendApproval(ctx, tx, p.ID, p.Email, mailbox.ApprovalReminder); err != nil {
		return a, err
	}
	return a, recordApproval(ctx, tx, by, a, "application.approval_sent_again", p, "")
}

// CloseStuck ends an application whose line manager never answered, with a
// reason told to the applicant (P18.3). For officers of the scope.
func CloseStuck(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, reason string) (Application, error) {
	a, p, err := lockStuck(ctx, tx, by, id)
	if err != nil {
		return a, err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return a, models.Invalid("application.reason_required", models.FieldError{Field: "motif", Key: "application.reason_required"})
	}
	if err := closeApproval(ctx, tx, p, ApprovalClosed); err != nil {
		return a, err
	}
	if err := fire(ctx, tx, by, &a, EventClose, Firing{Reason: reason, Cause: "approval_stuck"}); err != nil {
		return a, err
	}
	return a, tellApplicant(ctx, tx, a, mailbox.ApplicationClosed, "application_closed/"+a.ID.String())
}

// lockStuck loads an application whose validation stands in the officer's hands.
func lockStuck(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Application, Approval, error) {
	a, err := lock(ctx, tx, by, id)
	if err != nil {
		return a, Approval{}, err
	}
	mine, err := reviewedBy(ctx, tx, by, a)
	if err != nil {
		return a, Approval{}, err
	}
	if !mine {
		return Application{}, Approval{}, models.NotFound("application.not_found")
	}
	p, err := openApproval(ctx, tx, a.ID)
	if err != nil {
		return a, Approval{}, err
	}
	if p == nil || p.State != ApprovalStuck || a.State != AwaitingApproval {
		return a, Approval{}, models.Conflict("application.approver_not_stuck", a)
	}
	return a, *p, nil
}

// RemindApprovers climbs the ladder: a reminder every approval_reminder_days,
// approval_reminders times, then the request stands on the officer's desk as
// « validation en souffrance » (P18.3). For the portal's clock.
func RemindApprovers(ctx context.Context, db *models.DB) (int, error) {
	wait, err := settingDays(ctx, db, "approval_reminder_days")
	if err != nil {
		return 0, err
	}
	return sweepBy(ctx, db, db.Clock.Now().Add(-wait), `
		SELECT p.id FROM approvals p JOIN applications a ON a.id = p.application_id
		WHERE p.state = 'requested' AND coalesce(p.reminded_at, p.requested_at) <= $1 AND a.state = 'awaiting_approval'
		ORDER BY p.requested_at LIMIT $2`, remindOne)
}

func remindOne(ctx context.Context, tx models.Tx, id models.ID) (bool, error) {
	a, p, err := lockApproval(ctx, tx, id)
	if err != nil {
		return false, err
	}
	wait, err := tx.SettingDays(ctx, "approval_reminder_days")
	if err != nil {
		return false, err
	}
	most, err := tx.SettingInt(ctx, "approval_reminders")
	if err != nil {
		return false, err
	}
	last := p.RequestedAt
	if p.RemindedAt != nil {
		last = *p.RemindedAt
	}
	if p.State != ApprovalRequested || a.State != AwaitingApproval || tx.Now.Before(last.Add(wait)) {
		return false, nil
	}
	if p.Reminders >= most {
		return true, stick(ctx, tx, a, p)
	}
	return true, remind(ctx, tx, a, p)
}

func remind(ctx context.Context, tx models.Tx, a Application, p Approval) error {
	forget, err := forgetOn(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE approvals SET reminders = reminders + 1, reminded_at = $2, forget_at = $3 WHERE id = $1`,
		models.Prepared, p.ID, tx.Now, forget)
	if err != nil {
		return fmt.Errorf("remind: %w", err)
	}
	if err := sendApproval(ctx, tx, p.ID, p.Email, mailbox.ApprovalReminder); err != nil {
		return err
	}
	return recordApproval(ctx, tx, models.Portal(), a, "application.approval_reminded", p, "")
}

func stick(ctx context.Context, tx models.Tx, a Application, p Approval) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE approvals SET state = 'stuck' WHERE id = $1`, models.Prepared, p.ID)
	if err != nil {
		return fmt.Errorf("stuck: %w", err)
	}
	return recordApproval(ctx, tx, models.Portal(), a, "application.approval_stuck", p, "")
}

// ForgetApprovers erases the address and phone of line managers, one year after
// the last request to them (P18.18), from the request, its links and its mails.
// What the applicant typed stays in what they sent. For the portal's clock.
func ForgetApprovers(ctx context.Context, db *models.DB) (int, error) {
	return sweepEach(ctx, db, `SELECT id FROM approvals WHERE forget_at <= $1 AND email <> '' AND state NOT IN ('requested', 'stuck')
		ORDER BY forget_at LIMIT $2`, func(ctx context.Context, tx models.Tx, id models.ID) (bool, error) {
		tag, err := tx.PGX.Exec(ctx, `
			WITH links AS (UPDATE links SET email = '' WHERE purpose = 'approve' AND subject_id = $1),
			sent AS (UPDATE mails SET recipient = '' WHERE subject_kind = 'approval' AND subject_id = $1 AND state IN ('sent', 'dropped') RETURNING id),
			kept AS (DELETE FROM local_mails WHERE id IN (SELECT id FROM sent))
			UPDATE approvals SET email = '', email_key = '', phone = '' WHERE id = $1 AND email <> ''`, models.Prepared, id)
		if err != nil {
			return false, fmt.Errorf("forget approver: %w", err)
		}
		return tag.RowsAffected() == 1, nil
	})
}

// settingDays reads a setting outside any verb, for a sweep.
func settingDays(ctx context.Context, db *models.DB, key string) (time.Duration, error) {
	var wait time.Duration
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		wait, err = tx.SettingDays(ctx, key)
		return err
	})
	return wait, err
}
