package people_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

// registers writes lines as an import does and settles them.
type registers struct {
	t     *testing.T
	db    *models.DB
	by    models.Actor
	theme models.ID
}

func newRegisters(t *testing.T) *registers {
	r := &registers{t: t, db: modelstest.DB(t), by: models.Operator()}
	r.theme = r.db.NewID()
	r.exec(`INSERT INTO themes (id, slug, name) VALUES ($1, 'achats', 'Achats'), ($2, 'langues', 'Langues')`, r.theme, r.db.NewID())
	return r
}

func (r *registers) exec(sql string, args ...any) {
	r.t.Helper()
	if _, err := r.db.Pool.Exec(r.t.Context(), sql, args...); err != nil {
		r.t.Fatalf("%s: %v", sql, err)
	}
}

// named is who has an address: Lucie Garnier but for two others.
func named(email string) people.Identity {
	switch email {
	case "helene.roussel@example.org":
		return people.Identity{BirthName: "Roussel", FirstName: "Hélène"}
	case address:
		return people.Identity{BirthName: "Fontaine", FirstName: "Camille"}
	}
	return people.Identity{BirthName: "Garnier", FirstName: "Lucie"}
}

// staff inserts a line of staff without settling it.
func (r *registers) staff(reference, email, role string, scopes ...string) models.ID {
	r.t.Helper()
	id := r.db.NewID()
	if scopes == nil {
		scopes = []string{}
	}
	who := named(email)
	r.exec(`INSERT INTO staff (id, reference, email, birth_name, first_name, role, scopes, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, id, reference, email, who.BirthName, who.FirstName, role, scopes, modelstest.Noon)
	return id
}

// student inserts a line of students without settling it: Camille Fontaine, whom form signs up.
func (r *registers) student(reference, email string) models.ID {
	r.t.Helper()
	id := r.db.NewID()
	r.exec(`INSERT INTO students (id, reference, email, civility, birth_name, usual_name, first_name, birth_date, updated_at)
		VALUES ($1, $2, $3, 'madame', 'Fontaine', 'Fontaine', 'Camille', '1988-06-14', $4)`, id, reference, email, modelstest.Noon)
	return id
}

type settling func(context.Context, models.Tx, models.Actor, []models.ID) error

func (r *registers) try(do settling, ids ...models.ID) error {
	return r.db.InTx(r.t.Context(), func(ctx context.Context, tx models.Tx) error { return do(ctx, tx, r.by, ids) })
}

func (r *registers) do(do settling, ids ...models.ID) {
	r.t.Helper()
	if err := r.try(do, ids...); err != nil {
		r.t.Fatal(err)
	}
}

// want compares a count with what it must be.
func (r *registers) want(n int, what, sql string, args ...any) {
	r.t.Helper()
	if got := count(r.t, r.db, sql, args...); got != n {
		r.t.Errorf("%s: %d, want %d", what, got, n)
	}
}

func (r *registers) account(email string) (id models.ID) {
	r.t.Helper()
	if err := r.db.Pool.QueryRow(r.t.Context(), `SELECT id FROM accounts WHERE email_key = $1`, email).Scan(&id); err != nil {
		r.t.Fatalf("account of %s: %v", email, err)
	}
	return id
}

// grants is how many rights an account has.
func (r *registers) grants(n int, email string) {
	r.t.Helper()
	r.want(n, "rights of "+email, `SELECT count(*) FROM grants g JOIN accounts a ON a.id = g.account_id WHERE a.email_key = $1`, email)
}

const lucie = "lucie.garnier@example.org"

func TestSettleStaff(t *testing.T) {
	t.Parallel()
	t.Run("P1.8 a line of staff opens an account with one mail to choose a password; twice is once", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id := r.staff("P-1", "Lucie.Garnier@example.org", "officer", "theme:achats", "theme:unknown")
		for range 2 {
			r.do(people.SettleStaff, id)
		}
		r.want(1, "accounts", `SELECT count(*) FROM accounts WHERE state = 'active' AND imported`)
		r.want(1, "mails", `SELECT count(*) FROM mails WHERE kind = 'account_created'`)
		r.want(1, "lines linked", `SELECT count(*) FROM staff WHERE account_id = $1`, r.account(lucie))
		r.want(1, "events", `SELECT count(*) FROM events WHERE kind = 'account.granted'`)
		token := last(t, r.db, mailbox.AccountCreated, "Lucie.Garnier@example.org").token
		if err := people.ResetPassword(t.Context(), r.db, anonymous, token, good, good); err != nil {
			t.Fatal(err)
		}
		out, err := people.SignIn(t.Context(), r.db, anonymous, people.SignInInput{Email: lucie, Password: good})
		if err != nil {
			t.Fatal(err)
		}
		if s := out.Actor.Scopes(models.RoleOfficer, models.ScopeTheme); len(s) != 1 || s[0] != r.theme {
			t.Errorf("P2.5 rights %v", out.Actor.Grants)
		}
	})
}

// used chooses the password of an account by the mail of its opening.
func (r *registers) used(email string) {
	r.t.Helper()
	if err := people.ResetPassword(r.t.Context(), r.db, anonymous, last(r.t, r.db, mailbox.AccountCreated, email).token, good, good); err != nil {
		r.t.Fatal(err)
	}
}

// opens makes an account as the command line does.
func (r *registers) opens(email string, grants ...models.Grant) (a people.Account) {
	r.t.Helper()
	who := named(email)
	who.BirthDate = people.Born(1975, 3, 2)
	inTx(r.t, r.db, func(ctx context.Context, tx models.Tx) (err error) {
		a, err = people.CreateByOperator(ctx, tx, r.by, people.OperatorInput{Email: email, Grants: grants, Identity: who})
		return err
	})
	return a
}

var everywhere = models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal}

func TestStaffRights(t *testing.T) {
	t.Parallel()
	t.Run("P2.5 rights follow the line, and what an administrator gave stays", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id := r.staff("P-1", lucie, "officer", "theme:achats", "theme:langues")
		r.opens(lucie, models.Grant{Role: models.RoleOfficer, Kind: models.ScopeTheme, Scope: r.theme})
		r.do(people.SettleStaff, id)
		r.grants(2, lucie)
		r.exec(`UPDATE staff SET scopes = '{theme:langues,portal}'`)
		r.do(people.SettleStaff, id)
		r.grants(3, lucie)
		r.exec(`UPDATE staff SET role = '', scopes = '{}'`)
		r.do(people.SettleStaff, id)
		r.do(people.SettleStaff, id)
		r.grants(1, lucie)
		r.want(1, "the administrator's right", `SELECT count(*) FROM grants WHERE staff_id IS NULL AND scope_id = $1`, r.theme)
		r.want(3, "given", `SELECT count(*) FROM events WHERE kind = 'account.granted'`)
		r.want(2, "taken back", `SELECT count(*) FROM events WHERE kind = 'account.revoked' AND data ->> 'staff' = $1`, id.String())
	})
	t.Run("P2.5 a right that an administrator confirms outlives the line", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id := r.staff("P-1", lucie, "officer", "theme:achats", "theme:langues")
		r.do(people.SettleStaff, id)
		r.opens(lucie, models.Grant{Role: models.RoleOfficer, Kind: models.ScopeTheme, Scope: r.theme})
		r.do(people.LeaveStaff, id)
		r.grants(1, lucie)
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
	})
	t.Run("P2.5 two lines of one address give what either gives", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		one, two := r.staff("P-1", lucie, "officer", "theme:achats"), r.staff("P-2", lucie, "officer", "theme:achats", "theme:langues")
		r.do(people.SettleStaff, one, two)
		r.grants(2, lucie)
		r.do(people.LeaveStaff, one)
		r.exec(`DELETE FROM staff WHERE id = $1`, one)
		r.grants(2, lucie)
		r.want(2, "rights of the second line", `SELECT count(*) FROM grants WHERE staff_id = $1`, two)
		r.do(people.LeaveStaff, two)
		r.exec(`DELETE FROM staff`)
		r.want(0, "accounts", `SELECT count(*) FROM accounts`)
	})
	t.Run("P2.5 rights end the day after the date of departure, once", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id := r.staff("P-1", lucie, "officer", "theme:achats", "portal")
		r.exec(`UPDATE staff SET left_on = '2026-11-22'`)
		r.do(people.SettleStaff, id)
		r.grants(2, lucie)
		clock := modelstest.Clock(r.db)
		for _, end := range []struct {
			after       time.Duration
			left, ended int
		}{{0, 2, 0}, {11 * time.Hour, 2, 0}, {12 * time.Hour, 0, 1}, {13 * time.Hour, 0, 0}} { // midnight in Paris is 23:00
			clock.Set(modelstest.Noon.Add(end.after))
			n, err := people.EndStaff(t.Context(), r.db)
			if err != nil || n != end.ended {
				t.Errorf("after %s: %d ended, %v", end.after, n, err)
			}
			r.grants(end.left, lucie)
		}
		r.want(2, "taken back by the portal", `SELECT count(*) FROM events WHERE kind = 'account.revoked' AND actor_kind = 'portal'`)
		r.do(people.SettleStaff, id)
		r.grants(0, lucie)
	})
	t.Run("P2.5 a suspended account is linked without rights nor mail", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		a := r.opens(lucie)
		r.exec(`UPDATE accounts SET state = 'suspended' WHERE id = $1`, a.ID)
		id := r.staff("P-1", lucie, "officer", "portal")
		r.do(people.SettleStaff, id)
		r.grants(0, lucie)
		r.want(1, "lines linked", `SELECT count(*) FROM staff WHERE account_id = $1`, a.ID)
		r.want(1, "mails, of the operator's opening", `SELECT count(*) FROM mails`)
	})
}

func TestLastAdministrator(t *testing.T) {
	t.Parallel()
	t.Run("P2.5 no file, undo nor departure takes away the last administrator", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id := r.staff("P-1", lucie, "admin", "portal")
		r.do(people.SettleStaff, id)
		wantKind(t, r.try(people.LeaveStaff, id), models.KindConflict, "import.last_admin")
		r.exec(`UPDATE staff SET left_on = '2026-11-01'`)
		wantKind(t, r.try(people.SettleStaff, id), models.KindConflict, "import.last_admin")
		for range 2 {
			if n, err := people.EndStaff(t.Context(), r.db); n != 0 || err != nil {
				t.Errorf("%d ended, %v", n, err)
			}
		}
		r.grants(1, lucie)
		helene := r.opens("helene.roussel@example.org", everywhere)
		r.exec(`UPDATE accounts SET state = 'suspended' WHERE id = $1`, helene.ID)
		wantKind(t, r.try(people.SettleStaff, id), models.KindConflict, "import.last_admin")
		r.exec(`UPDATE accounts SET state = 'active' WHERE id = $1`, helene.ID)
		if n, err := people.EndStaff(t.Context(), r.db); n != 1 || err != nil {
			t.Errorf("%d ended, %v", n, err)
		}
		r.grants(0, lucie)
	})
	t.Run("P2.5 nor the last who can sign in, whoever else was invited or leaves", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		helene := r.opens("helene.roussel@example.org", everywhere)
		id := r.staff("P-1", lucie, "admin", "portal")
		r.do(people.SettleStaff, id)
		r.do(people.LeaveStaff, id) // both were invited alone
		r.do(people.SettleStaff, id)
		r.used(lucie)
		wantKind(t, r.try(people.LeaveStaff, id), models.KindConflict, "import.last_admin")
		r.exec(`UPDATE staff SET left_on = '2026-11-01' WHERE id = $1`, id)
		if n, err := people.EndStaff(t.Context(), r.db); n != 0 || err != nil {
			t.Errorf("%d ended, %v", n, err)
		}
		departing := r.staff("P-2", "camille.roy@example.org", "admin", "portal")
		r.do(people.SettleStaff, departing)
		r.used("camille.roy@example.org")
		r.exec(`UPDATE staff SET left_on = '2026-11-21' WHERE id = $1`, departing)
		wantKind(t, r.try(people.LeaveStaff, id), models.KindConflict, "import.last_admin")
		r.used(helene.Email)
		r.do(people.LeaveStaff, id)
		r.do(people.LeaveStaff, departing)
		r.want(1, "administrators", `SELECT count(*) FROM grants`)
	})
	t.Run("P2.5 of the two last administrators, taken away at once, one stays", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		ids := []models.ID{r.staff("P-1", lucie, "admin", "portal"), r.staff("P-2", "helene.roussel@example.org", "admin", "portal")}
		r.do(people.SettleStaff, ids...)
		turn := make(chan models.ID, 2)
		turn <- ids[0]
		turn <- ids[1]
		n, refused := atOnce(2, func() error { return r.try(people.LeaveStaff, <-turn) })
		if n != 1 || len(refused) != 1 || models.KindOf(refused[0]) != models.KindConflict {
			t.Errorf("%d succeeded, refused %v", n, refused)
		}
		r.want(1, "administrators", `SELECT count(*) FROM grants`)
	})
}

func TestStaffAddresses(t *testing.T) {
	t.Parallel()
	t.Run("P1.8 an account that nobody has proven is taken over without the password that somebody chose", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		planted := signUp(t, r.db, anonymous, nil)
		old := last(t, r.db, mailbox.Activation, planted.Email).token
		id := r.staff("P-1", planted.Email, "officer", "portal")
		r.do(people.SettleStaff, id)
		if _, err := people.SignIn(t.Context(), r.db, anonymous, people.SignInInput{Email: planted.Email, Password: good}); err == nil {
			t.Error("the planted password signs in")
		}
		err := r.db.InTx(t.Context(), activating(old))
		wantKind(t, err, models.KindGone, "account.link.revoked")
		r.want(1, "dropped mails", `SELECT count(*) FROM mails WHERE kind = 'activation' AND state = 'dropped'`)
		r.want(0, "acknowledgements", `SELECT count(*) FROM acknowledgements`)
		r.want(1, "persons", `SELECT count(*) FROM people WHERE birth_name = 'Fontaine' AND identity_key = ''`)
		r.used(planted.Email)
		if out := signIn(t, r.db, good); !out.Actor.Everywhere(models.RoleOfficer) {
			t.Errorf("rights %v", out.Actor.Grants)
		}
	})
	t.Run("P1.5 a new address in a file leaves the login of who uses their account alone", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id := r.staff("P-1", lucie, "officer", "portal")
		r.do(people.SettleStaff, id)
		r.used(lucie)
		r.exec(`UPDATE staff SET email = 'l.garnier@example.org', birth_name = 'GARNIER', usual_name = 'Petit', first_name = 'lucie'`)
		r.do(people.SettleStaff, id)
		r.grants(1, lucie)
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
		r.want(1, "persons, as they were", `SELECT count(*) FROM people WHERE birth_name = 'Garnier' AND usual_name = ''`)
	})
	t.Run("P2.5 rights never follow a line that now names somebody else onto the account of the one before", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		r.opens("helene.roussel@example.org", everywhere)
		id := r.staff("P-1", lucie, "officer", "theme:achats")
		r.do(people.SettleStaff, id)
		r.used(lucie)
		r.exec(`UPDATE staff SET email = 'leo.martin@example.org', birth_name = 'Martin', first_name = 'Léo', role = 'admin', scopes = '{portal}'`)
		r.do(people.SettleStaff, id)
		r.grants(0, lucie)
		r.grants(1, "leo.martin@example.org")
		r.want(3, "accounts, for the first one is used", `SELECT count(*) FROM accounts`)
		r.want(1, "lines linked", `SELECT count(*) FROM staff WHERE account_id = $1`, r.account("leo.martin@example.org"))
		r.exec(`UPDATE staff SET email = $1, birth_name = 'Garnier', first_name = 'Lucie', role = 'officer', scopes = '{theme:achats}'`, lucie)
		r.do(people.SettleStaff, id)
		r.grants(1, lucie)
		r.want(2, "accounts once the line says so again", `SELECT count(*) FROM accounts`)
	})
	t.Run("P2.5 the address of a stranger gives them no right, used or not", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		helene := r.opens("helene.roussel@example.org")
		r.do(people.SettleStaff, r.staff("P-1", lucie, ""))
		r.do(people.SettleStudents, r.student("S-1", address))
		wrong := []models.ID{r.staff("P-2", helene.Email, "admin", "portal"), r.staff("P-3", lucie, "admin", "portal"), r.staff("P-4", address, "admin", "portal")}
		r.exec(`UPDATE staff SET birth_name = 'Martin', first_name = 'Léo' WHERE reference <> 'P-1'`)
		for range 2 {
			r.do(people.SettleStaff, wrong...)
		}
		r.want(0, "rights", `SELECT count(*) FROM grants`)
		r.want(0, "lines linked", `SELECT count(*) FROM staff WHERE account_id IS NOT NULL AND reference <> 'P-1'`)
		r.want(3, "accounts", `SELECT count(*) FROM accounts`)
		r.want(0, "persons of that name", `SELECT count(*) FROM people WHERE birth_name = 'Martin'`)
		r.exec(`UPDATE staff SET birth_name = 'Martin', first_name = 'HELENE' WHERE id = $1`, wrong[0])
		r.do(people.SettleStaff, wrong...)
		r.grants(1, helene.Email)
	})
	t.Run("P2.5 a line that takes another name parts from an account that a student has too", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id := r.staff("P-1", address, "officer", "portal")
		r.do(people.SettleStudents, r.student("S-1", address))
		r.do(people.SettleStaff, id)
		r.grants(1, address)
		r.exec(`UPDATE staff SET birth_name = 'Martin', first_name = 'Léo'`)
		r.do(people.SettleStaff, id)
		r.grants(0, address)
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
	})
	t.Run("P2.5 a line that takes another name leaves an unused account to the other line that it has", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id, other := r.staff("P-1", lucie, "officer", "portal"), r.staff("P-2", lucie, "officer", "theme:achats")
		r.do(people.SettleStaff, id, other)
		r.grants(2, lucie)
		r.exec(`UPDATE staff SET birth_name = 'Martin', first_name = 'Léo' WHERE id = $1`, id)
		r.do(people.SettleStaff, id)
		r.grants(1, lucie)
		r.want(1, "persons, as they were", `SELECT count(*) FROM people WHERE birth_name = 'Garnier'`)
		r.do(people.LeaveStaff, other)
		r.exec(`DELETE FROM staff WHERE id = $1`, other)
		r.do(people.SettleStaff, id)
		r.want(1, "persons, of the new name alone", `SELECT count(*) FROM people WHERE birth_name = 'Martin'`)
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
	})
	t.Run("P1.8 who left before any account gets none", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		known := r.opens("helene.roussel@example.org")
		left := []models.ID{r.staff("P-1", lucie, "officer", "portal"), r.staff("P-2", known.Email, "officer", "portal")}
		r.exec(`UPDATE staff SET left_on = '2026-11-21'`)
		r.do(people.SettleStaff, left...)
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
		r.want(1, "mails, of the operator's opening", `SELECT count(*) FROM mails`)
		r.want(0, "lines linked", `SELECT count(*) FROM staff WHERE account_id IS NOT NULL`)
		r.exec(`UPDATE staff SET left_on = '2026-11-22'`)
		r.do(people.SettleStaff, left...)
		r.want(2, "lines linked on their last day", `SELECT count(*) FROM staff WHERE account_id IS NOT NULL`)
	})
	t.Run("P1.8 a corrected address takes the invitation away from the wrong one", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id := r.staff("P-1", "wrong@example.org", "officer", "portal")
		r.do(people.SettleStaff, id)
		wrong := last(t, r.db, mailbox.AccountCreated, "wrong@example.org").token
		r.exec(`UPDATE staff SET birth_name = 'Petit'`)
		r.do(people.SettleStaff, id)
		r.want(1, "names corrected", `SELECT count(*) FROM people WHERE birth_name = 'Petit'`)
		r.exec(`UPDATE staff SET email = $1`, lucie)
		r.do(people.SettleStaff, id)
		wantKind(t, people.ResetPassword(t.Context(), r.db, anonymous, wrong, good, good), models.KindNotFound, "link.unknown")
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
		r.want(1, "dropped mails", `SELECT count(*) FROM mails WHERE recipient = 'wrong@example.org' AND state = 'dropped'`)
		r.used(lucie)
		r.grants(1, lucie)
	})
	t.Run("P1.8 a file of many lines opens every account, as several files at once do", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		all := []models.ID{}
		for n := range 520 {
			all = append(all, r.staff(fmt.Sprint("P-", n), fmt.Sprintf("staff%03d@example.org", n), "officer", "theme:achats"))
		}
		began := time.Now()
		r.do(people.SettleStaff, all...)
		t.Logf("%d accounts in %s", len(all), time.Since(began))
		r.want(520, "accounts", `SELECT count(*) FROM accounts`)
		r.want(520, "mails", `SELECT count(*) FROM mails`)
		r.exec(`UPDATE staff SET scopes = '{portal}'`)
		parts := make(chan []models.ID, 4)
		for n := range 4 {
			part := slices.Clone(all[n*100 : n*100+200]) // they overlap
			if n%2 == 1 {
				slices.Reverse(part)
			}
			parts <- part
		}
		if _, refused := atOnce(4, func() error { return r.try(people.SettleStaff, <-parts...) }); len(refused) > 0 {
			t.Error(refused)
		}
		r.want(500, "rights over the portal", `SELECT count(*) FROM grants WHERE scope_kind = 'portal'`)
	})
}

// few are the tables of settings and runs, where the few who administer leave few rows.
var few = []string{"batches", "import_mappings", "import_runs", "search_draft_changes", "search_publications", "search_rehearsals",
	"search_synonyms", "search_upkeeps", "storage_findings", "storage_passes"}

func TestUndoOfMany(t *testing.T) {
	t.Parallel()
	t.Run("P3.6 no table that grows is read whole for each account that an undo deletes", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		rows, err := r.db.Pool.Query(t.Context(), `
			SELECT c.conrelid::regclass || '.' || k.attname FROM pg_constraint c JOIN pg_attribute k ON k.attrelid = c.conrelid AND k.attnum = c.conkey[1]
			WHERE c.contype = 'f' AND c.confrelid IN ('accounts'::regclass, 'people'::regclass, 'links'::regclass) AND c.conrelid::regclass::text <> ALL($1::text[])
				AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1]
					AND coalesce(pg_get_expr(i.indpred, i.indrelid), '') IN ('', format('(%s IS NOT NULL)', k.attname)))
			ORDER BY 1`, models.Prepared, few)
		if err != nil {
			t.Fatal(err)
		}
		lacking, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(lacking) > 0 {
			t.Errorf("without index: %v, %v", lacking, err)
		}
	})
	t.Run("P3.6 an undo of a thousand accounts leaves nothing of them", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		all := []models.ID{}
		for n := range 1000 {
			all = append(all, r.student(fmt.Sprint("S-", n), fmt.Sprintf("student%04d@example.org", n)))
		}
		r.exec(`UPDATE students SET birth_date = '1980-01-01'::date + substr(reference, 3)::int`)
		began := time.Now()
		r.do(people.SettleStudents, all...)
		t.Logf("opened in %s", time.Since(began))
		r.want(1000, "accounts", `SELECT count(*) FROM accounts`)
		began = time.Now()
		r.do(people.LeaveStudents, all...)
		t.Logf("deleted in %s", time.Since(began))
		r.want(0, "accounts, persons and links", `SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM people) + (SELECT count(*) FROM links)`)
		r.want(1000, "dropped mails", `SELECT count(*) FROM mails WHERE state = 'dropped'`)
	})
}

func TestLeaveRegisters(t *testing.T) {
	t.Parallel()
	t.Run("P3.6 an undo deletes the accounts that the import opened and nobody used", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		mine := r.staff("P-1", lucie, "officer", "portal")
		known := r.opens("helene.roussel@example.org")
		theirs, chosen := r.staff("P-2", known.Email, "officer", "portal"), r.staff("P-3", "used@example.org", "officer", "portal")
		named, both := r.staff("P-4", "named@example.org", "officer", "portal"), r.staff("P-5", "both@example.org", "officer", "portal")
		r.do(people.SettleStaff, mine, theirs, chosen, named, both)
		r.used("used@example.org")
		r.exec(`INSERT INTO delegations (id, from_id, to_id, first_day, last_day, starts_at, ends_at, made_at)
			VALUES ($1, $2, $3, '2026-11-22', '2026-11-22', $4, $4::timestamptz + interval '1 day', $4)`,
			r.db.NewID(), r.account("used@example.org"), r.account("named@example.org"), modelstest.Noon)
		student := r.student("S-1", "both@example.org")
		r.exec(`UPDATE students SET account_id = $1 WHERE id = $2`, r.account("both@example.org"), student)
		mail := last(t, r.db, mailbox.AccountCreated, lucie).token
		all := []models.ID{mine, theirs, chosen, named, both}
		r.do(people.LeaveStaff, all...)
		r.exec(`DELETE FROM staff`)
		r.want(0, "rights", `SELECT count(*) FROM grants`)
		r.want(5, "rights taken back", `SELECT count(*) FROM events WHERE kind = 'account.revoked'`)
		r.want(0, "the unused account", `SELECT count(*) FROM accounts WHERE email_key = $1`, lucie)
		r.want(4, "the others", `SELECT count(*) FROM accounts`)
		r.want(4, "their persons", `SELECT count(*) FROM people`)
		r.want(1, "dropped mails", `SELECT count(*) FROM mails WHERE state = 'dropped' AND recipient = $1`, lucie)
		wantKind(t, people.ResetPassword(t.Context(), r.db, anonymous, mail, good, good), models.KindNotFound, "link.unknown")
		r.do(people.LeaveStudents, student)
		r.want(0, "the account that the other register held last", `SELECT count(*) FROM accounts WHERE email_key = 'both@example.org'`)
	})
	t.Run("P3.6 registers answer nobody but operators and administrators of the whole portal", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id, student := r.staff("P-1", lucie, "officer", "portal"), r.student("S-1", "camille.fontaine@example.org")
		for _, by := range []models.Actor{anonymous, models.Portal(),
			{Kind: models.ActorAccount, Account: r.db.NewID(), Grants: []models.Grant{{Role: models.RoleOfficer, Kind: models.ScopePortal}}},
			{Kind: models.ActorAccount, Account: r.db.NewID(), Grants: []models.Grant{{Role: models.RoleAdmin, Kind: models.ScopeTheme, Scope: r.theme}}},
		} {
			r.by = by
			for _, do := range []settling{people.SettleStaff, people.LeaveStaff} {
				wantKind(t, r.try(do, id), models.KindNotFound, "page.not_found")
			}
			for _, do := range []settling{people.SettleStudents, people.LeaveStudents} {
				wantKind(t, r.try(do, student), models.KindNotFound, "page.not_found")
			}
		}
		r.want(0, "accounts", `SELECT count(*) FROM accounts`)
		admin := r.db.NewID()
		r.by = models.Actor{Kind: models.ActorAccount, Account: admin, Grants: []models.Grant{everywhere}}
		r.do(people.SettleStaff, id)
		r.want(2, "events of the administrator", `SELECT count(*) FROM events WHERE actor_id = $1`, admin)
	})
}
