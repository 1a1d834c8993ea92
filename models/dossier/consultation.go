package dossier

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form"
)

// Reading is how a dossier or a document is opened, as the journal keeps it (P17.21).
type Reading string

// The ways of reading.
const (
	ReadDossier  Reading = "dossier"  // the dossier's page
	ReadInline   Reading = "document" // a page, its image or its text, on screen
	ReadDownload Reading = "download"
)

// Consultation is one line of « qui a ouvert mon dossier »: a reader, an object, a day.
type Consultation struct {
	Reading  Reading
	Document models.ID // zero for the dossier
	Piece    form.Text // title of the requirement, empty for the dossier
	File     string    // name of the file
	Version  int
	ByName   string // of the officer; empty for the holder of a link
	ByLink   bool
	Day      time.Time // civil date
	First    time.Time
	Last     time.Time
	Times    int
}

// oneReading is how long pages asked for one after the other are one opening.
const oneReading = 15 * time.Minute

// NoteReading writes who opened what: one line per reader, object and day. The pages
// and images of one sitting count once, and write at most once a minute. The caller
// leaves the owner out.
func NoteReading(ctx context.Context, tx models.Tx, by models.Actor, application, document models.ID, r Reading) error {
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO consultations (id, application_id, document_id, account_id, link_id, kind, day, first_at, last_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
		ON CONFLICT (application_id, document_id, account_id, link_id, kind, day)
		DO UPDATE SET last_at = excluded.last_at, times = consultations.times + (consultations.last_at <= $9)::int
		WHERE consultations.last_at <= $10`, models.Prepared,
		tx.NewID(), application, orNull(document), orNull(by.Account), orNull(by.Link), string(r), tx.Today(), tx.Now,
		tx.Now.Add(-oneReading), tx.Now.Add(-time.Minute))
	if err != nil {
		return fmt.Errorf("consultation: %w", err)
	}
	return nil
}

// Consultations lists who opened an application and its documents, latest first.
// The caller has loaded it for its owner.
func Consultations(ctx context.Context, tx models.Tx, application models.ID) ([]Consultation, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT c.kind, coalesce(c.document_id, `+zero+`), coalesce(r.spec -> 'title' ->> 'fr', ''), coalesce(r.spec -> 'title' ->> 'en', ''),
			coalesce(f.name, ''), coalesce(d.version, 0), coalesce(`+personName+`, ''), c.link_id IS NOT NULL, c.day, c.first_at, c.last_at, c.times
		FROM consultations c LEFT JOIN documents d ON d.id = c.document_id LEFT JOIN requirements r ON r.id = d.requirement_id
		LEFT JOIN files f ON f.id = d.file_id LEFT JOIN accounts ac ON ac.id = c.account_id LEFT JOIN people p ON p.id = ac.person_id
		WHERE c.application_id = $1 ORDER BY c.last_at DESC, c.id DESC LIMIT 1000`, models.Prepared, application)
	if err != nil {
		return nil, fmt.Errorf("consultations: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Consultation, error) {
		var c Consultation
		err := row.Scan(&c.Reading, &c.Document, &c.Piece.FR, &c.Piece.EN, &c.File, &c.Version, &c.ByName, &c.ByLink, &c.Day, &c.First, &c.Last, &c.Times)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("consultations: %w", err)
	}
	return all, nil
}

// SeenBy tells which documents of an application an account has opened.
func SeenBy(ctx context.Context, tx models.Tx, application, account models.ID) (map[models.ID]bool, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT DISTINCT document_id FROM consultations
		WHERE application_id = $1 AND account_id = $2 AND document_id IS NOT NULL`, models.Prepared, application, account)
	if err != nil {
		return nil, fmt.Errorf("consultations: %w", err)
	}
	seen := map[models.ID]bool{}
	var id models.ID
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error { seen[id] = true; return nil })
	if err != nil {
		return nil, fmt.Errorf("consultations: %w", err)
	}
	return seen, nil
}
