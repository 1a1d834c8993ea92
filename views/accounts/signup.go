package accounts

import (
	"context"

	"github.com/a-h/templ"

	"passerelle/models/people"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// SignUpPage opens an account (P1.1).
type SignUpPage struct {
	In        people.SignUpInput // as typed; passwords are never shown again
	Errors    Errors
	Refusal   string // why the whole form was refused (too many), in words
	Texts     []Text
	Challenge string
	Draft     *Draft // what this browser began, if anything
	Back      string // where to go on afterwards, carried along
}

// Text is a text to acknowledge (P18.8).
type Text struct {
	Key     string
	Version string
	Date    i18n.Day
	Body    templ.Component
	Checked bool
}

// Draft is a draft of this browser: course and date, nothing else (P18.1).
type Draft struct {
	Course string
	Began  i18n.Day
	Until  i18n.Day
}

func (p SignUpPage) civilities(ctx context.Context) []ui.Option {
	out := []ui.Option{}
	for _, v := range []string{"madame", "monsieur", ""} {
		key := v
		if key == "" {
			key = "none"
		}
		out = append(out, ui.Option{Value: v, Label: i18n.T(ctx, "account.civility."+key), Selected: p.In.Civility == v})
	}
	return out
}

func (p SignUpPage) consent(ctx context.Context, t Text) ui.Consent {
	id := "text_" + t.Key
	return ui.Consent{ID: id, Name: id, Title: i18n.T(ctx, "texts."+t.Key),
		Version: i18n.T(ctx, "account.text.version", t.Version, i18n.Date(ctx, t.Date)),
		Text:    t.Body, Label: i18n.T(ctx, "texts."+t.Key+".box"), Checked: t.Checked, Error: p.Errors.of(ctx, id)}
}

func (p SignUpPage) doors(ctx context.Context) []ui.Door {
	return []ui.Door{
		{Icon: ui.IconLogIn, Name: i18n.T(ctx, "account.door.have"), Sub: i18n.T(ctx, "account.sign_in"), Href: paths.SignIn(p.Back)},
		{Icon: ui.IconHelp, Name: i18n.T(ctx, "account.door.stuck"), Sub: i18n.T(ctx, "account.door.help"), Href: paths.Help()},
	}
}

// SentPage says that a mail waits; the same whatever happened (P1.4).
type SentPage struct {
	Email   string
	Until   i18n.Moment
	At      i18n.Moment
	Sender  string
	Draft   *Draft
	Again   bool   // the button was pressed
	Mailbox string // address of the local mailbox, demonstration only
	Waiting bool   // mails do not leave for now
}

func (p SentPage) crossing(ctx context.Context) ui.Crossing {
	last := i18n.T(ctx, "account.sent.stop.sign_in")
	if p.Draft != nil {
		last = i18n.T(ctx, "account.sent.stop.draft")
	}
	return ui.Crossing{Label: i18n.T(ctx, "account.sent.crossing"), Stops: []ui.Stop{
		{Name: i18n.T(ctx, "account.sent.stop.filled"), Meta: i18n.DateTimeShort(ctx, p.At), State: ui.StopDone},
		{Name: i18n.T(ctx, "account.sent.stop.open"), Meta: i18n.T(ctx, "account.sent.before", i18n.DateTimeShort(ctx, p.Until)), State: ui.StopTurn},
		{Name: last},
	}}
}
