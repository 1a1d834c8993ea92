package people_test

import (
	"context"
	"testing"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/people"
)

func TestSettleStudents(t *testing.T) {
	t.Parallel()
	t.Run("P1.8 a line of students opens an account with the whole identity and one mail, without rights", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id := r.student("S-1", address)
		for range 2 {
			r.do(people.SettleStudents, id)
		}
		r.want(1, "mails", `SELECT count(*) FROM mails WHERE kind = 'account_created'`)
		r.want(1, "persons", `SELECT count(*) FROM people WHERE civility = 'madame' AND birth_name = 'Fontaine' AND usual_name = ''
			AND first_name = 'Camille' AND birth_date = '1988-06-14' AND identity_key = 'fontaine/camille/1988-06-14'`)
		r.want(1, "lines linked", `SELECT count(*) FROM students WHERE account_id = $1`, r.account(address))
		r.grants(0, address)
		r.used(address)
		signIn(t, r.db, good)
		r.do(people.SettleStudents, id)
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
	})
	t.Run("P1.4 the account of the same address and identity is linked, as it is", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		opened(t, r.db)
		id := r.student("S-1", "Camille.Fontaine@example.org")
		r.exec(`UPDATE students SET birth_name = 'FONTAINE', usual_name = 'Petit'`)
		r.do(people.SettleStudents, id)
		r.want(1, "lines linked", `SELECT count(*) FROM students WHERE account_id = $1`, r.account(address))
		r.want(1, "persons, as they were", `SELECT count(*) FROM people WHERE birth_name = 'Fontaine' AND usual_name = ''`)
		r.want(0, "mails", `SELECT count(*) FROM mails WHERE kind = 'account_created'`)
		signIn(t, r.db, good)
		r.do(people.LeaveStudents, id)
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
	})
	t.Run("P1.4 the address of somebody else links and opens nothing", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		opened(t, r.db)
		id := r.student("S-1", address)
		r.exec(`UPDATE students SET birth_date = '1990-01-01'`)
		r.do(people.SettleStudents, id)
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
		r.want(0, "lines linked", `SELECT count(*) FROM students WHERE account_id IS NOT NULL`)
		r.want(0, "mails", `SELECT count(*) FROM mails WHERE kind = 'account_created'`)
	})
	t.Run("P1.4 a person who has an account under another address keeps that one alone", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		opened(t, r.db)
		id := r.student("S-1", "c.fontaine@example.org")
		r.do(people.SettleStudents, id)
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
		r.want(0, "lines linked", `SELECT count(*) FROM students WHERE account_id IS NOT NULL`)
		t.Run("P18.7 but for homonyms that an officer cleared", func(t *testing.T) {
			r.exec(`UPDATE accounts SET homonym_cleared = true`)
			r.do(people.SettleStudents, id)
			r.want(2, "accounts", `SELECT count(*) FROM accounts`)
		})
	})
	t.Run("P1.4 two lines of one identity open one account", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		r.do(people.SettleStudents, r.student("S-1", address), r.student("S-2", "c.fontaine@example.org"))
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
		r.want(1, "lines linked", `SELECT count(*) FROM students WHERE account_id IS NOT NULL`)
	})
	t.Run("P1.12 a later file corrects the identity until somebody uses the account", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id := r.student("S-1", address)
		r.do(people.SettleStudents, id)
		r.exec(`UPDATE students SET first_name = 'Capucine', birth_date = '1989-06-14'`)
		r.do(people.SettleStudents, id)
		r.want(1, "corrected", `SELECT count(*) FROM people WHERE identity_key = 'fontaine/capucine/1989-06-14'`)
		r.used(address)
		r.exec(`UPDATE students SET usual_name = 'Petit', birth_date = '1990-06-14', email = 'c.fontaine@example.org'`)
		r.do(people.SettleStudents, id)
		r.want(1, "as its owner has it", `SELECT count(*) FROM people WHERE first_name = 'Capucine' AND birth_date = '1989-06-14' AND usual_name = ''`)
		r.want(1, "lines linked", `SELECT count(*) FROM students WHERE account_id = $1`, r.account(address))
		r.do(people.LeaveStudents, id)
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
	})
	t.Run("P1.8 a corrected address takes the invitation away from the wrong one", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id := r.student("S-1", "wrong@example.org")
		r.do(people.SettleStudents, id)
		wrong := last(t, r.db, mailbox.AccountCreated, "wrong@example.org").token
		r.exec(`UPDATE students SET email = $1`, address)
		for range 2 {
			r.do(people.SettleStudents, id)
		}
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
		r.want(1, "persons", `SELECT count(*) FROM people`)
		r.want(1, "lines linked", `SELECT count(*) FROM students WHERE account_id = $1`, r.account(address))
		r.want(1, "dropped mails", `SELECT count(*) FROM mails WHERE recipient = 'wrong@example.org' AND state = 'dropped'`)
		r.want(2, "mails", `SELECT count(*) FROM mails`)
		wantKind(t, people.ResetPassword(t.Context(), r.db, anonymous, wrong, good, good), models.KindNotFound, "link.unknown")
		r.used(address)
		signIn(t, r.db, good)
	})
	t.Run("P1.8 two students whose addresses were exchanged both have their own", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		one, two := r.student("S-1", "two@example.org"), r.student("S-2", "one@example.org")
		r.exec(`UPDATE students SET first_name = 'Capucine' WHERE id = $1`, two)
		r.do(people.SettleStudents, one, two)
		r.exec(`UPDATE students SET email = CASE id WHEN $1 THEN 'one@example.org' ELSE 'two@example.org' END`, one)
		r.do(people.SettleStudents, one, two)
		r.want(2, "accounts", `SELECT count(*) FROM accounts`)
		r.want(2, "accounts of the right person", `SELECT count(*) FROM students s JOIN accounts a ON a.id = s.account_id AND a.email_key = s.email
			JOIN people p ON p.id = a.person_id AND p.first_name = s.first_name`)
	})
	t.Run("P1.4 a new address never makes a second account beside one that something still needs", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id := r.student("S-1", address)
		r.do(people.SettleStudents, id)
		r.do(people.SettleStaff, r.staff("P-1", address, "officer", "portal"))
		r.exec(`UPDATE students SET email = 'c.fontaine@example.org'`)
		r.do(people.SettleStudents, id)
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
		r.grants(1, address)
	})
	t.Run("P1.12 the account that a line of staff opened gets the whole identity when the names agree", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		r.do(people.SettleStaff, r.staff("P-1", address, "officer", "portal"))
		id := r.student("S-1", address)
		r.exec(`UPDATE students SET first_name = 'Capucine'`)
		r.do(people.SettleStudents, id)
		r.want(0, "lines linked to another first name", `SELECT count(*) FROM students WHERE account_id IS NOT NULL`)
		r.exec(`UPDATE students SET first_name = 'CAMILLE', birth_name = 'Petit', usual_name = 'Fontaine'`)
		r.do(people.SettleStudents, id)
		r.want(1, "lines linked", `SELECT count(*) FROM students WHERE account_id = $1`, r.account(address))
		r.want(1, "persons", `SELECT count(*) FROM people WHERE identity_key = 'petit/camille/1988-06-14' AND civility = 'madame'`)
		r.want(1, "mails", `SELECT count(*) FROM mails`)
	})
	t.Run("P1.4 used, it is nobody's by name alone; nor where the person has another account", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		opened(t, r.db)
		r.exec(`UPDATE accounts SET email = 'other@example.org', email_key = 'other@example.org'`)
		r.do(people.SettleStaff, r.staff("P-1", address, "officer", "portal"))
		id := r.student("S-1", address)
		r.do(people.SettleStudents, id)
		r.want(0, "lines linked beside a twin", `SELECT count(*) FROM students WHERE account_id IS NOT NULL`)
		r.used(address)
		r.exec(`UPDATE students SET birth_date = '1990-01-01'`)
		r.do(people.SettleStudents, id)
		r.want(0, "lines linked to a used account", `SELECT count(*) FROM students WHERE account_id IS NOT NULL`)
	})
	t.Run("P1.12 a line of staff at the same address keeps the whole identity", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		r.do(people.SettleStudents, r.student("S-1", address))
		r.do(people.SettleStaff, r.staff("P-1", address, "officer", "portal"))
		r.want(1, "persons", `SELECT count(*) FROM people WHERE identity_key = 'fontaine/camille/1988-06-14'`)
		r.grants(1, address)
	})
	t.Run("P1.4 an identity corrected into that of another account gives way to it", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		id := r.student("S-1", "c.fontaine@example.org")
		r.exec(`UPDATE students SET first_name = 'Capucine'`)
		r.do(people.SettleStudents, id)
		opened(t, r.db)
		r.exec(`UPDATE students SET first_name = 'Camille'`)
		r.do(people.SettleStudents, id)
		r.want(1, "accounts", `SELECT count(*) FROM accounts WHERE email_key = $1`, address)
		r.want(1, "accounts", `SELECT count(*) FROM accounts`)
	})
	t.Run("P18.1 a sign-up that waits makes way, and its draft goes back to its browser", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		waiting := draft(t, r.db, session(t, r.db, "Un"))
		signUp(t, r.db, browser, nil)
		r.want(1, "drafts bound", `SELECT count(*) FROM applications WHERE pending_account_id IS NOT NULL`)
		r.do(people.SettleStudents, r.student("S-1", address))
		r.want(1, "drafts of the browser", `SELECT count(*) FROM applications WHERE id = $1 AND pending_account_id IS NULL AND account_id IS NULL AND draft_key IS NOT NULL`, waiting)
		r.want(1, "accounts without password", `SELECT count(*) FROM accounts WHERE state = 'active' AND password_hash = ''`)
		r.used(address)
	})
	t.Run("P1.4 a file waits for an activation of the same identity, and opens no second account", func(t *testing.T) {
		t.Parallel()
		r := newRegisters(t)
		signUp(t, r.db, anonymous, nil)
		token := last(t, r.db, mailbox.Activation, address).token
		id := r.student("S-1", "c.fontaine@example.org")
		settled := make(chan error, 1)
		inTx(t, r.db, func(ctx context.Context, tx models.Tx) error {
			if err := activating(token)(ctx, tx); err != nil {
				return err
			}
			go func() { settled <- r.try(people.SettleStudents, id) }()
			for waits := 0; waits == 0 && len(settled) == 0; {
				waits = count(t, r.db, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
					AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
			}
			return nil
		})
		if err := <-settled; err != nil {
			t.Error(err)
		}
		r.want(1, "open accounts", `SELECT count(*) FROM accounts WHERE state = 'active'`)
		r.want(0, "lines linked", `SELECT count(*) FROM students WHERE account_id IS NOT NULL`)
	})
}
