package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/views/paths"
	"passerelle/views/print"
)

// reader is an officer at a keyboard, in a real browser, before a portal on a real socket.
type reader struct {
	*reviewSite
	ctx   context.Context
	url   string
	id    models.ID
	files map[string]string // names of the pieces that are no PDF
}

// newReader opens a dossier of six pieces of real pages; those named are pictures.
func newReader(t *testing.T, pictures ...string) *reader {
	t.Helper()
	ctx := newChromium(t)
	s := &reviewSite{deskSite: newDeskSite(t)}
	s.session = s.NewSession(s.Course)
	specs := []dossier.Spec{}
	for n := 1; n <= 6; n++ {
		specs = append(specs, dossier.Spec{Key: fmt.Sprintf("piece%d", n), Kind: dossier.KindOther, Title: form.Text{FR: fmt.Sprintf("Pièce %d", n)}, Formats: []string{"pdf", "jpg", "png"},
			MaxBytes: 5 << 20, Required: true, Fields: []string{"job_title"}, Reasons: []form.Text{{FR: "Illisible"}, {FR: "Périmée"}},
			EndDate: len(pictures) > 0 && n == 3})
	}
	s.InTx(func(ctx context.Context, tx models.Tx) error {
		list, err := dossier.SaveList(ctx, tx, models.Operator(), dossier.List{Key: "clavier", Name: form.Text{FR: "Clavier"}, Specs: specs})
		if err == nil {
			_, err = tx.PGX.Exec(ctx, `UPDATE sessions SET requirement_list_id = $2 WHERE id = $1`, s.session, list)
		}
		return err
	})
	r := &reader{reviewSite: s, ctx: ctx, files: map[string]string{}}
	for _, name := range pictures {
		r.files[strings.TrimSuffix(name, filepath.Ext(name))] = name
	}
	r.id = r.given()
	r.url = "http://" + listen(t, s.App)
	for name, value := range map[string]string{"passerelle": s.helene.Cookie("passerelle")} {
		r.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: r.url})
			return err
		}))
	}
	return r
}

// given is a dossier sent with a real PDF of three pages at each place.
func (r *reader) given() models.ID {
	t := r.T
	r.who = r.applicant()
	id := r.Begin(r.who, r.session)
	for key, slot := range r.slots(id) {
		if !strings.HasPrefix(key, "piece") {
			continue // the form's own, optional
		}
		name := r.files[key]
		content, err := picture(name)
		if name == "" {
			name = key + ".pdf"
			content, err = print.Model("Modèle "+key, strings.Split(strings.Repeat("une ligne,", 45), ","))
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Portal.Documents.Deposit(context.Background(), r.who.Actor, id, slot.ID, 1, name, content); err != nil {
			t.Fatal(err)
		}
	}
	r.MoveClock(time.Minute)
	r.Fill(r.who, id)
	posted := r.Recap(r.who, id)
	r.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.Submit(ctx, tx, r.who.Actor, id, application.SubmitInput{Posted: posted})
		return err
	})
	return id
}

// picture is a card photographed, in the format of its name.
func picture(name string) (content []byte, err error) {
	card := image.NewRGBA(image.Rect(0, 0, 1200, 800))
	for y := range 800 {
		for x := range 1200 {
			shade := uint8(120 + (x*7+y*13)%120)
			card.Set(x, y, color.RGBA{shade, uint8(x / 5), uint8(y / 4), 255})
		}
	}
	var out bytes.Buffer
	if filepath.Ext(name) == ".png" {
		err = png.Encode(&out, card)
	} else {
		err = jpeg.Encode(&out, card, nil)
	}
	return out.Bytes(), err
}

// newChromium starts a browser, or skips where there is none; in CI it must be there.
func newChromium(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser at work takes half a minute")
	}
	found := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			found = path
			break
		}
	}
	if found == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("Chromium absent")
		}
		t.Skip("Chromium absent")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found), chromedp.NoSandbox, chromedp.Flag("lang", "fr-FR"),
		chromedp.Flag("accept-lang", "fr-FR"), chromedp.Flag("disable-dev-shm-usage", true), chromedp.WindowSize(1280, 900))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

func (r *reader) do(actions ...chromedp.Action[chromedp.Void]) {
	r.T.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, 60*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		r.T.Fatal(err)
	}
}

func (r *reader) run(script string) {
	r.T.Helper()
	r.do(chromedp.Evaluate[chromedp.Void](script))
}

// key presses keys one after the other as a keyboard does: a key that the page takes
// for itself writes nothing where the focus goes.
func (r *reader) key(keys string, modifiers ...chromedp.Modifier) {
	r.T.Helper()
	for _, one := range keys {
		k, ok := kb.Keys[one]
		if !ok || len(modifiers) > 0 || !k.Print {
			r.do(chromedp.KeyEvent(string(one), chromedp.KeyModifiers(modifiers...)))
			continue
		}
		r.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
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

func (r *reader) value(expression string) string {
	r.T.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, 60*time.Second)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[string]("(async () => String(await ("+expression+")))()", chromedp.EvalAwaitPromise))
	if err != nil {
		r.T.Fatalf("%s: %v", expression, err)
	}
	return value
}

func (r *reader) until(what, expression string) {
	r.T.Helper()
	end := time.Now().Add(40 * time.Second)
	for time.Now().Before(end) {
		ctx, cancel := context.WithTimeout(r.ctx, 3*time.Second)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		cancel()
		if err == nil && ok {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	r.fail("waited for " + what)
}

func (r *reader) fail(words string) {
	r.T.Helper()
	r.shoot("failure")
	r.T.Fatalf("%s\nfocus: %s\n%s", words, r.value(`document.activeElement.outerHTML.slice(0, 200)`), r.value(`document.querySelector("main").innerText.slice(0, 1500)`))
}

// shoot keeps a picture where PASSERELLE_TEST_SHOTS says.
func (r *reader) shoot(name string) {
	folder := os.Getenv("PASSERELLE_TEST_SHOTS")
	if folder == "" {
		return
	}
	if shot, err := chromedp.Run(r.ctx, chromedp.CaptureScreenshot()); err == nil {
		_ = os.WriteFile(filepath.Join(folder, name+".png"), shot, 0o600)
	}
}

func (r *reader) open(pairs ...string) {
	r.T.Helper()
	r.do(chromedp.Navigate(r.url + paths.With(paths.DeskReview(r.id.String()), pairs...)))
	r.until("the script", `document.readyState === 'complete' && document.querySelector('a.piece[aria-current]')`)
}

// on waits for a piece to be on screen, its line current and its image drawn.
func (r *reader) on(key string) {
	r.T.Helper()
	r.until(key+" on screen", fmt.Sprintf(`document.getElementById('r-page').dataset.piece === %q && document.querySelector('[data-r-piece=%q] a').ariaCurrent === 'true' &&
		document.querySelector('#r-page img').complete && document.querySelector('#r-page img').naturalWidth > 0`, key, key))
}

func (r *reader) verdicts(kind string, want int) {
	r.T.Helper()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		if r.Count(`SELECT count(*) FROM verdicts WHERE kind = $1 AND superseded_at IS NULL`, kind) == want {
			return
		}
	}
	r.fail(fmt.Sprintf("%d verdicts %q, want %d", r.Count(`SELECT count(*) FROM verdicts WHERE kind = $1 AND superseded_at IS NULL`, kind), kind, want))
}

const focusInDesk = `document.activeElement.matches('a.piece[aria-current]')`

func TestReviewByKeyboard(t *testing.T) {
	r := newReader(t)
	r.open()
	r.on("piece1")
	t.Run("P17.7 v judges and the next piece is there, the focus on it", func(t *testing.T) {
		r.key("v")
		r.on("piece2")
		r.until("the focus on the next piece", focusInDesk)
		r.verdicts("valid", 1)
		r.until("the list says so", `document.querySelector('[data-r-piece=piece1]').dataset.verdict !== ''`)
	})
	t.Run("P17.7 r goes to the reason, Ctrl Enter sends it", func(t *testing.T) {
		r.key("r")
		r.until("the reason", `document.activeElement.id === 'r-motif'`)
		r.key(kb.ArrowDown + kb.ArrowDown)
		r.key("\r", chromedp.ModifierCtrl)
		r.on("piece3")
		r.verdicts("refused", 1)
		if n := r.Count(`SELECT count(*) FROM verdicts WHERE reason = 'Périmée'`); n != 1 {
			r.fail("the reason is not kept")
		}
	})
	t.Run("WCAG 2.1.4 letters are silent while one writes", func(t *testing.T) {
		r.key("a")
		r.until("the words", `document.activeElement.id === 'r-mot'`)
		r.key("vraiment, non ?")
		if got := r.value(`document.activeElement.value`); got != "vraiment, non ?" || r.value(`document.getElementById('r-page').dataset.piece`) != "piece3" {
			r.fail("typed " + got)
		}
		r.key("\r", chromedp.ModifierCtrl)
		r.on("piece4")
		r.verdicts("to_complete", 1)
	})
	t.Run("P7.6 u takes the last verdict back, on its piece", func(t *testing.T) {
		r.key("u")
		r.on("piece3")
		r.verdicts("to_complete", 0)
		r.until("to review again", `document.querySelector('[data-r-piece=piece3]').dataset.standing === 'todo'`)
	})
	t.Run("P9.2 n p and g with a number walk, the arrows turn the pages", func(t *testing.T) {
		r.key("n")
		r.on("piece4")
		r.key("p")
		r.on("piece3")
		r.key("g6")
		r.on("piece6")
		r.key(kb.ArrowRight)
		r.until("page 2", `document.getElementById('r-page').dataset.page === '2' && location.search.includes('page=2')`)
		r.key(kb.ArrowLeft)
		r.until("page 1", `document.getElementById('r-page').dataset.page === '1'`)
	})
	t.Run("P7.6 zoom and quarter turns", func(t *testing.T) {
		width := `document.querySelector('.viewer__image').getBoundingClientRect().width`
		before := r.value(width)
		r.key("++")
		r.until("larger", width+" > "+before)
		r.key("t")
		r.until("turned", `document.getElementById('r-scene').dataset.turn === '90'`)
		r.key("ttt0")
		r.until("as before", `document.getElementById('r-scene').dataset.turn === '0' && `+width+" == "+before)
	})
	t.Run("P17.7 the text of the page can be selected", func(t *testing.T) {
		r.until("the text", `[...document.querySelectorAll('.viewer__text text')].some(e => e.textContent.includes('Modèle'))`)
	})
	t.Run("P17.7 c aims, arrows move, Enter sets, the remark is pinned there", func(t *testing.T) {
		r.key("c")
		r.until("the mark", `document.querySelector('.viewer__aim')`)
		r.key(kb.ArrowDown + kb.ArrowRight)
		r.key("\r")
		r.until("the words of the remark", `document.activeElement.id === 'r-texte'`)
		r.key("La date manque.")
		r.key("\r", chromedp.ModifierCtrl)
		r.until("the pin", `document.querySelectorAll('.pin-of').length === 1 && document.querySelector('[data-r-remarks]').innerText.includes('La date manque.')`)
		if n := r.Count(`SELECT count(*) FROM remarks WHERE x BETWEEN 0.505 AND 0.515`); n != 1 {
			r.fail("the place is not kept")
		}
	})
	t.Run("P9.2 F6 goes from pane to pane, ? opens the sheet of keys", func(t *testing.T) {
		r.until("the focus where the remark was pinned", `document.activeElement.id === 'r-scene'`)
		for _, pane := range []string{"r-avis", "r-pieces", "r-page"} {
			r.key(kb.F6)
			r.until("the focus in "+pane, fmt.Sprintf(`document.activeElement.closest('[data-r-pane]')?.id === %q`, pane))
		}
		r.key("?")
		r.until("the sheet", `document.querySelector('#touches:modal')`)
		r.shoot("aide")
		r.run(`document.getElementById('touches-lettres').click()`)
		r.key(kb.Escape)
		r.until("closed", `!document.querySelector('#touches:modal')`)
		r.key("p")
		time.Sleep(150 * time.Millisecond)
		if r.value(`document.getElementById('r-page').dataset.piece`) != "piece6" {
			r.fail("a letter that was turned off did something")
		}
		r.key("?")
		r.run(`document.getElementById('touches-lettres').click(); document.getElementById('touches').close()`)
		r.key("p")
		r.on("piece5")
	})
	t.Run("P17.7 the last verdict says that all is reviewed", func(t *testing.T) {
		r.run(`document.activeElement.blur()`)
		for range 4 {
			r.key("v")
		}
		r.verdicts("valid", 5)
		r.until("said", `document.getElementById('annonce').textContent.includes('Toutes les pièces')`)
	})
	r.axe()
}

func TestReviewOfPictures(t *testing.T) {
	r := newReader(t, "piece1.jpg", "piece2.png")
	for _, key := range []string{"piece1", "piece2"} {
		t.Run("P17.7 a picture is read once, its page stays as it is: "+key, func(t *testing.T) {
			r.open("piece", key)
			r.on(key)
			r.counts()
			r.quiet()
			r.key("a")
			r.until("the words", `document.activeElement.id === 'r-mot' && document.querySelector('[data-r-give=to_complete]').ariaPressed === 'true'`)
			r.key("Refaites la photo.")
			r.key("\r", chromedp.ModifierCtrl)
			r.verdicts("to_complete", int(key[5]-'0'))
		})
	}
	t.Run("P9.2 come to by n, it is quiet too", func(t *testing.T) {
		r.open("piece", "piece1")
		r.on("piece1")
		r.counts()
		r.key("n")
		r.on("piece2")
		r.quiet()
	})
}

// counts notes what the page asks for from now on.
func (r *reader) counts() {
	r.T.Helper()
	r.run(`window.asked = 0; window.plain = window.fetch; window.fetch = (...all) => { window.asked++; return window.plain(...all); }`)
}

// quiet waits for two seconds in which nothing is asked for: the pieces after the one on
// screen are made ready first, on a busy machine in a while.
func (r *reader) quiet() {
	r.T.Helper()
	r.run(`window.heard = -1`)
	r.until("two seconds without a request", `(window.heard === window.asked || (window.heard = window.asked, window.since = performance.now(), false)) && performance.now() - window.since > 2000`)
}

func TestReviewOfDate(t *testing.T) {
	r := newReader(t, "piece3.png")
	r.open("piece", "piece3")
	r.on("piece3")
	refused := `document.activeElement.id === 'r-valable' && document.getElementById('r-valable').value === '01/02/2020' && document.getElementById('r-mot').value === 'Un mot à garder.' &&
		document.getElementById('r-valable-erreur')?.innerText.trim() && document.getElementById('r-valable').getAttribute('aria-invalid') === 'true'`
	t.Run("P7.6 a date that has passed comes back with its message, the words typed and the focus", func(t *testing.T) {
		r.key("v")
		r.until("the date", `document.activeElement.id === 'r-valable'`)
		r.run(`document.getElementById('r-mot').value = 'Un mot à garder.'`)
		r.key("01/02/2020")
		r.key("\r", chromedp.ModifierCtrl)
		r.until("the message, in focus", refused)
		r.on("piece3")
		r.until("the message in the banner", `document.getElementById('r-alerte').innerText.includes('Cette date est passée')`)
		r.shoot("date")
		r.verdicts("valid", 0)
	})
	t.Run("P15.4 what is asked again of the page loses neither the words nor the message", func(t *testing.T) {
		r.run(`window.before = document.getElementById('r-avis'); document.querySelector('[data-r-match] button').click()`)
		r.until("another side", `document.getElementById('r-avis') !== window.before && document.querySelector('[data-r-match] [aria-pressed=true]')`)
		r.run(`document.getElementById('r-valable').focus()`)
		r.until("nothing lost", refused)
	})
	t.Run("P7.6 mended, it is kept", func(t *testing.T) {
		r.run(`document.getElementById('r-valable').value = ''; document.getElementById('r-valable').focus()`)
		r.key("01/02/2040")
		r.key("\r", chromedp.ModifierCtrl)
		r.verdicts("valid", 1)
	})
}

// TestReviewOfRemarks shows that "c" loses nothing of what is typed next.
func TestReviewOfRemarks(t *testing.T) {
	r := newReader(t)
	r.open("piece", "piece1")
	r.on("piece1")
	told := `document.querySelector('.viewer__told')?.checkVisibility()`
	t.Run("P17.7 c says what the keys do, the first letter opens the words, Ctrl Enter keeps them", func(t *testing.T) {
		r.key("c")
		r.until("the instruction", told)
		r.shoot("vise")
		r.key("Nom coupé.")
		if got := r.value(`document.getElementById('r-texte').value`); got != "Nom coupé." || r.value(`document.querySelector('.viewer__told')`) != "null" {
			r.fail("typed " + got)
		}
		r.key("\r", chromedp.ModifierCtrl)
		r.until("the pin", `document.querySelectorAll('.pin-of').length === 1 && document.querySelector('[data-r-remarks]').innerText.includes('Nom coupé.')`)
		r.on("piece1")
		r.verdicts("valid", 0)
	})
	t.Run("P17.7 Escape gives up, Ctrl Enter opens the words and judges nothing", func(t *testing.T) {
		r.key("c")
		r.until("the instruction", told)
		r.key(kb.Escape)
		r.until("given up", `!document.querySelector('.viewer__told, .viewer__aim')`)
		r.key("c")
		r.key("\r", chromedp.ModifierCtrl)
		r.until("the words", `document.activeElement.id === 'r-texte'`)
		r.key(kb.Escape)
		r.until("closed", `!document.getElementById('r-nouvelle').open && document.activeElement.id === 'r-scene'`)
		r.verdicts("valid", 0)
		r.on("piece1")
	})
	t.Run("P17.7 another piece is not aimed at", func(t *testing.T) {
		r.key("c")
		r.until("the instruction", told)
		r.run(`document.querySelector('[data-r-piece=piece2] a').click()`)
		r.on("piece2")
		r.key("n")
		r.on("piece3")
		r.key("g1")
		r.on("piece1")
		r.until("no mark left", `!document.querySelector('.viewer__told, .viewer__aim, [data-aiming]')`)
	})
}

func TestReviewOfTwo(t *testing.T) {
	r := newReader(t)
	r.open()
	r.on("piece1")
	elsewhere := func(key, kind string) {
		action, values := posted(r.reviewSite.open(r.yanis, r.id, "piece", key), "#r-verdict", "avis", kind, "mot", "Vu avec le service.")
		if page := r.yanis.Post(action, values); page.Status != 303 {
			t.Fatalf("the colleague: %d", page.Status)
		}
	}
	t.Run("P9.5 a colleague's verdict appears by itself, and the piece on screen says so", func(t *testing.T) {
		elsewhere("piece5", "valid")
		r.until("their verdict in the list", `document.querySelector('[data-r-piece=piece5]').innerText.includes('Yanis Girard')`)
		r.until("their presence", `document.getElementById('r-presence').innerText.includes('Yanis Girard')`)
		elsewhere("piece1", "to_complete")
		r.until("the piece has changed", `document.getElementById('r-alerte').innerText.includes('vient de changer')`)
		r.run(`document.querySelector('#r-alerte button').click()`)
		r.until("what changed", `document.querySelector('#r-verdict input[name=vu]').value !== '' && document.getElementById('r-mot').value === 'Vu avec le service.'`)
	})
	t.Run("P9.5 a verdict that met another brings the piece back, words kept", func(t *testing.T) {
		r.key("g2")
		r.on("piece2")
		elsewhere("piece2", "valid")
		r.key("a")
		r.until("the words", `document.activeElement.id === 'r-mot'`)
		r.key("Signez-la.")
		r.key("\r", chromedp.ModifierCtrl)
		r.until("the card, in focus", `document.activeElement.id === 'conflit-titre' && document.getElementById('conflit').innerText.includes('Yanis Girard')`)
		if got := r.value(`document.getElementById('r-mot').value`); got != "Signez-la." {
			r.fail("kept: " + got)
		}
		r.shoot("conflit")
		r.key("\r", chromedp.ModifierCtrl)
		r.on("piece3")
		r.verdicts("to_complete", 2)
	})
	t.Run("P15.4 a verdict that does not leave brings the piece back, and is sent again", func(t *testing.T) {
		r.run(`window.kept = window.fetch; window.fetch = () => Promise.reject(new TypeError('no network'))`)
		r.key("a")
		r.until("the words", `document.activeElement.id === 'r-mot'`)
		r.key("Datez-la.")
		r.key("\r", chromedp.ModifierCtrl)
		r.until("said", `document.getElementById('r-alerte').innerText.includes('n’est pas enregistré')`)
		r.on("piece3")
		if got := r.value(`document.getElementById('r-mot').value`); got != "Datez-la." {
			r.fail("kept: " + got)
		}
		r.shoot("panne")
		r.run(`window.fetch = window.kept; document.querySelector('[data-r-retry]').click()`)
		r.verdicts("to_complete", 3)
	})
	t.Run("P9.5 the last piece too comes back with the card", func(t *testing.T) { r.onLast(elsewhere) })
}

// onLast is the conflict of a piece after which nothing is left to judge: it stays on screen.
func (r *reader) onLast(elsewhere func(key, kind string)) {
	elsewhere("piece4", "valid")
	r.until("nothing else to judge", `document.querySelector('[data-r-piece=piece4]').dataset.standing === 'valid'`)
	r.key("g6")
	r.on("piece6")
	elsewhere("piece6", "valid")
	r.key("a")
	r.until("the words", `document.activeElement.id === 'r-mot'`)
	r.key("Complétez-la.")
	r.key("\r", chromedp.ModifierCtrl)
	r.until("the card, in focus", `document.activeElement.id === 'conflit-titre'`)
	if got := r.value(`document.getElementById('r-mot').value`); got != "Complétez-la." {
		r.fail("kept: " + got)
	}
}

// TestReviewOnPhone measures the screen of a telephone: most of it is the document's.
func TestReviewOnPhone(t *testing.T) {
	r := newReader(t)
	r.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true})
		return err
	}))
	r.open("piece", "piece2")
	r.on("piece2")
	t.Run("P9.2 half of a telephone's screen shows the document", func(t *testing.T) {
		top, bottom := r.value(`Math.round(document.getElementById('r-scene').getBoundingClientRect().top)`), r.value(`Math.round(document.querySelector('.verdict__keys').getBoundingClientRect().top)`)
		from, _ := strconv.Atoi(top)
		to, _ := strconv.Atoi(bottom)
		if to-from < 422 || to > 844 {
			r.fail("the document is seen from " + top + " to " + bottom)
		}
		if r.value(`document.documentElement.scrollWidth > innerWidth`) == "true" {
			r.fail("the page scrolls sideways")
		}
		r.shoot("telephone")
	})
	t.Run("P9.2 no key is shown where there is no keyboard", func(t *testing.T) {
		if n := r.value(`[...document.querySelectorAll('.kbd, [data-r-help]')].filter(e => e.checkVisibility()).length`); n != "0" {
			r.fail(n + " keys are shown")
		}
		r.do(chromedp.Navigate(r.url + paths.Desk()))
		if n := r.value(`[...document.querySelectorAll('.kbd, .desk__foot span:has(> .kbd)')].filter(e => e.checkVisibility()).length`); n != "0" {
			r.fail(n + " keys are shown on the list")
		}
	})
}

// axe examines the screen in light and dark, wide and narrow: nothing is left out.
func (r *reader) axe() {
	axe, err := os.ReadFile("../cmd/passerelle/testdata/axe.min.js")
	if err != nil {
		r.T.Fatal(err)
	}
	for _, look := range []struct {
		name  string
		width int64
	}{{"clair", 1280}, {"sombre", 1280}, {"clair", 390}, {"clair", 1920}} {
		r.T.(*testing.T).Run(fmt.Sprintf("P15.2 axe finds nothing, %s, %d px", look.name, look.width), func(t *testing.T) {
			for _, path := range []string{paths.DeskReview(r.id.String()), paths.With(paths.DeskReview(r.id.String()), "piece", "piece6", "aide", "1"), paths.DeskComplement(r.id.String())} {
				r.do(chromedp.EmulateViewport(look.width, 900), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
					_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
						{Name: "prefers-reduced-motion", Value: "reduce"}, {Name: "prefers-color-scheme", Value: map[string]string{"clair": "light", "sombre": "dark"}[look.name]}}})
					return err
				}), chromedp.Navigate(r.url+path), chromedp.Evaluate[chromedp.Void](string(axe)))
				name := strings.NewReplacer("/", "-", "?", "-").Replace(path[len(path)-min(12, len(path)):])
				time.Sleep(300 * time.Millisecond)
				r.shoot(fmt.Sprintf("%s-%s-%d", name, look.name, look.width))
				var found []struct {
					Rule, Help string
					Where      []string
				}
				answer := r.value(`axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']})
					.then(r => JSON.stringify(r.violations.map(v => ({rule: v.id, help: v.help, where: v.nodes.map(n => n.html.slice(0, 160) + ' ## ' + n.failureSummary).slice(0, 4)}))))`)
				if err := json.Unmarshal([]byte(answer), &found); err != nil {
					t.Fatal(err)
				}
				for _, v := range found {
					t.Errorf("%s: %s: %s\n\t%s", path, v.Rule, v.Help, strings.Join(v.Where, "\n\t"))
				}
				if wide := r.value(`document.documentElement.scrollWidth > innerWidth`); wide == "true" {
					t.Errorf("%s scrolls sideways", path)
				}
			}
		})
	}
}
