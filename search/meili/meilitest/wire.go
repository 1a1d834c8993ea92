package meilitest

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Wire is a network between the portal and a server, that fails in the ways
// networks do.
type Wire struct {
	URL      string
	listener net.Listener
	target   string
	mu       sync.Mutex
	fault    fault
	delay    time.Duration
	conns    map[net.Conn]bool
}

type fault int

const (
	none fault = iota
	hole
	reset
	slow
)

// NewWire leads to a server.
func NewWire(t testing.TB, s *Server) *Wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{URL: "http://" + l.Addr().String(), listener: l, target: s.addr, conns: map[net.Conn]bool{}}
	go w.accept()
	t.Cleanup(func() { _ = l.Close(); w.Reset() })
	return w
}

// Cut makes every connection stop dead: nothing answers, nothing is refused.
func (w *Wire) Cut() { w.set(hole, 0) }

// Reset breaks every connection, and each new one at once.
func (w *Wire) Reset() { w.set(reset, 0) }

// Slow makes every piece of every answer late.
func (w *Wire) Slow(by time.Duration) { w.set(slow, by) }

// Mend lets everything through again, by new connections.
func (w *Wire) Mend() { w.set(none, 0) }

func (w *Wire) set(f fault, delay time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault, w.delay = f, delay
	if f == hole || f == slow {
		return
	}
	for c := range w.conns {
		abort(c)
	}
	clear(w.conns)
}

// abort closes with a reset rather than an end.
func abort(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

func (w *Wire) now() (fault, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fault, w.delay
}

func (w *Wire) accept() {
	for {
		c, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		broken := w.fault == reset
		if !broken {
			w.conns[c] = true
		}
		w.mu.Unlock()
		if broken {
			abort(c)
			continue
		}
		go w.carry(c)
	}
}

func (w *Wire) carry(c net.Conn) {
	if f, _ := w.now(); f == hole {
		return // held open, and silent
	}
	to, err := net.Dial("tcp", w.target)
	if err != nil {
		_ = c.Close()
		return
	}
	go func() { _, _ = io.Copy(to, gate{c, w, false}); _ = to.Close() }()
	_, _ = io.Copy(c, gate{to, w, true})
	if f, _ := w.now(); f != hole {
		_ = c.Close()
	}
}

// gate stops reading once the wire is cut, and holds back answers that must be
// late.
type gate struct {
	net.Conn
	wire   *Wire
	answer bool
}

func (g gate) Read(b []byte) (int, error) {
	n, err := g.Conn.Read(b)
	f, delay := g.wire.now()
	if f == hole {
		return 0, io.EOF
	}
	if f == slow && g.answer {
		time.Sleep(delay)
	}
	return n, err
}
