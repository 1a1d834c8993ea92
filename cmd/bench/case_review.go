package main

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"passerelle/models"
	"passerelle/models/seed"
)

// What the scripted reviewer does.
const (
	reviewed = 20                     // verdicts
	looking  = 400 * time.Millisecond // at each document, before the key
)

// reviewCase measures pages drawn on demand, then the review desk in Chromium with
// the demonstration's dossiers (P7.6).
func reviewCase(ctx context.Context, p *portal, _ options) ([]row, error) {
	if err := p.filled(ctx); err != nil {
		return nil, err
	}
	b, err := p.join(ctx)
	if err != nil {
		return nil, err
	}
	defer b.DB.Close()
	officer, err := b.actor(ctx, seed.Officer)
	if err != nil {
		return nil, err
	}
	cookie, err := b.session(ctx, officer.Account)
	if err != nil {
		return nil, err
	}
	rows, err := firstPages(ctx, p, b, cookie)
	if err != nil {
		return rows, err
	}
	keys, err := byKeyboard(ctx, p, b, cookie)
	return append(rows, keys...), err
}

// firstPages asks for first pages that nobody has drawn yet, then for those drawn
// when the document came.
func firstPages(ctx context.Context, p *portal, b *base, cookie string) ([]row, error) {
	paths, err := b.addresses(ctx, "/documents/", "/pages/1?largeur=", `SELECT d.id FROM documents d JOIN files f ON f.id = d.file_id
		JOIN applications a ON a.id = d.application_id WHERE d.state = 'live' AND f.pages > 0 AND f.bytes < 2000000 AND a.submitted_at IS NOT NULL
		ORDER BY md5(d.id::text) LIMIT 40`)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, c := range []struct{ name, width string }{{"first page drawn when asked for, 1600 wide", "1600"}, {"first page drawn when deposited, 1200 wide", "1200"}} {
		pl := plan{URL: p.url, Clients: 1, Seconds: 60, Want: []int{http.StatusOK}}
		for _, path := range paths {
			pl.Requests = append(pl.Requests, request{Path: path + c.width, Cookie: cookie})
		}
		m, err := load(pl)
		if err != nil {
			return rows, err
		}
		r := m.row(c.name)
		r.PerSecond = 0
		rows = append(rows, r)
	}
	return rows, nil
}

// watch notes, in the page, the time from each key to the next document painted,
// and whether the page ever said that it waits.
const watch = `(() => {
	const seen = window.bench = {times: [], waits: 0, keys: 0};
	addEventListener('keydown', async () => {
		const mine = ++seen.keys;
		const begin = performance.now(), before = document.getElementById('r-page')?.dataset.document;
		const frame = () => new Promise((done) => requestAnimationFrame(done));
		while (document.getElementById('r-page')?.dataset.document === before) {
			await frame();
			if (mine !== seen.keys) return;
		}
		await Promise.all([...document.querySelectorAll('#r-page .viewer__image')].map((image) => image.decode()));
		await frame();
		seen.times.push(performance.now() - begin);
	}, true);
	new MutationObserver(() => { if (document.getElementById('contenu').hasAttribute('aria-busy')) seen.waits++; })
		.observe(document.getElementById('contenu'), {attributes: true, attributeFilter: ['aria-busy']});
	return true;
})()`

// window is a reviewer's browser.
type window struct{ ctx context.Context }

func openBrowser(ctx context.Context) (w window, end func(), err error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err = exec.LookPath(name); err == nil {
			break
		}
	}
	if err != nil {
		return w, nil, fmt.Errorf("chromium: %w", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1440, 1000),
		chromedp.Flag("lang", "fr-FR"), chromedp.Flag("disable-dev-shm-usage", true))
	allocator, stopAllocator := chromedp.NewExecAllocator(ctx, options...)
	tab, stop := chromedp.NewContext(allocator)
	return window{tab}, func() { stop(); stopAllocator() }, chromedp.Do(tab)
}

func value[T any](w window, expression string) (T, error) {
	return chromedp.Run(w.ctx, chromedp.Evaluate[T](expression))
}

// until waits for an expression to be true.
func (w window) until(expression string) error {
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok, err := value[bool](w, "!!("+expression+")"); err == nil && ok {
			return nil
		}
	}
	shown, _ := value[string](w, `[location.href, document.title, document.activeElement?.outerHTML.slice(0, 120), document.getElementById('r-alerte')?.innerText,
		...[...document.querySelectorAll('#r-pieces [data-r-piece]')].map((line) => line.dataset.rPiece + ' ' + line.dataset.standing)].join('; ')`)
	return fmt.Errorf("the page never had %s: %s", expression, shown)
}

func byKeyboard(ctx context.Context, p *portal, b *base, cookie string) ([]row, error) {
	// A dossier of which nothing is read yet, at the head of its campaign's list.
	var session, first models.ID
	err := b.Pool.QueryRow(ctx, `SELECT session_id, id FROM applications WHERE kind = 'admission' AND state = 'under_review' AND verdict = '' ORDER BY number LIMIT 1`).
		Scan(&session, &first)
	if err != nil {
		return nil, err
	}
	w, end, err := openBrowser(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	err = chromedp.Do(w.ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.SetCookie, network.SetCookieParams{Name: "passerelle", Value: cookie[len("passerelle="):], URL: p.url})
		return err
	}), chromedp.Navigate(fmt.Sprintf("%s/bureau/candidatures/%s/relecture?etat=a-etudier&session=%s&rang=1", p.url, first, session)))
	if err != nil {
		return nil, err
	}
	if _, err := value[bool](w, watch); err != nil {
		return nil, err
	}
	if err := w.until(`document.querySelector('#r-page .viewer__image')?.complete`); err != nil {
		return nil, err
	}
	begin := time.Now()
	verdicts, dossiers, err := w.review()
	if err != nil {
		return nil, err
	}
	took := time.Since(begin)
	m, err := w.measured(took)
	if err != nil {
		return nil, err
	}
	waits, err := value[int](w, "window.bench.waits")
	if err != nil {
		return nil, err
	}
	kept, err := b.kept(ctx, begin, verdicts)
	r := m.row("next document painted after the key, Chromium")
	r.PerSecond = 0
	return []row{r, {Case: fmt.Sprintf("%d verdicts by keyboard, Chromium", verdicts), Seconds: took.Seconds(), Errors: max(verdicts-kept, 0),
		Note: fmt.Sprintf("%d dossiers, %s looked at each document, %d visible waits, %d verdicts kept by the server", dossiers, looking, waits, kept)}}, err
}

// review presses the keys: valid, and the next dossier when all of one is judged.
func (w window) review() (verdicts, dossiers int, err error) {
	dossiers = 1
	for verdicts < reviewed {
		time.Sleep(looking)
		todo, err := value[bool](w, `document.querySelector('#r-pieces [data-r-piece="' + document.getElementById('r-page').dataset.piece + '"]')?.dataset.standing === 'todo'`)
		if err != nil {
			return verdicts, dossiers, err
		}
		key := "v"
		if todo {
			verdicts++
		} else {
			key = "j"
			dossiers++
		}
		painted, err := value[int](w, "window.bench.times.length")
		if err != nil {
			return verdicts, dossiers, err
		}
		if err := chromedp.Do(w.ctx, chromedp.KeyEvent(key)); err != nil {
			return verdicts, dossiers, err
		}
		if err := w.dated(key); err != nil {
			return verdicts, dossiers, err
		}
		last, err := value[bool](w, `!document.querySelector('#r-pieces [data-standing="todo"]')`)
		if err != nil {
			return verdicts, dossiers, err
		}
		if key == "v" && last {
			continue // the reviewer sees that the dossier is done
		}
		if err := w.until(fmt.Sprintf("window.bench.times.length > %d", painted)); err != nil {
			return verdicts, dossiers, err
		}
	}
	return verdicts, dossiers, nil
}

// dated types the end of validity where the desk asks for one, over the key itself:
// the protocol sends its letter apart, to the field that has just got the focus.
func (w window) dated(key string) error {
	asked, err := value[bool](w, `document.activeElement?.id === 'r-valable'`)
	if err != nil || !asked || key != "v" {
		return err
	}
	if _, err := value[bool](w, `document.activeElement.select(), true`); err != nil {
		return err
	}
	return chromedp.Do(w.ctx, chromedp.KeyEvent("31/12/2030\r"))
}

// measured reads what the page noted.
func (w window) measured(took time.Duration) (measured, error) {
	times, err := value[[]float64](w, "window.bench.times")
	m := measured{Count: len(times), Elapsed: took}
	for _, t := range times {
		m.Times = append(m.Times, time.Duration(t*float64(time.Millisecond)))
	}
	slices.Sort(m.Times)
	return m, err
}

// kept waits until the server has the verdicts given since.
func (b *base) kept(ctx context.Context, since time.Time, wanted int) (n int, err error) {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		err := b.Pool.QueryRow(ctx, `SELECT count(*) FROM verdicts WHERE given_at >= $1`, since).Scan(&n)
		if err != nil || n >= wanted {
			return n, err
		}
	}
	return n, nil
}
