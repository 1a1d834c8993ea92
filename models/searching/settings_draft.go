package searching

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/words"
)

// Edits are what a draft would change in the settings in force (brouillon).
// They hold differences alone, so that a publication meanwhile is not undone.
type Edits struct {
	Add     []catalogue.Synonym `json:"add,omitempty"`
	Drop    []string            `json:"drop,omitempty"` // Key of synonyms
	Stop    []string            `json:"stop,omitempty"` // words to ignore
	Unstop  []string            `json:"unstop,omitempty"`
	Weights *Weights            `json:"weights,omitempty"`
}

// On gives the settings that the edits make of those in force.
func (e Edits) On(s Settings) Settings {
	out := Settings{Weights: s.Weights}
	for _, group := range s.Synonyms {
		if !slices.Contains(e.Drop, Key(group)) {
			out.Synonyms = append(out.Synonyms, group)
		}
	}
	out.Synonyms = append(out.Synonyms, e.Add...)
	for _, word := range s.Stop {
		if !slices.Contains(e.Unstop, word) {
			out.Stop = append(out.Stop, word)
		}
	}
	for _, word := range e.Stop {
		if !slices.Contains(out.Stop, word) {
			out.Stop = append(out.Stop, word)
		}
	}
	if e.Weights != nil {
		out.Weights = *e.Weights
	}
	return out
}

// Edit is one act on the draft; exactly one part is set.
type Edit struct {
	AddSynonym  *catalogue.Synonym
	DropSynonym string // Key of one, in force or added by the draft
	KeepSynonym string // Key of one that the draft drops
	AddStop     string
	DropStop    string
	Weights     *Weights
}

// The bounds of what is edited.
const (
	mostTerms   = 12
	longestTerm = 80
	mostEdits   = 200
)

// Draft is the draft with what it would change.
type Draft struct {
	Version   int
	Edits     Edits
	Published Settings
	Proposed  Settings
	Changes   []Difference
}

// DraftChange is one act of an administrator on the draft.
type DraftChange struct {
	Version int
	At      time.Time
	By      string // name
	Mine    bool
	Act     string // edited, dropped, published
	Changes []Difference
}

// DraftOf reads the draft of the settings, for administrators (P14.1).
func DraftOf(ctx context.Context, tx models.Tx, by models.Actor) (Draft, error) {
	return draft(ctx, tx, by, "")
}

func draft(ctx context.Context, tx models.Tx, by models.Actor, lock string) (Draft, error) {
	var d Draft
	if !by.Everywhere(models.RoleAdmin) {
		return d, models.NotFound("page.not_found")
	}
	var raw []byte
	if err := tx.PGX.QueryRow(ctx, `SELECT version, edits FROM search_drafts`+lock, models.Prepared).Scan(&d.Version, &raw); err != nil {
		return d, fmt.Errorf("search draft: %w", err)
	}
	if err := json.Unmarshal(raw, &d.Edits); err != nil {
		return d, fmt.Errorf("search draft: %w", err)
	}
	var err error
	if d.Published, err = Published(ctx, tx.PGX); err != nil {
		return d, err
	}
	d.settle()
	return d, nil
}

func (d *Draft) settle() {
	d.Proposed = d.Edits.On(d.Published)
	d.Changes = Differences(d.Published, d.Proposed)
}

// EditDraft does one act on the draft as the administrator saw it: another
// version gives a conflict whose data is what the others did since, a
// []DraftChange.
func EditDraft(ctx context.Context, tx models.Tx, by models.Actor, version int, edit Edit) (Draft, error) {
	d, err := draft(ctx, tx, by, ` FOR UPDATE`)
	if err != nil {
		return d, err
	}
	if err := d.seen(ctx, tx, by, version); err != nil {
		return d, err
	}
	before := d.Proposed
	if err := d.apply(edit); err != nil {
		return d, err
	}
	d.settle()
	if len(d.Changes) > mostEdits {
		return d, models.Invalid("admin.settings.too_many")
	}
	changes := Differences(before, d.Proposed)
	if err := d.save(ctx, tx, by, "edited", changes); err != nil {
		return d, err
	}
	return d, recordSettings(ctx, tx, by, "search.draft_edited", changes)
}

// DropDraft forgets the draft; nothing in force changes.
func DropDraft(ctx context.Context, tx models.Tx, by models.Actor, version int) error {
	d, err := draft(ctx, tx, by, ` FOR UPDATE`)
	if err != nil {
		return err
	}
	if err := d.seen(ctx, tx, by, version); err != nil {
		return err
	}
	changes := d.Changes
	d.Edits = Edits{}
	if err := d.save(ctx, tx, by, "dropped", changes); err != nil {
		return err
	}
	return recordSettings(ctx, tx, by, "search.draft_dropped", changes)
}

// recordSettings journals an act on the settings; the words of it are in their
// own log.
func recordSettings(ctx context.Context, tx models.Tx, by models.Actor, kind string, changes []Difference) error {
	return tx.Record(ctx, by, models.Event{Kind: kind, SubjectKind: "search_settings", SubjectID: tx.NewID(), Data: map[string]any{"changes": len(changes)}})
}

// seen refuses an act on a draft that others changed since.
func (d *Draft) seen(ctx context.Context, tx models.Tx, by models.Actor, version int) error {
	if version == d.Version {
		return nil
	}
	since, err := DraftChanges(ctx, tx, by, version)
	if err != nil {
		return err
	}
	return models.Conflict("admin.settings.moved", since)
}

// keptChanges is how many acts on the draft are remembered.
const keptChanges = 200

func (d *Draft) save(ctx context.Context, tx models.Tx, by models.Actor, act string, changes []Difference) error {
	d.Version++
	raw, err := json.Marshal(d.Edits)
	if err != nil {
		return fmt.Errorf("search draft: %w", err)
	}
	told, err := json.Marshal(changes)
	if err != nil {
		return fmt.Errorf("search draft: %w", err)
	}
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE search_drafts SET version = $1, edits = $2::text::jsonb`, d.Version, string(raw))
	batch.Queue(`INSERT INTO search_draft_changes (version, made_at, made_by, act, changes) VALUES ($1, $2, $3, $4, $5::text::jsonb)`,
		d.Version, tx.Now, by.Account, act, string(told))
	batch.Queue(`DELETE FROM search_draft_changes WHERE version <= $1`, d.Version-keptChanges)
	return wrapped("search draft", tx.PGX.SendBatch(ctx, batch).Close())
}

// DraftChanges lists what was done to the draft after a version, the latest
// first, twenty at most.
func DraftChanges(ctx context.Context, tx models.Tx, by models.Actor, since int) ([]DraftChange, error) {
	if !by.Everywhere(models.RoleAdmin) {
		return nil, models.NotFound("page.not_found")
	}
	rows, err := tx.PGX.Query(ctx, `SELECT c.version, c.made_at, `+nameSQL+`, c.made_by = $2, c.act, c.changes
		FROM search_draft_changes c JOIN accounts ac ON ac.id = c.made_by JOIN people p ON p.id = ac.person_id
		WHERE c.version > $1 ORDER BY c.version DESC LIMIT 20`, models.Prepared, since, by.Account)
	if err != nil {
		return nil, fmt.Errorf("search draft: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c DraftChange, err error) {
		err = row.Scan(&c.Version, &c.At, &c.By, &c.Mine, &c.Act, &c.Changes)
		return c, err
	})
	return list, wrapped("search draft", err)
}

// nameSQL is how an administrator is called, from people p.
const nameSQL = `p.first_name || ' ' || coalesce(nullif(p.usual_name, ''), p.birth_name)`

func (d *Draft) apply(edit Edit) error {
	switch {
	case edit.AddSynonym != nil:
		return d.addSynonym(*edit.AddSynonym)
	case edit.DropSynonym != "":
		d.dropSynonym(edit.DropSynonym)
	case edit.KeepSynonym != "":
		d.Edits.Drop = without(d.Edits.Drop, edit.KeepSynonym)
	case edit.AddStop != "":
		return d.addStop(edit.AddStop)
	case edit.DropStop != "":
		if slices.Contains(d.Published.Stop, edit.DropStop) && !slices.Contains(d.Edits.Unstop, edit.DropStop) {
			d.Edits.Unstop = append(d.Edits.Unstop, edit.DropStop)
		}
		d.Edits.Stop = without(d.Edits.Stop, edit.DropStop)
	case edit.Weights != nil:
		return d.weigh(*edit.Weights)
	}
	return nil
}

func without(list []string, gone string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == gone })
}

// addSynonym takes a group in; one of the same expressions that finds them
// otherwise gives its place.
func (d *Draft) addSynonym(group catalogue.Synonym) error {
	clean := catalogue.Synonym{OneWay: group.OneWay}
	for _, term := range group.Terms {
		if term = strings.Join(strings.Fields(strings.ReplaceAll(term, "\x00", "")), " "); term != "" {
			clean.Terms = append(clean.Terms, term)
		}
		if utf8.RuneCountInString(term) > longestTerm {
			return models.Invalid("admin.settings.refused", models.FieldError{Field: "synonym", Key: "admin.settings.synonym.long", Args: []string{fmt.Sprint(longestTerm)}})
		}
	}
	if keys := clean.Keys(); len(keys) < 2 || len(keys) < len(clean.Terms) {
		return models.Invalid("admin.settings.refused", models.FieldError{Field: "synonym", Key: "admin.settings.synonym.two"})
	}
	if len(clean.Terms) > mostTerms {
		return models.Invalid("admin.settings.refused", models.FieldError{Field: "synonym", Key: "admin.settings.synonym.many", Args: []string{fmt.Sprint(mostTerms)}})
	}
	key := Key(clean)
	if slices.Contains(d.Edits.Drop, key) {
		d.Edits.Drop = without(d.Edits.Drop, key)
		return nil
	}
	for _, other := range d.Proposed.Synonyms {
		switch {
		case Key(other) == key:
			return models.Invalid("admin.settings.refused", models.FieldError{Field: "synonym", Key: "admin.settings.synonym.known"})
		case sameExpressions(other, clean):
			d.dropSynonym(Key(other))
		}
	}
	d.Edits.Add = append(d.Edits.Add, clean)
	return nil
}

// sameExpressions tells that two groups are of the same expressions, whichever
// finds which: the base keeps one of them.
func sameExpressions(a, b catalogue.Synonym) bool {
	x, y := a.Keys(), b.Keys()
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

func (d *Draft) dropSynonym(key string) {
	if i := slices.IndexFunc(d.Edits.Add, func(s catalogue.Synonym) bool { return Key(s) == key }); i >= 0 {
		d.Edits.Add = slices.Delete(slices.Clone(d.Edits.Add), i, i+1)
		return
	}
	if slices.ContainsFunc(d.Proposed.Synonyms, func(s catalogue.Synonym) bool { return Key(s) == key }) {
		d.Edits.Drop = append(d.Edits.Drop, key)
	}
}

func (d *Draft) addStop(text string) error {
	refuse := func(key string) error {
		return models.Invalid("admin.settings.refused", models.FieldError{Field: "stop", Key: key})
	}
	cut := words.Cut(text)
	switch {
	case len(cut) != 1 || utf8.RuneCountInString(text) > longestTerm:
		return refuse("admin.settings.stop.single")
	case cut[0].Stop, slices.Contains(d.Proposed.StopStems(), cut[0].Stem):
		return refuse("admin.settings.stop.known")
	}
	word := strings.ToLower(text[cut[0].Start:cut[0].End])
	if slices.Contains(d.Edits.Unstop, word) {
		d.Edits.Unstop = without(d.Edits.Unstop, word)
		return nil
	}
	d.Edits.Stop = append(d.Edits.Stop, word)
	return nil
}

func (d *Draft) weigh(w Weights) error {
	fields := []models.FieldError{}
	for _, f := range w.each() {
		if !(f.Value > 0 && f.Value <= MostWeight) {
			fields = append(fields, models.FieldError{Field: f.Name, Key: "admin.settings.weight.between", Args: []string{fmt.Sprint(MostWeight)}})
		}
	}
	if len(fields) > 0 {
		return models.Invalid("admin.settings.refused", fields...)
	}
	d.Edits.Weights = &w
	if w == d.Published.Weights.Settled() {
		d.Edits.Weights = nil
	}
	return nil
}
