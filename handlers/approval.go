package handlers

import (
	"context"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/approvals"
	"passerelle/views/paths"
)

// showApproval is the page behind the link of a mail. It changes nothing,
// however often it is followed (P17.11).
func (p *Portal) showApproval(c *Call) error {
	page, err := p.approvalPage(c, c.Params("token"))
	if err != nil {
		return err
	}
	return p.drawApproval(c, http.StatusOK, page)
}

func (p *Portal) approvalPage(c *Call, token string) (approvals.Page, error) {
	page := approvals.Page{Signed: c.Actor.SignedIn()}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		r, door, err := application.ApprovalByToken(ctx, tx, token)
		page.Request, page.Door = p.requestView(r), string(door)
		page.Token = token
		return err
	})
	return page, err
}

// drawApproval answers 410 for a link that no longer opens anything.
func (p *Portal) drawApproval(c *Call, status int, page approvals.Page) error {
	c.noStore()
	c.Ctx.Set("X-Robots-Tag", "noindex, nofollow")
	if status == http.StatusOK && (page.Door == string(application.DoorExpired) && !page.Renewed || page.Door == string(application.DoorClosed)) {
		status = http.StatusGone
	}
	return c.RenderStatus(status, approvals.Approval(page))
}

// answerApproval records the answer given through a link.
func (p *Portal) answerApproval(c *Call) error {
	token := c.Params("token")
	in := c.answerInput()
	var r application.Request
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		r, err = application.AnswerByToken(ctx, tx, c.Actor, token, in)
		return err
	})
	return p.afterAnswer(c, r, in, err, func() (approvals.Page, error) { return p.approvalPage(c, token) })
}

func (c *Call) answerInput() application.AnswerInput {
	return application.AnswerInput{Answer: application.Answer(lower(c.Value("reponse"))), Reason: text(c.Value("motif"))}
}

// afterAnswer thanks, or shows the page again with what was typed.
func (p *Portal) afterAnswer(c *Call, r application.Request, in application.AnswerInput, err error, again func() (approvals.Page, error)) error {
	if err == nil {
		return p.drawApproval(c, http.StatusOK, approvals.Page{Request: p.requestView(r), Door: string(application.DoorAnswered), Just: true, Signed: c.Actor.SignedIn()})
	}
	kind := models.KindOf(err)
	if kind != models.KindInvalid && kind != models.KindConflict && kind != models.KindGone {
		return err
	}
	page, fault := again()
	if fault != nil {
		return fault
	}
	page.Choice, page.Typed = string(in.Answer), in.Reason
	if e, ok := asError(err, models.KindInvalid); ok {
		page.Errors = c.fieldWords(e)
	}
	return p.drawApproval(c, statusOf(kind), page)
}

// renewApproval sends a new link to the address of an expired one (P6.1).
func (p *Portal) renewApproval(c *Call) error {
	token := c.Params("token")
	err := c.InTx(func(ctx context.Context, tx models.Tx) error { return application.RenewLink(ctx, tx, token) })
	gone := models.KindOf(err) == models.KindGone && err != nil
	if err != nil && !gone {
		return err
	}
	page, err := p.approvalPage(c, token)
	if err != nil {
		return err
	}
	page.Renewed = !gone
	return p.drawApproval(c, http.StatusOK, page)
}

// listApprovals is « Mes validations » (P18.2).
func (p *Portal) listApprovals(c *Call) error {
	page := approvals.MinePage{}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		mine, err := application.MyApprovals(ctx, tx, c.Actor)
		for _, r := range mine {
			page.Requests = append(page.Requests, p.requestView(r))
		}
		return err
	})
	if err != nil {
		return err
	}
	c.noStore()
	return c.Render(approvals.Mine(page))
}

// showMyApproval is one request to the signed-in line manager.
func (p *Portal) showMyApproval(c *Call) error {
	page, err := p.myApprovalPage(c)
	if err != nil {
		return err
	}
	return p.drawApproval(c, http.StatusOK, page)
}

func (p *Portal) myApprovalPage(c *Call) (approvals.Page, error) {
	page := approvals.Page{Signed: true}
	id, err := c.ID("id")
	if err != nil {
		return page, err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		r, err := application.ApprovalByAccount(ctx, tx, c.Actor, id)
		page.Request = p.requestView(r)
		switch {
		case r.Approval.State.Answered():
			page.Door = string(application.DoorAnswered)
		case page.Open():
			page.Door = string(application.DoorOpen)
		default:
			page.Door = string(application.DoorClosed)
		}
		return err
	})
	return page, err
}

// answerMyApproval records the answer of a signed-in line manager.
func (p *Portal) answerMyApproval(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	in := c.answerInput()
	var r application.Request
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		r, err = application.AnswerByAccount(ctx, tx, c.Actor, id, in)
		return err
	})
	return p.afterAnswer(c, r, in, err, func() (approvals.Page, error) { return p.myApprovalPage(c) })
}

// requestView is a request in the words of the line manager's screens.
func (p *Portal) requestView(r application.Request) approvals.Request {
	v := approvals.Request{ID: r.Approval.ID.String(), Applicant: r.Applicant, Job: r.Job, Service: r.Service, Employer: r.Employer,
		Course: r.Session.Title, CourseRef: r.Session.Reference, StartsOn: day(r.Session.StartsOn), EndsOn: day(r.Session.EndsOn),
		Days: approvals.DaysOf(r.Session.StartsOn, r.Session.EndsOn), Place: r.Session.Place, Remote: r.Session.Modality == "remote",
		Why: r.Why, Hopes: r.Hopes, AnswerBy: day(r.AnswerBy), AskedOn: p.dayIn(&r.Approval.RequestedAt), Manager: r.Approval.Name(),
		State: string(r.Approval.State), Reason: r.Approval.Reason, Closed: r.State != application.AwaitingApproval}
	if r.Approval.AnsweredAt != nil {
		v.Answered = p.moment(*r.Approval.AnsweredAt)
	}
	return v
}

// approvalRoutes are the line manager's addresses.
func (p *Portal) approvalRoutes() []Route {
	get, post := fiber.MethodGet, fiber.MethodPost
	return []Route{
		{Method: get, Path: paths.MyApprovals(), Policy: SignedIn, Handler: p.listApprovals},
		{Method: get, Path: paths.MyApprovals() + "/:id", Policy: SignedIn, Object: ApprovalObject, Handler: p.showMyApproval},
		{Method: post, Path: paths.MyApprovals() + "/:id", Policy: SignedIn, Object: ApprovalObject, Handler: p.answerMyApproval, Limit: LimitWrite},
		{Method: get, Path: "/validation/:token", Policy: LinkHolder, Object: ApprovalObject, Handler: p.showApproval},
		{Method: post, Path: "/validation/:token", Policy: LinkHolder, Object: ApprovalObject, Handler: p.answerApproval, Limit: LimitWrite},
		{Method: post, Path: "/validation/:token/renouvellement", Policy: LinkHolder, Object: ApprovalObject, Handler: p.renewApproval, Limit: LimitAccount},
	}
}
