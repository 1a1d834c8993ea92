package verify_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
	"passerelle/models/verify"
)

func TestMain(m *testing.M) { modelstest.Main(m) }

// world is a small portal in which everything is true: a session of two seats,
// one application told as accepted, one waiting for its line manager, one
// draft of a browser.
type world struct {
	t                                       *testing.T
	ctx                                     context.Context
	tx                                      models.Tx
	course, session, form, account, officer models.ID
	told, waiting, draft, decision          models.ID
	request                                 models.ID
	papers
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.tx.PGX.Exec(w.ctx, sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func (w *world) person(email string) models.ID {
	person, account := w.tx.NewID(), w.tx.NewID()
	w.exec(`INSERT INTO people (id, birth_name, first_name, identity_key, created_at, updated_at) VALUES ($1, 'N', 'P', $2, $3, $3)`, person, email, w.tx.Now)
	w.exec(`INSERT INTO accounts (id, person_id, email, email_key, state, created_at, activated_at) VALUES ($1, $2, $3, $3, 'active', $4, $4)`, account, person, email, w.tx.Now)
	w.exec(`INSERT INTO sign_ins (id, account_id, token_hash, created_at, seen_at, idle_until, ends_at)
		VALUES ($1, $2, $3, $4, $4, $4::timestamptz + interval '1 hour', $4::timestamptz + interval '12 hours')`, w.tx.NewID(), account, []byte(email), w.tx.Now)
	return account
}

func (w *world) event(application models.ID, kind, data string) {
	w.exec(`INSERT INTO events (id, at, kind, subject_kind, subject_id, actor_kind, data) VALUES ($1, $2, $3, 'application', $4, 'portal', $5::text::jsonb)`,
		w.tx.NewID(), w.tx.Now, kind, application, data)
}

// submitted makes an application that was sent, in a state.
func (w *world) submitted(account models.ID, state string) models.ID {
	id := w.tx.NewID()
	w.exec(`INSERT INTO applications (id, kind, session_id, form_version_id, account_id, person_id, state, state_since, created_at, submitted_at)
		SELECT $1, 'registration', $2, $3, id, person_id, $5, $6, $6, $6 FROM accounts WHERE id = $4`, id, w.session, w.form, account, state, w.tx.Now)
	w.exec(`INSERT INTO answers (application_id, registers, updated_at) VALUES ($1, '', $2)`, id, w.tx.Now)
	w.exec(`INSERT INTO submissions (application_id, submitted_at, form_version, answers, op_ids, seen_sum) VALUES ($1, $2, 1, '{}', '{}', '')`, id, w.tx.Now)
	w.event(id, "application.submit", `{"to": "submitted"}`)
	w.event(id, "application.moved", `{"to": "`+state+`"}`)
	w.mail(mailbox.Receipt, mailbox.OfApplication, id)
	return id
}

func (w *world) mail(kind mailbox.Kind, subject string, id models.ID) {
	w.t.Helper()
	err := mailbox.Queue(w.ctx, w.tx, mailbox.Mail{Kind: kind, Recipient: "a@example.org", SubjectKind: subject, SubjectID: id, OnceKey: string(kind) + "/" + id.String()})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) approval(application models.ID, state string) models.ID {
	id := w.tx.NewID()
	w.exec(`INSERT INTO approvals (id, application_id, last_name, first_name, function, email, email_key, state, requested_at, answered_at, strength)
		VALUES ($1, $2, 'L', 'B', 'D', 'b@example.org', 'b@example.org', $3, $4, CASE WHEN $3 = 'approved' THEN $4::timestamptz END, CASE WHEN $3 = 'approved' THEN 'link' ELSE '' END)`,
		id, application, state, w.tx.Now)
	if _, err := w.tx.CreateLink(w.ctx, models.LinkApprove, id, "b@example.org", 1e15); err != nil {
		w.t.Fatal(err)
	}
	if state == "approved" {
		if err := w.tx.RevokeLinks(w.ctx, models.LinkApprove, id); err != nil {
			w.t.Fatal(err)
		}
	}
	return id
}

func build(t *testing.T, ctx context.Context, tx models.Tx) *world {
	w := &world{t: t, ctx: ctx, tx: tx, course: tx.NewID(), session: tx.NewID(), form: tx.NewID(), decision: tx.NewID(), draft: tx.NewID()}
	key := w.form.String()
	w.exec(`INSERT INTO courses (id, reference, title, updated_at) VALUES ($1, $2, 'Formation', $3)`, w.course, key[:20]+key[24:], tx.Now)
	w.exec(`INSERT INTO search_documents (kind, object_id, reference, title, card, updated_at) VALUES ('course', $1, $2, 'Formation', '\x0100000000000000', $3)`, w.course, key, tx.Now)
	w.exec(`INSERT INTO sessions (id, course_id, external_id, starts_on, ends_on, modality, capacity, opens_on, closes_on)
		VALUES ($1, $2, $3, '2027-02-01', '2027-02-03', 'remote', 2, '2026-10-01', '2026-12-01')`, w.session, w.course, key)
	w.exec(`INSERT INTO form_versions (id, form_key, version, definition, published_at) VALUES ($1, $2, 1, '{}', $3)`, w.form, key, tx.Now)
	w.account, w.officer = w.person("camille-"+key), w.person("helene-"+key)
	w.exec(`INSERT INTO grants (account_id, role, scope_kind, scope_id, granted_at) VALUES ($1, 'officer', 'course', $2, $3)`, w.officer, w.course, tx.Now)

	line := tx.NewID()
	w.exec(`INSERT INTO staff (id, reference, email, birth_name, first_name, role, scopes, account_id, updated_at)
		SELECT $1, $2, 'helene', 'N', 'P', 'officer', ARRAY['course:' || reference], $3, $4 FROM courses WHERE id = $5`, line, key, w.officer, tx.Now, w.course)
	w.exec(`UPDATE grants SET staff_id = $1`, line)

	w.told = w.submitted(w.account, "accepted")
	w.approval(w.told, "approved")
	w.exec(`UPDATE applications SET verdict = 'accepted' WHERE id = $1`, w.told)
	w.exec(`UPDATE sessions SET seats_taken = 1 WHERE id = $1`, w.session)
	w.exec(`INSERT INTO decisions (id, application_id, kind, recorded_at, recorded_by, release_on, released_at) VALUES ($1, $2, 'accepted', $3, $4, '2026-11-22', $3)`,
		w.decision, w.told, tx.Now, w.officer)
	w.event(w.told, "application.decided", `{"decision": "`+w.decision.String()+`"}`)
	w.mail(mailbox.DecisionReleased, mailbox.OfDecision, w.decision)

	w.waiting = w.submitted(w.officer, "awaiting_approval")
	w.request = w.approval(w.waiting, "requested")
	w.exec(`INSERT INTO applications (id, kind, session_id, form_version_id, draft_key, state, state_since, created_at)
		VALUES ($1, 'registration', $2, $3, $4, 'draft', $5, $5)`, w.draft, w.session, w.form, []byte(key), tx.Now)
	w.exec(`INSERT INTO answers (application_id, registers, updated_at) VALUES ($1, '', $2)`, w.draft, tx.Now)
	w.give()
	return w
}

func TestVerify(t *testing.T) {
	t.Run("P6.7 nothing is found where everything is true", func(t *testing.T) {
		db := modelstest.DB(t)
		err := db.InTx(context.Background(), func(ctx context.Context, tx models.Tx) error { build(t, ctx, tx); return nil })
		if err != nil {
			t.Fatal(err)
		}
		found, checked, err := verify.Run(context.Background(), db)
		if err != nil || len(found) > 0 || checked < 20 {
			t.Errorf("%d checked, found %v, %v", checked, found, err)
		}
	})
	t.Run("P2.5 the last administrator who can sign in keeps what a line no longer gives, until another can", func(t *testing.T) {
		modelstest.Tx(t, func(ctx context.Context, tx models.Tx) {
			w := build(t, ctx, tx)
			w.exec(`UPDATE staff SET role = 'admin', scopes = '{portal}', left_on = '2026-11-01'`)
			w.exec(`UPDATE grants SET role = 'admin', scope_kind = 'portal', scope_id = '00000000-0000-0000-0000-000000000000'`)
			w.exec(`INSERT INTO grants (account_id, role, scope_kind, scope_id, granted_at) SELECT $1, role, scope_kind, scope_id, granted_at FROM grants`, w.account)
			for _, can := range []struct {
				account models.ID
				breaks  bool
			}{{uuid.Nil, true}, {w.officer, false}, {w.account, true}} {
				w.exec(`UPDATE accounts SET password_hash = 'chosen' WHERE id = $1`, can.account)
				found, err := verify.In(ctx, tx)
				if err != nil {
					t.Fatal(err)
				}
				if breaks := slices.ContainsFunc(found, func(v verify.Violation) bool {
					return v.Name == "a right that came with a line of staff is what the line gives"
				}); breaks != can.breaks {
					t.Errorf("%v: %v", can, found)
				}
			}
		})
	})
	plants := plants()
	maps.Copy(plants, paperPlants())
	for _, inv := range verify.Invariants() {
		t.Run(inv.Rule+" "+inv.Name, func(t *testing.T) {
			plant, ok := plants[inv.Name]
			if !ok {
				t.Fatal("no violation is planted for it")
			}
			modelstest.Tx(t, func(ctx context.Context, tx models.Tx) {
				w := build(t, ctx, tx)
				w.unwatch()
				plant(w)
				found, err := verify.In(ctx, tx)
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range found {
					if v.Name == inv.Name {
						return
					}
				}
				t.Errorf("planted and not found; found %v", found)
			})
		})
	}
}

// unwatch silences the triggers, to plant what no verb would write.
func (w *world) unwatch() {
	w.exec(`SET CONSTRAINTS ALL IMMEDIATE`)
	for _, table := range []string{"applications", "submissions", "sessions", "corrections"} {
		w.exec(`ALTER TABLE ` + table + ` DISABLE TRIGGER USER`)
	}
}

// unguard takes away what the schema itself refuses, to plant it all the same.
func (w *world) unguard(table, constraint string) {
	w.exec(fmt.Sprintf(`ALTER TABLE %s DROP CONSTRAINT %s`, table, constraint))
}

func plants() map[string]func(*world) {
	return map[string]func(*world){
		"seats counted are the seats given": func(w *world) { w.exec(`UPDATE sessions SET seats_taken = 0 WHERE id = $1`, w.session) },
		"an admission asks no line manager": func(w *world) { w.exec(`UPDATE applications SET kind = 'admission' WHERE id = $1`, w.told) },
		"an admission is to a campaign, a pre-registration to a session": func(w *world) {
			w.exec(`UPDATE applications SET kind = 'admission' WHERE id = $1`, w.draft)
		},
		"seats are never oversold": func(w *world) {
			w.unguard("sessions", "sessions_seats")
			w.exec(`UPDATE sessions SET seats_elsewhere = 2 WHERE id = $1`, w.session)
		},
		"seats given elsewhere leave the capacity whole": func(w *world) {
			w.unguard("sessions", "sessions_seats")
			w.exec(`UPDATE sessions SET seats_elsewhere = 2 WHERE id = $1`, w.session)
		},
		"waiting lists are dense": func(w *world) {
			w.exec(`UPDATE applications SET verdict = 'waitlisted', waitlist_rank = 2 WHERE id = $1`, w.told)
		},
		"only those who still wait have a rank": func(w *world) {
			w.exec(`UPDATE applications SET verdict = 'waitlisted', waitlist_rank = 1 WHERE id = $1`, w.told)
		},
		"who was told to wait has a rank": func(w *world) { w.exec(`UPDATE applications SET state = 'waitlisted' WHERE id = $1`, w.told) },
		"a promised seat is confirmed, declined or lapsed in time": func(w *world) {
			w.exec(`UPDATE applications SET confirm_by = '2026-11-01' WHERE id = $1`, w.told)
		},
		"a cancelled session has no living application": func(w *world) {
			w.exec(`UPDATE sessions SET cancelled_at = '2026-11-01' WHERE id = $1`, w.session)
		},
		"one living application per person and session": func(w *world) {
			w.exec(`DROP INDEX applications_one_live`)
			w.submitted(w.account, "awaiting_approval")
		},
		"a draft belongs to a browser or to a person":           func(w *world) { w.exec(`UPDATE applications SET draft_key = NULL WHERE id = $1`, w.draft) },
		"an application's person is its account's":              func(w *world) { w.exec(`UPDATE applications SET person_id = NULL WHERE id = $1`, w.told) },
		"the last transition of the journal leads to the state": func(w *world) { w.exec(`UPDATE applications SET state = 'confirmed' WHERE id = $1`, w.told) },
		"an application is submitted once in the journal":       func(w *world) { w.event(w.told, "application.submit", `{}`) },
		"the state is not older than the application, nor in the future": func(w *world) {
			w.exec(`UPDATE applications SET state_since = '2030-01-01' WHERE id = $1`, w.told)
		},
		"the verdict is the standing decision": func(w *world) { w.exec(`UPDATE applications SET verdict = '' WHERE id = $1`, w.told) },
		"one standing decision at most": func(w *world) {
			w.exec(`DROP INDEX decisions_current`)
			w.exec(`INSERT INTO decisions (id, application_id, kind, recorded_at, recorded_by) VALUES ($1, $2, 'on_hold', $3, $4)`, w.tx.NewID(), w.told, w.tx.Now, w.officer)
		},
		"an outcome has been told":           func(w *world) { w.exec(`UPDATE decisions SET released_at = NULL WHERE id = $1`, w.decision) },
		"nothing told is still under review": func(w *world) { w.exec(`UPDATE applications SET state = 'under_review' WHERE id = $1`, w.told) },
		"a decision is told on its date": func(w *world) {
			w.exec(`UPDATE decisions SET released_at = NULL, release_on = '2026-11-01' WHERE id = $1`, w.decision)
		},
		"a decision has its author, a promotion has none": func(w *world) { w.exec(`UPDATE decisions SET recorded_by = NULL WHERE id = $1`, w.decision) },
		"a refusal has a reason":                          func(w *world) { w.exec(`UPDATE decisions SET kind = 'refused' WHERE id = $1`, w.decision) },
		"on hold is never told": func(w *world) {
			w.exec(`UPDATE decisions SET kind = 'on_hold', release_on = NULL WHERE id = $1`, w.decision)
		},
		"every decision is in the journal once": func(w *world) {
			w.exec(`DELETE FROM events WHERE kind = 'application.decided' AND subject_id = $1`, w.told)
		},
		"one open request to a line manager at most": func(w *world) {
			w.exec(`DROP INDEX approvals_one_open`)
			w.approval(w.waiting, "requested")
		},
		"a request is open only while the application waits for it": func(w *world) { w.exec(`UPDATE applications SET state = 'withdrawn' WHERE id = $1`, w.waiting) },
		"what waits for a line manager has asked one":               func(w *world) { w.exec(`DELETE FROM approvals WHERE id = $1`, w.request) },
		"nothing reaches the officer without an approval":           func(w *world) { w.exec(`DELETE FROM approvals WHERE application_id = $1`, w.told) },
		"an answer says when and how strong":                        func(w *world) { w.exec(`UPDATE approvals SET strength = '' WHERE application_id = $1`, w.told) },
		"an open request can be followed by a link":                 func(w *world) { w.exec(`DELETE FROM links WHERE subject_id = $1`, w.request) },
		"no link outlives its request":                              func(w *world) { w.exec(`UPDATE approvals SET state = 'closed' WHERE id = $1`, w.request) },
		"a submission exists exactly if it was sent":                func(w *world) { w.exec(`DELETE FROM submissions WHERE application_id = $1`, w.told) },
		"the submission says when the application was sent":         func(w *world) { w.exec(`UPDATE applications SET submitted_at = '2026-11-01' WHERE id = $1`, w.told) },
		"every application has answers":                             func(w *world) { w.exec(`DELETE FROM answers WHERE application_id = $1`, w.draft) },
		"the journal of answers holds what was counted":             func(w *world) { w.exec(`UPDATE answers SET ops = 3 WHERE application_id = $1`, w.draft) },
		"the version of a submission is that of its application":    func(w *world) { w.exec(`UPDATE submissions SET form_version = 2 WHERE application_id = $1`, w.told) },
		"one receipt per submission":                                func(w *world) { w.exec(`DELETE FROM mails WHERE subject_id = $1`, w.told) },
		"one mail per told decision":                                func(w *world) { w.exec(`DELETE FROM mails WHERE subject_id = $1`, w.decision) },
		"one mail per fact": func(w *world) {
			w.unguard("mails", "mails_once_key_key")
			w.exec(`UPDATE mails SET once_key = 'twice'`)
		},
		"a mail that waits has its job": func(w *world) { w.exec(`DELETE FROM river_job`) },
		"a mail that left says when":    func(w *world) { w.exec(`UPDATE mails SET state = 'sent' WHERE subject_id = $1`, w.told) },
		"no sign-in beyond its end": func(w *world) {
			w.exec(`UPDATE sign_ins SET idle_until = ends_at + interval '1 day' WHERE account_id = $1`, w.account)
		},
		"an open account was activated": func(w *world) { w.exec(`UPDATE accounts SET activated_at = NULL WHERE id = $1`, w.account) },
		"one account per address": func(w *world) {
			w.exec(`DROP INDEX accounts_email`)
			w.exec(`UPDATE accounts SET email_key = 'same'`)
		},
		"a right covers something that exists":                          func(w *world) { w.exec(`UPDATE grants SET scope_id = $1`, w.tx.NewID()) },
		"a right that came with a line of staff is what the line gives": func(w *world) { w.exec(`UPDATE staff SET left_on = '2026-11-01'`) },
		"every course can be found":                                     func(w *world) { w.exec(`DELETE FROM search_documents WHERE object_id = $1`, w.course) },
		"the search knows who offers or publishes each document":        func(w *world) { w.exec(`UPDATE courses SET authority = 'Ville de Brest' WHERE id = $1`, w.course) },
		"the search knows the sessions as they are":                     func(w *world) { w.exec(`UPDATE search_documents SET occurrences = '' WHERE object_id = $1`, w.course) },
	}
}
