package dossier

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Kept is a document that a person keeps (« Mes documents », P7.5), with where it was
// given and what was said of it there. A file re-used in several dossiers is one Kept.
type Kept struct {
	Document    Document // the one whose verdict is told, else the first
	Spec        Spec     // of the requirement it was given for
	Application models.ID
	Offering    string    // course or programme of that dossier
	UsedIn      []Used    // every dossier that has this file in force
	ValidUntil  time.Time // last day, zero when none was noted
	Expired     bool
}

// Used names a dossier that has a file.
type Used struct {
	Application models.ID
	Offering    string
}

// Reusable is an offer to take a kept document again: information for the person and
// the officer, who gives a verdict of their own (P17.9).
type Reusable struct {
	Kept
	Fits bool // the requirement takes its type and size
}

// Validated reports a verdict « validée » given elsewhere.
func (k Kept) Validated() bool { return k.Document.Verdict != nil && k.Document.Verdict.Kind == Valid }

// KeptBy lists what a person's dossiers hold in force and that is safe, one line per
// content: valid ones first, then the newest, expired ones last. The person is the
// actor's own; callers check it, and say which verdicts of which dossier the person
// was told: the others are as if they had not been given.
func KeptBy(ctx context.Context, tx models.Tx, person models.ID, told func(v Verdict, application models.ID) bool) ([]Kept, error) {
	if person == uuid.Nil {
		return nil, nil
	}
	docs, err := documents(ctx, tx, `JOIN applications a ON a.id = d.application_id
		WHERE a.person_id = $1 AND d.state = 'live' AND f.purged_at IS NULL ORDER BY d.deposited_at DESC, d.id DESC`, person)
	if err != nil {
		return nil, err
	}
	places, err := placesOf(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	kept, at := []Kept{}, map[[32]byte]int{}
	for _, d := range docs {
		if v := d.Verdict; v != nil && (v.Kind != Valid || !told(*v, d.Application)) {
			d.Verdict = nil // a matter of that dossier, told there when it is
		}
		d.Remarks = nil
		p := places[d.Requirement]
		used := Used{Application: d.Application, Offering: p.offering}
		i, again := at[d.File.SHA256]
		if !again {
			at[d.File.SHA256] = len(kept)
			kept = append(kept, Kept{Document: d, Spec: p.spec, Application: d.Application, Offering: p.offering, UsedIn: []Used{used}})
			continue
		}
		k := &kept[i]
		if !slices.Contains(k.UsedIn, used) {
			k.UsedIn = append(k.UsedIn, used)
		}
		if d.Verdict != nil && d.Verdict.Kind == Valid && !k.Validated() {
			k.Document, k.Spec, k.Application, k.Offering = d, p.spec, d.Application, p.offering
		}
	}
	for i := range kept {
		kept[i].date(tx.Today())
	}
	slices.SortStableFunc(kept, func(a, b Kept) int { return a.order() - b.order() })
	return kept, nil
}

func (k *Kept) date(today time.Time) {
	if v := k.Document.Verdict; v != nil && v.Kind == Valid && v.ValidUntil != nil {
		k.ValidUntil, k.Expired = *v.ValidUntil, v.ValidUntil.Before(today)
	}
}

func (k Kept) order() int {
	switch {
	case k.Expired:
		return 2
	case k.Validated():
		return 0
	}
	return 1
}

type place struct {
	spec     Spec
	offering string
}

// placesOf names the requirements of a person's dossiers.
func placesOf(ctx context.Context, tx models.Tx, person models.ID) (map[models.ID]place, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT r.id, r.spec::text, coalesce(g.title, c.title, '') FROM requirements r JOIN applications a ON a.id = r.application_id
		JOIN sessions s ON s.id = a.session_id LEFT JOIN courses c ON c.id = s.course_id LEFT JOIN programmes g ON g.id = s.programme_id
		WHERE a.person_id = $1`, models.Prepared, person)
	if err != nil {
		return nil, fmt.Errorf("kept documents: %w", err)
	}
	all := map[models.ID]place{}
	var id models.ID
	var text, offering string
	_, err = pgx.ForEachRow(rows, []any{&id, &text, &offering}, func() error {
		p := place{offering: offering}
		err := json.Unmarshal([]byte(text), &p.spec)
		all[id] = p
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("kept documents: %w", err)
	}
	return all, nil
}

// Offers tells what a person already gave that each requirement may take, of the same
// kind and from other dossiers, by requirement (P7.5). Expired ones are shown as such
// and cannot be taken.
func Offers(kept []Kept, application models.ID, requirements []Requirement) map[models.ID][]Reusable {
	offers := map[models.ID][]Reusable{}
	for _, r := range requirements {
		if !r.Open || r.Spec.Kind == KindOther {
			continue
		}
		for _, k := range kept {
			here := slices.ContainsFunc(k.UsedIn, func(u Used) bool { return u.Application == application })
			if here || k.Spec.Kind != r.Spec.Kind || !k.Document.Openable() {
				continue
			}
			offers[r.ID] = append(offers[r.ID], Reusable{Kept: k, Fits: r.Spec.Takes(k.Document.File)})
		}
	}
	return offers
}

// Reuse puts a kept document at a place of another dossier: a new version on the same
// file, no byte copied (P7.5). It is live at once, since its content was inspected,
// and has no verdict. The caller holds the requirement's lock and has found k among
// the actor's own.
func Reuse(ctx context.Context, tx models.Tx, by models.Actor, r Requirement, at int, k Kept) (Document, error) {
	switch {
	case at < 1 || at > r.Spec.Places():
		return Document{}, models.Invalid("document.no_such_place")
	case k.Expired:
		return Document{}, models.Invalid("document.expired")
	case k.Spec.Kind != r.Spec.Kind, !r.Spec.Takes(k.Document.File), !k.Document.Openable():
		return Document{}, models.Invalid("document.not_reusable")
	}
	if err := replaceLive(ctx, tx, r.ID, at); err != nil {
		return Document{}, err
	}
	id, err := addVersion(ctx, tx, by, r, version{place: at, file: k.Document.File.ID, state: Live, reusedFrom: k.Document.ID})
	if err != nil {
		return Document{}, err
	}
	err = record(ctx, tx, by, "dossier.reused", r.Application, map[string]any{"document": id, "requirement": r.ID, "place": at, "from": k.Document.ID})
	if err != nil {
		return Document{}, err
	}
	return ByID(ctx, tx, id)
}
