package importer

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// courseFields are the columns under which each value may stand: the portal's
// own names, then those of ONISEP's file.
var courseFields = fields{
	"reference": {"reference", "id"}, "title": {"title", "intitule"}, "acronym": {"acronym", "sigle"}, "type": {"type"},
	"type_acronym": {"type_acronym", "type_sigle"}, "duration": {"duration", "duree"}, "rncp": {"rncp", "code_rncp"},
	"level_label": {"level", "niveau_libelle", "niveau"}, "authority": {"authority", "tutelle"}, "speciality": {"speciality", "code_cnis", "code_nsf"},
	"url": {"url"}, "themes": {"themes"}, "objectives": {"objectives", "objectifs"}, "programme": {"programme"},
	"prerequisites": {"prerequisites", "prerequis"}, "audience": {"audience", "public"}, "methods": {"methods", "methodes"},
	"sessions": {"sessions"},
}

var courseColumns = []string{"reference", "title", "acronym", "type", "type_acronym", "duration", "duration_days", "rncp", "level",
	"level_label", "authority", "speciality", "url", "objectives", "programme", "prerequisites", "audience", "methods"}

func (m *merge) courses(ctx context.Context) error {
	in := newReader(m.src, courseFields, m.o.Mapping, &m.report)
	seen := map[string]int{}
	themes := newThemes()
	sessions, err := m.newSessions(ctx, ofCourses)
	if err != nil {
		return err
	}
	err = m.load(ctx, "courses", courseColumns, func(rec record) []any {
		in.begin(rec, courseFields, m.o.Mapping)
		values := courseRow(in, seen)
		themes.read(in, values[0].(string))
		sessions.read(in, values[0].(string))
		if in.bad {
			return nil
		}
		given := present(in, courseColumns)
		if in.has("duration") {
			given = append(given, "duration_days")
		}
		if in.has("level_label") {
			given = append(given, "level")
		}
		return append([]any{int32(rec.line), given, m.tx.NewID(), m.o.Source}, values...)
	})
	if err != nil {
		return err
	}
	// Sessions are locked before their courses' documents, as decisions do.
	if err := m.lockSessions(ctx, sessions); err != nil {
		return err
	}
	added, changed, err := m.apply(ctx, "courses", courseColumns)
	if err != nil {
		return err
	}
	moved, err := m.themes(ctx, themes)
	if err != nil {
		return err
	}
	counted := map[models.ID]bool{}
	for _, id := range slices.Concat(added, changed) {
		counted[id] = true
	}
	for _, id := range moved {
		if !counted[id] {
			changed = append(changed, id)
		}
	}
	m.report.New, m.report.Changed = len(added), len(changed)
	if touched := append(added, changed...); len(touched) > 0 {
		if err := catalogue.Reindex(ctx, m.tx, catalogue.KindCourse, touched...); err != nil {
			return err
		}
		if err := m.notify(ctx, "courses", touched); err != nil {
			return err
		}
	}
	return m.writeSessions(ctx, sessions)
}

func (m *merge) notify(ctx context.Context, table string, ids []models.ID) error {
	if len(ids) > 50 {
		return catalogue.Notify(ctx, m.tx, "*")
	}
	rows, err := m.tx.PGX.Query(ctx, `SELECT reference FROM `+table+` WHERE id = ANY ($1)`, models.Prepared, ids)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	references, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return catalogue.Notify(ctx, m.tx, references...)
}

func courseRow(in *reader, seen map[string]int) []any {
	duration := in.text("duration", 200)
	label := known(in.text("level_label", 200))
	return []any{in.reference("reference", seen), in.required("title", 500), in.text("acronym", 60), in.text("type", 200),
		in.text("type_acronym", 60), duration, durationDays(duration), in.text("rncp", 40), level(in, label), label,
		known(in.text("authority", 300)), in.text("speciality", 40), in.text("url", 2000), in.optional("objectives"),
		in.optional("programme"), in.optional("prerequisites"), in.optional("audience"), in.optional("methods")}
}

// known is empty where a source says that it does not know.
func known(s string) string {
	switch strings.ToLower(s) {
	case "non renseigné", "non renseignée", "sans objet":
		return ""
	}
	return s
}

var (
	durationPattern = regexp.MustCompile(`^(\d{1,4}) (an|ans|mois|semaine|semaines|jour|jours)$`)
	levelPattern    = regexp.MustCompile(`^(?:niveau )?([1-8])(?:\D|$)`)
)

// durationDays reads « 2 ans » as calendar days; nil where it says nothing.
func durationDays(s string) *int {
	parts := durationPattern.FindStringSubmatch(s)
	if parts == nil {
		return nil
	}
	n, _ := strconv.Atoi(parts[1])
	days := n * map[byte]int{'a': 365, 'm': 30, 's': 7, 'j': 1}[parts[2][0]]
	if days == 0 {
		return nil
	}
	return &days
}

// level reads « niveau 7 (bac + 5) »; « non inscrit au RNCP » has none.
func level(in *reader, label string) *int {
	if label == "" || strings.HasPrefix(label, "non ") {
		return nil
	}
	parts := levelPattern.FindStringSubmatch(label)
	if parts == nil {
		in.refuse("level_label", "import.level", label)
		return nil
	}
	n, _ := strconv.Atoi(parts[1])
	return &n
}

// themeSet gathers the themes of a file and those of each course.
type themeSet struct {
	domains map[string]string // slug → name
	leaves  map[string][2]string
	courses [][]any // reference, leaf slug
	given   []string
}

func newThemes() *themeSet {
	return &themeSet{domains: map[string]string{}, leaves: map[string][2]string{}}
}

func (t *themeSet) read(in *reader, reference string) {
	if !in.has("themes") {
		return
	}
	t.given = append(t.given, reference)
	for _, path := range in.list("themes") {
		domain, name, found := strings.Cut(path, "/")
		if domain, name = strings.TrimSpace(domain), strings.TrimSpace(name); !found || domain == "" || name == "" || catalogue.Slug(name) == "" {
			in.refuse("themes", "import.theme", path)
			continue
		}
		slug := catalogue.Slug(domain, name)
		t.domains[catalogue.Slug(domain)] = ThemeName(domain)
		t.leaves[slug] = [2]string{catalogue.Slug(domain), ThemeName(name)}
		t.courses = append(t.courses, []any{reference, slug})
	}
}

// ThemeName writes a source's label as a title: « santé - social » becomes
// « Santé, social ».
func ThemeName(s string) string {
	s = strings.ReplaceAll(s, " - ", ", ")
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// themes adds the missing themes and sets those of the courses whose lines
// give them; the ids of the courses that changed come back.
func (m *merge) themes(ctx context.Context, t *themeSet) ([]models.ID, error) {
	n, err := WriteThemes(ctx, m.tx, t.domains, t.leaves)
	if err != nil {
		return nil, err
	}
	m.report.Themes = n
	if _, err := m.tx.PGX.Exec(ctx, `DROP TABLE IF EXISTS import_themes; CREATE TEMP TABLE import_themes (reference text, slug text) ON COMMIT DROP`); err != nil {
		return nil, fmt.Errorf("import themes: %w", err)
	}
	if _, err := m.tx.PGX.CopyFrom(ctx, pgx.Identifier{"import_themes"}, []string{"reference", "slug"}, pgx.CopyFromRows(t.courses)); err != nil {
		return nil, fmt.Errorf("import themes: %w", err)
	}
	return m.ids(ctx, `
		WITH wanted AS (
			SELECT DISTINCT c.id AS course_id, t.id AS theme_id FROM import_themes i JOIN courses c USING (reference) JOIN themes t USING (slug)
		), gone AS (
			DELETE FROM course_themes ct USING courses c WHERE c.id = ct.course_id AND c.reference = ANY ($1)
				AND NOT EXISTS (SELECT FROM wanted w WHERE w.course_id = ct.course_id AND w.theme_id = ct.theme_id) RETURNING ct.course_id
		), come AS (
			INSERT INTO course_themes (course_id, theme_id) SELECT course_id, theme_id FROM wanted ON CONFLICT DO NOTHING RETURNING course_id
		) SELECT course_id FROM gone UNION SELECT course_id FROM come`, t.given)
}

// WriteThemes adds domains (slug → name) and leaves (slug → domain slug, name)
// that are not there yet and says how many were missing.
func WriteThemes(ctx context.Context, tx models.Tx, domains map[string]string, leaves map[string][2]string) (int, error) {
	batch := &pgx.Batch{}
	const sql = `INSERT INTO themes (id, parent_id, slug, name) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	for _, slug := range sorted(domains) {
		batch.Queue(sql, catalogue.ThemeID(slug), nil, slug, domains[slug])
	}
	for _, slug := range sorted(leaves) {
		parent := catalogue.ThemeID(leaves[slug][0])
		batch.Queue(sql, catalogue.ThemeID(slug), &parent, slug, leaves[slug][1])
	}
	results := tx.PGX.SendBatch(ctx, batch)
	added := 0
	for range batch.Len() {
		tag, err := results.Exec()
		if err != nil {
			_ = results.Close()
			return 0, fmt.Errorf("themes: %w", err)
		}
		added += int(tag.RowsAffected())
	}
	return added, results.Close()
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
