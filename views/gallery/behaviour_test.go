package gallery_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"passerelle/static"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/layout"
	"passerelle/views/ui"
)

// stage is a small portal: pages made of components, and answers scripted by each test.
type stage struct {
	*httptest.Server
	turn  sync.Mutex                                          // of who posts: a page that is left may still save while the next one opens
	mu    sync.Mutex                                          // of what follows
	body  string                                              // of the page at /
	post  func(w http.ResponseWriter, r *http.Request)        // answers to POST
	posts []map[string]string                                 // what was received
	get   map[string]func(http.ResponseWriter, *http.Request) // other pages
}

func newStage(t *testing.T) *stage {
	t.Helper()
	assets, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{get: map[string]func(http.ResponseWriter, *http.Request){}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		if f, ok := assets.Get(r.URL.Path); ok {
			w.Header().Set("Content-Type", f.Type)
			_, _ = w.Write(f.Body)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.Method == http.MethodPost {
			s.answer(w, r)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if answer := s.get[r.URL.Path]; answer != nil {
			answer(w, r)
			return
		}
		ctx := layout.With(i18n.With(r.Context(), i18n.French), layout.Chrome{Assets: layout.Assets{URL: assets.URL, Integrity: assets.Integrity}, Path: "/"})
		page := layout.Page(layout.Props{Title: "Essai", Audience: layout.Desk})
		_ = page.Render(templ.WithChildren(ctx, templ.Raw(`<div class="page"><h1>Essai</h1>`+s.body+`</div>`)), w)
	}))
	t.Cleanup(s.Close)
	return s
}

// answer notes what is posted and plays what the scene says.
func (s *stage) answer(w http.ResponseWriter, r *http.Request) {
	s.turn.Lock()
	defer s.turn.Unlock()
	_ = r.ParseForm()
	got := map[string]string{"_path": r.URL.Path}
	for name := range r.PostForm {
		got[name] = r.PostForm.Get(name)
	}
	s.mu.Lock()
	s.posts = append(s.posts, got)
	post := s.post
	s.mu.Unlock()
	if post != nil { // else left over from the scene before
		post(w, r)
	}
}

// play sets the scene anew.
func (s *stage) play(body string, post func(w http.ResponseWriter, r *http.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body, s.post, s.posts = body, post, nil
}

func (s *stage) received() []map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]map[string]string(nil), s.posts...)
}

// markup renders components one after the other.
func markup(parts ...templ.Component) string {
	var out strings.Builder
	for _, p := range parts {
		_ = p.Render(i18n.With(context.Background(), i18n.French), &out)
	}
	return out.String()
}

// attrs writes attributes in the way of a component.
func attrs(a templ.Attributes) string {
	var out strings.Builder
	_ = templ.RenderAttributes(context.Background(), &out, a)
	return out.String()
}

// until waits for an expression to be true, across navigations.
func until(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	deadline := time.Now().Add(40 * time.Second)
	var err error
	for time.Now().Before(deadline) {
		var met bool
		if met, err = ask[bool](ctx, "!!("+expression+")"); err == nil && met {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	html, _ := ask[string](ctx, "document.body.innerHTML")
	t.Fatalf("never true: %s (%v)\n%.3000s", expression, err, html)
}

// ask evaluates an expression, for two seconds at most.
func ask[T any](ctx context.Context, expression string) (T, error) {
	ctx, stop := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, stop := context.WithTimeout(ctx, 40*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func run(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](script)
}

func TestBehaviours(t *testing.T) {
	ctx, s := browser(t), newStage(t)
	for _, c := range []struct {
		name string
		test func(*testing.T, context.Context, *stage)
	}{
		{"P5.7 an error summary takes the focus and leads to the control", errorSummary},
		{"the theme changes at once and is remembered for the server", theme},
		{"a password can be shown, its rules are ticked while typing", password},
		{"P5.2 a long text counts what is left", counter},
		{"P5.2 completion by keyboard fills companions, Escape keeps what was typed", completionKeys},
		{"P5.3 a condition asks the server, whose answer sets boxes and rounds", depends},
		{"what is typed while an answer is on its way is kept", touched},
		{"P5.5 what is typed is saved, waits when the server is away, and goes later", autosave},
		{"P18.10 an expired session signs in over the page and sends again once", expired},
		{"P15.4 a refused request says so and can be tried again", refused},
		{"the list obeys the keyboard", keyboard},
		{"Enter presses the form's own button", enter},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, ctx, s) })
	}
}

func errorSummary(t *testing.T, ctx context.Context, s *stage) {
	s.play(markup(ui.ErrorSummary{Problems: []ui.Problem{{Message: "Indiquez votre nom", Field: "nom"}}}, ui.Input{Field: ui.Field{ID: "nom", Name: "nom", Label: "Nom", Error: "Indiquez votre nom"}}), nil)
	do(t, ctx, chromedp.Navigate(s.URL))
	until(t, ctx, `document.activeElement.id === 'erreurs' && document.title.startsWith('(1)')`)
	do(t, ctx, chromedp.Click("#erreurs a"))
	until(t, ctx, `document.activeElement.id === 'nom'`)
}

func theme(t *testing.T, ctx context.Context, s *stage) {
	s.play("", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusSeeOther) })
	hears := func(n int) {
		for end := time.Now().Add(40 * time.Second); len(s.received()) < n && time.Now().Before(end); {
			time.Sleep(20 * time.Millisecond)
		}
	}
	do(t, ctx, chromedp.Navigate(s.URL), chromedp.Click(`button[value=sombre]`))
	until(t, ctx, `document.documentElement.dataset.theme === 'sombre' && document.querySelector('button[value=sombre]').ariaPressed === 'true'`)
	hears(1)
	do(t, ctx, chromedp.Click(`button[value=auto]`))
	until(t, ctx, `!('theme' in document.documentElement.dataset)`)
	hears(2)
	if got := s.received(); len(got) != 2 || got[0]["_path"] != "/apparence" || got[0]["apparence"] != "sombre" || got[1]["apparence"] != "auto" {
		t.Errorf("the server heard %v", got)
	}
}

func password(t *testing.T, ctx context.Context, s *stage) {
	s.play("<form>"+markup(ui.Input{Field: ui.Field{ID: "mdp", Name: "mdp", Label: "Mot de passe"}, Type: "password", Eye: true},
		ui.Checklist{ID: "regles", Field: "mdp", Label: "Règles", Rules: []ui.Rule{{Text: "huit", Pattern: ".{8,}"}, {Text: "chiffre", Pattern: "[0-9]"}}})+"</form>", nil)
	do(t, ctx, chromedp.Navigate(s.URL), chromedp.SendKeys("#mdp", "abcdefgh"))
	until(t, ctx, `document.querySelectorAll('#regles .is-ok').length === 1`)
	do(t, ctx, chromedp.SendKeys("#mdp", "1"), chromedp.Click("[data-eye]"))
	until(t, ctx, `document.querySelectorAll('#regles .is-ok').length === 2 && mdp.type === 'text' && document.querySelector('[data-eye]').textContent.trim() === 'Masquer'`)
}

func counter(t *testing.T, ctx context.Context, s *stage) {
	s.play(markup(ui.TextArea{Field: ui.Field{ID: "txt", Name: "txt", Label: "Texte"}, Max: 5}), nil)
	do(t, ctx, chromedp.Navigate(s.URL), chromedp.SendKeys("#txt", "abcd"))
	until(t, ctx, `document.getElementById('txt-n').textContent === '1 caractère restant sur 5'`)
	do(t, ctx, chromedp.SendKeys("#txt", "efg"))
	until(t, ctx, `document.getElementById('txt-n').textContent === '2 caractères de trop, sur 5 au plus'`)
}

func completionKeys(t *testing.T, ctx context.Context, s *stage) {
	s.get["/completion/employeurs"] = func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("q") == "limo" && r.FormValue("cp") == "87000" {
			_, _ = fmt.Fprint(w, markup(ui.ComboboxOptions{ID: "emp", Label: "Employeurs", Status: "2 employeurs", Options: []ui.ComboOption{
				{Text: "CHU de Limoges"}, {Text: "Commune de Limoges", Fill: []ui.Pair{{Name: "emp-siren", Value: "218708501"}}}}}))
		}
	}
	s.play("<form>"+markup(ui.Input{Field: ui.Field{ID: "cp", Name: "cp", Label: "Code postal"}, Value: "87000"},
		ui.Combobox{Field: ui.Field{ID: "emp", Name: "emp", Label: "Employeur"}, Source: "/completion/employeurs", With: "cp", Fills: []ui.Fill{{ID: "emp-siren", Name: "siren"}}})+"</form>", nil)
	do(t, ctx, chromedp.Navigate(s.URL), chromedp.SendKeys("#emp", "limo"))
	until(t, ctx, `emp.getAttribute('aria-expanded') === 'true' && document.getElementById('annonce').textContent === '2 employeurs'`)
	do(t, ctx, chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown))
	until(t, ctx, `emp.getAttribute('aria-activedescendant') === 'emp-o-2'`)
	do(t, ctx, chromedp.KeyEvent("\r"))
	until(t, ctx, `emp.value === 'Commune de Limoges' && document.getElementById('emp-siren').value === '218708501' && emp.getAttribute('aria-expanded') === 'false'`)
	do(t, ctx, run(`emp.value = ''`), chromedp.SendKeys("#emp", "limo"))
	until(t, ctx, `emp.getAttribute('aria-expanded') === 'true' && document.getElementById('emp-siren').value === ''`)
	do(t, ctx, chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent("\u001b"))
	until(t, ctx, `emp.value === 'limo' && emp.getAttribute('aria-expanded') === 'false'`)
}

// form is a step with a condition, as screens write it.
func form(inside string) string {
	return `<form id="etape" method="post" action="/pas" data-autosave="etat" novalidate>` +
		markup(ui.DefaultSubmit("_action", "suite")) + inside +
		markup(ui.SaveState{ID: "etat", Strong: "Enregistré"},
			ui.RefreshQuestions("_action", "questions", hx.Post("/pas", hx.Target("etape"), hx.NoValidate())),
			ui.AutosaveButton("_action", "brouillon", hx.Post("/pas", hx.NoSwap(), hx.NoValidate()))) +
		`<button type="submit" name="_action" value="suite">Continuer</button></form>`
}

func box(id string, checked bool, more templ.Attributes) string {
	return markup(ui.Checkbox{ID: id, Name: id, Label: id, Checked: checked, Attrs: more})
}

func depends(t *testing.T, ctx context.Context, s *stage) {
	first := box("agent", false, templ.Attributes{"data-depends": true}) + box("autre", false, nil)
	second := box("agent", true, templ.Attributes{"data-depends": true}) + markup(ui.Input{Field: ui.Field{ID: "grade", Name: "grade", Label: "Grade"}}) + box("autre", true, nil)
	s.play(form(first), func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, form(second)) })
	do(t, ctx, chromedp.Navigate(s.URL))
	until(t, ctx, `getComputedStyle(document.querySelector('[data-depends-button]')).display === 'none' && document.querySelector('[data-htmx-powered]')`)
	do(t, ctx, run(`autre.click(); autre.click()`), chromedp.Click("#agent"))
	until(t, ctx, `document.getElementById('grade') && autre.checked && agent.checked`)
	until(t, ctx, `getComputedStyle(document.querySelector('[data-depends-button]')).display === 'none'`)
	if got := s.received()[0]; got["_action"] != "questions" || got["agent"] != "1" {
		t.Errorf("posted %v", got)
	}
}

func touched(t *testing.T, ctx context.Context, s *stage) {
	field := func(v string) string {
		return markup(ui.Input{Field: ui.Field{ID: "nom", Name: "nom", Label: "Nom"}, Value: v}, ui.Input{Field: ui.Field{ID: "ville", Name: "ville", Label: "Ville"}})
	}
	s.play(form(field("avant")+box("agent", false, templ.Attributes{"data-depends": true})), func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(600 * time.Millisecond)
		_, _ = fmt.Fprint(w, form(field("du serveur")+`<p id="venu">venu</p>`+box("agent", true, nil)))
	})
	do(t, ctx, chromedp.Navigate(s.URL))
	until(t, ctx, `document.querySelector('[data-htmx-powered]')`)
	do(t, ctx, chromedp.Click("#agent"), run(`nom.value = 'de la personne'; ville.focus()`))
	until(t, ctx, `document.getElementById('venu')`)
	until(t, ctx, `nom.value === 'de la personne' && agent.checked`)
}

func autosave(t *testing.T, ctx context.Context, s *stage) {
	answer, seen := 503, make(chan struct{})
	s.play(form(markup(ui.Input{Field: ui.Field{ID: "nom", Name: "nom", Label: "Nom"}})), func(w http.ResponseWriter, r *http.Request) {
		select { // what is said meanwhile has been read
		case <-seen:
		case <-time.After(40 * time.Second):
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		w.WriteHeader(answer)
		if answer == 200 {
			_, _ = fmt.Fprint(w, `<hx-partial hx-target="#etat" hx-swap="outerMorph">`+markup(ui.SaveState{ID: "etat", Strong: "Enregistré ici", Rest: "synchronisé à 14:32"})+`</hx-partial>`)
		}
	})
	do(t, ctx, chromedp.Navigate(s.URL), chromedp.SendKeys("#nom", "Camille"))
	until(t, ctx, `document.getElementById('etat').textContent.includes('Enregistrement…')`)
	close(seen)
	until(t, ctx, `document.getElementById('etat').textContent.includes('attend le réseau')`)
	s.mu.Lock()
	answer = 200
	s.mu.Unlock()
	do(t, ctx, run(`window.dispatchEvent(new Event('online'))`))
	until(t, ctx, `document.getElementById('etat').textContent.includes('synchronisé à 14:32')`)
	until(t, ctx, `nom.value === 'Camille'`)
	if got := s.received(); got[len(got)-1]["_action"] != "brouillon" || got[len(got)-1]["nom"] != "Camille" {
		t.Errorf("posted %v", got)
	}
}

func expired(t *testing.T, ctx context.Context, s *stage) {
	in := false
	dialog := ui.Dialog{ID: "retour", Title: "Votre session s’est fermée", Open: true, Action: "/connexion", Form: hx.Post("/connexion", hx.NoSwap()),
		Body: ui.Input{Field: ui.Field{ID: "mdp", Name: "mdp", Label: "Mot de passe"}, Type: "password"}, Foot: ui.Button{Label: "Reprendre", Kind: ui.Primary, ID: "reprendre"}}
	s.play(form(markup(ui.Input{Field: ui.Field{ID: "nom", Name: "nom", Label: "Nom"}})), func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/connexion":
			in = true
			w.Header().Set("HX-Trigger", "pf:signed-in")
			w.WriteHeader(http.StatusNoContent)
		case !in:
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, markup(dialog))
		default:
			_, _ = fmt.Fprint(w, `<hx-partial hx-target="#etat" hx-swap="outerMorph">`+markup(ui.SaveState{ID: "etat", Strong: "Repris"})+`</hx-partial>`)
		}
	})
	do(t, ctx, chromedp.Navigate(s.URL), run(`nom.focus(); nom.value = 'Camille'; nom.dispatchEvent(new Event('input', {bubbles: true}))`)) // at once: a pause between two letters saves
	until(t, ctx, `document.querySelector('dialog#retour:modal') && document.activeElement.id === 'mdp'`)
	do(t, ctx, chromedp.SendKeys("#mdp", "secret"), chromedp.Click("#reprendre"))
	until(t, ctx, `!document.getElementById('retour') && document.getElementById('etat').textContent.includes('Repris') && nom.value === 'Camille'`)
	sent := 0
	for _, p := range s.received() {
		if p["nom"] == "Camille" {
			sent++
		}
	}
	if sent != 2 {
		t.Errorf("sent %d times, once refused and once again expected", sent)
	}
}

func refused(t *testing.T, ctx context.Context, s *stage) {
	fails := true
	s.play(`<form id="f" method="post" action="/envoi" `+attrs(hx.Post("/envoi"))+`><input class="input" id="mot" name="mot" aria-label="mot" value="gardé"><button id="go">Envoyer</button></form>`, func(w http.ResponseWriter, r *http.Request) {
		if fails {
			fails = false
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = fmt.Fprint(w, "<p>panne</p>")
			return
		}
		_, _ = fmt.Fprint(w, `<form id="f"><p id="fait">fait</p></form>`)
	})
	do(t, ctx, chromedp.Navigate(s.URL), chromedp.Click("#go"))
	until(t, ctx, `document.querySelector('#alertes .banner--bad') && mot.value === 'gardé'`)
	do(t, ctx, run(`document.querySelector('[data-retry]').click()`))
	until(t, ctx, `document.getElementById('fait') && !document.querySelector('#alertes .banner')`)
}

func keyboard(t *testing.T, ctx context.Context, s *stage) {
	row := func(id string) string {
		return `<tr data-row id="` + id + `"><td><input type="checkbox" aria-label="` + id + `"></td><td><a href="/?` + id + `">` + id + `</a></td></tr>`
	}
	s.play(`<p data-bulk hidden><span data-bulk-count data-one="{n} choisi" data-other="{n} choisis"></span></p><label>q <input type="search" id="cherche"></label><table data-keys><tbody>`+row("un")+row("deux")+row("trois")+`</tbody></table><dialog id="touches">Touches</dialog>`, nil)
	do(t, ctx, chromedp.Navigate(s.URL), chromedp.KeyEvent("j"), chromedp.KeyEvent("x"), chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("X"))
	until(t, ctx, `trois.getAttribute('aria-current') === 'true' && document.querySelectorAll(':checked').length === 3 && document.querySelector('[data-bulk-count]').textContent === '3 choisis'`)
	do(t, ctx, chromedp.KeyEvent("\u001b"))
	until(t, ctx, `document.querySelectorAll(':checked').length === 0 && document.querySelector('[data-bulk]').hidden`)
	do(t, ctx, chromedp.KeyEvent("/"))
	until(t, ctx, `document.activeElement === cherche`)
	do(t, ctx, chromedp.KeyEvent("j"))
	until(t, ctx, `cherche.value.endsWith('j') && un.ariaCurrent === null`)
	do(t, ctx, run(`cherche.blur()`), chromedp.KeyEvent("?"))
	until(t, ctx, `touches.open`)
}

func enter(t *testing.T, ctx context.Context, s *stage) {
	s.play(form(markup(ui.Input{Field: ui.Field{ID: "nom", Name: "nom", Label: "Nom"}})), func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, "<p id=suite>suite</p>") })
	do(t, ctx, chromedp.Navigate(s.URL), chromedp.SendKeys("#nom", "a\r"))
	until(t, ctx, `document.getElementById('suite')`)
	if got := s.received(); got[len(got)-1]["_action"] != "suite" {
		t.Errorf("pressed %v", got)
	}
}
