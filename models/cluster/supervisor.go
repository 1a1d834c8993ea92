package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// supervisor keeps one server process alive: when it dies unasked, it is started again and recovers from its log. Its one
// goroutine keeps its thread, because the system stops the server when the thread that forked it ends.
type supervisor struct {
	opt    Options
	owner  account
	server string // the program
	data   string
	socket string
	done   chan struct{} // closed when no server will be started any more
	wake   chan struct{} // closed by stop, ends a pause

	mu       sync.Mutex
	process  *os.Process
	started  int  // generations started so far
	reached  bool // the server answered once: from then on it is always started again
	stopping bool
	asked    bool // the next exit is a restart
	err      error
	tail     []string // last lines of the server's log
}

func newSupervisor(c *Cluster) *supervisor {
	return &supervisor{
		opt: c.opt, owner: c.owner, server: filepath.Join(c.bin.dir, "postgres"), data: c.home.data(), socket: c.socket,
		done: make(chan struct{}), wake: make(chan struct{}),
	}
}

// A server that keeps dying is tried again more and more slowly.
const (
	pauseFirst = 100 * time.Millisecond
	pauseMost  = 5 * time.Second
	steady     = 30 * time.Second
)

func (s *supervisor) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(s.done)
	for pause := pauseFirst; ; pause = min(2*pause, pauseMost) {
		began := time.Now()
		err := s.serve()
		if time.Since(began) > steady {
			pause = pauseFirst
		}
		again, expected := s.next(err)
		if !again {
			return
		}
		if expected {
			continue
		}
		s.opt.Log.Warn("the database server died and is started again", "cause", err)
		if err := stopOld(context.Background(), s.data, Options{}); err != nil {
			s.opt.Log.Warn("processes of the dead database server remain", "error", err)
		}
		select {
		case <-s.wake:
		case <-time.After(pause):
		}
	}
}

// serve runs the server until it exits.
func (s *supervisor) serve() error {
	cmd := s.owner.command(context.Background(), s.data, s.server, "-D", s.data, "-k", s.socket, "-p", portName, "-h", "")
	cmd.Args = append(cmd.Args, "-c", "unix_socket_permissions=0700")
	dieWithParent(cmd.SysProcAttr, syscall.SIGINT)
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	// Not through exec's own copying, which would wait for every backend that outlives a killed server.
	cmd.Stdout, cmd.Stderr = write, write
	go s.relay(read)
	err = s.launch(cmd)
	_ = write.Close()
	if err != nil {
		return err
	}
	err = cmd.Wait()
	s.mu.Lock()
	s.process = nil
	s.mu.Unlock()
	return err
}

func (s *supervisor) launch(cmd *exec.Cmd) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return errors.New("stopped before it started")
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.process = cmd.Process
	s.started++
	return nil
}

// next decides after an exit: again or not, and whether the exit was asked for.
func (s *supervisor) next(exit error) (again, expected bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		s.err = fmt.Errorf("%w: stopped", ErrServer)
		return false, true
	}
	if s.asked {
		s.asked = false
		return true, true
	}
	if !s.reached {
		s.err = fmt.Errorf("%w: %w: %s", ErrServer, orAtOnce(exit), lastWords(s.tail))
		return false, false
	}
	return true, false
}

func orAtOnce(err error) error {
	if err == nil {
		return errors.New("it ended at once")
	}
	return err
}

// lastWords are what a server said went wrong, or else all it said.
func lastWords(tail []string) string {
	var bad []string
	for _, line := range tail {
		if strings.Contains(line, "FATAL:") || strings.Contains(line, "PANIC:") || strings.Contains(line, "HINT:") {
			bad = append(bad, line)
		}
	}
	if len(bad) == 0 {
		bad = tail
	}
	return strings.Join(bad, " | ")
}

// relay passes the server's log on: what a failing server says is a warning, the rest is detail.
func (s *supervisor) relay(r io.ReadCloser) {
	defer func() { _ = r.Close() }()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		s.mu.Lock()
		s.tail = append(s.tail, line)
		s.tail = s.tail[max(0, len(s.tail)-8):]
		s.mu.Unlock()
		level := slog.LevelDebug
		if strings.HasPrefix(line, "PANIC:") || strings.HasPrefix(line, "FATAL:") && !passing(line) {
			level = slog.LevelWarn
		}
		s.opt.Log.Log(context.Background(), level, "postgres", "line", line)
	}
	_, _ = io.Copy(io.Discard, r) // a line too long for the scanner must not block the server
}

// passing refusals belong to every start and stop.
func passing(line string) bool {
	for _, part := range []string{"starting up", "shutting down", "recovery mode", "administrator command", "does not exist", "not yet accepting"} {
		if strings.Contains(line, part) {
			return true
		}
	}
	return false
}

func (s *supervisor) proved() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reached = true
}

func (s *supervisor) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return 0
	}
	return s.process.Pid
}

func (s *supervisor) generation() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started
}

func (s *supervisor) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// interrupt asks for a restart and returns the generation that ends.
func (s *supervisor) interrupt() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil || s.stopping {
		return s.started
	}
	s.asked = true
	_ = s.process.Signal(syscall.SIGINT)
	return s.started
}

// stop ends the server and the supervision; SIGINT is PostgreSQL's fast stop, SIGQUIT its immediate one.
func (s *supervisor) stop(ctx context.Context) error {
	s.mu.Lock()
	if !s.stopping {
		s.stopping = true
		close(s.wake)
	}
	s.signal(syscall.SIGINT)
	s.mu.Unlock()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	s.signal(syscall.SIGQUIT)
	s.mu.Unlock()
	select {
	case <-s.done:
	case <-time.After(immediateStopWithin):
		s.mu.Lock()
		s.signal(syscall.SIGKILL)
		s.mu.Unlock()
		<-s.done
	}
	return fmt.Errorf("%w: the database was stopped at once: %w", ErrServer, ctx.Err())
}

func (s *supervisor) signal(sig syscall.Signal) {
	if s.process != nil {
		_ = s.process.Signal(sig)
	}
}
