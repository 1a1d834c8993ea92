package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/catalogue"
	"passerelle/models/cluster"
	"passerelle/models/form"
	"passerelle/models/people"
)

// writer is one signed-in applicant with a draft, ready for a measured request.
type writer struct {
	actor models.Actor
	token string
	draft models.ID
	body  string // of the measured request
	path  string
}

// base is the portal's database, opened by the bench while the portal is down.
type base struct {
	*models.DB
	cluster *cluster.Cluster
}

func (p *portal) openBase(ctx context.Context) (*base, error) {
	c, err := cluster.Start(ctx, cluster.Options{Folder: p.data()})
	if err != nil {
		return nil, err
	}
	db, err := p.openDB(ctx, c.URL(), nil)
	return &base{db, c}, err
}

// openDB opens one database of the cluster with the portal's own settings.
func (p *portal) openDB(ctx context.Context, url string, tracer pgx.QueryTracer) (*models.DB, error) {
	key, err := os.ReadFile(filepath.Join(p.data(), "secret.key"))
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return nil, err
	}
	return models.Open(ctx, models.Options{URL: url, Zone: zone, Tracer: tracer, Keys: models.NewKeys([]byte(strings.TrimSpace(string(key))))})
}

func (b *base) close(ctx context.Context) error {
	b.DB.Close()
	return b.cluster.Stop(ctx)
}

// copyTo makes a copy of the portal's database, to record statements on.
func (b *base) copyTo(ctx context.Context, name string) (string, error) {
	b.Pool.Reset()
	time.Sleep(200 * time.Millisecond)
	url := strings.Replace(b.cluster.URL(), "/passerelle?", "/postgres?", 1)
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name); err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE passerelle"); err != nil {
		return "", err
	}
	return strings.Replace(b.cluster.URL(), "/passerelle?", "/"+name+"?", 1), nil
}

// answers of the first four steps, all that a submission needs.
var answers = []url.Values{
	{"birth_name": {"Martin"}, "first_name": {"Lucie"}, "birth_date": {"12/04/1988"}, "email": {"lucie.martin@example.org"}, "phone": {"06 39 98 12 34"}},
	{"status": {"civil_servant"}, "civil_service": {"territorial"}, "category": {"a"}, "employer.name": {"Commune de Limoges"},
		"job_title": {"Responsable de médiathèque"}, "job_since": {"09/2021"}, "manages_team": {"yes"}, "team_size": {"6"}},
	{"missions": {"Diriger une équipe de six agents, conduire le projet de service de la médiathèque."},
		"why_now": {"Une réorganisation commence en janvier."}, "funding": {"employer"}},
	{"manager_last_name": {"Renaud"}, "manager_first_name": {"Sylvie"}, "manager_function": {"Directrice"}, "manager_email": {"sylvie.renaud@mairie.example.org"}},
}

// writers opens n accounts with a draft each on open sessions; steps is how
// many of the form's steps are already saved.
func writers(ctx context.Context, db *models.DB, label string, n, steps int) ([]writer, error) {
	sessions, err := catalogue.OpenSessions(ctx, db.Pool, db.Today(), 50)
	if err != nil || len(sessions) == 0 {
		return nil, fmt.Errorf("no open session: %w", err)
	}
	out := make([]writer, 0, n)
	for len(out) < n {
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			for range 50 {
				w, err := newWriter(ctx, tx, fmt.Sprintf("%s%d-%d@bench.example.org", label, len(out), time.Now().UnixMilli()), sessions[len(out)%len(sessions)].ID, steps)
				if err != nil {
					return err
				}
				out = append(out, w)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out[:n], nil
}

func newWriter(ctx context.Context, tx models.Tx, email string, session models.ID, steps int) (writer, error) {
	var w writer
	a, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: email, Lang: "fr", PasswordHash: "none",
		Identity: people.Identity{BirthName: "Martin", FirstName: "Lucie"}})
	if err != nil {
		return w, err
	}
	if w.token, err = signedIn(ctx, tx, a.ID); err != nil {
		return w, err
	}
	w.actor = models.Actor{Kind: models.ActorAccount, Account: a.ID, Person: a.PersonID, Email: email, Lang: "fr"}
	draft, _, err := application.Begin(ctx, tx, w.actor, session)
	if err != nil {
		return w, err
	}
	w.draft = draft.ID
	for i := range steps {
		open, err := application.Open(ctx, tx, w.actor, w.draft)
		if err != nil {
			return w, err
		}
		if _, err := application.SaveStep(ctx, tx, w.actor, w.draft, application.SaveInput{Step: i + 1, Posted: open.Answering(answers[i])}); err != nil {
			return w, err
		}
	}
	return w, nil
}

// signedIn writes a sign-in without a password: hashing is not what is measured.
func signedIn(ctx context.Context, tx models.Tx, account models.ID) (string, error) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	token := base64.RawURLEncoding.EncodeToString(raw)
	_, err := tx.PGX.Exec(ctx, `INSERT INTO sign_ins (id, account_id, token_hash, created_at, seen_at, idle_until, ends_at, factor)
		VALUES ($1, $2, $3, $4, $4, $5, $5, 'totp')`, models.Prepared, uuid.Must(uuid.NewV7()), account, models.HashToken(token), tx.Now, tx.Now.Add(12*time.Hour))
	return token, err
}

// stepBody is the third step as its page posts it.
func stepBody(ctx context.Context, tx models.Tx, w *writer) error {
	open, err := application.Open(ctx, tx, w.actor, w.draft)
	if err != nil {
		return err
	}
	v := url.Values{form.NameContext: {open.Registers.See(open.Result.Steps[2].Keys()...).String()}, "_go": {"suite"}}
	for k, values := range answers[2] {
		v[k] = values
	}
	w.body, w.path = v.Encode(), fmt.Sprintf("/candidatures/%s/etapes/3", w.draft)
	return nil
}

// sendBody is the recapitulation as its page posts it.
func sendBody(ctx context.Context, tx models.Tx, w *writer) error {
	open, err := application.Open(ctx, tx, w.actor, w.draft)
	if err != nil {
		return err
	}
	w.body, w.path = url.Values(open.Confirmation()).Encode(), fmt.Sprintf("/candidatures/%s/transmission", w.draft)
	return nil
}

func requestsOf(ws []writer) []request {
	requests := make([]request, len(ws))
	for i, w := range ws {
		requests[i] = request{Method: "POST", Path: w.path, Body: w.body, Cookie: "passerelle=" + w.token}
	}
	return requests
}
