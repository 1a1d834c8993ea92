package mailbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
)

// Kind names a mail (courriel); each has one text per language.
type Kind string

// The mails in force. Those of accounts have the account as subject (the e-mail
// change for the two of P1.5), the others an application.
const (
	Activation           Kind = "activation"             // P1.3
	AccountCreated       Kind = "account_created"        // P1.8: opened by an operator or an import
	AlreadyKnown         Kind = "already_known"          // P1.4: told to the owner of the address
	IdentityKnownOwner   Kind = "identity_known_owner"   // P18.7: told to the address on file
	IdentityKnownNeutral Kind = "identity_known_neutral" // P18.7: told to the address just typed
	Reset                Kind = "reset"                  // P1.6
	EmailChangeNew       Kind = "email_change_new"       // P1.5
	EmailChangeOld       Kind = "email_change_old"       // P1.5
	PasswordChanged      Kind = "password_changed"       // P1.7
	FactorAdded          Kind = "factor_added"           // P1.13
	FactorRemoved        Kind = "factor_removed"         // P1.13
	RecoveryRenewed      Kind = "recovery_renewed"       // P1.13: new recovery codes
	RecoveryUsed         Kind = "recovery_used"          // P1.13
	Receipt              Kind = "receipt"                // P6.1, P18.14
	ApprovalRequest      Kind = "approval_request"       // P6.1; subject: approval
	ApprovalReminder     Kind = "approval_reminder"      // P6.1; subject: approval
	ApprovalRefused      Kind = "approval_refused"       // P6.1
	ApprovalNotMyStaff   Kind = "approval_not_my_staff"  // P6.1
	DecisionReleased     Kind = "decision"               // P18.4, P18.14; subject: decision
	Promotion            Kind = "promotion"              // P18.5; subject: decision
	SessionCancelled     Kind = "session_cancelled"      // P18.12
	ApplicationClosed    Kind = "application_closed"     // P18.3, with its reason
	DraftExpiring        Kind = "draft_expiring"         // P18.1
	WithdrawalReceipt    Kind = "withdrawal_receipt"     // P6
	InformationAsked     Kind = "information_asked"      // P9.3; subject: request for information
	InformationReminder  Kind = "information_reminder"   // P9.3; subject: request for information
	InformationClosed    Kind = "information_closed"     // P9.3; subject: request for information
	CorrectionReceipt    Kind = "correction_receipt"     // P9.3; subject: request for information
	PieceInfected        Kind = "piece_infected"         // P7.3; subject: document
	PieceLost            Kind = "piece_lost"             // P14.2; subject: document
	PieceExpiring        Kind = "piece_expiring"         // P7.5; subject: document
	OpinionRequest       Kind = "opinion_request"        // P9.6; subject: opinion
	OpinionGiven         Kind = "opinion_given"          // P9.6; subject: opinion
	Alert                Kind = "alert"                  // P4.6, P4.7; subject: digest of news
)

// The kinds of subjects, as stored.
const (
	OfAccount     = "account"
	OfEmailChange = "email_change"
	OfApplication = "application"
	OfApproval    = "approval"
	OfDecision    = "decision"
	OfInformation = "information_request"
	OfDocument    = "document"
	OfOpinion     = "opinion"
	OfAlert       = "alert_digest"
)

// Mail is what a verb asks to be sent. OnceKey says which fact it tells: the
// same key never makes a second mail, whatever is retried (P6.7).
type Mail struct {
	Kind        Kind
	Recipient   string
	Lang        string // "fr" when empty
	SubjectKind string
	SubjectID   models.ID
	LinkID      models.ID // the link that it carries, if any
	OnceKey     string
}

// SendMail is the job of one mail; it carries the row's id only.
type SendMail struct {
	MailID models.ID `json:"mail_id"`
}

// Kind names the job for River.
func (SendMail) Kind() string { return "send_mail" }

// Queue writes one mail row and its one job in the caller's transaction; a mail
// already queued for the same fact is left alone. Any verb may call it.
func Queue(ctx context.Context, tx models.Tx, m Mail) error {
	if strings.ContainsAny(m.Recipient, "\r\n\x00") || m.Recipient == "" {
		return fmt.Errorf("mail %s: the recipient is no address", m.Kind)
	}
	if m.Lang != "en" {
		m.Lang = "fr"
	}
	id := tx.NewID()
	tag, err := tx.PGX.Exec(ctx, `
		INSERT INTO mails (id, kind, recipient, lang, subject_kind, subject_id, link_id, once_key, queued_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (once_key) DO NOTHING`, models.Prepared,
		id, string(m.Kind), m.Recipient, m.Lang, m.SubjectKind, m.SubjectID, idOrNull(m.LinkID), m.OnceKey, tx.Now)
	if err != nil {
		return fmt.Errorf("queue mail: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return tx.Enqueue(ctx, SendMail{MailID: id})
}

// State is how far a mail has come.
type State string

// The states of a mail.
const (
	Queued  State = "queued"
	Sending State = "sending"
	Sent    State = "sent"
	Failed  State = "failed"  // will be tried again
	Dropped State = "dropped" // given up: refused for good, too old or without object
)

// Row is a mail as stored.
type Row struct {
	Mail
	ID         models.ID
	State      State
	Attempts   int
	QueuedAt   time.Time
	StartedAt  *time.Time
	SentAt     *time.Time
	LastError  string
	MaybeTwice bool
}

func idOrNull(id models.ID) *models.ID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
