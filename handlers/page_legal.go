package handlers

import (
	"context"
	"strconv"

	"passerelle/models"
	"passerelle/views/layout"
	"passerelle/views/pages"
)

// operatorOf is who runs the portal, for its standing pages (P18.14).
func (p *Portal) operatorOf() pages.Operator {
	o := p.Operator
	return pages.Operator{Name: o.Name, Address: o.Address, Contact: o.Contact, Phone: o.Phone,
		Director: o.Director, DataOfficer: o.DataOfficer, Host: o.Host, Level: o.Accessibility}
}

func (p *Portal) legalNotice(c *Call) error {
	return c.Render(pages.Show(pages.Legal(c.Context(), p.operatorOf()), layout.NavNone))
}

func (p *Portal) accessibility(c *Call) error {
	return c.Render(pages.Show(pages.Accessibility(c.Context(), p.operatorOf()), layout.NavNone))
}

func (p *Portal) terms(c *Call) error {
	return c.Render(pages.Show(pages.Terms(c.Context(), p.operatorOf()), layout.NavNone))
}

func (p *Portal) siteMap(c *Call) error {
	return c.Render(pages.Show(pages.SiteMap(c.Context()), layout.NavNone))
}

func (p *Portal) privacy(c *Call) error {
	d, err := p.delays(c)
	if err != nil {
		return err
	}
	return c.Render(pages.Show(pages.Privacy(c.Context(), p.operatorOf(), d), layout.NavNone))
}

// help stands even while the database does not answer: its delays are then
// those of the code.
func (p *Portal) help(c *Call) error {
	d, err := p.delays(c)
	if err != nil {
		p.Log.Warn("help shows the delays of the code", "error", models.Loggable(err))
	}
	return c.Render(pages.Show(pages.Help(c.Context(), p.operatorOf(), d), layout.NavHelp))
}

// delays are those in force, so that the pages say what the portal does; with
// an error, those of the code.
func (p *Portal) delays(c *Call) (pages.Delays, error) {
	var d pages.Delays
	places := map[string]*int{
		"activation_days": &d.Activation, "draft_unclaimed_days": &d.Unclaimed, "draft_claimed_days": &d.Claimed,
		"draft_notice_days": &d.Notice, "approval_link_days": &d.ApprovalLink, "approver_kept_days": &d.Approver,
		"decision_before_days": &d.Decision, "confirm_days": &d.Confirm,
	}
	for _, s := range models.Settings() {
		if days := places[s.Key]; days != nil {
			*days, _ = strconv.Atoi(s.Default)
		}
	}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		for key, days := range places {
			n, err := tx.SettingInt(ctx, key)
			if err != nil {
				return err
			}
			*days = n
		}
		return nil
	})
	return d, err
}
