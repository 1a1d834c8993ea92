package journeys

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"passerelle/cmd/internal/portaltest"
)

// TestStorageByKeyboard is an administrator who checks the store without a mouse: the
// focus stays on what was pressed, or goes to what takes its place.
func TestStorageByKeyboard(t *testing.T) {
	demo := portaltest.StartDemo(t)
	k := &keeper{Browser: portaltest.NewBrowser(t, demo.URL, true), documents: filepath.Join(demo.Folder, "data", "documents")}
	k.SignIn("administration@passerelle.example.org", demoPassword)
	demo.Filled(t)
	k.checked()
	object := k.object()
	t.Run("P15.2 a check that is begun leaves the focus on its button, and gives it back at the end", func(t *testing.T) {
		release := k.hold(object)
		k.Open("/administration/stockage")
		k.press("verifier")
		k.at("verifier", "the check is begun")
		k.Until("the button says why it waits", `document.querySelector('#verifier[aria-disabled]')`)
		k.focus("tenir-verification")
		release()
		k.Until("the end of the check, without a press", `document.querySelector('#verifier:not([aria-disabled])')`)
		k.at("verifier", "the button that had the focus went with the check")
		k.See("Aucun constat")
	})
	t.Run("P15.2 suspended and resumed, the focus stays; stopped, it goes back", func(t *testing.T) {
		release := k.hold(object)
		k.press("verifier")
		k.Until("the check", `document.querySelector('#tenir-verification')`)
		for _, word := range []string{"Reprendre", "Suspendre"} {
			k.press("tenir-verification")
			k.Until(word, fmt.Sprintf(`document.querySelector('#tenir-verification').innerText.includes(%q)`, word))
			k.at("tenir-verification", word)
		}
		k.press("arreter-verification")
		k.Until("no check", `!document.querySelector('#arreter-verification')`)
		k.at("verifier", "stopped")
		release()
	})
}

type keeper struct {
	*portaltest.Browser
	documents string
}

// checked waits for the check of the day, which the portal makes by itself once it runs
// and which must not meet what is held.
func (k *keeper) checked() {
	k.T.Helper()
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		k.Open("/administration/stockage")
		if k.Has("Dernier rapprochement du jour") && k.Has("Aucun constat") {
			return
		}
	}
	k.Fail("no check of the day in 3 minutes")
}

// object is the smallest of the stored documents, which a pipe holds at once.
func (k *keeper) object() (found string) {
	k.T.Helper()
	least := int64(1 << 16)
	err := filepath.WalkDir(k.documents, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.Contains(path, ".tmp") {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Size() < least {
			found, least = path, info.Size()
		}
		return err
	})
	if err != nil || found == "" {
		k.T.Fatalf("no small document in the demonstration: %v", err)
	}
	return found
}

// hold has whoever reads an object wait, until release gives its bytes and puts it back;
// where nobody reads, release waits for nobody.
func (k *keeper) hold(object string) (release func()) {
	k.T.Helper()
	content, err := os.ReadFile(object)
	if err == nil {
		err = os.Rename(object, object+".held")
	}
	if err == nil {
		err = syscall.Mkfifo(object, 0o600)
	}
	if err != nil {
		k.T.Fatal(err)
	}
	return func() {
		k.T.Helper()
		pipe, err := os.OpenFile(object, os.O_RDWR, 0)
		if err == nil {
			err = os.Rename(object+".held", object)
		}
		if err == nil {
			_, err = pipe.Write(content)
			_ = pipe.Close()
		}
		if err != nil {
			k.T.Fatal(err)
		}
	}
}

func (k *keeper) focus(id string) {
	k.T.Helper()
	k.Until("#"+id, fmt.Sprintf(`document.querySelector('#%s')`, id))
	k.Run(portaltest.Do(fmt.Sprintf(`document.querySelector('#%s').focus()`, id)))
}

func (k *keeper) press(id string) {
	k.T.Helper()
	k.focus(id)
	k.Keys(kb.Enter)
}

// at expects the focus on the control of that id once what was pressed is answered.
func (k *keeper) at(id, when string) {
	k.T.Helper()
	k.Until(fmt.Sprintf("%s: the focus on %s", when, id), fmt.Sprintf(`document.readyState === 'complete' && document.activeElement.id === %q`, id))
}
