package application_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
)

const expert = "expert@universite.example.org"

// opinionWorld is an application under review whose officer may ask for opinions.
type opinionWorld struct{ *papersWorld }

func newOpinions(t *testing.T) *opinionWorld {
	t.Helper()
	w := &opinionWorld{newPapers(t)}
	w.underReview()
	return w
}

func (w *opinionWorld) input() application.OpinionInput {
	return application.OpinionInput{Name: "Paule Expert", Email: expert, Question: "Le projet tient-il ?", Fields: []string{"job_title"},
		Documents: []models.ID{w.slot("cv").Documents[0].ID}, DueOn: w.db.Today().AddDate(0, 0, 7).Format(time.DateOnly)}
}

func (w *opinionWorld) tryOpinion(by models.Actor, in application.OpinionInput) (o application.Opinion, err error) {
	err = w.try(func(ctx context.Context, tx models.Tx) (err error) {
		o, err = application.AskOpinion(ctx, tx, by, w.id, in)
		return err
	})
	return o, err
}

func (w *opinionWorld) asked() application.Opinion {
	w.t.Helper()
	o, err := w.tryOpinion(w.helene, w.input())
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// secret is that of the latest link sent for an opinion, with the actor who holds it.
func (w *opinionWorld) secret(o models.ID) (string, models.Actor) {
	w.t.Helper()
	var link models.ID
	var generation int
	if err := w.db.Pool.QueryRow(context.Background(), `SELECT id, generation FROM links WHERE purpose = 'opinion' AND subject_id = $1
		ORDER BY created_at DESC, id DESC LIMIT 1`, o).Scan(&link, &generation); err != nil {
		w.t.Fatal(err)
	}
	return w.db.Keys.LinkToken(link, generation), models.Actor{Kind: models.ActorLink, Link: link}
}

func (w *opinionWorld) open(token string) (c application.Consulted, d application.Door) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		c, d, err = application.OpinionByToken(ctx, tx, token)
		return err
	})
	return c, d
}

func (w *opinionWorld) give(by models.Actor, token string, a application.Advice, body string) error {
	return w.try(func(ctx context.Context, tx models.Tx) error {
		return application.GiveOpinionByToken(ctx, tx, by, token, application.AdviceInput{Advice: a, Body: body})
	})
}

func (w *opinionWorld) opinions() []application.Opinion {
	w.t.Helper()
	return w.review(w.helene).Opinions
}

func TestOpinionPage(t *testing.T) {
	t.Parallel()
	t.Run("P9.6 an expert sees just the pieces and answers chosen, and nothing else names the applicant", func(t *testing.T) {
		t.Parallel()
		w := newOpinions(t)
		o := w.asked()
		token, holder := w.secret(o.ID)
		c, door := w.open(token)
		if door != application.DoorOpen || len(c.Pieces) != 1 || c.Pieces[0].Title.FR != "Curriculum vitæ" || !c.Pieces[0].Open {
			t.Fatalf("%s, %+v", door, c.Pieces)
		}
		if len(c.Answers) != 1 || c.Answers[0].Field != "job_title" {
			t.Errorf("%+v", c.Answers)
		}
		if err := w.read(holder, c.Pieces[0].Document, dossier.ReadInline); err != nil {
			t.Error("P7.4 the piece chosen does not open: ", err)
		}
		wants(t, w.read(holder, w.slot("identite").Documents[0].ID, dossier.ReadInline), models.KindNotFound, "document.not_found")
		wants(t, w.read(models.Actor{Kind: models.ActorLink, Link: w.db.NewID()}, c.Pieces[0].Document, dossier.ReadInline), models.KindNotFound, "document.not_found")
		wants(t, w.read(w.person("Noé", "Marchand"), c.Pieces[0].Document, dossier.ReadInline), models.KindNotFound, "document.not_found")
	})
	t.Run("P17.11 following the link changes nothing but who opened it, which the applicant sees (P17.21)", func(t *testing.T) {
		t.Parallel()
		w := newOpinions(t)
		o := w.asked()
		token, holder := w.secret(o.ID)
		events := w.count(`SELECT count(*) FROM events WHERE subject_id = $1`, w.id)
		for range 3 {
			w.open(token)
		}
		if err := w.read(holder, o.Documents[0], dossier.ReadInline); err != nil {
			t.Fatal(err)
		}
		if n := w.count(`SELECT count(*) FROM events WHERE subject_id = $1`, w.id); n != events {
			t.Error("reading wrote an event")
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			list, err := application.Consultations(ctx, tx, w.by, w.id)
			byLink := slices.DeleteFunc(list, func(c dossier.Consultation) bool { return !c.ByLink })
			if len(byLink) != 2 || byLink[0].ByName != "" {
				t.Errorf("%+v", byLink)
			}
			return err
		})
		if opened := w.opinions()[0].OpenedAt; opened == nil {
			t.Error("the officer does not see that it was opened")
		}
	})
	t.Run("P9.6 the applicant never sees an opinion: neither asked nor given", func(t *testing.T) {
		t.Parallel()
		w := newOpinions(t)
		mails := w.count(`SELECT count(*) FROM mails WHERE recipient = $1`, w.by.Email)
		o := w.asked()
		token, _ := w.secret(o.ID)
		if err := w.give(models.Actor{Kind: models.ActorAnonymous}, token, application.Unfavourable, "Projet trop léger"); err != nil {
			t.Fatal(err)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE recipient = $1`, w.by.Email); n != mails {
			t.Error("a mail went to the applicant")
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			view, err := application.CardOf(ctx, tx, w.by, w.id)
			for _, e := range view.History {
				if strings.Contains(e.Kind, "opinion") {
					t.Errorf("the history shows %s", e.Kind)
				}
			}
			return err
		})
	})
	t.Run("P7.2 a piece replaced since is shown as it was when asked", func(t *testing.T) {
		t.Parallel()
		w := newOpinions(t)
		o := w.asked()
		_, holder := w.secret(o.ID)
		w.ask(nil, "cv")
		later := w.deposit("cv", 1, "another cv")
		if err := w.read(holder, o.Documents[0], dossier.ReadInline); err != nil {
			t.Error(err)
		}
		wants(t, w.read(holder, later.ID, dossier.ReadInline), models.KindNotFound, "document.not_found")
	})
}

func TestAskOpinion(t *testing.T) {
	t.Parallel()
	t.Run("P9.6 one request, one link, one mail to the expert", func(t *testing.T) {
		t.Parallel()
		w := newOpinions(t)
		o := w.asked()
		if n := w.count(`SELECT count(*) FROM mails m JOIN links l ON l.id = m.link_id WHERE m.recipient = $1 AND m.subject_id = $2 AND l.purpose = 'opinion'`, expert, o.ID); n != 1 {
			t.Errorf("%d mails", n)
		}
		if n := w.count(`SELECT count(*) FROM events WHERE subject_id = $1 AND kind = 'application.opinion_asked'`, w.id); n != 1 {
			t.Errorf("%d events", n)
		}
		_, err := w.tryOpinion(w.helene, w.input())
		wantsField(t, err, "courriel", "opinion.email_asked")
	})
	for name, c := range map[string]struct {
		change     func(*opinionWorld, *application.OpinionInput)
		field, key string
	}{
		"P6.1 the address is none of the applicant's": {func(w *opinionWorld, in *application.OpinionInput) { in.Email = strings.ToUpper(w.by.Email) }, "courriel", "opinion.email_own"},
		"P6.1 nor one typed in the form, in disguise": {func(_ *opinionWorld, in *application.OpinionInput) { in.Email = "Camille+avis@example.org" }, "courriel", "opinion.email_own"},
		"a name":                      {func(_ *opinionWorld, in *application.OpinionInput) { in.Name = " " }, "nom", "opinion.name_missing"},
		"a question":                  {func(_ *opinionWorld, in *application.OpinionInput) { in.Question = "" }, "question", "opinion.question_missing"},
		"a date to come":              {func(_ *opinionWorld, in *application.OpinionInput) { in.DueOn = "2026-01-01" }, "date", "desk.date_past"},
		"something to read":           {func(_ *opinionWorld, in *application.OpinionInput) { in.Documents, in.Fields = nil, nil }, "montre", "opinion.nothing_shown"},
		"pieces of this application":  {func(w *opinionWorld, in *application.OpinionInput) { in.Documents = []models.ID{w.db.NewID()} }, "montre", "opinion.unknown_piece"},
		"answers of this application": {func(_ *opinionWorld, in *application.OpinionInput) { in.Fields = []string{"nothing"} }, "montre", "opinion.unknown_piece"},
	} {
		t.Run("P9.6 refused without "+name, func(t *testing.T) {
			t.Parallel()
			w := newOpinions(t)
			in := w.input()
			c.change(w, &in)
			_, err := w.tryOpinion(w.helene, in)
			wantsField(t, err, c.field, c.key)
		})
	}
	t.Run("P2.5 out of scope, on one's own, or once decided and told, nothing is asked", func(t *testing.T) {
		t.Parallel()
		w := newOpinions(t)
		in := w.input()
		elsewhere := w.officer("Paul", "Noir", models.Grant{Role: models.RoleOfficer, Kind: models.ScopeCourse, Scope: w.newCourse("bib-9", w.theme)})
		_, err := w.tryOpinion(elsewhere, in)
		wants(t, err, models.KindNotFound, "application.not_found")
		own := w.by
		own.Grants = []models.Grant{{Role: models.RoleOfficer, Kind: models.ScopePortal}}
		_, err = w.tryOpinion(own, in)
		wants(t, err, models.KindConflict, "desk.own_application")
		_, err = w.tryOpinion(w.by, in)
		wants(t, err, models.KindNotFound, "application.not_found")
		o := w.asked()
		token, holder := w.secret(o.ID)
		past := w.db.Today().AddDate(0, 0, -1)
		w.mustDecide(w.helene, w.id, application.DecideInput{Kind: application.VerdictRefused, Reason: "Motif", ReleaseOn: &past})
		in.Email = "autre@example.org"
		_, err = w.tryOpinion(w.helene, in)
		wants(t, err, models.KindConflict, "desk.moved_on")
		if c, door := w.open(token); door != application.DoorClosed || len(c.Pieces)+len(c.Answers) > 0 || c.Opinion.Question != "" {
			t.Errorf("%s %+v", door, c)
		}
		wants(t, w.read(holder, o.Documents[0], dossier.ReadInline), models.KindNotFound, "document.not_found")
	})
}

func wantsField(t *testing.T, err error, field, key string) {
	t.Helper()
	var e *models.Error
	if !errors.As(err, &e) || e.Kind != models.KindInvalid || !slices.ContainsFunc(e.Fields, func(f models.FieldError) bool { return f.Field == field && f.Key == key }) {
		t.Errorf("%v, want %s %s", err, field, key)
	}
}

func TestGiveOpinion(t *testing.T) {
	t.Parallel()
	anyone := models.Actor{Kind: models.ActorAnonymous}
	t.Run("P9.6 an opinion is given once, with its strength, and told to who asked", func(t *testing.T) {
		t.Parallel()
		w := newOpinions(t)
		o := w.asked()
		token, holder := w.secret(o.ID)
		wantsField(t, w.give(anyone, token, "", "texte"), "avis", "opinion.advice_missing")
		wantsField(t, w.give(anyone, token, application.Reserved, " "), "texte", "opinion.body_missing")
		if err := w.give(anyone, token, application.Reserved, "Oui, si…"); err != nil {
			t.Fatal(err)
		}
		if err := w.give(anyone, token, application.Reserved, "Oui, si…"); err != nil {
			t.Errorf("the same again: %v", err)
		}
		wants(t, w.give(anyone, token, application.Favourable, "Oui"), models.KindConflict, "opinion.already_given")
		got := w.opinions()[0]
		if got.State != application.OpinionGiven || got.Advice != application.Reserved || got.Body != "Oui, si…" || got.Strength != application.ByLink {
			t.Errorf("%+v", got)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind = 'opinion_given' AND recipient = $1`, w.helene.Email); n != 1 {
			t.Errorf("%d mails to who asked", n)
		}
		if c, door := w.open(token); door != application.DoorAnswered || len(c.Pieces) > 0 || c.Opinion.Body != "" {
			t.Errorf("%s %+v", door, c)
		}
		wants(t, w.read(holder, o.Documents[0], dossier.ReadInline), models.KindNotFound, "document.not_found")
	})
	t.Run("P18.2 signed in with the proven address, with or without the link, it has the strength of the account", func(t *testing.T) {
		t.Parallel()
		w := newOpinions(t)
		by := w.person("Paule", "Expert")
		in := w.input()
		in.Email = strings.ToUpper(by.Email[:1]) + by.Email[1:]
		o, err := w.tryOpinion(w.helene, in)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.read(by, o.Documents[0], dossier.ReadInline); err != nil {
			t.Error(err)
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			if _, _, err := application.OpinionByAccount(ctx, tx, w.yanis, o.ID); models.KindOf(err) != models.KindNotFound {
				t.Errorf("somebody else: %v", err)
			}
			if _, door, err := application.OpinionByAccount(ctx, tx, by, o.ID); err != nil || door != application.DoorOpen {
				t.Error(door, err)
			}
			return application.GiveOpinionByAccount(ctx, tx, by, o.ID, application.AdviceInput{Advice: application.Favourable, Body: "Oui"})
		})
		if got := w.opinions()[0]; got.Strength != application.ByAccount {
			t.Errorf("%+v", got)
		}
	})
	t.Run("P17.11 an expired link offers a new one to the same address, once", func(t *testing.T) {
		t.Parallel()
		w := newOpinions(t)
		o := w.asked()
		token, holder := w.secret(o.ID)
		renew := func() error {
			return w.try(func(ctx context.Context, tx models.Tx) error { return application.RenewOpinionLink(ctx, tx, token) })
		}
		wants(t, renew(), models.KindGone, "opinion.link_over")
		w.later(8 * 24 * time.Hour)
		if c, door := w.open(token); door != application.DoorExpired || len(c.Pieces) > 0 {
			t.Errorf("%s %+v", door, c)
		}
		wants(t, w.give(anyone, token, application.Favourable, "Oui"), models.KindGone, "opinion.link_over")
		wants(t, w.read(holder, o.Documents[0], dossier.ReadInline), models.KindNotFound, "document.not_found")
		for range 2 {
			if err := renew(); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.count(`SELECT count(*) FROM links WHERE subject_id = $1 AND email = $2`, o.ID, expert); n != 2 {
			t.Errorf("%d links", n)
		}
		fresh, _ := w.secret(o.ID)
		if _, door := w.open(fresh); door != application.DoorOpen {
			t.Error(door)
		}
	})
	t.Run("P9.6 a request taken back opens nothing; an opinion given stays", func(t *testing.T) {
		t.Parallel()
		w := newOpinions(t)
		o := w.asked()
		token, holder := w.secret(o.ID)
		revoke := func(by models.Actor, id models.ID) error {
			return w.try(func(ctx context.Context, tx models.Tx) error {
				_, err := application.RevokeOpinion(ctx, tx, by, id)
				return err
			})
		}
		wants(t, revoke(w.by, o.ID), models.KindNotFound, "opinion.not_found")
		for range 2 {
			if err := revoke(w.yanis, o.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, door := w.open(token); door != application.DoorClosed {
			t.Error(door)
		}
		wants(t, w.give(anyone, token, application.Favourable, "Oui"), models.KindGone, "opinion.closed")
		wants(t, w.read(holder, o.Documents[0], dossier.ReadInline), models.KindNotFound, "document.not_found")
		o = w.asked() // the same expert can be asked again
		token, _ = w.secret(o.ID)
		if err := w.give(anyone, token, application.Favourable, "Oui"); err != nil {
			t.Fatal(err)
		}
		wants(t, revoke(w.yanis, o.ID), models.KindConflict, "opinion.already_given")
	})
	t.Run("P18.18 the address of an expert is forgotten a year later, their opinion is not", func(t *testing.T) {
		t.Parallel()
		w := newOpinions(t)
		o := w.asked()
		token, _ := w.secret(o.ID)
		if err := w.give(anyone, token, application.Favourable, "Oui"); err != nil {
			t.Fatal(err)
		}
		w.later(366 * 24 * time.Hour)
		if _, err := application.ForgetExperts(context.Background(), w.db); err != nil {
			t.Fatal(err)
		}
		if got := w.opinions()[0]; got.Email != "" || got.Name == "" || got.Body != "Oui" {
			t.Errorf("%+v", got)
		}
		if n := w.count(`SELECT count(*) FROM links WHERE email = $1`, expert); n != 0 {
			t.Errorf("%d links keep it", n)
		}
	})
}
