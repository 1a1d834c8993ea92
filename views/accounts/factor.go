package accounts

import (
	"context"

	"passerelle/views/i18n"
	"passerelle/views/ui"
)

// FactorPage asks for the second factor of a sign-in (P1.13), alone or over a
// page whose session ended.
type FactorPage struct {
	Next, Replay, For string // as on the sign-in page
	Shared            bool
	Remember          bool
	TOTP              bool // the account has an application of codes
	Passkey           bool // and passkeys
	Passkeys          bool // which this browser can be asked for here
	Errors            Errors
	Refusal           string
}

// SignIn is where a sign-in that passed goes on.
func (p FactorPage) SignIn() SignInPage {
	return SignInPage{Next: p.Next, Replay: p.Replay, For: p.For, Shared: p.Shared}
}

// codeField is the one field of a code, for an application or of recovery.
func codeField(ctx context.Context, id string, totp bool, errors Errors) ui.Input {
	label, hint := "account.factor.code", "account.factor.code.hint"
	if !totp {
		label, hint = "account.factor.recovery", "account.factor.recovery.hint"
	}
	return ui.Input{Field: ui.Field{ID: id, Name: "code", Label: i18n.T(ctx, label), Hint: i18n.T(ctx, hint), Error: errors.of(ctx, "code"),
		Attrs: plain()}, Size: "m", Autocomplete: "one-time-code", MaxLength: 40}
}

// FactorsPage lists a person's second factors.
type FactorsPage struct {
	Factors  []FactorLine
	Codes    int // recovery codes left
	Devices  int // remembered
	Required bool
	Proven   bool // recently
	TOTP     bool
	Passkeys bool   // this browser can be asked for one here
	Host     string // the name under which it could; empty: nowhere
	Done     string // key of what has just been done
	Refusal  string
	Kept     bool // a form waits for the first factor
}

// first reports the page that leads staff to their first factor.
func (p FactorsPage) first() bool { return p.Required && len(p.Factors) == 0 }

// FactorLine is one of them.
type FactorLine struct {
	ID, Kind, Name string
	Added, Used    i18n.Moment
	Unreadable     bool // sealed with another secret key of the portal
}

func (l FactorLine) title(ctx context.Context) string {
	if l.Kind == "passkey" && l.Name != "" {
		return i18n.T(ctx, "account.factor.passkey.named", l.Name)
	}
	return i18n.T(ctx, "account.factor.kind."+l.Kind)
}

// ProofPage asks who it is before a change of factors.
type ProofPage struct {
	Email    string
	Next     string
	Password bool // there is no factor yet
	TOTP     bool
	Passkeys bool
	Errors   Errors
	Refusal  string
}

// ApplicationPage adds an application of codes.
type ApplicationPage struct {
	URL, Secret, Sealed string
	Side                int    // squares of the QR code
	Squares             string // path of its dark ones
	Errors              Errors
	Refusal             string
}

// CodesPage shows recovery codes, once.
type CodesPage struct {
	Codes []string
	Added bool // with a first factor
	Next  string
	Kept  bool // a form waits to be sent
}
