package jobs_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// server is a real SMTP server that keeps what it takes.
type server struct {
	mu    sync.Mutex
	mails []received
	tries int
	// refuse answers a recipient, nil to take it.
	refuse func(to string) error
	// after is called once a message is in, before the answer.
	after func()
	users map[string]string
	real  *smtp.Server
	addr  string
}

type received struct{ from, to, data string }

// listen starts the server at an address, "127.0.0.1:0" for any port.
func (s *server) listen(t *testing.T, addr string) {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	s.real = smtp.NewServer(s)
	s.real.Domain, s.real.AllowInsecureAuth = "localhost", true
	s.real.ReadTimeout, s.real.WriteTimeout = time.Minute, time.Minute
	real := s.real
	go func() { _ = real.Serve(l) }()
	t.Cleanup(func() { _ = real.Close() })
}

func (s *server) NewSession(*smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries++
	return &session{server: s, open: len(s.users) == 0}, nil
}

func (s *server) taken() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.mails...)
}

// wait returns the mails once there are n of them.
func (s *server) wait(t *testing.T, n int) []received {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got := s.taken(); len(got) >= n {
			return got
		}
	}
	t.Fatalf("%d mails, want %d", len(s.taken()), n)
	return nil
}

type session struct {
	server *server
	now    received
	open   bool
}

func (c *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if c.server.users[user] != password {
			return errors.New("wrong password")
		}
		c.open = true
		return nil
	}), nil
}

func (c *session) Reset()        { c.now = received{} }
func (c *session) Logout() error { return nil }

func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	if !c.open {
		return smtp.ErrAuthRequired
	}
	c.now.from = from
	return nil
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if c.server.refuse != nil {
		if err := c.server.refuse(to); err != nil {
			return err
		}
	}
	c.now.to = to
	return nil
}

func (c *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.now.data = string(data)
	c.server.mu.Lock()
	c.server.mails = append(c.server.mails, c.now)
	c.server.mu.Unlock()
	if c.server.after != nil {
		c.server.after()
	}
	return nil
}

// header is a header of a received mail, unfolded.
func (r received) header(name string) string {
	head, _, _ := strings.Cut(r.data, "\r\n\r\n")
	head = strings.ReplaceAll(strings.ReplaceAll(head, "\r\n ", " "), "\r\n\t", " ")
	for line := range strings.SplitSeq(head, "\r\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
