package handlers_test

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"passerelle/views/paths"
)

// TestBatchInBrowser decides for several with a script and a low window.
func TestBatchInBrowser(t *testing.T) {
	ctx := newChromium(t)
	s := newDeskSite(t)
	s.approved()
	s.approved()
	r := &reader{reviewSite: &reviewSite{deskSite: s}, ctx: ctx, url: "http://" + listen(t, s.App)}
	r.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.SetCookie, network.SetCookieParams{Name: "passerelle", Value: s.helene.Cookie("passerelle"), URL: r.url})
		if err == nil {
			_, err = cdp.Call(ctx, target, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1440, Height: 800, DeviceScaleFactor: 1})
		}
		return err
	}))
	t.Run("P9.1 the bar of what is selected is whole in a low window", func(t *testing.T) {
		r.do(chromedp.Navigate(r.url + paths.Desk()))
		r.until("the script", `document.querySelector('[data-bulk]')?.hidden === true`)
		r.value(`document.querySelectorAll('tbody input[type=checkbox]').forEach((box) => box.click()), ''`)
		if got := r.value(`String(document.querySelector('.desk__bulk').getBoundingClientRect().bottom <= innerHeight)`); got != "true" {
			t.Error("the bar is cut by the window")
		}
		if got := r.value(`String(document.querySelector('[name="tous"]').checkVisibility())`); got != "false" {
			t.Error("all those found are one press away")
		}
	})
	t.Run("P9.4 whatever is changed since the rehearsal holds the recording back, at once", func(t *testing.T) {
		r.value(`document.querySelector('[data-bulk] button').click(), ''`)
		r.until("the batch", `document.querySelectorAll('[name=decision]').length === 4`)
		if got := r.value(`String(document.querySelector('#date').checkVisibility())`); got != "false" {
			t.Error("another date is asked before it is chosen")
		}
		r.value(`document.querySelector('[name=decision][value=waitlisted]').click(), document.querySelector('#lot .batch__foot [value=repeter]').click(), ''`)
		r.until("the rehearsal", `document.querySelector('[data-record]')?.disabled === false`)
		if got := r.value(`String(document.querySelector('[data-record]').getBoundingClientRect().bottom <= innerHeight)`); got != "true" {
			t.Error("to record needs to scroll")
		}
		for _, change := range []struct{ do, undo string }{
			{`document.querySelector('[name=decision][value=accepted]').click()`, `document.querySelector('[name=decision][value=waitlisted]').click()`},
			{`{const at = document.querySelector('select[name^=pour_]'); at.value = 'refused'; at.dispatchEvent(new Event('change', {bubbles: true}))}`,
				`{const at = document.querySelector('select[name^=pour_]'); at.value = ''; at.dispatchEvent(new Event('change', {bubbles: true}))}`},
			{`{const at = document.querySelector('#message'); at.value = 'Un mot'; at.dispatchEvent(new Event('input', {bubbles: true}))}`,
				`{const at = document.querySelector('#message'); at.value = ''; at.dispatchEvent(new Event('input', {bubbles: true}))}`},
		} {
			r.value(`(() => {` + change.do + `; return ''})()`)
			if got := r.value(`String(document.querySelector('[data-record]').disabled) + (document.querySelector('[data-stale]').textContent !== '')`); got != "truetrue" {
				t.Errorf("%s: %s", change.do, got)
			}
			r.value(`(() => {` + change.undo + `; return ''})()`)
			if got := r.value(`String(document.querySelector('[data-record]').disabled)`); got != "false" {
				t.Errorf("%s: still held back", change.undo)
			}
		}
	})
}
