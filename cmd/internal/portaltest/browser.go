package portaltest

import (
	"context"
	"fmt"
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
)

// Chromium is the path of the browser; where it is absent the test is skipped
// by name, and fails in CI.
func Chromium(t *testing.T) string {
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

// Browser is one person's browser window.
type Browser struct {
	T       *testing.T
	Context context.Context
	URL     string // of the portal
	Scripts bool   // JavaScript is on
}

// NewBrowser opens a window with cookies of its own, with JavaScript or not.
func NewBrowser(t *testing.T, url string, scripts bool) *Browser {
	t.Helper()
	path := Chromium(t)
	engine.once.Do(func() { startEngine(path) })
	if engine.err != nil {
		t.Fatal(engine.err)
	}
	ctx, cancel := chromedp.NewContext(engine.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &Browser{T: t, Context: ctx, URL: url, Scripts: scripts}
	b.prepare()
	return b
}

// Tab opens a second tab of the same browser: same cookies.
func (b *Browser) Tab() *Browser {
	b.T.Helper()
	ctx, cancel := chromedp.NewContext(b.Context, chromedp.WithExistingBrowserContext(chromedp.FromContext(b.Context).BrowserContextID))
	b.T.Cleanup(cancel)
	other := &Browser{T: b.T, Context: ctx, URL: b.URL, Scripts: b.Scripts}
	other.prepare()
	return other
}

func (b *Browser) prepare() {
	b.T.Helper()
	if err := chromedp.Do(b.Context); err != nil {
		b.T.Fatal(err)
	}
	b.Run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !b.Scripts})
		return err
	}))
}

// Agent gives the browser another name than every other of this machine.
func (b *Browser) Agent(name string) {
	b.T.Helper()
	b.Run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: name})
		return err
	}))
}

// Patience is how long one action, or what it leads to, may take on a machine that
// does other things.
const Patience = 40 * time.Second

// Run does actions.
func (b *Browser) Run(actions ...chromedp.Action[chromedp.Void]) {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.Context, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.Fail("%v", err)
	}
}

// Ask runs an action that gives a value.
func Ask[T any](b *Browser, action chromedp.Action[T]) T {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.Context, Patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		b.Fail("%v", err)
	}
	return value
}

// Fail ends the test with what is on screen, and last what is amiss.
func (b *Browser) Fail(format string, args ...any) {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.Context, 5*time.Second)
	defer cancel()
	body, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + " " + document.title + "\n" + (document.querySelector("main") || document.body).innerText.slice(0, 3000)`))
	if folder := os.Getenv("PASSERELLE_TEST_SHOTS"); folder != "" {
		if shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100)); err == nil {
			_ = os.WriteFile(filepath.Join(folder, "failure.png"), shot, 0o600)
		}
	}
	b.T.Fatalf("on %s\n%s", body, fmt.Sprintf(format, args...))
}

// Open goes to a local path or a whole address.
func (b *Browser) Open(path string) {
	b.T.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.URL + path
	}
	b.answered()
	end := time.Now().Add(Patience)
	for !b.arrives(path) {
		if time.Now().After(end) {
			b.Fail("waited for %s", path)
		}
	}
}

// answered leaves what was pressed just before the time to be sent and answered:
// another address would take its place.
func (b *Browser) answered() {
	b.T.Helper()
	for end := time.Now().Add(Patience / 8); !b.Scripts && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(b.Context, 3*time.Second)
		waits, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!window.pressed"))
		cancel()
		if err == nil && !waits {
			return
		}
	}
}

// arrives navigates and reports whether the page that stands in the end, loaded, is the
// one of this navigation: the answer to something pressed just before may take its
// place, and the browser then tells the end of neither.
func (b *Browser) arrives(address string) bool {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.Context, Patience/4)
	defer cancel()
	there, err := chromedp.Run(ctx, func(ctx context.Context, t *chromedp.Target) (page.NavigateResult, error) {
		return cdp.Call(ctx, t, page.Navigate, page.NavigateParams{URL: address})
	})
	if err != nil && ctx.Err() == nil {
		b.Fail("%s: %v", address, err)
	}
	if there.ErrorText != "" && there.ErrorText != "net::ERR_ABORTED" {
		b.Fail("%s: %s", address, there.ErrorText)
	}
	for ; err == nil && there.ErrorText == "" && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		stands := Ask(b, func(ctx context.Context, t *chromedp.Target) (page.GetFrameTreeResult, error) {
			return cdp.Call(ctx, t, page.GetFrameTree, cdp.Empty{})
		})
		same := there.LoaderID == "" || stands.FrameTree.Frame.LoaderID == there.LoaderID
		if same && b.Value("document.readyState") == "complete" {
			return true
		}
	}
	return false
}

// Value evaluates an expression in the page; it works with scripts off too. A page that
// another takes the place of meanwhile is asked again.
func (b *Browser) Value(expression string) string {
	b.T.Helper()
	return read[string](b, "String("+expression+")")
}

// read evaluates an expression that changes nothing, again while pages follow each other.
func read[T any](b *Browser, expression string) T {
	b.T.Helper()
	for end := time.Now().Add(Patience); ; time.Sleep(40 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(b.Context, Patience/8)
		value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
		cancel()
		if err == nil {
			return value
		}
		if time.Now().After(end) {
			b.Fail("%s: %v", expression, err)
		}
	}
}

// Until waits for an expression to be true.
func (b *Browser) Until(what, expression string) {
	b.T.Helper()
	for end := time.Now().Add(Patience); time.Now().Before(end); {
		ctx, cancel := context.WithTimeout(b.Context, 3*time.Second)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		cancel()
		if err == nil && ok {
			return
		}
		time.Sleep(40 * time.Millisecond)
	}
	b.Fail("waited for %s", what)
}

// See waits for a text on the page.
func (b *Browser) See(text string) {
	b.T.Helper()
	b.Until(fmt.Sprintf("the text %q", text), fmt.Sprintf("document.body && document.body.innerText.replace(/[\\s\\u00a0\\u202f]+/g, ' ').includes(%q)", text))
}

// Has reports a text on the page now.
func (b *Browser) Has(text string) bool {
	b.T.Helper()
	return b.Value(fmt.Sprintf("document.body.innerText.replace(/[\\s\\u00a0\\u202f]+/g, ' ').includes(%q)", text)) == "true"
}

// Heading waits for a page by its title.
func (b *Browser) Heading(text string) {
	b.T.Helper()
	b.Until(fmt.Sprintf("the title %q", text), fmt.Sprintf("[...document.querySelectorAll('h1')].some(h => h.innerText.replace(/[\\s\\u00a0\\u202f]+/g, ' ').includes(%q))", text))
}

// Settle waits until what was pressed has been answered: another document
// without scripts; with them another one, or no request under way.
func (b *Browser) Settle() {
	b.T.Helper()
	if b.Scripts {
		time.Sleep(300 * time.Millisecond)
		b.Until("the answer", `document.readyState === 'complete' && !document.querySelector('.htmx-request')`)
		return
	}
	b.Until("the answer", `!window.pressed && document.readyState === 'complete'`)
}

// Location is the path and query of the address bar.
func (b *Browser) Location() string {
	b.T.Helper()
	return b.Value("location.pathname + location.search")
}

// Do runs a script that gives nothing.
func Do(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](script)
}
