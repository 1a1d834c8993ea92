package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"passerelle/models"
	"passerelle/models/mailbox"
)

// Message is a mail ready to leave.
type Message struct {
	ID        models.ID
	MessageID string // stable: the same for every attempt, without angle brackets
	From      string
	To        string
	Lang      string
	Subject   string
	HTML      string
	Text      string
	QueuedAt  time.Time
	// Unsubscribe ends such mails at one press in the mail program itself
	// (RFC 8058); empty for what no one can end.
	Unsubscribe string
}

// Sender hands a message over. SMTP and the local mailbox are its two
// implementations; without either, mails stay queued.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// ErrRefused marks a recipient that the server refuses for good: trying again
// would only annoy it.
var ErrRefused = errors.New("the recipient is refused for good")

// Local keeps messages in the database, for the demonstration alone.
type Local struct{ DB *models.DB }

// Send stores the message once, however often it is called.
func (l Local) Send(ctx context.Context, m Message) error {
	return l.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		return mailbox.KeepLocal(ctx, tx, mailbox.Local{ID: m.ID, Sender: m.From, Recipient: m.To, Subject: m.Subject,
			HTML: m.HTML, Text: m.Text})
	})
}

// smtpTimeout bounds a whole conversation with the server.
const smtpTimeout = 15 * time.Second

// SMTP sends through the operator's server.
type SMTP struct {
	host    string
	options []gomail.Option
}

// NewSMTP reads smtp://user:password@host:port (STARTTLS when offered, always
// with a password outside this machine) or smtps:// (TLS from the start).
// `?insecure=1` accepts a password without TLS.
func NewSMTP(address string) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return nil, errors.New("SMTP_URL: expected smtp://user:password@host:port or smtps://…")
	}
	s := &SMTP{host: u.Hostname(), options: []gomail.Option{gomail.WithTimeout(smtpTimeout)}}
	port := map[string]int{"smtp": 25, "smtps": 465}[u.Scheme]
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil {
			return nil, errors.New("SMTP_URL: the port is no number")
		}
	}
	if u.Scheme == "smtps" {
		s.options = append(s.options, gomail.WithSSL())
	} else {
		policy := gomail.TLSOpportunistic
		if u.User != nil && !loopback(u.Hostname()) && u.Query().Get("insecure") == "" {
			policy = gomail.TLSMandatory
		}
		s.options = append(s.options, gomail.WithTLSPolicy(policy))
	}
	s.options = append(s.options, gomail.WithPort(port))
	if u.User != nil {
		s.options = append(s.options, authentication(u)...)
	}
	return s, nil
}

func authentication(u *url.URL) []gomail.Option {
	password, _ := u.User.Password()
	kind := gomail.SMTPAuthAutoDiscover
	if u.Scheme == "smtp" && (loopback(u.Hostname()) || u.Query().Get("insecure") != "") {
		kind = gomail.SMTPAuthPlainNoEnc
	}
	return []gomail.Option{gomail.WithSMTPAuth(kind), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password)}
}

func loopback(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}

// Send delivers one message and returns as soon as the server has taken it: a
// connection that breaks afterwards is no failure.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	message, err := compose(m)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	ctx, cancel := context.WithTimeout(ctx, smtpTimeout)
	defer cancel()
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("smtp: %w", err)
	}
	if err := client.DialWithContext(ctx); err != nil {
		return fmt.Errorf("smtp: %w", err)
	}
	defer func() { _ = client.Close() }()
	err = client.Send(message)
	if err == nil || message.IsDelivered() {
		return nil
	}
	var refused *gomail.SendError
	if errors.As(err, &refused) && refused.Reason == gomail.ErrSMTPRcptTo && !refused.IsTemp() {
		return fmt.Errorf("%w: code %d", ErrRefused, refused.ErrorCode())
	}
	return fmt.Errorf("smtp: %w", err)
}

// compose builds the MIME message. Addresses are parsed, never pasted, and line
// breaks cannot enter a header.
func compose(m Message) (*gomail.Msg, error) {
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	if strings.ContainsAny(m.To, "\r\n<>,;\" ") || strings.Count(m.To, "@") != 1 {
		return nil, errors.New("recipient: not one plain address")
	}
	if err := msg.To(m.To); err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	msg.Subject(OneLine(m.Subject))
	msg.SetMessageIDWithValue(m.MessageID)
	msg.SetDateWithValue(time.Now())
	msg.SetGenHeader(gomail.HeaderContentLang, m.Lang)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Unsubscribe != "" {
		msg.SetGenHeader("List-Unsubscribe", "<"+m.Unsubscribe+">")
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

// OneLine makes a header's text of anything: control characters become spaces,
// nothing longer than a subject should be.
func OneLine(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u0085' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))), " ")
	if r := []rune(s); len(r) > 180 {
		s = string(r[:179]) + "…"
	}
	return s
}
