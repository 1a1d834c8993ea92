package people

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/form/ident"
	"passerelle/models/mailbox"
)

// OperatorInput describes an account opened by the command line or by a seed.
type OperatorInput struct {
	Email    string
	Identity Identity // the birth date may be unknown
	Lang     string
	// PasswordHash of HashPassword; empty: the person gets a mail to choose one.
	PasswordHash string
	Grants       []models.Grant
}

// CreateByOperator opens an active account with its rights, or adds the rights
// to the account of that address; twice is once. Without a password the person
// gets a mail to choose one (P1.8). For operators and seeds alone.
func CreateByOperator(ctx context.Context, tx models.Tx, by models.Actor, in OperatorInput) (Account, error) {
	if by.Kind != models.ActorOperator {
		return Account{}, models.NotFound("page.not_found")
	}
	clean, problem := ident.Email(in.Email)
	if problem != "" {
		return Account{}, models.Invalid("account.invalid", models.FieldError{Field: "email", Key: problem})
	}
	key := ident.EmailAddress(clean)
	if err := lock(ctx, tx, "email/"+key); err != nil {
		return Account{}, err
	}
	a, err := accountByEmail(ctx, tx, key)
	if err != nil {
		return a, err
	}
	if none(a) {
		if a, err = create(ctx, tx, by, in, clean); err != nil {
			return a, err
		}
	}
	for _, g := range in.Grants {
		if err := Grant(ctx, tx, by, a.ID, g); err != nil {
			return a, err
		}
	}
	return a, nil
}

func create(ctx context.Context, tx models.Tx, by models.Actor, in OperatorInput, email string) (Account, error) {
	a := Account{ID: tx.NewID(), PersonID: tx.NewID(), Email: email, State: Active, Lang: in.Lang, CreatedAt: tx.Now, Identity: in.Identity}
	if a.Lang != "en" {
		a.Lang = "fr"
	}
	if CheckName(a.Identity.BirthName) != "" || CheckName(a.Identity.FirstName) != "" {
		return a, models.Invalid("account.invalid", field("birth_name", "required"))
	}
	if err := insertAccount(ctx, tx, by, a, in.PasswordHash, false); err != nil || in.PasswordHash != "" {
		return a, err
	}
	return a, invite(ctx, tx, a)
}

// insertAccount writes an active account with its person.
func insertAccount(ctx context.Context, tx models.Tx, by models.Actor, a Account, hash string, imported bool) error {
	if err := insertPerson(ctx, tx, a.PersonID, a.Identity); err != nil {
		return err
	}
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO accounts (id, person_id, email, email_key, password_hash, state, lang, created_at, activated_at, imported)
		VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $7, $8)`, models.Prepared,
		a.ID, a.PersonID, a.Email, ident.EmailAddress(a.Email), hash, a.Lang, tx.Now, imported)
	if err != nil {
		return fmt.Errorf("create account: %w", err)
	}
	return record(ctx, tx, by, "account.created", a.ID)
}

// invite mails the owner of a new account a link to choose a password (P1.8).
func invite(ctx context.Context, tx models.Tx, a Account) error {
	lasts, err := tx.SettingDays(ctx, "activation_days")
	if err != nil {
		return err
	}
	return inviteFor(ctx, tx, a, lasts)
}

// inviteFor is invite with a link that lasts that long: whoever opens many
// accounts reads the setting once.
func inviteFor(ctx context.Context, tx models.Tx, a Account, lasts time.Duration) error {
	link, err := tx.CreateLink(ctx, models.LinkReset, a.ID, a.Email, lasts)
	if err != nil {
		return err
	}
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.AccountCreated, Recipient: a.Email, Lang: a.Lang,
		SubjectKind: mailbox.OfAccount, SubjectID: a.ID, LinkID: link.ID, OnceKey: "account_created/" + a.ID.String()})
}

// manages reports who gives rights: an operator, or an administrator of the whole portal.
func manages(by models.Actor) bool {
	return by.Kind == models.ActorOperator || by.Everywhere(models.RoleAdmin)
}

// Grant gives an account a role over a scope (P2.5); twice is once. A right that
// only a line of staff gave outlives that line from now on. For operators and
// administrators of the whole portal.
func Grant(ctx context.Context, tx models.Tx, by models.Actor, account models.ID, g models.Grant) error {
	if !manages(by) {
		return models.NotFound("page.not_found")
	}
	if (g.Kind == models.ScopePortal) != (g.Scope == uuid.Nil) {
		return models.Invalid("account.scope")
	}
	tag, err := tx.PGX.Exec(ctx, `
		INSERT INTO grants (account_id, role, scope_kind, scope_id, granted_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account_id, role, scope_kind, scope_id) DO UPDATE SET staff_id = NULL WHERE grants.staff_id IS NOT NULL`,
		models.Prepared, account, string(g.Role), string(g.Kind), g.Scope, tx.Now)
	if err != nil {
		return fmt.Errorf("grant: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return tx.Record(ctx, by, models.Event{Kind: "account.granted", SubjectKind: "account", SubjectID: account,
		Data: map[string]any{"role": string(g.Role), "scope": string(g.Kind)}})
}

// ClearHomonym lets another person of the same name and birth date open an
// account: the officer has checked that they are two (P18.7).
func ClearHomonym(ctx context.Context, tx models.Tx, by models.Actor, account models.ID, reason string) error {
	if by.Kind != models.ActorOperator && !by.Has(models.RoleOfficer) && !by.Has(models.RoleAdmin) {
		return models.NotFound("page.not_found")
	}
	tag, err := tx.PGX.Exec(ctx, `UPDATE accounts SET homonym_cleared = true, version = version + 1 WHERE id = $1 AND NOT homonym_cleared`,
		models.Prepared, account)
	if err != nil {
		return fmt.Errorf("clear homonym: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return models.NotFound("account.unknown")
	}
	return tx.Record(ctx, by, models.Event{Kind: "account.homonym_cleared", SubjectKind: "account", SubjectID: account, Reason: reason})
}

// FindByEmail gives operators the account of an address.
func FindByEmail(ctx context.Context, tx models.Tx, by models.Actor, email string) (Account, error) {
	if by.Kind != models.ActorOperator {
		return Account{}, models.NotFound("account.unknown")
	}
	a, err := accountByEmail(ctx, tx, ident.EmailAddress(email))
	if err == nil && none(a) {
		err = models.NotFound("account.unknown")
	}
	return a, err
}

// Born makes a civil date for seeds.
func Born(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
