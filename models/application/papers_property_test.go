package application_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/modelstest"
	"passerelle/models/verify"
)

// place names one place of one requirement.
type place struct {
	slot models.ID
	at   int
}

// shadow is what must be true of a dossier, kept apart from it by a simpler rule.
type shadow struct {
	versions map[place]int                     // highest number
	live     map[place]models.ID               // version in force
	files    map[models.ID]models.ID           // of every version ever made
	verdicts map[models.ID]dossier.VerdictKind // in force, by version
	told     map[place]models.ID               // in force when last sent
	asked    []models.ID
}

// TestPinpoint is the property of P17.8: random sequences of deposits, inspections,
// verdicts, requests and retransmissions, on a real database, checked after each step
// against the shadow.
func TestPinpoint(t *testing.T) {
	if testing.Short() {
		t.Skip("a long sequence of one thing after another")
	}
	t.Parallel()
	t.Run("P17.8 verdicts of untouched versions always stand, just what is asked is open, changed is what differs", func(t *testing.T) {
		w := newPapers(t)
		w.underReview()
		base := w.id
		rapid.Check(t, func(rt *rapid.T) {
			// Every sequence starts from the same dossier and is rolled back.
			_ = w.db.InRolledBackTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
				s := &steps{papersWorld: w, rt: rt, ctx: ctx, tx: tx, id: base, shadow: shadow{versions: map[place]int{}, live: map[place]models.ID{},
					files: map[models.ID]models.ID{}, verdicts: map[models.ID]dossier.VerdictKind{}, told: map[place]models.ID{}}}
				s.learn()
				for range rapid.IntRange(5, 25).Draw(rt, "steps") {
					s.tick()
					s.one()
					s.check()
				}
				found, err := verify.In(ctx, tx)
				for _, v := range found {
					if slices.Contains([]string{"P7.2", "P7.3", "P7.4", "P9.3", "P12.6", "P17.8"}, v.Rule) {
						rt.Errorf("verify: %s", v)
					}
				}
				return err
			})
		})
	})
}

type steps struct {
	*papersWorld
	rt  *rapid.T
	ctx context.Context
	tx  models.Tx
	id  models.ID
	shadow
	checking []dossier.Document
	made     int
}

// tick moves the transaction's own clock.
func (s *steps) tick() { s.tx.Now = s.tx.Now.Add(time.Minute) }

func (s *steps) fail(err error) {
	if err != nil {
		s.rt.Fatalf("%v", err)
	}
}

func (s *steps) now() application.Papers {
	p, err := application.Documents(s.ctx, s.tx, s.by, s.id)
	s.fail(err)
	return p
}

func (s *steps) learn() {
	for _, r := range s.now().Requirements {
		for _, d := range r.Live() {
			at := place{r.ID, d.Place}
			s.versions[at], s.live[at], s.told[at], s.files[d.ID] = d.Version, d.ID, d.ID, d.File.ID
		}
	}
}

func (s *steps) one() {
	p := s.now()
	r := p.Requirements[rapid.IntRange(0, len(p.Requirements)-1).Draw(s.rt, "slot")]
	at := place{r.ID, rapid.IntRange(1, r.Spec.Places()).Draw(s.rt, "place")}
	switch rapid.SampledFrom([]string{"upload", "upload", "inspect", "inspect", "verdict", "verdict", "ask", "remove", "send", "send"}).Draw(s.rt, "what") {
	case "upload":
		s.upload(r, at)
	case "inspect":
		s.inspect()
	case "verdict":
		s.judge(at)
	case "remove":
		s.remove(r, at)
	case "ask":
		s.ask(p)
	case "send":
		s.send(p)
	}
}

// refusedUnlessOpen checks that a closed slot refuses, and an open one does not.
func (s *steps) refusedUnlessOpen(r dossier.Requirement, err error) bool {
	if r.Open != (err == nil) {
		s.rt.Fatalf("open %v, but %v", r.Open, err)
	}
	return err == nil
}

func (s *steps) upload(r dossier.Requirement, at place) {
	s.made++
	d, err := modelstest.Upload(s.ctx, s.tx, s.by, s.id, r.ID, at.at, fmt.Sprint("content", s.made))
	if s.refusedUnlessOpen(r, err) {
		s.versions[at]++
		if d.Version != s.versions[at] {
			s.rt.Fatalf("version %d, want %d", d.Version, s.versions[at])
		}
		s.files[d.ID] = d.File.ID
		s.checking = append(s.checking, d)
	}
}

func (s *steps) inspect() {
	if len(s.checking) == 0 {
		return
	}
	i := rapid.IntRange(0, len(s.checking)-1).Draw(s.rt, "which")
	d := s.checking[i]
	s.checking = slices.Delete(s.checking, i, i+1)
	at := place{d.Requirement, d.Place}
	if rapid.Bool().Draw(s.rt, "good") {
		s.fail(modelstest.Accept(s.ctx, s.tx, d.File.ID))
		if was, ok := s.live[at]; !ok || s.number(was) < d.Version {
			s.live[at] = d.ID
		}
		return
	}
	s.fail(dossier.Inspected(s.ctx, s.tx, d.File.ID, dossier.Findings{Verdict: "refuse", Reason: "unreadable"}))
}

func (s *steps) number(id models.ID) int {
	d, err := dossier.ByID(s.ctx, s.tx, id)
	s.fail(err)
	return d.Version
}

func (s *steps) judge(at place) {
	id, ok := s.live[at]
	if !ok {
		return
	}
	kind := rapid.SampledFrom([]dossier.VerdictKind{dossier.Valid, dossier.Rejected, dossier.ToComplete}).Draw(s.rt, "verdict")
	d, err := dossier.ByID(s.ctx, s.tx, id)
	s.fail(err)
	in := application.VerdictInput{Kind: kind, Message: "Voyez"}
	if d.Verdict != nil {
		in.SeenVerdict = d.Verdict.ID
	}
	_, err = application.GiveVerdict(s.ctx, s.tx, s.helene, id, in)
	if slices.Contains(s.asked, at.slot) {
		var refused *models.Error
		want := "desk.document_asked"
		if s.told[at] != id {
			want = "document.not_found"
		}
		if !errors.As(err, &refused) || refused.Key != want {
			s.rt.Fatalf("a word on what is asked: %v, want %s", err, want)
		}
		return
	}
	s.fail(err)
	s.verdicts[id] = kind
}

func (s *steps) remove(r dossier.Requirement, at place) {
	id, ok := s.live[at]
	if !ok {
		return
	}
	if s.refusedUnlessOpen(r, application.RemoveDocument(s.ctx, s.tx, s.by, id)) {
		delete(s.live, at)
	}
}

func (s *steps) ask(p application.Papers) {
	if p.State != application.UnderReview {
		return
	}
	in := application.RequestInput{Message: "Complétez", Version: p.Version}
	for _, r := range p.Requirements {
		if rapid.Bool().Draw(s.rt, "asked "+r.Spec.Key) {
			in.Requirements = append(in.Requirements, r.ID)
		}
	}
	if len(in.Requirements) == 0 {
		return
	}
	_, err := application.RequestInformation(s.ctx, s.tx, s.helene, s.id, in)
	s.fail(err)
	s.asked = in.Requirements
}

func (s *steps) send(p application.Papers) {
	if p.State != application.InformationRequested {
		return
	}
	if rapid.Bool().Draw(s.rt, "whole") {
		s.answer(p)
		p = s.now()
	}
	_, err := application.Retransmit(s.ctx, s.tx, s.by, s.id, application.RetransmitInput{})
	var refused *models.Error
	if errors.As(err, &refused) && refused.Key == "application.correction_incomplete" {
		if len(p.Missing) == 0 {
			s.rt.Fatal("refused, and nothing is missing")
		}
		return
	}
	s.fail(err)
	want := map[models.ID]bool{}
	for _, all := range []map[place]models.ID{s.live, s.told} {
		for at := range all {
			if s.live[at] != s.told[at] {
				want[at.slot] = true
			}
		}
	}
	review, err := application.OpenReview(s.ctx, s.tx, s.helene, s.id)
	s.fail(err)
	if len(review.Changed) != len(want) {
		s.rt.Fatalf("changed %v, want %v", review.Changed, want)
	}
	for id := range want {
		if !review.Changed[id] {
			s.rt.Fatalf("%s changed and is not shown", id)
		}
	}
	s.asked, s.told = nil, map[place]models.ID{}
	for at, id := range s.live {
		s.told[at] = id
	}
}

// answer gives a good version of all that is asked.
func (s *steps) answer(p application.Papers) {
	for len(s.checking) > 0 {
		s.inspect()
	}
	for _, r := range p.Requirements {
		for at := 1; r.Open && at <= r.Spec.Places(); at++ {
			s.upload(r, place{r.ID, at})
			d := s.checking[len(s.checking)-1]
			s.checking = s.checking[:len(s.checking)-1]
			s.fail(modelstest.Accept(s.ctx, s.tx, d.File.ID))
			s.live[place{r.ID, at}] = d.ID
		}
	}
}

// check compares the dossier with the shadow.
func (s *steps) check() {
	live := 0
	for _, r := range s.now().Requirements {
		if want := slices.Contains(s.asked, r.ID); r.Open != want {
			s.rt.Fatalf("%s open %v, want %v", r.Spec.Key, r.Open, want)
		}
		seen := map[place][]int{}
		for _, d := range slices.Concat(r.Documents, r.History) {
			at := place{r.ID, d.Place}
			seen[at] = append(seen[at], d.Version)
			if s.files[d.ID] != d.File.ID {
				s.rt.Fatalf("the file of a version changed")
			}
			if d.State == dossier.Live {
				live++
				if s.live[at] != d.ID {
					s.rt.Fatalf("version %d in force at a place that has another", d.Version)
				}
			}
		}
		for at, numbers := range seen {
			slices.Sort(numbers)
			if len(numbers) != s.versions[at] || numbers[0] != 1 || numbers[len(numbers)-1] != s.versions[at] {
				s.rt.Fatalf("versions %v, want 1 to %d", numbers, s.versions[at])
			}
		}
	}
	if live != len(s.live) {
		s.rt.Fatalf("%d in force, want %d", live, len(s.live))
	}
	review, err := application.OpenReview(s.ctx, s.tx, s.helene, s.id)
	s.fail(err)
	for _, r := range review.Requirements {
		for _, d := range r.Documents {
			if s.told[place{r.ID, d.Place}] != d.ID {
				s.rt.Fatalf("the service is shown a version that was not sent")
			}
			kind, judged := s.verdicts[d.ID]
			if judged != (d.Verdict != nil) || judged && d.Verdict.Kind != kind {
				s.rt.Fatalf("verdict %+v, want %q", d.Verdict, kind)
			}
		}
	}
}
