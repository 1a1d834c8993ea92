package dossier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form"
)

// The origins of a requirement.
const (
	OriginList = "list"
	OriginForm = "form"
)

// Copy gives a dossier its requirements: those of the list of its session or
// campaign, then those that its form asks (P6.2), as they stand now. A key that the
// dossier already has is left alone, so that it can be called again when the form of
// a draft has moved on. For application.Begin.
func Copy(ctx context.Context, tx models.Tx, application, session models.ID, asked []Spec) error {
	var text *string
	err := tx.PGX.QueryRow(ctx, `SELECT l.specs::text FROM sessions s LEFT JOIN requirement_lists l ON l.id = s.requirement_list_id
		WHERE s.id = $1`, models.Prepared, session).Scan(&text)
	if err != nil {
		return fmt.Errorf("requirement list: %w", err)
	}
	var list []Spec
	if text != nil {
		if err := json.Unmarshal([]byte(*text), &list); err != nil {
			return fmt.Errorf("requirement list: %w", err)
		}
	}
	if err := insertRequirements(ctx, tx, application, OriginList, list); err != nil {
		return err
	}
	return insertRequirements(ctx, tx, application, OriginForm, asked)
}

func insertRequirements(ctx context.Context, tx models.Tx, application models.ID, origin string, specs []Spec) error {
	for _, s := range specs {
		text, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("requirement %s: %w", s.Key, err)
		}
		_, err = tx.PGX.Exec(ctx, `
			INSERT INTO requirements (id, application_id, position, key, origin, spec)
			SELECT $1, $2, 1 + coalesce((SELECT max(position) FROM requirements WHERE application_id = $2), 0), $3, $4, $5::text::jsonb
			ON CONFLICT (application_id, key) DO NOTHING`, models.Prepared, tx.NewID(), application, s.Key, origin, string(text))
		if err != nil {
			return fmt.Errorf("requirement %s: %w", s.Key, err)
		}
	}
	return nil
}

// Of lists the requirements of an application with what stands in them, in order.
// The caller has loaded the application through the actor; Open and Asked are his
// to fill.
func Of(ctx context.Context, tx models.Tx, application models.ID) ([]Requirement, error) {
	rows, err := tx.PGX.Query(ctx, requirementQuery+`WHERE application_id = $1 ORDER BY position`, models.Prepared, application)
	if err != nil {
		return nil, fmt.Errorf("requirements: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Requirement, error) { return scanRequirement(row) })
	if err != nil || len(all) == 0 {
		return all, err
	}
	docs, err := documents(ctx, tx, `WHERE d.application_id = $1 ORDER BY d.place, d.version DESC`, application)
	if err != nil {
		return nil, err
	}
	uploads, err := uploads(ctx, tx, `WHERE application_id = $1 AND document_id IS NULL AND expires_at > $2 ORDER BY created_at`, application, tx.Now)
	if err != nil {
		return nil, err
	}
	for i := range all {
		r := &all[i]
		for _, d := range docs {
			if d.Requirement == r.ID {
				r.put(d)
			}
		}
		for _, u := range uploads {
			if u.Requirement == r.ID {
				r.Uploads = append(r.Uploads, u)
			}
		}
	}
	return all, nil
}

// put sorts a version, given newest first, among those that stand and those that
// are past.
func (r *Requirement) put(d Document) {
	stands := d.State == Live || d.State == Checking
	if d.State == Refused { // the last word at its place, nothing newer came
		stands = true
		for _, o := range r.Documents {
			stands = stands && o.Place != d.Place
		}
	}
	if stands {
		r.Documents = append(r.Documents, d)
	} else {
		r.History = append(r.History, d)
	}
}

const requirementQuery = `SELECT id, application_id, position, origin, not_applicable_at, spec::text FROM requirements `

func scanRequirement(row pgx.Row) (Requirement, error) {
	var r Requirement
	var text string
	err := row.Scan(&r.ID, &r.Application, &r.Position, &r.Origin, &r.NotApplicable, &text)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, models.NotFound("document.not_found")
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &r.Spec)
	}
	if err != nil {
		return r, fmt.Errorf("requirement: %w", err)
	}
	return r, nil
}

// Lock gives one requirement under its row's lock, under which versions are
// numbered and go live; documents are left out. Not found outside the application.
func Lock(ctx context.Context, tx models.Tx, application, id models.ID) (Requirement, error) {
	return scanRequirement(tx.PGX.QueryRow(ctx, requirementQuery+`WHERE id = $1 AND application_id = $2 FOR UPDATE`,
		models.Prepared, id, application))
}

// Live lists the versions in force, by place.
func (r Requirement) Live() []Document {
	live := []Document{}
	for _, d := range r.Documents {
		if d.State == Live {
			live = append(live, d)
		}
	}
	return live
}

// At is the newest version that stands at a place, nil when none does.
func (r Requirement) At(place int) *Document {
	for i := range r.Documents {
		if r.Documents[i].Place == place {
			return &r.Documents[i]
		}
	}
	return nil
}

// Filled reports that enough places hold a version in force, or that the person is
// not concerned (P6.2).
func (r Requirement) Filled() bool {
	return r.NotApplicable != nil || len(r.Live()) >= r.Spec.Needed()
}

// Lack is why a requirement stands in the way of sending.
type Lack struct {
	Requirement models.ID
	Key         string
	Why         Why
}

// Why is the cause of a lack.
type Why string

// The causes, as message keys end.
const (
	LackNothing   Why = "missing"   // nothing was given
	LackPlaces    Why = "places"    // a side or a file is missing
	LackUploading Why = "uploading" // a file is on its way
	LackChecking  Why = "checking"  // a file is being inspected
	LackRefused   Why = "refused"   // the file given was refused
	LackAsked     Why = "asked"     // asked again by the service and not replaced yet
)

// Lacking tells what stands in the way of sending; ok when nothing does. A document
// that waits for the antivirus counts as given.
func (r Requirement) Lacking() (l Lack, lacks bool) {
	l = Lack{Requirement: r.ID, Key: r.Spec.Key}
	refused := false
	for _, d := range r.Documents {
		if d.State == Checking {
			l.Why = LackChecking
			return l, true
		}
		refused = refused || d.State == Refused
	}
	switch {
	case len(r.Uploads) > 0:
		l.Why = LackUploading
	case !r.Spec.Required || r.Filled():
		return l, false
	case len(r.Live()) > 0:
		l.Why = LackPlaces
	case refused:
		l.Why = LackRefused
	default:
		l.Why = LackNothing
	}
	return l, true
}

// SetNotApplicable notes that the person is not concerned, or is again (« Non
// concerné par cette pièce », P6.2). Refused as invalid where it is not offered.
func SetNotApplicable(ctx context.Context, tx models.Tx, by models.Actor, r Requirement, on bool) error {
	if on && !r.Spec.MayExempt {
		return models.Invalid("document.not_exemptible")
	}
	var at any
	if on {
		at = tx.Now
	}
	tag, err := tx.PGX.Exec(ctx, `UPDATE requirements SET not_applicable_at = $2 WHERE id = $1 AND (not_applicable_at IS NULL) = $3`,
		models.Prepared, r.ID, at, on)
	if err != nil {
		return fmt.Errorf("not applicable: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return record(ctx, tx, by, "dossier.exempted", r.Application, map[string]any{"requirement": r.ID, "on": on})
}

// Exempt notes of whom a piece of the list is not asked, by their answers, when an
// application is sent: the desk then counts it as not concerning them (P6.2). A piece
// that holds something is left alone.
func Exempt(ctx context.Context, tx models.Tx, application models.ID, keys []string) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE requirements r SET not_applicable_at = $3
		WHERE r.application_id = $1 AND r.key = ANY($2) AND r.origin = 'list' AND r.not_applicable_at IS NULL
			AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.requirement_id = r.id AND d.state IN ('live', 'checking'))`,
		models.Prepared, application, keys, tx.Now)
	if err != nil {
		return fmt.Errorf("exempt: %w", err)
	}
	return nil
}

// Concern takes Exempt back for pieces that the answers ask for after all.
func Concern(ctx context.Context, tx models.Tx, application models.ID, keys []string) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE requirements SET not_applicable_at = NULL
		WHERE application_id = $1 AND key = ANY($2) AND origin = 'list'`, models.Prepared, application, keys)
	if err != nil {
		return fmt.Errorf("concern: %w", err)
	}
	return nil
}

// Accepted tells a version that counts as one for people: what an inspection refused
// never stood in the dossier.
func (d Document) Accepted() bool {
	return d.State != Refused && d.File.Inspection != "refuse" && d.File.Scan != ScanInfected
}

// Number is which version of its place a document is, among those that were taken;
// from 1.
func (r Requirement) Number(d Document) int {
	n := 1
	for _, docs := range [][]Document{r.Documents, r.History} {
		for _, o := range docs {
			if o.Place == d.Place && o.Version < d.Version && o.Accepted() {
				n++
			}
		}
	}
	return n
}

// record writes one event about a dossier.
func record(ctx context.Context, tx models.Tx, by models.Actor, kind string, application models.ID, data map[string]any) error {
	return tx.Record(ctx, by, models.Event{Kind: kind, SubjectKind: "dossier", SubjectID: application, Data: data})
}

// State is what the form engine may know of a requirement.
func (r Requirement) State() form.DocumentState {
	s := form.DocumentState{Needed: r.Spec.Needed(), Exempt: r.NotApplicable != nil}
	waiting, refused, held := map[int]bool{}, map[int]bool{}, map[int]bool{}
	for _, u := range r.Uploads {
		waiting[u.Place] = true
	}
	for _, d := range r.Documents {
		switch d.State {
		case Checking:
			waiting[d.Place] = true
		case Refused:
			refused[d.Place] = true
		case Live:
			held[d.Place] = true
			s.IDs, s.Names = append(s.IDs, d.ID.String()), append(s.Names, d.File.Name)
		}
	}
	for p := range refused {
		if !held[p] {
			s.Refused++
		}
	}
	s.Given, s.Checking = len(held), len(waiting)
	return s
}

// Withhold takes back what stands at a requirement of a form that no longer asks for
// it, when the application is sent. A requirement of a list is left alone.
func Withhold(ctx context.Context, tx models.Tx, application models.ID, key string) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE documents d SET state = 'removed', state_since = $3 FROM requirements r
		WHERE r.application_id = $1 AND r.key = $2 AND r.origin = 'form' AND d.requirement_id = r.id AND d.state IN ('live', 'checking')`,
		models.Prepared, application, key, tx.Now)
	if err != nil {
		return fmt.Errorf("withhold: %w", err)
	}
	return nil
}
