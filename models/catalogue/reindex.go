package catalogue

import (
	"context"
	"fmt"
	"maps"
	"slices"
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

// ReindexAll builds everything again and drops documents whose object is gone.
func ReindexAll(ctx context.Context, tx models.Tx) error {
	var documents []Document
	for _, kind := range Kinds() {
		list, err := documentsOf(ctx, tx, kind, nil)
		if err != nil {
			return err
		}
		documents = append(documents, list...)
	}
	if err := dropStale(ctx, tx); err != nil {
		return err
	}
	if err := Put(ctx, tx, documents); err != nil {
		return err
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
	themes, err := readThemeNames(ctx, tx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.PGX.Query(ctx, `
		SELECT c.id, c.reference, c.title, c.acronym, c.type_acronym, c.type, coalesce(c.duration_days, 0), coalesce(c.level, 0), c.level_label,
			c.authority, concat_ws(E'\n', c.objectives, c.programme, c.audience, c.prerequisites, c.methods), t.ids
		FROM courses c CROSS JOIN LATERAL (SELECT array_agg(theme_id) AS ids FROM course_themes WHERE course_id = c.id) t
		WHERE $1::uuid[] IS NULL OR c.id = ANY ($1) ORDER BY c.reference`, models.Prepared, ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Document, error) {
		d := Document{Kind: KindCourse}
		var acronym, typeAcronym, kind, label, authority string
		var days int
		var of []models.ID
		if err := row.Scan(&d.Object, &d.Reference, &d.Title, &acronym, &typeAcronym, &kind, &days, &d.Level, &label, &authority,
			&d.Body, &of); err != nil {
			return d, err
		}
		nos, names := themes.closure(of)
		d.Structure = authority
		d.Acronyms = filled(acronym, typeAcronym)
		d.Others = append(filled(kind), names...)
		d.Duration = DurationBucket(days)
		if d.Level == 0 && strings.HasPrefix(label, "non inscrit") {
			d.Level = LevelUnregistered
		}
		d.Themes = nos
		return d, nil
	})
}

// themeNames are the themes by id: those of a thousand courses are named here,
// where the database would sort them for each.
type themeNames map[models.ID]themeName

type themeName struct {
	parent models.ID
	no     uint16
	name   string
	rank   int // in the order of names
}

func readThemeNames(ctx context.Context, tx models.Tx) (themeNames, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT id, coalesce(parent_id, id), no, name, rank() OVER (ORDER BY name) FROM themes`, models.Prepared)
	if err != nil {
		return nil, err
	}
	names := themeNames{}
	var id models.ID
	var t themeName
	_, err = pgx.ForEachRow(rows, []any{&id, &t.parent, &t.no, &t.name, &t.rank}, func() error { names[id] = t; return nil })
	return names, err
}

// closure gives the numbers and the names of themes with what they are part of,
// each once and in order.
func (n themeNames) closure(ids []models.ID) (nos []uint16, names []string) {
	ranks := map[int]string{}
	for _, id := range ids {
		for _, at := range []models.ID{id, n[id].parent} {
			t := n[at]
			if !slices.Contains(nos, t.no) {
				nos = append(nos, t.no)
			}
			ranks[t.rank] = t.name
		}
	}
	slices.Sort(nos)
	for _, rank := range slices.Sorted(maps.Keys(ranks)) {
		names = append(names, ranks[rank])
	}
	return nos, names
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
		d.Acronyms, d.Structure = filled(kind), d.Subtitle
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
		d.Acronyms, d.Structure = filled(rome, d.Reference), d.Subtitle
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
