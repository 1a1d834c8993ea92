package application

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/form"
)

// Dossier is everything that an officer reads of one application (P9.2).
type Dossier struct {
	Application
	Stuck     bool
	Answers   form.Snapshot
	Former    Former     // what the latest correction changed
	Email     string     // of the account, to write to the person
	Approvals []Approval // the latest first
	Decisions []Decision // newest first; superseded ones included
	Standing  *Decision
	Seats     Seats
	Timeline  []TimelineItem // newest first
	Notes     []Note
	Opinions  []Opinion // the latest first
	Others    []OtherApplication
	Present   []Presence
	Officers  []Colleague // who may treat it
	Assigned  string      // name of who does, if anybody
	Own       bool        // the reader is the applicant: what the applicant is not told is left out
}

// DeskState sorts the application as the list does.
func (d Dossier) DeskState() DeskState { return DeskStateOf(d.Application, d.Stuck) }

// TimelineItem is one line of the application's history (historique).
type TimelineItem struct {
	At        time.Time
	Kind      string // of the event
	ActorKind models.ActorKind
	Actor     string // name of the account that acted, if any
	Mine      bool
	For       string // absent officer for whom the account acted (par délégation de, P9.6)
	Reason    string
	Data      map[string]any
}

// OtherApplication is another application of the same person, within the
// officer's scope.
type OtherApplication struct {
	ID       models.ID
	Kind     Kind
	Course   string // title of the course or programme
	StartsOn time.Time
	State    DeskState
	Verdict  Verdict
	Since    time.Time
}

// OpenDossier gives an application to an officer whose scope covers its course and
// marks them present (P9.5). To anyone else it is not found. Reading is no
// event, but the person sees who opened their application (P17.21).
func OpenDossier(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Dossier, error) {
	a, err := loadReviewed(ctx, tx, by, id)
	if err != nil {
		return Dossier{}, err
	}
	d := Dossier{Application: a, Own: a.Person == by.Person}
	if !d.Own {
		if err := dossier.NoteReading(ctx, tx, by, a.ID, uuid.Nil, dossier.ReadDossier); err != nil {
			return d, err
		}
	}
	for _, read := range []func(context.Context, models.Tx, models.Actor) error{
		d.readAnswers, d.readApprovals, d.readDecisions, d.readTimeline, d.readOthers, d.readPeople,
	} {
		if err := read(ctx, tx, by); err != nil {
			return Dossier{}, err
		}
	}
	if d.Own {
		d.hide()
	}
	return d, nil
}

// hide leaves out what colleagues say of an officer's own application (P2.5).
func (d *Dossier) hide() {
	d.Notes, d.Opinions = nil, nil
	d.Timeline = slices.DeleteFunc(d.Timeline, func(t TimelineItem) bool { return !t.Mine })
	d.Standing, d.Verdict = nil, ""
	d.Decisions = slices.DeleteFunc(d.Decisions, func(one Decision) bool { return one.ReleasedAt == nil })
	for i, one := range d.Decisions {
		if one.SupersededAt == nil {
			d.Standing, d.Verdict = &d.Decisions[i], string(one.Kind)
		}
	}
}

func (d *Dossier) readAnswers(ctx context.Context, tx models.Tx, _ models.Actor) error {
	sent, err := SubmissionOf(ctx, tx, d.Application)
	if models.KindOf(err) == models.KindNotFound {
		return nil
	}
	d.Answers = sent.Snapshot
	if err != nil || !sent.Corrected {
		return err
	}
	return d.readFormer(ctx, tx)
}

func (d *Dossier) readApprovals(ctx context.Context, tx models.Tx, _ models.Actor) (err error) {
	d.Approvals, err = ApprovalsOf(ctx, tx, d.Application)
	d.Stuck = len(d.Approvals) > 0 && d.Approvals[0].State == ApprovalStuck
	return err
}

func (d *Dossier) readDecisions(ctx context.Context, tx models.Tx, _ models.Actor) (err error) {
	if d.Decisions, err = DecisionsOf(ctx, tx, d.ID); err != nil {
		return err
	}
	for i := range d.Decisions {
		if d.Decisions[i].SupersededAt == nil {
			d.Standing = &d.Decisions[i]
		}
	}
	d.Seats, err = seatsOf(ctx, tx, d.Session.ID)
	return err
}

func (d *Dossier) readTimeline(ctx context.Context, tx models.Tx, by models.Actor) error {
	events, err := tx.EventsOf(ctx, "application", d.ID)
	if err != nil {
		return err
	}
	actors := []models.ID{}
	for _, e := range events {
		if e.ActorKind == models.ActorAccount {
			actors = append(actors, e.ActorID)
		}
		if id, ok := actedFor(e); ok {
			actors = append(actors, id)
		}
	}
	names, err := namesOf(ctx, tx, actors)
	if err != nil {
		return err
	}
	for i := len(events) - 1; i >= 0; i-- {
		e := events[i]
		absent, _ := actedFor(e)
		d.Timeline = append(d.Timeline, TimelineItem{For: names[absent], At: e.At, Kind: e.Kind, ActorKind: e.ActorKind, Actor: names[e.ActorID],
			Mine: e.ActorID != uuid.Nil && e.ActorID == by.Account, Reason: e.Reason, Data: e.Data})
	}
	return nil
}

func namesOf(ctx context.Context, tx models.Tx, accounts []models.ID) (map[models.ID]string, error) {
	names := map[models.ID]string{}
	rows, err := tx.PGX.Query(ctx, `SELECT ac.id, `+personName+` FROM accounts ac JOIN people p ON p.id = ac.person_id
		WHERE ac.id = ANY($1)`, models.Prepared, accounts)
	if err != nil {
		return nil, fmt.Errorf("names: %w", err)
	}
	var id models.ID
	var name string
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error { names[id] = name; return nil })
	if err != nil {
		return nil, fmt.Errorf("names: %w", err)
	}
	return names, nil
}

// readOthers lists what else the person asked for, as far as the officer's
// rights go (P2.5).
func (d *Dossier) readOthers(ctx context.Context, tx models.Tx, by models.Actor) error {
	q := &deskQuery{tx: tx, scope: "a.submitted_at IS NOT NULL"}
	q.rights(by)
	sql := `SELECT ` + columns + `, ` + isStuck + tables + ` WHERE ` + q.scope +
		` AND a.person_id = ` + q.arg(d.Person) + ` AND a.id <> ` + q.arg(d.ID) + ` ORDER BY a.submitted_at DESC LIMIT 20`
	rows, err := tx.PGX.Query(ctx, sql, append([]any{models.Prepared}, q.args...)...)
	if err != nil {
		return fmt.Errorf("other applications: %w", err)
	}
	d.Others, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (OtherApplication, error) {
		var stuck bool
		a, err := scan(row, &stuck)
		return OtherApplication{ID: a.ID, Kind: a.Kind, Course: a.Session.Title, StartsOn: a.Session.StartsOn, State: DeskStateOf(a, stuck),
			Verdict: Verdict(a.Verdict), Since: a.Since}, err
	})
	if err != nil {
		return fmt.Errorf("other applications: %w", err)
	}
	return nil
}

func (d *Dossier) readPeople(ctx context.Context, tx models.Tx, by models.Actor) (err error) {
	if d.Notes, err = notesOf(ctx, tx, by, d.ID); err != nil {
		return err
	}
	if d.Opinions, err = OpinionsOf(ctx, tx, d.Application); err != nil {
		return err
	}
	if d.Officers, d.Assigned, err = assignable(ctx, tx, d.Application); err != nil {
		return err
	}
	err = tx.PGX.QueryRow(ctx, `SELECT email FROM accounts WHERE id = $1`, models.Prepared, d.Account).Scan(&d.Email)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("address: %w", err)
	}
	d.Present, err = attend(ctx, tx, by, d.ID)
	return err
}
