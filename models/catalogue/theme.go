package catalogue

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue/words"
)

// Theme is a domain or a sub-domain of the theme tree (thème, sous-thème).
type Theme struct {
	ID     models.ID
	Parent models.ID // zero for a domain
	No     int       // short number, in search cards
	Slug   string    // in addresses
	Name   string
}

// Branch is a domain with its sub-domains and how many courses each holds
// (P3.4).
type Branch struct {
	Theme
	Courses  int
	Children []Leaf
}

// Leaf is a sub-domain with its count.
type Leaf struct {
	Theme
	Courses int
}

// ThemeID is the same for a theme in every world, so that a right over a theme
// can be written before the catalogue is loaded.
func ThemeID(slug string) models.ID { return uuid.NewSHA1(uuid.NameSpaceOID, []byte("theme/"+slug)) }

// Slug makes an address word of a name.
func Slug(names ...string) string {
	var b strings.Builder
	for _, w := range words.Cut(strings.Join(names, " ")) {
		if b.Len() > 0 {
			b.WriteByte('-')
		}
		for _, r := range w.Folded {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// ThemeTree is the whole tree with counts, names in French order.
func ThemeTree(ctx context.Context, db Reader) ([]Branch, error) {
	themes, err := Themes(ctx, db)
	if err != nil {
		return nil, err
	}
	rows, err := db.Query(ctx, `
		SELECT t.id, count(DISTINCT ct.course_id)::int FROM themes t
		JOIN themes x ON x.id = t.id OR x.parent_id = t.id
		JOIN course_themes ct ON ct.theme_id = x.id GROUP BY t.id`, models.Prepared)
	if err != nil {
		return nil, fmt.Errorf("theme counts: %w", err)
	}
	counts := map[models.ID]int{}
	var id models.ID
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&id, &n}, func() error { counts[id] = n; return nil }); err != nil {
		return nil, fmt.Errorf("theme counts: %w", err)
	}
	tree := []Branch{}
	at := map[models.ID]int{}
	for _, t := range themes {
		if t.Parent == uuid.Nil {
			at[t.ID] = len(tree)
			tree = append(tree, Branch{Theme: t, Courses: counts[t.ID]})
		}
	}
	for _, t := range themes {
		if i, ok := at[t.Parent]; ok {
			tree[i].Children = append(tree[i].Children, Leaf{Theme: t, Courses: counts[t.ID]})
		}
	}
	return tree, nil
}

const themeColumns = `t.id, coalesce(t.parent_id, '00000000-0000-0000-0000-000000000000'), t.no, t.slug, t.name`

// Themes lists every theme, in French order.
func Themes(ctx context.Context, db Reader) ([]Theme, error) {
	rows, err := db.Query(ctx, `SELECT `+themeColumns+` FROM themes t ORDER BY t.name, t.slug`, models.Prepared)
	if err != nil {
		return nil, fmt.Errorf("themes: %w", err)
	}
	return pgx.CollectRows(rows, scanTheme)
}

// ThemeBySlug reads one theme by its address word; unknown is not found.
func ThemeBySlug(ctx context.Context, db Reader, slug string) (Theme, error) {
	rows, err := db.Query(ctx, `SELECT `+themeColumns+` FROM themes t WHERE t.slug = $1`, models.Prepared, slug)
	if err != nil {
		return Theme{}, fmt.Errorf("theme: %w", err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, scanTheme)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, models.NotFound("theme.unknown")
	}
	return t, err
}

func scanTheme(row pgx.CollectableRow) (Theme, error) {
	var t Theme
	err := row.Scan(&t.ID, &t.Parent, &t.No, &t.Slug, &t.Name)
	return t, err
}
