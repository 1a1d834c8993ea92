package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"passerelle/models"
	"passerelle/models/searching"
)

// searchMeiliCase measures the search on Meilisearch at several sizes of the
// catalogue: the making of its copy, killed in the middle and gone on with, then
// the same typing as in the case search, beside the engine asked alone.
func searchMeiliCase(ctx context.Context, p *portal, o options) (rows []row, err error) {
	binary, err := exec.LookPath("meilisearch")
	if err != nil {
		return nil, fmt.Errorf("Meilisearch absent: %w", err)
	}
	if err := p.stop(); err != nil {
		return nil, err
	}
	defer func() { p.env = nil; err = errors.Join(err, p.stop(), p.start(ctx)) }()
	for text := range strings.SplitSeq(o.Documents, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return rows, fmt.Errorf("-documents: %w", err)
		}
		got, err := searchMeiliAt(ctx, p, o, binary, n)
		if rows = append(rows, got...); err != nil {
			return rows, fmt.Errorf("%d documents: %w", n, err)
		}
	}
	return rows, nil
}

func searchMeiliAt(ctx context.Context, p *portal, o options, binary string, n int) (rows []row, err error) {
	if err := p.growTo(ctx, n); err != nil {
		return nil, err
	}
	server, err := startMeili(ctx, binary, filepath.Join(p.folder, "meilisearch"))
	if err != nil {
		return nil, err
	}
	defer server.stop()
	p.env = []string{"MEILI_URL=" + server.url, "MEILI_MASTER_KEY=" + meiliKey}
	killed, err := p.fillCopy(ctx, n/3)
	if err == nil {
		return nil, errors.New("the copy was whole before it could be killed")
	}
	got, err := p.fillCopy(ctx, 0)
	if err != nil {
		return nil, err
	}
	if got.first < killed.last {
		return nil, fmt.Errorf("killed at %d documents, it went on from %d", killed.last, got.first)
	}
	left := float64(n - killed.last)
	rows = append(rows, row{Case: fmt.Sprintf("copy of %d documents, killed at %d, gone on with", n, killed.last), PerSecond: left / got.took.Seconds(),
		Seconds: killed.took.Seconds() + got.took.Seconds(), RSS: max(killed.rss, got.rss), Note: fmt.Sprintf("Meilisearch %d MiB", peak(server.cmd.Process.Pid))})
	if err := p.start(ctx); err != nil {
		return rows, err
	}
	typed, err := prefixes(o.Data)
	if err != nil {
		return rows, err
	}
	pl := typing(p, o, &typed)
	before := p.cpu()
	through, err := load(pl)
	if err != nil {
		return rows, err
	}
	r := through.row(fmt.Sprintf("search on Meilisearch, %d documents, typed letter by letter", n))
	r.CPU, r.RSS = 100*(p.cpu()-before).Seconds()/through.Elapsed.Seconds(), p.rss()
	if took, err := p.degraded(); err != nil || took {
		r.Note += fmt.Sprint(" PostgreSQL had taken over ", err)
	}
	alone, err := server.asked(pl, typed)
	if err != nil {
		return rows, err
	}
	r.Ratio = alone.quantile(.95) / through.quantile(.95)
	r.Note = strings.TrimSpace(r.Note + " ratio of p95")
	return append(rows, alone.row("  the engine alone, the same texts"), r), p.stop()
}

// growTo multiplies the same courses at other bodies and places, generated and
// said to be, until the catalogue has n documents or more.
func (p *portal) growTo(ctx context.Context, n int) (err error) {
	b, err := p.openBase(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close(ctx)) }()
	if err := b.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return searching.Retire(ctx, tx) }); err != nil {
		return err
	}
	_, err = b.Pool.Exec(ctx, `
		WITH places AS (SELECT row_number() OVER (ORDER BY d.code) - 1 AS i, d.name, d.no, r.no AS region, r.name AS region_name FROM departments d JOIN regions r ON r.code = d.region_code),
		source AS (SELECT row_number() OVER (ORDER BY no) AS i, * FROM search_documents WHERE kind = 'course' AND reference NOT LIKE '%-generated-%'),
		have AS (SELECT count(*)::int AS n FROM search_documents)
		INSERT INTO search_documents (kind, object_id, reference, title, subtitle, acronyms, others, body, card, occurrences, updated_at)
		SELECT s.kind, gen_random_uuid(), s.reference || '-generated-' || have.n || '-' || copy, s.title, 'Organisme généré ' || copy, s.acronyms,
			s.others || ARRAY['organisme ' || copy, p.name, p.region_name], s.body, s.card,
			CASE WHEN length(s.occurrences) >= 14 THEN overlay(s.occurrences PLACING int2send(p.region) || int2send(p.no) FROM 3 FOR 4) ELSE s.occurrences END, s.updated_at
		FROM have CROSS JOIN generate_series(1, $1::int / 5000 + 1) copy CROSS JOIN source s JOIN places p ON p.i = (s.i + copy * 7) % (SELECT count(*) FROM places)
		LIMIT greatest($1::int - (SELECT n FROM have), 0)`, n)
	return err
}

// filled is what came of one making of the copy.
type filled struct {
	took        time.Duration
	rss         int // MiB at most
	first, last int // documents said to be copied
}

// fillCopy runs the program; killAt, when not nought, ends it by force once it
// says that so many documents are copied.
func (p *portal) fillCopy(ctx context.Context, killAt int) (filled, error) {
	c := exec.CommandContext(ctx, p.binary, "reindex", "--engine", "meilisearch", "--data", p.data())
	c.Env = append(os.Environ(), p.env...)
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.StdoutPipe()
	if err != nil {
		return filled{}, err
	}
	begin := time.Now()
	if err := c.Start(); err != nil {
		return filled{}, err
	}
	ended := make(chan struct{})
	var highest atomic.Int64
	go func() {
		for {
			highest.Store(max(highest.Load(), int64(peak(c.Process.Pid))))
			select {
			case <-ended:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	f := filled{first: -1}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		rest, ok := strings.CutPrefix(lines.Text(), "Meilisearch: ")
		if !ok {
			continue
		}
		text, _, _ := strings.Cut(rest, " ")
		if f.last, _ = strconv.Atoi(text); f.first < 0 {
			f.first = f.last
		}
		if killAt > 0 && f.last >= killAt {
			killAt = 0
			_ = c.Process.Signal(syscall.SIGKILL)
		}
	}
	err = c.Wait()
	close(ended)
	f.took, f.rss = time.Since(begin), int(highest.Load())
	if err != nil {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	return f, err
}

// degraded tells whether another engine answers the public.
func (p *portal) degraded() (bool, error) {
	answer, err := http.Get(p.url + "/recherche?q=infirmier")
	if err != nil {
		return false, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	return bytes.Contains(text, []byte("Recherche de secours")), err
}

const meiliKey = "the key of a measured Meilisearch"

type meiliServer struct {
	url string
	cmd *exec.Cmd
	dir string
}

// startMeili runs a server of the bench's own, on an empty folder.
func startMeili(ctx context.Context, binary, dir string) (*meiliServer, error) {
	address, err := freeAddress()
	if err == nil {
		err = errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700))
	}
	if err != nil {
		return nil, err
	}
	s := &meiliServer{url: "http://" + address, dir: dir}
	s.cmd = exec.CommandContext(ctx, binary, "--http-addr", address, "--db-path", dir+"/data", "--dump-dir", dir+"/dumps", "--snapshot-dir", dir+"/snapshots",
		"--master-key", meiliKey, "--no-analytics", "--env", "production", "--log-level", "ERROR")
	s.cmd.Dir, s.cmd.SysProcAttr = dir, &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for range 300 {
		if answer, err := http.Get(s.url + "/health"); err == nil {
			_ = answer.Body.Close()
			return s, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.stop()
	return nil, errors.New("Meilisearch does not come up")
}

func (s *meiliServer) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

// asked sends the texts straight to the engine, with the same pauses, for as
// many documents as the portal asks for.
func (s *meiliServer) asked(pl plan, typed []string) (measured, error) {
	uid, err := s.index()
	if err != nil {
		return measured{}, err
	}
	var next atomic.Int64
	var m measured
	var mu sync.Mutex
	var wg sync.WaitGroup
	begin := time.Now()
	end := begin.Add(time.Duration(pl.Seconds) * time.Second)
	for range pl.Clients {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < len(typed) && time.Now().Before(end); i = int(next.Add(1) - 1) {
				body, _ := json.Marshal(map[string]any{"q": typed[i], "limit": 1000, "attributesToRetrieve": []string{"no"}, "matchingStrategy": "all", "showRankingScore": true})
				start := time.Now()
				err := s.call(http.MethodPost, "/indexes/"+uid+"/search", body, nil)
				mu.Lock()
				m.add(measured{Count: 1, Times: []time.Duration{time.Since(start)}})
				if err != nil {
					m.Errors, m.First = m.Errors+1, err.Error()
				}
				mu.Unlock()
				time.Sleep(time.Duration(pl.PauseMs) * time.Millisecond)
			}
		})
	}
	wg.Wait()
	m.Elapsed = time.Since(begin)
	return m, nil
}

func (s *meiliServer) index() (string, error) {
	var list struct {
		Results []struct {
			UID string `json:"uid"`
		} `json:"results"`
	}
	if err := s.call(http.MethodGet, "/indexes", nil, &list); err != nil {
		return "", err
	}
	if len(list.Results) != 1 {
		return "", fmt.Errorf("%d indexes, one wanted", len(list.Results))
	}
	return list.Results[0].UID, nil
}

func (s *meiliServer) call(method, path string, body []byte, into any) error {
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+meiliKey)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %.200s", answer.StatusCode, text)
	}
	if err != nil || into == nil {
		return err
	}
	return json.Unmarshal(text, into)
}
