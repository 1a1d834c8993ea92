package people

import (
	"context"
	"fmt"
	"slices"
	"time"

	"passerelle/models"
	"passerelle/models/mailbox"
)

// Method is how a second factor is proven (double vérification, P1.13).
type Method string

// The methods; the first two are factors that a person adds.
const (
	ByTOTP     Method = "totp"     // code of an application
	ByPasskey  Method = "passkey"  // clé d'accès
	ByRecovery Method = "recovery" // code de secours
	ByDevice   Method = "device"   // appareil retenu 30 jours
)

const (
	// proofLasts is how long a proof lets factors be changed without another.
	proofLasts = 10 * time.Minute
	// mostPasskeys is how many one account keeps.
	mostPasskeys = 20
)

// Factor is one of a person's own second factors.
type Factor struct {
	ID        models.ID
	Kind      Method
	Name      string
	CreatedAt time.Time
	UsedAt    *time.Time
	// Unreadable: sealed with another secret key of the portal, it proves nothing any more.
	Unreadable bool
}

// Factors are what the person's page shows.
type Factors struct {
	List    []Factor
	Codes   int  // recovery codes that still serve
	Devices int  // devices remembered
	Proven  bool // recently enough to change them
}

// Has reports a factor of the kind.
func (f Factors) Has(kind Method) bool {
	for _, one := range f.List {
		if one.Kind == kind {
			return true
		}
	}
	return false
}

// Unreadable reports that one at least cannot be read any more, with the recovery codes
// that were made by the same secret key.
func (f Factors) Unreadable() bool {
	return slices.ContainsFunc(f.List, func(one Factor) bool { return one.Unreadable })
}

// FactorRequired reports that staff must have a second factor; the people
// without a role never must. For the edge, before anything else is shown.
func FactorRequired(ctx context.Context, tx models.Tx, by models.Actor) (bool, error) {
	if len(by.Grants) == 0 {
		return false, nil
	}
	value, err := tx.SettingValue(ctx, "staff_second_factor")
	return value == "required", err
}

// FactorsOf lists the actor's own factors, the oldest first.
func FactorsOf(ctx context.Context, tx models.Tx, by models.Actor) (Factors, error) {
	if !by.SignedIn() {
		return Factors{}, models.NotFound("account.unknown")
	}
	return factorsOf(ctx, tx, by.Account, by.SignIn)
}

// HalfFactors lists those of a sign-in that waits for one, for its page alone.
func HalfFactors(ctx context.Context, tx models.Tx, half SignInState) (Factors, error) {
	if half.Kind != SignInHalf {
		return Factors{}, models.NotFound("account.unknown")
	}
	return factorsOf(ctx, tx, half.Account, half.SignIn)
}

func factorsOf(ctx context.Context, tx models.Tx, account, signIn models.ID) (Factors, error) {
	var f Factors
	err := tx.PGX.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM recovery_codes WHERE account_id = $1 AND used_at IS NULL),
			(SELECT count(*) FROM trusted_devices WHERE account_id = $1 AND ends_at > $3),
			coalesce((SELECT proven_at > $4 FROM sign_ins WHERE id = $2), false)`, models.Prepared,
		account, signIn, tx.Now, tx.Now.Add(-proofLasts)).Scan(&f.Codes, &f.Devices, &f.Proven)
	if err != nil {
		return f, fmt.Errorf("factors: %w", err)
	}
	rows, err := tx.PGX.Query(ctx, `SELECT id, kind, name, created_at, used_at, secret FROM factors WHERE account_id = $1 ORDER BY created_at, id`,
		models.Prepared, account)
	if err != nil {
		return f, fmt.Errorf("factors: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var one Factor
		var sealed []byte
		if err := rows.Scan(&one.ID, &one.Kind, &one.Name, &one.CreatedAt, &one.UsedAt, &sealed); err != nil {
			return f, fmt.Errorf("factors: %w", err)
		}
		one.Unreadable = !readable(tx.Keys(), one.Kind, one.ID, sealed)
		f.List = append(f.List, one)
	}
	return f, rows.Err()
}

func hasFactor(ctx context.Context, tx models.Tx, account models.ID) (has bool, err error) {
	err = tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM factors WHERE account_id = $1)`, models.Prepared, account).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("factors: %w", err)
	}
	return has, nil
}

// changing locks the actor's account for a change of its factors, and refuses
// a sign-in where nothing was proven lately: Invalid, key account.factor.prove.
func changing(ctx context.Context, tx models.Tx, by models.Actor) (Account, Factors, error) {
	if !by.SignedIn() {
		return Account{}, Factors{}, models.NotFound("account.unknown")
	}
	a, err := accountByID(ctx, tx, by.Account)
	if err != nil {
		return a, Factors{}, err
	}
	f, err := factorsOf(ctx, tx, by.Account, by.SignIn)
	if err == nil && !f.Proven {
		err = models.Invalid(KeyProve)
	}
	return a, f, err
}

// KeyProve refuses a change of factors until the person proves who they are.
const KeyProve = "account.factor.prove"

// added finishes the addition of a factor: this sign-in counts as proven by it,
// the others end, the address is told, and the first factor brings its recovery
// codes, in clear this once.
func added(ctx context.Context, tx models.Tx, by models.Actor, a Account, kind Method) ([]string, error) {
	_, err := tx.PGX.Exec(ctx, `UPDATE sign_ins SET factor = $2, proven_at = $3 WHERE id = $1`, models.Prepared, by.SignIn, string(kind), tx.Now)
	if err != nil {
		return nil, fmt.Errorf("add factor: %w", err)
	}
	if err := endAll(ctx, tx, a.ID, by.SignIn); err != nil {
		return nil, err
	}
	if err := tellFactor(ctx, tx, a, mailbox.FactorAdded); err != nil {
		return nil, err
	}
	if err := recordFactor(ctx, tx, by, "account.factor_added", a.ID, kind); err != nil {
		return nil, err
	}
	var codes int
	err = tx.PGX.QueryRow(ctx, `SELECT count(*) FROM recovery_codes WHERE account_id = $1`, models.Prepared, a.ID).Scan(&codes)
	if err != nil || codes > 0 {
		return nil, err
	}
	return newCodes(ctx, tx, a.ID)
}

// RemoveFactor takes one of the actor's own factors away, once they have proven
// who they are: other sign-ins end and remembered devices are forgotten. The
// last one stays where the portal requires one. Another's is not found.
func RemoveFactor(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, required bool) error {
	if !by.SignedIn() {
		return models.NotFound("page.not_found")
	}
	var kind Method
	err := tx.PGX.QueryRow(ctx, `SELECT coalesce((SELECT kind FROM factors WHERE id = $1 AND account_id = $2), '')`, models.Prepared, id, by.Account).Scan(&kind)
	if err != nil {
		return fmt.Errorf("remove factor: %w", err)
	}
	if kind == "" {
		return models.NotFound("page.not_found")
	}
	a, f, err := changing(ctx, tx, by)
	if err != nil {
		return err
	}
	if required && len(f.List) == 1 {
		return models.Invalid("account.factor.last")
	}
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM factors WHERE id = $1`, models.Prepared, id); err != nil {
		return fmt.Errorf("remove factor: %w", err)
	}
	if len(f.List) == 1 {
		if _, err := tx.PGX.Exec(ctx, `DELETE FROM recovery_codes WHERE account_id = $1`, models.Prepared, a.ID); err != nil {
			return fmt.Errorf("remove factor: %w", err)
		}
	}
	if err := forgetTrusted(ctx, tx, a.ID); err != nil {
		return err
	}
	if err := endAll(ctx, tx, a.ID, by.SignIn); err != nil {
		return err
	}
	if err := tellFactor(ctx, tx, a, mailbox.FactorRemoved); err != nil {
		return err
	}
	return recordFactor(ctx, tx, by, "account.factor_removed", a.ID, kind)
}

// RemoveFactorsByOperator takes every factor, code and remembered device away
// from somebody who lost everything, and ends their sign-ins; the journal keeps
// the reason and the address is told. Invalid when there is none. For the command
// line alone.
func RemoveFactorsByOperator(ctx context.Context, tx models.Tx, by models.Actor, account models.ID, reason string) error {
	if by.Kind != models.ActorOperator {
		return models.NotFound("account.unknown")
	}
	a, err := accountByID(ctx, tx, account)
	if err != nil {
		return err
	}
	tag, err := tx.PGX.Exec(ctx, `DELETE FROM factors WHERE account_id = $1`, models.Prepared, a.ID)
	if err != nil {
		return fmt.Errorf("remove factors: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return models.Invalid("account.factor.none")
	}
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM recovery_codes WHERE account_id = $1`, models.Prepared, a.ID); err != nil {
		return fmt.Errorf("remove factors: %w", err)
	}
	if err := forgetTrusted(ctx, tx, a.ID); err != nil {
		return err
	}
	if err := factorThrottle(a.ID, "").clear(ctx, tx); err != nil {
		return err
	}
	if err := endAll(ctx, tx, a.ID, models.ID{}); err != nil {
		return err
	}
	if err := tellFactor(ctx, tx, a, mailbox.FactorRemoved); err != nil {
		return err
	}
	return tx.Record(ctx, by, models.Event{Kind: "account.factors_removed", SubjectKind: "account", SubjectID: a.ID, Reason: reason})
}

// tellFactor writes to the address that its protection has changed.
func tellFactor(ctx context.Context, tx models.Tx, a Account, kind mailbox.Kind) error {
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: kind, Recipient: a.Email, Lang: a.Lang,
		SubjectKind: mailbox.OfAccount, SubjectID: a.ID, OnceKey: string(kind) + "/" + tx.NewID().String()})
}

func recordFactor(ctx context.Context, tx models.Tx, by models.Actor, event string, account models.ID, kind Method) error {
	return tx.Record(ctx, by, models.Event{Kind: event, SubjectKind: "account", SubjectID: account, Data: map[string]any{"factor": string(kind)}})
}
