package handlerstest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/handlers"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

// World is a site with a small catalogue and the verbs that bring an
// application to any of its states.
type World struct {
	*Site
	Course, Other Course // under two themes
	Programme     Programme
	Officer       models.Actor
}

// Programme is a degree programme of a component with one open campaign.
type Programme struct {
	ID, Faculty     models.ID
	Reference, Code string // Code of the component
	Campaign        models.ID
}

// Course is a course with its theme and one open session.
type Course struct {
	ID, Theme models.ID
	Reference string
	Session   models.ID
}

// Manager is the line manager whom Fill names.
const Manager = "chef.service@mairie.example.org"

// NewWorld builds a site with two courses and an officer of the whole portal.
// Options change the portal before it begins to answer.
func NewWorld(t testing.TB, options ...func(*handlers.Portal)) *World {
	t.Helper()
	return furnish(New(t, options...))
}

// Furnish makes the same small world in the database of a portal that runs by
// itself at url.
func Furnish(t testing.TB, db *models.DB, url string) *World {
	t.Helper()
	return furnish(&Site{T: t, DB: db, URL: url})
}

func furnish(s *Site) *World {
	s.T.Helper()
	w := &World{Site: s}
	w.Course, w.Other = w.newCourse("livre"), w.newCourse("sport")
	w.Programme = w.newProgramme()
	w.Exec(`INSERT INTO announcements (id, reference, title, published_on, updated_at) VALUES ($1, 'annonce-1', 'Une annonce', '2026-11-01', $2)`,
		w.DB.NewID(), w.DB.Clock.Now())
	w.InTx(catalogue.ReindexAll)
	w.Officer = w.SignedIn(models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal}).Actor
	return w
}

// Exec runs SQL that must succeed.
func (w *World) Exec(sql string, args ...any) {
	w.T.Helper()
	if _, err := w.DB.Pool.Exec(context.Background(), sql, args...); err != nil {
		w.T.Fatalf("%s: %v", sql, err)
	}
}

// Count reads one number.
func (w *World) Count(sql string, args ...any) int {
	w.T.Helper()
	var n int
	if err := w.DB.Pool.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		w.T.Fatalf("%s: %v", sql, err)
	}
	return n
}

func (w *World) newCourse(name string) Course {
	w.T.Helper()
	c := Course{ID: w.DB.NewID(), Theme: w.DB.NewID(), Reference: "formation-" + name}
	w.Exec(`INSERT INTO themes (id, slug, name) VALUES ($1, $2, $2)`, c.Theme, name)
	w.Exec(`INSERT INTO courses (id, reference, title, updated_at) VALUES ($1, $2, $3, $4)`, c.ID, c.Reference, "Formation "+name, w.DB.Clock.Now())
	w.Exec(`INSERT INTO course_themes (course_id, theme_id) VALUES ($1, $2)`, c.ID, c.Theme)
	c.Session = w.NewSession(c)
	return c
}

func (w *World) newProgramme() Programme {
	w.T.Helper()
	p := Programme{ID: w.DB.NewID(), Faculty: w.DB.NewID(), Reference: "master-1", Code: "0870669E"}
	w.Exec(`INSERT INTO faculties (id, code, name, town) VALUES ($1, $2, 'Université de Limoges', 'LIMOGES')`, p.Faculty, p.Code)
	w.Exec(`INSERT INTO programmes (id, reference, type, title, level, institution_usual, faculty_id, updated_at)
		VALUES ($1, $2, 'Master', 'Droit privé', 7, 'Université de Limoges', $3, $4)`, p.ID, p.Reference, p.Faculty, w.DB.Clock.Now())
	p.Campaign = w.NewCampaign(p)
	return p
}

// NewCampaign adds an open campaign of twelve places with a waiting list, that
// asks for no document.
func (w *World) NewCampaign(p Programme) models.ID {
	w.T.Helper()
	id := w.DB.NewID()
	w.Exec(`INSERT INTO sessions (id, programme_id, external_id, starts_on, ends_on, modality, capacity, opens_on, closes_on, decision_on, waiting_list)
		VALUES ($1, $2, $3, $4::date + 280, $4::date + 570, 'on_site', 12, $4::date - 50, $4::date + 10, $4::date + 30, true)`,
		id, p.ID, "c-"+id.String(), w.DB.Today())
	return id
}

// NewSession adds an open session of twelve seats with a waiting list.
func (w *World) NewSession(c Course) models.ID {
	w.T.Helper()
	id := w.DB.NewID()
	w.Exec(`INSERT INTO sessions (id, course_id, external_id, starts_on, ends_on, modality, capacity, opens_on, closes_on, waiting_list)
		VALUES ($1, $2, $3, $4::date + 70, $4::date + 72, 'remote', 12, $4::date - 50, $4::date + 10, true)`, id, c.ID, "s-"+id.String(), w.DB.Today())
	return id
}

// Account opens a browser signed in to a new account with this address.
func (w *World) Account(email, first, last string, grants ...models.Grant) *Browser {
	w.T.Helper()
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: email, Lang: "fr", Grants: grants,
			PasswordHash: passwordHash(), Identity: people.Identity{BirthName: last, FirstName: first}})
		return err
	})
	b := w.Visitor()
	b.SignIn(email)
	return b
}

// HoldDrafts gives the browser the secret that holds drafts before an account.
func (b *Browser) HoldDrafts(secret string) {
	b.cookies["passerelle_brouillons"] = &http.Cookie{Name: "passerelle_brouillons", Value: secret}
	b.Actor.DraftKey = models.HashToken(secret)
	if b.Actor.Kind == "" {
		b.Actor.Kind = models.ActorAnonymous
	}
	b.Actor.Lang = "fr"
}

// Cookie is the value of a cookie of this browser; empty without it.
func (b *Browser) Cookie(name string) string {
	if c, ok := b.cookies[name]; ok {
		return c.Value
	}
	return ""
}

// SetCookie plants a cookie in this browser.
func (b *Browser) SetCookie(name, value string) {
	b.cookies[name] = &http.Cookie{Name: name, Value: value}
}

// Clone is a second browser with the same cookies: what one is told to forget
// the other keeps.
func (b *Browser) Clone() *Browser {
	return &Browser{site: b.site, cookies: maps.Clone(b.cookies), Actor: b.Actor, Agent: b.Agent}
}

// MoveClock moves the portal's frozen clock.
func (s *Site) MoveClock(by time.Duration) {
	modelstest.Clock(s.DB).Set(s.DB.Clock.Now().Add(by))
}

// Begin starts a draft.
func (w *World) Begin(b *Browser, session models.ID) models.ID {
	w.T.Helper()
	var a application.Application
	w.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		a, _, err = application.Begin(ctx, tx, b.Actor, session)
		return err
	})
	return a.ID
}

func (w *World) answers(by models.Actor, id models.ID) application.Answers {
	w.T.Helper()
	var d application.Answers
	w.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		d, err = application.Open(ctx, tx, by, id)
		return err
	})
	return d
}

// Write saves inputs of a step as a person would, on a page just shown.
func (w *World) Write(b *Browser, id models.ID, step int, pairs ...string) {
	w.T.Helper()
	d := w.answers(b.Actor, id)
	posted := map[string][]string{application.NameVersion: {fmt.Sprint(d.Form.Version)}}
	keys := d.Result.Steps[step-1].Keys()
	for _, k := range keys {
		if v := d.Registers.Current(k); !v.Empty() {
			posted[k] = v
		}
	}
	posted["_ctx"] = []string{d.Registers.See(keys...).String()}
	for i := 0; i < len(pairs); i += 2 {
		posted[pairs[i]] = []string{pairs[i+1]}
	}
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.SaveStep(ctx, tx, b.Actor, id, application.SaveInput{Step: step, Posted: posted})
		return err
	})
}

// Fill answers everything that is required; the line manager is Manager.
func (w *World) Fill(b *Browser, id models.ID) {
	w.T.Helper()
	w.Write(b, id, 1, "birth_name", "Martin", "first_name", "Camille", "birth_date", "14/06/1988", "email", "camille@example.org")
	w.Write(b, id, 2, "status", "private_employee")
	w.Write(b, id, 2, "employer_private.name", "Librairie du Port", "job_title", "Bibliothécaire")
	w.Write(b, id, 3, "missions", "Accueil du public", "why_now", "Nouveau poste", "funding", "employer")
	w.Write(b, id, 4, "manager_last_name", "Bernard", "manager_first_name", "Luc", "manager_function", "Directeur", "manager_email", Manager)
}

// FillAdmission answers everything that an admission requires.
func (w *World) FillAdmission(b *Browser, id models.ID) {
	w.T.Helper()
	row := "01980000-0000-7000-8000-0000000000aa"
	for step, pairs := range map[string][]string{
		"identite": {"birth_name", "Martin", "first_name", "Camille", "birth_date", "14/06/1998", "birth_place", "Limoges", "nationality", "FR", "email", "camille@example.org"},
		"parcours": {"current_situation", "looking", "studies/" + row + "/study_year", "2025", "studies/" + row + "/study_diploma", "Licence de droit",
			"studies/" + row + "/study_institution", "Université de Limoges", "studies/" + row + "/study_result", "passed", "french_level", "native"},
		"projet": {"why_programme", "Pour exercer.", "career", "Avocate.", "mode", "initial", "funding", "self"},
	} {
		for i, s := range w.answers(b.Actor, id).Form.Steps {
			if s.ID == step {
				w.Write(b, id, i+1, pairs...)
			}
		}
	}
}

// Admission is a new admission that waits for the officer.
func (w *World) Admission(b *Browser, campaign models.ID) models.ID {
	w.T.Helper()
	id := w.Begin(b, campaign)
	w.FillAdmission(b, id)
	posted := w.Recap(b, id)
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.Submit(ctx, tx, b.Actor, id, application.SubmitInput{Posted: posted})
		return err
	})
	return id
}

// Recap is what the last page posts.
func (w *World) Recap(b *Browser, id models.ID) map[string][]string {
	w.T.Helper()
	d := w.answers(b.Actor, id)
	last := d.Result.Steps[len(d.Result.Steps)-1]
	posted := map[string][]string{"_ctx": {d.Registers.See(last.Keys()...).String()}, application.NameSeen: {d.Seen()}}
	for _, block := range last.Blocks {
		for _, f := range block.Fields {
			posted[f.Key] = []string{f.Field.Version}
		}
	}
	return posted
}

// Submitted is a new application that waits for its line manager.
func (w *World) Submitted(b *Browser, session models.ID) models.ID {
	w.T.Helper()
	id := w.Begin(b, session)
	w.Fill(b, id)
	posted := w.Recap(b, id)
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.Submit(ctx, tx, b.Actor, id, application.SubmitInput{Posted: posted})
		return err
	})
	return id
}

// Answered is a new application with its line manager's answer.
func (w *World) Answered(b *Browser, session models.ID, answer application.Answer) models.ID {
	w.T.Helper()
	id := w.Submitted(b, session)
	token := w.ApprovalToken(id)
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.AnswerByToken(ctx, tx, models.Actor{Kind: models.ActorAnonymous, Lang: "fr"}, token,
			application.AnswerInput{Answer: answer, Reason: "Effectif réduit"})
		return err
	})
	return id
}

// Decided is a new application with an officer's decision, released at once or
// still to be.
func (w *World) Decided(b *Browser, session models.ID, kind application.Verdict, released bool) models.ID {
	w.T.Helper()
	id := w.Answered(b, session, application.Approve)
	in := application.DecideInput{Kind: kind, Reason: "Motif écrit", Version: w.Count(`SELECT version FROM applications WHERE id = $1`, id)}
	if released {
		past := w.DB.Today().AddDate(0, 0, -1)
		in.ReleaseOn = &past
	}
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.Decide(ctx, tx, w.Officer, id, in)
		return err
	})
	if _, err := application.ReleaseDue(context.Background(), w.DB); err != nil {
		w.T.Fatal(err)
	}
	return id
}

// ApprovalToken rebuilds the secret of the latest link sent for an application.
func (w *World) ApprovalToken(id models.ID) string {
	w.T.Helper()
	var link models.ID
	var generation int
	err := w.DB.Pool.QueryRow(context.Background(), `SELECT l.id, l.generation FROM links l JOIN approvals p ON p.id = l.subject_id
		WHERE p.application_id = $1 ORDER BY l.created_at DESC, l.id DESC LIMIT 1`, id).Scan(&link, &generation)
	if err != nil {
		w.T.Fatal(err)
	}
	return w.DB.Keys.LinkToken(link, generation)
}

// Link makes a link for a subject and gives its id and secret.
func (w *World) Link(purpose models.LinkPurpose, subject models.ID, email string, lasts time.Duration) (models.ID, string) {
	w.T.Helper()
	var link models.Link
	var token string
	w.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		link, err = tx.CreateLink(ctx, purpose, subject, email, lasts)
		token = tx.Token(link)
		return err
	})
	return link.ID, token
}

// Fill puts values into the pattern of a route.
func Fill(pattern string, values map[string]string) string {
	parts := strings.Split(pattern, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = values[name]
		}
	}
	return strings.Join(parts, "/")
}
