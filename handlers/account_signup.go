package handlers

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/people"
	"passerelle/views/accounts"
	"passerelle/views/i18n"
	"passerelle/views/pages"
	"passerelle/views/paths"
)

// sentCookie remembers, signed, to which address a mail was said to go.
const sentCookie = "passerelle_envoi"

func (p *Portal) signUpForm(c *Call) error {
	if c.Actor.SignedIn() {
		return c.SeeOther(paths.MyApplications())
	}
	in, err := p.fromDraft(c)
	if err != nil {
		return err
	}
	return p.showSignUp(c, http.StatusOK, in, nil, "")
}

// fromDraft fills the form in from the draft that this browser holds, and that
// nobody has claimed (P18.1): what was written is not asked twice.
func (p *Portal) fromDraft(c *Call) (people.SignUpInput, error) {
	in := people.SignUpInput{SameName: true}
	if len(c.Actor.DraftKey) == 0 {
		return in, nil
	}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		waiting, err := people.WaitingDrafts(ctx, tx, c.Actor)
		if err != nil || len(waiting) == 0 {
			return err
		}
		d, err := application.Open(ctx, tx, c.Actor, waiting[0].ID)
		if err != nil || !c.recognised(d.Application) { // somebody else may sit here now
			return err
		}
		of := func(key string) string { return d.Registers.Current(key).First() }
		in.BirthName, in.UsualName, in.FirstName, in.Email = of("birth_name"), of("usual_name"), of("first_name"), of("email")
		in.BirthDate = dayTyped(of("birth_date"))
		in.SameName = in.UsualName == "" || in.UsualName == in.BirthName
		if in.SameName {
			in.UsualName = ""
		}
		return nil
	})
	return in, err
}

// dayTyped writes a stored civil date as forms ask for it.
func dayTyped(stored string) string {
	t, err := time.Parse(time.DateOnly, stored)
	if err != nil {
		return stored
	}
	return t.Format("02/01/2006")
}

func (p *Portal) signUp(c *Call) error {
	in := people.SignUpInput{
		Civility: c.Value("civility"), BirthName: c.Value("birth_name"), SameName: c.Value("same_name") != "",
		UsualName: c.Value("usual_name"), FirstName: c.Value("first_name"), BirthDate: c.Value("birth_date"),
		Email: c.Value("email"), EmailAgain: c.Value("email_again"),
		Password: c.Value("password"), PasswordAgain: c.Value("password_again"),
		Lang: string(c.Lang), Check: c.check(),
	}
	for _, t := range people.RequiredTexts() {
		if c.Value("text_"+t.Key) != "" {
			in.Acknowledged = append(in.Acknowledged, t.Key)
		}
	}
	out, err := people.SignUp(c.Context(), p.DB, c.Actor, in)
	if status, fields, words, ours := c.refusal(err); ours {
		return p.showSignUp(c, status, in, fields, words)
	}
	if err != nil {
		return err
	}
	c.rememberSent(out.Email, out.ExpiresAt)
	return c.SeeOther(paths.SignUpSent())
}

// check reads the human check of a public form.
func (c *Call) check() people.Check {
	return people.Check{Challenge: c.Value("challenge"), Answer: c.Value("answer"), Trap: c.Value("site_web"), Address: c.Client()}
}

// refusal tells whether an error belongs on the form itself: its status, the
// messages of its fields, or the words for the whole form.
func (c *Call) refusal(err error) (status int, fields accounts.Errors, words string, ours bool) {
	var e *models.Error
	if !errors.As(err, &e) || (e.Kind != models.KindInvalid && e.Kind != models.KindLimited) {
		return 0, nil, "", false
	}
	if e.Kind == models.KindLimited {
		c.Ctx.Set("Retry-After", strconv.Itoa(e.RetryAfter))
		return http.StatusTooManyRequests, nil, c.T(e.Key, e.Args...) + " " + c.wait(e.RetryAfter), true
	}
	if len(e.Fields) == 0 {
		words = c.T(e.Key, e.Args...)
	}
	return http.StatusUnprocessableEntity, accounts.Errors(e.Fields), words, true
}

// wait says how long to wait, in words.
func (c *Call) wait(seconds int) string {
	ctx := i18n.With(context.Background(), c.Lang)
	if seconds > 90 {
		return i18n.N(ctx, "account.wait_minutes", (seconds+59)/60)
	}
	return i18n.N(ctx, "account.wait", seconds)
}

func (p *Portal) showSignUp(c *Call, status int, in people.SignUpInput, fields accounts.Errors, words string) error {
	draft, err := p.waitingDraft(c)
	if err != nil {
		return err
	}
	texts, err := p.requiredTexts(c, in.Acknowledged)
	if err != nil {
		return err
	}
	back := c.Value("retour")
	if back == "" {
		back = c.Query("retour")
	}
	return c.private(status, accounts.SignUp(accounts.SignUpPage{In: in, Errors: fields, Refusal: words, Texts: texts,
		Challenge: people.NewCheck(p.DB), Draft: draft, Back: back}))
}

// requiredTexts are the standing pages themselves, unfolded in place (P18.8).
func (p *Portal) requiredTexts(c *Call, ticked []string) ([]accounts.Text, error) {
	delays, err := p.delays(c)
	if err != nil {
		return nil, err
	}
	ctx := c.Context()
	bodies := map[string]pages.Page{
		"charter": pages.Terms(ctx, p.operatorOf()),
		"privacy": pages.Privacy(ctx, p.operatorOf(), delays),
		"legal":   pages.Legal(ctx, p.operatorOf()),
	}
	list := []accounts.Text{}
	for _, t := range people.RequiredTexts() {
		text := accounts.Text{Key: t.Key, Version: t.Version, Date: i18n.Day{Y: t.Y, M: t.M, D: t.D}, Body: pages.Text(bodies[t.Key])}
		for _, k := range ticked {
			text.Checked = text.Checked || k == t.Key
		}
		list = append(list, text)
	}
	return list, nil
}

// waitingDraft is what this browser began last without an account, if anything.
func (p *Portal) waitingDraft(c *Call) (*accounts.Draft, error) {
	var drafts []people.WaitingDraft
	if len(c.Actor.DraftKey) == 0 {
		return nil, nil
	}
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		drafts, err = people.WaitingDrafts(ctx, tx, c.Actor)
		return err
	})
	if err != nil || len(drafts) == 0 {
		return nil, err
	}
	d := drafts[0]
	return &accounts.Draft{Course: d.Course, Began: p.moment(d.CreatedAt).Day, Until: p.moment(d.ExpiresAt).Day}, nil
}

// rememberSent keeps the address on this browser alone, signed: it stands in no
// address and no log.
func (c *Call) rememberSent(email string, until time.Time) {
	body := email + "|" + strconv.FormatInt(until.Unix(), 10)
	mac := c.Portal.DB.Keys.MAC("sent", []byte(body))
	c.setCookie(sentCookie, base64.RawURLEncoding.EncodeToString(append([]byte(body+"|"), mac...)), 24*time.Hour)
}

func (c *Call) recallSent() (email string, until time.Time, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(c.cookie(sentCookie))
	if err != nil || len(raw) < 34 {
		return "", time.Time{}, false
	}
	body, mac := string(raw[:len(raw)-33]), raw[len(raw)-32:]
	email, unix, _ := strings.Cut(body, "|")
	seconds, err := strconv.ParseInt(unix, 10, 64)
	if err != nil || !c.Portal.DB.Keys.Valid("sent", []byte(body), mac) {
		return "", time.Time{}, false
	}
	return email, time.Unix(seconds, 0), true
}

func (p *Portal) signUpSent(c *Call) error {
	return p.showSent(c, http.StatusOK, c.Query("renvoi") != "")
}

func (p *Portal) showSent(c *Call, status int, again bool) error {
	email, until, ok := c.recallSent()
	if !ok {
		return c.SeeOther(paths.SignUp())
	}
	draft, err := p.waitingDraft(c)
	if err != nil {
		return err
	}
	page := accounts.SentPage{Email: email, Until: p.moment(until), At: p.moment(p.DB.Clock.Now()), Sender: p.mailSender(),
		Draft: draft, Again: again, Mailbox: p.mailboxOf(email), Waiting: !p.MailConfigured}
	return c.private(status, accounts.Sent(page))
}

func (p *Portal) signUpAgain(c *Call) error {
	email, _, ok := c.recallSent()
	if !ok {
		return c.SeeOther(paths.SignUp())
	}
	if err := people.SendActivationAgain(c.Context(), p.DB, email, c.Client()); err != nil {
		return err
	}
	return c.SeeOther(paths.With(paths.SignUpSent(), "renvoi", "1"))
}

// mailSender is the address that mails come from, for "look among the junk".
func (p *Portal) mailSender() string {
	if from, err := mail.ParseAddress(p.MailFrom); err == nil {
		return from.Address
	}
	return "passerelle@localhost"
}

// mailboxOf leads to the local mailbox, in the demonstration alone.
func (p *Portal) mailboxOf(email string) string {
	if !p.Demo {
		return ""
	}
	return paths.With(paths.Mailbox(), "pour", email)
}
