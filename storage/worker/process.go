package worker

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Times of a child's start; preparing compiles PDFium once per version of the
// program.
const (
	startTimeout   = 20 * time.Second
	prepareTimeout = 2 * time.Minute
)

// child is the parent's side of one child process.
type child struct {
	in      io.WriteCloser
	out     *bufio.Reader
	process *os.Process
	ended   chan struct{} // Closed once the process is gone and reaped
	errors  *tail
	sandbox Sandbox
	served  int
	used    time.Time // When it last ended a request
}

// start makes a child ready to serve, in the strictest way that the machine allows.
func (p *Pool) start(ctx context.Context) (*child, error) {
	if err := p.fillCache(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	ways := namespaces()
	for {
		p.mu.Lock()
		way := p.way
		p.mu.Unlock()
		c, err := launch(p.config.Program, p.order(false), filepath.Join(p.config.Dir, "empty"), ways[way])
		if err == nil {
			c.used = time.Now()
			return c, p.greet(ctx, c)
		}
		if way == len(ways)-1 || !refusedBySystem(err) {
			return nil, fmt.Errorf("worker: start: %w", err)
		}
		p.mu.Lock()
		p.way = max(p.way, way+1)
		p.mu.Unlock()
	}
}

// refusedBySystem reports a way of starting that this machine does not allow, and
// never one for which it has no room just now.
func refusedBySystem(err error) bool {
	for _, no := range []error{syscall.EPERM, syscall.EACCES, syscall.EINVAL, syscall.ENOSYS, syscall.ENOSPC, syscall.EUSERS} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

// greet waits for the child's word that it is confined and ready.
func (p *Pool) greet(ctx context.Context, c *child) error {
	stop := context.AfterFunc(ctx, c.kill)
	defer stop()
	if _, err := readFrame(c.out, &c.sandbox); err != nil {
		c.stop()
		if ctx.Err() != nil {
			return waited(ctx)
		}
		return fmt.Errorf("%w at its start: %s", ErrCrashed, c.errors.first())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	known := c.sandbox
	p.sandbox = &known
	return nil
}

func (p *Pool) order(prepare bool) string {
	o, err := json.Marshal(order{Cache: filepath.Join(p.config.Dir, "code"), Memory: p.config.Memory, Prepare: prepare})
	if err != nil {
		panic(err) // Two strings and a number
	}
	return string(o)
}

// preparation is the one filling of the cache, which all children wait for.
type preparation struct {
	done chan struct{}
	err  error
}

// fillCache has a child that will read nothing from outside compile what the
// others then only read. It goes on when the caller has given up, for the next.
func (p *Pool) fillCache(ctx context.Context) error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return ErrClosed
	}
	if p.prepared == nil {
		one := &preparation{done: make(chan struct{})}
		p.prepared = one
		p.started.Go(func() { p.compile(one) })
	}
	one := p.prepared
	p.mu.Unlock()
	select {
	case <-one.done:
		return one.err
	case <-ctx.Done():
		return waited(ctx)
	}
}

func (p *Pool) compile(one *preparation) {
	ctx, cancel := context.WithTimeout(context.Background(), prepareTimeout)
	defer cancel()
	go func() {
		select {
		case <-p.closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	cmd := exec.CommandContext(ctx, p.config.Program, childWord, p.order(true))
	cmd.Env, cmd.Dir = []string{}, filepath.Join(p.config.Dir, "empty")
	said := &tail{}
	cmd.Stderr = said
	if err := cmd.Run(); err != nil {
		one.err = fmt.Errorf("worker: prepare: %w: %s", err, said.first())
		p.mu.Lock()
		p.prepared = nil
		p.mu.Unlock()
	}
	close(one.done)
}

// launch starts the process. A goroutine of its own holds the thread that forked
// until the child is gone: the signal at the parent's death is sent when that
// thread ends.
func launch(program, order, dir string, attr *syscall.SysProcAttr) (*child, error) {
	c := &child{ended: make(chan struct{}), errors: &tail{}}
	cmd := exec.Command(program, childWord, order)
	cmd.Env, cmd.Dir, cmd.Stderr, cmd.SysProcAttr = []string{}, dir, c.errors, attr
	var err error
	if c.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReaderSize(out, 1<<16)
	began := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		c.process = cmd.Process
		began <- err
		if err != nil {
			return
		}
		_ = cmd.Wait()
		close(c.ended)
	}()
	if err := <-began; err != nil {
		return nil, err
	}
	return c, nil
}

// exchange sends a request and waits for its answer; it kills the child when the
// context ends first.
func (c *child) exchange(ctx context.Context, q request, body []byte) (reply, []byte, error) {
	c.served++
	stop := context.AfterFunc(ctx, c.kill)
	var r reply
	var content []byte
	err := writeFrame(c.in, q, body)
	if err == nil {
		content, err = readFrame(c.out, &r)
	}
	if stop() && err == nil {
		return r, content, nil
	}
	// Past its time, or dead, or speaking nonsense: in any case not to be used again.
	c.stop()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return r, nil, ErrTimeout
	case ctx.Err() != nil:
		return r, nil, ctx.Err()
	}
	return r, nil, fmt.Errorf("%w: %s", ErrCrashed, c.errors.cause())
}

func (c *child) alive() bool {
	select {
	case <-c.ended:
		return false
	default:
		return true
	}
}

func (c *child) kill() { _ = c.process.Kill() }

// stop kills the child and waits until it is gone.
func (c *child) stop() {
	c.kill()
	<-c.ended
	_ = c.in.Close()
}

// resident is the child's memory in bytes, 0 where it cannot be told.
func (c *child) resident() int64 {
	content, err := os.ReadFile("/proc/" + strconv.Itoa(c.process.Pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(content))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// tail keeps the beginning of what a child wrote on its error output.
type tail struct {
	mu   sync.Mutex
	kept bytes.Buffer
}

const tailSize = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept.Write(b[:min(len(b), tailSize-t.kept.Len())])
	return len(b), nil
}

// cause is the kind of a death, in words of ours: what the child wrote may carry
// what the file holds.
func (t *tail) cause() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, kind := range []struct{ sign, word string }{{"out of memory", "out of memory"}, {"cannot allocate", "out of memory"},
		{"stack exceeds", "stack too deep"}, {"panic", "panic"}, {"fatal error", "fatal error"}} {
		if bytes.Contains(t.kept.Bytes(), []byte(kind.sign)) {
			return kind.word
		}
	}
	return "no reason given"
}

// first is the first line: only for a child that had read nothing from outside.
func (t *tail) first() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	line, _, _ := strings.Cut(t.kept.String(), "\n")
	return line
}
