package portal

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Main(m) }

func TestMailGauges(t *testing.T) {
	db := modelstest.DB(t)
	err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
		id := tx.NewID()
		return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.Receipt, Recipient: "camille@example.org", SubjectKind: mailbox.OfApplication, SubjectID: id, OnceKey: id.String()})
	})
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(newMailGauges(db))
	t.Run("P15.6 metrics tell the mails that wait, and name nobody", func(t *testing.T) {
		answer := httptest.NewRecorder()
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
		text := answer.Body.String()
		for _, line := range []string{`passerelle_mails{state="waiting"} 1`, `passerelle_mails{state="sent"} 0`, "passerelle_mails_maybe_twice 0"} {
			if !strings.Contains(text, line+"\n") {
				t.Errorf("%s is not in\n%s", line, text)
			}
		}
		if strings.Contains(text, "@") {
			t.Error("an address is shown")
		}
	})
	t.Run("P15.4 without a database the other metrics are still read", func(t *testing.T) {
		db.Pool.Close()
		if found, err := registry.Gather(); err != nil || len(found) != 0 {
			t.Errorf("%d families, %v", len(found), err)
		}
	})
}
