package verify

import "slices"

// Invariant is something that must always be true. SQL lists what breaks it:
// an object and a detail. It can read `portal` (now, today).
type Invariant struct {
	Rule string
	Name string
	SQL  string
}

// Invariants lists every invariant.
func Invariants() []Invariant {
	return slices.Concat(seats(), lives(), decisions(), approvals(), answers(), mails(), accounts(), catalogue(), papers())
}

// standing is a state in which an application still holds what it was given.
const standing = `('under_review', 'accepted', 'waitlisted', 'confirmed')`

func seats() []Invariant {
	return []Invariant{
		{"P18.5", "seats counted are the seats given", `
			SELECT s.id, 'counted ' || s.seats_taken || ', given ' || count(a.id)
			FROM sessions s LEFT JOIN applications a ON a.session_id = s.id AND a.verdict = 'accepted' AND a.state IN ('under_review', 'accepted', 'confirmed')
			GROUP BY s.id HAVING s.seats_taken <> count(a.id)`},
		{"P6.1", "seats are never oversold", `
			SELECT s.id, count(*) || ' + ' || s.seats_elsewhere || ' for ' || s.capacity
			FROM sessions s JOIN applications a ON a.session_id = s.id AND a.verdict = 'accepted' AND a.state IN ('under_review', 'accepted', 'confirmed')
			GROUP BY s.id HAVING count(*) + s.seats_elsewhere > s.capacity`},
		{"P18.5", "waiting lists are dense", `
			SELECT session_id, count(*) || ' waiting, last rank ' || max(waitlist_rank) FROM applications
			WHERE waitlist_rank IS NOT NULL GROUP BY session_id
			HAVING max(waitlist_rank) <> count(*) OR count(DISTINCT waitlist_rank) <> count(*) OR min(waitlist_rank) <> 1`},
		{"P18.5", "only those who still wait have a rank", `
			SELECT id, state || ', rank ' || waitlist_rank FROM applications
			WHERE waitlist_rank IS NOT NULL AND state NOT IN ('under_review', 'waitlisted')`},
		{"P18.5", "who was told to wait has a rank", `
			SELECT id, verdict FROM applications WHERE state = 'waitlisted' AND (waitlist_rank IS NULL OR verdict <> 'waitlisted')`},
		{"P18.5", "a promised seat is confirmed, declined or lapsed in time", `
			SELECT id, 'confirm by ' || confirm_by FROM applications, portal WHERE state = 'accepted' AND confirm_by < portal.today - 1`},
		{"P18.12", "a cancelled session has no living application", `
			SELECT a.id, a.state FROM applications a JOIN sessions s ON s.id = a.session_id, portal
			WHERE s.cancelled_at < portal.now - interval '1 hour' AND a.account_id IS NOT NULL AND a.state NOT IN ('approval_refused', 'refused', 'declined', 'withdrawn', 'closed', 'expired')`},
	}
}

func lives() []Invariant {
	return []Invariant{
		{"P18.6", "one living application per person and session", `
			SELECT min(id::text), count(*) || ' for one person' FROM applications
			WHERE person_id IS NOT NULL AND state NOT IN ('approval_refused', 'refused', 'declined', 'withdrawn', 'closed', 'expired')
			GROUP BY person_id, session_id HAVING count(*) > 1`},
		{"P6.2", "an admission is to a campaign, a pre-registration to a session", `
			SELECT a.id, a.kind FROM applications a JOIN sessions s ON s.id = a.session_id WHERE (a.kind = 'admission') <> (s.programme_id IS NOT NULL)`},
		{"P18.1", "a draft belongs to a browser or to a person", `
			SELECT id, 'account ' || (account_id IS NOT NULL) || ', browser ' || (draft_key IS NOT NULL) FROM applications
			WHERE state = 'draft' AND ((account_id IS NULL) = (draft_key IS NULL))`},
		{"P18.1", "an application's person is its account's", `
			SELECT a.id, 'another person' FROM applications a JOIN accounts c ON c.id = a.account_id
			WHERE a.person_id IS DISTINCT FROM c.person_id`},
		{"P6", "the last transition of the journal leads to the state", `
			SELECT a.id, a.state || ', journal ' || (e.data ->> 'to') FROM applications a JOIN LATERAL (
				SELECT data FROM events WHERE subject_kind = 'application' AND subject_id = a.id AND data ? 'to'
				ORDER BY at DESC, id DESC LIMIT 1) e ON true
			WHERE e.data ->> 'to' <> a.state`},
		{"P6.7", "an application is submitted once in the journal", `
			SELECT a.id, count(e.id) || ' submissions' FROM applications a
			LEFT JOIN events e ON e.subject_kind = 'application' AND e.subject_id = a.id AND e.kind = 'application.submit'
			WHERE a.submitted_at IS NOT NULL GROUP BY a.id HAVING count(e.id) <> 1`},
		{"P6", "the state is not older than the application, nor in the future", `
			SELECT id, state FROM applications, portal WHERE state_since < created_at OR state_since > portal.now + interval '1 day'`},
	}
}

func decisions() []Invariant {
	return []Invariant{
		{"P18.4", "the verdict is the standing decision", `
			SELECT a.id, 'verdict "' || a.verdict || '", decision "' || coalesce(d.kind, '') || '"' FROM applications a
			LEFT JOIN decisions d ON d.application_id = a.id AND d.superseded_at IS NULL
			WHERE a.state IN ` + standing + ` AND a.verdict <> coalesce(d.kind, '')`},
		{"P18.4", "one standing decision at most", `
			SELECT application_id, count(*) || ' standing' FROM decisions WHERE superseded_at IS NULL GROUP BY application_id HAVING count(*) > 1`},
		{"P18.4", "an outcome has been told", `
			SELECT a.id, a.state || ' without a released decision' FROM applications a
			WHERE a.state IN ('accepted', 'waitlisted', 'refused', 'confirmed') AND NOT EXISTS (
				SELECT 1 FROM decisions d WHERE d.application_id = a.id AND d.superseded_at IS NULL AND d.released_at IS NOT NULL)`},
		{"P18.4", "nothing told is still under review", `
			SELECT a.id, d.kind FROM applications a JOIN decisions d ON d.application_id = a.id AND d.superseded_at IS NULL
			WHERE a.state = 'under_review' AND d.released_at IS NOT NULL`},
		{"P18.4", "a decision is told on its date", `
			SELECT d.id, 'due on ' || d.release_on FROM decisions d, portal
			WHERE d.released_at IS NULL AND d.superseded_at IS NULL AND d.release_on < portal.today - 1`},
		{"P18.4", "a decision has its author, a promotion has none", `
			SELECT id, cause FROM decisions WHERE (cause = 'officer') = (recorded_by IS NULL)`},
		{"P6.1", "a refusal has a reason", `
			SELECT id, kind FROM decisions WHERE kind = 'refused' AND cause = 'officer' AND reason = ''`},
		{"P18.4", "on hold is never told", `
			SELECT id, 'told' FROM decisions WHERE kind = 'on_hold' AND (released_at IS NOT NULL OR release_on IS NOT NULL)`},
		{"P6.7", "every decision is in the journal once", `
			SELECT d.id, count(e.id) || ' events' FROM decisions d LEFT JOIN events e ON e.subject_kind = 'application'
				AND e.subject_id = d.application_id AND e.kind IN ('application.decided', 'application.promoted') AND e.data ->> 'decision' = d.id::text
			GROUP BY d.id HAVING count(e.id) <> 1`},
	}
}

func approvals() []Invariant {
	return []Invariant{
		{"P6.1", "one open request to a line manager at most", `
			SELECT application_id, count(*) || ' open' FROM approvals WHERE state IN ('requested', 'stuck') GROUP BY application_id HAVING count(*) > 1`},
		{"P6.1", "a request is open only while the application waits for it", `
			SELECT p.id, a.state FROM approvals p JOIN applications a ON a.id = p.application_id
			WHERE p.state IN ('requested', 'stuck') AND a.state NOT IN ('submitted', 'awaiting_approval')`},
		{"P6.1", "what waits for a line manager has asked one", `
			SELECT a.id, a.state FROM applications a WHERE a.state = 'awaiting_approval'
			AND NOT EXISTS (SELECT 1 FROM approvals p WHERE p.application_id = a.id)`},
		{"P6.1", "nothing reaches the officer without an approval", `
			SELECT a.id, a.state FROM applications a WHERE a.state IN ('under_review', 'information_requested', 'accepted', 'waitlisted', 'refused', 'confirmed')
			AND a.kind = 'registration' AND NOT EXISTS (SELECT 1 FROM approvals p WHERE p.application_id = a.id AND p.state = 'approved')`},
		{"P6.2", "an admission asks no line manager", `
			SELECT a.id, p.state FROM applications a JOIN approvals p ON p.application_id = a.id WHERE a.kind = 'admission'`},
		{"P18.2", "an answer says when and how strong", `
			SELECT id, state FROM approvals WHERE state IN ('approved', 'refused', 'not_my_staff') AND (answered_at IS NULL OR strength = '')`},
		{"P6.1", "an open request can be followed by a link", `
			SELECT p.id, p.state FROM approvals p WHERE p.state IN ('requested', 'stuck') AND NOT EXISTS (
				SELECT 1 FROM links l WHERE l.purpose = 'approve' AND l.subject_id = p.id AND l.revoked_at IS NULL)`},
		{"P18.2", "no link outlives its request", `
			SELECT l.id, p.state FROM links l JOIN approvals p ON p.id = l.subject_id
			WHERE l.purpose = 'approve' AND l.used_at IS NULL AND l.revoked_at IS NULL AND p.state NOT IN ('requested', 'stuck')`},
	}
}

func answers() []Invariant {
	return []Invariant{
		{"P6.7", "a submission exists exactly if it was sent", `
			SELECT a.id, a.state FROM applications a LEFT JOIN submissions s ON s.application_id = a.id
			WHERE (a.submitted_at IS NULL) <> (s.application_id IS NULL)`},
		{"P6.7", "the submission says when the application was sent", `
			SELECT a.id, 'at another time' FROM applications a JOIN submissions s ON s.application_id = a.id WHERE a.submitted_at <> s.submitted_at`},
		{"P13.3", "every application has answers", `
			SELECT a.id, a.state FROM applications a WHERE a.state = 'draft'
			AND NOT EXISTS (SELECT 1 FROM answers w WHERE w.application_id = a.id)`},
		{"P13.3", "the journal of answers holds what was counted", `
			SELECT w.application_id, w.ops || ' counted, ' || count(o.id) || ' kept' FROM answers w
			LEFT JOIN answer_ops o ON o.application_id = w.application_id GROUP BY w.application_id, w.ops HAVING w.ops <> count(o.id)`},
		{"P5.1", "the version of a submission is that of its application", `
			SELECT s.application_id, 'sent ' || s.form_version || ', kept ' || v.version FROM submissions s
			JOIN applications a ON a.id = s.application_id JOIN form_versions v ON v.id = a.form_version_id WHERE v.version <> s.form_version`},
	}
}

func mails() []Invariant {
	return []Invariant{
		{"P6.7", "one receipt per submission", `
			SELECT a.id, count(m.id) || ' receipts' FROM applications a
			LEFT JOIN mails m ON m.kind = 'receipt' AND m.subject_kind = 'application' AND m.subject_id = a.id
			WHERE a.submitted_at IS NOT NULL GROUP BY a.id HAVING count(m.id) <> 1`},
		{"P18.4", "one mail per told decision", `
			SELECT d.id, count(m.id) || ' mails' FROM decisions d
			LEFT JOIN mails m ON m.subject_kind = 'decision' AND m.subject_id = d.id
			GROUP BY d.id, d.released_at HAVING count(m.id) <> CASE WHEN d.released_at IS NULL THEN 0 ELSE 1 END`},
		{"P6.7", "one mail per fact", `
			SELECT min(id::text), count(*) || ' mails' FROM mails GROUP BY once_key HAVING count(*) > 1`},
		{"P15.4", "a mail that waits has its job", `
			SELECT m.id, m.state FROM mails m WHERE m.state IN ('queued', 'sending', 'failed') AND NOT EXISTS (
				SELECT 1 FROM river_job j WHERE j.kind = 'send_mail' AND j.args ->> 'mail_id' = m.id::text
					AND j.state NOT IN ('completed', 'cancelled', 'discarded'))`},
		{"P16.1", "a mail that left says when", `
			SELECT id, state FROM mails WHERE (state = 'sent') <> (sent_at IS NOT NULL)`},
	}
}

func accounts() []Invariant {
	return []Invariant{
		{"P1.13", "no sign-in beyond its end", `
			SELECT id, 'idle until ' || idle_until || ', ends ' || ends_at FROM sign_ins WHERE idle_until > ends_at OR ends_at < created_at OR seen_at > ends_at`},
		{"P1.3", "an open account was activated", `
			SELECT id, state FROM accounts WHERE state = 'active' AND activated_at IS NULL`},
		{"P1.5", "one account per address", `
			SELECT min(id::text), count(*) || ' accounts' FROM accounts GROUP BY email_key HAVING count(*) > 1`},
		{"P2.5", "a right covers something that exists", `
			SELECT account_id, scope_kind || ' ' || scope_id FROM grants g WHERE
				(scope_kind = 'course' AND NOT EXISTS (SELECT 1 FROM courses WHERE id = g.scope_id)) OR
				(scope_kind = 'programme' AND NOT EXISTS (SELECT 1 FROM programmes WHERE id = g.scope_id)) OR
				(scope_kind = 'faculty' AND NOT EXISTS (SELECT 1 FROM faculties WHERE id = g.scope_id)) OR
				(scope_kind = 'theme' AND NOT EXISTS (SELECT 1 FROM themes WHERE id = g.scope_id))`},
		{"P2.5", "a right that came with a line of staff is what the line gives", `
			SELECT g.account_id, g.role || ' ' || g.scope_kind || ' ' || g.scope_id || ' of ' || s.reference FROM grants g JOIN staff s ON s.id = g.staff_id, portal
			WHERE NOT EXISTS (SELECT 1 FROM staff_rights r WHERE r.staff_id = g.staff_id AND r.account_id = g.account_id AND r.role = g.role
				AND r.kind = g.scope_kind AND r.scope_id = g.scope_id AND coalesce(r.left_on >= portal.today - 1, true))
			AND NOT (g.role = 'admin' AND g.scope_kind = 'portal' AND NOT EXISTS (SELECT 1 FROM accounts mine, grants o JOIN accounts a ON a.id = o.account_id
				LEFT JOIN staff l ON l.id = o.staff_id
				WHERE mine.id = g.account_id AND o.role = 'admin' AND o.scope_kind = 'portal' AND o.account_id <> g.account_id AND a.state = 'active'
					AND (mine.password_hash = '' OR mine.state <> 'active' OR a.password_hash <> '' AND coalesce(l.left_on >= portal.today, true))))`},
	}
}

func catalogue() []Invariant {
	return []Invariant{
		{"P4.1", "every course can be found", `
			SELECT c.id, c.reference FROM courses c WHERE NOT EXISTS (SELECT 1 FROM search_documents d WHERE d.object_id = c.id)`},
		{"P18.17", "the search knows the sessions as they are", `
			SELECT d.object_id, d.reference FROM search_documents d
			WHERE d.kind IN ('course', 'programme') AND d.occurrences <> search_occurrences(d.object_id)`},
		{"P4.2", "the search knows who offers or publishes each document", `
			WITH named AS (
				SELECT id, authority AS name FROM courses UNION ALL SELECT id, coalesce(nullif(institution_usual, ''), institution) FROM programmes
				UNION ALL SELECT id, employer FROM announcements
			), slugs AS (SELECT name, structure_slug(name) AS slug FROM (SELECT DISTINCT name FROM named) n)
			SELECT d.object_id, d.reference FROM search_documents d JOIN named n ON n.id = d.object_id JOIN slugs s ON s.name = n.name
			LEFT JOIN structures x ON x.slug = s.slug WHERE substring(d.card FROM length(d.card) - 3) <> int4send(coalesce(x.no, CASE WHEN s.slug = '' THEN 0 ELSE -1 END))`},
		{"P18.12", "seats given elsewhere leave the capacity whole", `
			SELECT id, seats_elsewhere || ' + ' || seats_taken || ' for ' || capacity FROM sessions WHERE seats_elsewhere + seats_taken > capacity`},
	}
}
