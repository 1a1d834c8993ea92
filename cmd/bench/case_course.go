package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/valyala/fasthttp"
)

// courseCase measures anonymous course pages beside a bare Fiber handler that
// sends the same bytes with the same headers and access log.
func courseCase(_ context.Context, p *portal, o options) ([]row, error) {
	paths, err := coursePaths(p, 200)
	if err != nil {
		return nil, err
	}
	var requests []request
	for _, path := range paths {
		requests = append(requests, request{Path: path})
	}
	pl := plan{URL: p.url, Clients: o.Clients, Seconds: o.Seconds, Loop: true, Want: []int{200}, Requests: requests}
	warm := pl
	warm.Loop = false
	if _, err := load(warm); err != nil {
		return nil, err
	}
	before := p.cpu()
	ours, err := load(pl)
	if err != nil {
		return nil, err
	}
	spent := p.cpu() - before
	bare, err := besideFiber(p, pl, paths[0])
	if err != nil {
		return nil, err
	}
	r := ours.row("course page, anonymous")
	r.Ratio, r.CPU, r.RSS = ours.perSecond()/bare.perSecond(), 100*spent.Seconds()/ours.Elapsed.Seconds(), p.rss()
	return []row{bare.row("  bare Fiber, same bytes, headers and log"), r}, nil
}

// besideFiber runs the plan against the bare handler, in a process of its own
// too.
func besideFiber(p *portal, pl plan, path string) (measured, error) {
	sample, err := samplePage(p, path)
	if err != nil {
		return measured{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return measured{}, err
	}
	log, err := os.Create(filepath.Join(p.folder, "fiber.log"))
	if err != nil {
		return measured{}, err
	}
	defer func() { _ = log.Close() }()
	c := exec.Command(self, "fiber", sample)
	c.Stderr = log
	out, err := c.StdoutPipe()
	if err != nil {
		return measured{}, err
	}
	if err := c.Start(); err != nil {
		return measured{}, err
	}
	defer func() { _ = c.Process.Kill(); _ = c.Wait() }()
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		return measured{}, fmt.Errorf("the bare handler did not start")
	}
	pl.URL = "http://" + lines.Text()
	time.Sleep(50 * time.Millisecond)
	return load(pl)
}

// samplePage keeps one answer of the portal, head and body, for the baseline.
func samplePage(p *portal, path string) (string, error) {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	req.SetRequestURI(p.url + path)
	if err := fasthttp.Do(req, res); err != nil {
		return "", err
	}
	name := filepath.Join(p.folder, "sample")
	return name, os.WriteFile(name, []byte(res.String()), 0o600)
}
