package procedure

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form"
)

// PreRegistration is the key of the form of P6.1 (pré-inscription).
const PreRegistration = "preregistration"

// Admission is the key of the form of P6.2 (candidature à un diplôme).
const Admission = "admission"

//go:embed forms/admission.v1.json forms/preregistration.v1.json forms/preregistration.v2.json
var builtIn embed.FS

// Version is one published version of a form (version publiée, P5.1). The form
// is shared by every request of the process: nobody may write to it.
type Version struct {
	ID          models.ID
	Key         string
	Number      int // from 1
	Form        *form.Definition
	PublishedAt time.Time
}

// Publish makes the next version of a form; a published version never changes
// (P5.1). For operators and administrators. A form with defects is invalid, one
// field error per defect, named by its path.
func Publish(ctx context.Context, tx models.Tx, by models.Actor, def form.Definition) (Version, error) {
	if by.Kind != models.ActorOperator && by.Kind != models.ActorPortal && !by.Everywhere(models.RoleAdmin) {
		return Version{}, models.NotFound("page.not_found")
	}
	if err := check(&def); err != nil {
		return Version{}, err
	}
	if err := oneAtATime(ctx, tx, def.Key); err != nil {
		return Version{}, err
	}
	v := Version{ID: tx.NewID(), Key: def.Key, Form: &def, PublishedAt: tx.Now}
	err := tx.PGX.QueryRow(ctx, `SELECT coalesce(max(version), 0) + 1 FROM form_versions WHERE form_key = $1`,
		models.Prepared, def.Key).Scan(&v.Number)
	if err != nil {
		return Version{}, fmt.Errorf("publish form: %w", err)
	}
	def.Version = v.Number
	return v, insert(ctx, tx, by, v)
}

// oneAtATime makes those who publish a form wait for each other.
func oneAtATime(ctx context.Context, tx models.Tx, key string) error {
	_, err := tx.PGX.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('form/' || $1))`, models.Prepared, key)
	if err != nil {
		return fmt.Errorf("publish form: %w", err)
	}
	return nil
}

func check(def *form.Definition) error {
	defects := form.Check(def)
	if len(defects) == 0 {
		return nil
	}
	fields := make([]models.FieldError, len(defects))
	for i, d := range defects {
		fields[i] = models.FieldError{Field: d.Path, Key: d.Key, Args: d.Args}
	}
	return models.Invalid("form.defects", fields...)
}

func insert(ctx context.Context, tx models.Tx, by models.Actor, v Version) error {
	text, err := EncodeForm(*v.Form)
	if err != nil {
		return err
	}
	var author *models.ID
	if by.SignedIn() {
		author = &by.Account
	}
	_, err = tx.PGX.Exec(ctx, `
		INSERT INTO form_versions (id, form_key, version, definition, published_at, published_by) VALUES ($1, $2, $3, $4, $5, $6)`,
		models.Prepared, v.ID, v.Key, v.Number, string(text), v.PublishedAt, author)
	if err != nil {
		return fmt.Errorf("publish form: %w", err)
	}
	return tx.Record(ctx, by, models.Event{Kind: "form.published", SubjectKind: "form", SubjectID: v.ID,
		Data: map[string]any{"key": v.Key, "version": v.Number}})
}

// ByID gives a published version; anyone may read it.
func ByID(ctx context.Context, tx models.Tx, id models.ID) (Version, error) {
	return models.Once(tx, "form/"+id.String(), func() (Version, error) {
		return read(tx.PGX.QueryRow(ctx, `
			SELECT id, form_key, version, definition, published_at FROM form_versions WHERE id = $1`, models.Prepared, id))
	})
}

// Latest gives the version in force of a form.
func Latest(ctx context.Context, tx models.Tx, key string) (Version, error) {
	return byRow(ctx, tx, tx.PGX.QueryRow(ctx, `
		SELECT id FROM form_versions WHERE form_key = $1 ORDER BY version DESC LIMIT 1`, models.Prepared, key))
}

// Numbered gives one version of a form by its number.
func Numbered(ctx context.Context, tx models.Tx, key string, number int) (Version, error) {
	return byRow(ctx, tx, tx.PGX.QueryRow(ctx, `
		SELECT id FROM form_versions WHERE form_key = $1 AND version = $2`, models.Prepared, key, number))
}

func byRow(ctx context.Context, tx models.Tx, row pgx.Row) (Version, error) {
	var id models.ID
	if err := row.Scan(&id); errors.Is(err, pgx.ErrNoRows) {
		return Version{}, models.NotFound("form.unknown")
	} else if err != nil {
		return Version{}, fmt.Errorf("form version: %w", err)
	}
	return ByID(ctx, tx, id)
}

func read(row pgx.Row) (Version, error) {
	var v Version
	var text string
	err := row.Scan(&v.ID, &v.Key, &v.Number, &text, &v.PublishedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return v, models.NotFound("form.unknown")
	}
	if err != nil {
		return v, fmt.Errorf("form version: %w", err)
	}
	def, err := DecodeForm([]byte(text))
	if err != nil {
		return v, fmt.Errorf("form %s version %d: %w", v.Key, v.Number, err)
	}
	v.Form = &def
	return v, nil
}

// PublishBuiltIn publishes the forms that come with the program and are not
// there yet; run at every start, before anything is served.
func PublishBuiltIn(ctx context.Context, db *models.DB) error {
	entries, err := builtIn.ReadDir("forms")
	if err != nil {
		return err
	}
	for _, e := range entries {
		text, err := builtIn.ReadFile("forms/" + e.Name())
		if err != nil {
			return err
		}
		err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return publishFile(ctx, tx, models.Operator(), text) })
		if err != nil {
			return fmt.Errorf("form %s: %w", strings.TrimSuffix(e.Name(), ".json"), err)
		}
	}
	return nil
}

func publishFile(ctx context.Context, tx models.Tx, by models.Actor, text []byte) error {
	def, err := DecodeForm(text)
	if err != nil {
		return err
	}
	if err := oneAtATime(ctx, tx, def.Key); err != nil {
		return err
	}
	latest, err := Latest(ctx, tx, def.Key)
	if err == nil && latest.Number >= def.Version {
		return nil
	}
	if err != nil && models.KindOf(err) != models.KindNotFound {
		return err
	}
	_, err = Publish(ctx, tx, by, def)
	return err
}
