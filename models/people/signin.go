package people

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form/ident"
)

// How long a sign-in lasts: without a request, and in all. Staff see other
// people's data and are signed out sooner.
const (
	applicantIdle  = 2 * time.Hour
	applicantLasts = 24 * time.Hour
	staffIdle      = 30 * time.Minute
	staffLasts     = 10 * time.Hour
	// halfLasts is how long the second factor may be awaited.
	halfLasts = 10 * time.Minute
	// endedKept is how long an ended sign-in still tells whose it was, so that
	// a form posted too late can wait for the same person (P18.10).
	endedKept = 7 * 24 * time.Hour
)

// SignInInput is what the sign-in page asks.
type SignInInput struct {
	Email, Password string
	Device          string    // short name of the browser, shown in the list
	Known           string    // DeviceKey kept by this browser, if any
	Trusted         string    // secret of a device remembered for the second factor, if any
	Half            models.ID // half-way sign-in that this browser held, if any
	Address         string    // network address of the client
}

// SignedIn is a new sign-in. Token goes into the cookie, Known and Trusted into
// lasting ones unless the device is shared; none is stored as such. Half: the
// second factor is awaited, Actor is nobody yet.
type SignedIn struct {
	Token   string
	Actor   models.Actor
	Ends    time.Time
	Known   string
	Trusted string
	Half    bool
}

// SignIn opens a sign-in (session web) for the right address and password, and
// ends the one that the browser held, so that its id is never kept. Anything
// wrong is one and the same Invalid; too many failures are Limited, growing
// (P1.13), without slowing the devices where the owner already signed in. Only
// who knows the password learns that the account waits or is closed.
func SignIn(ctx context.Context, db *models.DB, by models.Actor, in SignInInput) (SignedIn, error) {
	defer even(ctx, time.Now())
	var out SignedIn
	key := ident.EmailAddress(in.Email)
	var a Account
	t := throttle{account: key, network: Network(in.Address)}
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		found, err := findForSignIn(ctx, tx, key)
		if err != nil {
			return err
		}
		if a = found; !none(a) && deviceKnown(tx.Keys(), in.Known, a.ID) {
			t = throttle{account: key + "/" + in.Known}
		}
		wait, err := t.waiting(ctx, tx)
		if err == nil && wait > 0 {
			err = models.Limited("account.too_many_tries", seconds(wait))
		}
		return err
	})
	if err != nil {
		return out, err
	}
	right, err := verify(ctx, a.passwordHash, in.Password)
	if err != nil {
		return out, err
	}
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		if !right {
			return t.failed(ctx, tx)
		}
		out, err = enter(ctx, tx, by, a.ID, in)
		if err != nil {
			return err
		}
		return t.clear(ctx, tx)
	})
	if err == nil && !right {
		err = models.Invalid("account.sign_in_wrong")
	}
	return out, err
}

func findForSignIn(ctx context.Context, tx models.Tx, key string) (Account, error) {
	a, err := scanAccount(tx.PGX.QueryRow(ctx, accountSQL+`WHERE a.email_key = $1`, models.Prepared, key))
	if models.KindOf(err) == models.KindNotFound {
		return Account{}, nil
	}
	return a, err
}

// enter writes the sign-in of an account whose password was right: half-way
// where a second factor is still to be proven.
func enter(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, in SignInInput) (SignedIn, error) {
	a, err := enterable(ctx, tx, id)
	if err != nil {
		return SignedIn{}, err
	}
	e := entrance{by: by, account: a, device: in.Device, replaced: []models.ID{by.SignIn, in.Half}, proven: true}
	has, err := hasFactor(ctx, tx, a.ID)
	if err != nil || !has {
		if err != nil {
			return SignedIn{}, err
		}
		return e.open(ctx, tx)
	}
	trusted, err := spendTrusted(ctx, tx, a.ID, in.Trusted)
	if err != nil {
		return SignedIn{}, err
	}
	if trusted == "" {
		e.half = true
		return e.open(ctx, tx)
	}
	e.factor, e.proven = ByDevice, false
	out, err := e.open(ctx, tx)
	out.Trusted = trusted
	return out, err
}

// enterable is the account, locked, if its state lets it sign in.
func enterable(ctx context.Context, tx models.Tx, id models.ID) (Account, error) {
	a, err := accountByID(ctx, tx, id)
	if err != nil {
		return a, err
	}
	switch a.State {
	case Pending:
		return a, models.Invalid("account.sign_in_pending")
	case Suspended, Archived:
		return a, models.Invalid("account.sign_in_closed")
	}
	return a, nil
}

// entrance is a sign-in about to be opened.
type entrance struct {
	by       models.Actor
	account  Account
	device   string
	replaced []models.ID // sign-ins of this browser, whose ids are never kept
	half     bool
	factor   Method
	proven   bool // the person has just proven who they are
}

// open writes it under a new token.
func (e entrance) open(ctx context.Context, tx models.Tx) (SignedIn, error) {
	var out SignedIn
	a := e.account
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM sign_ins WHERE id = ANY($1)`, models.Prepared, e.replaced); err != nil {
		return out, fmt.Errorf("sign in: %w", err)
	}
	grants, err := grantsOf(ctx, tx, a.ID)
	if err != nil {
		return out, err
	}
	idle, lasts := durations(grants)
	if e.half {
		idle, lasts = halfLasts, halfLasts
	}
	out.Token, out.Ends, out.Half = secret(), tx.Now.Add(lasts), e.half
	var proven *time.Time
	if e.proven && !e.half {
		proven = &tx.Now
	}
	signIn := tx.NewID()
	_, err = tx.PGX.Exec(ctx, `
		INSERT INTO sign_ins (id, account_id, token_hash, device, created_at, seen_at, idle_until, ends_at, half, factor, proven_at)
		VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10)`, models.Prepared,
		signIn, a.ID, models.HashToken(out.Token), cutDevice(e.device), tx.Now, tx.Now.Add(idle), out.Ends, e.half, string(e.factor), proven)
	if err != nil {
		return out, fmt.Errorf("sign in: %w", err)
	}
	if e.half {
		return out, record(ctx, tx, e.by, "account.half_signed_in", a.ID)
	}
	out.Known = deviceKey(tx.Keys(), a.ID, tx.NewID())
	out.Actor = models.Actor{Kind: models.ActorAccount, Account: a.ID, Person: a.PersonID, SignIn: signIn, Email: a.Email,
		Name: a.Identity.Name(), Lang: a.Lang, Grants: grants, Factor: string(e.factor), DraftKey: e.by.DraftKey, Device: cutDevice(e.device)}
	return out, record(ctx, tx, out.Actor, "account.signed_in", a.ID)
}

// secret is a new token of 256 bits.
func secret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func durations(grants []models.Grant) (idle, lasts time.Duration) {
	if len(grants) > 0 {
		return staffIdle, staffLasts
	}
	return applicantIdle, applicantLasts
}

func cutDevice(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if r := []rune(s); len(r) > 80 {
		return string(r[:80])
	}
	return s
}

// deviceKey marks a browser where the owner of an account once signed in.
func deviceKey(keys models.Keys, account, device models.ID) string {
	body := append(account[:], device[:]...)
	return base64.RawURLEncoding.EncodeToString(append(body, keys.MAC("device", body)...))
}

func deviceKnown(keys models.Keys, token string, account models.ID) bool {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	return err == nil && len(raw) == 64 && models.ID(raw[:16]) == account && keys.Valid("device", raw[:32], raw[32:])
}

// SignInKind is what a cookie still proves.
type SignInKind string

// The kinds.
const (
	SignInFresh   SignInKind = "fresh"
	SignInHalf    SignInKind = "half"    // the second factor is awaited (P1.13)
	SignInExpired SignInKind = "expired" // ended, but whose it was is known (P18.10)
	SignInNone    SignInKind = "none"
)

// SignInState is the kind, with the account of an expired sign-in or of one that
// is half-way, and the id of the latter.
type SignInState struct {
	Kind    SignInKind
	Account models.ID
	SignIn  models.ID
}

// ActorOf tells who a cookie's token stands for: fresh, the whole actor; half,
// whose it would be and an anonymous actor, who reaches the factor's page alone;
// expired, whose it was and an anonymous actor; none, nobody. One prepared
// query; that the person was seen is written at most once a minute. For the
// edge alone, which adds DraftKey and Device.
func ActorOf(ctx context.Context, db *models.DB, token string) (models.Actor, SignInState, error) {
	nobody, none := models.Actor{Kind: models.ActorAnonymous}, SignInState{Kind: SignInNone}
	if token == "" || len(token) > 100 {
		return nobody, none, nil
	}
	var seen, idle, ends time.Time
	var state State
	var grants, absent string
	var half bool
	now := db.Clock.Now()
	a := models.Actor{Kind: models.ActorAccount}
	err := db.Pool.QueryRow(ctx, actorSQL, models.Prepared, models.HashToken(token), now).Scan(&a.SignIn, &a.Account, &seen, &idle, &ends,
		&a.Person, &a.Email, &a.Lang, &state, &a.Name, &grants, &absent, &half, &a.Factor)
	if errors.Is(err, pgx.ErrNoRows) {
		return nobody, none, nil
	}
	if err != nil {
		return nobody, none, fmt.Errorf("actor: %w", err)
	}
	if state != Active || !now.Before(idle) || !now.Before(ends) {
		if half {
			return nobody, none, nil
		}
		return nobody, SignInState{Kind: SignInExpired, Account: a.Account}, nil
	}
	if half {
		return nobody, SignInState{Kind: SignInHalf, Account: a.Account, SignIn: a.SignIn}, nil
	}
	if a.Grants, err = readGrants(grants); err != nil {
		return nobody, none, err
	}
	if a.StandsIn, err = readStandIns(absent); err != nil {
		return nobody, none, err
	}
	if now.Sub(seen) >= time.Minute {
		if err := seenNow(ctx, db, a, now); err != nil {
			return nobody, none, err
		}
	}
	return a, SignInState{Kind: SignInFresh, Account: a.Account}, nil
}

// seenNow moves the idle end of a sign-in.
func seenNow(ctx context.Context, db *models.DB, a models.Actor, now time.Time) error {
	idle, _ := durations(a.Grants)
	_, err := db.Pool.Exec(ctx, `UPDATE sign_ins SET seen_at = $2, idle_until = least($3, ends_at) WHERE id = $1 AND idle_until > $2`,
		models.Prepared, a.SignIn, now, now.Add(idle))
	if err != nil {
		return fmt.Errorf("actor seen: %w", err)
	}
	return nil
}

const actorSQL = `
	SELECT s.id, s.account_id, s.seen_at, s.idle_until, s.ends_at, a.person_id, a.email, a.lang, a.state,
		p.first_name || ' ' || coalesce(nullif(p.usual_name, ''), p.birth_name),
		coalesce((SELECT string_agg(g.role || '/' || g.scope_kind || '/' || g.scope_id, ' ' ORDER BY g.role, g.scope_kind, g.scope_id)
			FROM grants g WHERE g.account_id = a.id), ''),
		` + standInsSQL + `, s.half, s.factor
	FROM sign_ins s JOIN accounts a ON a.id = s.account_id JOIN people p ON p.id = a.person_id
	WHERE s.token_hash = $1`

func readGrants(s string) ([]models.Grant, error) {
	var list []models.Grant
	for _, g := range strings.Fields(s) {
		parts := strings.SplitN(g, "/", 3)
		id, err := uuid.Parse(parts[len(parts)-1])
		if err != nil || len(parts) != 3 {
			return nil, errors.New("people: a grant is unreadable")
		}
		list = append(list, models.Grant{Role: models.Role(parts[0]), Kind: models.ScopeKind(parts[1]), Scope: id})
	}
	return list, nil
}

func grantsOf(ctx context.Context, tx models.Tx, account models.ID) ([]models.Grant, error) {
	var s string
	err := tx.PGX.QueryRow(ctx, `
		SELECT coalesce(string_agg(role || '/' || scope_kind || '/' || scope_id, ' ' ORDER BY role, scope_kind, scope_id), '')
		FROM grants WHERE account_id = $1`, models.Prepared, account).Scan(&s)
	if err != nil {
		return nil, fmt.Errorf("grants: %w", err)
	}
	return readGrants(s)
}

// GiveUp ends a sign-in of this browser that waits for a second factor; nothing
// to end is no error.
func GiveUp(ctx context.Context, tx models.Tx, half SignInState) error {
	if half.Kind != SignInHalf {
		return nil
	}
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM sign_ins WHERE id = $1 AND half`, models.Prepared, half.SignIn); err != nil {
		return fmt.Errorf("give up: %w", err)
	}
	return nil
}

// SignOut ends the actor's own sign-in (P1.14); nothing to end is no error.
func SignOut(ctx context.Context, tx models.Tx, by models.Actor) error {
	if by.SignIn == uuid.Nil {
		return nil
	}
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM sign_ins WHERE id = $1`, models.Prepared, by.SignIn); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return record(ctx, tx, by, "account.signed_out", by.Account)
}

// OpenSignIn is one line of the list of a person's sign-ins (P1.13).
type OpenSignIn struct {
	ID        models.ID
	Device    string
	CreatedAt time.Time
	SeenAt    time.Time
	Here      bool   // the one that asks
	How       Method // the second factor that was proven; empty: the password alone
}

// SignInsOf lists the actor's own open sign-ins, the latest seen first.
func SignInsOf(ctx context.Context, tx models.Tx, by models.Actor) ([]OpenSignIn, error) {
	if !by.SignedIn() {
		return nil, models.NotFound("account.unknown")
	}
	rows, err := tx.PGX.Query(ctx, `
		SELECT id, device, created_at, seen_at, factor FROM sign_ins
		WHERE account_id = $1 AND NOT half AND idle_until > $2 AND ends_at > $2 ORDER BY seen_at DESC, id`, models.Prepared, by.Account, tx.Now)
	if err != nil {
		return nil, fmt.Errorf("sign-ins: %w", err)
	}
	defer rows.Close()
	list := []OpenSignIn{}
	for rows.Next() {
		var s OpenSignIn
		if err := rows.Scan(&s.ID, &s.Device, &s.CreatedAt, &s.SeenAt, &s.How); err != nil {
			return nil, fmt.Errorf("sign-ins: %w", err)
		}
		s.Here = s.ID == by.SignIn
		list = append(list, s)
	}
	return list, rows.Err()
}

// EndSignIn ends one of the actor's own sign-ins; another's is not found.
func EndSignIn(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	tag, err := tx.PGX.Exec(ctx, `UPDATE sign_ins SET ends_at = $3, idle_until = least(idle_until, $3)
		WHERE id = $1 AND account_id = $2 AND ends_at > $3`,
		models.Prepared, id, by.Account, tx.Now)
	if err != nil {
		return fmt.Errorf("end sign-in: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return models.NotFound("page.not_found")
	}
	return record(ctx, tx, by, "account.sign_in_ended", by.Account)
}

// EndOthers ends every sign-in of the actor but the one that asks ("se
// déconnecter partout").
func EndOthers(ctx context.Context, tx models.Tx, by models.Actor) error {
	if !by.SignedIn() {
		return models.NotFound("account.unknown")
	}
	if err := endAll(ctx, tx, by.Account, by.SignIn); err != nil {
		return err
	}
	return record(ctx, tx, by, "account.signed_out_everywhere", by.Account)
}

func endAll(ctx context.Context, tx models.Tx, account, but models.ID) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE sign_ins SET ends_at = $3, idle_until = least(idle_until, $3)
		WHERE account_id = $1 AND id <> $2 AND ends_at > $3`,
		models.Prepared, account, but, tx.Now)
	if err != nil {
		return fmt.Errorf("end sign-ins: %w", err)
	}
	return nil
}
