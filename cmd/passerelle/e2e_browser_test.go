package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"passerelle/cmd/internal/portaltest"
)

// demonstration is `passerelle demo` running from the built binary on a folder
// of its own: what a stranger starts.
type demonstration struct {
	URL    string
	Folder string
	binary string
	cmd    *exec.Cmd
}

// startDemo runs the demonstration until the test ends.
func startDemo(t *testing.T) *demonstration {
	t.Helper()
	d := &demonstration{Folder: portaltest.Folder(t), binary: portaltest.Program(t)}
	d.start(t)
	t.Cleanup(d.stop)
	return d
}

// common is one demonstration for the tests that take it as they find it, one after the
// other; it runs until the last test has ended.
var common struct {
	sync.Once
	demonstration
}

// commonDemo starts it for the first who asks.
func commonDemo(t *testing.T) *demonstration {
	t.Helper()
	common.Do(func() {
		folder, err := os.MkdirTemp("", "passerelle-common-")
		if err == nil {
			err = os.Chmod(folder, 0o711) // the database's own user must enter
		}
		if err != nil {
			t.Fatal(err)
		}
		common.Folder, common.binary = folder, portaltest.Program(t)
		common.start(t)
	})
	if common.URL == "" {
		t.Fatal("the common demonstration did not start")
	}
	return &common.demonstration
}

// endCommon stops the common demonstration and leaves nothing of it.
func endCommon() {
	common.stop()
	if common.Folder != "" {
		_ = os.RemoveAll(common.Folder)
	}
}

func (d *demonstration) start(t *testing.T) {
	t.Helper()
	d.cmd = exec.Command(d.binary, "demo", "--data", filepath.Join(d.Folder, "data"), "--addr", "127.0.0.1:0")
	log, err := os.Create(filepath.Join(d.Folder, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	d.cmd.Stderr = log
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if url, ok := strings.CutPrefix(lines.Text(), "Passerelle: "); ok {
				ready <- url
			}
		}
		close(ready)
	}()
	select {
	case url, ok := <-ready:
		if !ok {
			content, _ := os.ReadFile(filepath.Join(d.Folder, "log"))
			t.Fatalf("the demonstration ended before it was ready:\n%s", content)
		}
		d.URL = url
	case <-time.After(90 * time.Second):
		t.Fatal("the demonstration was not ready in 90 s")
	}
	d.answers(t)
}

func (d *demonstration) answers(t *testing.T) {
	t.Helper()
	for range 100 {
		r, err := http.Get(d.URL + "/readyz")
		if err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the demonstration does not answer")
}

func (d *demonstration) stop() {
	if d.cmd == nil || d.cmd.Process == nil {
		return
	}
	_ = d.cmd.Process.Signal(os.Interrupt)
	_ = d.cmd.Wait()
	d.cmd = nil
}

// chromium is the path of the browser; where it is absent the test is skipped
// by name, and fails in CI.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("Chromium absent")
	}
	t.Skip("Chromium absent")
	return ""
}

// engine is one Chromium for the whole test binary; people get contexts of
// their own in it, which share no cookie.
var engine struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

func startEngine(path string) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("lang", "fr-FR"), chromedp.Flag("accept-lang", "fr-FR"), chromedp.WindowSize(1280, 1000),
		chromedp.Flag("disable-dev-shm-usage", true))
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	engine.ctx, engine.stop = ctx, func() { stop(); stopAllocator() }
	engine.err = chromedp.Do(ctx)
}

// browser is one person's browser window.
type browser struct {
	t       *testing.T
	ctx     context.Context
	url     string
	scripts bool
}

// newBrowser opens a window with cookies of its own, with JavaScript or not.
func newBrowser(t *testing.T, url string, scripts bool) *browser {
	t.Helper()
	path := chromium(t)
	engine.once.Do(func() { startEngine(path) })
	if engine.err != nil {
		t.Fatal(engine.err)
	}
	ctx, cancel := chromedp.NewContext(engine.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, url: url, scripts: scripts}
	b.prepare()
	return b
}

// tab opens a second tab of the same browser: same cookies.
func (b *browser) tab() *browser {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithExistingBrowserContext(chromedp.FromContext(b.ctx).BrowserContextID))
	b.t.Cleanup(cancel)
	other := &browser{t: b.t, ctx: ctx, url: b.url, scripts: b.scripts}
	other.prepare()
	return other
}

func (b *browser) prepare() {
	b.t.Helper()
	if err := chromedp.Do(b.ctx); err != nil {
		b.t.Fatal(err)
	}
	b.run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !b.scripts})
		return err
	}))
}

// patience is how long one action, or what it leads to, may take on a machine that
// does other things.
const patience = 40 * time.Second

// run does actions.
func (b *browser) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.fail("%v", err)
	}
}

// ask runs an action that gives a value.
func ask[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		b.fail("%v", err)
	}
	return value
}

// fail ends the test with what is on screen.
func (b *browser) fail(format string, args ...any) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	body, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + " " + document.title + "\n" + (document.querySelector("main") || document.body).innerText.slice(0, 3000)`))
	if folder := os.Getenv("PASSERELLE_TEST_SHOTS"); folder != "" {
		if shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100)); err == nil {
			_ = os.WriteFile(filepath.Join(folder, "failure.png"), shot, 0o600)
		}
	}
	b.t.Fatalf("%s\non %s", fmt.Sprintf(format, args...), body)
}

// open goes to a local path or a whole address.
func (b *browser) open(path string) {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.url + path
	}
	end := time.Now().Add(patience)
	for !b.arrives(path) {
		if time.Now().After(end) {
			b.fail("waited for %s", path)
		}
	}
}

// arrives navigates and reports whether the page that stands in the end, loaded, is the
// one of this navigation: the answer to something pressed just before may take its
// place, and the browser then tells the end of neither.
func (b *browser) arrives(address string) bool {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience/4)
	defer cancel()
	there, err := chromedp.Run(ctx, func(ctx context.Context, t *chromedp.Target) (page.NavigateResult, error) {
		return cdp.Call(ctx, t, page.Navigate, page.NavigateParams{URL: address})
	})
	if err != nil && ctx.Err() == nil {
		b.fail("%s: %v", address, err)
	}
	if there.ErrorText != "" && there.ErrorText != "net::ERR_ABORTED" {
		b.fail("%s: %s", address, there.ErrorText)
	}
	for ; err == nil && there.ErrorText == "" && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		stands := ask(b, func(ctx context.Context, t *chromedp.Target) (page.GetFrameTreeResult, error) {
			return cdp.Call(ctx, t, page.GetFrameTree, cdp.Empty{})
		})
		same := there.LoaderID == "" || stands.FrameTree.Frame.LoaderID == there.LoaderID
		if same && b.value("document.readyState") == "complete" {
			return true
		}
	}
	return false
}

// value evaluates an expression in the page; it works with scripts off too.
func (b *browser) value(expression string) string {
	b.t.Helper()
	return ask(b, chromedp.Evaluate[string]("String("+expression+")"))
}

// until waits for an expression to be true.
func (b *browser) until(what, expression string) {
	b.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		ctx, cancel := context.WithTimeout(b.ctx, 3*time.Second)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		cancel()
		if err == nil && ok {
			return
		}
		time.Sleep(40 * time.Millisecond)
	}
	b.fail("waited for %s", what)
}

// see waits for a text on the page.
func (b *browser) see(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("the text %q", text), fmt.Sprintf("document.body && document.body.innerText.replace(/[\\s\\u00a0\\u202f]+/g, ' ').includes(%q)", text))
}

// has reports a text on the page now.
func (b *browser) has(text string) bool {
	b.t.Helper()
	return b.value(fmt.Sprintf("document.body.innerText.replace(/[\\s\\u00a0\\u202f]+/g, ' ').includes(%q)", text)) == "true"
}

// heading waits for a page by its title.
func (b *browser) heading(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("the title %q", text), fmt.Sprintf("[...document.querySelectorAll('h1')].some(h => h.innerText.replace(/[\\s\\u00a0\\u202f]+/g, ' ').includes(%q))", text))
}

// fill replaces the text of a control, as typing does.
func (b *browser) fill(name, text string) {
	b.t.Helper()
	selector := fmt.Sprintf(`[name=%q]`, name)
	b.run(chromedp.WaitVisible(selector), do(fmt.Sprintf(`document.querySelector(%q).value = ''`, selector)), chromedp.SendKeys(selector, text))
}

// tick clicks a radio button or box by name and value.
func (b *browser) tick(name, value string) {
	b.t.Helper()
	selector := fmt.Sprintf(`[name=%q][value=%q]`, name, value)
	b.run(chromedp.WaitReady(selector), chromedp.Click(selector))
}

// press clicks the first visible button or link whose text contains the words.
func (b *browser) press(words string) {
	b.t.Helper()
	found := fmt.Sprintf(`[...document.querySelectorAll('main button, main a, main summary, dialog button, header button, header a, button, a')].find(e =>
		e.checkVisibility() && e.innerText.replace(/[\s\u00a0\u202f]+/g, ' ').includes(%q))`, words)
	b.until(fmt.Sprintf("a button or link %q", words), found)
	b.run(do(`{ const e = `+found+`; document.querySelectorAll('[data-pressed]').forEach(o => o.removeAttribute('data-pressed'));
		e.setAttribute('data-pressed', ''); e.scrollIntoView({block: 'center'}); window.pressed = true; }`), chromedp.Click(`[data-pressed]`))
}

// settle waits until what was pressed has been answered: another document
// without scripts; with them another one, or no request under way.
func (b *browser) settle() {
	b.t.Helper()
	if b.scripts {
		time.Sleep(300 * time.Millisecond)
		b.until("the answer", `document.readyState === 'complete' && !document.querySelector('.htmx-request')`)
		return
	}
	b.until("the answer", `!window.pressed && document.readyState === 'complete'`)
}

// click clicks a selector.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.run(chromedp.WaitVisible(selector), chromedp.ScrollIntoView(selector), chromedp.Click(selector))
}

// location is the path and query of the address bar.
func (b *browser) location() string {
	b.t.Helper()
	return b.value("location.pathname + location.search")
}

// do runs a script that gives nothing.
func do(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](script)
}

// TestMain closes the browser and the common demonstration when every test has ended.
func TestMain(m *testing.M) {
	portaltest.Main(m, endCommon, func() {
		if engine.stop != nil {
			engine.stop()
		}
	})
}

// command runs a subcommand on the demonstration's folder, beside it.
func (d *demonstration) command(args ...string) (string, error) {
	out, err := exec.Command(d.binary, append(args, "--data", filepath.Join(d.Folder, "data"))...).CombinedOutput()
	return string(out), err
}

// back presses the browser's Back.
func back() chromedp.Action[chromedp.Void] { return do("history.back()") }
