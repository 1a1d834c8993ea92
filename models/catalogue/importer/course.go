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
var courseFields = withSessions(fields{
	"reference": {"reference", "id"}, "title": {"title", "intitule"}, "acronym": {"acronym", "sigle"}, "type": {"type"},
	"type_acronym": {"type_acronym", "type_sigle"}, "duration": {"duration", "duree"}, "rncp": {"rncp", "code_rncp"},
	"level_label": {"level", "niveau_libelle", "niveau"}, "authority": {"authority", "tutelle"}, "speciality": {"speciality", "code_cnis", "code_nsf"},
	"url": {"url"}, "themes": {"themes"}, "objectives": {"objectives", "objectifs"}, "programme": {"programme"},
	"prerequisites": {"prerequisites", "prerequis"}, "audience": {"audience", "public"}, "methods": {"methods", "methodes"},
	"sessions": {"sessions"},
})

var courseColumns = []string{"reference", "title", "acronym", "type", "type_acronym", "duration", "duration_days", "rncp", "level",
	"level_label", "authority", "speciality", "url", "objectives", "programme", "prerequisites", "audience", "methods"}

const (
	themesBefore = `jsonb_build_object('themes', (SELECT coalesce(jsonb_agg(theme_id), '[]') FROM course_themes WHERE course_id = t.id))`
	themesDiffer = `i.themes IS NOT NULL AND i.themes IS DISTINCT FROM (SELECT coalesce(array_agg(th.slug ORDER BY th.slug COLLATE "C"), '{}')
		FROM course_themes ct JOIN themes th ON th.id = ct.theme_id WHERE ct.course_id = t.id)`
)

func (m *merge) courses(ctx context.Context) error {
	in, err := newReader(m.file, courseFields, m.o.Mapping, &m.report, Needed(catalogue.KindCourse)...)
	if err != nil {
		return err
	}
	m.seen = newSeen()
	themes, err := m.newThemes(ctx)
	if err != nil {
		return err
	}
	sessions, err := m.newSessions(ctx, in, ofCourses)
	if err != nil {
		return err
	}
	of := merged{kind: catalogue.KindCourse, table: "courses", columns: courseColumns, before: themesBefore}
	if in.fixed {
		of.given = courseGiven(in)
	}
	err = m.load(ctx, "courses", courseColumns, func(rec record) (line, bool) {
		in.begin(rec)
		reference, again := in.reference("reference", m.seen, flat(in))
		got := line{again: again, values: courseRow(in, reference), themes: themes.read(in)}
		got.sessions = sessions.read(in, reference)
		if !in.fixed {
			got.present = courseGiven(in)
		}
		return got, !in.bad
	})
	if err != nil {
		return err
	}
	if err := m.takeSessions(ctx, sessions, of); err != nil {
		return err
	}
	if err := m.addThemes(ctx, themes); err != nil {
		return err
	}
	if themes.given {
		of.differs, of.beside = themesDiffer, m.setThemes
	}
	return m.apply(ctx, of, sessions)
}

func courseGiven(in *reader) []string {
	given := present(in, courseColumns)
	if in.has("duration") {
		given = append(given, "duration_days")
	}
	if in.has("level_label") {
		given = append(given, "level")
	}
	return given
}

func courseRow(in *reader, reference string) []any {
	duration := in.text("duration", 200)
	label := known(in.text("level_label", 200))
	return []any{reference, in.required("title", 500), in.text("acronym", 60), in.text("type", 200),
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
	levelPattern    = regexp.MustCompile(`^(?i:niveau )?([1-8])(?:\D|$)`)
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
	if label == "" || strings.HasPrefix(strings.ToLower(label), "non ") {
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

// themeSet gathers the themes of a file.
type themeSet struct {
	domains map[string]string // slug → name
	leaves  map[string][2]string
	known   map[string]string // path as written → slug of the leaf
	names   map[string]string // of the portal: folded name → slug; "" where several bear it
	given   bool
}

func (m *merge) newThemes(ctx context.Context) (*themeSet, error) {
	t := &themeSet{domains: map[string]string{}, leaves: map[string][2]string{}, known: map[string]string{}, names: map[string]string{}}
	rows, err := m.tx.PGX.Query(ctx, `SELECT name, slug FROM themes ORDER BY parent_id NULLS FIRST, slug`)
	if err != nil {
		return nil, fmt.Errorf("themes: %w", err)
	}
	domains := map[string]bool{}
	var name, slug string
	_, err = pgx.ForEachRow(rows, []any{&name, &slug}, func() error {
		key := catalogue.Slug(name)
		if key == slug {
			domains[key] = true
		}
		if _, twice := t.names[key]; !twice {
			t.names[key] = slug
		} else if !domains[key] {
			t.names[key] = ""
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("themes: %w", err)
	}
	return t, nil
}

// read gives the slugs of a line's themes, nil where it gives none.
func (t *themeSet) read(in *reader) []string {
	if !in.has("themes") {
		return nil
	}
	t.given = true
	slugs := []string{}
	for _, path := range in.list("themes") {
		slug := t.known[path]
		if slug == "" {
			if slug = t.add(in, path); slug == "" {
				continue
			}
		}
		slugs = append(slugs, slug)
	}
	slices.Sort(slugs)
	return slices.Compact(slugs)
}

func (t *themeSet) add(in *reader, path string) string {
	domain, name, found := strings.Cut(path, "/")
	if slug := t.names[catalogue.Slug(path)]; !found && slug != "" {
		t.known[path] = slug // a domain or a sub-domain of the portal, by its name alone
		return slug
	}
	if domain, name = strings.TrimSpace(domain), strings.TrimSpace(name); !found || domain == "" || name == "" || catalogue.Slug(name) == "" {
		in.refuse("themes", "import.theme", path)
		return ""
	}
	slug := catalogue.Slug(domain, name)
	t.domains[catalogue.Slug(domain)] = ThemeName(domain)
	t.leaves[slug] = [2]string{catalogue.Slug(domain), ThemeName(name)}
	t.known[path] = slug
	return slug
}

// ThemeName writes a source's label as a title: « santé - social » becomes
// « Santé, social ».
func ThemeName(s string) string {
	s = strings.ReplaceAll(s, " - ", ", ")
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// addThemes adds the missing themes and keeps which they are; a rehearsal only
// counts them.
func (m *merge) addThemes(ctx context.Context, t *themeSet) error {
	missing, err := m.codes(ctx, `SELECT slug, slug FROM themes`)
	if err != nil {
		return err
	}
	for _, slug := range slices.Concat(sorted(t.domains), sorted(t.leaves)) {
		if missing[slug] == "" {
			m.themes = append(m.themes, slug)
		}
	}
	if m.report.Themes = len(m.themes); m.o.DryRun {
		return nil
	}
	m.report.Themes, err = WriteThemes(ctx, m.tx, t.domains, t.leaves)
	return err
}

// setThemes sets those of the courses whose lines give them.
func (m *merge) setThemes(ctx context.Context) error {
	_, err := m.tx.PGX.Exec(ctx, `
		DELETE FROM course_themes ct USING import_changes x, courses c, import_rows i, themes t
		WHERE x.run_id = $1 AND x.before IS NOT NULL AND c.id = x.object_id AND i.reference = c.reference AND i.themes IS NOT NULL
			AND ct.course_id = c.id AND t.id = ct.theme_id AND t.slug <> ALL (i.themes)`, models.Prepared, m.run)
	if err == nil {
		_, err = m.tx.PGX.Exec(ctx, `
			INSERT INTO course_themes (course_id, theme_id)
			SELECT c.id, t.id FROM import_changes x JOIN courses c ON c.id = x.object_id JOIN import_rows i USING (reference)
			CROSS JOIN LATERAL unnest(i.themes) AS wanted (slug) JOIN themes t ON t.slug = wanted.slug
			WHERE x.run_id = $1 AND x.before IS NOT NULL ON CONFLICT DO NOTHING`, models.Prepared, m.run)
	}
	if err == nil { // new courses bear the id of their line, and have none yet
		_, err = m.tx.PGX.Exec(ctx, `
			INSERT INTO course_themes (course_id, theme_id)
			SELECT i.id, t.id FROM import_rows i CROSS JOIN LATERAL unnest(i.themes) AS wanted (slug) JOIN themes t ON t.slug = wanted.slug
			WHERE EXISTS (SELECT FROM import_changes x WHERE x.run_id = $1 AND x.object_id = i.id AND x.before IS NULL)`, models.Prepared, m.run)
	}
	if err != nil {
		return fmt.Errorf("import themes: %w", err)
	}
	return nil
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
