package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// request is one thing to ask for.
type request struct {
	Method string `json:"m,omitempty"`
	Path   string `json:"p"`
	Body   string `json:"b,omitempty"`
	Cookie string `json:"c,omitempty"`
	// File is the body, read once by the process that sends it.
	File    string            `json:"f,omitempty"`
	Headers map[string]string `json:"h,omitempty"`
}

// plan is what the load process is told. Requests are taken in order by the
// clients, each once, or again from the start when Loop is set.
type plan struct {
	URL      string    `json:"url"`
	Clients  int       `json:"clients"`
	Seconds  int       `json:"seconds"`    // most time taken
	PauseMs  int       `json:"pause_ms"`   // of each client between two requests
	PerSec   int       `json:"per_second"` // fixed rate of all clients together; 0 = as fast as they can
	Loop     bool      `json:"loop"`
	Partial  bool      `json:"partial"` // as htmx asks
	Want     []int     `json:"want"`    // statuses that count as right
	Encoding string    `json:"encoding"`
	Discard  bool      `json:"discard"` // answers are read as they come, and not kept
	Requests []request `json:"requests"`
}

// measured is what came of a plan.
type measured struct {
	Count   int             `json:"count"`
	Errors  int             `json:"errors"`
	First   string          `json:"first_error"`
	Elapsed time.Duration   `json:"elapsed"`
	Times   []time.Duration `json:"times"`
}

func (m measured) perSecond() float64 { return float64(m.Count) / m.Elapsed.Seconds() }

func (m measured) quantile(q float64) float64 {
	if len(m.Times) == 0 {
		return 0
	}
	return milliseconds(m.Times[min(int(q*float64(len(m.Times))), len(m.Times)-1)])
}

func (m measured) row(name string) row {
	r := row{Case: name, PerSecond: m.perSecond(), P50: m.quantile(.5), P95: m.quantile(.95), P99: m.quantile(.99), Errors: m.Errors}
	if m.Errors > 0 {
		r.Note = m.First
	}
	return r
}

// add joins another run of the same.
func (m *measured) add(n measured) {
	m.Count, m.Errors, m.Elapsed, m.Times = m.Count+n.Count, m.Errors+n.Errors, m.Elapsed+n.Elapsed, append(m.Times, n.Times...)
	if m.First == "" {
		m.First = n.First
	}
	slices.Sort(m.Times)
}

// throughput counts the time of requests sent one after the other, without the
// pauses between them.
func (m measured) throughput(name string, bytes int) row {
	var spent time.Duration
	for _, t := range m.Times {
		spent += t
	}
	r := m.row(name)
	r.PerSecond, r.MBs = 0, float64(m.Count*bytes)/1e6/spent.Seconds()
	return r
}

// rate counts the whole time of requests sent side by side.
func (m measured) rate(name string, bytes int) row {
	r := m.row(name)
	r.PerSecond, r.MBs = 0, float64(m.Count*bytes)/1e6/m.Elapsed.Seconds()
	return r
}

// load runs a plan in a process of its own.
func load(p plan) (measured, error) {
	var m measured
	self, err := os.Executable()
	if err != nil {
		return m, err
	}
	c := exec.Command(self, "load")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return m, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return m, err
	}
	if err := c.Start(); err != nil {
		return m, err
	}
	err = json.NewEncoder(in).Encode(p)
	err = errors.Join(err, in.Close(), json.NewDecoder(out).Decode(&m), c.Wait())
	slices.Sort(m.Times)
	return m, err
}

func loadChild(in io.Reader, out io.Writer) error {
	var p plan
	if err := json.NewDecoder(in).Decode(&p); err != nil {
		return err
	}
	if len(p.Requests) == 0 {
		return errors.New("a plan without requests")
	}
	return json.NewEncoder(out).Encode(p.run())
}

func (p plan) run() measured {
	client := &fasthttp.Client{MaxConnsPerHost: p.Clients + 4, ReadTimeout: 60 * time.Second, NoDefaultUserAgentHeader: true, StreamResponseBody: p.Discard}
	var next atomic.Int64
	var total measured
	var mu sync.Mutex
	begin := time.Now()
	end := begin.Add(time.Duration(p.Seconds) * time.Second)
	var wg sync.WaitGroup
	for range p.Clients {
		wg.Go(func() {
			mine := p.client(client, &next, begin, end)
			mu.Lock()
			defer mu.Unlock()
			total.Count, total.Errors = total.Count+mine.Count, total.Errors+mine.Errors
			total.Times = append(total.Times, mine.Times...)
			if total.First == "" {
				total.First = mine.First
			}
		})
	}
	wg.Wait()
	total.Elapsed = time.Since(begin)
	return total
}

func (p plan) client(client *fasthttp.Client, next *atomic.Int64, begin, end time.Time) measured {
	var m measured
	for time.Now().Before(end) {
		i := int(next.Add(1) - 1)
		if i >= len(p.Requests) && !p.Loop {
			break
		}
		due := time.Now()
		if p.PerSec > 0 {
			due = begin.Add(time.Duration(i) * time.Second / time.Duration(p.PerSec))
			time.Sleep(time.Until(due))
		}
		if err := p.send(client, p.Requests[i%len(p.Requests)]); err != nil {
			m.Errors++
			m.First = err.Error()
		}
		m.Times = append(m.Times, time.Since(due))
		m.Count++
		time.Sleep(time.Duration(p.PauseMs) * time.Millisecond)
	}
	return m
}

func (p plan) send(client *fasthttp.Client, r request) error {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	req.SetRequestURI(p.URL + r.Path)
	if r.Method != "" {
		req.Header.SetMethod(r.Method)
	}
	if r.Body != "" {
		req.SetBodyString(r.Body)
		req.Header.SetContentType("application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if r.File != "" {
		content, err := p.file(r.File)
		if err != nil {
			return err
		}
		req.SetBodyRaw(content)
	}
	if r.Cookie != "" {
		req.Header.Set("Cookie", r.Cookie)
	}
	for name, value := range r.Headers {
		req.Header.Set(name, value)
	}
	if p.Partial {
		req.Header.Set("HX-Request", "true")
		req.Header.Set("HX-Request-Type", "partial")
		req.Header.Set("HX-Target", "resultats")
	}
	if p.Encoding != "" {
		req.Header.Set("Accept-Encoding", p.Encoding)
	}
	if err := client.Do(req, res); err != nil {
		return err
	}
	if !slices.Contains(p.Want, res.StatusCode()) {
		return fmt.Errorf("%s: status %d", r.Path, res.StatusCode())
	}
	if p.Discard {
		return errors.Join(drain(res.BodyStream()), res.CloseBodyStream())
	}
	return nil
}

func drain(body io.Reader) error {
	if body == nil {
		return nil
	}
	_, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{body}, make([]byte, 256<<10))
	return err
}

// file is a body, the same bytes for all who send it.
func (p plan) file(name string) ([]byte, error) {
	if content, ok := bodies.Load(name); ok {
		return content.([]byte), nil
	}
	content, err := os.ReadFile(name)
	bodies.Store(name, content)
	return content, err
}

var bodies sync.Map
