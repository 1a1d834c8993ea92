package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// portal is the built binary and the demonstration that runs from it.
type portal struct {
	folder string
	binary string
	url    string
	env    []string // added to the environment of the portal
	kept   bool     // the folder outlives this run
	cmd    *exec.Cmd
	first  time.Duration // from an empty folder to ready
}

func build(ctx context.Context, kept string) (*portal, error) {
	folder, err := kept, os.MkdirAll(cmp.Or(kept, os.TempDir()), 0o755)
	if kept == "" {
		folder, err = os.MkdirTemp("", "passerelle-bench-")
	}
	if err != nil {
		return nil, err
	}
	// The database's own user must be able to enter.
	if err := os.Chmod(folder, 0o755); err != nil {
		return nil, err
	}
	p := &portal{folder: folder, kept: kept != "", binary: filepath.Join(folder, "passerelle")}
	c := exec.CommandContext(ctx, "go", "build", "-o", p.binary, "./cmd/passerelle")
	c.Stderr = os.Stderr
	return p, c.Run()
}

func (p *portal) remove() {
	if !p.kept {
		_ = os.RemoveAll(p.folder)
	}
}

func (p *portal) data() string { return filepath.Join(p.folder, "data") }

func (p *portal) firstStart(ctx context.Context) error {
	begin := time.Now()
	err := p.start(ctx)
	p.first = time.Since(begin)
	return err
}

// start runs the demonstration and waits until a page answers.
func (p *portal) start(ctx context.Context) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	p.cmd = exec.CommandContext(ctx, p.binary, "demo", "--data", p.data(), "--addr", address, "--rate-factor", "100000")
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(os.Interrupt) }
	// The access log is written, to a file, as the baselines write theirs.
	p.cmd.Env = append(append(os.Environ(), "PASSERELLE_LOG_LEVEL=info"), p.env...)
	log, err := os.OpenFile(filepath.Join(p.folder, "portal.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	p.cmd.Stderr = log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "Passerelle: "); ok {
			p.url = address
			go func() {
				for lines.Scan() {
				}
			}()
			return p.ready(ctx)
		}
	}
	return errors.New("the portal ended before it was ready")
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (p *portal) ready(ctx context.Context) error {
	for ctx.Err() == nil {
		r, err := http.Get(p.url + "/recherche?q=infirmier")
		if err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	return ctx.Err()
}

func (p *portal) stop() error {
	if p.cmd == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(os.Interrupt)
	err := p.cmd.Wait()
	p.cmd = nil
	return err
}

// rss is the resident memory of the Go process, in MiB.
func (p *portal) rss() int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if text, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, _ := strconv.Atoi(strings.Fields(text)[0])
			return kib / 1024
		}
	}
	return 0
}

// cpu is the processor time spent by the Go process.
func (p *portal) cpu() time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// startCase reports the first start and measures the next ones.
func startCase(ctx context.Context, p *portal, _ options) ([]row, error) {
	if err := p.stop(); err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	again := time.Since(begin)
	rows := []row{{Case: "ready from an empty folder", Seconds: p.first.Seconds()}, {Case: "ready again", Seconds: again.Seconds()}}
	crawled, err := crawl(ctx, p, 2000)
	if err != nil {
		return nil, err
	}
	return append(rows, row{Case: "memory after a crawl", RSS: p.rss(), Note: fmt.Sprintf("%d pages", crawled)}), nil
}
