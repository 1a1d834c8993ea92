package accounts

import (
	"context"
	"strconv"

	"passerelle/models/people"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// SignInPage asks who comes (P1.5), alone or over a page whose session ended (P18.10).
type SignInPage struct {
	Email    string
	Shared   bool
	Refusal  string // in words
	Next     string // local address to go on to
	Replay   string // what was posted with an ended session, kept
	Kept     bool   // the session ended while somebody wrote
	For      string // id of the account whose session ended
	Fixed    bool   // the address is known and not to be typed
	HasDraft bool
	Passkeys bool   // the browser can be asked for one here
	Notice   string // key of what has just been done
}

func (p SignInPage) doors(ctx context.Context) []ui.Door {
	doors := []ui.Door{}
	if p.HasDraft {
		doors = append(doors, ui.Door{Icon: ui.IconNotebookPen, Name: i18n.T(ctx, "account.door.draft"), Sub: i18n.T(ctx, "account.door.draft.why"), Href: paths.FoundDraft()})
	}
	return append(doors,
		ui.Door{Icon: ui.IconUsers, Name: i18n.T(ctx, "account.door.approve"), Sub: i18n.T(ctx, "account.door.approve.why"), Href: paths.Help()},
		ui.Door{Icon: ui.IconHelp, Name: i18n.T(ctx, "account.door.stuck"), Sub: i18n.T(ctx, "account.door.help"), Href: paths.Help()})
}

// titled puts the number of errors before the title of the tab.
func titled(ctx context.Context, key string, errors Errors) string {
	if len(errors) == 0 {
		return i18n.T(ctx, key)
	}
	return i18n.T(ctx, "account.error_title", i18n.T(ctx, key))
}

func checkBits() string { return strconv.Itoa(people.CheckBits) }

// LinkPage is the page of a link received by mail: it shows, a button acts (P17.11).
type LinkPage struct {
	State  people.LinkState
	Email  string
	Action string // where its form posts
	// Waiting is why the person cannot go on: key of a message.
	Refusal string
}

// ForgottenPage asks for the address of a forgotten password (P1.6).
type ForgottenPage struct {
	Email     string
	Errors    Errors
	Refusal   string
	Challenge string
	Sent      bool
	Mailbox   string
}

// ResetPage chooses a new password by a link.
type ResetPage struct {
	LinkPage
	Errors  Errors
	Refused string
}
