package people

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"passerelle/models"
)

// ceremonyLasts is how long a browser may take to find its passkey.
const ceremonyLasts = 5 * time.Minute

// Passkeys checks passkeys (clés d'accès) for one address of the portal. The
// person is always verified by their device, so that a passkey is both factors.
type Passkeys struct {
	rp *webauthn.WebAuthn
	// Host is the only name under which browsers offer them.
	Host string
}

// NewPasskeys serves a base URL. Nil when its host is a bare address, which no
// browser takes; a machine's own address is served under the name localhost.
func NewPasskeys(baseURL, name string) *Passkeys {
	u, err := url.Parse(baseURL)
	if err != nil || u.Host == "" {
		return nil
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); ip != nil {
		if !ip.IsLoopback() {
			return nil
		}
		host, u.Host = "localhost", net.JoinHostPort("localhost", u.Port())
	}
	rp, err := webauthn.New(&webauthn.Config{RPID: host, RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + strings.TrimSuffix(u.Host, ":")},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired}})
	if err != nil {
		return nil
	}
	return &Passkeys{rp: rp, Host: host}
}

// Ceremony is what the browser is given: the options for navigator.credentials
// and the sealed text to send back with its answer.
type Ceremony struct {
	Options any    `json:"options"`
	Sealed  string `json:"sealed"`
}

// sealedCeremony travels through the page.
type sealedCeremony struct {
	Session webauthn.SessionData
	Until   int64
}

// holder is an account as the library sees it.
type holder struct {
	account     Account
	credentials []webauthn.Credential
	factors     []models.ID // of each credential
	unreadable  bool        // some are sealed with another secret key
}

func (h holder) WebAuthnID() []byte                         { return h.account.ID[:] }
func (h holder) WebAuthnName() string                       { return h.account.Email }
func (h holder) WebAuthnDisplayName() string                { return h.account.Identity.Name() }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

func passkeysOf(ctx context.Context, tx models.Tx, a Account) (holder, error) {
	h := holder{account: a}
	rows, err := tx.PGX.Query(ctx, `SELECT id, secret FROM factors WHERE account_id = $1 AND kind = 'passkey' ORDER BY created_at, id FOR UPDATE`, models.Prepared, a.ID)
	if err != nil {
		return h, fmt.Errorf("passkeys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id models.ID
		var stored []byte
		var c webauthn.Credential
		if err := rows.Scan(&id, &stored); err != nil {
			return h, fmt.Errorf("passkeys: %w", err)
		}
		plain, err := unseal(tx.Keys(), "passkey", stored, id[:])
		if errors.Is(err, errSealed) {
			h.unreadable = true
			continue
		}
		if err == nil {
			err = json.Unmarshal(plain, &c)
		}
		if err != nil {
			return h, fmt.Errorf("passkeys: %w", err)
		}
		h.credentials, h.factors = append(h.credentials, c), append(h.factors, id)
	}
	return h, rows.Err()
}

func (k *Passkeys) sealed(keys models.Keys, now time.Time, options any, session *webauthn.SessionData, purpose string, bound []byte) (Ceremony, error) {
	text, err := sealText(keys, purpose, sealedCeremony{*session, now.Add(ceremonyLasts).Unix()}, bound)
	return Ceremony{Options: options, Sealed: text}, err
}

// opened reads a ceremony back and spends its challenge: each serves once.
func (k *Passkeys) opened(ctx context.Context, tx models.Tx, text, purpose string, bound []byte) (webauthn.SessionData, bool, error) {
	var s sealedCeremony
	if k == nil || !unsealText(tx.Keys(), purpose, text, &s, bound) || tx.Now.Unix() > s.Until {
		return s.Session, false, nil
	}
	tag, err := tx.PGX.Exec(ctx, `INSERT INTO challenges (id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, models.Prepared,
		uuid.NewSHA1(uuid.NameSpaceOID, []byte("passkey/"+s.Session.Challenge)), tx.Now)
	if err != nil {
		return s.Session, false, fmt.Errorf("passkey: %w", err)
	}
	return s.Session, tag.RowsAffected() == 1, nil
}

// BeginAdd asks the actor's browser for a new passkey. Invalid (KeyProve) when
// nothing was proven lately.
func (k *Passkeys) BeginAdd(ctx context.Context, tx models.Tx, by models.Actor) (Ceremony, error) {
	if k == nil {
		return Ceremony{}, models.NotFound("page.not_found")
	}
	a, _, err := changing(ctx, tx, by)
	if err != nil {
		return Ceremony{}, err
	}
	h, err := passkeysOf(ctx, tx, a)
	if err != nil {
		return Ceremony{}, err
	}
	if len(h.credentials) >= mostPasskeys {
		return Ceremony{}, models.Invalid("account.factor.too_many")
	}
	exclude := []protocol.CredentialDescriptor{}
	for _, c := range h.credentials {
		exclude = append(exclude, c.Descriptor())
	}
	options, session, err := k.rp.BeginRegistration(h, webauthn.WithExclusions(exclude))
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey: %w", err)
	}
	return k.sealed(tx.Keys(), tx.Now, options.Response, session, "passkey-add", by.SignIn[:])
}

// Add keeps the passkey that the browser made, under the person's own name for
// it, and gives the ten recovery codes with the first factor.
func (k *Passkeys) Add(ctx context.Context, tx models.Tx, by models.Actor, sealed, answer, name string) ([]string, error) {
	a, _, err := changing(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	session, ok, err := k.opened(ctx, tx, sealed, "passkey-add", by.SignIn[:])
	if err != nil {
		return nil, err
	}
	parsed, wrong := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if !ok || wrong != nil {
		return nil, models.Invalid("account.factor.passkey_wrong")
	}
	h, err := passkeysOf(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	made, err := k.rp.CreateCredential(h, session, parsed)
	if err != nil {
		return nil, models.Invalid("account.factor.passkey_wrong")
	}
	id := tx.NewID()
	stored, err := sealCredential(tx, id, made)
	if err != nil {
		return nil, err
	}
	tag, err := tx.PGX.Exec(ctx, `INSERT INTO factors (id, account_id, kind, name, secret, credential_id, created_at) VALUES ($1, $2, 'passkey', $3, $4, $5, $6)
		ON CONFLICT (credential_id) DO NOTHING`, models.Prepared, id, a.ID, cutDevice(name), stored, made.ID, tx.Now)
	if err != nil {
		return nil, fmt.Errorf("add passkey: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil, models.Invalid("account.factor.passkey_wrong")
	}
	return added(ctx, tx, by, a, ByPasskey)
}

func sealCredential(tx models.Tx, id models.ID, c *webauthn.Credential) ([]byte, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	return seal(tx.Keys(), "passkey", plain, id[:])
}

// BeginSignIn asks a browser for any passkey of this portal: the same for
// everyone, so that it tells nothing of any account. Nothing is stored.
func (k *Passkeys) BeginSignIn(db *models.DB) (Ceremony, error) {
	if k == nil {
		return Ceremony{}, models.NotFound("page.not_found")
	}
	options, session, err := k.rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("passkey: %w", err)
	}
	return k.sealed(db.Keys, db.Clock.Now(), options.Response, session, "passkey-sign-in", nil)
}

// SignIn opens a sign-in by a passkey alone, or ends the waiting of a half-way
// one. Anything wrong is one and the same Invalid.
func (k *Passkeys) SignIn(ctx context.Context, db *models.DB, by models.Actor, sealed, answer string, in SignInInput) (SignedIn, error) {
	defer even(ctx, time.Now())
	var out SignedIn
	right := false
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		a, ok, err := k.proven(ctx, tx, sealed, answer)
		if right = ok; err != nil || !ok {
			return err
		}
		if a, err = enterable(ctx, tx, a.ID); err != nil {
			return err
		}
		e := entrance{by: by, account: a, device: in.Device, replaced: []models.ID{by.SignIn, in.Half}, factor: ByPasskey, proven: true}
		out, err = e.open(ctx, tx)
		return err
	})
	if err == nil && !right {
		err = models.Invalid("account.factor.passkey_wrong")
	}
	return out, err
}

// Prove is the proof by a passkey before a change of factors; it must be the
// actor's own.
func (k *Passkeys) Prove(ctx context.Context, db *models.DB, by models.Actor, sealed, answer string) error {
	defer even(ctx, time.Now())
	right := false
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		a, ok, err := k.proven(ctx, tx, sealed, answer)
		if right = ok && a.ID == by.Account; err != nil || !right {
			return err
		}
		return proven(ctx, tx, by, ByPasskey)
	})
	if err == nil && !right {
		err = models.Invalid("account.factor.passkey_wrong")
	}
	return err
}

// proven finds whose passkey answered, and notes that it was used. False when
// anything is not as it must be, a copied passkey (its counter went back)
// included.
func (k *Passkeys) proven(ctx context.Context, tx models.Tx, sealed, answer string) (Account, bool, error) {
	session, ok, err := k.opened(ctx, tx, sealed, "passkey-sign-in", nil)
	if err != nil || !ok {
		return Account{}, false, err
	}
	parsed, wrong := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if wrong != nil {
		return Account{}, false, nil
	}
	var h holder
	var broken error // of the database, not of the passkey
	_, used, wrong := k.rp.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		h, broken = holderOf(ctx, tx, handle)
		return h, broken
	}, session, parsed)
	if broken != nil && !errors.Is(broken, errNoHolder) {
		return Account{}, false, broken
	}
	if wrong != nil && h.unreadable {
		return Account{}, false, models.Invalid(KeyUnreadable)
	}
	if wrong != nil || used.Authenticator.CloneWarning {
		return Account{}, false, nil
	}
	return h.account, true, h.note(ctx, tx, used)
}

var errNoHolder = errors.New("people: no account has this passkey")

func holderOf(ctx context.Context, tx models.Tx, handle []byte) (holder, error) {
	id, err := uuid.FromBytes(handle)
	if err != nil {
		return holder{}, errNoHolder
	}
	a, err := accountByID(ctx, tx, id)
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return holder{}, errNoHolder
	}
	if err != nil {
		return holder{}, err
	}
	return passkeysOf(ctx, tx, a)
}

// note keeps the counter of a passkey and when it served.
func (h holder) note(ctx context.Context, tx models.Tx, used *webauthn.Credential) error {
	for i, c := range h.credentials {
		if !bytes.Equal(c.ID, used.ID) {
			continue
		}
		stored, err := sealCredential(tx, h.factors[i], used)
		if err != nil {
			return err
		}
		if _, err := tx.PGX.Exec(ctx, `UPDATE factors SET secret = $2, used_at = $3 WHERE id = $1`, models.Prepared, h.factors[i], stored, tx.Now); err != nil {
			return fmt.Errorf("passkey: %w", err)
		}
	}
	return nil
}
