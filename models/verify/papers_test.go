package verify_test

import (
	"passerelle/models"
	"passerelle/models/mailbox"
)

// papers are the documents of the small portal: one in force with a verdict and an
// upload under way; what was asked once was answered.
type papers struct {
	requirement, document, earlier, file, old, key, upload, asked models.ID
}

func (w *world) give() {
	p := &w.papers
	for _, id := range []*models.ID{&p.requirement, &p.document, &p.earlier, &p.file, &p.old, &p.key, &p.upload, &p.asked} {
		*id = w.tx.NewID()
	}
	now := w.tx.Now
	w.exec(`INSERT INTO requirements (id, application_id, position, key, origin, spec) VALUES ($1, $2, 1, 'cv', 'list', '{"key": "cv", "kind": "cv"}')`, p.requirement, w.told)
	w.exec(`INSERT INTO data_keys (id, person_id, class, wrapped, created_at) SELECT $1, person_id, 'document', '\x00', $3 FROM accounts WHERE id = $2`, p.key, w.account, now)
	for i, f := range []models.ID{p.old, p.file} {
		w.exec(`INSERT INTO files (id, key_id, purpose, name, bytes, sha256, segments, inspection, scan, created_at)
			VALUES ($1, $2, 'deposit', 'cv.pdf', 4, sha256('cv'), $3::text::jsonb, 'accept', 'clean', $4)`, f, p.key,
			`[{"key": "`+f.String()+`", "plain": 4, "cipher": 20}]`, now)
		state := []string{"replaced", "live"}[i]
		w.exec(`INSERT INTO documents (id, application_id, requirement_id, place, version, file_id, state, state_since, deposited_at)
			VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $7)`, []models.ID{p.earlier, p.document}[i], w.told, p.requirement, i+1, f, state, now)
	}
	w.exec(`INSERT INTO verdicts (id, document_id, kind, given_at) VALUES ($1, $1, 'valid', $2)`, p.document, now)
	w.exec(`INSERT INTO uploads (id, application_id, requirement_id, place, key_id, name, length, received, segments, created_at, expires_at)
		VALUES ($1, $2, $3, 1, $4, 'b.pdf', 9, 3, '[{"key": "b", "plain": 3}]', $5, $5)`, p.upload, w.told, p.requirement, p.key, now)
	w.exec(`INSERT INTO information_requests (id, application_id, requirements, asked_at, due_on, answered_at) VALUES ($1, $2, ARRAY[$3::uuid], $4, '2026-12-22', $4)`,
		p.asked, w.told, p.requirement, now)
	w.exec(`INSERT INTO corrections (id, application_id, request_id, sent_at, answers, documents) VALUES ($1, $2, $1, $3, '{}', ARRAY[$4::uuid])`, p.asked, w.told, now, p.document)
	w.mail(mailbox.InformationAsked, mailbox.OfInformation, p.asked)
}

func paperPlants() map[string]func(*world) {
	return map[string]func(*world){
		"a document in force has content": func(w *world) { w.exec(`UPDATE files SET segments = '[]' WHERE id = $1`, w.file) },
		"the objects of a file add up to it": func(w *world) {
			w.exec(`UPDATE files SET bytes = 5 WHERE id = $1`, w.file)
		},
		"no two rows name one object": func(w *world) {
			w.exec(`UPDATE files SET segments = (SELECT segments FROM files WHERE id = $2) WHERE id = $1`, w.file, w.old)
		},
		"one version in force per place": func(w *world) {
			w.exec(`DROP INDEX documents_one_live`)
			w.exec(`UPDATE documents SET state = 'live' WHERE id = $1`, w.earlier)
		},
		"versions are numbered without a gap": func(w *world) { w.exec(`UPDATE documents SET version = 4 WHERE id = $1`, w.document) },
		"a document stands in a requirement of its own application": func(w *world) {
			w.exec(`UPDATE documents SET application_id = $2 WHERE id = $1`, w.document, w.waiting)
		},
		"an upload holds what it received": func(w *world) { w.exec(`UPDATE uploads SET received = 4 WHERE id = $1`, w.upload) },
		"no upload outlives its time":      func(w *world) { w.exec(`UPDATE uploads SET expires_at = '2026-11-01' WHERE id = $1`, w.upload) },
		"what is in force was inspected and is not infected": func(w *world) {
			w.exec(`UPDATE files SET scan = 'infected' WHERE id = $1`, w.file)
		},
		"nothing is inspected for ever": func(w *world) {
			w.exec(`UPDATE documents SET state = 'checking', deposited_at = '2026-11-01' WHERE id = $1`, w.document)
		},
		"a re-used document is the same content": func(w *world) {
			w.exec(`UPDATE documents SET reused_from = $2 WHERE id = $1`, w.document, w.earlier)
		},
		"a document can be opened as long as its person is there": func(w *world) {
			w.exec(`UPDATE data_keys SET wrapped = NULL, destroyed_at = $2 WHERE id = $1`, w.key, w.tx.Now)
		},
		"a file is under its owner's key": func(w *world) {
			w.exec(`UPDATE data_keys SET person_id = (SELECT person_id FROM accounts WHERE id = $2) WHERE id = $1`, w.key, w.officer)
		},
		"identity papers have a key of their own": func(w *world) {
			w.exec(`UPDATE requirements SET spec = spec || '{"kind": "identity"}' WHERE id = $1`, w.requirement)
		},
		"a requirement is what its rule says": func(w *world) { w.exec(`UPDATE requirements SET key = 'other' WHERE id = $1`, w.requirement) },
		"what was sent is kept":               func(w *world) { w.exec(`DELETE FROM documents WHERE id = $1`, w.document) },
		"one verdict in force per version": func(w *world) {
			w.exec(`DROP INDEX verdicts_current`)
			w.exec(`INSERT INTO verdicts (id, document_id, kind, given_at) VALUES ($1, $2, 'refused', $3)`, w.tx.NewID(), w.document, w.tx.Now)
		},
		"a verdict is on a version that was sent": func(w *world) {
			w.exec(`UPDATE documents SET state = 'checking' WHERE id = $1`, w.document)
		},
		"an application waits exactly while something is asked": func(w *world) {
			w.exec(`UPDATE applications SET state = 'information_requested' WHERE id = $1`, w.told)
		},
		"an answer is a retransmission": func(w *world) { w.exec(`DELETE FROM corrections WHERE request_id = $1`, w.asked) },
		"what is not answered closes after its date": func(w *world) {
			w.exec(`UPDATE information_requests SET answered_at = NULL, due_on = '2026-11-01' WHERE id = $1`, w.asked)
		},
		"one mail per request for information": func(w *world) { w.exec(`DELETE FROM mails WHERE subject_id = $1`, w.asked) },
	}
}
