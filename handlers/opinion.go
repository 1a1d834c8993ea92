package handlers

import (
	"context"
	"net/http"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/opinions"
)

// OpinionObject is a request for an expert's opinion: by the link of its mail, or
// signed in with the address that was asked (P9.6).
const OpinionObject Object = "request for an opinion"

// opinionRoutes are the expert's addresses.
func (p *Portal) opinionRoutes() []Route {
	get, post := fiber.MethodGet, fiber.MethodPost
	const link, mine = "/avis/:token", "/mes-avis/:id"
	return []Route{
		{Method: get, Path: link, Policy: LinkHolder, Object: OpinionObject, Handler: p.showOpinion},
		{Method: post, Path: link, Policy: LinkHolder, Object: OpinionObject, Handler: p.giveOpinion, Limit: LimitWrite},
		{Method: post, Path: link + "/renouvellement", Policy: LinkHolder, Object: OpinionObject, Handler: p.renewOpinion, Limit: LimitAccount},
		{Method: get, Path: link + "/pieces/:document", Policy: LinkHolder, Object: OpinionObject, Handler: p.downloadConsulted},
		{Method: get, Path: link + "/pieces/:document/pages/:n", Policy: LinkHolder, Object: OpinionObject, Handler: p.showConsultedPage},
		{Method: get, Path: mine, Policy: SignedIn, Object: OpinionObject, Handler: p.showMyOpinion},
		{Method: post, Path: mine, Policy: SignedIn, Object: OpinionObject, Handler: p.giveMyOpinion, Limit: LimitWrite},
	}
}

// showOpinion is the page behind the link of a mail. It changes nothing, however often
// it is followed (P17.11).
func (p *Portal) showOpinion(c *Call) error {
	page, err := p.opinionPage(c, c.Params("token"))
	if err != nil {
		return err
	}
	return p.drawOpinion(c, http.StatusOK, page)
}

func (p *Portal) opinionPage(c *Call, token string) (opinions.Page, error) {
	page := opinions.Page{Token: token, Zone: p.DB.Zone}
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		page.Consulted, page.Door, err = application.OpinionByToken(ctx, tx, token)
		return err
	})
	return page, err
}

func (p *Portal) myOpinionPage(c *Call) (opinions.Page, error) {
	page := opinions.Page{Zone: p.DB.Zone}
	id, err := c.ID("id")
	if err != nil {
		return page, err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		page.Consulted, page.Door, err = application.OpinionByAccount(ctx, tx, c.Actor, id)
		return err
	})
	return page, err
}

// drawOpinion answers 410 for a link that no longer opens anything.
func (p *Portal) drawOpinion(c *Call, status int, page opinions.Page) error {
	c.noStore()
	c.Ctx.Set("X-Robots-Tag", "noindex, nofollow")
	over := page.Door == application.DoorExpired && !page.Renewed || page.Door == application.DoorClosed
	if status == http.StatusOK && over && page.Token != "" {
		status = http.StatusGone
	}
	return c.RenderStatus(status, opinions.Opinion(page))
}

func (p *Portal) showMyOpinion(c *Call) error {
	page, err := p.myOpinionPage(c)
	if err != nil {
		return err
	}
	return p.drawOpinion(c, http.StatusOK, page)
}

// giveOpinion records the opinion given through a link.
func (p *Portal) giveOpinion(c *Call) error {
	token, in := c.Params("token"), c.adviceInput()
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		return application.GiveOpinionByToken(ctx, tx, c.Actor, token, in)
	})
	return p.afterOpinion(c, in, err, func() (opinions.Page, error) { return p.opinionPage(c, token) })
}

// giveMyOpinion records that of a signed-in expert.
func (p *Portal) giveMyOpinion(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	in := c.adviceInput()
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		return application.GiveOpinionByAccount(ctx, tx, c.Actor, id, in)
	})
	return p.afterOpinion(c, in, err, func() (opinions.Page, error) { return p.myOpinionPage(c) })
}

func (c *Call) adviceInput() application.AdviceInput {
	return application.AdviceInput{Advice: application.Advice(lower(c.Value("avis"))), Body: text(c.Value("texte"))}
}

// afterOpinion thanks, or shows the page again with what was typed.
func (p *Portal) afterOpinion(c *Call, in application.AdviceInput, err error, again func() (opinions.Page, error)) error {
	kind := models.KindOf(err)
	if err != nil && kind != models.KindInvalid && kind != models.KindConflict && kind != models.KindGone {
		return err
	}
	page, fault := again()
	if fault != nil {
		return fault
	}
	if err == nil {
		page.Just = true
		return p.drawOpinion(c, http.StatusOK, page)
	}
	page.Typed = in
	if e, ok := asError(err, models.KindInvalid); ok {
		page.Errors = c.fieldWords(e)
	}
	return p.drawOpinion(c, statusOf(kind), page)
}

// renewOpinion sends a new link to the address of an expired one (P6.1).
func (p *Portal) renewOpinion(c *Call) error {
	token := c.Params("token")
	err := c.InTx(func(ctx context.Context, tx models.Tx) error { return application.RenewOpinionLink(ctx, tx, token) })
	gone := err != nil && models.KindOf(err) == models.KindGone
	if err != nil && !gone {
		return err
	}
	page, err := p.opinionPage(c, token)
	if err != nil {
		return err
	}
	page.Renewed = !gone
	return p.drawOpinion(c, http.StatusOK, page)
}

// consulted is the access check of every byte shown to an expert by link.
func (p *Portal) consulted(c *Call, how dossier.Reading) (d dossier.Document, key dossier.DataKey, err error) {
	id, err := c.ID("document")
	if err != nil {
		return d, key, err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		d, key, err = application.OpenConsulted(ctx, tx, c.Params("token"), id, how)
		return err
	})
	c.Ctx.Set("X-Robots-Tag", "noindex, nofollow")
	return d, key, err
}

func (p *Portal) showConsultedPage(c *Call) error {
	d, key, err := p.consulted(c, dossier.ReadInline)
	if err != nil {
		return err
	}
	return p.drawPage(c, d, key)
}

// downloadConsulted sends a piece under a name that tells nothing of its author.
func (p *Portal) downloadConsulted(c *Call) error {
	d, key, err := p.consulted(c, dossier.ReadDownload)
	if err != nil {
		return err
	}
	return p.sendClean(c, d.File, key, "piece-"+d.ID.String()[:8]+strings.ToLower(path.Ext(d.File.Name)))
}
