package handlers_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"passerelle/handlers/handlerstest"
	"passerelle/views/paths"
)

// TestStepOnASlowNetwork presses buttons of a step before the answer to what was pressed
// before them.
func TestStepOnASlowNetwork(t *testing.T) {
	ctx := newChromium(t)
	w := handlerstest.NewWorld(t)
	me := w.Account("camille.lente@example.org", "Camille", "Martin")
	id := w.Begin(me, w.Course.Session).String()
	r := &reader{reviewSite: &reviewSite{deskSite: &deskSite{World: w}}, ctx: ctx, url: "http://" + listen(t, w.App)}
	for _, name := range []string{"passerelle"} {
		r.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, network.SetCookie, network.SetCookieParams{Name: name, Value: me.Cookie(name), URL: r.url})
			return err
		}))
	}
	const tick, add = `document.querySelector('input[name=funding][value=%s]').click();`, `document.querySelector('button[name=_add]').click();`
	for _, one := range []struct {
		name, script string
		rows         int
	}{
		{"an answer, then at once a line", fmt.Sprintf(tick, "self") + add, 1},
		{"a line, then at once an answer", add + fmt.Sprintf(tick, "other"), 1},
		{"an answer, then a line while it is saved", fmt.Sprintf(tick, "self") + "setTimeout(() => {" + add + "}, 100);", 1},
		{"two lines", add + add, 2},
	} {
		t.Run("P5.5 nothing pressed is lost: "+one.name, func(t *testing.T) {
			r.do(chromedp.Navigate(r.url + paths.Step(id, 3)))
			r.until("the form", `document.querySelector('#etape[data-htmx-powered], #etape button[name=_add][data-htmx-powered]')`)
			r.run(`{ const straight = window.fetch; window.asked = 0; window.fetch = async (...all) => { asked++; await new Promise((done) => setTimeout(done, 300)); try { return await straight(...all); } finally { asked--; } }; }`)
			r.run("{" + one.script + "}")
			r.until("the lines", fmt.Sprintf(`new Set([...document.querySelectorAll('[name^="past_courses/"]')].map((e) => e.name.split('/')[1])).size === %d`, one.rows))
			r.run(`window.quiet = 0`)
			r.until("a silence", `(window.quiet = asked === 0 ? quiet + 1 : 0) > 40`)
			if got := r.value(`new Set([...document.querySelectorAll('[name^="past_courses/"]')].map((e) => e.name.split('/')[1])).size`); got != fmt.Sprint(one.rows) {
				t.Errorf("%s lines in the end", got)
			}
		})
	}
	t.Run("P5.5 each post of a page tells its turn, one sent by the browser itself included", func(t *testing.T) {
		r.do(chromedp.Navigate(r.url + paths.Step(id, 1)))
		r.until("the form", `document.querySelector('#etape[data-htmx-powered], #etape [data-htmx-powered]')`)
		const last = `SELECT coalesce(max(value::bigint), 0) FROM answers, jsonb_each_text(turns) WHERE application_id = $1`
		before := w.Count(last, id)
		r.run(`document.querySelector('#etape button[name=vers][value=suite], #etape button.button--primary').click()`)
		r.until("an answer", `document.readyState === 'complete' && !document.querySelector('#etape.htmx-request')`)
		for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if w.Count(last, id) > before {
				return
			}
		}
		t.Errorf("turn %d before and after", before)
	})
}
