package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// State is where an account stands (compte).
type State string

// The states of an account.
const (
	Pending   State = "pending" // waits for its activation link (P1.3)
	Active    State = "active"
	Suspended State = "suspended"
	Archived  State = "archived"
)

// Account is an account with its person.
type Account struct {
	ID           models.ID
	PersonID     models.ID
	Email        string
	State        State
	Lang         string
	CreatedAt    time.Time
	ExpiresAt    *time.Time // of a pending one
	Identity     Identity
	passwordHash string
	cleared      bool
	imported     bool
}

const accountSQL = `
	SELECT a.id, a.person_id, a.email, a.state, a.lang, a.created_at, a.expires_at, a.password_hash, a.homonym_cleared, a.imported,
		p.civility, p.birth_name, p.usual_name, p.first_name, p.birth_date
	FROM accounts a JOIN people p ON p.id = a.person_id `

func scanAccount(row pgx.Row) (Account, error) {
	var a Account
	var born *time.Time
	err := row.Scan(&a.ID, &a.PersonID, &a.Email, &a.State, &a.Lang, &a.CreatedAt, &a.ExpiresAt, &a.passwordHash, &a.cleared, &a.imported,
		&a.Identity.Civility, &a.Identity.BirthName, &a.Identity.UsualName, &a.Identity.FirstName, &born)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, models.NotFound("account.unknown")
	}
	if err != nil {
		return a, fmt.Errorf("account: %w", err)
	}
	if born != nil {
		a.Identity.BirthDate = *born
	}
	return a, nil
}

// accountByEmail finds the account that signs in with an address; the zero
// account when none does.
func accountByEmail(ctx context.Context, tx models.Tx, key string) (Account, error) {
	a, err := scanAccount(tx.PGX.QueryRow(ctx, accountSQL+`WHERE a.email_key = $1 FOR UPDATE OF a`, models.Prepared, key))
	if models.KindOf(err) == models.KindNotFound {
		return Account{}, nil
	}
	return a, err
}

func accountByID(ctx context.Context, tx models.Tx, id models.ID) (Account, error) {
	return scanAccount(tx.PGX.QueryRow(ctx, accountSQL+`WHERE a.id = $1 FOR UPDATE OF a`, models.Prepared, id))
}

// accountOfIdentity finds an opened account of the same person by identity
// (P1.4), but for homonyms that an officer cleared (P18.7).
func accountOfIdentity(ctx context.Context, tx models.Tx, key string, but models.ID) (Account, error) {
	if key == "" {
		return Account{}, nil
	}
	a, err := scanAccount(tx.PGX.QueryRow(ctx, accountSQL+`
		WHERE p.identity_key = $1 AND a.id <> $2 AND a.state <> 'pending' AND NOT a.homonym_cleared
		ORDER BY a.created_at LIMIT 1`, models.Prepared, key, but))
	if models.KindOf(err) == models.KindNotFound {
		return Account{}, nil
	}
	return a, err
}

// Own loads the signed-in person's account, for its page and for pre-filling
// (P5.9). Not found when nobody is signed in.
func Own(ctx context.Context, tx models.Tx, by models.Actor) (Account, error) {
	if !by.SignedIn() {
		return Account{}, models.NotFound("account.unknown")
	}
	return scanAccount(tx.PGX.QueryRow(ctx, accountSQL+`WHERE a.id = $1`, models.Prepared, by.Account))
}

// SetLang keeps the language that a person chose (P15.1), for pages and mails.
func SetLang(ctx context.Context, tx models.Tx, by models.Actor, lang string) error {
	if !by.SignedIn() || (lang != "fr" && lang != "en") {
		return nil
	}
	_, err := tx.PGX.Exec(ctx, `UPDATE accounts SET lang = $2 WHERE id = $1`, models.Prepared, by.Account, lang)
	if err != nil {
		return fmt.Errorf("language: %w", err)
	}
	return nil
}

// The numbers that keep these locks apart from others of the database.
const (
	lockSeed = 20261122
	lockAll  = 202611221 // shared by whoever holds one key, whole for an import of many
)

// lock makes those who compare the same keys wait for each other until the
// transaction ends; callers lock in one order: address, then identity.
func lock(ctx context.Context, tx models.Tx, key string) error {
	_, err := tx.PGX.Exec(ctx, `SELECT pg_advisory_xact_lock_shared($2), pg_advisory_xact_lock(hashtextextended($1, $3))`,
		models.Prepared, key, lockAll, lockSeed)
	if err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	return nil
}

func insertPerson(ctx context.Context, tx models.Tx, id models.ID, i Identity) error {
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO people (id, civility, birth_name, usual_name, first_name, birth_date, identity_key, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
		ON CONFLICT (id) DO UPDATE SET civility = excluded.civility, birth_name = excluded.birth_name,
			usual_name = excluded.usual_name, first_name = excluded.first_name, birth_date = excluded.birth_date,
			identity_key = excluded.identity_key, updated_at = excluded.updated_at`, models.Prepared,
		id, i.Civility, i.BirthName, i.UsualName, i.FirstName, dateOrNull(i.BirthDate), i.Key(), tx.Now)
	if err != nil {
		return fmt.Errorf("person: %w", err)
	}
	return nil
}

func dateOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func record(ctx context.Context, tx models.Tx, by models.Actor, kind string, account models.ID) error {
	return tx.Record(ctx, by, models.Event{Kind: kind, SubjectKind: "account", SubjectID: account})
}

func none(a Account) bool { return a.ID == uuid.Nil }
