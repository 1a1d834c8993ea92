package faults

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	mailformat "net/mail"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
)

// sending is an application about to be sent, with what its person was told.
type sending struct {
	id     models.ID
	by     *handlerstest.Browser
	posted url.Values
	told   int // status that the person got; 0 for none
}

func (s *sending) path() string { return fmt.Sprintf("/candidatures/%s/transmission", s.id) }

// send presses the button once.
func (s *sending) send() {
	if p, err := s.by.Clone().Try(post(s.path(), s.posted)); err == nil {
		s.told = p.Status
	}
}

// cutShort sends everything at once and kills the portal at a moment of
// chance: before, between or after the answers.
func cutShort(chance *rand.Rand, list []*sending, kill func()) {
	var wg sync.WaitGroup
	var answered atomic.Int64
	for _, s := range list {
		wg.Go(func() {
			s.send()
			answered.Add(1)
		})
	}
	after := int64(chance.IntN(len(list) + 1))
	for end := time.Now().Add(2 * time.Second); answered.Load() < after && time.Now().Before(end); {
		time.Sleep(200 * time.Microsecond)
	}
	time.Sleep(time.Duration(chance.IntN(12000)) * time.Microsecond)
	kill()
	wg.Wait()
}

// written prepares one application for each person, on a session of its own.
func written(w *handlerstest.World, people []*handlerstest.Browser) []*sending {
	session := w.NewSession(w.Course)
	list := []*sending{}
	for _, by := range people {
		id := w.Begin(by, session)
		w.Fill(by, id)
		list = append(list, &sending{id: id, by: by, posted: w.Recap(by, id)})
	}
	return list
}

// check compares what is stored with what people were told.
func check(t *testing.T, w *handlerstest.World, list []*sending) (sent int) {
	t.Helper()
	for _, s := range list {
		ok, err := whole(w, s.id)
		if err != nil {
			t.Errorf("%s: %v", s.id, err)
		}
		if s.told == http.StatusSeeOther && !ok {
			t.Errorf("%s: the person was told that it was sent, and it was not", s.id)
		}
		if ok {
			sent++
		}
	}
	return sent
}

// TestKilledWhileSending kills the server at any moment of submissions.
func TestKilledWhileSending(t *testing.T) {
	chance := seeded(t)
	host := newVictim(t) // keeps the database while the other is killed
	host.start()
	db := host.attach()
	v := newVictim(t)
	v.database = db.Pool.Config().ConnString()
	w := handlerstest.Furnish(t, db, "http://"+v.address)
	people := peopleOf(w, 4)
	const rounds = 30
	all, sent, told := []*sending{}, 0, 0
	for range rounds {
		list := written(w, people)
		v.start()
		cutShort(chance, list, v.kill)
		for _, s := range list {
			if s.told == http.StatusSeeOther {
				told++
			}
		}
		all = append(all, list...)
	}
	t.Run("P6.7 killed at any moment of a submission: absent or whole, one mail of each kind", func(t *testing.T) {
		sent = check(t, w, all)
		t.Logf("%d submissions in %d lives: %d whole, %d absent, %d acknowledged", len(all), rounds, sent, len(all)-sent, told)
		if sent == 0 || sent == len(all) {
			t.Error("the kills fell at no interesting moment")
		}
	})
	t.Run("P6.7 sent again, each is whole, once", func(t *testing.T) {
		v.start()
		for _, s := range all {
			if s.send(); s.told != http.StatusSeeOther {
				t.Fatalf("%s: %d", s.id, s.told)
			}
		}
		if n := check(t, w, all); n != len(all) {
			t.Errorf("%d of %d", n, len(all))
		}
		v.stop()
		v.verified()
	})
}

// TestDatabaseKilled kills the private database under requests, then the whole
// portal with it.
func TestDatabaseKilled(t *testing.T) {
	chance := seeded(t)
	v := newVictim(t)
	v.start()
	w := handlerstest.Furnish(t, v.attach(), "http://"+v.address)
	people := peopleOf(w, 3)
	t.Run("P15.4 the database killed: refused politely for seconds, then well by itself", func(t *testing.T) {
		for range 2 {
			portal := v.cmd.Process.Pid
			watch := watching(w, people[0], written(w, people[:1])[0].id)
			time.Sleep(time.Duration(100+chance.IntN(200)) * time.Millisecond)
			v.killDatabase(w.DB)
			v.within(time.Minute, "the portal is well by itself", func() bool { return v.status("/") == http.StatusOK })
			time.Sleep(300 * time.Millisecond)
			watch.end(t)
			if told := v.failures(); told != "" {
				t.Error(told)
			}
			if v.cmd.Process.Pid != portal || len(v.exited) > 0 {
				t.Error("the portal itself was started again")
			}
		}
	})
	t.Run("P6.7 portal and database killed together: absent or whole after a start", func(t *testing.T) {
		all := []*sending{}
		for range 3 {
			list := written(w, people)
			cutShort(chance, list, v.kill)
			v.start()
			v.within(time.Minute, "the database answers", func() bool { return w.DB.Pool.Ping(context.Background()) == nil })
			all = append(all, list...)
		}
		t.Logf("%d of %d were sent", check(t, w, all), len(all))
	})
	t.Run("P15.4 nothing is broken after all of it", func(t *testing.T) { v.verified() })
}

// watch asks without pause and keeps what it was answered.
type watch struct {
	stop    chan struct{}
	done    sync.WaitGroup
	mu      sync.Mutex
	answers map[int]int
	wrong   []string
	slowest time.Duration
}

// watching reads a page and saves a step again and again.
func watching(w *handlerstest.World, by *handlerstest.Browser, draft models.ID) *watch {
	o := &watch{stop: make(chan struct{}), answers: map[int]int{}}
	ask := []func() *http.Request{
		func() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) },
		func() *http.Request { return httptest.NewRequest(http.MethodGet, "/mes-candidatures", nil) },
		func() *http.Request {
			return post(fmt.Sprintf("/candidatures/%s/etapes/3", draft), url.Values{"missions": {"Au fil des pannes"}, "_ctx": {""}})
		},
	}
	for _, request := range ask {
		o.done.Go(func() {
			for {
				select {
				case <-o.stop:
					return
				default:
				}
				began := time.Now()
				p, err := by.Clone().Try(request())
				o.note(p, err, time.Since(began))
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	return o
}

func (o *watch) note(p *handlerstest.Page, err error, took time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.slowest = max(o.slowest, took)
	switch {
	case err != nil:
		o.wrong = append(o.wrong, err.Error())
	case p.Status == http.StatusServiceUnavailable:
		if p.Header.Get("Retry-After") == "" || p.Title() == "" {
			o.wrong = append(o.wrong, "a refusal without page or Retry-After")
		}
	case p.Status >= 400:
		o.wrong = append(o.wrong, fmt.Sprint(p.Status, " ", p.Title()))
	}
	if p != nil {
		o.answers[p.Status]++
	}
}

// end checks that every answer was the page or a polite refusal, in time.
func (o *watch) end(t *testing.T) {
	t.Helper()
	close(o.stop)
	o.done.Wait()
	t.Logf("answers %v, slowest %v", o.answers, o.slowest.Round(time.Millisecond))
	if len(o.wrong) > 0 {
		t.Errorf("%d impolite answers, first: %s", len(o.wrong), o.wrong[0])
	}
	if o.slowest > 20*time.Second {
		t.Errorf("somebody waited %v", o.slowest)
	}
	if o.answers[http.StatusOK] == 0 {
		t.Error("nothing was answered")
	}
}

// postbox is a real mail server that keeps what it takes.
type postbox struct {
	mu    sync.Mutex
	taken []string // recipient and Message-ID
}

type letter struct {
	box *postbox
	to  string
}

func (b *postbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &letter{box: b}, nil }
func (l *letter) Reset()                                       {}
func (l *letter) Logout() error                                { return nil }
func (l *letter) Mail(string, *smtp.MailOptions) error         { return nil }
func (l *letter) Rcpt(to string, _ *smtp.RcptOptions) error    { l.to = to; return nil }
func (l *letter) Data(r io.Reader) error {
	message, err := mailformat.ReadMessage(r)
	if err != nil {
		return err
	}
	l.box.mu.Lock()
	defer l.box.mu.Unlock()
	l.box.taken = append(l.box.taken, l.to+" "+message.Header.Get("Message-ID"))
	return nil
}

func (b *postbox) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.taken)
}

// TestMailServerDown sends applications while the mail server is down.
func TestMailServerDown(t *testing.T) {
	mails := freeAddress(t)
	v := newVictim(t, "SMTP_URL=smtp://"+mails)
	v.start()
	w := handlerstest.Furnish(t, v.attach(), "http://"+v.address)
	list := written(w, peopleOf(w, 3))
	for _, s := range list {
		s.send()
	}
	const queued = 6 // a receipt and a request each
	t.Run("P15.4 mail server down: people go on, mails wait", func(t *testing.T) {
		if n := check(t, w, list); n != len(list) {
			t.Fatalf("%d of %d were sent", n, len(list))
		}
		v.within(time.Minute, "every mail was tried and failed", func() bool {
			return w.Count(`SELECT count(*) FROM mails WHERE state = 'failed' AND attempts > 0`) == queued
		})
	})
	t.Run("P15.4 mail server back after a fall of the database: each mail goes, once", func(t *testing.T) {
		v.killDatabase(w.DB)
		box := &postbox{}
		l, err := net.Listen("tcp", mails)
		if err != nil {
			t.Fatal(err)
		}
		server := smtp.NewServer(box)
		server.Domain = "localhost"
		go func() { _ = server.Serve(l) }()
		t.Cleanup(func() { _ = server.Close() })
		v.within(3*time.Minute, "every mail has left", func() bool { return w.Count(`SELECT count(*) FROM mails WHERE state = 'sent'`) == queued })
		time.Sleep(time.Second)
		if n := box.count(); n != queued {
			t.Errorf("%d mails were delivered, want %d", n, queued)
		}
		seen := map[string]bool{}
		for _, one := range box.taken {
			if seen[one] || strings.HasSuffix(one, " ") {
				t.Errorf("delivered twice, or without Message-ID: %s", one)
			}
			seen[one] = true
		}
		if n := w.Count(`SELECT count(*) FROM mails`); n != queued {
			t.Errorf("%d rows, want %d", n, queued)
		}
		v.verified()
	})
}

// leaves tells the portal to stop, and whether it was heard to say that it does before it
// answered no more.
func (v *victim) leaves() bool {
	v.t.Helper()
	if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		v.t.Fatal(err)
	}
	for {
		answer, err := http.Get("http://" + v.address + "/readyz")
		if err != nil {
			return false
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusServiceUnavailable && string(text) == "leaving\n" {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestDrain stops the portal while people are being answered.
func TestDrain(t *testing.T) {
	v := newVictim(t)
	v.start()
	w := handlerstest.Furnish(t, v.attach(), "http://"+v.address)
	list := written(w, peopleOf(w, 6))
	told := false
	t.Run("P15.5 told to stop, the portal answers those who asked before", func(t *testing.T) {
		var wg sync.WaitGroup
		var cut atomic.Int64
		asked := sync.WaitGroup{}
		for _, s := range list {
			asked.Add(1)
			wg.Go(func() {
				conn, err := net.Dial("tcp", v.address)
				if err != nil {
					t.Error(err)
					asked.Done()
					return
				}
				defer func() { _ = conn.Close() }()
				r := post(s.path(), s.posted)
				r.Host = v.address
				r.Header.Set("Cookie", "passerelle="+s.by.Cookie("passerelle"))
				r.Header.Set("User-Agent", "Mozilla/5.0")
				err = r.Write(conn)
				asked.Done()
				answer := make([]byte, 12)
				if _, bad := io.ReadFull(conn, answer); err != nil || bad != nil || string(answer[9:]) != "303" {
					cut.Add(1)
				}
			})
		}
		asked.Wait()
		time.Sleep(3 * time.Millisecond) // the bytes are at the portal
		began := time.Now()
		told = v.leaves()
		wg.Wait()
		if n := cut.Load(); n > 0 {
			t.Errorf("%d of %d were cut off", n, len(list))
		}
		select {
		case err := <-v.exited:
			v.cmd = nil
			if err != nil {
				t.Errorf("it ended with %v\n%s", err, v.log())
			}
			t.Logf("stopped in %v", time.Since(began).Round(time.Millisecond))
		case <-time.After(20 * time.Second):
			t.Error("it did not stop in 20 s")
		}
	})
	t.Run("new people are sent elsewhere", func(t *testing.T) {
		for range 2 { // it says so for a second, in which a machine may stand still
			if !told {
				v.start()
				told = v.leaves()
				v.stop()
			}
		}
		if !told {
			t.Error("it never said that it leaves")
		}
	})
	t.Run("P15.5 what was answered is there at the next start", func(t *testing.T) {
		v.start()
		v.within(time.Minute, "the database answers", func() bool { return w.DB.Pool.Ping(context.Background()) == nil })
		if n := check(t, w, list); n != len(list) {
			t.Errorf("%d of %d", n, len(list))
		}
		v.verified()
	})
}
