package handlers

import (
	"context"
	"net/http"
	"strings"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/views/accounts"
)

// mailboxLength is how many mails the demonstration's list shows.
const mailboxLength = 200

// Policies of the two pages that show a mail: the page frames its own content,
// the content can be framed by this portal alone and runs nothing.
const (
	framingPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	framedPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; " +
		"sandbox allow-popups allow-popups-to-escape-sandbox"
)

func (p *Portal) mailbox(c *Call) error {
	page, err := p.mailboxPage(c)
	if err != nil {
		return err
	}
	return c.private(http.StatusOK, accounts.Mailbox(page))
}

func (p *Portal) mailboxPage(c *Call) (accounts.MailboxPage, error) {
	page := accounts.MailboxPage{To: c.Query("pour")}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		list, err := mailbox.LocalMails(ctx, tx, page.To, mailboxLength)
		if err != nil {
			return err
		}
		for _, m := range list {
			page.Mails = append(page.Mails, accounts.MailLine{ID: m.ID.String(), To: m.Recipient, Subject: m.Subject,
				Extract: extract(m.Text), At: p.moment(m.SentAt), Read: m.ReadAt != nil})
		}
		if page.Recipients, err = mailbox.LocalRecipients(ctx, tx); err != nil {
			return err
		}
		counts, err := mailbox.Count(ctx, tx)
		page.Waiting = counts.Waiting + counts.Failed
		return err
	})
	return page, err
}

// extract is the third paragraph of a text twin: after title and greeting.
func extract(text string) string {
	parts := strings.SplitN(text, "\n\n", 4)
	if len(parts) < 3 {
		return ""
	}
	s := []rune(strings.Join(strings.Fields(parts[2]), " "))
	if len(s) > 90 {
		return string(s[:90]) + "…"
	}
	return string(s)
}

func (p *Portal) mail(c *Call) error {
	m, err := p.openMail(c)
	if err != nil {
		return err
	}
	page, err := p.mailboxPage(c)
	if err != nil {
		return err
	}
	page.Open = &accounts.Mail{ID: m.ID.String(), From: m.Sender, To: m.Recipient, Subject: m.Subject, At: p.moment(m.SentAt),
		Text: m.Text, ShowText: c.Query("version") == "texte"}
	c.Ctx.Set("Content-Security-Policy", framingPolicy)
	return c.private(http.StatusOK, accounts.Mailbox(page))
}

func (p *Portal) openMail(c *Call) (mailbox.Local, error) {
	var m mailbox.Local
	id, err := c.ID("id")
	if err != nil {
		return m, err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		m, err = mailbox.OpenLocal(ctx, tx, id)
		return err
	})
	return m, err
}

// mailContent is a mail's HTML part as it was sent, shown inert.
func (p *Portal) mailContent(c *Call) error {
	m, err := p.openMail(c)
	if err != nil {
		return err
	}
	c.Ctx.Set("Content-Security-Policy", framedPolicy)
	c.Ctx.Set("Cache-Control", "no-store")
	c.Ctx.Set("Content-Type", "text/html; charset=utf-8")
	return c.SendString(m.HTML)
}
