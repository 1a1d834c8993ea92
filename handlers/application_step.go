package handlers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/form"
	"passerelle/models/merge"
	"passerelle/views/applications"
	"passerelle/views/i18n"
	"passerelle/views/paths"
)

// showStep shows a page of a draft (P5.5), the recapitulation on the last one.
func (p *Portal) showStep(c *Call) error {
	id, n, err := c.draftStep()
	if err != nil {
		return err
	}
	var d application.Answers
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if d, err = application.Open(ctx, tx, c.Actor, id); err != nil {
			return err
		}
		if !c.recognised(d.Application) {
			return nil
		}
		if _, ok := d.Form.Step(n); !ok {
			return models.NotFound("application.no_such_step")
		}
		return nil
	})
	if err != nil {
		return p.moved(c, id, err)
	}
	if !c.recognised(d.Application) {
		return c.to(paths.FoundDraft())
	}
	if d.Account == uuid.Nil {
		c.recognise()
	}
	return p.drawStep(c, http.StatusOK, shown{Answers: d, step: n, missing: c.Query(applications.MissingQ) != ""})
}

// draftStep reads the address of a step.
func (c *Call) draftStep() (models.ID, int, error) {
	id, err := c.ID("id")
	if err != nil {
		return id, 0, err
	}
	n, err := strconv.ParseUint(c.Params("n"), 10, 8)
	if err != nil || n < 1 {
		return id, 0, models.NotFound("application.no_such_step")
	}
	return id, int(n), nil
}

// shown is what a page of a draft needs to be drawn.
type shown struct {
	application.Answers
	step    int
	missing bool // mark what is missing
	errors  bool // the summary stands on top
	lost    []form.Problem
	stale   []string // inputs that changed since the recapitulation
}

// drawStep draws a page, or its form alone for htmx.
func (p *Portal) drawStep(c *Call, status int, s shown) error {
	c.noStore()
	page := applications.StepPage{Draft: p.draftView(c, s), Missing: s.missing, Errors: s.errors, Lost: s.lost, Arrived: c.Method() == http.MethodGet && !c.Partial()}
	step, ok := s.Form.Step(s.step)
	if !ok {
		return models.NotFound("application.no_such_step")
	}
	if step.Documents && len(step.Blocks) == 0 {
		return c.to(paths.Pieces(s.ID.String()))
	}
	var err error
	if page.Pieces, err = p.stepSlots(c, s.ID, s.Form, s.step); err != nil {
		return err
	}
	if step.Recap {
		recap, err := p.recapView(c, page, s)
		if err != nil {
			return err
		}
		return c.RenderStatus(status, applications.Recap(recap))
	}
	if c.Partial() && c.Target() == applications.SavedID {
		return c.Fragments(status, applications.Step(page), applications.PartSaved)
	}
	return c.Fragments(status, applications.Step(page), applications.PartForm)
}

// draftView turns answers into what every page of a draft shows.
func (p *Portal) draftView(c *Call, s shown) applications.Draft {
	d := applications.Draft{ID: s.ID.String(), Session: c.session(s.Session), Form: s.Form, Result: &s.Result, Number: s.step,
		Version: strconv.Itoa(s.Form.Version), Page: c.pageName(), Today: day(p.DB.Today()), Claimed: s.Account != uuid.Nil,
		Moments: map[merge.OpID]i18n.Moment{}, Device: c.Actor.Device}
	if state := s.Session.StateOn(p.DB.Today()); !state.Choosable() {
		d.Refused = c.T(state.Reason())
	}
	if kept, ok := s.Expiry(p.DB.Zone); ok {
		d.Kept = day(kept)
	}
	if s.SavedAt != nil {
		d.Saved = p.moment(*s.SavedAt)
	}
	if s.step <= len(s.Result.Steps) {
		keys := s.Result.Steps[s.step-1].Keys()
		d.Context = s.Registers.See(keys...).String()
		for _, key := range keys {
			for _, op := range s.Registers[key].Siblings {
				d.Moments[op.ID] = p.moment(time.UnixMilli(op.At))
			}
		}
	}
	return d
}

// pageName names one showing of a page; a page sent again keeps its name.
func (c *Call) pageName() string {
	if name := c.Value(application.NamePage); name != "" && len(name) <= 32 {
		return name
	}
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// saveStep keeps what a page posted and goes where its button says (P5.5).
func (p *Portal) saveStep(c *Call) error {
	id, n, err := c.draftStep()
	if err != nil {
		return err
	}
	var s application.Saved
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		s, err = application.SaveStep(ctx, tx, c.Actor, id, application.SaveInput{Step: n, Posted: c.Form()})
		if err != nil {
			return err
		}
		return s.Evaluate(ctx, tx, c.Actor)
	})
	if err != nil {
		return p.moved(c, id, err)
	}
	if s.Account == uuid.Nil {
		c.recognise()
	}
	return p.afterSave(c, s)
}

// afterSave chooses the answer: conflicts and wrong answers stop « suite », and
// never the saving itself.
func (p *Portal) afterSave(c *Call, s application.Saved) error {
	page := shown{Answers: s.Answers, step: s.Step, lost: s.Problems}
	st := &s.Result.Steps[min(s.Step, len(s.Result.Steps))-1]
	last := len(s.Form.Steps)
	switch lower(c.Value(applications.NameGo)) {
	case applications.GoNext:
		switch {
		case st.Conflicts > 0:
			return p.drawStep(c, http.StatusConflict, page)
		case st.Wrong > 0 || len(s.Problems) > 0:
			page.errors = true
			return p.drawStep(c, http.StatusUnprocessableEntity, page)
		}
		return c.to(paths.Step(s.ID.String(), min(s.Step+1, last)))
	case applications.GoBack:
		return c.to(paths.Step(s.ID.String(), max(s.Step-1, 1)))
	case applications.GoSave:
		if st.Wrong > 0 {
			page.errors = true
			return p.drawStep(c, http.StatusUnprocessableEntity, page)
		}
		if len(s.Problems) == 0 && !c.Partial() {
			return c.SeeOther(paths.Step(s.ID.String(), s.Step))
		}
	}
	status := http.StatusOK
	if len(s.Problems) > 0 {
		page.errors, status = true, http.StatusUnprocessableEntity
	}
	return p.drawStep(c, status, page)
}

// recapView is the last page: everything to be sent, and what stands in the way.
func (p *Portal) recapView(c *Call, page applications.StepPage, s shown) (applications.RecapPage, error) {
	r := applications.RecapPage{StepPage: page, Signed: c.Actor.SignedIn(), Pending: s.PendingAccount != uuid.Nil, Seen: s.Seen()}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		if err := s.Evaluate(ctx, tx, c.Actor); err != nil { // look-ups live as long as a transaction
			return err
		}
		r.Result = &s.Result
		r.Blocks = form.Recap(&s.Result, s.Env, string(c.Lang))
		return nil
	})
	for _, b := range r.Blocks {
		for _, row := range b.Rows {
			if slices.Contains(s.stale, row.Key) {
				r.Stale = append(r.Stale, form.Problem{Field: row.Key, Label: form.Text{FR: row.Label}})
			}
		}
	}
	if len(s.stale) > 0 && len(r.Stale) == 0 {
		r.Stale = []form.Problem{{Field: "envoi", Label: form.Text{FR: c.T("applications.recap.title")}}}
	}
	return r, err
}
