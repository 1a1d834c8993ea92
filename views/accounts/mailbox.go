package accounts

import (
	"context"
	"strconv"

	"passerelle/views/i18n"
	"passerelle/views/paths"
)

// MailboxPage is the demonstration's mailbox (P16.1): nothing left this machine.
type MailboxPage struct {
	Mails      []MailLine
	Recipients []string
	To         string // whose mails are shown, empty for everybody
	Open       *Mail
	Waiting    int // queued, not rendered yet
}

// MailLine is one line of the list.
type MailLine struct {
	ID      string
	To      string
	Subject string
	Extract string
	At      i18n.Moment
	Read    bool
}

// Mail is an open mail.
type Mail struct {
	ID       string
	From     string
	To       string
	Subject  string
	At       i18n.Moment
	Text     string
	ShowText bool
}

func (p MailboxPage) href(id, version string) string {
	return paths.With(paths.Mail(id), "pour", p.To, "version", version)
}

func (p MailboxPage) title(ctx context.Context) string {
	if p.Open != nil {
		return p.Open.Subject
	}
	return i18n.T(ctx, "mailbox.title")
}

// when is short: the list is narrow.
func (m MailLine) when(ctx context.Context) string {
	return strconv.Itoa(m.At.D) + " " + i18n.MonthShort(ctx, m.At.M) + " " + i18n.Time(m.At)
}
