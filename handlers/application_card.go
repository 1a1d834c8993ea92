package handlers

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/form"
	"passerelle/views/applications"
	"passerelle/views/paths"
)

// listApplications is « Mes candidatures » (P6.6).
func (p *Portal) listApplications(c *Call) error {
	page := applications.DashboardPage{Show: lower(c.Query("voir")), Erased: c.Query("efface") != ""}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		cards, err := application.Dashboard(ctx, tx, c.Actor)
		if err != nil {
			return err
		}
		for _, card := range cards {
			view := p.cardView(card)
			if err := p.cardPapers(ctx, tx, c.Actor, &view, card.Application); err != nil {
				return err
			}
			if card.State == application.Draft {
				if err := p.draftProgress(ctx, tx, c.Actor, &view, card.Application); err != nil {
					return err
				}
			}
			page.Cards = append(page.Cards, view)
		}
		found, err := application.DraftsOf(ctx, tx, c.Actor)
		page.Found = len(found)
		return err
	})
	if err != nil {
		return err
	}
	c.noStore()
	return c.Render(applications.Dashboard(page))
}

// cardPapers says whether an application has documents, and what is asked again.
func (p *Portal) cardPapers(ctx context.Context, tx models.Tx, by models.Actor, view *applications.Card, a application.Application) error {
	if a.State == application.Draft || a.SubmittedAt == nil {
		return nil
	}
	papers, err := application.Documents(ctx, tx, by, a.ID)
	if err != nil {
		return err
	}
	view.Papers = len(papers.Requirements) > 0
	if papers.Request != nil {
		view.ToFix = len(papers.Request.Requirements)
		view.Deadline = day(papers.Request.DueOn)
		view.DaysLeft = max(int(papers.Request.DueOn.Sub(p.DB.Today())/(24*time.Hour)), 0)
	}
	return nil
}

// draftProgress says how far a draft is: steps done, minutes left, where to go on.
func (p *Portal) draftProgress(ctx context.Context, tx models.Tx, by models.Actor, view *applications.Card, a application.Application) error {
	d, err := application.Open(ctx, tx, by, a.ID)
	if models.KindOf(err) == models.KindGone && err != nil {
		view.Steps, view.Resume = 0, 1
		return nil
	}
	if err != nil {
		return err
	}
	view.Steps, view.Minutes, view.Resume = len(d.Result.Steps), d.Result.MinutesLeft, max(a.Step, 1)
	for i := range d.Result.Steps {
		if d.Result.Steps[i].State == form.Complete {
			view.StepsDone++
		}
	}
	return nil
}

// cardView is a card in the words of the applicant's screens.
func (p *Portal) cardView(c application.Card) applications.Card {
	v := applications.Card{ID: c.ID.String(), Number: c.Reference(), State: string(c.State), Turn: string(c.Turn), Session: sessionView(c.Session),
		Since: p.moment(c.Since), SentOn: p.dayIn(c.SubmittedAt), DecisionOn: day(c.Decision), Usual: c.Usual, Rank: c.Rank, Cause: c.ClosingCause,
		Resume: max(c.Step, 1), DaysLeft: -1}
	if c.Deadline != nil {
		v.Deadline, v.DaysLeft = day(*c.Deadline), max(int(c.Deadline.Sub(p.DB.Today())/(24*time.Hour)), 0)
	}
	if a := c.Approval; a != nil {
		v.Approver, v.AskedOn = a.Name(), p.dayIn(&a.RequestedAt)
		v.Stuck, v.NotMine = a.State == application.ApprovalStuck, a.State == application.ApprovalNotMyStaff
		if c.State == application.ApprovalRefused {
			v.Reason = a.Reason
		}
	}
	switch c.State {
	case application.AwaitingApproval, application.UnderReview, application.InformationRequested:
		v.Late = c.Decision.Before(p.DB.Today())
	}
	if c.Told != nil {
		v.Reason, v.Message, v.DecisionOn = c.Told.Reason, c.Told.Message, p.dayIn(&c.Told.At)
	}
	for _, a := range c.Actions {
		v.Actions = append(v.Actions, applications.Action{Kind: string(a.Kind), Unmet: a.Unmet})
	}
	for _, e := range c.History {
		v.History = append(v.History, applications.Line{Kind: e.Kind, At: p.moment(e.At), Reason: e.Reason})
	}
	return v
}

// showApplication is one application: a draft goes to its page, what was sent
// shows where it stands and what was sent. For the applicant alone.
func (p *Portal) showApplication(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var card application.Card
	var sent application.Submission
	var view applications.Card
	var pieces []applications.SentPiece
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if card, err = application.CardOf(ctx, tx, c.Actor, id); err != nil || card.SubmittedAt == nil {
			return err
		}
		view = p.cardView(card)
		if err = p.cardPapers(ctx, tx, c.Actor, &view, card.Application); err != nil {
			return err
		}
		if sent, err = application.SubmissionOf(ctx, tx, card.Application); err != nil {
			return err
		}
		pieces, err = sentPieces(ctx, tx, c, card.Application, sent)
		return err
	})
	if err != nil {
		return p.orSignIn(c, id, err)
	}
	switch {
	case card.State == application.Draft && !c.recognised(card.Application):
		return c.SeeOther(paths.FoundDraft())
	case card.State == application.Draft:
		return c.SeeOther(paths.Step(id.String(), max(card.Step, 1)))
	case card.State == application.Expired && card.Account == uuid.Nil:
		return models.Gone("application.draft_expired")
	}
	c.noStore()
	c.about(card.Kind)
	return c.Render(applications.Application(applications.ApplicationPage{Card: view, Sent: sent.Snapshot, Pieces: pieces}))
}

// text is a posted text without surrounding blanks, its ends of lines as ours.
func text(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
