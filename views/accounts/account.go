package accounts

import (
	"context"

	"passerelle/models/people"
	"passerelle/views/i18n"
)

// AccountPage is the person's own page.
type AccountPage struct {
	Identity     people.Identity
	Born         i18n.Day
	Email        string
	WaitingEmail string // asked for and not confirmed
	Lang         i18n.Lang
	SignIns      []OpenSignIn
	Factors      int    // second factors (P1.13)
	Done         string // key of what has just been done
}

// OpenSignIn is one open sign-in (P1.13).
type OpenSignIn struct {
	ID      string
	Device  string
	Since   i18n.Moment
	SeenAgo int // minutes
	Here    bool
	How     string // the second factor that was proven; empty: the password alone
}

func (s OpenSignIn) name(ctx context.Context) string {
	if s.Device == "" {
		return i18n.T(ctx, "account.device.unknown")
	}
	return s.Device
}

// PasswordPage changes the password (P1.7).
type PasswordPage struct {
	Email   string
	Errors  Errors
	Refusal string
}

// EmailPage changes the address (P1.5).
type EmailPage struct {
	Now, New, Again string
	Waiting         string
	Errors          Errors
	Refusal         string
	Sent            bool
	Mailbox         string
}

// SignInsPage lists the open sign-ins.
type SignInsPage struct {
	SignIns []OpenSignIn
	Done    string
}

func civility(ctx context.Context, c string) string {
	if c == "" {
		return i18n.T(ctx, "account.civility.none")
	}
	return i18n.T(ctx, "account.civility."+c)
}
