package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sizes and numbers of the uploads that are measured.
const (
	heavyFile    = 20 << 20
	formFile     = 8<<20 - 8<<10 // with its form, what a plain post may carry
	uploadRounds = 3
	perRound     = 4
	atOnce       = 20
)

// inspectionPause leaves the child the time to judge and draw what was sent, so
// that it does not run beside the next upload.
const inspectionPause = 2500 * time.Millisecond

// uploadCase measures files on their way to the disk, beside the least that hashes,
// encrypts and writes them as durably (P7.2).
func uploadCase(ctx context.Context, p *portal, _ options) ([]row, error) {
	if err := p.filled(ctx); err != nil {
		return nil, err
	}
	b, err := p.join(ctx)
	if err != nil {
		return nil, err
	}
	defer b.DB.Close()
	slots, err := b.slots(ctx, "upload", (2*uploadRounds+1)*perRound+atOnce)
	if err != nil {
		return nil, err
	}
	file, err := p.scanned("20.pdf", heavyFile)
	if err != nil {
		return nil, err
	}
	bare, end, err := p.aside("store", p.folder)
	if err != nil {
		return nil, err
	}
	defer end()
	rows, slots, err := resumable(p, slots, file, bare)
	if err != nil {
		return rows, err
	}
	form, err := plainForms(p, slots[:uploadRounds*perRound], bare)
	if err != nil {
		return rows, err
	}
	crowd, err := twentyAtOnce(ctx, p, b, slots[uploadRounds*perRound:], file)
	return append(append(rows, form...), crowd...), err
}

// uploads runs one plan of uploads one after the other.
func uploads(url string, want int, pause time.Duration, requests ...request) (measured, error) {
	m, err := load(plan{URL: url, Clients: 1, Seconds: 300, PauseMs: int(pause.Milliseconds()), Want: []int{want}, Requests: requests})
	if err == nil && m.Errors > 0 {
		err = errors.New(m.First)
	}
	return m, err
}

// resumable alternates the portal and the baseline, round by round.
func resumable(p *portal, slots []slot, file, bare string) ([]row, []slot, error) {
	var ours, theirs measured
	send := func(n int, pause time.Duration) (measured, error) {
		var requests []request
		for _, s := range slots[:n] {
			path, err := s.begin(p, sizeOf(file))
			if err != nil {
				return measured{}, err
			}
			requests = append(requests, s.patch(path, file))
		}
		slots = slots[n:]
		return uploads(p.url, http.StatusNoContent, pause, requests...)
	}
	if _, err := send(perRound, inspectionPause); err != nil { // the first ones find nothing ready
		return nil, nil, err
	}
	for range uploadRounds {
		m, err := send(perRound, inspectionPause)
		if err != nil {
			return nil, nil, err
		}
		ours.add(m)
		m, err = uploads(bare, http.StatusNoContent, 200*time.Millisecond, slices.Repeat([]request{{Method: http.MethodPatch, Path: "/", File: file}}, perRound)...)
		if err != nil {
			return nil, nil, err
		}
		theirs.add(m)
	}
	r := ours.throughput("20 MB uploaded, resumable", sizeOf(file))
	base := theirs.throughput("  bare handler: hash, encrypt, write, sync", sizeOf(file))
	r.Ratio, r.RSS = r.MBs/base.MBs, p.rss()
	return []row{base, r}, slots, nil
}

// plainForms measures the path without a script; it waits for the verdict on what
// it received, which the baseline does not give.
func plainForms(p *portal, slots []slot, bare string) ([]row, error) {
	file, err := p.scanned("8.pdf", formFile)
	if err != nil {
		return nil, err
	}
	body, kind, err := p.asForm(file)
	if err != nil {
		return nil, err
	}
	var requests []request
	for _, s := range slots {
		requests = append(requests, request{Method: http.MethodPost, Path: fmt.Sprintf("/candidatures/%s/pieces/%s", s.application, s.requirement), File: body,
			Cookie: s.cookie, Headers: map[string]string{"Content-Type": kind, "Sec-Fetch-Site": "same-origin"}})
	}
	ours, err := uploads(p.url, http.StatusSeeOther, inspectionPause, requests...)
	if err != nil {
		return nil, err
	}
	theirs, err := uploads(bare, http.StatusNoContent, 200*time.Millisecond, slices.Repeat([]request{{Method: http.MethodPost, Path: "/", File: body}}, len(slots))...)
	base, r := theirs.throughput("  bare handler, 8 MB", sizeOf(body)), ours.throughput("8 MB by a plain form, with its verdict", sizeOf(body))
	return []row{base, r}, err
}

// twentyAtOnce measures the memory of the portal's process with as many uploads.
func twentyAtOnce(ctx context.Context, p *portal, b *base, slots []slot, file string) ([]row, error) {
	var requests []request
	for _, s := range slots {
		path, err := s.begin(p, sizeOf(file))
		if err != nil {
			return nil, err
		}
		requests = append(requests, s.patch(path, file))
	}
	before := p.memory("VmRSS:")
	p.forgetPeak()
	begin := time.Now()
	m, err := load(plan{URL: p.url, Clients: len(requests), Seconds: 300, Want: []int{http.StatusNoContent}, Requests: requests})
	if err != nil {
		return nil, err
	}
	during := p.memory("VmHWM:") - before
	if err := b.judged(ctx); err != nil {
		return nil, err
	}
	r := m.row(fmt.Sprintf("%d × 20 MB uploaded at once", len(requests)))
	r.MBs, r.PerSecond, r.RSS = float64(len(requests)*sizeOf(file))/1e6/m.Elapsed.Seconds(), 0, p.rss()
	r.Note = fmt.Sprintf("memory grew by %d MiB at most while they came, %d with their inspections (%.0f s); children apart %s",
		during>>10, (p.memory("VmHWM:")-before)>>10, time.Since(begin).Seconds(), r.Note)
	return []row{r}, nil
}

// judged waits until every file has its verdict.
func (b *base) judged(ctx context.Context) error {
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		var waiting int
		if err := b.Pool.QueryRow(ctx, `SELECT count(*) FROM files WHERE purpose = 'deposit' AND inspection = ''`).Scan(&waiting); err != nil || waiting == 0 {
			return err
		}
	}
	return errors.New("files wait for their inspection")
}

func sizeOf(file string) int {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return int(info.Size())
}

// memory is a line of the process's status, in KiB.
func (p *portal) memory(name string) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	for line := range strings.SplitSeq(string(b), "\n") {
		if text, ok := strings.CutPrefix(line, name); ok {
			kib, _ := strconv.Atoi(strings.Fields(text)[0])
			return kib
		}
	}
	return 0
}

// forgetPeak makes VmHWM begin again at what is resident now.
func (p *portal) forgetPeak() {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0o200)
}
