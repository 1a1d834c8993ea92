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
		if a, err = create(ctx, tx, by, in, clean, key); err != nil {
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

func create(ctx context.Context, tx models.Tx, by models.Actor, in OperatorInput, email, key string) (Account, error) {
	a := Account{ID: tx.NewID(), PersonID: tx.NewID(), Email: email, State: Active, Lang: in.Lang, CreatedAt: tx.Now, Identity: in.Identity}
	if a.Lang != "en" {
		a.Lang = "fr"
	}
	if checkName(a.Identity.BirthName) != "" || checkName(a.Identity.FirstName) != "" {
		return a, models.Invalid("account.invalid", field("birth_name", "required"))
	}
	if err := insertPerson(ctx, tx, a.PersonID, a.Identity); err != nil {
		return a, err
	}
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO accounts (id, person_id, email, email_key, password_hash, state, lang, created_at, activated_at)
		VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $7)`, models.Prepared,
		a.ID, a.PersonID, email, key, in.PasswordHash, a.Lang, tx.Now)
	if err != nil {
		return a, fmt.Errorf("create account: %w", err)
	}
	if err := record(ctx, tx, by, "account.created", a.ID); err != nil {
		return a, err
	}
	if in.PasswordHash != "" {
		return a, nil
	}
	lasts, err := tx.SettingDays(ctx, "activation_days")
	if err != nil {
		return a, err
	}
	link, err := tx.CreateLink(ctx, models.LinkReset, a.ID, a.Email, lasts)
	if err != nil {
		return a, err
	}
	return a, mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.AccountCreated, Recipient: a.Email, Lang: a.Lang,
		SubjectKind: mailbox.OfAccount, SubjectID: a.ID, LinkID: link.ID, OnceKey: "account_created/" + a.ID.String()})
}

// Grant gives an account a role over a scope (P2.5); twice is once. For
// operators and administrators of the whole portal.
func Grant(ctx context.Context, tx models.Tx, by models.Actor, account models.ID, g models.Grant) error {
	if by.Kind != models.ActorOperator && !by.Everywhere(models.RoleAdmin) {
		return models.NotFound("page.not_found")
	}
	if (g.Kind == models.ScopePortal) != (g.Scope == uuid.Nil) {
		return models.Invalid("account.scope")
	}
	tag, err := tx.PGX.Exec(ctx, `
		INSERT INTO grants (account_id, role, scope_kind, scope_id, granted_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT DO NOTHING`, models.Prepared, account, string(g.Role), string(g.Kind), g.Scope, tx.Now)
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
