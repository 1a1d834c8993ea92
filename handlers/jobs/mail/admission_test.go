package mail_test

import (
	"context"
	"strings"
	"testing"

	"passerelle/handlers/jobs/mail"
	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
)

// admission makes the application of the world one to a campaign.
func (w world) admission(t *testing.T, ctx context.Context, tx models.Tx, verdict string) {
	t.Helper()
	programme := tx.NewID()
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO programmes (id, reference, type, title, institution, updated_at) VALUES ($1, 'M1', 'Master', 'Droit privé', 'Université de Limoges', $2)`, []any{programme, tx.Now}},
		{`UPDATE sessions SET course_id = NULL, programme_id = $2, starts_on = '2027-09-06', ends_on = '2028-06-30'
			WHERE id = (SELECT session_id FROM applications WHERE id = $1)`, []any{w.application, programme}},
		{`DELETE FROM approvals WHERE application_id = $1`, []any{w.application}},
		{`UPDATE applications SET kind = 'admission' WHERE id = $1`, []any{w.application}},
		{`UPDATE decisions SET kind = $2, reason = '' WHERE id = $1`, []any{w.decision, verdict}},
	} {
		if _, err := tx.PGX.Exec(ctx, step.sql, step.args...); err != nil {
			t.Fatalf("%s: %v", step.sql, err)
		}
	}
}

func TestLettersOfAdmissions(t *testing.T) {
	t.Parallel()
	letter := func(t *testing.T, kind mailbox.Kind, lang, verdict string) mail.Message {
		t.Helper()
		var m mail.Message
		modelstest.Tx(t, func(ctx context.Context, tx models.Tx) {
			w := build(t, ctx, tx)
			row := w.row(t, ctx, tx, kind, lang)
			w.admission(t, ctx, tx, verdict)
			var err error
			if m, err = renderer.Render(ctx, tx, row); err != nil {
				t.Fatal(err)
			}
		})
		return m
	}
	t.Run("P6.2 an accepted candidate is told until when to confirm", func(t *testing.T) {
		m := letter(t, mailbox.DecisionReleased, "fr", "accepted")
		for _, want := range []string{"Droit privé", "Université de Limoges", "rentrée de septembre 2027", "21 décembre 2026", "Confirmer ma place"} {
			if !strings.Contains(m.Text, want) {
				t.Errorf("%q is not said:\n%s", want, m.Text)
			}
		}
		if !strings.HasPrefix(m.Subject, "Une place vous est proposée : ") {
			t.Error(m.Subject)
		}
	})
	for _, kind := range []mailbox.Kind{mailbox.Receipt, mailbox.DecisionReleased, mailbox.Promotion, mailbox.SessionCancelled, mailbox.DraftExpiring,
		mailbox.WithdrawalReceipt, mailbox.ApplicationClosed} {
		for lang, words := range map[string][]string{"fr": {"session", "pré-inscription", "supérieur", "formation"}, "en": {"session", "pre-registration", "line manager", "Course"}} {
			t.Run("P6.2 "+string(kind)+" "+lang+" speaks of a campaign, never of a session", func(t *testing.T) {
				m := letter(t, kind, lang, "accepted")
				text := m.Subject + "\n" + m.Text
				for _, own := range []string{"formation@example.org", "Une autre formation vous conviendrait."} { // written by others
					text = strings.ReplaceAll(text, own, "")
				}
				for _, word := range words {
					if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
						t.Errorf("%q in:\n%s", word, text)
					}
				}
			})
		}
	}
}
