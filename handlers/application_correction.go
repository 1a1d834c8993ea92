package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/models/merge"
	"passerelle/views/applications"
	"passerelle/views/documents"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// showCorrection is what a manager asks to complete (P9.3): just the questions and
// the pieces asked (P17.8).
func (p *Portal) showCorrection(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var asked application.Correction
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		asked, err = application.OpenCorrection(ctx, tx, c.Actor, id)
		return err
	})
	if err != nil {
		return p.notAsked(c, id, err)
	}
	return p.drawCorrection(c, http.StatusOK, asked, false)
}

// answerCorrection keeps what the page posted, and transmits again when its button
// says so.
func (p *Portal) answerCorrection(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	if lower(c.Value(applications.NameGo)) == applications.GoSend {
		return p.retransmit(c, id)
	}
	var asked application.Correction
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		asked, err = application.SaveCorrection(ctx, tx, c.Actor, id, application.SaveInput{Posted: c.Form()})
		return err
	})
	if err != nil {
		return p.notAsked(c, id, err)
	}
	if lower(c.Value(applications.NameGo)) == applications.GoSave && !c.Partial() {
		return c.SeeOther(paths.Complement(id.String()))
	}
	return p.drawCorrection(c, http.StatusOK, asked, false)
}

// retransmit sends the application again; pressed twice, the same receipt (P6.7).
func (p *Portal) retransmit(c *Call, id models.ID) error {
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.Retransmit(ctx, tx, c.Actor, id, application.RetransmitInput{Posted: c.Form()})
		return err
	})
	if err == nil {
		return c.to(paths.Receipt(id.String()))
	}
	e, ok := asError(err, models.KindInvalid)
	if !ok {
		return p.notAsked(c, id, err)
	}
	asked, ours := e.Data.(application.Correction)
	if !ours {
		return err
	}
	if err := p.keepCorrection(c, id); err != nil { // the refusal rolled back what was posted
		return err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error { return asked.Answers.Evaluate(ctx, tx, c.Actor) })
	if err != nil {
		return err
	}
	return p.drawCorrection(c, http.StatusUnprocessableEntity, asked, true)
}

func (p *Portal) keepCorrection(c *Call, id models.ID) error {
	return c.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.SaveCorrection(ctx, tx, c.Actor, id, application.SaveInput{Posted: c.Form()})
		return err
	})
}

// notAsked leads away from a correction that nobody asks for any more.
func (p *Portal) notAsked(c *Call, id models.ID, refusal error) error {
	if e, ok := asError(refusal, models.KindConflict); ok && e.Key == "application.nothing_asked" {
		return c.to(paths.Application(id.String()))
	}
	return p.orSignIn(c, id, refusal)
}

func (p *Portal) drawCorrection(c *Call, status int, asked application.Correction, errors bool) error {
	c.noStore()
	c.about(asked.Kind)
	page := p.correctionView(c, asked, errors)
	if c.Partial() && c.Target() == applications.SavedID {
		return c.Fragments(status, applications.Correction(page), applications.PartSaved)
	}
	return c.Fragments(status, applications.Correction(page), applications.PartForm)
}

func (p *Portal) correctionView(c *Call, asked application.Correction, errors bool) applications.CorrectionPage {
	d := p.draftView(c, shown{Answers: asked.Answers, step: 1})
	d.Context, d.Refused, d.Kept = p.openContext(asked, d.Moments), "", i18n.Day{}
	page := applications.CorrectionPage{Number: asked.Papers.Application.Reference(), Fields: asked.Fields,
		StepPage: applications.StepPage{Draft: d, Missing: true, Errors: errors, Arrived: c.Method() == http.MethodGet && !c.Partial()}}
	if r := asked.Request; r != nil {
		page.By, page.AskedOn, page.DueOn, page.Message = r.AskedByName, p.dayIn(&r.AskedAt), day(r.DueOn), r.Message
		page.Days = max(int(r.DueOn.Sub(p.DB.Today())/(24*time.Hour)), 0)
	}
	for _, r := range asked.Requirements {
		if !r.Asked {
			continue
		}
		s := p.slotView(c, asked.Papers, r)
		s.Within, s.Correction = true, true
		page.Slots = append(page.Slots, applications.SlotPiece{Slot: s, Forms: s.Forms(), Key: s.Key, Title: s.Title})
	}
	if len(page.Slots) > 0 {
		page.Slots[0].Forms = templ.Join(documents.Words(), page.Slots[0].Forms)
	}
	page.Lacks = p.lackLines(c, asked.Papers)
	return page
}

// openContext is the hidden context of the questions that are open, and the moments
// at which their answers were written.
func (p *Portal) openContext(asked application.Correction, moments map[merge.OpID]i18n.Moment) string {
	keys := []string{}
	for _, key := range asked.Answers.Result.Keys() {
		base := key
		if i := strings.IndexAny(base, "./"); i > 0 {
			base = base[:i]
		}
		if slices.Contains(asked.Fields, strings.TrimSuffix(base, form.SameSuffix)) {
			keys = append(keys, key)
			for _, op := range asked.Answers.Registers[key].Siblings {
				moments[op.ID] = p.moment(time.UnixMilli(op.At))
			}
		}
	}
	return asked.Answers.Registers.See(keys...).String()
}

// lackLines says what stands in the way of sending again, each with its place.
func (p *Portal) lackLines(c *Call, papers application.Papers) []ui.Problem {
	out := []ui.Problem{}
	for _, l := range papers.Missing {
		for _, r := range papers.Requirements {
			if r.ID != l.Requirement {
				continue
			}
			key := "applications.correction.lack"
			if l.Why == dossier.LackChecking || l.Why == dossier.LackUploading {
				key += "." + string(l.Why)
			}
			out = append(out, ui.Problem{Message: c.T(key, r.Spec.Title.In(string(c.Lang))), Field: form.PaperPrefix + r.Spec.Key,
				Href: "#" + form.PaperPrefix + r.Spec.Key})
		}
	}
	return out
}
