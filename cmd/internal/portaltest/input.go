package portaltest

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Fill replaces the text of a control, as typing does.
func (b *Browser) Fill(name, text string) {
	b.T.Helper()
	control := fmt.Sprintf(`[...document.querySelectorAll('[name=%q]')].find(e => e.checkVisibility())`, name)
	b.Until("the control "+name, control)
	for range 3 { // an answer that changes the page meanwhile may take the focus away
		b.Run(Do(fmt.Sprintf(`{ const e = %s; if (e) { e.scrollIntoView({block: 'center', behavior: 'instant'}); e.focus(); e.value = ''; } }`, control)), chromedp.KeyEvent(text))
		if b.Value(fmt.Sprintf(`(e => e && (e.value === %q || !e.matches('textarea, input:not([type=date], [type=time], [type=number])')))(%s)`, text, control)) == "true" {
			return
		}
	}
	b.Fail("%q was not taken by the control %s", text, name)
}

// Tick clicks a radio button or box by name and value.
func (b *Browser) Tick(name, value string) {
	b.T.Helper()
	b.click(fmt.Sprintf("%s of %s", value, name), fmt.Sprintf(`document.querySelector('[name=%q][value=%q]')`, name, value))
}

// Press clicks the first visible button or link whose text contains the words.
func (b *Browser) Press(words string) {
	b.T.Helper()
	b.click(fmt.Sprintf("a button or link %q", words), fmt.Sprintf(`[...document.querySelectorAll('main button, main a, main summary, dialog button, header button, header a, button, a')].find(e =>
		e.checkVisibility() && e.innerText.replace(/[\s\u00a0\u202f]+/g, ' ').includes(%q))`, words))
}

// Click clicks the first element of a selector.
func (b *Browser) Click(selector string) {
	b.T.Helper()
	b.click(selector, fmt.Sprintf(`document.querySelector(%q)`, selector))
}

// click waits for an element that is there and stays where it is, then presses the mouse
// on its middle. The place is asked of the page, not of the tree of nodes that the
// browser's protocol mirrors: an answer that changes the page renumbers these.
func (b *Browser) click(what, element string) {
	b.T.Helper()
	place := fmt.Sprintf(`(e => {
		if (!e || document.readyState === 'loading') return [];
		e.scrollIntoView({block: 'center', behavior: 'instant'});
		const box = e.getClientRects()[0];
		window.pressed = e.matches('a:not([download]), button');
		return box && box.width ? [box.x + box.width / 2, box.y + box.height / 2] : [];
	})(%s)`, element)
	var before []float64
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(40 * time.Millisecond) {
		at := read[[]float64](b, place)
		if len(at) == 2 && slices.Equal(at, before) {
			b.Run(chromedp.MouseClickXY(at[0], at[1]))
			return
		}
		before = at
	}
	b.Fail("waited for %s", what)
}

// Keys presses keys one after the other, as a keyboard does: a key that the page takes
// for itself writes nothing where the focus goes.
func (b *Browser) Keys(keys string, modifiers ...chromedp.Modifier) {
	b.T.Helper()
	for _, one := range keys {
		k, ok := kb.Keys[one]
		if !ok || len(modifiers) > 0 || !k.Print {
			b.Run(chromedp.KeyEvent(string(one), chromedp.KeyModifiers(modifiers...)))
			continue
		}
		b.Run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeChar, input.DispatchKeyEventTypeKeyUp} {
				event := input.DispatchKeyEventParams{Type: kind, Key: k.Key, Code: k.Code, WindowsVirtualKeyCode: k.Windows, NativeVirtualKeyCode: k.Native}
				if kind == input.DispatchKeyEventTypeChar {
					event.Text, event.UnmodifiedText = k.Text, k.Unmodified
				}
				if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, event); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

// File is a file as the person has it.
type File struct {
	Name    string
	Content []byte
}

// Files makes files in the page: a variable that scripts of the test can drop.
func (b *Browser) Files(all ...File) {
	b.T.Helper()
	script := "{ window.given = new DataTransfer();"
	for _, f := range all {
		script += fmt.Sprintf("given.items.add(new File([Uint8Array.from(atob(%q), c => c.charCodeAt(0))], %q));",
			base64.StdEncoding.EncodeToString(f.Content), f.Name)
	}
	b.Run(Do(script + "}"))
}

// Choose gives a file to a chooser, as the person's own dialog does.
func (b *Browser) Choose(selector string, f File) {
	b.T.Helper()
	b.Files(f)
	b.Run(Do(fmt.Sprintf(`{ const e = document.querySelector(%q); e.files = given.files; e.dispatchEvent(new Event('change', {bubbles: true})); }`, selector)))
}

// Drop lets files fall on an element.
func (b *Browser) Drop(selector string, all ...File) {
	b.T.Helper()
	b.Files(all...)
	b.Run(Do(fmt.Sprintf(`document.querySelector(%q).dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: given}))`, selector)))
}
