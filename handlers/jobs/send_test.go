package jobs_test

import (
	"context"
	"mime"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

// account opens an account without password, which queues one mail.
func account(t *testing.T, db *models.DB, email, first, last, lang string) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
		_, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: email, Lang: lang,
			Identity: people.Identity{FirstName: first, BirthName: last}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, db *models.DB, o jobs.Options) {
	t.Helper()
	o.DB, o.BaseURL = db, "https://portail.example.org"
	if o.From == "" {
		o.From = "Passerelle <passerelle@example.org>"
	}
	stop, err := jobs.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

// row reads the delivery of the only mail, once it is as wanted.
func waitRow(t *testing.T, db *models.DB, want func(mailbox.Row) bool) mailbox.Row {
	t.Helper()
	var r mailbox.Row
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
			var id models.ID
			if err := tx.PGX.QueryRow(ctx, `SELECT id FROM mails ORDER BY queued_at, id LIMIT 1`).Scan(&id); err != nil {
				return err
			}
			var err error
			r, err = mailbox.ByID(ctx, tx, id)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if want(r) {
			return r
		}
	}
	t.Fatalf("the mail stays %+v", r)
	return r
}

func sent(r mailbox.Row) bool { return r.State == mailbox.Sent }

func TestSend(t *testing.T) {
	t.Parallel()
	t.Run("P11.6 a mail leaves by SMTP with both parts and an encoded subject", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		s := &server{users: map[string]string{"portail": "s3cret"}}
		s.listen(t, "127.0.0.1:0")
		account(t, db, "helene@example.org", "Hélène", "Roussel", "fr")
		start(t, db, jobs.Options{SMTPURL: "smtp://portail:s3cret@" + s.addr, Service: "Pôle formation", Contact: "formation@example.org"})
		got := s.wait(t, 1)[0]
		subject, err := new(mime.WordDecoder).DecodeHeader(got.header("Subject"))
		if err != nil || subject != "Un compte vous attend sur Passerelle" {
			t.Errorf("subject %q %v", subject, err)
		}
		if got.from != "passerelle@example.org" || got.to != "helene@example.org" || !strings.Contains(got.header("Content-Type"), "multipart/alternative") {
			t.Errorf("from %s to %s %s", got.from, got.to, got.header("Content-Type"))
		}
		if got.header("Auto-Submitted") != "auto-generated" || got.header("Content-Language") != "fr" {
			t.Error("headers of an automatic mail are missing")
		}
		row := waitRow(t, db, sent)
		if want := "<" + row.ID.String() + "@example.org>"; got.header("Message-ID") != want {
			t.Errorf("Message-ID %s, want %s", got.header("Message-ID"), want)
		}
		if row.Attempts != 1 || row.MaybeTwice || row.SentAt == nil {
			t.Errorf("%+v", row)
		}
	})
	t.Run("P15.4 server down: the mail waits, then leaves by itself, once", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		_ = l.Close()
		account(t, db, "helene@example.org", "Hélène", "Roussel", "fr")
		start(t, db, jobs.Options{SMTPURL: "smtp://" + addr})
		failed := waitRow(t, db, func(r mailbox.Row) bool { return r.State == mailbox.Failed })
		if failed.LastError != "mail server down" || failed.Attempts < 1 {
			t.Errorf("%+v", failed)
		}
		s := &server{}
		s.listen(t, addr)
		s.wait(t, 1)
		if row := waitRow(t, db, sent); row.Attempts < 2 || row.LastError != "" {
			t.Errorf("%+v", row)
		}
		if len(s.taken()) != 1 {
			t.Errorf("%d copies", len(s.taken()))
		}
	})
	t.Run("P11.6 a recipient refused for good is given up, a busy server is not", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		s := &server{refuse: func(string) error {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no helene@example.org here"}
		}}
		s.listen(t, "127.0.0.1:0")
		account(t, db, "helene@example.org", "Hélène", "Roussel", "fr")
		start(t, db, jobs.Options{SMTPURL: "smtp://" + s.addr})
		row := waitRow(t, db, func(r mailbox.Row) bool { return r.State == mailbox.Dropped })
		if row.LastError != "recipient refused" {
			t.Errorf("cause %q", row.LastError)
		}
	})
	t.Run("P6.7 killed while sending: the second copy is counted and has the same Message-ID", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		s := &server{}
		s.listen(t, "127.0.0.1:0")
		account(t, db, "helene@example.org", "Hélène", "Roussel", "fr")
		// What a worker killed after the server's answer leaves behind.
		if _, err := db.Pool.Exec(t.Context(), `UPDATE mails SET state = 'sending', attempts = 1, started_at = queued_at`); err != nil {
			t.Fatal(err)
		}
		start(t, db, jobs.Options{SMTPURL: "smtp://" + s.addr})
		got := s.wait(t, 1)[0]
		row := waitRow(t, db, sent)
		if !row.MaybeTwice || row.Attempts != 2 || got.header("Message-ID") != "<"+row.ID.String()+"@example.org>" {
			t.Errorf("%+v %s", row, got.header("Message-ID"))
		}
		err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
			c, err := mailbox.Count(ctx, tx)
			if c.MaybeTwice != 1 || c.Sent != 1 {
				t.Errorf("counts %+v", c)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Run("P16.2 without SMTP mails stay queued", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		account(t, db, "helene@example.org", "Hélène", "Roussel", "fr")
		start(t, db, jobs.Options{})
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			var state string
			if err := db.Pool.QueryRow(t.Context(), `SELECT state FROM river_job WHERE kind = 'send_mail'`).Scan(&state); err != nil {
				t.Fatal(err)
			}
			if state == "scheduled" {
				break
			}
		}
		if row := waitRow(t, db, func(mailbox.Row) bool { return true }); row.State != mailbox.Queued || row.Attempts != 0 {
			t.Errorf("%+v", row)
		}
	})
	t.Run("P16.1 the demonstration keeps mails in its own mailbox, once", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		account(t, db, "anne@example.org", "Anne", "Smith", "en")
		start(t, db, jobs.Options{Local: true})
		row := waitRow(t, db, sent)
		err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
			list, err := mailbox.LocalMails(ctx, tx, "anne@example.org", 10)
			if err != nil || len(list) != 1 || list[0].ReadAt != nil {
				t.Fatalf("%v %v", list, err)
			}
			l, err := mailbox.OpenLocal(ctx, tx, row.ID)
			if err != nil {
				return err
			}
			link, err := tx.LinkByID(ctx, row.LinkID)
			if err != nil {
				return err
			}
			url := "https://portail.example.org/mot-de-passe/" + tx.Token(link)
			if l.Subject != "An account awaits you on Passerelle" || !strings.Contains(l.HTML, `href="`+url+`"`) || !strings.Contains(l.Text, url) || l.ReadAt == nil {
				t.Errorf("%+v", l)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Run("P6.1 a mail whose link was replaced meanwhile is given up", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		account(t, db, "anne@example.org", "Anne", "Smith", "en")
		if _, err := db.Pool.Exec(t.Context(), `UPDATE links SET revoked_at = created_at`); err != nil {
			t.Fatal(err)
		}
		start(t, db, jobs.Options{Local: true})
		row := waitRow(t, db, func(r mailbox.Row) bool { return r.State == mailbox.Dropped })
		if row.LastError != "nothing left to say" {
			t.Errorf("%q", row.LastError)
		}
	})
}
