package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"

	"passerelle/models"
	"passerelle/models/people"
	"passerelle/views/accounts"
	"passerelle/views/paths"
)

// factorDone names what the page of second factors says has just happened.
var factorDone = map[string]string{"ajout": "account.factor.added", "retrait": "account.factor.removed", "appareils": "account.factor.devices.forgotten"}

// factors is the page of the person's second factors (double vérification).
func (p *Portal) factors(c *Call) error {
	return p.showFactors(c, http.StatusOK, accounts.FactorsPage{Done: factorDone[c.Query("fait")]})
}

func (p *Portal) showFactors(c *Call, status int, page accounts.FactorsPage) error {
	var f people.Factors
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if f, err = people.FactorsOf(ctx, tx, c.Actor); err != nil || p.Demo {
			return err
		}
		page.Required, err = people.FactorRequired(ctx, tx, c.Actor)
		return err
	})
	if err != nil {
		return err
	}
	page.Codes, page.Devices, page.Proven, page.Kept = f.Codes, f.Devices, f.Proven, c.keptForm()
	page.TOTP, page.Passkeys = f.Has(people.ByTOTP), p.passkeysHere(c)
	if p.passkeys != nil {
		page.Host = p.passkeys.Host
	}
	for _, one := range f.List {
		line := accounts.FactorLine{ID: one.ID.String(), Kind: string(one.Kind), Name: one.Name, Added: p.moment(one.CreatedAt), Unreadable: one.Unreadable}
		if one.UsedAt != nil {
			line.Used = p.moment(*one.UsedAt)
		}
		page.Factors = append(page.Factors, line)
	}
	return c.private(status, accounts.Factors(page))
}

// proofForm asks again who it is; GET shows, POST proves.
func (p *Portal) proofForm(c *Call) error {
	return p.showProof(c, http.StatusOK, accounts.ProofPage{Next: c.Query("retour")})
}

func (p *Portal) showProof(c *Call, status int, page accounts.ProofPage) error {
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		f, err := people.FactorsOf(ctx, tx, c.Actor)
		page.Password, page.TOTP = len(f.List) == 0, f.Has(people.ByTOTP)
		page.Passkeys = f.Has(people.ByPasskey) && p.passkeysHere(c)
		return err
	})
	if err != nil {
		return err
	}
	page.Email = c.Actor.Email
	return c.private(status, accounts.Proof(page))
}

func (p *Portal) prove(c *Call) error {
	page := accounts.ProofPage{Next: c.Value("next")}
	var err error
	if c.Value("answer") != "" {
		err = p.passkeys.Prove(c.Context(), p.DB, c.Actor, c.Value("sealed"), c.Value("answer"))
	} else {
		err = people.Prove(c.Context(), p.DB, c.Actor, c.Value("code"), c.Value("current"))
	}
	if status, fields, words, ours := c.refusal(err); ours {
		page.Errors, page.Refusal = fields, words
		return p.showProof(c, status, page)
	}
	if err != nil {
		return err
	}
	next := paths.Factors()
	if strings.HasPrefix(page.Next, paths.Factors()) {
		next = paths.Local(page.Next)
	}
	return c.SeeOther(next)
}

// askProof leads to the page that asks who it is, and back to the page of the change.
func (c *Call) askProof(back string) error {
	return c.SeeOther(paths.With(paths.FactorProof(), "retour", back))
}

// applicationForm shows a new secret for an application of codes.
func (p *Portal) applicationForm(c *Call) error {
	var made people.NewTOTP
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		made, err = people.BeginTOTP(ctx, tx, c.Actor, issuer)
		return err
	})
	if needsProof(err) {
		return c.askProof(paths.FactorApplication())
	}
	if err != nil {
		return err
	}
	return p.showNewTOTP(c, http.StatusOK, made, accounts.ApplicationPage{})
}

func (p *Portal) showNewTOTP(c *Call, status int, made people.NewTOTP, page accounts.ApplicationPage) error {
	var err error
	page.URL, page.Sealed, page.Secret = made.URL, made.Sealed, inFours(made.Secret)
	if page.Side, page.Squares, err = squares(made.URL); err != nil {
		return err
	}
	return c.private(status, accounts.Application(page))
}

// addApplication keeps it once a code of it is right.
func (p *Portal) addApplication(c *Call) error {
	codes, err := people.ConfirmTOTP(c.Context(), p.DB, c.Actor, c.Value("sealed"), c.Value("code"))
	if needsProof(err) {
		return c.askProof(paths.FactorApplication())
	}
	if status, fields, words, ours := c.refusal(err); ours {
		var made people.NewTOTP
		err := c.InTx(func(_ context.Context, tx models.Tx) (err error) {
			made, err = people.AgainTOTP(tx, c.Actor, c.Value("sealed"), issuer)
			return err
		})
		if models.KindOf(err) == models.KindInvalid && err != nil {
			return c.SeeOther(paths.FactorApplication()) // too old: a new secret
		}
		if err != nil {
			return err
		}
		return p.showNewTOTP(c, status, made, accounts.ApplicationPage{Errors: fields, Refusal: words})
	}
	return p.factorAdded(c, codes, err)
}

// factorAdded shows the recovery codes, this once, or goes back to the list.
func (p *Portal) factorAdded(c *Call, codes []string, err error) error {
	if err != nil {
		return err
	}
	if len(codes) > 0 {
		return c.private(http.StatusOK, accounts.Codes(accounts.CodesPage{Codes: codes, Added: true, Next: p.onward(c.Actor, ""), Kept: c.keptForm()}))
	}
	return c.SeeOther(paths.With(paths.Factors(), "fait", "ajout"))
}

// newPasskey gives the browser what it needs to make a passkey.
func (p *Portal) newPasskey(c *Call) error {
	var ceremony people.Ceremony
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		ceremony, err = p.passkeys.BeginAdd(ctx, tx, c.Actor)
		return err
	})
	if needsProof(err) {
		return c.askProof(paths.Factors())
	}
	if err != nil {
		return err
	}
	c.Ctx.Set("Cache-Control", "no-store")
	return c.JSON(ceremony)
}

// addPasskey keeps the passkey that the browser made.
func (p *Portal) addPasskey(c *Call) error {
	var codes []string
	name := c.Text("name")
	if name == "" {
		name = c.Actor.Device
	}
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		codes, err = p.passkeys.Add(ctx, tx, c.Actor, c.Value("sealed"), c.Value("answer"), name)
		return err
	})
	if needsProof(err) {
		return c.askProof(paths.Factors())
	}
	if status, _, words, ours := c.refusal(err); ours {
		return p.showFactors(c, status, accounts.FactorsPage{Refusal: words})
	}
	return p.factorAdded(c, codes, err)
}

// renewCodes makes ten new recovery codes and shows them, this once.
func (p *Portal) renewCodes(c *Call) error {
	var codes []string
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		codes, err = people.RenewCodes(ctx, tx, c.Actor)
		return err
	})
	if needsProof(err) {
		return c.askProof(paths.Factors())
	}
	if status, _, words, ours := c.refusal(err); ours {
		return p.showFactors(c, status, accounts.FactorsPage{Refusal: words})
	}
	if err != nil {
		return err
	}
	return c.private(http.StatusOK, accounts.Codes(accounts.CodesPage{Codes: codes, Next: paths.Factors()}))
}

func (p *Portal) forgetDevices(c *Call) error {
	err := c.InTx(func(ctx context.Context, tx models.Tx) error { return people.ForgetDevices(ctx, tx, c.Actor) })
	if err != nil {
		return err
	}
	c.setCookie(trustCookie, "", -1)
	return c.SeeOther(paths.With(paths.Factors(), "fait", "appareils"))
}

// removeFactor takes one of the person's own factors away.
func (p *Portal) removeFactor(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		required := false
		if !p.Demo {
			if required, err = people.FactorRequired(ctx, tx, c.Actor); err != nil {
				return err
			}
		}
		return people.RemoveFactor(ctx, tx, c.Actor, id, required)
	})
	if needsProof(err) {
		return c.askProof(paths.Factors())
	}
	if status, _, words, ours := c.refusal(err); ours {
		return p.showFactors(c, status, accounts.FactorsPage{Refusal: words})
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.With(paths.Factors(), "fait", "retrait"))
}

// squares draws a QR code: the number of squares of its side, and the path of
// those that are dark.
func squares(text string) (side int, path string, err error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return 0, "", err
	}
	side = code.Bounds().Dx()
	var b strings.Builder
	for y := range side {
		for x := range side {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				b.WriteString("M" + strconv.Itoa(x) + " " + strconv.Itoa(y) + "h1v1h-1z")
			}
		}
	}
	return side, b.String(), nil
}

// inFours groups a secret for those who type it.
func inFours(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
