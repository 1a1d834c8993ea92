package catalogue

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Reindex builds the search documents of objects again from their rows, and
// drops those of objects that the public sees no more. Called by what changes
// them (importers, staff) in the same transaction.
func Reindex(ctx context.Context, tx models.Tx, kind Kind, ids ...models.ID) error {
	documents, err := documentsOf(ctx, tx, kind, ids)
	if err != nil {
		return err
	}
	if len(documents) < len(ids) {
		kept := make([]models.ID, 0, len(documents))
		for _, d := range documents {
			kept = append(kept, d.Object)
		}
		if _, err := tx.PGX.Exec(ctx, `DELETE FROM search_documents WHERE object_id = ANY ($1) AND object_id <> ALL ($2)`, models.Prepared, ids, kept); err != nil {
			return fmt.Errorf("drop documents: %w", err)
		}
	}
	return Put(ctx, tx, documents)
}

// Documents reads the documents of a kind as an engine outside the database
// copies them, sessions included; no id means every object.
func Documents(ctx context.Context, tx models.Tx, kind Kind, ids ...models.ID) ([]Document, error) {
	documents, err := documentsOf(ctx, tx, kind, ids)
	if err != nil || kind == KindAnnouncement {
		return documents, err
	}
	rows, err := tx.PGX.Query(ctx, `SELECT offering_id, packed FROM search_sessions WHERE $1::uuid[] IS NULL OR offering_id = ANY ($1)`, models.Prepared, ids)
	if err != nil {
		return nil, fmt.Errorf("sessions of documents: %w", err)
	}
	occurrences := map[models.ID][]Occurrence{}
	var course models.ID
	var packed []byte
	_, err = pgx.ForEachRow(rows, []any{&course, &packed}, func() error {
		for b := packed[2:]; len(b) >= OccurrenceSize; b = b[OccurrenceSize:] {
			occurrences[course] = append(occurrences[course], ReadOccurrence(b))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sessions of documents: %w", err)
	}
	for i := range documents {
		if of := occurrences[documents[i].Object]; len(of) > 0 {
			documents[i].Occurrences = of
		}
	}
	return documents, nil
}

// ReindexAll builds everything again, drops documents whose object is gone and
// words that no document holds any more.
func ReindexAll(ctx context.Context, tx models.Tx) error {
	var documents []Document
	for _, kind := range Kinds() {
		list, err := documentsOf(ctx, tx, kind, nil)
		if err != nil {
			return err
		}
		documents = append(documents, list...)
	}
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM search_documents d WHERE
		NOT EXISTS (SELECT FROM courses c WHERE d.kind = 'course' AND c.id = d.object_id) AND
		NOT EXISTS (SELECT FROM programmes p WHERE d.kind = 'programme' AND p.id = d.object_id) AND
		NOT EXISTS (SELECT FROM announcements a WHERE d.kind = 'announcement' AND a.id = d.object_id AND a.state = 'published')`); err != nil {
		return fmt.Errorf("drop stale documents: %w", err)
	}
	if err := Put(ctx, tx, documents); err != nil {
		return err
	}
	_, err := tx.PGX.Exec(ctx, `DELETE FROM search_lexemes l
		WHERE NOT EXISTS (SELECT FROM ts_stat('SELECT words FROM search_documents') t WHERE t.word = l.lexeme)`)
	if err != nil {
		return fmt.Errorf("drop stale words: %w", err)
	}
	return Notify(ctx, tx, "*")
}

// Notify tells listening page caches, after the commit, that pages of these
// references changed; many references become "*".
func Notify(ctx context.Context, tx models.Tx, references ...string) error {
	if len(references) > 50 {
		references = []string{"*"}
	}
	_, err := tx.PGX.Exec(ctx, `SELECT pg_notify($1, r) FROM unnest($2::text[]) r`, models.Prepared, Channel, references)
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	return nil
}

func documentsOf(ctx context.Context, tx models.Tx, kind Kind, ids []models.ID) ([]Document, error) {
	read := map[Kind]func(context.Context, models.Tx, []models.ID) ([]Document, error){
		KindCourse: courseDocuments, KindProgramme: programmeDocuments, KindAnnouncement: announcementDocuments}[kind]
	if read == nil {
		return nil, fmt.Errorf("documents of unknown kind %q", kind)
	}
	list, err := read(ctx, tx, ids)
	if err != nil {
		return nil, fmt.Errorf("documents of %s: %w", kind, err)
	}
	return list, nil
}

func courseDocuments(ctx context.Context, tx models.Tx, ids []models.ID) ([]Document, error) {
	rows, err := tx.PGX.Query(ctx, `
		WITH closure AS (
			SELECT t.id, x.no, x.name FROM themes t JOIN themes x ON x.id = t.id OR x.id = t.parent_id
		), named AS (
			SELECT ct.course_id, array_agg(DISTINCT x.no) AS nos, array_agg(DISTINCT x.name) AS names
			FROM course_themes ct JOIN closure x ON x.id = ct.theme_id WHERE $1::uuid[] IS NULL OR ct.course_id = ANY ($1) GROUP BY ct.course_id
		)
		SELECT c.id, c.reference, c.title, c.acronym, c.type_acronym, c.type, coalesce(c.duration_days, 0), coalesce(c.level, 0), c.level_label,
			c.authority, concat_ws(E'\n', c.objectives, c.programme, c.audience, c.prerequisites, c.methods), coalesce(t.nos, '{}'), coalesce(t.names, '{}')
		FROM courses c LEFT JOIN named t ON t.course_id = c.id
		WHERE $1::uuid[] IS NULL OR c.id = ANY ($1) ORDER BY c.reference`, models.Prepared, ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Document, error) {
		d := Document{Kind: KindCourse}
		var acronym, typeAcronym, kind, label, authority string
		var days int
		var nos []int16
		var names []string
		if err := row.Scan(&d.Object, &d.Reference, &d.Title, &acronym, &typeAcronym, &kind, &days, &d.Level, &label, &authority,
			&d.Body, &nos, &names); err != nil {
			return d, err
		}
		d.Acronyms = filled(acronym, typeAcronym)
		d.Others = append(filled(kind), names...)
		d.Duration = DurationBucket(days)
		if d.Level == 0 && strings.HasPrefix(label, "non inscrit") {
			d.Level = LevelUnregistered
		}
		for _, no := range nos {
			d.Themes = append(d.Themes, uint16(no))
		}
		return d, nil
	})
}

func programmeDocuments(ctx context.Context, tx models.Tx, ids []models.ID) ([]Document, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT p.id, p.reference, p.title, p.type, coalesce(nullif(p.institution_usual, ''), p.institution), p.institution, p.town,
			coalesce(d.name, ''), coalesce(r.name, ''), coalesce(d.no, 0), coalesce(r.no, 0), coalesce(p.level, 0), p.domains, p.modes
		FROM programmes p LEFT JOIN departments d ON d.code = p.department_code LEFT JOIN regions r ON r.code = p.region_code
		WHERE $1::uuid[] IS NULL OR p.id = ANY ($1) ORDER BY p.reference`, models.Prepared, ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Document, error) {
		d := Document{Kind: KindProgramme}
		var kind, institution, town, department, region string
		var o Occurrence
		var domains, modes []string
		if err := row.Scan(&d.Object, &d.Reference, &d.Title, &kind, &d.Subtitle, &institution, &town, &department, &region,
			&o.Department, &o.Region, &d.Level, &domains, &modes); err != nil {
			return d, err
		}
		d.Acronyms = filled(kind)
		d.Others = append(append(filled(d.Subtitle, institution, town, department, region), domains...), modes...)
		d.Occurrences = []Occurrence{o}
		return d, nil
	})
}

func announcementDocuments(ctx context.Context, tx models.Tx, ids []models.ID) ([]Document, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT a.id, a.reference, a.title, a.employer, a.job, a.rome_code, a.place, coalesce(d.name, ''), coalesce(r.name, ''),
			coalesce(d.no, 0), coalesce(r.no, 0), a.starts_on, a.closes_on, concat_ws(E'\n', a.description, a.profile)
		FROM announcements a LEFT JOIN departments d ON d.code = a.department_code LEFT JOIN regions r ON r.code = a.region_code
		WHERE a.state = 'published' AND ($1::uuid[] IS NULL OR a.id = ANY ($1)) ORDER BY a.reference`, models.Prepared, ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Document, error) {
		d := Document{Kind: KindAnnouncement}
		var job, rome, place, department, region string
		var starts, closes *time.Time
		var o Occurrence
		if err := row.Scan(&d.Object, &d.Reference, &d.Title, &d.Subtitle, &job, &rome, &place, &department, &region,
			&o.Department, &o.Region, &starts, &closes, &d.Body); err != nil {
			return d, err
		}
		d.Acronyms = filled(rome, d.Reference)
		d.Others = filled(job, d.Subtitle, place, department, region)
		o.Starts, o.Closes = Day(starts), Day(closes)
		d.Occurrences = []Occurrence{o}
		return d, nil
	})
}

func filled(list ...string) []string {
	var kept []string
	for _, s := range list {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}
