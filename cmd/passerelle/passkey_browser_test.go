package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"passerelle/cmd/internal/portaltest"
	"passerelle/models/seed"
)

// device is a passkey holder inside a browser: it answers by itself, as somebody
// who touches the reader each time.
type device struct {
	b  *portaltest.Browser
	id webauthn.AuthenticatorID
}

func newDevice(b *portaltest.Browser) device {
	b.T.Helper()
	d := device{b: b}
	b.Run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		made, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
			Options: &webauthn.VirtualAuthenticatorOptions{Protocol: "ctap2", Transport: "internal", HasResidentKey: true,
				HasUserVerification: true, AutomaticPresenceSimulation: true, IsUserVerified: true}})
		d.id = made.AuthenticatorID
		return err
	}))
	return d
}

// recognises says whether the reader knows the finger on it.
func (d device) recognises(yes bool) {
	d.b.T.Helper()
	d.b.Run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: d.id, IsUserVerified: yes})
		return err
	}))
}

// forges makes the device answer with a signature that is nobody's.
func (d device) forges(yes bool) {
	d.b.T.Helper()
	d.b.Run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: d.id, IsBogusSignature: &yes})
		return err
	}))
}

// keeps saves what is on screen where PASSERELLE_TEST_SHOTS says, for people to look at.
func keeps(b *portaltest.Browser, name string) {
	b.T.Helper()
	folder := os.Getenv("PASSERELLE_TEST_SHOTS")
	if folder == "" {
		return
	}
	b.Until("the page", `document.readyState === 'complete'`)
	_ = os.WriteFile(filepath.Join(folder, name+".png"), portaltest.Ask(b, chromedp.FullScreenshot(100)), 0o600)
}

// leaves signs the browser out.
func leaves(b *portaltest.Browser) {
	b.T.Helper()
	b.Run(portaltest.Do(`{ const f = document.createElement('form'); f.method = 'post'; f.action = '/deconnexion'; document.body.append(f); f.submit(); }`))
	b.Until("the sign-out", `location.search.includes('deconnexion') && document.readyState === 'complete'`)
}

func TestPasskeys(t *testing.T) {
	if testing.Short() {
		t.Skip("a demonstration and a browser")
	}
	t.Parallel()
	demo := portaltest.StartDemo(t)
	b := portaltest.NewBrowser(t, strings.Replace(demo.URL, "127.0.0.1", "localhost", 1), true)
	d := newDevice(b)
	const button = `[data-passkey]:not([hidden]) [data-passkey-go]`
	t.Run("P1.13 a passkey is added with a name, and brings recovery codes with the first factor", func(t *testing.T) {
		b.SignIn(seed.NewApplicant, seed.Password)
		b.Open("/compte/double-verification")
		keeps(b, "factors-none")
		b.Fill("name", "Ordinateur du bureau")
		b.Click(button)
		b.See("Vos codes de secours")
		keeps(b, "factors-codes")
		b.Open("/compte/double-verification")
		b.See("Clé d’accès « Ordinateur du bureau »")
		keeps(b, "factors-passkey")
	})
	t.Run("P1.13 a passkey alone signs in, and the list of sign-ins says so", func(t *testing.T) {
		leaves(b)
		b.Open("/connexion")
		keeps(b, "sign-in")
		b.Click(button)
		b.Until("the dashboard", `location.pathname === '/mes-candidatures' && document.readyState === 'complete'`)
		b.Open("/compte/connexions")
		b.See("avec une clé d’accès")
	})
	t.Run("P1.13 a passkey is the second step after a password", func(t *testing.T) {
		leaves(b)
		b.SignIn(seed.NewApplicant, seed.Password)
		b.Until("the page of the second factor", `location.pathname === '/connexion/verification'`)
		keeps(b, "factor-ask-passkey")
		b.Click(button)
		b.Until("the dashboard", `location.pathname === '/mes-candidatures' && document.readyState === 'complete'`)
	})
	t.Run("P1.13 a person whom the device does not recognise stays outside, and is told", func(t *testing.T) {
		leaves(b)
		d.recognises(false)
		b.Open("/connexion")
		b.Click(button)
		b.See("L’appareil n’a rien répondu")
		d.recognises(true)
	})
	t.Run("P1.13 a forged signature opens nothing", func(t *testing.T) {
		d.forges(true)
		b.Open("/connexion")
		b.Click(button)
		b.See("Cette clé d’accès n’a pas été reconnue")
		d.forges(false)
	})
	t.Run("P1.13 a passkey that was removed opens nothing", func(t *testing.T) {
		b.Open("/connexion")
		b.Click(button)
		b.Until("the dashboard", `location.pathname === '/mes-candidatures' && document.readyState === 'complete'`)
		b.Open("/compte/double-verification")
		b.Click(`form[action$="/retrait"] button`)
		b.See("Ce moyen est retiré")
		leaves(b)
		b.Open("/connexion")
		b.Click(button)
		b.See("Cette clé d’accès n’a pas été reconnue")
	})
	t.Run("P1.13 an answer serves once", func(t *testing.T) {
		b.SignIn(seed.NewApplicant, seed.Password)
		b.Open("/compte/double-verification")
		b.Click(button)
		b.See("Vos codes de secours")
		leaves(b)
		b.Open("/connexion")
		b.Run(portaltest.Do(`{ document.querySelector('[data-passkey]').addEventListener('submit', e => {
			e.preventDefault();
			window.answered = new URLSearchParams(new FormData(e.target)).toString(); }); }`))
		b.Click(button)
		b.Until("the answer", `window.answered`)
		b.Run(portaltest.Do(`{ const send = () => fetch('/connexion/cle', {method: 'POST', body: new URLSearchParams(window.answered)});
			send().then(async one => { const two = await send(); window.told = one.redirected + ' ' + two.status; }); }`))
		b.Until("both", `window.told`)
		if got := b.Value(`window.told`); got != "true 422" {
			t.Errorf("first in, then status: %s", got)
		}
	})
	t.Run("P1.13 who lost everything asks the operator: the command removes it, and says so to those who ask twice", func(t *testing.T) {
		args := []string{"account", "remove-factor", seed.NewApplicant, "--reason", "vu au guichet"}
		if out, err := demo.Command(args...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if out, err := demo.Command(args...); err == nil || !strings.Contains(out, "no second factor") {
			t.Errorf("twice: %v\n%s", err, out)
		}
		other := portaltest.NewBrowser(t, demo.URL, false)
		other.SignIn(seed.NewApplicant, seed.Password)
		other.Until("the dashboard", `location.pathname === '/mes-candidatures'`)
		demo.Verify(t)
	})
	t.Run("P1.13 under a bare address the page says where passkeys are taken", func(t *testing.T) {
		other := portaltest.NewBrowser(t, demo.URL, true)
		other.SignIn(seed.Officer, seed.Password)
		other.Open("/compte/double-verification")
		other.See("localhost")
		keeps(other, "factors-elsewhere")
	})
}
