package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/desk"
)

// decideApplication records a decision (P18.4). Refused by field: the same page
// with every word kept (422). Decided by a colleague meanwhile: the page that
// says who, what and when (409, P9.5).
func (p *Portal) decideApplication(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	in, bad := c.decideInput()
	if bad != nil {
		return c.decisionAgain(bad)
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.Decide(ctx, tx, c.Actor, id, in)
		return err
	})
	if err == nil {
		return c.back(id, "decision")
	}
	var e *models.Error
	if errors.As(err, &e) && (e.Kind == models.KindInvalid || e.Kind == models.KindConflict) {
		return c.decisionAgain(e)
	}
	return err
}

// decideInput parses the form; a rank or a version that is no number is
// refused.
func (c *Call) decideInput() (application.DecideInput, *models.Error) {
	in := application.DecideInput{Kind: application.Verdict(c.Value("decision")), Reason: c.Text("motif"), Message: c.Text("message")}
	version, err := strconv.Atoi(c.Value("version"))
	if err != nil {
		return in, &models.Error{Kind: models.KindMalformed, Key: "body.encoding"}
	}
	in.Version = version
	if in.Kind == application.VerdictWaitlisted && c.Text("rang") != "" {
		if in.Rank, err = strconv.Atoi(c.Text("rang")); err != nil || in.Rank < 1 {
			return in, models.Invalid("desk.decision_invalid", models.FieldError{Field: "rang", Key: "desk.rank_wrong"})
		}
	}
	if c.Value("communication") == desk.ReleaseNow {
		today := models.Date(c.Portal.DB.Clock.Now(), c.Portal.DB.Zone)
		in.ReleaseOn = &today
	}
	return in, nil
}

// decisionAgain shows a refused decision with every word kept.
func (c *Call) decisionAgain(e *models.Error) error {
	if e.Kind == models.KindMalformed {
		return e
	}
	page, err := c.dossier()
	if err != nil {
		return err
	}
	page.Form = desk.DecisionForm{Kind: c.Value("decision"), Reason: c.Text("motif"), Message: c.Text("message"), Rank: c.Text("rang"),
		Release: c.Value("communication"), Errors: messages(e)}
	conflict, ok := e.Data.(application.DecisionConflict)
	if e.Kind == models.KindInvalid {
		return c.RenderStatus(http.StatusUnprocessableEntity, desk.Dossier(page))
	}
	if !ok || e.Key != "desk.already_decided" {
		page.Form.Banner = e.Key
		return c.RenderStatus(http.StatusConflict, desk.Dossier(page))
	}
	return c.RenderStatus(http.StatusConflict, desk.Conflict(desk.ConflictPage{DossierPage: page, Conflict: conflict, Me: c.Actor.Name,
		SeenFree: c.seen("vu_libres"), SeenWait: c.seen("vu_attente"), SeenAt: c.seenAt()}))
}

// seen reads a figure that the page showed, for what changed since; -1 when it
// is none.
func (c *Call) seen(name string) int {
	n, err := strconv.Atoi(c.Value(name))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

func (c *Call) seenAt() time.Time {
	n, err := strconv.ParseInt(c.Value("vu_a"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// messages are the keys of an error's messages, by field.
func messages(e *models.Error) map[string]string {
	m := map[string]string{}
	for _, f := range e.Fields {
		if m[f.Field] == "" {
			m[f.Field] = f.Key
		}
	}
	return m
}
