package people

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form/ident"
	"passerelle/models/mailbox"
)

// mostKeys is how many lines an import locks one by one; past it the table of
// locks of the database could overflow, so one lock covers every account.
const mostKeys = 500

// registered is a line of staff or students that says whose account it is.
type registered struct {
	id       models.ID
	email    string
	lang     string
	identity Identity
	account  models.ID  // Nil: none yet
	leftOn   *time.Time // last day (date de départ); nil: still there
}

func (r registered) key() string { return ident.EmailAddress(r.email) }

// register is a table of such lines.
type register struct {
	table string
	read  string // of registered, by ids $1
	// whole: the lines hold whole identities, which must be those of the accounts (P1.4).
	whole bool
}

// fresh reports an account that an import opened and that nobody has used: what
// the register says of it is all that is known.
func (a Account) fresh() bool { return a.imported && a.State == Active && a.passwordHash == "" }

// settle gives each line its account, and tells which accounts they have and
// which ones they left.
func (r register) settle(ctx context.Context, tx models.Tx, by models.Actor, ids []models.ID) (held, left []models.ID, err error) {
	lines, err := r.lines(ctx, tx, ids)
	if err != nil {
		return nil, nil, err
	}
	if err := lockLines(ctx, tx, lines); err != nil {
		return nil, nil, err
	}
	if err := r.part(ctx, tx, by, lines); err != nil {
		return nil, nil, err
	}
	lasts, err := tx.SettingDays(ctx, "activation_days")
	if err != nil {
		return nil, nil, err
	}
	for _, l := range lines {
		account, err := r.account(ctx, tx, by, l, lasts)
		if err != nil {
			return nil, nil, err
		}
		if l.account != uuid.Nil && l.account != account {
			left = append(left, l.account)
		}
		if account != uuid.Nil {
			held = append(held, account)
		}
		if l.account == account {
			continue
		}
		if err := r.link(ctx, tx, l.id, account); err != nil {
			return nil, nil, err
		}
	}
	return held, left, nil
}

func (r register) lines(ctx context.Context, tx models.Tx, ids []models.ID) ([]registered, error) {
	rows, err := tx.PGX.Query(ctx, r.read, models.Prepared, ids)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.table, err)
	}
	defer rows.Close()
	list := []registered{}
	for rows.Next() {
		var l registered
		if err := rows.Scan(&l.id, &l.email, &l.lang, &l.account, &l.identity.Civility, &l.identity.BirthName,
			&l.identity.UsualName, &l.identity.FirstName, &l.identity.BirthDate, &l.leftOn); err != nil {
			return nil, fmt.Errorf("%s: %w", r.table, err)
		}
		if l.identity.UsualName == l.identity.BirthName {
			l.identity.UsualName = ""
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

func (r register) link(ctx context.Context, tx models.Tx, line, account models.ID) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE `+r.table+` SET account_id = nullif($2, '00000000-0000-0000-0000-000000000000'::uuid) WHERE id = $1`,
		models.Prepared, line, account)
	if err != nil {
		return fmt.Errorf("%s: %w", r.table, err)
	}
	return nil
}

// lockLines makes whoever opens, activates or resets one of these accounts wait,
// in the order that the others keep: links, accounts and then identities.
func lockLines(ctx context.Context, tx models.Tx, lines []registered) error {
	emails, identities, accounts := []string{}, []string{}, []models.ID{}
	for _, l := range lines {
		emails = append(emails, l.key())
		accounts = append(accounts, l.account)
		if key := l.identity.Key(); key != "" {
			identities = append(identities, "identity/"+key)
		}
	}
	if len(lines) > mostKeys {
		if _, err := tx.PGX.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, models.Prepared, lockAll); err != nil {
			return fmt.Errorf("lock: %w", err)
		}
		return lockAccounts(ctx, tx, emails, accounts)
	}
	slices.Sort(emails)
	for _, key := range slices.Compact(slices.Clone(emails)) {
		if err := lock(ctx, tx, "email/"+key); err != nil {
			return err
		}
	}
	if err := lockAccounts(ctx, tx, emails, accounts); err != nil {
		return err
	}
	slices.Sort(identities)
	for _, key := range slices.Compact(identities) {
		if err := lock(ctx, tx, key); err != nil {
			return err
		}
	}
	return nil
}

// lockAccounts locks accounts, by address or id, after the links that could
// open them or change their password.
func lockAccounts(ctx context.Context, tx models.Tx, emails []string, ids []models.ID) error {
	for _, sql := range []string{
		`SELECT l.id FROM links l WHERE l.purpose IN ('activate', 'reset') AND l.used_at IS NULL AND l.revoked_at IS NULL
			AND l.subject_id IN (SELECT id FROM accounts WHERE email_key = ANY($1) OR id = ANY($2)) ORDER BY l.id FOR UPDATE`,
		`SELECT id FROM accounts WHERE email_key = ANY($1) OR id = ANY($2) ORDER BY id FOR UPDATE`,
	} {
		if _, err := tx.PGX.Exec(ctx, sql, models.Prepared, emails, ids); err != nil {
			return fmt.Errorf("lock accounts: %w", err)
		}
	}
	return nil
}

// part deletes the accounts that nobody has used and whose lines now say another
// address, before any is opened: each would be taken for a second account of its
// own person (P1.4), or hold the address that another line was given.
func (r register) part(ctx context.Context, tx models.Tx, by models.Actor, lines []registered) error {
	if !r.whole {
		return nil
	}
	accounts := make([]models.ID, 0, len(lines))
	for _, l := range lines {
		accounts = append(accounts, l.account)
	}
	rows, err := tx.PGX.Query(ctx, `SELECT id, email FROM accounts WHERE id = ANY($1) AND imported AND state = 'active' AND password_hash = ''`,
		models.Prepared, accounts)
	if err != nil {
		return fmt.Errorf("%s: %w", r.table, err)
	}
	emails, id, email := map[models.ID]string{}, models.ID{}, ""
	if _, err := pgx.ForEachRow(rows, []any{&id, &email}, func() error { emails[id] = ident.EmailAddress(email); return nil }); err != nil {
		return fmt.Errorf("%s: %w", r.table, err)
	}
	ids, left := []models.ID{}, []models.ID{}
	for i, l := range lines {
		if key, fresh := emails[l.account]; fresh && key != l.key() {
			ids, left = append(ids, l.id), append(left, l.account)
			lines[i].account = uuid.Nil
		}
	}
	if len(ids) == 0 {
		return nil
	}
	if err := r.unlink(ctx, tx, ids); err != nil {
		return err
	}
	return removeUnused(ctx, tx, by, left)
}

func (r register) unlink(ctx context.Context, tx models.Tx, lines []models.ID) error {
	if _, err := tx.PGX.Exec(ctx, `UPDATE `+r.table+` SET account_id = NULL WHERE id = ANY($1)`, models.Prepared, lines); err != nil {
		return fmt.Errorf("%s: %w", r.table, err)
	}
	return nil
}

// account is the account of a line, found or opened; Nil when the person has
// one elsewhere or has left, or somebody else has that address (P1.4).
func (r register) account(ctx context.Context, tx models.Tx, by models.Actor, l registered, lasts time.Duration) (models.ID, error) {
	if l.account != uuid.Nil {
		kept, err := r.kept(ctx, tx, l)
		if err != nil || kept {
			return l.account, err
		}
	}
	if l.leftOn != nil && l.leftOn.Before(tx.Today()) {
		return uuid.Nil, nil
	}
	a, err := accountByEmail(ctx, tx, l.key())
	if err != nil {
		return uuid.Nil, err
	}
	opened := !none(a) && a.State != Pending
	if opened && !r.theirs(a, l) {
		return uuid.Nil, nil
	}
	if !opened || a.Identity.Key() != l.identity.Key() {
		twin, err := accountOfIdentity(ctx, tx, l.identity.Key(), a.ID)
		if err != nil || !none(twin) {
			return uuid.Nil, err
		}
	}
	switch {
	case opened:
		return a.ID, r.correct(ctx, tx, a, l)
	case !none(a):
		return a.ID, takeOver(ctx, tx, by, a, l, lasts)
	}
	a = Account{ID: tx.NewID(), PersonID: tx.NewID(), Email: l.email, Lang: l.lang, Identity: l.identity}
	if err := insertAccount(ctx, tx, by, a, "", true); err != nil {
		return uuid.Nil, err
	}
	return a.ID, inviteFor(ctx, tx, a, lasts)
}

// takeOver makes of an account that nobody has proven the one that the register
// opens: whoever began it may have chosen its password for another's address. Its
// drafts go back to the browser that began them (P18.1).
func takeOver(ctx context.Context, tx models.Tx, by models.Actor, a Account, l registered, lasts time.Duration) error {
	if err := forgetMails(ctx, tx, a.ID); err != nil {
		return err
	}
	for _, purpose := range []models.LinkPurpose{models.LinkActivate, models.LinkReset} {
		if err := tx.RevokeLinks(ctx, purpose, a.ID); err != nil {
			return err
		}
	}
	for _, sql := range []string{
		`DELETE FROM acknowledgements WHERE account_id = $1`,
		`UPDATE applications SET pending_account_id = NULL WHERE pending_account_id = $1`,
	} {
		if _, err := tx.PGX.Exec(ctx, sql, models.Prepared, a.ID); err != nil {
			return fmt.Errorf("take over: %w", err)
		}
	}
	a.Email, a.Lang, a.Identity = l.email, l.lang, l.identity
	if err := insertPerson(ctx, tx, a.PersonID, a.Identity); err != nil {
		return err
	}
	_, err := tx.PGX.Exec(ctx, `
		UPDATE accounts SET email = $2, password_hash = '', state = 'active', lang = $3, activated_at = $4, expires_at = NULL,
			imported = true, version = version + 1 WHERE id = $1`, models.Prepared, a.ID, a.Email, a.Lang, tx.Now)
	if err != nil {
		return fmt.Errorf("take over: %w", err)
	}
	if err := record(ctx, tx, by, "account.created", a.ID); err != nil {
		return err
	}
	return inviteFor(ctx, tx, a, lasts)
}

// leave takes the accounts of lines away from them, and tells which ones.
func (r register) leave(ctx context.Context, tx models.Tx, ids []models.ID) ([]models.ID, error) {
	lines, err := r.lines(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	left := []models.ID{}
	for _, l := range lines {
		if l.account != uuid.Nil {
			left = append(left, l.account)
		}
	}
	if err := lockAccounts(ctx, tx, nil, left); err != nil {
		return nil, err
	}
	return left, r.unlink(ctx, tx, ids)
}

// removeUnused deletes, of these accounts, those that an import opened, nobody
// has used and nothing refers to, with their persons.
func removeUnused(ctx context.Context, tx models.Tx, by models.Actor, ids []models.ID) error {
	if len(ids) == 0 {
		return nil
	}
	accounts, persons, err := unused(ctx, tx, ids)
	if err != nil || len(accounts) == 0 {
		return err
	}
	for _, id := range accounts {
		if err := forgetMails(ctx, tx, id); err != nil {
			return err
		}
		if err := record(ctx, tx, by, "account.removed", id); err != nil {
			return err
		}
	}
	return remove(ctx, tx, accounts, persons)
}

// unused finds them. What refers to an account or to a person is asked of the
// database itself, so that no table is forgotten.
func unused(ctx context.Context, tx models.Tx, ids []models.ID) (accounts, persons []models.ID, err error) {
	columns, err := references(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	rows, err := tx.PGX.Query(ctx, `
		SELECT a.id, a.person_id FROM accounts a
		WHERE a.id = ANY($1) AND a.imported AND a.state = 'active' AND a.password_hash = ''`+columns+` ORDER BY a.id`, models.Prepared, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("unused accounts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var account, person models.ID
		if err := rows.Scan(&account, &person); err != nil {
			return nil, nil, fmt.Errorf("unused accounts: %w", err)
		}
		accounts, persons = append(accounts, account), append(persons, person)
	}
	return accounts, persons, rows.Err()
}

// references writes, for an account a, that no row of another table names it or
// its person.
func references(ctx context.Context, tx models.Tx) (string, error) {
	var sql string
	err := tx.PGX.QueryRow(ctx, `
		SELECT coalesce(string_agg(format(' AND NOT EXISTS (SELECT FROM %s x WHERE x.%I = a.%s)', c.conrelid::regclass, k.attname,
			CASE c.confrelid WHEN 'accounts'::regclass THEN 'id' ELSE 'person_id' END), ''), '')
		FROM pg_constraint c JOIN pg_attribute k ON k.attrelid = c.conrelid AND k.attnum = c.conkey[1]
		WHERE c.contype = 'f' AND c.confrelid IN ('accounts'::regclass, 'people'::regclass) AND c.conrelid <> 'accounts'::regclass`,
		models.Prepared).Scan(&sql)
	if err != nil {
		return "", fmt.Errorf("references: %w", err)
	}
	return sql, nil
}

// forgetMails gives up what waits to be sent about an account: its links are dead.
func forgetMails(ctx context.Context, tx models.Tx, account models.ID) error {
	list, err := mailbox.Of(ctx, tx, mailbox.OfAccount, account)
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.State == mailbox.Sent || m.State == mailbox.Dropped {
			continue
		}
		if err := mailbox.Drop(ctx, tx, m.ID, "the account is gone"); err != nil {
			return err
		}
	}
	return nil
}
