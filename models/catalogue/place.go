package catalogue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue/words"
)

// City is a commune or a municipal district.
type City struct {
	Insee          string
	Name           string
	DepartmentCode string
	Department     string
	RegionCode     string
	Postcodes      []string
	Population     int
}

// Employer is a public employer that has a SIREN (employeur public).
type Employer struct {
	Siren          string
	Name           string
	Kind           string // "commune", or the kind of intercommunalité
	DepartmentCode string
	Department     string
}

// Cities completes a city by the beginning of its words or of its postcode,
// the most populated first, at most n (up to 50). Fewer than two characters
// find nothing.
func Cities(ctx context.Context, db Reader, text string, n int) ([]City, error) {
	query, folded := prefixes(text)
	if query == "" {
		return []City{}, nil
	}
	rows, err := db.Query(ctx, `
		SELECT c.insee, c.name, c.department_code, d.name, c.region_code, c.postcodes, c.population
		FROM cities c JOIN departments d ON d.code = c.department_code WHERE c.words @@ $1::text::tsquery
		ORDER BY lower(unaccent(c.name)) = $2 DESC, starts_with(lower(unaccent(c.name)), $2) DESC, c.population DESC, c.insee LIMIT $3`,
		models.Prepared, query, folded, limit(n))
	if err != nil {
		return nil, fmt.Errorf("cities: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[City])
}

// CitiesNear is Cities, those of a postcode already typed first.
func CitiesNear(ctx context.Context, db Reader, text, postcode string, n int) ([]City, error) {
	found, err := Cities(ctx, db, text, n)
	if err != nil {
		return found, err
	}
	there, err := CitiesOfPostcode(ctx, db, postcode)
	_, begun := prefixes(text)
	list := []City{}
	for _, c := range there {
		if strings.Contains(words.Fold(c.Name), words.Fold(begun)) {
			list = append(list, c)
		}
	}
	known := map[string]bool{}
	for _, c := range list {
		known[c.Insee] = true
	}
	for _, c := range found {
		if !known[c.Insee] {
			list = append(list, c)
		}
	}
	return list[:min(len(list), limit(n))], err
}

// CitiesOfPostcode lists the cities of a postcode, the most populated first.
func CitiesOfPostcode(ctx context.Context, db Reader, postcode string) ([]City, error) {
	if len(postcode) != 5 || strings.Trim(postcode, "0123456789") != "" {
		return []City{}, nil
	}
	rows, err := db.Query(ctx, `
		SELECT c.insee, c.name, c.department_code, d.name, c.region_code, c.postcodes, c.population
		FROM cities c JOIN departments d ON d.code = c.department_code WHERE c.words @@ $1::text::tsquery AND $2 = ANY (c.postcodes)
		ORDER BY c.population DESC, c.insee LIMIT 100`, models.Prepared, "'"+postcode+"'", postcode)
	if err != nil {
		return nil, fmt.Errorf("cities of postcode: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[City])
}

const employerQuery = `SELECT e.siren, e.name, e.kind, e.department_code, d.name
	FROM employers e JOIN departments d ON d.code = e.department_code `

// Employers completes a public employer by the beginning of the words of its
// name, of its town or of its SIREN, accents and case ignored.
func Employers(ctx context.Context, db Reader, text string, n int) ([]Employer, error) {
	query, folded := prefixes(text)
	if query == "" {
		return []Employer{}, nil
	}
	rows, err := db.Query(ctx, employerQuery+`WHERE e.words @@ $1::text::tsquery
		ORDER BY lower(unaccent(e.name)) = $2 DESC, lower(unaccent(e.town)) = $2 DESC, e.population DESC, e.siren LIMIT $3`,
		models.Prepared, query, folded, limit(n))
	if err != nil {
		return nil, fmt.Errorf("employers: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Employer])
}

// EmployerBySiren reads a public employer; unknown is not found.
func EmployerBySiren(ctx context.Context, db Reader, siren string) (Employer, error) {
	rows, err := db.Query(ctx, employerQuery+`WHERE e.siren = $1`, models.Prepared, siren)
	if err != nil {
		return Employer{}, fmt.Errorf("employer: %w", err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Employer])
	if errors.Is(err, pgx.ErrNoRows) {
		return e, models.NotFound("employer.unknown")
	}
	return e, err
}

func limit(n int) int { return min(max(n, 1), 50) }

// prefixes makes the query « every word begins so » of what is being typed,
// and the folded text; both empty when there is too little to look for.
func prefixes(text string) (query, folded string) {
	var parts []string
	// A SIREN or a SIRET is often typed by groups of three digits.
	if joined := strings.ReplaceAll(text, " ", ""); len(joined) >= 9 && strings.Trim(joined, "0123456789") == "" {
		text = joined[:9]
	}
	letters := 0
	cut := words.Cut(text)
	for i, w := range cut {
		letters += len(w.Folded)
		if last := i == len(cut)-1; w.Stop && !last || len(w.Folded) == 1 && (!last || len(parts) > 0) {
			continue // « mairie de », l', and a word just begun
		}
		parts = append(parts, "'"+w.Folded+"':*")
	}
	if letters < 2 || len(parts) == 0 {
		return "", ""
	}
	return strings.Join(parts[:min(len(parts), 8)], " & "), strings.Join(strings.Fields(strings.ToLower(words.Fold(text))), " ")
}

// PlaceWords is the tsvector, as text, by which cities and employers are
// completed; for those who load them.
func PlaceWords(texts ...string) string {
	var b strings.Builder
	for _, w := range words.Cut(strings.Join(texts, " ")) {
		b.WriteByte('\'')
		b.WriteString(w.Folded)
		b.WriteString("' ")
	}
	return b.String()
}

// PlaceKey compares names of places however they are spaced, hyphened and
// accented.
func PlaceKey(name string) string {
	var b strings.Builder
	for _, w := range words.Cut(name) {
		b.WriteString(w.Folded)
	}
	return b.String()
}

// TownName writes a town that a source gives in capitals as people do, with the postal
// words left out: « GIF SUR YVETTE CEDEX » is « Gif sur Yvette ».
func TownName(s string) string {
	if at := strings.Index(strings.ToUpper(s), " CEDEX"); at > 0 {
		s = s[:at]
	}
	if s == "" || s != strings.ToUpper(s) {
		return s
	}
	parts := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ' ' || r == '-' })
	sep := "-"
	if strings.Contains(s, " ") && !strings.Contains(s, "-") {
		sep = " "
	}
	for i, w := range parts {
		if i == 0 || !smallWords[w] {
			r, size := utf8.DecodeRuneInString(w)
			parts[i] = string(unicode.ToUpper(r)) + w[size:]
		}
	}
	return strings.Join(parts, sep)
}

// smallWords of a place's name stay in lower case.
var smallWords = map[string]bool{"de": true, "du": true, "des": true, "la": true, "le": true, "les": true, "sur": true,
	"sous": true, "en": true, "lès": true, "lez": true, "et": true, "à": true, "aux": true, "au": true}
