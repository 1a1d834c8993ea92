package worker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/storage/pdf"
	"passerelle/storage/worker"
)

func TestMain(m *testing.M) {
	if worker.ChildMain(build) {
		return
	}
	os.Exit(m.Run())
}

// build gives the test's children operations that misbehave, each in its way.
func build(s worker.Setup) (worker.Ops, error) {
	if _, err := pdf.New(s.Cache); err != nil {
		return nil, err
	}
	var kept [][]byte
	return worker.Ops{
		"echo": func(_ context.Context, header json.RawMessage, body []byte) (any, []byte, error) {
			return header, body, nil
		},
		"refuse": func(context.Context, json.RawMessage, []byte) (any, []byte, error) {
			return nil, nil, fmt.Errorf("deep inside: %w", worker.Fail("too_large"))
		},
		"fail": func(context.Context, json.RawMessage, []byte) (any, []byte, error) {
			return nil, nil, errors.New("a secret of the file")
		},
		"panic": func(_ context.Context, _ json.RawMessage, body []byte) (any, []byte, error) { panic(string(body)) },
		"spin": func(context.Context, json.RawMessage, []byte) (any, []byte, error) {
			for n := 0; ; n++ {
				if n < 0 {
					return n, nil, nil
				}
			}
		},
		"eat": func(context.Context, json.RawMessage, []byte) (any, []byte, error) {
			for {
				kept = append(kept, bytes.Repeat([]byte{1}, 64<<20))
			}
		},
		"grow": func(context.Context, json.RawMessage, []byte) (any, []byte, error) {
			kept = append(kept, bytes.Repeat([]byte{1}, 64<<20))
			return nil, nil, nil
		},
		"pid": func(context.Context, json.RawMessage, []byte) (any, []byte, error) { return os.Getpid(), nil, nil },
		"reach": func(context.Context, json.RawMessage, []byte) (any, []byte, error) {
			return reach(), nil, nil
		},
		"write": func(context.Context, json.RawMessage, []byte) (any, []byte, error) {
			return nil, nil, os.WriteFile("out", []byte("x"), 0o600)
		},
	}, nil
}

// reached is what an operation finds within its reach.
type reached struct {
	Env     []string
	Passwd  bool
	Network bool
	User    int
	Files   []string
}

func reach() reached {
	var r reached
	r.Env, r.User = os.Environ(), os.Getuid()
	_, err := os.ReadFile("/etc/passwd")
	r.Passwd = err == nil
	conn, err := net.DialTimeout("udp4", "127.0.0.1:53", time.Second)
	if r.Network = err == nil; r.Network {
		_ = conn.Close()
	}
	entries, _ := os.ReadDir("/")
	for _, e := range entries {
		r.Files = append(r.Files, e.Name())
	}
	return r
}

// cacheDir is kept between runs: compiling takes seconds.
func cacheDir(t *testing.T) string {
	t.Helper()
	base, err := os.UserCacheDir()
	if err != nil {
		t.Skip("no cache folder:", err)
	}
	return filepath.Join(base, "passerelle-tools", "worker")
}

func open(t *testing.T, c worker.Config) *worker.Pool {
	t.Helper()
	c.Dir = cacheDir(t)
	p, err := worker.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func TestWorker(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("an operation answers with its header and bytes", func(t *testing.T) {
		p := open(t, worker.Config{})
		for _, size := range []int{0, 1, 1 << 16, 5 << 20} {
			sent := bytes.Repeat([]byte("é"), size/2)
			var got map[string]string
			back, err := p.Do(t.Context(), "echo", map[string]string{"name": "reçu"}, sent, &got)
			if err != nil || got["name"] != "reçu" || !bytes.Equal(back, sent) {
				t.Fatalf("%d bytes: %v, %v, %d back", size, err, got, len(back))
			}
		}
		if _, err := p.Do(t.Context(), "echo", nil, make([]byte, 97<<20), nil); !errors.Is(err, worker.ErrTooBig) {
			t.Fatalf("too big: %v", err)
		}
	})
	t.Run("a refusal keeps its code and nothing else is told", func(t *testing.T) {
		p := open(t, worker.Config{})
		for op, code := range map[string]string{"refuse": "too_large", "fail": "failed", "nowhere": "unknown_operation"} {
			var failure *worker.Failure
			if _, err := p.Do(t.Context(), op, nil, nil, nil); !errors.As(err, &failure) || failure.Code != code {
				t.Errorf("%s: %v", op, err)
			}
		}
	})
	t.Run("P7.3 a crash kills the child, not the portal, and tells nothing of the file", func(t *testing.T) {
		p := open(t, worker.Config{Children: 1})
		_, err := p.Do(t.Context(), "panic", nil, []byte("the content"), nil)
		if !errors.Is(err, worker.ErrCrashed) || strings.Contains(err.Error(), "content") {
			t.Fatalf("crash: %v", err)
		}
		if _, err := p.Do(t.Context(), "echo", nil, nil, nil); err != nil {
			t.Fatalf("after a crash: %v", err)
		}
	})
	t.Run("P7.3 more memory than allowed kills the child", func(t *testing.T) {
		p := open(t, worker.Config{Children: 1})
		if _, err := p.Do(t.Context(), "eat", nil, nil, nil); !errors.Is(err, worker.ErrCrashed) {
			t.Fatalf("eats memory: %v", err)
		}
		if _, err := p.Do(t.Context(), "echo", nil, nil, nil); err != nil {
			t.Fatalf("after: %v", err)
		}
	})
	t.Run("P7.3 a child past its time is killed at once", func(t *testing.T) {
		p := open(t, worker.Config{Children: 1, Timeout: 2 * time.Second})
		if err := p.Warm(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := p.Do(t.Context(), "spin", nil, nil, nil); !errors.Is(err, worker.ErrTimeout) {
			t.Fatalf("spins: %v", err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("killed after %v", took)
		}
		if _, err := p.Do(t.Context(), "echo", nil, nil, nil); err != nil {
			t.Fatalf("after: %v", err)
		}
	})
	t.Run("P7.3 nothing of the machine is within reach", func(t *testing.T) {
		p := open(t, worker.Config{Children: 1})
		s, err := p.Sandbox(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Log("sandbox here:", s)
		var r reached
		if _, err := p.Do(t.Context(), "reach", nil, nil, &r); err != nil {
			t.Fatal(err)
		}
		if len(r.Env) != 0 || r.Passwd == s.Files || r.Network == s.Network || s.User && r.User != 65534 || s.Files && len(r.Files) > 0 {
			t.Errorf("reached %+v, told %+v", r, s)
		}
		if os.Getuid() == 0 && (!s.User || !s.Files) {
			t.Errorf("root portal, child not confined: %+v", s)
		}
		if runtime.GOOS == "linux" {
			if _, err := p.Do(t.Context(), "write", nil, nil, nil); err == nil {
				t.Error("a file was written")
			}
		}
	})
	t.Run("children are replaced after their share of work, or grown fat", func(t *testing.T) {
		for name, c := range map[string]struct {
			config worker.Config
			op     string
		}{"requests": {worker.Config{Children: 1, Requests: 2}, "echo"}, "memory": {worker.Config{Children: 1, Grown: 150 << 20}, "grow"}} {
			p := open(t, c.config)
			pids := map[int]bool{}
			for range 4 {
				var pid int
				if _, err := p.Do(t.Context(), "pid", nil, nil, &pid); err != nil {
					t.Fatal(err)
				}
				pids[pid] = true
				if _, err := p.Do(t.Context(), c.op, nil, nil, nil); err != nil {
					t.Fatal(err)
				}
			}
			if len(pids) < 2 {
				t.Errorf("%s: the same child served all", name)
			}
		}
	})
	t.Run("children without work are stopped, but one", func(t *testing.T) {
		p := open(t, worker.Config{Children: 2, Idle: 300 * time.Millisecond})
		if err := p.Warm(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left int
		for range 400 {
			time.Sleep(100 * time.Millisecond)
			if left = alive(t); left == 1 {
				break
			}
		}
		if left != 1 {
			t.Errorf("%d children left", left)
		}
		if _, err := p.Do(t.Context(), "echo", nil, nil, nil); err != nil {
			t.Error(err)
		}
	})
	t.Run("many callers share few children", func(t *testing.T) {
		p := open(t, worker.Config{Children: 2})
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				var got int
				if _, err := p.Do(t.Context(), "echo", i, nil, &got); err != nil || got != i {
					t.Errorf("%d: %d, %v", i, got, err)
				}
			})
		}
		all.Wait()
	})
	t.Run("a caller who gives up waits no longer", func(t *testing.T) {
		p := open(t, worker.Config{Children: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if _, err := p.Do(ctx, "spin", nil, nil, nil); !errors.Is(err, worker.ErrTimeout) {
			t.Errorf("deadline: %v", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		if _, err := p.Do(ctx, "spin", nil, nil, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
	t.Run("a closed pool refuses", func(t *testing.T) {
		p := open(t, worker.Config{})
		if err := errors.Join(p.Close(), p.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Do(t.Context(), "echo", nil, nil, nil); !errors.Is(err, worker.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	})
	t.Run("no goroutine is left", func(t *testing.T) {
		for range 1500 {
			if runtime.NumGoroutine() <= before+2 {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
	})
	t.Run("how long a child takes to be ready", func(t *testing.T) {
		p := open(t, worker.Config{Children: 1})
		began := time.Now()
		if err := p.Warm(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Logf("first child ready in %v, compiled code checked included", time.Since(began).Round(time.Millisecond))
	})
}

// alive counts the children of this process.
func alive(t *testing.T) int {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(tasks) == 0 {
		t.Skip("/proc tells no children")
	}
	n := 0
	for _, task := range tasks {
		if content, err := os.ReadFile(task); err == nil {
			n += len(strings.Fields(string(content)))
		}
	}
	return n
}
