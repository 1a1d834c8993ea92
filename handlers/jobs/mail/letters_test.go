package mail_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"passerelle/handlers/jobs/mail"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

func TestMain(m *testing.M) { modelstest.Main(m) }

var renderer = mail.Renderer{BaseURL: "https://portail.example.org/", From: "Passerelle <passerelle@example.org>",
	Service: "Pôle bibliothèques", Contact: "formation@example.org", Rights: "donnees@example.org"}

// world is one submitted application with everything that a mail may tell.
type world struct {
	account, application, approval, decision, change models.ID
	request, asked, document, valid, opinion         models.ID
}

const birth = "1988-06-14"

// build writes the world; secrets is what no mail may hold beyond need.
func build(t *testing.T, ctx context.Context, tx models.Tx) world {
	t.Helper()
	w := world{application: tx.NewID(), approval: tx.NewID(), decision: tx.NewID(), change: tx.NewID(),
		request: tx.NewID(), asked: tx.NewID(), document: tx.NewID(), valid: tx.NewID(), opinion: tx.NewID()}
	a, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: "camille.fontaine@example.org", PasswordHash: "x",
		Identity: people.Identity{FirstName: "Camille", BirthName: "Fontaine", BirthDate: people.Born(1988, time.June, 14)}})
	if err != nil {
		t.Fatal(err)
	}
	w.account = a.ID
	course, session, form := tx.NewID(), tx.NewID(), tx.NewID()
	requirement, key := tx.NewID(), tx.NewID()
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO courses (id, reference, title, duration, updated_at) VALUES ($1, 'C1', 'Cadre opérationnel des bibliothèques', '12 jours', $2)`, []any{course, tx.Now}},
		{`INSERT INTO sessions (id, course_id, external_id, starts_on, ends_on, place, modality, capacity, opens_on, closes_on)
			VALUES ($1, $2, 'S1', '2027-01-12', '2027-04-16', 'Villeurbanne', 'remote', 10, '2026-10-01', '2026-12-02')`, []any{session, course}},
		{`INSERT INTO form_versions (id, form_key, version, definition, published_at) VALUES ($1, 'f', 1, '{}', $2)`, []any{form, tx.Now}},
		{`INSERT INTO applications (id, kind, session_id, form_version_id, account_id, person_id, state, state_since, created_at, submitted_at, expires_at, applicant_name, confirm_by)
			VALUES ($1, 'registration', $2, $3, $4, $5, 'accepted', $6, $6, $6, $7, 'Camille Fontaine', '2026-12-21')`,
			[]any{w.application, session, form, a.ID, a.PersonID, tx.Now, tx.Now.Add(14 * 24 * time.Hour)}},
		{`INSERT INTO submissions (application_id, submitted_at, form_version, answers, op_ids, seen_sum) VALUES ($1, $2, 1, $3, '{}', '')`,
			[]any{w.application, tx.Now, `{"form":"f","version":1,"answers":[
				{"step":"s","block":"b","field":"job_title","kind":"text","values":{"":["responsable jeunesse"]},"shown":{"fr":"responsable jeunesse","en":"responsable jeunesse"}},
				{"step":"s","block":"b","field":"phone","kind":"phone","values":{"":["+33612345678"]},"shown":{"fr":"06 12 34 56 78","en":"06 12 34 56 78"}},
				{"step":"s","block":"b","field":"employer","kind":"employer","values":{"name":["Commune de Limoges"]},"shown":{"fr":"Commune de Limoges","en":"Commune de Limoges"}}]}`}},
		{`INSERT INTO approvals (id, application_id, last_name, first_name, function, email, email_key, state, reason, requested_at, answered_at)
			VALUES ($1, $2, 'Lefebvre', 'Bruno', 'directeur', 'bruno.lefebvre@example.org', 'bruno.lefebvre@example.org', 'refused', E'Service en sous-effectif.\nReparlons-en.', $3, $3)`,
			[]any{w.approval, w.application, tx.Now}},
		{`INSERT INTO decisions (id, application_id, kind, reason, message, recorded_at, release_on, released_at)
			VALUES ($1, $2, 'refused', 'Le niveau demandé n''est pas atteint.', 'Une autre formation vous conviendrait.', $3, '2026-11-22', $3)`,
			[]any{w.decision, w.application, tx.Now}},
		{`INSERT INTO email_changes (id, account_id, old_email, new_email, requested_at) VALUES ($1, $2, 'a@example.org', 'neuve@example.org', $3)`,
			[]any{w.change, a.ID, tx.Now}},
		{`INSERT INTO requirements (id, application_id, position, key, origin, spec) VALUES ($1, $2, 1, 'identite', 'list', $3)`,
			[]any{requirement, w.application, `{"key":"identite","kind":"identity","title":{"fr":"Pièce d’identité","en":"Identity document"},"sides":[{"fr":"Recto","en":"Front"},{"fr":"Verso","en":"Back"}]}`}},
		{`INSERT INTO data_keys (id, person_id, class, wrapped, created_at) VALUES ($1, $2, 'identity', '\x00', $3)`, []any{key, a.PersonID, tx.Now}},
		{`INSERT INTO files (id, key_id, purpose, name, bytes, sha256, segments, inspection, scan, created_at)
			VALUES ($1, $1, 'deposit', 'CNI Camille 1988.pdf', 421888, sha256('x'), '[]', 'accept', 'off', $2)`, []any{key, tx.Now}},
		{`INSERT INTO documents (id, application_id, requirement_id, place, version, file_id, state, state_since, deposited_at)
			VALUES ($1, $2, $3, 2, 1, $4, 'live', $5, $5)`, []any{w.document, w.application, requirement, key, tx.Now}},
		{`INSERT INTO verdicts (id, document_id, kind, reason, message, given_at) VALUES ($1, $1, 'refused', 'Illisible', 'Le verso est coupé.', $2)`,
			[]any{w.document, tx.Now.Add(-time.Minute)}},
		{`INSERT INTO documents (id, application_id, requirement_id, place, version, file_id, state, state_since, deposited_at)
			VALUES ($1, $2, $3, 1, 1, $4, 'live', $5, $5)`, []any{w.valid, w.application, requirement, key, tx.Now}},
		{`INSERT INTO verdicts (id, document_id, kind, valid_until, given_at) VALUES ($1, $1, 'valid', '2026-12-20', $2)`, []any{w.valid, tx.Now}},
		{`INSERT INTO information_requests (id, application_id, message, requirements, asked_at, due_on, answered_at)
			VALUES ($1, $2, 'Merci de compléter.', ARRAY[$3::uuid], $4, '2026-12-22', $4)`, []any{w.request, w.application, requirement, tx.Now}},
		{`INSERT INTO information_requests (id, application_id, message, requirements, fields, asked_at, due_on)
			VALUES ($1, $2, 'Merci de compléter.', ARRAY[$3::uuid], '{job_title}', $4, '2026-12-22')`, []any{w.asked, w.application, requirement, tx.Now}},
		{`INSERT INTO opinions (id, application_id, name, email, email_key, question, fields, due_on, state, asked_at, asked_by, forget_at)
			VALUES ($1, $2, 'Paule Expert', 'paule@example.org', 'paule@example.org', 'Le projet tient-il ?', '{job_title}', '2026-12-04', 'requested', $3, $4, '2027-12-04')`,
			[]any{w.opinion, w.application, tx.Now, w.account}},
		{`INSERT INTO corrections (id, application_id, request_id, sent_at, answers, documents)
			SELECT $1, application_id, $1, submitted_at, answers, ARRAY[$2::uuid] FROM submissions WHERE application_id = $3`,
			[]any{w.request, w.document, w.application}},
	} {
		if _, err := tx.PGX.Exec(ctx, step.sql, step.args...); err != nil {
			t.Fatalf("%s: %v", step.sql, err)
		}
	}
	return w
}

// row is a queued mail of a kind about the world.
func (w world) row(t *testing.T, ctx context.Context, tx models.Tx, kind mailbox.Kind, lang string) mailbox.Row {
	t.Helper()
	r := mailbox.Row{ID: tx.NewID(), QueuedAt: tx.Now, Mail: mailbox.Mail{Kind: kind, Lang: lang, Recipient: "x@example.org",
		SubjectKind: mailbox.OfApplication, SubjectID: w.application}}
	purpose := models.LinkPurpose("")
	switch kind {
	case mailbox.Activation:
		r.SubjectKind, r.SubjectID, purpose = mailbox.OfAccount, w.account, models.LinkActivate
	case mailbox.Reset, mailbox.AccountCreated:
		r.SubjectKind, r.SubjectID, purpose = mailbox.OfAccount, w.account, models.LinkReset
	case mailbox.AlreadyKnown, mailbox.IdentityKnownOwner, mailbox.IdentityKnownNeutral, mailbox.PasswordChanged,
		mailbox.FactorAdded, mailbox.FactorRemoved, mailbox.RecoveryRenewed, mailbox.RecoveryUsed:
		r.SubjectKind, r.SubjectID = mailbox.OfAccount, w.account
	case mailbox.EmailChangeNew:
		r.SubjectKind, r.SubjectID, purpose = mailbox.OfEmailChange, w.change, models.LinkChangeEmail
	case mailbox.EmailChangeOld:
		r.SubjectKind, r.SubjectID = mailbox.OfEmailChange, w.change
	case mailbox.ApprovalRequest, mailbox.ApprovalReminder:
		r.SubjectKind, r.SubjectID, purpose = mailbox.OfApproval, w.approval, models.LinkApprove
	case mailbox.InformationAsked, mailbox.InformationReminder:
		r.SubjectKind, r.SubjectID = mailbox.OfInformation, w.asked
	case mailbox.InformationClosed, mailbox.CorrectionReceipt:
		r.SubjectKind, r.SubjectID = mailbox.OfInformation, w.request
	case mailbox.PieceExpiring:
		r.SubjectKind, r.SubjectID = mailbox.OfDocument, w.valid
	case mailbox.PieceInfected, mailbox.PieceLost:
		r.SubjectKind, r.SubjectID = mailbox.OfDocument, w.document
	case mailbox.OpinionRequest:
		r.SubjectKind, r.SubjectID, purpose = mailbox.OfOpinion, w.opinion, models.LinkOpinion
	case mailbox.OpinionGiven:
		r.SubjectKind, r.SubjectID = mailbox.OfOpinion, w.opinion
	case mailbox.DecisionReleased, mailbox.Promotion:
		r.SubjectKind, r.SubjectID = mailbox.OfDecision, w.decision
	case mailbox.Alert:
		r.SubjectKind, r.SubjectID = mailbox.OfAlert, w.alert(t, ctx, tx)
	}
	if purpose != "" {
		link, err := tx.CreateLink(ctx, purpose, r.SubjectID, r.Recipient, 7*24*time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		r.LinkID = link.ID
	}
	return r
}

var placeholder = regexp.MustCompile(`\{[a-z0-9]+\}|mail\.[a-z_.]+`)

func TestEveryLetter(t *testing.T) {
	t.Parallel()
	for _, kind := range mail.Kinds() {
		for _, lang := range []string{"fr", "en"} {
			t.Run("P11.6 "+string(kind)+" "+lang+" has two parts that say the same, and nothing personal beyond need", func(t *testing.T) {
				modelstest.Tx(t, func(ctx context.Context, tx models.Tx) {
					w := build(t, ctx, tx)
					m, err := renderer.Render(ctx, tx, w.row(t, ctx, tx, kind, lang))
					if err != nil {
						t.Fatal(err)
					}
					check(t, m, lang)
				})
			})
		}
	}
}

func check(t *testing.T, m mail.Message, lang string) {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(m.HTML))
	if err != nil {
		t.Fatal(err)
	}
	if m.Subject == "" || doc.Find("html").AttrOr("lang", "") != lang || doc.Find("h1").Length() != 1 {
		t.Errorf("subject %q, lang %s", m.Subject, doc.Find("html").AttrOr("lang", ""))
	}
	if doc.Find("img, script, link, form, iframe").Length() != 0 || strings.Contains(m.HTML, "javascript:") {
		t.Error("something is fetched or runs")
	}
	for _, part := range []string{m.Text, doc.Find("body").Text(), m.Subject} {
		if s := placeholder.FindString(part); s != "" {
			t.Errorf("unfilled %s", s)
		}
		for _, secret := range []string{birth, "14 juin 1988", "+33612345678", "06 12 34 56 78"} {
			if strings.Contains(part, secret) {
				t.Errorf("holds %s", secret)
			}
		}
	}
	doc.Find("a").Each(func(_ int, a *goquery.Selection) {
		href := a.AttrOr("href", "")
		if !strings.HasPrefix(href, "https://portail.example.org/") || strings.Contains(href, "//portail.example.org//") || !strings.Contains(m.Text, href) {
			t.Errorf("link %s", href)
		}
	})
	squeezed := strings.Join(strings.Fields(m.Text), " ")
	doc.Find(".courriel__text, .courriel__title, .courriel__value, .courriel__foot p").Each(func(_ int, p *goquery.Selection) {
		if want := strings.Join(strings.Fields(p.Text()), " "); !strings.Contains(squeezed, want) {
			t.Errorf("the text twin lacks %q", want)
		}
	})
	for line := range strings.Lines(m.Text) {
		if len([]rune(line)) > 80 && !strings.Contains(line, "https://") {
			t.Errorf("long line %q", line)
		}
	}
}

func TestLetterContent(t *testing.T) {
	t.Parallel()
	render := func(t *testing.T, kind mailbox.Kind, change func(context.Context, models.Tx, world)) (out mail.Message) {
		t.Helper()
		modelstest.Tx(t, func(ctx context.Context, tx models.Tx) {
			w := build(t, ctx, tx)
			if change != nil {
				change(ctx, tx, w)
			}
			var err error
			if out, err = renderer.Render(ctx, tx, w.row(t, ctx, tx, kind, "fr")); err != nil {
				t.Fatal(err)
			}
		})
		return out
	}
	holds := func(t *testing.T, m mail.Message, words ...string) {
		t.Helper()
		text := strings.Join(strings.Fields(m.Text), " ")
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%q is missing in\n%s", w, m.Text)
			}
		}
	}
	t.Run("P18.14 the receipt gives date, number, service, contact and what silence means", func(t *testing.T) {
		holds(t, render(t, mailbox.Receipt, nil), "22 novembre 2026 à 12:00", "PR-2026-", "Pôle bibliothèques", "formation@example.org",
			"le silence ne vaut pas acceptation", "Bruno Lefebvre", "La réponse vous sera donnée le 13 décembre 2026")
	})
	t.Run("P18.14 a refusal gives its reasons and the ways and times of appeal", func(t *testing.T) {
		holds(t, render(t, mailbox.DecisionReleased, nil), "n’est pas retenue", "Le niveau demandé n'est pas atteint.", "Une autre formation vous conviendrait.",
			"tribunal administratif", "deux mois")
	})
	t.Run("P18.2 the line manager reads name, function, employer, dates, and why they are written to", func(t *testing.T) {
		m := render(t, mailbox.ApprovalRequest, nil)
		if m.Subject != "Camille Fontaine demande votre accord" {
			t.Error(m.Subject)
		}
		holds(t, m, "responsable jeunesse (Commune de Limoges)", "du 12 janvier au 16 avril 2027, Villeurbanne", "3 mois environ, du début à la fin", "jusqu’au 29 novembre 2026",
			"nous a donné votre adresse, pour cette seule demande", "donnees@example.org", "Ce n’est pas votre équipe ?")
	})
	for _, kind := range []mailbox.Kind{mailbox.ApprovalRequest, mailbox.ApprovalReminder} {
		t.Run("P6.1 the date of the "+string(kind)+" is that of the page behind its link", func(t *testing.T) {
			var shown application.Request
			m := render(t, kind, func(ctx context.Context, tx models.Tx, w world) {
				by, err := models.Actor{Kind: models.ActorAccount, Account: w.account, Email: "bruno.lefebvre@example.org"}, error(nil)
				if shown, err = application.ApprovalByAccount(ctx, tx, by, w.approval); err != nil {
					t.Fatal(err)
				}
			})
			if got := shown.AnswerBy.Format(time.DateOnly); got != "2026-12-13" {
				t.Error(got)
			}
			holds(t, m, "dimanche 13 décembre 2026")
		})
	}
	t.Run("P6.1 the applicant reads the reason of the refused approval, line by line", func(t *testing.T) {
		holds(t, render(t, mailbox.ApprovalRefused, nil), "> Service en sous-effectif. > Reparlons-en.")
	})
	const sum = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" // SHA-256 of x
	t.Run("P9.3 a request says what is asked, why and until when, and leads there", func(t *testing.T) {
		m := render(t, mailbox.InformationAsked, nil)
		holds(t, m, "Merci de compléter.", "Pièce d’identité", "Illisible", "Le verso est coupé.", "mardi 22 décembre 2026", "Seul ce qui est demandé")
		if !strings.Contains(m.Text, "/complement") {
			t.Error(m.Text)
		}
	})
	t.Run("P9.3 answered before it left, a request has nothing left to say", func(t *testing.T) {
		modelstest.Tx(t, func(ctx context.Context, tx models.Tx) {
			w := build(t, ctx, tx)
			row := w.row(t, ctx, tx, mailbox.InformationReminder, "fr")
			row.SubjectID = w.request
			if _, err := renderer.Render(ctx, tx, row); !errors.Is(err, mail.ErrNoObject) {
				t.Error(err)
			}
		})
	})
	t.Run("P6.2 receipts list the pieces with size and checksum, never the name of a file", func(t *testing.T) {
		sent := func(ctx context.Context, tx models.Tx, w world) {
			_, err := tx.PGX.Exec(ctx, `WITH gone AS (DELETE FROM submissions WHERE application_id = $1 RETURNING *)
				SELECT 1 FROM gone`, w.application)
			if err == nil {
				_, err = tx.PGX.Exec(ctx, `INSERT INTO submissions (application_id, submitted_at, form_version, answers, op_ids, seen_sum, documents)
					VALUES ($1, $2, 1, '{"form":"f","version":1,"answers":[]}', '{}', '', ARRAY[$3::uuid])`, w.application, tx.Now, w.document)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for kind, change := range map[mailbox.Kind]func(context.Context, models.Tx, world){mailbox.Receipt: sent, mailbox.CorrectionReceipt: nil} {
			m := render(t, kind, change)
			holds(t, m, "Pièce d’identité (Verso) : 412 Ko, SHA-256 "+sum)
			if strings.Contains(m.Text, "1988.pdf") {
				t.Error(m.Text)
			}
		}
	})
	t.Run("P9.3 the receipt of a correction says what was replaced", func(t *testing.T) {
		m := render(t, mailbox.CorrectionReceipt, func(ctx context.Context, tx models.Tx, w world) {
			_, err := tx.PGX.Exec(ctx, `UPDATE information_requests SET changed = array(SELECT id FROM requirements WHERE application_id = $1)
				WHERE application_id = $1`, w.application)
			if err != nil {
				t.Fatal(err)
			}
		})
		holds(t, m, "Vous avez remplacé : Pièce d’identité")
	})
	t.Run("P7.5 a piece that expires is named, with its date", func(t *testing.T) {
		holds(t, render(t, mailbox.PieceExpiring, nil), "« Pièce d’identité » est valable jusqu’au 20 décembre 2026")
	})
	t.Run("P9.6 an expert reads the question and what is asked of them, never who applies", func(t *testing.T) {
		m := render(t, mailbox.OpinionRequest, nil)
		holds(t, m, "Paule Expert", "Le projet tient-il ?", "4 décembre 2026", "/avis/")
		if strings.Contains(m.Text+m.Subject+m.HTML, "Bibliothécaire") {
			t.Error("an answer is in the mail")
		}
		holds(t, render(t, mailbox.OpinionGiven, nil), "Paule Expert a donné son avis", "/bureau/candidatures/")
	})
	t.Run("P7.3 an infected piece is named, with what to do", func(t *testing.T) {
		holds(t, render(t, mailbox.PieceInfected, nil), "« Pièce d’identité »", "copie saine")
		holds(t, render(t, mailbox.PieceLost, nil), "« Pièce d’identité »", "de nouveau")
	})
	t.Run("P18.5 a promotion says until when to confirm; confirmed meanwhile, nothing is asked", func(t *testing.T) {
		accept := func(ctx context.Context, tx models.Tx, w world) {
			if _, err := tx.PGX.Exec(ctx, `UPDATE decisions SET kind = 'accepted', reason = '', message = '', cause = 'promotion' WHERE id = $1`, w.decision); err != nil {
				t.Fatal(err)
			}
		}
		holds(t, render(t, mailbox.Promotion, accept), "Confirmez jusqu’au lundi 21 décembre 2026 à minuit")
		m := render(t, mailbox.Promotion, func(ctx context.Context, tx models.Tx, w world) {
			accept(ctx, tx, w)
			if _, err := tx.PGX.Exec(ctx, `UPDATE applications SET confirm_by = NULL WHERE id = $1`, w.application); err != nil {
				t.Fatal(err)
			}
		})
		holds(t, m, "est retenue")
		if strings.Contains(m.Text, "Confirmez") {
			t.Error("asks to confirm again")
		}
	})
	t.Run("P18.4 a decision that is not released says nothing", func(t *testing.T) {
		modelstest.Tx(t, func(ctx context.Context, tx models.Tx) {
			w := build(t, ctx, tx)
			if _, err := tx.PGX.Exec(ctx, `UPDATE decisions SET released_at = NULL WHERE id = $1`, w.decision); err != nil {
				t.Fatal(err)
			}
			if _, err := renderer.Render(ctx, tx, w.row(t, ctx, tx, mailbox.DecisionReleased, "fr")); !errors.Is(err, mail.ErrNoObject) {
				t.Errorf("%v", err)
			}
		})
	})
	t.Run("P18.7 the neutral mail names nobody", func(t *testing.T) {
		if m := render(t, mailbox.IdentityKnownNeutral, nil); strings.Contains(m.Text+m.HTML+m.Subject, "Camille") || strings.Contains(m.Text+m.HTML, "camille") {
			t.Error(m.Text)
		}
	})
	t.Run("P11.6 a mail whose object is gone has nothing to say", func(t *testing.T) {
		modelstest.Tx(t, func(ctx context.Context, tx models.Tx) {
			row := mailbox.Row{ID: tx.NewID(), Mail: mailbox.Mail{Kind: mailbox.Receipt, Lang: "fr", SubjectKind: mailbox.OfApplication, SubjectID: uuid.New()}}
			if _, err := renderer.Render(ctx, tx, row); !errors.Is(err, mail.ErrNoObject) {
				t.Errorf("%v", err)
			}
		})
	})
	t.Run("P11.6 names cannot inject headers or markup", func(t *testing.T) {
		evil := func(ctx context.Context, tx models.Tx, w world) {
			_, err := tx.PGX.Exec(ctx, `UPDATE applications SET applicant_name = E'Eve\r\nBcc: all@example.org\n<img src=x> http://evil.example' WHERE id = $1`, w.application)
			if err != nil {
				t.Fatal(err)
			}
		}
		m := render(t, mailbox.ApprovalRequest, evil)
		if strings.ContainsAny(m.Subject, "\r\n") || strings.Contains(m.HTML, "<img") || strings.Contains(m.HTML, `href="http://evil`) {
			t.Errorf("subject %q", m.Subject)
		}
	})
}
