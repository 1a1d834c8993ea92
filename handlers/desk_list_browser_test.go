package handlers_test

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// TestDeskListByPointer ticks lines of the officer's list with a hand that shakes.
func TestDeskListByPointer(t *testing.T) {
	ctx := newChromium(t)
	s := newDeskSite(t)
	s.approved()
	s.approved()
	r := &reader{reviewSite: &reviewSite{deskSite: s}, ctx: ctx, url: "http://" + listen(t, s.App)}
	r.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.SetCookie, network.SetCookieParams{Name: "passerelle", Value: s.helene.Cookie("passerelle"), URL: r.url})
		return err
	}))
	t.Run("P15.2 the target of a line's box is 24 pixels wide and high at least", func(t *testing.T) {
		r.do(chromedp.Navigate(r.url + "/bureau"))
		r.until("two lines", `document.querySelectorAll('[data-row] input[type=checkbox]').length === 2`)
		if got := r.value(`[...document.querySelectorAll('[data-keys] input[type=checkbox]')].flatMap((box) => {
			const at = box.getBoundingClientRect(), x = at.x + at.width / 2, y = at.y + at.height / 2;
			return [[0, 0], [-11.5, 0], [11.5, 0], [0, -11.5], [0, 11.5], [-11.5, -11.5], [11.5, 11.5]].filter(([dx, dy]) => document.elementFromPoint(x + dx, y + dy) !== box);
		}).join(' ')`); got != "" {
			t.Errorf("missed at %s", got)
		}
	})
}
