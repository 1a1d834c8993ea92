package verify

// papers are what must be true of documents, their files and what is asked again.
func papers() []Invariant {
	return []Invariant{
		{"P7.4", "a document in force has content", `
			SELECT d.id, 'file ' || f.id FROM documents d JOIN files f ON f.id = d.file_id
			WHERE d.state = 'live' AND (f.purged_at IS NOT NULL OR jsonb_array_length(f.segments) = 0)`},
		{"P7.4", "the objects of a file add up to it", `
			SELECT f.id, f.bytes || ' bytes, ' || coalesce(sum((s ->> 'plain')::bigint), 0) FROM files f LEFT JOIN LATERAL jsonb_array_elements(f.segments) s ON true
			WHERE f.purged_at IS NULL GROUP BY f.id HAVING coalesce(sum((s ->> 'plain')::bigint), 0) <> f.bytes`},
		{"P7.4", "no two rows name one object", `
			SELECT k, count(*) || ' rows' FROM (
				SELECT f.id, s ->> 'key' AS k FROM files f, jsonb_array_elements(f.segments) s WHERE f.purged_at IS NULL
				UNION ALL SELECT u.id, s ->> 'key' FROM uploads u, jsonb_array_elements(u.segments) s WHERE u.document_id IS NULL) o
			GROUP BY k HAVING count(*) > 1`},
		{"P7.2", "one version in force per place", `
			SELECT requirement_id, count(*) || ' in force at place ' || place FROM documents WHERE state = 'live'
			GROUP BY requirement_id, place HAVING count(*) > 1`},
		{"P7.2", "versions are numbered without a gap", `
			SELECT requirement_id, count(*) || ' versions, last ' || max(version) FROM documents
			GROUP BY requirement_id, place HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)`},
		{"P7.2", "a document stands in a requirement of its own application", `
			SELECT d.id, 'of another' FROM documents d JOIN requirements r ON r.id = d.requirement_id WHERE r.application_id <> d.application_id`},
		{"P7.2", "an upload holds what it received", `
			SELECT u.id, u.received || ' received, ' || coalesce(sum((s ->> 'plain')::bigint), 0) FROM uploads u
			LEFT JOIN LATERAL jsonb_array_elements(u.segments) s ON true GROUP BY u.id HAVING coalesce(sum((s ->> 'plain')::bigint), 0) <> u.received`},
		{"P7.2", "no upload outlives its time", `
			SELECT id, 'until ' || expires_at FROM uploads, portal WHERE expires_at < portal.now - interval '1 day'`},
		{"P7.3", "what is in force was inspected and is not infected", `
			SELECT d.id, f.inspection || ', ' || f.scan FROM documents d JOIN files f ON f.id = d.file_id
			WHERE d.state = 'live' AND (f.inspection NOT IN ('accept', 'warn') OR f.scan = 'infected')`},
		{"P7.3", "nothing is inspected for ever", `
			SELECT d.id, 'since ' || d.deposited_at FROM documents d, portal WHERE d.state = 'checking' AND d.deposited_at < portal.now - interval '1 day'`},
		{"P7.5", "a re-used document is the same content", `
			SELECT d.id, 'another file' FROM documents d JOIN documents o ON o.id = d.reused_from WHERE d.file_id <> o.file_id`},
		{"P12.6", "a document can be opened as long as its person is there", `
			SELECT d.id, 'key ' || k.id FROM documents d JOIN files f ON f.id = d.file_id JOIN data_keys k ON k.id = f.key_id
			JOIN accounts c ON c.person_id = k.person_id AND c.state = 'active'
			WHERE d.state = 'live' AND k.destroyed_at IS NOT NULL`},
		{"P12.6", "a file is under its owner's key", `
			SELECT d.id, 'key ' || k.id FROM documents d JOIN applications a ON a.id = d.application_id JOIN files f ON f.id = d.file_id
			JOIN data_keys k ON k.id = f.key_id WHERE a.person_id IS DISTINCT FROM k.person_id`},
		{"P12.6", "identity papers have a key of their own", `
			SELECT d.id, k.class FROM documents d JOIN requirements r ON r.id = d.requirement_id JOIN files f ON f.id = d.file_id
			JOIN data_keys k ON k.id = f.key_id WHERE (r.spec ->> 'kind' = 'identity') <> (k.class = 'identity')`},
		{"P6.2", "a requirement is what its rule says", `
			SELECT id, key || ', rule ' || coalesce(spec ->> 'key', '') FROM requirements WHERE key IS DISTINCT FROM spec ->> 'key'`},
		{"P6.2", "what was sent is kept", `
			SELECT s.application_id, 'version ' || d FROM (
				SELECT application_id, unnest(documents) AS d FROM submissions
				UNION ALL SELECT application_id, unnest(documents) FROM corrections) s
			WHERE NOT EXISTS (SELECT 1 FROM documents WHERE id = s.d AND application_id = s.application_id)`},
		{"P17.8", "one verdict in force per version", `
			SELECT document_id, count(*) || ' in force' FROM verdicts WHERE superseded_at IS NULL GROUP BY document_id HAVING count(*) > 1`},
		{"P17.8", "a verdict is on a version that was sent", `
			SELECT v.id, d.state FROM verdicts v JOIN documents d ON d.id = v.document_id JOIN applications a ON a.id = d.application_id
			WHERE d.state = 'checking' OR a.submitted_at IS NULL OR v.given_at < d.deposited_at
				OR NOT EXISTS (SELECT FROM submissions s WHERE s.application_id = a.id AND d.id = ANY (s.documents))
				AND NOT EXISTS (SELECT FROM corrections c WHERE c.application_id = a.id AND d.id = ANY (c.documents))`},
		{"P9.3", "an application waits exactly while something is asked", `
			SELECT a.id, a.state || ', ' || count(q.id) || ' open' FROM applications a
			LEFT JOIN information_requests q ON q.application_id = a.id AND q.answered_at IS NULL AND q.closed_at IS NULL
			WHERE a.submitted_at IS NOT NULL GROUP BY a.id HAVING (a.state = 'information_requested')::int <> count(q.id)`},
		{"P9.3", "an answer is a retransmission", `
			SELECT q.id, 'answered ' || (q.answered_at IS NOT NULL) FROM information_requests q LEFT JOIN corrections c ON c.request_id = q.id
			WHERE (q.answered_at IS NULL) <> (c.id IS NULL)`},
		{"P9.3", "what is not answered closes after its date", `
			SELECT id, 'due on ' || due_on FROM information_requests, portal WHERE answered_at IS NULL AND closed_at IS NULL AND due_on < portal.today - 1`},
		{"P9.3", "one mail per request for information", `
			SELECT q.id, count(m.id) || ' mails' FROM information_requests q
			LEFT JOIN mails m ON m.kind = 'information_asked' AND m.subject_id = q.id GROUP BY q.id HAVING count(m.id) <> 1`},
	}
}
