package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form"
	"passerelle/models/form/ident"
	"passerelle/models/mailbox"
)

// ApprovalState is where a request to a line manager stands.
type ApprovalState string

// The states of a request; two of them are open.
const (
	ApprovalRequested  ApprovalState = "requested"    // waits for the answer
	ApprovalStuck      ApprovalState = "stuck"        // validation en souffrance (P18.3): still answerable
	ApprovalGiven      ApprovalState = "approved"     // accord
	ApprovalDenied     ApprovalState = "refused"      // refus
	ApprovalNotMyStaff ApprovalState = "not_my_staff" // « pas dans mon équipe »
	ApprovalReplaced   ApprovalState = "replaced"     // somebody else was named
	ApprovalClosed     ApprovalState = "closed"       // the application ended meanwhile
)

// Open reports that the line manager can still answer.
func (s ApprovalState) Open() bool { return s == ApprovalRequested || s == ApprovalStuck }

// Answered reports that the line manager answered.
func (s ApprovalState) Answered() bool {
	return s == ApprovalGiven || s == ApprovalDenied || s == ApprovalNotMyStaff
}

// Strength says how strong the identity behind an answer is (P18.2).
type Strength string

// The strengths.
const (
	ByLink    Strength = "link"    // held the link of the mail
	ByAccount Strength = "account" // signed in with the same proven address
)

// Approval is one request to a line manager (validation, P6.1).
type Approval struct {
	ID          models.ID
	Application models.ID
	LastName    string
	FirstName   string
	Function    string
	Email       string // empty once forgotten (P18.18)
	Phone       string
	State       ApprovalState
	Reason      string
	RequestedAt time.Time
	RemindedAt  *time.Time
	Reminders   int
	AnsweredAt  *time.Time
	Strength    Strength
}

// Name is the line manager's.
func (p Approval) Name() string { return p.FirstName + " " + p.LastName }

// Approver is whom the applicant names as line manager (supérieur hiérarchique).
type Approver struct{ LastName, FirstName, Function, Email, Phone string }

func approverOf(s form.Snapshot) Approver {
	return Approver{LastName: s.Value("manager_last_name"), FirstName: s.Value("manager_first_name"),
		Function: s.Value("manager_function"), Email: s.Value("manager_email"), Phone: s.Value("manager_phone")}
}

const approvalColumns = `p.id, p.application_id, p.last_name, p.first_name, p.function, p.email, p.phone, p.state, p.reason,
	p.requested_at, p.reminded_at, p.reminders, p.answered_at, p.strength`

func (p *Approval) fields() []any {
	return []any{&p.ID, &p.Application, &p.LastName, &p.FirstName, &p.Function, &p.Email, &p.Phone, &p.State, &p.Reason,
		&p.RequestedAt, &p.RemindedAt, &p.Reminders, &p.AnsweredAt, &p.Strength}
}

// ApprovalsOf lists the requests of an application, the latest first. The
// caller must have loaded the application through the actor.
func ApprovalsOf(ctx context.Context, tx models.Tx, a Application) ([]Approval, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT `+approvalColumns+` FROM approvals p WHERE p.application_id = $1
		ORDER BY p.requested_at DESC, p.id DESC`, models.Prepared, a.ID)
	if err != nil {
		return nil, fmt.Errorf("approvals: %w", err)
	}
	defer rows.Close()
	list := []Approval{}
	for rows.Next() {
		var p Approval
		if err := rows.Scan(p.fields()...); err != nil {
			return nil, fmt.Errorf("approvals: %w", err)
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// openApproval finds the request that waits for an answer, under its lock; nil
// when none does. The caller holds the application's lock.
func openApproval(ctx context.Context, tx models.Tx, application models.ID) (*Approval, error) {
	var p Approval
	err := tx.PGX.QueryRow(ctx, `SELECT `+approvalColumns+` FROM approvals p
		WHERE p.application_id = $1 AND p.state IN ('requested', 'stuck') FOR UPDATE`, models.Prepared, application).Scan(p.fields()...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("approval: %w", err)
	}
	return &p, nil
}

// requestApproval writes the request, its link and its one mail.
func requestApproval(ctx context.Context, tx models.Tx, a Application, to Approver) error {
	id := tx.NewID()
	forget, err := forgetOn(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.PGX.Exec(ctx, `
		INSERT INTO approvals (id, application_id, last_name, first_name, function, email, email_key, phone, state, requested_at, forget_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'requested', $9, $10)`, models.Prepared,
		id, a.ID, to.LastName, to.FirstName, to.Function, to.Email, ident.EmailKey(to.Email), to.Phone, tx.Now, forget)
	if err != nil {
		return fmt.Errorf("request approval: %w", err)
	}
	return sendApproval(ctx, tx, id, to.Email, mailbox.ApprovalRequest)
}

// sendApproval makes a link and the mail that carries it, to the address of the
// request, in the applicant's language: nobody knows the line manager's (P15.1).
func sendApproval(ctx context.Context, tx models.Tx, approval models.ID, email string, kind mailbox.Kind) error {
	until, err := tx.SettingUntil(ctx, "approval_link_days")
	if err != nil {
		return err
	}
	link, err := tx.CreateLink(ctx, models.LinkApprove, approval, email, until.Sub(tx.Now))
	if err != nil {
		return err
	}
	lang := ""
	err = tx.PGX.QueryRow(ctx, `SELECT c.lang FROM approvals p JOIN applications a ON a.id = p.application_id
		JOIN accounts c ON c.id = a.account_id WHERE p.id = $1`, models.Prepared, approval).Scan(&lang)
	if err != nil {
		return fmt.Errorf("language of the applicant: %w", err)
	}
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: kind, Recipient: email, Lang: lang, SubjectKind: mailbox.OfApproval,
		SubjectID: approval, LinkID: link.ID, OnceKey: string(kind) + "/" + link.ID.String()})
}

// forgetOn is the day on which an address asked today is forgotten (P18.18).
func forgetOn(ctx context.Context, tx models.Tx) (time.Time, error) {
	days, err := tx.SettingInt(ctx, "approver_kept_days")
	return tx.Today().AddDate(0, 0, days), err
}

// closeApproval ends an open request and makes its links useless.
func closeApproval(ctx context.Context, tx models.Tx, p Approval, to ApprovalState) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE approvals SET state = $2 WHERE id = $1`, models.Prepared, p.ID, string(to))
	if err != nil {
		return fmt.Errorf("close approval: %w", err)
	}
	return tx.RevokeLinks(ctx, models.LinkApprove, p.ID)
}

// closeOpenApproval is closeApproval for whatever request is open.
func closeOpenApproval(ctx context.Context, tx models.Tx, application models.ID) error {
	p, err := openApproval(ctx, tx, application)
	if err != nil || p == nil {
		return err
	}
	return closeApproval(ctx, tx, *p, ApprovalClosed)
}
