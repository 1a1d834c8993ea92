package application_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/models/modelstest"
)

// papersWorld is a world whose open session asks for documents.
type papersWorld struct {
	*world
	by models.Actor // Camille
	id models.ID    // her draft
}

func specs() []dossier.Spec {
	title := func(s string) form.Text { return form.Text{FR: s} }
	return []dossier.Spec{
		{Key: "cv", Kind: dossier.KindCV, Title: title("Curriculum vitæ"), Formats: []string{"pdf"}, MaxBytes: 5 << 20, Required: true,
			Fields: []string{"job_title", "absent"}},
		{Key: "identite", Kind: dossier.KindIdentity, Title: title("Pièce d’identité"), Formats: []string{"pdf"}, MaxBytes: 5 << 20, Required: true,
			Sides: []form.Text{title("Recto"), title("Verso")}, EndDate: true},
		{Key: "langue", Kind: dossier.KindLanguage, Title: title("Niveau de langue"), Formats: []string{"pdf"}, MaxBytes: 1 << 20, Required: true,
			MayExempt: true, Months: 24},
		{Key: "releves", Kind: dossier.KindTranscript, Title: title("Relevés de notes"), Formats: []string{"pdf"}, MaxBytes: 5 << 20, MaxFiles: 3},
	}
}

func newPapers(t testing.TB) *papersWorld {
	t.Helper()
	w := &papersWorld{world: newWorld(t)}
	w.tx(func(ctx context.Context, tx models.Tx) error {
		id, err := dossier.SaveList(ctx, tx, models.Operator(), dossier.List{Key: "essai", Name: form.Text{FR: "Essai"}, Specs: specs()})
		if err != nil {
			return err
		}
		_, err = tx.PGX.Exec(ctx, `UPDATE sessions SET requirement_list_id = $2 WHERE id = $1`, w.open, id)
		return err
	})
	w.by = w.person("Camille", "Martin")
	w.id = w.begin(w.by).ID
	return w
}

func (w *papersWorld) papers() application.Papers {
	w.t.Helper()
	return w.papersOf(w.by, w.id)
}

func (w *papersWorld) papersOf(by models.Actor, id models.ID) (p application.Papers) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		p, err = application.Documents(ctx, tx, by, id)
		return err
	})
	return p
}

func (w *papersWorld) slot(key string) dossier.Requirement {
	w.t.Helper()
	for _, r := range w.papers().Requirements {
		if r.Spec.Key == key {
			return r
		}
	}
	w.t.Fatalf("no requirement %s", key)
	return dossier.Requirement{}
}

func (w *papersWorld) tryDeposit(key string, place int, content string) (d dossier.Document, err error) {
	w.t.Helper()
	r := w.slot(key)
	err = w.try(func(ctx context.Context, tx models.Tx) (err error) {
		d, err = modelstest.Deposit(ctx, tx, w.by, w.id, r.ID, place, content)
		return err
	})
	return d, err
}

func (w *papersWorld) deposit(key string, place int, content string) dossier.Document {
	w.t.Helper()
	d, err := w.tryDeposit(key, place, content)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *papersWorld) upload(key string, place int, content string) (d dossier.Document) {
	w.t.Helper()
	r := w.slot(key)
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		d, err = modelstest.Upload(ctx, tx, w.by, w.id, r.ID, place, content)
		return err
	})
	return d
}

// depositAll gives everything that is required.
func (w *papersWorld) depositAll() {
	w.t.Helper()
	w.deposit("cv", 1, "cv")
	w.deposit("identite", 1, "recto")
	w.deposit("identite", 2, "verso")
	w.deposit("langue", 1, "langue")
}

// underReview sends Camille's application with its documents, which her line manager
// approves.
func (w *papersWorld) underReview() {
	w.t.Helper()
	w.depositAll()
	w.later(time.Hour)
	w.sendApproved()
}

// sendApproved sends the application as it stands; the line manager approves it.
func (w *papersWorld) sendApproved() {
	w.t.Helper()
	w.fill(w.by, w.id)
	if _, err := w.submit(w.by, w.id, w.recap(w.by, w.id)); err != nil {
		w.t.Fatal(err)
	}
	w.later(time.Hour)
	if err := w.answer(w.token(w.id), application.AnswerInput{Answer: application.Approve}); err != nil {
		w.t.Fatal(err)
	}
	w.later(time.Hour)
}

func (w *papersWorld) later(d time.Duration) {
	c := modelstest.Clock(w.db)
	c.Set(c.Now().Add(d))
}

func (w *papersWorld) review(by models.Actor) (r application.Review) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		r, err = application.OpenReview(ctx, tx, by, w.id)
		return err
	})
	return r
}

func (w *papersWorld) tryVerdict(by models.Actor, d models.ID, in application.VerdictInput) (v dossier.Verdict, err error) {
	err = w.try(func(ctx context.Context, tx models.Tx) (err error) {
		v, err = application.GiveVerdict(ctx, tx, by, d, in)
		return err
	})
	return v, err
}

func (w *papersWorld) verdict(d models.ID, kind dossier.VerdictKind) dossier.Verdict {
	w.t.Helper()
	v, err := w.tryVerdict(w.helene, d, application.VerdictInput{Kind: kind, Message: "Illisible"})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *papersWorld) tryAsk(by models.Actor, in application.RequestInput) (r application.InformationRequest, err error) {
	err = w.try(func(ctx context.Context, tx models.Tx) (err error) {
		r, err = application.RequestInformation(ctx, tx, by, w.id, in)
		return err
	})
	return r, err
}

// ask asks for pieces, by key.
func (w *papersWorld) ask(fields []string, keys ...string) application.InformationRequest {
	w.t.Helper()
	in := application.RequestInput{Message: "Merci de compléter", Fields: fields, Version: w.load(w.id).Version}
	for _, k := range keys {
		in.Requirements = append(in.Requirements, w.slot(k).ID)
	}
	r, err := w.tryAsk(w.helene, in)
	if err != nil {
		w.t.Fatal(err)
	}
	w.later(time.Hour)
	return r
}

func (w *papersWorld) retransmit(posted map[string][]string) (r application.Receipt, err error) {
	err = w.try(func(ctx context.Context, tx models.Tx) (err error) {
		r, err = application.Retransmit(ctx, tx, w.by, w.id, application.RetransmitInput{Posted: posted})
		return err
	})
	return r, err
}

// open opens a document as OpenDocument's callers do.
func (w *papersWorld) read(by models.Actor, d models.ID, how dossier.Reading) error {
	return w.try(func(ctx context.Context, tx models.Tx) error {
		_, _, err := application.OpenDocument(ctx, tx, by, d, how)
		return err
	})
}

func whys(lacks []dossier.Lack) string {
	s := ""
	for _, l := range lacks {
		s += fmt.Sprintf("%s:%s ", l.Key, l.Why)
	}
	return s
}
