package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/catalogue"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/models/people"
	"passerelle/views/paths"
	"passerelle/views/print"
)

// reviewed is how many documents the dossier of the review case has.
const reviewed = 20

// reviewCase prepares a dossier of twenty documents and has a browser give twenty
// verdicts by keyboard (P17.7).
func reviewCase(ctx context.Context, p *portal, _ options) ([]row, error) {
	if err := p.stop(); err != nil {
		return nil, err
	}
	d, err := prepareReview(ctx, p)
	if err != nil {
		return nil, err
	}
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	rows := []row{}
	for i, pause := range []time.Duration{0, reading} {
		if err := d.send(p.url, d.sent[i]); err != nil {
			return nil, err
		}
		got, err := reviewByKeyboard(ctx, p.url, d.officer, paths.DeskReview(d.sent[i].writer.draft.String()), reviewed, pause)
		if err != nil {
			return nil, err
		}
		slices.Sort(got.Shown)
		at := func(part int) float64 { return milliseconds(got.Shown[(len(got.Shown)-1)*part/100]) }
		note := "keys as fast as pieces come; last figure: the slowest"
		if pause > 0 {
			note = "each piece looked at for " + pause.String() + ": the next one is there; last figure: the slowest"
		}
		rows = append(rows, row{Case: fmt.Sprintf("%d verdicts by keyboard", reviewed), Seconds: got.Elapsed.Seconds(), Note: "first key to last recorded, in Chromium"},
			row{Case: "  next piece shown after a verdict", P50: at(50), P95: at(95), P99: at(100), Note: note})
	}
	return rows, nil
}

// reading is how long a piece is looked at when what comes next has time to load.
const reading = 400 * time.Millisecond

// reviewDossiers are two dossiers and the officer who will review them.
type reviewDossiers struct {
	sent    [2]reviewDossier
	officer string // token
}

// reviewDossier is one dossier and its applicant.
type reviewDossier struct {
	writer       writer
	requirements []models.ID
}

func prepareReview(ctx context.Context, p *portal) (d reviewDossiers, err error) {
	b, err := p.openBase(ctx)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, b.close(ctx)) }()
	sessions, err := catalogue.OpenSessions(ctx, b.Pool, b.Today(), 1)
	if err != nil || len(sessions) == 0 {
		return d, fmt.Errorf("no open session: %w", err)
	}
	return d, b.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		specs := []dossier.Spec{}
		for n := range reviewed {
			specs = append(specs, dossier.Spec{Key: fmt.Sprintf("banc%d", n+1), Kind: dossier.KindOther, Title: form.Text{FR: fmt.Sprintf("Pièce %d", n+1)},
				Formats: []string{"pdf"}, MaxBytes: 5 << 20, Required: true})
		}
		list, err := dossier.SaveList(ctx, tx, models.Operator(), dossier.List{Key: "banc", Name: form.Text{FR: "Banc"}, Specs: specs})
		if err != nil {
			return err
		}
		if _, err := tx.PGX.Exec(ctx, `UPDATE sessions SET requirement_list_id = $2 WHERE id = $1`, sessions[0].ID, list); err != nil {
			return err
		}
		for i := range d.sent {
			if err := d.sent[i].begin(ctx, tx, fmt.Sprintf("relecture%d@bench.example.org", i), sessions[0].ID); err != nil {
				return err
			}
		}
		officer, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: "relectrice@bench.example.org", Lang: "fr", PasswordHash: "none",
			Identity: people.Identity{BirthName: "Roussel", FirstName: "Hélène"}, Grants: []models.Grant{{Role: models.RoleOfficer, Kind: models.ScopePortal}}})
		if err != nil {
			return err
		}
		d.officer, err = signedIn(ctx, tx, officer.ID)
		return err
	})
}

func (d *reviewDossier) begin(ctx context.Context, tx models.Tx, email string, session models.ID) (err error) {
	if d.writer, err = newWriter(ctx, tx, email, session, 4); err != nil {
		return err
	}
	if err := sendBody(ctx, tx, &d.writer); err != nil {
		return err
	}
	papers, err := application.Documents(ctx, tx, d.writer.actor, d.writer.draft)
	for _, r := range papers.Requirements {
		if strings.HasPrefix(r.Spec.Key, "banc") {
			d.requirements = append(d.requirements, r.ID)
		}
	}
	return err
}

// send deposits the documents through the portal, then sends the application.
func (reviewDossiers) send(url string, d reviewDossier) error {
	for n, id := range d.requirements {
		content, err := print.Model(fmt.Sprintf("Pièce %d", n+1), strings.Split(strings.Repeat("une ligne,", 30), ","))
		if err != nil {
			return err
		}
		var body bytes.Buffer
		parts := multipart.NewWriter(&body)
		_ = parts.WriteField("place", "1")
		file, err := parts.CreateFormFile("fichier", fmt.Sprintf("piece%d.pdf", n+1))
		if err != nil {
			return err
		}
		_, _ = file.Write(content)
		_ = parts.Close()
		if err := d.post(url+paths.Deposit(d.writer.draft.String(), id.String()), parts.FormDataContentType(), body.String()); err != nil {
			return err
		}
	}
	return d.post(url+d.writer.path, "application/x-www-form-urlencoded", d.writer.body)
}

func (d reviewDossier) post(address, kind, body string) error {
	r, err := http.NewRequest(http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Cookie", "passerelle="+d.writer.token)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("POST %s: %s", r.URL.Path, answer.Status)
	}
	return nil
}

// reviewFigures is the pace of a reviewer.
type reviewFigures struct {
	Elapsed time.Duration   // from the first key until the server has the last verdict
	Shown   []time.Duration // from each key until the next piece is painted
}

// watch notes in the page how long each next piece takes to be painted.
const watch = `window.pace = []; document.addEventListener('keydown', (event) => {
	if (event.key !== 'v') return;
	const start = performance.now(), was = document.getElementById('r-page').dataset.piece;
	const look = () => {
		const page = document.getElementById('r-page'), image = page.querySelector('img');
		if (page.dataset.piece !== was && (!image || image.complete && image.naturalWidth > 0)) requestAnimationFrame(() => window.pace.push(performance.now() - start));
		else if (performance.now() - start < 5000) requestAnimationFrame(look);
	};
	requestAnimationFrame(look);
}, true)`

// reviewByKeyboard opens the review at path with an officer's sign-in and gives n
// verdicts with the letter "v", each as soon as the next piece is on screen and has been
// looked at for a while.
func reviewByKeyboard(ctx context.Context, url, token, path string, n int, pause time.Duration) (reviewFigures, error) {
	var f reviewFigures
	browser, err := exec.LookPath("chromium")
	if err != nil {
		return f, errors.New("chromium is absent")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.Flag("lang", "fr-FR"), chromedp.WindowSize(1280, 900))
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	signIn := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.SetCookie, network.SetCookieParams{Name: "passerelle", Value: token, URL: url})
		return err
	})
	if err := chromedp.Do(ctx, signIn, chromedp.Navigate(url+path)); err != nil {
		return f, err
	}
	if err := wait(ctx, `document.querySelector('a.piece[aria-current]') && document.querySelector('#r-page img').naturalWidth > 0`); err != nil {
		return f, err
	}
	time.Sleep(time.Second) // as one who reads the first piece
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](watch)); err != nil {
		return f, err
	}
	begin := time.Now()
	for done := 1; done <= n; done++ {
		time.Sleep(pause)
		if err := chromedp.Do(ctx, press("v")); err != nil {
			return f, err
		}
		if done == n {
			break
		}
		if err := wait(ctx, fmt.Sprintf(`window.pace.length >= %d`, done)); err != nil {
			return f, fmt.Errorf("verdict %d: %w", done, err)
		}
	}
	if err := wait(ctx, `document.querySelectorAll('[data-r-piece]:not([data-verdict=""])').length >= `+fmt.Sprint(n)); err != nil {
		return f, err
	}
	f.Elapsed = time.Since(begin)
	shown, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](`window.pace`))
	for _, ms := range shown {
		f.Shown = append(f.Shown, time.Duration(ms*float64(time.Millisecond)))
	}
	if err == nil && len(f.Shown) == 0 {
		err = errors.New("no piece was shown")
	}
	return f, err
}

// press is a letter as a keyboard sends it.
func press(letter string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeChar, input.DispatchKeyEventTypeKeyUp} {
			event := input.DispatchKeyEventParams{Type: kind, Key: letter, Code: "Key" + strings.ToUpper(letter), WindowsVirtualKeyCode: int64(strings.ToUpper(letter)[0])}
			if kind == input.DispatchKeyEventTypeChar {
				event.Text, event.UnmodifiedText = letter, letter
			}
			if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, event); err != nil {
				return err
			}
		}
		return nil
	})
}

// wait asks the page until an expression is true.
func wait(ctx context.Context, expression string) error {
	end := time.Now().Add(20 * time.Second)
	for time.Now().Before(end) {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")")); err == nil && ok {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("never true: %s", expression)
}
