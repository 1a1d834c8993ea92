package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"passerelle/handlers"
	"passerelle/models/seed"
	"passerelle/views/gallery"
)

// TestAccessible opens every page of the table as the right person, with and
// without errors, and every component of the gallery: axe finds nothing, in
// light and dark, wide and narrow, and no page scrolls sideways at 320 px.
func TestAccessible(t *testing.T) {
	if testing.Short() {
		t.Skip("walking every page takes a minute")
	}
	t.Parallel() // of its own demonstration
	t.Run("P15.2 axe finds nothing on any page of the table, with and without errors, and in the gallery", func(t *testing.T) {
		v := newVisit(t, startDemo(t))
		v.public()
		v.signUp()
		v.signIn()
		v.draft()
		v.papers()
		v.own() // it changes the address of who gave papers
		v.applicant()
		v.manager()
		v.desk()
		v.mails()
		v.later()
		v.gallery()
		v.everyRoute()
	})
}

// visit is a walk through one demonstration by everyone who uses it.
type visit struct {
	*story
	axe     string
	seen    map[string]bool // patterns of the table
	visitor *browser
	pages   int
}

func newVisit(t *testing.T, demo *demonstration) *visit {
	t.Helper()
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{story: &story{T: t, demo: demo, scripts: true}, axe: string(axe), seen: map[string]bool{}}
	v.visitor = v.browser()
	return v
}

// browser is somebody's window, without motion: a colour that is changing has
// no contrast to measure.
func (v *visit) browser() *browser {
	v.Helper()
	b := newBrowser(v.T, v.demo.URL, true)
	b.run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}))
	return b
}

// as is a window of somebody signed in.
func (v *visit) as(email string) *browser {
	v.Helper()
	b := v.browser()
	v.story.signIn(b, email, seed.Password)
	return b
}

// violation is one rule broken by one element.
type violation struct {
	Rule, Help, Target, Why string
}

// inspection is what is run in the page: every rule of WCAG 2.2 A and AA and
// the best practices. A change of theme changes colours and nothing else, so
// the rules that look at colours run again in dark.
const inspection = `(async dark => {
	document.documentElement.dataset.theme = dark ? 'sombre' : 'clair';
	const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
	const r = await axe.run(document, dark ? {runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']}, resultTypes: ['violations']} :
		{runOnly: {type: 'tag', values: tags}, rules: {'target-size': {enabled: true}}, resultTypes: ['violations']});
	return JSON.stringify(r.violations.flatMap(v => v.nodes.map(n => ({Rule: v.id, Help: v.help, Target: n.target.join(' '), Why: n.failureSummary}))));
})(%t)`

// opened checks a page that its own address shows, and counts its route as
// seen.
func (v *visit) opened(b *browser, name string) {
	v.Helper()
	v.mark(b.value("location.pathname"))
	v.check(b, name)
}

// goes opens an address and checks what is there.
func (v *visit) goes(b *browser, path, name string) {
	v.Helper()
	b.open(path)
	v.opened(b, name)
}

// leads opens an address that has no page of its own and checks where it leads.
func (v *visit) leads(b *browser, path string) {
	v.Helper()
	b.open(path)
	if b.value("location.pathname") == path {
		v.Errorf("%s leads nowhere", path)
	}
	v.mark(path)
	v.check(b, path)
}

// fetched counts the route of a part of a page, which the page asked for.
func (v *visit) fetched(b *browser, beginning string) {
	v.Helper()
	asked := fmt.Sprintf(`performance.getEntriesByType('resource').map(e => new URL(e.name).pathname).find(p => p.match(%q))`, beginning)
	b.until("a request of "+beginning, asked)
	v.mark(b.value(asked))
}

// check runs axe on what the window shows, four times.
func (v *visit) check(b *browser, name string) {
	v.Helper()
	b.until("the page", `document.readyState === 'complete'`)
	b.run(do(v.axe))
	broken := map[violation][]string{}
	for _, width := range []int64{1280, 390} {
		b.run(chromedp.EmulateViewport(width, 900))
		for _, dark := range []bool{false, true} {
			for _, found := range v.inspect(b, dark) {
				broken[found] = append(broken[found], fmt.Sprintf("%d px, dark %t", width, dark))
			}
		}
	}
	b.run(chromedp.EmulateViewport(320, 900))
	if wide := b.value(`document.documentElement.scrollWidth`); wide != "320" {
		v.Errorf("%s (%s): %s px wide at 320 px: %s", name, b.location(), wide, b.value(widest))
	}
	b.run(chromedp.EmulateViewport(1280, 1000), do(`delete document.documentElement.dataset.theme`))
	v.pages++
	for found, where := range broken {
		v.Errorf("%s (%s): %s: %s\n  %s\n  %s\n  in %s", name, b.location(), found.Rule, found.Help, found.Target,
			strings.ReplaceAll(found.Why, "\n", "\n  "), strings.Join(where, ", "))
	}
}

// widest names what sticks out of the page.
const widest = `[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 320 && e.checkVisibility())
	.slice(0, 4).map(e => e.tagName.toLowerCase() + '.' + e.className).join(', ')`

func (v *visit) inspect(b *browser, dark bool) []violation {
	v.Helper()
	var found []violation
	if err := json.Unmarshal([]byte(ask(b, chromedp.Evaluate[string](fmt.Sprintf(inspection, dark), chromedp.EvalAwaitPromise))), &found); err != nil {
		b.fail("axe: %v", err)
	}
	return found
}

// mark counts the most literal pattern of the table that a path fits.
func (v *visit) mark(path string) {
	best := ""
	for _, r := range pagesOfTable() {
		if pattern(r).MatchString(path) && (best == "" || strings.Count(r, ":") < strings.Count(best, ":")) {
			best = r
		}
	}
	v.seen[best] = true
}

var parameter = regexp.MustCompile(`:[a-z]+`)

func pattern(route string) *regexp.Regexp {
	return regexp.MustCompile("^" + parameter.ReplaceAllString(regexp.QuoteMeta(route), `[^/]+`) + "$")
}

// pagesOfTable are the addresses of the table that are read.
func pagesOfTable() []string {
	var list []string
	for _, r := range (&handlers.Portal{}).Routes() {
		if r.Method == "GET" {
			list = append(list, r.Path)
		}
	}
	return list
}

// notPages are read, and are bytes: files, images of their pages, text for the script.
var notPages = []string{"/documents/:id", "/documents/:id/pages/:n", "/documents/:id/texte", "/modeles/:file",
	"/avis/:token/pieces/:document", "/avis/:token/pieces/:document/pages/:n", "/bureau/exports/:id/fichier", "/bureau/candidatures/:id/archive",
	"/bureau/exports/:id"} // the last one follows a list of more than 500 lines, which the demonstration has not

// everyRoute fails on an address that nobody opened: a new one must be given
// its place in the walk.
func (v *visit) everyRoute() {
	for _, path := range pagesOfTable() {
		if !v.seen[path] && !slices.Contains(notPages, path) {
			v.Errorf("GET %s: no page of the walk shows it", path)
		}
	}
	v.Logf("%d pages and states", v.pages)
}

// send submits the form that holds the selector, by its button, and waits.
func (v *visit) send(b *browser, selector string) {
	v.Helper()
	b.run(do(fmt.Sprintf(`{ window.pressed = true; const e = document.querySelector(%q); e.form.requestSubmit(e.type === 'submit' ? e : null); }`, selector)))
	b.until("the answer", `!window.pressed && document.readyState === 'complete'`)
}

func (v *visit) public() {
	b := v.visitor
	v.goes(b, "/", "home")
	v.goes(b, "/recherche?q=infirmiere&nature=formation&inscription=ouverte", "results")
	course := b.value(`document.querySelector('.result__title a').getAttribute('href')`)
	v.goes(b, "/recherche?q=managment", "results, corrected")
	v.goes(b, "/recherche?q=zqxwkj", "no result")
	v.goes(b, course, "course")
	session := b.value(`document.querySelector('main form[action^="/sessions/"]').getAttribute('action')`)
	v.goes(b, session, "session, open")
	for kind, name := range map[string]string{"diplome": "programme", "annonce": "announcement"} {
		b.open("/recherche?nature=" + kind)
		v.goes(b, b.value(`document.querySelector('.result__title a').getAttribute('href')`), name)
	}
	v.goes(b, "/diplomes", "tree of programmes")
	v.goes(b, b.value(`document.querySelector('#arbre a[href^="/diplomes/composantes/"]').getAttribute('href')`), "component")
	v.goes(b, "/diplomes?q=droit+notarial", "tree of programmes, narrowed")
	v.goes(b, b.value(`document.querySelector('#arbre a[href^="/campagnes/"]').getAttribute('href')`), "campaign, open")
	for _, path := range []string{"/themes", "/mentions-legales", "/donnees-personnelles", "/accessibilite", "/aide", "/conditions", "/plan-du-site"} {
		v.goes(b, path, path)
	}
	for _, path := range []string{"/formations", "/campagnes", "/annonces", "/candidatures"} {
		v.leads(b, path)
	}
	b.open("/nulle-part/infirmiere")
	v.check(b, "not found")
	english := v.browser()
	english.open("/")
	v.send(english, `[name=langue][value=en]`)
	v.check(english, "home in English")
}

// signUp opens an account, with each page and refusal on the way.
func (v *visit) signUp() {
	b := v.browser()
	v.goes(b, "/inscription", "sign-up")
	v.send(b, `[name=birth_name]`)
	v.check(b, "sign-up with errors")
	v.register(b, "Petit", "axelle.petit@exemple.example.org")
	v.opened(b, "sign-up, mail sent")
	link := v.mailed("axelle.petit@exemple.example.org", activation)
	v.goes(b, link, "activation")
	b.press("Ouvrir mon compte")
	b.see("Votre compte est ouvert")
	v.check(b, "account open")
	b.open(link)
	v.check(b, "activation, used")
	b.open("/activation/" + strings.Repeat("A", 43))
	v.check(b, "activation, unknown link")
}

func (v *visit) register(b *browser, name, email string) {
	v.Helper()
	b.open("/inscription")
	for name, value := range map[string]string{"birth_name": name, "first_name": "Axelle", "birth_date": "12/04/1988", "email": email,
		"email_again": email, "password": "Un pont de pierre 7", "password_again": "Un pont de pierre 7"} {
		b.fill(name, value)
	}
	for _, name := range []string{"text_charter", "text_privacy", "text_legal"} {
		b.click(fmt.Sprintf("input[type=checkbox][name=%s]", name))
	}
	time.Sleep(3 * time.Second) // a person is not that fast
	b.press("Créer mon compte")
	b.heading("Regardez votre boîte")
}

var resetLink = regexp.MustCompile(`https?://[^\s"<>]+/mot-de-passe/[A-Za-z0-9_-]+`)

func (v *visit) signIn() {
	b := v.browser()
	v.goes(b, "/connexion", "sign-in")
	b.fill("email", seed.NewApplicant)
	b.fill("password", "Un autre pont 3")
	v.send(b, `main [name=password]`)
	v.check(b, "sign-in refused")
	v.goes(b, "/mot-de-passe-oublie", "forgotten password")
	v.send(b, `main [name=email]`)
	v.check(b, "forgotten password with errors")
	b.fill("email", seed.NewApplicant)
	time.Sleep(3 * time.Second)
	v.send(b, `main [name=email]`)
	v.check(b, "forgotten password, mail sent")
	link := v.mailed(seed.NewApplicant, resetLink)
	v.goes(b, link, "new password")
	v.send(b, `main [name=password]`)
	v.check(b, "new password with errors")
	b.fill("password", seed.Password)
	b.fill("password_again", seed.Password)
	v.send(b, `main [name=password]`)
	v.check(b, "new password kept")
	b.open(link)
	v.check(b, "new password, used link")
}

// draft is a form before any account: its pages, errors and conflict.
func (v *visit) draft() {
	b := v.browser()
	v.goes(b, "/brouillon", "no draft here")
	b.open("/recherche?q=infirmiere&nature=formation&inscription=ouverte")
	b.click(".result__title a")
	b.until("the course", `location.pathname.startsWith('/formations/')`)
	b.press("Pré-inscription")
	b.heading("Identité")
	one := strings.TrimSuffix(b.value("location.pathname"), "/etapes/1")
	for n := 1; n <= 5; n++ {
		v.goes(b, fmt.Sprintf("%s/etapes/%d", one, n), fmt.Sprintf("step %d", n))
	}
	v.send(b, `[name=accuracy]`)
	v.check(b, "recapitulation with errors")
	for n := 1; n <= 4; n++ {
		b.open(fmt.Sprintf("%s/etapes/%d?manque=1", one, n))
		v.check(b, fmt.Sprintf("step %d, what is missing", n))
	}
	b.open(one + "/etapes/1")
	b.fill("birth_date", "31/02/1988")
	b.fill("email", "camille@")
	v.send(b, `[name=_go][value=suite]:not([tabindex])`)
	b.until("the summary", `document.querySelector('[data-error-summary]')`)
	v.check(b, "step with errors")
	v.questions(b, one)
	v.conflict(b, one)
	v.goes(b, "/brouillon", "draft found")
	v.goes(b, one+"/effacement", "draft to erase")
	v.send(b, `main form[action$="/effacement"] button`)
	b.until("the page of what was erased", `location.pathname === '/brouillon/efface'`)
	v.opened(b, "draft erased")
}

// questions are those that answers bring, and the completing field open.
func (v *visit) questions(b *browser, one string) {
	b.open(one + "/etapes/2")
	b.tick("status", "civil_servant")
	b.until("the questions of a civil servant", `document.querySelector('[name=civil_service]')`)
	b.fill("employer.name", "limoges")
	b.until("the list", `document.querySelector('[role=listbox] [role=option]')?.checkVisibility()`)
	v.fetched(b, "^/completion/")
	v.check(b, "step with its conditional questions and a list open")
	b.open(one + "/etapes/3")
	b.press("Ajouter")
	b.settle()
	v.check(b, "step with a repeated row")
}

func (v *visit) conflict(b *browser, one string) {
	two := b.tab()
	b.open(one + "/etapes/3")
	two.open(one + "/etapes/3")
	for tab, text := range map[*browser]string{b: "Première version.", two: "Seconde version."} {
		tab.fill("why_now", text)
		tab.press("Enregistrer")
		tab.settle()
	}
	b.open(one + "/etapes/3")
	b.until("the conflict", `document.querySelector('.conflict')`)
	v.check(b, "step with two answers to choose from")
	b.open(one + "/etapes/5")
	v.check(b, "recapitulation with two answers to choose from")
}

var addressLink = regexp.MustCompile(`https?://[^\s"<>]+/compte/courriel/[A-Za-z0-9_-]+`)

// own is a person's account.
func (v *visit) own() {
	b := v.as(seed.NewApplicant)
	v.goes(b, "/mes-candidatures", "dashboard, empty")
	v.goes(b, "/mes-validations", "approvals, none")
	for _, path := range []string{"/compte", "/compte/mot-de-passe", "/compte/courriel", "/compte/connexions"} {
		v.goes(b, path, path)
	}
	b.open("/compte/mot-de-passe")
	v.send(b, `main [name=current]`)
	v.check(b, "password with errors")
	b.open("/compte/courriel")
	v.send(b, `main [name=email]`)
	v.check(b, "address with errors")
	b.fill("email", "noe.nouveau@exemple.example.org")
	b.fill("email_again", "noe.nouveau@exemple.example.org")
	b.fill("current", seed.Password)
	v.send(b, `main [name=email]`)
	v.check(b, "address waiting")
	link := v.mailed("noe.nouveau@exemple.example.org", addressLink)
	v.goes(b, link, "address to confirm")
	v.send(b, `main form button[type=submit]`)
	v.check(b, "address confirmed")
	b.open(link)
	v.check(b, "address link, used")
	b.open("/bureau")
	v.check(b, "page of others")
}

// applicant has one application in each state.
func (v *visit) applicant() {
	b := v.as(seed.Applicant)
	v.goes(b, "/mes-candidatures", "dashboard")
	all := v.links(b, `main a[href^="/candidatures/"]`, `^/candidatures/[0-9a-f-]+`)
	led := map[string]bool{}
	for _, one := range all {
		for _, rest := range []string{"", "/recu", "/desistement", "/superieur"} {
			b.open(one + rest)
			if !led[b.location()] { // a page that leads elsewhere is seen there
				led[b.location()] = true
				v.opened(b, "application "+rest)
			}
		}
		if button := `main form[action$="/superieur"] [name=manager_email]`; b.value(`!!document.querySelector('`+button+`')`) == "true" {
			b.fill("manager_email", seed.Applicant)
			v.send(b, button)
			v.check(b, "another line manager, refused")
		}
	}
}

// links are distinct beginnings of addresses in the page.
func (v *visit) links(b *browser, selector, beginning string) []string {
	v.Helper()
	var list []string
	re := regexp.MustCompile(beginning)
	for _, href := range strings.Fields(b.value(fmt.Sprintf(`[...document.querySelectorAll(%q)].map(a => a.getAttribute('href')).join(' ')`, selector))) {
		if one := re.FindString(href); one != "" && !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		b.fail("no link %s", selector)
	}
	return list
}

func (v *visit) manager() {
	b := v.as(seed.LineManager)
	v.goes(b, "/mes-validations", "approvals")
	all := v.links(b, `main a[href^="/mes-validations/"]`, `^/mes-validations/[0-9a-f-]+`)
	v.goes(b, all[0], "approval by account")
	b = v.browser()
	link := v.mailed(seed.LineManager, approvalLink)
	v.goes(b, link, "approval")
	b.tick("reponse", "refuse")
	v.send(b, `main [name=reponse]`)
	v.check(b, "approval with errors")
	b.open(link)
	b.tick("reponse", "approve")
	v.send(b, `main [name=reponse]`)
	v.check(b, "approval given")
	b.open(link)
	v.check(b, "approval, used link")
}

func (v *visit) desk() {
	b := v.as(seed.Officer)
	v.goes(b, "/bureau", "desk")
	v.goes(b, "/bureau/absences", "absences")
	v.send(b, `main [name=gestionnaire]`)
	v.check(b, "absences with errors")
	b.open("/bureau")
	all := v.links(b, `main a[href^="/bureau/candidatures/"]`, `^/bureau/candidatures/[0-9a-f-]+`)
	b.open("/bureau?q=zqxwkj")
	v.check(b, "desk, nothing found")
	other := v.as(seed.Administrator)
	decided, told := false, map[string]bool{}
	for _, one := range all {
		b.open(one)
		state := b.value(`document.querySelector('main .status').innerText`)
		if !told[state] {
			told[state] = true
			v.opened(b, "dossier, "+state)
		}
		if !decided && b.value(`!!document.querySelector('[name=decision]')`) == "true" {
			decided = true
			v.decision(b, other, one)
		}
	}
	if !decided {
		b.fail("no application to decide")
	}
}

// batch rehearses and records a decision for all, takes it back, and opens the
// choice of an export.
func (v *visit) batch(b *browser) {
	v.Helper()
	v.goes(b, "/bureau/exports?vue=toutes", "export")
	b.open("/bureau?vue=toutes&q=Fontaine")
	b.until("a dossier with documents", `document.querySelector('a[data-review]')`)
	review := b.value(`document.querySelector('a[data-review]').pathname`)
	b.open(review)
	b.until("the review", `document.querySelector('.review')`)
	v.mark(review)
	v.check(b, "review of documents")
	b.open("/bureau?vue=toutes")
	b.run(do(`document.querySelector('#lot [name=tous]').click()`))
	b.until("the rehearsal", `location.pathname === '/bureau/decisions' && document.querySelector('[name=decision]')`)
	v.opened(b, "rehearsal, nothing chosen")
	b.tick("decision", "on_hold")
	b.run(do(`document.querySelector('button[value=repeter].button--primary').click()`))
	b.until("what would be recorded", `document.querySelector('button[value=enregistrer]')`)
	v.check(b, "rehearsal")
	b.run(do(`document.querySelector('button[value=enregistrer]').click()`))
	b.until("the batch", `document.querySelector('h1')?.innerText.includes('enregistrée')`)
	v.opened(b, "batch recorded")
	b.run(do(`document.querySelector('form[action$=annulation] button').click()`))
	b.until("the batch taken back", `document.querySelector('h1')?.innerText.includes('repris')`)
	v.check(b, "batch taken back")
	v.goes(b, "/bureau/decisions", "own batches")
}

func (v *visit) decision(b, other *browser, one string) {
	v.Helper()
	v.opinion(b, one)
	v.batch(b)
	v.goes(b, one+"/complement", "complements to ask for")
	other.open(one)
	v.mark(one + "/apercu")   // a part of the list
	b.open(one + "/presence") // a part of the page
	v.mark(one + "/presence")
	b.open(one)
	b.until("the colleague", `document.querySelector('#presence .banner')`)
	v.check(b, "dossier, a colleague is there")
	b.tick("decision", "refused")
	v.send(b, `#decider [name=decision]`)
	v.check(b, "decision with errors")
	b.open(one)
	b.tick("decision", "accepted")
	v.send(b, `#decider [name=decision]`)
	v.check(b, "decision recorded")
	other.tick("decision", "refused")
	other.fill("motif", "Priorité aux agents de catégorie B.")
	v.send(other, `#decider [name=decision]`)
	other.until("the conflict", `document.querySelector('.conflict')`)
	v.check(other, "decision, a colleague decided first")
}

var opinionLink = regexp.MustCompile(`https?://[^\s"<>]+/avis/[A-Za-z0-9_-]+`)

// opinion is asked of the line manager of another, who reads it by link and by account.
func (v *visit) opinion(b *browser, one string) {
	v.Helper()
	v.goes(b, one+"/avis", "opinion to ask for")
	v.send(b, `#demande-avis [name=nom]`)
	v.check(b, "opinion to ask for, with errors")
	b.fill("nom", "Sylvie Renaud")
	b.fill("courriel", seed.LineManager)
	b.fill("question", "Le projet tient-il ?")
	b.run(do(`document.querySelector('#montre input').checked = true`))
	v.send(b, `#demande-avis [name=nom]`)
	v.check(b, "opinion asked for")
	expert := v.as(seed.LineManager)
	link := v.mailed(seed.LineManager, opinionLink)
	v.goes(expert, link, "opinion")
	v.goes(expert, expert.value(`document.querySelector('a[href^="/mes-avis/"]').getAttribute('href')`), "opinion by account")
	v.send(expert, `main [name=avis]`)
	v.check(expert, "opinion with errors")
	expert.open(link)
	expert.tick("avis", "reserved")
	expert.fill("texte", "Oui, avec un stage.")
	v.send(expert, `main [name=avis]`)
	v.check(expert, "opinion given")
	b.open(one)
	v.check(b, "dossier with an opinion")
}

// mails are the demonstration's mailbox.
func (v *visit) mails() {
	b := v.visitor
	v.goes(b, "/_mail", "mailbox")
	mail := v.links(b, `a[href^="/_mail/"]`, `^/_mail/[0-9a-f-]+`)[0]
	v.goes(b, mail, "mail")
	b.open(mail + "?version=texte")
	v.check(b, "mail, its text")
	v.content(b, mail+"/contenu")
	b.open("/_mail?pour=personne@exemple.example.org")
	v.check(b, "mailbox, nothing for somebody")
}

// content checks a mail as it was sent. Its own address lets nothing run, not
// even axe: the same document is looked at in an empty page, inside a main as
// mail programs show it.
func (v *visit) content(b *browser, path string) {
	v.Helper()
	b.open(path)
	v.mark(path)
	html := b.value("document.documentElement.outerHTML")
	b.open("about:blank")
	b.run(do(fmt.Sprintf(`document.open(); document.write(%s); document.close();
		{ const m = document.createElement('main'); m.append(...document.body.childNodes); document.body.append(m); }`, quoted("<!DOCTYPE html>"+html))))
	v.check(b, "mail as it was sent")
}

// quoted is a text as a script writes it.
func quoted(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}

// later is what a month brings: links and sessions that ended.
func (v *visit) later() {
	b := v.browser()
	v.register(b, "Grand", "plus.tard@exemple.example.org")
	activate := v.mailed("plus.tard@exemple.example.org", activation)
	approve := v.waiting()
	writing := v.as(seed.Applicant)
	writing.open("/mes-candidatures")
	draft := v.links(writing, `main a[href*="/etapes/"]`, `^/candidatures/[0-9a-f-]+`)[0]
	writing.open(draft + "/etapes/3")
	for range 2 {
		b.open("/")
		b.run(do(`document.querySelector('#saut').value = '31j'`))
		v.send(b, "#saut")
	}
	v.goes(b, activate, "activation, expired")
	v.goes(b, approve, "approval, expired")
	v.send(b, `main form button[type=submit]`)
	v.check(b, "approval, new link sent")
	elsewhere := v.as(seed.Applicant)
	elsewhere.open("/compte/connexions")
	v.send(elsewhere, `main form[action="/compte/connexions"] button`)
	writing.fill("expectations", "Ce qui fut écrit après la fin de la session.")
	writing.until("the sign-in over the page", `document.querySelector('dialog[open]')`)
	v.check(writing, "session ended while writing")
}

// waiting is the link of an approval that nobody has given.
func (v *visit) waiting() string {
	v.Helper()
	b := v.browser()
	b.open("/_mail")
	asked := b.value(`[...document.querySelectorAll('a[href^="/_mail/"]')].filter(a => a.innerText.includes('@mairie.')).map(a => a.getAttribute('href').split('?')[0]).join(' ')`)
	for _, mail := range strings.Fields(asked) {
		b.open(mail + "?version=texte")
		if link := approvalLink.FindString(b.value(`document.documentElement.innerHTML`)); link != "" {
			b.open(link)
			if b.value(`!!document.querySelector('[name=reponse]')`) == "true" {
				return link
			}
		}
	}
	b.fail("no approval waits")
	return ""
}

// gallery checks every component in every state.
func (v *visit) gallery() {
	b := v.visitor
	b.open("/_gallery")
	v.mark("/_gallery") // the review shown there writes an address of its own
	v.check(b, "gallery")
	sections := gallery.Sections(b.ctx)
	for _, s := range sections {
		if b.value(fmt.Sprintf(`!!document.getElementById(%q)`, s.ID)) != "true" {
			v.Errorf("the component %s is not in the gallery", s.Title)
		}
	}
	v.goes(b, "/_gallery/"+sections[0].ID, "component "+sections[0].Title)
}
