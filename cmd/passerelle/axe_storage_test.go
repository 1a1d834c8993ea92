package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"passerelle/cmd/internal/portaltest"
	"passerelle/models/seed"
	"passerelle/storage"
	"passerelle/storage/storagetest"
)

// storage walks the console of the stored files, by the keyboard where something is
// done: a check, what it finds, what is asked about it, the rules of retention.
func (v *visit) storage() {
	folder := filepath.Join(v.demo.Folder, "data", "documents")
	disk, err := storage.OpenDisk(folder)
	if err != nil {
		v.Fatal(err)
	}
	key := storage.NewKey()
	storagetest.Write(v.T, disk, key, []byte("left over"))
	old := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(filepath.Join(folder, key), old, old); err != nil {
		v.Fatal(err)
	}
	b := v.as(seed.Administrator)
	v.goes(b, "/administration/stockage", "storage")
	v.press(b, "#verifier")
	b.Until("the check at its end, without a press", `document.querySelector('main a[href$="/constats/orphelins"]') && document.querySelector('#verifier:not([aria-disabled])')`)
	b.Until("P15.2 the focus on the button of the check", `document.activeElement.id === 'verifier'`)
	v.check(b, "storage, with a finding")
	v.goes(b, "/administration/stockage?par=structure", "storage by structure")
	v.goes(b, "/administration/stockage/constats/orphelins", "objects without a row")
	b.Run(portaltest.Do(`document.querySelector('[name=choix]').click()`))
	v.press(b, `button[formaction$="/effacer"]`)
	b.Until("the question", `location.pathname.endsWith('/effacer')`)
	v.opened(b, "erase, asked")
	v.press(b, `main form[method=post] .button--danger`)
	b.Until("the order", `location.pathname === '/administration/stockage' && document.querySelector('.banner--ok')`)
	b.Until("nothing left", `document.body.innerText.includes('Aucun constat')`)
	v.check(b, "storage, mended")
	v.goes(b, "/administration/stockage/constats/quarantaine", "quarantine, empty")
	v.goes(b, "/administration/stockage/deplacement", "move, nowhere to go")
	v.goes(b, "/administration/stockage/conservation", "retention")
	b.Run(portaltest.Do(`document.querySelector('#approver_kept_days').value = '4000'`))
	v.send(b, "#approver_kept_days")
	v.check(b, "retention with errors")
}

// press puts the focus on an element, presses Enter and waits for the page it leads to.
func (v *visit) press(b *portaltest.Browser, selector string) {
	v.Helper()
	b.Run(portaltest.Do(fmt.Sprintf(`window.pressed = true; document.querySelector(%q).focus()`, selector)), chromedp.KeyEvent(kb.Enter))
	b.Until("the answer", `!window.pressed && document.readyState === 'complete'`)
}
