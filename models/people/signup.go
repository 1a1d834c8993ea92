package people

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/form/ident"
	"passerelle/models/mailbox"
)

// SignUpInput is what the sign-up page asks (P1.1), as typed.
type SignUpInput struct {
	Civility  string
	BirthName string
	SameName  bool // "identique": the usual name is the birth name
	UsualName string
	FirstName string
	BirthDate string

	Email, EmailAgain       string
	Password, PasswordAgain string

	Acknowledged []string // keys of the texts ticked
	LeaveDrafts  bool     // the drafts of this browser are not theirs (P18.1)
	Lang         string
	Check        Check
}

// SignedUp is the answer to every sign-up that is well filled in, whether an
// account was opened or not (P1.4).
type SignedUp struct {
	Email     string    // where a mail goes
	ExpiresAt time.Time // until when its link works
}

// SignUp opens a pending account and mails its activation link (P1.1, P1.3), or
// tells the owner of a known address or identity by mail alone (P1.4, P18.7).
// Anonymous callers only. Invalid names the fields; Limited says when to retry.
func SignUp(ctx context.Context, db *models.DB, by models.Actor, in SignUpInput) (SignedUp, error) {
	defer even(ctx, time.Now())
	var out SignedUp
	f, err := checkSignUp(ctx, db, in)
	if err != nil {
		return out, err
	}
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return passHuman(ctx, tx, in.Check) })
	if err != nil {
		return out, err
	}
	if f.hash, err = HashPassword(ctx, in.Password); err != nil {
		return out, err
	}
	same, err := samePassword(ctx, db, f.key, in.Password)
	if err != nil {
		return out, err
	}
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		lasts, err := tx.SettingDays(ctx, "activation_days")
		if err != nil {
			return err
		}
		out = SignedUp{Email: f.email, ExpiresAt: tx.Now.Add(lasts)}
		return signUp(ctx, tx, by, f, same)
	})
	return out, err
}

// filled is a sign-up that passed its checks.
type filled struct {
	identity    Identity
	email, key  string
	hash        string
	lang        string
	leaveDrafts bool
}

// samePassword compares with the hash on file, or with nothing in as long a
// time: a second sign-up may correct a pending one only if it knows its password.
func samePassword(ctx context.Context, db *models.DB, key, password string) (bool, error) {
	var stored string
	err := db.Pool.QueryRow(ctx, `SELECT coalesce((SELECT password_hash FROM accounts WHERE email_key = $1), '')`,
		models.Prepared, key).Scan(&stored)
	if err != nil {
		return false, fmt.Errorf("sign-up: %w", err)
	}
	return verify(ctx, stored, password)
}

func signUp(ctx context.Context, tx models.Tx, by models.Actor, f filled, same bool) error {
	if err := lock(ctx, tx, "email/"+f.key); err != nil {
		return err
	}
	if err := lock(ctx, tx, "identity/"+f.identity.Key()); err != nil {
		return err
	}
	known, err := accountByEmail(ctx, tx, f.key)
	if err != nil {
		return err
	}
	if !none(known) && known.State != Pending {
		return tellOwner(ctx, tx, known, mailbox.AlreadyKnown)
	}
	twin, err := accountOfIdentity(ctx, tx, f.identity.Key(), uuid.Nil)
	if err != nil {
		return err
	}
	if !none(twin) {
		return tellTwin(ctx, tx, twin, f)
	}
	return open(ctx, tx, by, known, f, same)
}

// tellOwner mails the address on file, at most once a day.
func tellOwner(ctx context.Context, tx models.Tx, a Account, kind mailbox.Kind) error {
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: kind, Recipient: a.Email, Lang: a.Lang,
		SubjectKind: mailbox.OfAccount, SubjectID: a.ID,
		OnceKey: fmt.Sprintf("%s/%s/%s", kind, a.ID, tx.Today().Format(time.DateOnly))})
}

// tellTwin answers a sign-up whose identity has an account: the address on file
// learns it, the address just typed gets a neutral mail with a contact (P18.7).
func tellTwin(ctx context.Context, tx models.Tx, twin Account, f filled) error {
	if err := tellOwner(ctx, tx, twin, mailbox.IdentityKnownOwner); err != nil {
		return err
	}
	wait, err := hit(ctx, tx, counter{what: "neutral", whom: f.key, window: 24 * time.Hour, most: 1})
	if err != nil || wait > 0 {
		return err
	}
	id := tx.NewID()
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.IdentityKnownNeutral, Recipient: f.email, Lang: f.lang,
		SubjectKind: mailbox.OfAccount, SubjectID: twin.ID, OnceKey: "identity_known_neutral/" + id.String()})
}

// open writes the pending account, or corrects the one that waits at the same
// address. Where two sign-ups disagree on the password, neither is kept: the
// one who opens the mail chooses, so that nobody can plant a password for
// another's address.
func open(ctx context.Context, tx models.Tx, by models.Actor, known Account, f filled, same bool) error {
	lasts, err := tx.SettingDays(ctx, "activation_days")
	if err != nil {
		return err
	}
	a := known
	if none(known) {
		a = Account{ID: tx.NewID(), PersonID: tx.NewID()}
	} else if !same {
		f.hash = ""
	}
	a.Email, a.Lang = f.email, f.lang
	until := tx.Now.Add(lasts)
	a.ExpiresAt = &until
	if err := insertPerson(ctx, tx, a.PersonID, f.identity); err != nil {
		return err
	}
	_, err = tx.PGX.Exec(ctx, `
		INSERT INTO accounts (id, person_id, email, email_key, password_hash, state, lang, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET email = excluded.email, password_hash = excluded.password_hash, lang = excluded.lang,
			expires_at = excluded.expires_at, version = accounts.version + 1`, models.Prepared,
		a.ID, a.PersonID, f.email, f.key, f.hash, f.lang, tx.Now, until)
	if err != nil {
		return fmt.Errorf("open account: %w", err)
	}
	if err := acknowledge(ctx, tx, a.ID); err != nil {
		return err
	}
	if !f.leaveDrafts {
		if err := bindDrafts(ctx, tx, by, a.ID); err != nil {
			return err
		}
	}
	if err := record(ctx, tx, by, "account.opened", a.ID); err != nil {
		return err
	}
	return mailActivation(ctx, tx, a)
}

func acknowledge(ctx context.Context, tx models.Tx, account models.ID) error {
	for _, t := range RequiredTexts() {
		_, err := tx.PGX.Exec(ctx, `
			INSERT INTO acknowledgements (account_id, text_key, version, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT DO NOTHING`, models.Prepared, account, t.Key, t.Version, tx.Now)
		if err != nil {
			return fmt.Errorf("acknowledge: %w", err)
		}
	}
	return nil
}

// mailActivation sends a new link and makes the former ones useless; at most
// three a day to one address, silently.
func mailActivation(ctx context.Context, tx models.Tx, a Account) error {
	wait, err := hit(ctx, tx, counter{what: "activation", whom: a.Email, window: 24 * time.Hour, most: mailsPerDay})
	if err != nil || wait > 0 {
		return err
	}
	if err := tx.RevokeLinks(ctx, models.LinkActivate, a.ID); err != nil {
		return err
	}
	link, err := tx.CreateLink(ctx, models.LinkActivate, a.ID, a.Email, a.ExpiresAt.Sub(tx.Now))
	if err != nil {
		return err
	}
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.Activation, Recipient: a.Email, Lang: a.Lang,
		SubjectKind: mailbox.OfAccount, SubjectID: a.ID, LinkID: link.ID, OnceKey: "activation/" + link.ID.String()})
}

// SendActivationAgain sends another activation link to a pending address; the
// answer is the same for every address (P1.3, P1.4). Anyone may call it.
func SendActivationAgain(ctx context.Context, db *models.DB, email, address string) error {
	defer even(ctx, time.Now())
	clean, problem := ident.Email(email)
	if problem != "" {
		return models.Invalid("account.invalid", models.FieldError{Field: "email", Key: problem})
	}
	return db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		if err := limitForm(ctx, tx, address, false); err != nil {
			return err
		}
		a, err := accountByEmail(ctx, tx, ident.EmailAddress(clean))
		switch {
		case err != nil || none(a):
			return err
		case a.State != Pending:
			return tellOwner(ctx, tx, a, mailbox.AlreadyKnown)
		case !tx.Now.Before(*a.ExpiresAt):
			return nil
		}
		return mailActivation(ctx, tx, a)
	})
}

// checkSignUp refuses what cannot be kept, every field at once.
func checkSignUp(ctx context.Context, db *models.DB, in SignUpInput) (filled, error) {
	wrong := []models.FieldError{}
	f := filled{lang: in.Lang, leaveDrafts: in.LeaveDrafts}
	f.identity = checkIdentity(in, db.Today(), &wrong)
	f.email, f.key = checkEmails(in.Email, in.EmailAgain, &wrong)
	most, err := passwordMax(ctx, db)
	if err != nil {
		return f, err
	}
	checkPasswords(in.Password, in.PasswordAgain, most, &wrong, in.BirthName, in.UsualName, in.FirstName, in.Email)
	for _, t := range RequiredTexts() {
		if !contains(in.Acknowledged, t.Key) {
			wrong = append(wrong, models.FieldError{Field: "text_" + t.Key, Key: "account.text.required." + t.Key})
		}
	}
	if len(wrong) > 0 {
		return f, models.Invalid("account.invalid", wrong...)
	}
	return f, nil
}

func checkIdentity(in SignUpInput, today time.Time, wrong *[]models.FieldError) Identity {
	i := Identity{Civility: in.Civility, BirthName: tidy(in.BirthName), UsualName: tidy(in.UsualName), FirstName: tidy(in.FirstName)}
	if i.Civility != "madame" && i.Civility != "monsieur" {
		i.Civility = ""
	}
	add := func(name, problem string) {
		if problem != "" {
			*wrong = append(*wrong, field(name, problem))
		}
	}
	add("birth_name", CheckName(i.BirthName))
	if in.SameName || i.UsualName == i.BirthName {
		i.UsualName = ""
	} else {
		add("usual_name", CheckName(i.UsualName))
	}
	add("first_name", CheckName(i.FirstName))
	born, problem := checkBirthDate(in.BirthDate, today)
	add("birth_date", problem)
	i.BirthDate = born
	return i
}

// checkEmails gives the address as it is written and as it is compared.
func checkEmails(email, again string, wrong *[]models.FieldError) (clean, key string) {
	if strings.TrimSpace(email) == "" {
		*wrong = append(*wrong, field("email", "required"))
		return "", ""
	}
	clean, problem := ident.Email(email)
	if problem != "" {
		*wrong = append(*wrong, models.FieldError{Field: "email", Key: problem})
		return "", ""
	}
	second, _ := ident.Email(again)
	if ident.EmailAddress(second) != ident.EmailAddress(clean) {
		*wrong = append(*wrong, field("email_again", "different"))
	}
	return clean, ident.EmailAddress(clean)
}

// checkPasswords applies P1.2; most is the operator's maximum, in characters.
func checkPasswords(password, again string, most int, wrong *[]models.FieldError, about ...string) {
	switch missing := MissingRules(password, about...); {
	case password == "":
		*wrong = append(*wrong, field("password", "required"))
		return
	case !utf8.ValidString(password):
		*wrong = append(*wrong, field("password", "unreadable"))
		return
	case utf8.RuneCountInString(password) > most:
		*wrong = append(*wrong, field("password", "long", fmt.Sprint(most)))
		return
	case len(missing) > 0:
		for _, rule := range missing {
			*wrong = append(*wrong, field("password", string(rule)))
		}
		return
	}
	if again != password {
		*wrong = append(*wrong, field("password_again", "different"))
	}
}

func passwordMax(ctx context.Context, db *models.DB) (most int, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		most, err = tx.SettingInt(ctx, "password_max")
		return err
	})
	return most, err
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}
