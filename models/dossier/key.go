package dossier

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Wrap makes the secret of a new data key and gives it wrapped by the master key,
// bound to the id of its row. It is called only when a key must be made.
type Wrap func(key models.ID) (wrapped []byte, err error)

// DataKey is a data key as its row holds it; only the vault can open it (P12.6).
type DataKey struct {
	ID      models.ID
	Wrapped []byte
}

// Owner is whose files they are: a person's or, before an account, a draft's.
type Owner struct{ Application, Person models.ID }

// The classes of keys: identity papers have their own (P12.6).
const (
	classDocument = "document"
	classIdentity = "identity"
	classPortal   = "portal"
)

func (k Kind) class() string {
	if k.Sensitive() {
		return classIdentity
	}
	return classDocument
}

// keyFor is the owner's key of a class, made when there is none.
func keyFor(ctx context.Context, tx models.Tx, o Owner, class string, wrap Wrap) (DataKey, error) {
	var person, application *models.ID
	if o.Person != uuid.Nil {
		person = &o.Person
	} else if class != classPortal {
		application = &o.Application
	}
	find := func() (k DataKey, err error) {
		err = tx.PGX.QueryRow(ctx, `SELECT id, wrapped FROM data_keys WHERE class = $1 AND destroyed_at IS NULL
			AND person_id IS NOT DISTINCT FROM $2 AND application_id IS NOT DISTINCT FROM $3`, models.Prepared,
			class, person, application).Scan(&k.ID, &k.Wrapped)
		return k, err
	}
	k, err := find()
	if err == nil {
		return k, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return k, fmt.Errorf("data key: %w", err)
	}
	id := tx.NewID()
	wrapped, err := wrap(id)
	if err != nil {
		return k, fmt.Errorf("data key: %w", err)
	}
	_, err = tx.PGX.Exec(ctx, `INSERT INTO data_keys (id, person_id, application_id, class, wrapped, created_at)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`, models.Prepared, id, person, application, class, wrapped, tx.Now)
	if err != nil {
		return k, fmt.Errorf("data key: %w", err)
	}
	if k, err = find(); err != nil { // ours, or that of a request that came first
		return k, fmt.Errorf("data key: %w", err)
	}
	return k, nil
}

// PortalKey is the key of the portal's own files: templates and exports (P7.7).
func PortalKey(ctx context.Context, tx models.Tx, wrap Wrap) (DataKey, error) {
	return keyFor(ctx, tx, Owner{}, classPortal, wrap)
}

// KeyOf is the key of a file; not found once it has been destroyed.
func KeyOf(ctx context.Context, tx models.Tx, file models.ID) (DataKey, error) {
	return readKey(ctx, tx, `SELECT k.id, k.wrapped FROM files f JOIN data_keys k ON k.id = f.key_id
		WHERE f.id = $1 AND k.destroyed_at IS NULL`, file)
}

// KeyByID is a key by its own id; not found once it has been destroyed.
func KeyByID(ctx context.Context, tx models.Tx, id models.ID) (DataKey, error) {
	return readKey(ctx, tx, `SELECT id, wrapped FROM data_keys WHERE id = $1 AND destroyed_at IS NULL`, id)
}

func readKey(ctx context.Context, tx models.Tx, sql string, id models.ID) (DataKey, error) {
	var k DataKey
	err := tx.PGX.QueryRow(ctx, sql, models.Prepared, id).Scan(&k.ID, &k.Wrapped)
	if errors.Is(err, pgx.ErrNoRows) {
		return k, models.NotFound("document.not_found")
	}
	if err != nil {
		return k, fmt.Errorf("data key: %w", err)
	}
	return k, nil
}

// DestroyKeys erases every key of a person: all copies of all their documents
// become unreadable at once, in backups too (P12.4). It gives the ids of the keys,
// for the vault to forget them. For the erasure of a person.
func DestroyKeys(ctx context.Context, tx models.Tx, by models.Actor, person models.ID) ([]models.ID, error) {
	rows, err := tx.PGX.Query(ctx, `UPDATE data_keys SET wrapped = NULL, destroyed_at = $2
		WHERE person_id = $1 AND destroyed_at IS NULL RETURNING id`, models.Prepared, person, tx.Now)
	if err != nil {
		return nil, fmt.Errorf("destroy keys: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
	if err != nil {
		return nil, fmt.Errorf("destroy keys: %w", err)
	}
	return ids, tx.Record(ctx, by, models.Event{Kind: "dossier.keys_destroyed", SubjectKind: "person", SubjectID: person,
		Data: map[string]any{"keys": len(ids)}})
}
