package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"passerelle/cmd/internal/portaltest"
)

// TestKeyboard walks the applicant's path without touching a mouse.
func TestKeyboard(t *testing.T) {
	if testing.Short() {
		t.Skip("tabbing from the front page to the recapitulation takes half a minute")
	}
	t.Run("P15.2 keyboard alone from the front page to the recapitulation", func(t *testing.T) {
		k := typist{portaltest.NewBrowser(t, portaltest.CommonDemo(t).URL, true)}
		k.skip()
		k.search()
		k.begin()
		k.refused()
		k.situation()
		k.rest()
		k.recapitulation()
	})
}

// typist is somebody with a keyboard and no mouse.
type typist struct{ *portaltest.Browser }

// ring reports that the focus is seen: an outline on what has it, or on what
// holds it, in the window and not under something else.
const ring = `(() => {
	const e = document.activeElement;
	const outlined = x => x && getComputedStyle(x).outlineStyle !== 'none' && parseFloat(getComputedStyle(x).outlineWidth) >= 2;
	let holder = e;
	for (let n = 0; n < 3 && holder && !outlined(holder); n++) holder = holder.parentElement;
	if (!outlined(holder)) return 'no outline';
	const r = e.getBoundingClientRect();
	const points = [[.5, .5], [.1, .2], [.9, .2], [.1, .8], [.9, .8]].map(([x, y]) => [r.left + r.width * x, r.top + r.height * y]);
	const seen = points.some(([x, y]) => { const top = document.elementFromPoint(x, y); return top && (e.contains(top) || top.contains(e) && top !== document.body || top.closest('label')?.control === e); });
	return seen ? '' : 'out of sight';
})()`

// where says what has the focus, for messages.
const where = `(e => e.tagName.toLowerCase() + ' ' + (e.id || e.name || '') + ' ' + (e.innerText || e.value || '').trim().slice(0, 40))(document.activeElement)`

func (k typist) key(keys string, modifiers ...chromedp.Modifier) {
	k.T.Helper()
	k.Run(chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// enter presses Enter as a keyboard does: a link that it follows keeps the
// character from whatever has the focus next.
func (k typist) enter() {
	k.T.Helper()
	k.Run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeChar, input.DispatchKeyEventTypeKeyUp} {
			event := input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13}
			if kind == input.DispatchKeyEventTypeChar {
				event.Text, event.UnmodifiedText = "\r", "\r"
			}
			if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, event); err != nil {
				return err
			}
		}
		return nil
	}))
}

// tab goes to the next stop, which must be seen.
func (k typist) tab(modifiers ...chromedp.Modifier) {
	k.T.Helper()
	k.key(kb.Tab, modifiers...)
	if hidden := k.Value(ring); hidden != "" {
		k.T.Errorf("%s: the focus on %s is not seen: %s", k.Location(), k.Value(where), hidden)
	}
}

// arrived is true once a page has given the focus to its title and drawn itself: a
// person sees it before they press a key.
const arrived = `document.readyState === 'complete' && !document.querySelector('.htmx-request') &&
	(window.drawn ??= (requestAnimationFrame(() => requestAnimationFrame(() => { window.drawn = 2 })), 1)) === 2`

// to tabs until the focus is on what the selector names.
func (k typist) to(selector string) {
	k.T.Helper()
	k.Until("a page that stands", arrived)
	for range 150 {
		k.tab()
		if k.Value(fmt.Sprintf(`document.activeElement.matches(%q)`, selector)) == "true" {
			return
		}
	}
	k.Fail("Tab never reaches %s", selector)
}

// writes tabs to a field and types.
func (k typist) writes(name, text string) {
	k.T.Helper()
	k.to(fmt.Sprintf(`[name=%q]`, name))
	k.key(text)
}

// holds waits for the focus to be on what the selector names.
func (k typist) holds(selector, why string) {
	k.T.Helper()
	k.Until(fmt.Sprintf("the focus on %s, %s", selector, why), fmt.Sprintf(`document.activeElement.matches(%q)`, selector))
}

// titled waits for a page whose title has the focus.
func (k typist) titled(title string) {
	k.T.Helper()
	k.Heading(title)
	k.holds("h1", "on arrival")
}

func (k typist) skip() {
	k.Open("/")
	k.tab()
	k.holds("a.skip", "first stop of the page")
	k.enter()
	k.holds("#contenu", "after the skip link")
	k.tab()
	k.holds("main [name=q]", "first stop of the content")
}

func (k typist) search() {
	k.key("infirmiere")
	k.enter()
	k.Until("the results", `location.pathname === '/recherche' && document.querySelector('.result__title')`)
	k.to(`[name=inscription][value=ouverte]`)
	k.key(" ")
	k.Until("the filter in the address", `new URLSearchParams(location.search).getAll('inscription').includes('ouverte') && !document.querySelector('.htmx-request')`)
	k.holds(`[name=inscription][value=ouverte]`, "a filter does not move it")
	k.to(".result__title a")
	k.enter()
	k.Until("the course", `location.pathname.startsWith('/formations/')`)
}

func (k typist) begin() {
	k.to(`main form[action^="/sessions/"] button`)
	k.enter()
	k.titled("Identité")
}

// refused types a wrong address: the summary takes the focus and leads to the
// field.
func (k typist) refused() {
	k.writes("birth_name", "Martin")
	k.writes("first_name", "Lucie")
	k.writes("birth_date", "12/04/1988")
	k.writes("email", "lucie@")
	k.to(`[name=_go][value=suite]`)
	k.enter()
	k.holds("[data-error-summary]", "after a refusal")
	k.to("[data-error-summary] a")
	k.enter()
	k.holds("[name=email]", "from the summary")
	k.key(kb.End + strings.Repeat(kb.Backspace, len("lucie@")))
	k.key("lucie.martin@exemple.example.org")
	k.enter()
	k.titled("Situation professionnelle")
}

// situation answers questions that bring others.
func (k typist) situation() {
	k.to("[name=status]")
	k.key(" ")
	k.Until("the questions of a civil servant", `document.querySelector('[name=civil_service]')`)
	k.holds("[name=status]", "new questions do not move it")
	k.to("[name=civil_service]")
	k.key(" ")
	k.key(kb.ArrowDown)
	k.Until("the second answer", `document.querySelectorAll('[name=civil_service]')[1].checked`)
	k.to("[name=category]")
	k.key(" ")
	k.writes("employer.name", "limoges")
	k.Until("the list", `document.querySelector('[role=listbox] [role=option]')?.checkVisibility()`)
	k.key(kb.ArrowDown)
	k.enter()
	k.Until("the choice", `document.querySelector('[name="employer.name"]').value !== 'limoges' && location.pathname.endsWith('/etapes/2')`)
	k.holds(`[name="employer.name"]`, "after a choice in the list")
	k.writes("job_title", "Responsable de médiathèque")
	k.tab(chromedp.ModifierShift)
	k.to("[name=job_title]")
	k.enter()
	k.titled("Contexte et attentes")
}

func (k typist) rest() {
	k.writes("missions", "Diriger une équipe de six agents.")
	k.writes("why_now", "Une réorganisation commence en janvier.")
	k.to("[name=funding]")
	k.key(" ")
	k.to(`[name=_go][value=suite]`)
	k.enter()
	k.titled("Supérieur hiérarchique")
	for _, field := range [][2]string{{"manager_last_name", "Renaud"}, {"manager_first_name", "Sylvie"}, {"manager_function", "Directrice"},
		{"manager_email", "sylvie.renaud@mairie.example.org"}} {
		k.writes(field[0], field[1])
	}
	k.enter()
	k.titled("Relisez")
}

// recapitulation leads back to a block and sends.
func (k typist) recapitulation() {
	k.to(`a[href*="/etapes/2"]:not(.stepper a)`)
	k.enter()
	k.Until("the block to mend", `location.pathname.endsWith('/etapes/2')`)
	k.Run(portaltest.Do("history.back()"))
	k.titled("Relisez")
	for _, box := range []string{"accuracy", "data_notice"} {
		k.to(fmt.Sprintf(`[name=%s]`, box))
		k.key(" ")
	}
	time.Sleep(50 * time.Millisecond)
	if k.Value(`document.querySelectorAll('[name=accuracy]:checked, [name=data_notice]:checked').length`) != "2" {
		k.Fail("the space bar does not tick")
	}
}
