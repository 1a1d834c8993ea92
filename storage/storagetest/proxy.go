package storagetest

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Fault is what a proxy does to connections.
type Fault int

// The faults of a network and of a server in trouble.
const (
	None    Fault = iota
	Refused       // connections are closed at once
	Silent        // accepted, nothing ever comes back
	Half          // answers break off after some bytes, see Proxy.After
	Stalled       // answers stand still after some bytes
	Slow          // every piece of an answer comes a little late
)

// Proxy stands between a store and its server, and misbehaves on request.
type Proxy struct {
	Address string
	target  string

	mu    sync.Mutex
	fault Fault
	after int
	seen  int
	conns map[net.Conn]bool
}

// NewProxy listens on loopback before a server ("host:port"), until the test ends.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Address: l.Addr().String(), target: target, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = l.Close(); p.Set(None, 0) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

// Set changes the fault, for open connections too; after is how many bytes of
// each answer pass first, for Half and Stalled.
func (p *Proxy) Set(fault Fault, after int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.after = fault, after
	for c := range p.conns {
		_ = c.Close()
	}
	clear(p.conns)
}

// Seen is the number of connections made to the server's address so far.
func (p *Proxy) Seen() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

func (p *Proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	p.mu.Lock()
	fault, after := p.fault, p.after
	p.seen++
	p.conns[client] = true
	p.mu.Unlock()
	if fault == Refused {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	gone := make(chan struct{})
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
		close(gone)
	}()
	switch fault {
	case None:
		_, _ = io.Copy(client, server)
	case Silent:
		<-gone // even where the server hangs up
	case Half:
		_, _ = io.CopyN(client, server, int64(after))
	case Stalled:
		_, _ = io.CopyN(client, server, int64(after))
		<-gone
	case Slow:
		piece := make([]byte, 16<<10)
		for {
			n, err := server.Read(piece)
			time.Sleep(5 * time.Millisecond)
			if _, werr := client.Write(piece[:n]); err != nil || werr != nil {
				return
			}
		}
	}
}
