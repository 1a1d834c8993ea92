package searching

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Rhythm is how often the news of a saved search are mailed (rythme).
type Rhythm string

// The rhythms.
const (
	Never     Rhythm = "none"    // shown in one's space alone
	Instantly Rhythm = "instant" // within minutes
	Daily     Rhythm = "daily"
	Weekly    Rhythm = "weekly"
)

// Rhythms lists them, the most frequent first.
func Rhythms() []Rhythm { return []Rhythm{Instantly, Daily, Weekly, Never} }

// SavedKind is what is watched.
type SavedKind string

// The kinds.
const (
	SavedSearch  SavedKind = "search"  // recherche enregistrée (P4.7)
	ProfileAlert SavedKind = "profile" // alerte sur mes spécialités et mes régions (P4.6)
)

// Criteria are what a saved search looks for: the words and filters of an
// address of the results page. A profile has the filters FacetSpeciality and
// FacetRegion; Both asks for one of each (P4.6 c), else either will do (a, b).
type Criteria struct {
	Words  string
	Exact  bool
	Sort   string
	Facets map[string][]string
	Both   bool
}

// The filters of a profile.
const (
	FacetSpeciality = "specialite" // code of catalogue.Specialities: a domain, or a speciality of one
	FacetRegion     = "region"     // region code
)

// Empty reports that nothing is looked for.
func (c Criteria) Empty() bool {
	for _, values := range c.Facets {
		if len(values) > 0 {
			return false
		}
	}
	return strings.TrimSpace(c.Words) == ""
}

// finds tells whether other criteria find the same; the order is none of it.
func (c Criteria) finds(other Criteria) bool {
	return strings.TrimSpace(c.Words) == strings.TrimSpace(other.Words) && c.Exact == other.Exact && c.Both == other.Both && c.values() == other.values()
}

// values writes the filters in one way, whatever order they were chosen in.
func (c Criteria) values() string {
	sorted := Criteria{Facets: map[string][]string{}}
	for name, values := range c.Facets {
		sorted.Facets[name] = slices.Compact(slices.Sorted(slices.Values(values)))
	}
	return sorted.facets()
}

// Saved is a saved search (recherche enregistrée) or the alert of a profile.
type Saved struct {
	ID      models.ID
	Account models.ID
	Kind    SavedKind
	Name    string
	Criteria
	Rhythm    Rhythm
	CreatedAt time.Time
	LookedAt  time.Time
	News      int // since the last look
}

// Bounds of what one account saves.
const (
	mostSaved   = 50
	longestName = 80
	longestText = 200
	mostValues  = 200
)

const savedColumns = `s.id, s.account_id, s.kind, s.name, s.words, s.exact, s.sort, s.facets::text, s.at_once, s.rhythm, s.created_at, s.looked_at,
	s.beyond + (SELECT count(*) FROM saved_finds f WHERE f.search_id = s.id AND NOT f.seen AND EXISTS (SELECT FROM search_documents d WHERE d.object_id = f.object_id))`

func scanSaved(row pgx.CollectableRow) (Saved, error) {
	var s Saved
	var facets string
	err := row.Scan(&s.ID, &s.Account, &s.Kind, &s.Name, &s.Words, &s.Exact, &s.Sort, &facets, &s.Both, &s.Rhythm, &s.CreatedAt, &s.LookedAt, &s.News)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(facets), &s.Facets)
}

// SavedOf lists the searches that a signed-in person saved, the latest first,
// with how much is new in each since they last looked; the alert of their
// profile is not among them.
func SavedOf(ctx context.Context, tx models.Tx, by models.Actor) ([]Saved, error) {
	if !by.SignedIn() {
		return nil, models.NotFound("page.not_found")
	}
	rows, err := tx.PGX.Query(ctx, `SELECT `+savedColumns+` FROM saved_searches s WHERE s.account_id = $1 AND s.kind = 'search' ORDER BY s.created_at DESC, s.id DESC`, models.Prepared, by.Account)
	if err != nil {
		return nil, fmt.Errorf("saved searches: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanSaved)
	return list, wrapped("saved searches", err)
}

// SavedByID loads one of the person's own searches, not found for anyone else.
func SavedByID(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Saved, error) {
	return oneSaved(ctx, tx, seen, ownSearch, id, by.Account)
}

const ownSearch = `s.id = $1 AND s.account_id = $2 AND s.kind = 'search'`

// heldSaved is SavedByID for a verb.
func heldSaved(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Saved, error) {
	return oneSaved(ctx, tx, held, ownSearch, id, by.Account)
}

// ProfileOf loads the alert of the person's profile; not found when they have
// none (P4.6).
func ProfileOf(ctx context.Context, tx models.Tx, by models.Actor) (Saved, error) {
	return oneSaved(ctx, tx, seen, ownProfile, by.Account)
}

const ownProfile = `s.account_id = $1 AND s.kind = 'profile'`

// holding says what is done with a row that is read: a page must wait for no
// comparison, a verb must.
type holding string

const (
	seen holding = ""
	held holding = " FOR UPDATE OF s"
)

func oneSaved(ctx context.Context, tx models.Tx, how holding, where string, args ...any) (Saved, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT `+savedColumns+` FROM saved_searches s WHERE `+where+string(how), append([]any{models.Prepared}, args...)...)
	if err != nil {
		return Saved{}, fmt.Errorf("saved search: %w", err)
	}
	s, err := pgx.CollectExactlyOneRow(rows, scanSaved)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, models.NotFound("page.not_found")
	}
	return s, wrapped("saved search", err)
}

// SaveInput is what a person saves.
type SaveInput struct {
	Name string
	Criteria
	Rhythm Rhythm
}

func (in *SaveInput) check() error {
	in.Name = strings.Join(strings.Fields(in.Name), " ")
	wrong := []models.FieldError{}
	if err := checkName(in.Name); err != nil {
		wrong = append(wrong, *err)
	}
	if !slices.Contains(Rhythms(), in.Rhythm) {
		wrong = append(wrong, models.FieldError{Field: "rythme", Key: "saved.rhythm"})
	}
	if in.Empty() || in.tooLong() {
		wrong = append(wrong, models.FieldError{Field: "criteres", Key: "saved.empty"})
	}
	if len(wrong) > 0 {
		return models.Invalid("saved.invalid", wrong...)
	}
	return nil
}

func checkName(name string) *models.FieldError {
	switch {
	case name == "":
		return &models.FieldError{Field: "nom", Key: "saved.name.missing"}
	case utf8.RuneCountInString(name) > longestName:
		return &models.FieldError{Field: "nom", Key: "saved.name.long"}
	}
	return nil
}

func (c Criteria) tooLong() bool {
	n := 0
	for _, values := range c.Facets {
		n += len(values)
	}
	return utf8.RuneCountInString(c.Words) > longestText || n > mostValues
}

func (c Criteria) facets() string {
	kept := map[string][]string{}
	for name, values := range c.Facets {
		if len(values) > 0 {
			kept[name] = values
		}
	}
	b, _ := json.Marshal(kept)
	return string(b)
}

// Save keeps a search of the signed-in person under a name (P4.7). What answers
// it now is no news. Invalid names, rhythms and searches for everything are
// refused by field; past fifty, a conflict.
func Save(ctx context.Context, tx models.Tx, by models.Actor, in SaveInput) (models.ID, error) {
	if !by.SignedIn() {
		return uuid.Nil, models.NotFound("page.not_found")
	}
	if err := in.check(); err != nil {
		return uuid.Nil, err
	}
	var n int
	// The account's row is held, so that fifty is fifty.
	err := tx.PGX.QueryRow(ctx, `SELECT (SELECT count(*) FROM saved_searches WHERE account_id = a.id AND kind = 'search') FROM accounts a WHERE a.id = $1 FOR UPDATE`, models.Prepared, by.Account).Scan(&n)
	if err != nil {
		return uuid.Nil, fmt.Errorf("save search: %w", err)
	}
	if n >= mostSaved {
		return uuid.Nil, models.Conflict("saved.too_many", nil)
	}
	id := tx.NewID()
	if err := insertSaved(ctx, tx, by, id, SavedSearch, in); err != nil {
		return uuid.Nil, err
	}
	return id, recordSaved(ctx, tx, by, "saved_search.saved", id, in.Rhythm)
}

func insertSaved(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, kind SavedKind, in SaveInput) error {
	_, err := tx.PGX.Exec(ctx, `INSERT INTO saved_searches (id, account_id, kind, name, words, exact, sort, facets, at_once, rhythm, created_at, looked_at, saved_on, known)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10, $11, $11, $12, pg_current_snapshot())`, models.Prepared,
		id, by.Account, string(kind), in.Name, in.Words, in.Exact, in.Sort, in.facets(), in.Both, string(in.Rhythm), tx.Now, tx.Today())
	return wrapped("save search", err)
}

// recordSaved journals without what is looked for: that is nobody's business.
func recordSaved(ctx context.Context, tx models.Tx, by models.Actor, kind string, id models.ID, rhythm Rhythm) error {
	data := map[string]any{}
	if rhythm != "" {
		data["rhythm"] = string(rhythm)
	}
	return tx.Record(ctx, by, models.Event{Kind: kind, SubjectKind: "saved_search", SubjectID: id, Data: data})
}

// ChangeSaved renames a search of the person and sets its rhythm. News found
// while no mail was wanted are never mailed later.
func ChangeSaved(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, name string, rhythm Rhythm) error {
	s, err := heldSaved(ctx, tx, by, id)
	if err != nil {
		return err
	}
	in := SaveInput{Name: name, Criteria: s.Criteria, Rhythm: rhythm}
	if err := in.check(); err != nil {
		return err
	}
	if _, err := tx.PGX.Exec(ctx, `UPDATE saved_searches SET name = $2 WHERE id = $1`, models.Prepared, id, in.Name); err != nil {
		return fmt.Errorf("change saved search: %w", err)
	}
	if err := setRhythm(ctx, tx, id, rhythm); err != nil {
		return err
	}
	return recordSaved(ctx, tx, by, "saved_search.changed", id, rhythm)
}

func setRhythm(ctx context.Context, tx models.Tx, id models.ID, rhythm Rhythm) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE saved_searches SET rhythm = $2 WHERE id = $1`, models.Prepared, id, string(rhythm))
	if err == nil && rhythm == Never {
		err = quiet(ctx, tx, id)
	}
	return wrapped("rhythm of a saved search", err)
}

// quiet has the news that wait told by no mail.
func quiet(ctx context.Context, tx models.Tx, id models.ID) error {
	_, err := tx.PGX.Exec(ctx, `WITH listed AS (UPDATE saved_finds SET mail = false WHERE search_id = $1 AND mail AND told_at IS NULL)
		UPDATE saved_beyond SET mail = false WHERE search_id = $1 AND mail AND told_at IS NULL`, models.Prepared, id)
	return err
}

// ReplaceSaved gives a search of the person other criteria: what answers them
// now is no news, what was told before is never told again. With the criteria
// that it has, news that wait go on waiting.
func ReplaceSaved(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, in SaveInput) error {
	now, err := heldSaved(ctx, tx, by, id)
	if err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	if err := replaceSaved(ctx, tx, now, in); err != nil {
		return err
	}
	return recordSaved(ctx, tx, by, "saved_search.changed", id, in.Rhythm)
}

func replaceSaved(ctx context.Context, tx models.Tx, now Saved, in SaveInput) error {
	id := now.ID
	if now.finds(in.Criteria) {
		if _, err := tx.PGX.Exec(ctx, `UPDATE saved_searches SET name = $2, sort = $3 WHERE id = $1`, models.Prepared, id, in.Name, in.Sort); err != nil {
			return fmt.Errorf("replace saved search: %w", err)
		}
		return setRhythm(ctx, tx, id, in.Rhythm)
	}
	_, err := tx.PGX.Exec(ctx, `UPDATE saved_searches SET name = $2, words = $3, exact = $4, sort = $5, facets = $6::text::jsonb, at_once = $7,
			looked_at = $8, saved_on = $9, known = pg_current_snapshot(), beyond = 0 WHERE id = $1`, models.Prepared,
		id, in.Name, in.Words, in.Exact, in.Sort, in.facets(), in.Both, tx.Now, tx.Today())
	if err == nil {
		_, err = tx.PGX.Exec(ctx, `UPDATE saved_finds SET seen = true WHERE search_id = $1 AND NOT seen`, models.Prepared, id)
	}
	if err == nil {
		err = quiet(ctx, tx, id)
	}
	if err != nil {
		return fmt.Errorf("replace saved search: %w", err)
	}
	return setRhythm(ctx, tx, id, in.Rhythm)
}

// RemoveSaved forgets a search of the person, with all that it found.
func RemoveSaved(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	if _, err := heldSaved(ctx, tx, by, id); err != nil {
		return err
	}
	return removeSaved(ctx, tx, by, id)
}

func removeSaved(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM saved_searches WHERE id = $1`, models.Prepared, id); err != nil {
		return fmt.Errorf("remove saved search: %w", err)
	}
	if err := tx.RevokeLinks(ctx, models.LinkStopSearch, id); err != nil {
		return err
	}
	return recordSaved(ctx, tx, by, "saved_search.removed", id, "")
}

// Look notes that the person has seen the news of a search of theirs.
func Look(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	if _, err := heldSaved(ctx, tx, by, id); err != nil {
		return err
	}
	_, err := tx.PGX.Exec(ctx, `WITH seen AS (UPDATE saved_finds SET seen = true WHERE search_id = $1 AND NOT seen)
		UPDATE saved_searches SET looked_at = $2, beyond = 0 WHERE id = $1`, models.Prepared, id, tx.Now)
	return wrapped("look at a saved search", err)
}

// SetProfile makes, changes or, with nothing chosen, ends the alert of the
// person's profile on new announcements (P4.6); another rhythm alone keeps the
// news that wait. Asking for both without one of
// each is refused by field.
func SetProfile(ctx context.Context, tx models.Tx, by models.Actor, c Criteria, rhythm Rhythm) error {
	if !by.SignedIn() {
		return models.NotFound("page.not_found")
	}
	if !slices.Contains(Rhythms(), rhythm) {
		return models.Invalid("saved.invalid", models.FieldError{Field: "rythme", Key: "saved.rhythm"})
	}
	c = Criteria{Both: c.Both, Facets: map[string][]string{FacetSpeciality: c.Facets[FacetSpeciality], FacetRegion: c.Facets[FacetRegion]}}
	if c.tooLong() {
		return models.Invalid("saved.invalid", models.FieldError{Field: "region", Key: "saved.empty"})
	}
	if c.Both && !c.Empty() && (len(c.Facets[FacetSpeciality]) == 0 || len(c.Facets[FacetRegion]) == 0) {
		return models.Invalid("saved.invalid", models.FieldError{Field: "ensemble", Key: "saved.both.missing"})
	}
	now, err := oneSaved(ctx, tx, held, ownProfile, by.Account)
	missing := models.KindOf(err) == models.KindNotFound
	in := SaveInput{Criteria: c, Rhythm: rhythm}
	switch {
	case err != nil && !missing:
		return err
	case missing && c.Empty():
		return nil
	case missing:
		id := tx.NewID()
		if err := insertSaved(ctx, tx, by, id, ProfileAlert, in); err != nil {
			if models.Violates(err, "saved_searches_profile") {
				return models.Conflict("saved.profile.twice", nil)
			}
			return err
		}
		return recordSaved(ctx, tx, by, "alert.saved", id, rhythm)
	case c.Empty():
		return removeSaved(ctx, tx, by, now.ID)
	}
	if err := replaceSaved(ctx, tx, now, in); err != nil {
		return err
	}
	return recordSaved(ctx, tx, by, "alert.changed", now.ID, rhythm)
}

// NewsItem is a document that a search found, as lists and mails show it.
type NewsItem struct {
	Search    models.ID
	Kind      string
	Reference string
	Title     string
	By        string // institution or employer
	Why       string // new, open or fits
	At        time.Time
}

const foundSQL = `SELECT f.search_id, d.kind, d.reference, d.title, d.subtitle, f.why, f.found_at FROM saved_finds f JOIN search_documents d ON d.object_id = f.object_id `

// NewsOf lists what is new since the last look in searches of the person, at
// most n of each, the latest first. Searches of others give nothing.
func NewsOf(ctx context.Context, tx models.Tx, by models.Actor, n int) (map[models.ID][]NewsItem, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT x.* FROM saved_searches s CROSS JOIN LATERAL (`+foundSQL+`
			WHERE f.search_id = s.id AND NOT f.seen ORDER BY f.found_at DESC, d.title, d.no LIMIT $2) x
		WHERE s.account_id = $1 AND s.kind = 'search'`, models.Prepared, by.Account, n)
	if err != nil {
		return nil, fmt.Errorf("news: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[NewsItem])
	found := map[models.ID][]NewsItem{}
	for _, f := range list {
		found[f.Search] = append(found[f.Search], f)
	}
	return found, wrapped("news", err)
}
