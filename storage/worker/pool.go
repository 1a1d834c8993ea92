package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Config says how many children there are and what each may take. Zero values
// are the defaults.
type Config struct {
	Dir      string        // Private folder of the portal: compiled code and the children's empty root folder
	Children int           // At once; 2
	Requests int           // After which a child is replaced; 200
	Memory   int64         // Most that a child may write to, in bytes; 1 GiB
	Grown    int64         // Resident memory beyond which a child is replaced, in bytes; 320 MiB
	Idle     time.Duration // After which a child without work is stopped, all but one; 10 min
	Timeout  time.Duration // Of a request whose context has no nearer deadline; 20 s
	Program  string        // The program that calls ChildMain; this one
}

func (c Config) filled() (Config, error) {
	if c.Dir == "" {
		return c, errors.New("worker: no folder given")
	}
	c.Children = orElse(c.Children, 2)
	c.Requests = orElse(c.Requests, 200)
	c.Memory = orElse(c.Memory, 1<<30)
	c.Grown = orElse(c.Grown, 320<<20)
	c.Idle = orElse(c.Idle, 10*time.Minute)
	c.Timeout = orElse(c.Timeout, 20*time.Second)
	if c.Program == "" {
		var err error
		if c.Program, err = os.Executable(); err != nil {
			return c, fmt.Errorf("worker: own program: %w", err)
		}
	}
	return c, nil
}

func orElse[T int | int64 | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// Pool keeps a few children and gives each request to a free one. Safe for
// concurrent use.
type Pool struct {
	config  Config
	slots   chan *child // One entry per child that may live; nil where none is started
	closing chan struct{}
	started sync.WaitGroup // What goes on without a caller

	mu       sync.Mutex
	closed   bool
	prepared *preparation
	sweeper  *time.Timer
	sandbox  *Sandbox
	way      int // Index in namespaces() of what this machine allows
}

// Open makes the pool; no child starts before it is needed, see Warm. The folder
// is made if absent, for the portal alone.
func Open(c Config) (*Pool, error) {
	c, err := c.filled()
	if err != nil {
		return nil, err
	}
	// The child reads its code as root before it becomes nobody; nobody may only stand in the empty folder.
	for _, dir := range []string{"code", "empty"} {
		if err := os.MkdirAll(filepath.Join(c.Dir, dir), 0o700); err != nil {
			return nil, fmt.Errorf("worker: folder: %w", err)
		}
	}
	p := &Pool{config: c, slots: make(chan *child, c.Children), closing: make(chan struct{})}
	for range c.Children {
		p.slots <- nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweeper = time.AfterFunc(c.Idle, p.sweep)
	return p, nil
}

// Do has a child run op, and decodes what it returns into result (nil to ignore
// it). It waits for a free child, and kills the child when the context or the
// pool's time is over. Errors: ErrTimeout, ErrCrashed, ErrTooBig, ErrClosed,
// *Failure, or the context's own when the caller gave up.
func (p *Pool) Do(ctx context.Context, op string, header any, body []byte, result any) ([]byte, error) {
	encoded, err := json.Marshal(header)
	if err != nil {
		return nil, fmt.Errorf("worker: header: %w", err)
	}
	if len(body) > maxBody || len(encoded) > maxHeader/2 {
		return nil, ErrTooBig
	}
	c, err := p.take(ctx)
	if err != nil {
		return nil, err
	}
	work, cancel := context.WithTimeout(ctx, p.config.Timeout)
	defer cancel()
	deadline, _ := work.Deadline()
	answer, content, err := c.exchange(work, request{Op: op, Header: encoded, Millis: time.Until(deadline).Milliseconds()}, body)
	p.giveBack(c)
	switch {
	case err != nil:
		return nil, err
	case answer.Failure != "":
		return nil, &Failure{Code: answer.Failure}
	case result == nil:
		return content, nil
	}
	if err := json.Unmarshal(answer.Result, result); err != nil {
		return nil, fmt.Errorf("%w: answer unreadable", ErrCrashed)
	}
	return content, nil
}

// take waits for a free slot, and starts a child where it has none.
func (p *Pool) take(ctx context.Context) (*child, error) {
	select {
	case <-p.closing:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, waited(ctx)
	case c := <-p.slots:
		if c != nil && c.alive() {
			return c, nil
		}
		c, err := p.start(ctx)
		if err != nil {
			p.slots <- nil
			return nil, err
		}
		return c, nil
	}
}

// waited is the error of a context that ended before a child was free.
func waited(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ErrTimeout
	}
	return ctx.Err()
}

// giveBack frees the slot. A child that is dead, used up or grown fat is replaced,
// in the background so that the next request finds one that is ready.
func (p *Pool) giveBack(c *child) {
	if c.alive() && c.served < p.config.Requests && c.resident() < p.config.Grown {
		c.used = time.Now()
		p.slots <- c
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		c.stop()
		p.slots <- nil
		return
	}
	p.started.Go(func() {
		c.stop()
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
		defer cancel()
		next, err := p.start(ctx)
		if err != nil {
			next = nil
		}
		p.slots <- next
	})
}

// sweep stops the children that have had no work for long, but one.
func (p *Pool) sweep() {
	kept := 0
	for range p.config.Children {
		select {
		case c := <-p.slots:
			if c != nil && kept > 0 && time.Since(c.used) >= p.config.Idle {
				c.stop()
				c = nil
			}
			if c != nil {
				kept++
			}
			p.slots <- c
		default: // At work
			kept++
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.sweeper.Reset(p.config.Idle)
	}
}

// Warm starts every child, so that the first request does not wait. Called once
// at start, in the background if the portal should not wait either.
func (p *Pool) Warm(ctx context.Context) error {
	// Slots come round in turn: each is met once, and none is held while another is waited for.
	for range p.config.Children {
		c, err := p.take(ctx)
		if err != nil {
			return err
		}
		p.slots <- c
	}
	return nil
}

// Sandbox says what the children are kept from; it starts one if none has been.
// For the doctor and for the log at start.
func (p *Pool) Sandbox(ctx context.Context) (Sandbox, error) {
	p.mu.Lock()
	known := p.sandbox
	p.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	c, err := p.take(ctx)
	if err != nil {
		return Sandbox{}, err
	}
	p.slots <- c
	return c.sandbox, nil
}

// Close kills the children, after the requests under way, and waits for them.
func (p *Pool) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	p.sweeper.Stop()
	close(p.closing)
	p.mu.Unlock()
	p.started.Wait()
	for range p.config.Children {
		if c := <-p.slots; c != nil {
			c.stop()
		}
	}
	return nil
}
