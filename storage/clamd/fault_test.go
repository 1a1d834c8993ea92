package clamd

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// double speaks the daemon's protocol as far as a fault needs; each connection
// is given to play.
func double(t *testing.T, play func(net.Conn)) *Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); play(conn) }()
		}
	}()
	client, err := New(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client.Timeout, client.Idle = 300*time.Millisecond, 300*time.Millisecond
	return client
}

// drain reads a whole INSTREAM command.
func drain(conn net.Conn) {
	r := bufio.NewReader(conn)
	_, _ = r.ReadString(0)
	for {
		var size uint32
		if binary.Read(r, binary.BigEndian, &size) != nil || size == 0 {
			return
		}
		_, _ = io.CopyN(io.Discard, r, int64(size))
	}
}

func say(text string) func(net.Conn) {
	return func(conn net.Conn) { drain(conn); _, _ = conn.Write([]byte(text)) }
}

func TestFaultsAreNeverClean(t *testing.T) {
	small, big := []byte("diplôme"), bytes.Repeat([]byte("x"), 20<<20)
	for _, c := range []struct {
		name    string
		content []byte
		play    func(net.Conn)
	}{
		{"P7.3 cut at once", small, func(net.Conn) {}},
		{"P7.3 cut in the middle of the file", big, func(conn net.Conn) { _, _ = io.CopyN(io.Discard, conn, 100_000) }},
		{"P7.3 called clean before the end and cut", big, func(conn net.Conn) {
			_, _ = io.CopyN(io.Discard, conn, 100_000)
			_, _ = conn.Write([]byte("stream: OK\x00"))
		}},
		{"P7.3 silent", small, func(conn net.Conn) { drain(conn); time.Sleep(time.Second) }},
		{"P7.3 does not read", big, func(net.Conn) { time.Sleep(time.Second) }},
		{"P7.3 half an answer", small, say("stream: O")},
		{"P7.3 an answer without its end", small, say("stream: OK")},
		{"P7.3 an empty answer", small, say("\x00")},
		{"P7.3 garbage", small, say("\xff\xfe\x01HTTP/1.1 200 OK\x00")},
		{"P7.3 another file's answer", small, say("/etc/passwd: OK\x00")},
		{"P7.3 an answer without end and without measure", small, say(string(bytes.Repeat([]byte("stream: OK "), 10_000)))},
		{"P7.3 an error of the daemon", small, say("stream: Can't allocate memory ERROR\x00")},
		{"P7.3 found, but nothing named", small, say("stream:  FOUND\x00")},
		{"P7.3 too slow in its answer", small, func(conn net.Conn) {
			drain(conn)
			for _, b := range []byte("stream: OK\x00") {
				time.Sleep(100 * time.Millisecond)
				_, _ = conn.Write([]byte{b})
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := double(t, c.play)
			began := time.Now()
			got, err := client.Scan(t.Context(), bytes.NewReader(c.content))
			if !errors.Is(err, ErrDown) || got != (Result{}) {
				t.Errorf("got %+v, %v", got, err)
			}
			if spent := time.Since(began); spent > 20*time.Second {
				t.Errorf("it took %v", spent)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		answer string
		want   Result
	}{
		{"stream: OK\x00", Result{Clean, ""}},
		{"stream: Win.Test.EICAR_HDB-1 FOUND\x00", Result{Infected, "Win.Test.EICAR_HDB-1"}},
		{"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\x00", Result{TooLarge, "Heuristics.Limits.Exceeded.MaxFileSize"}},
		{"stream: Heuristics.Limits.Exceeded FOUND\x00", Result{TooLarge, "Heuristics.Limits.Exceeded"}},
		{"INSTREAM size limit exceeded. ERROR\x00", Result{TooLarge, "INSTREAM size limit"}},
	} {
		client := double(t, say(c.answer))
		client.Timeout, client.Idle = time.Minute, time.Minute
		got, err := client.Scan(t.Context(), bytes.NewReader([]byte("x")))
		if err != nil || got != c.want {
			t.Errorf("%q: got %+v, %v", c.answer, got, err)
		}
	}
}

func TestDaemonAbsent(t *testing.T) {
	client := double(t, func(net.Conn) {})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	for _, address := range []string{listener.Addr().String(), filepath.Join(t.TempDir(), "absent")} {
		refused, err := New(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := refused.Scan(t.Context(), bytes.NewReader(nil)); !errors.Is(err, ErrDown) {
			t.Errorf("P7.3 a refused connection: %v", err)
		}
		if err := refused.Ping(t.Context()); !errors.Is(err, ErrDown) {
			t.Errorf("ping: %v", err)
		}
	}
	if _, err := client.Version(t.Context()); !errors.Is(err, ErrDown) {
		t.Errorf("version: %v", err)
	}
	for _, address := range []string{"", "clamd", "unix:", "host:"} {
		if c, err := New(address); err == nil {
			t.Errorf("%q is taken as %s %s", address, c.network, c.address)
		}
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	client := double(t, func(net.Conn) { time.Sleep(50 * time.Millisecond) })
	client.Timeout = 20 * time.Millisecond
	_, _ = client.Scan(t.Context(), bytes.NewReader([]byte("x")))
	before := runtime.NumGoroutine()
	for range 20 {
		_, _ = client.Scan(t.Context(), bytes.NewReader([]byte("x")))
	}
	for range 3000 {
		if runtime.NumGoroutine() <= before+1 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}
