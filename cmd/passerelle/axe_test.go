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
	"github.com/pquerna/otp/totp"

	"passerelle/cmd/internal/portaltest"
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
		v := newVisit(t, portaltest.StartDemo(t))
		v.public()
		v.signUp()
		v.signIn()
		v.draft()
		v.papers()
		v.own() // it changes the address of who gave papers
		v.applicant()
		v.manager()
		v.desk()
		v.imports()
		v.mails()
		v.searches()
		v.searchConsole()
		v.searchSettings()
		v.later()
		v.news()
		v.gallery()
		v.storage()
		v.everyRoute()
	})
}

// visit is a walk through one demonstration by everyone who uses it.
type visit struct {
	*testing.T
	demo    *portaltest.Demo
	axe     string
	seen    map[string]bool // patterns of the table
	visitor *portaltest.Browser
	pages   int
}

func newVisit(t *testing.T, demo *portaltest.Demo) *visit {
	t.Helper()
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{T: t, demo: demo, axe: string(axe), seen: map[string]bool{}}
	v.visitor = v.browser()
	return v
}

// browser is somebody's window, without motion: a colour that is changing has
// no contrast to measure.
func (v *visit) browser() *portaltest.Browser {
	v.Helper()
	b := portaltest.NewBrowser(v.T, v.demo.URL, true)
	b.Run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}))
	return b
}

// as is a window of somebody signed in.
func (v *visit) as(email string) *portaltest.Browser {
	v.Helper()
	b := v.browser()
	b.SignIn(email, seed.Password)
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
func (v *visit) opened(b *portaltest.Browser, name string) {
	v.Helper()
	v.mark(b.Value("location.pathname"))
	v.check(b, name)
}

// goes opens an address and checks what is there.
func (v *visit) goes(b *portaltest.Browser, path, name string) {
	v.Helper()
	b.Open(path)
	v.opened(b, name)
}

// leads opens an address that has no page of its own and checks where it leads.
func (v *visit) leads(b *portaltest.Browser, path string) {
	v.Helper()
	b.Open(path)
	if b.Value("location.pathname") == path {
		v.Errorf("%s leads nowhere", path)
	}
	v.mark(path)
	v.check(b, path)
}

// fetched counts the route of a part of a page, which the page asked for.
func (v *visit) fetched(b *portaltest.Browser, beginning string) {
	v.Helper()
	asked := fmt.Sprintf(`performance.getEntriesByType('resource').map(e => new URL(e.name).pathname).find(p => p.match(%q))`, beginning)
	b.Until("a request of "+beginning, asked)
	v.mark(b.Value(asked))
}

// check runs axe on what the window shows, four times. A page that another takes the
// place of meanwhile is left for that one.
func (v *visit) check(b *portaltest.Browser, name string) {
	v.Helper()
	var broken map[violation][]string
	var err error
	for range 3 {
		b.Until("the page", `document.readyState === 'complete'`)
		if broken, err = v.look(b); err == nil {
			break
		}
	}
	if err != nil {
		b.Fail("axe: %v", err)
	}
	v.narrow(b, name)
	v.pages++
	for found, where := range broken {
		v.Errorf("%s (%s): %s: %s\n  %s\n  %s\n  in %s", name, b.Location(), found.Rule, found.Help, found.Target,
			strings.ReplaceAll(found.Why, "\n", "\n  "), strings.Join(where, ", "))
	}
}

// look is what axe finds in one page, wide and narrow, light and dark.
func (v *visit) look(b *portaltest.Browser) (map[violation][]string, error) {
	ctx, cancel := context.WithTimeout(b.Context, 3*portaltest.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, portaltest.Do(v.axe)); err != nil {
		return nil, err
	}
	broken := map[violation][]string{}
	for _, width := range []int64{1280, 390} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)); err != nil {
			return nil, err
		}
		for _, dark := range []bool{false, true} {
			all, err := violations(ctx, dark)
			if err != nil {
				return nil, err
			}
			for _, found := range all {
				broken[found] = append(broken[found], fmt.Sprintf("%d px, dark %t", width, dark))
			}
		}
	}
	return broken, nil
}

func violations(ctx context.Context, dark bool) (found []violation, err error) {
	told, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(inspection, dark), chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, err
	}
	return found, json.Unmarshal([]byte(told), &found)
}

// narrow says what sticks out of a page 320 px wide, and gives it its width again.
func (v *visit) narrow(b *portaltest.Browser, name string) {
	v.Helper()
	b.Run(chromedp.EmulateViewport(320, 900))
	if wide := b.Value(`document.documentElement.scrollWidth`); wide != "320" {
		v.Errorf("%s (%s): %s px wide at 320 px: %s", name, b.Location(), wide, b.Value(widest))
	}
	b.Run(chromedp.EmulateViewport(1280, 1000), portaltest.Do(`delete document.documentElement.dataset.theme`))
}

// widest names what sticks out of the page.
const widest = `[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > 320 && e.checkVisibility())
	.slice(0, 4).map(e => e.tagName.toLowerCase() + '.' + e.className).join(', ')`

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
var notPages = []string{"/documents/:id", "/documents/:id/pages/:n", "/documents/:id/texte", "/modeles/:file", "/connexion/cle", "/compte/double-verification/cle",
	"/avis/:token/pieces/:document", "/avis/:token/pieces/:document/pages/:n", "/bureau/exports/:id/fichier", "/bureau/candidatures/:id/archive", "/administration/imports/:id/rapport.csv",
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
func (v *visit) send(b *portaltest.Browser, selector string) {
	v.Helper()
	b.Run(portaltest.Do(fmt.Sprintf(`{ window.pressed = true; const e = document.querySelector(%q); e.form.requestSubmit(e.type === 'submit' ? e : null); }`, selector)))
	b.Until("the answer", `!window.pressed && document.readyState === 'complete'`)
}

func (v *visit) public() {
	b := v.visitor
	v.goes(b, "/", "home")
	v.goes(b, "/recherche?q=infirmiere&nature=formation&inscription=ouverte", "results")
	course := b.Value(`document.querySelector('.result__title a').getAttribute('href')`)
	v.goes(b, "/recherche?q=managment", "results, corrected")
	v.goes(b, "/recherche?q=zqxwkj", "no result")
	v.goes(b, course, "course")
	session := b.Value(`document.querySelector('main form[action^="/sessions/"]').getAttribute('action')`)
	v.goes(b, session, "session, open")
	for kind, name := range map[string]string{"diplome": "programme", "annonce": "announcement"} {
		b.Open("/recherche?nature=" + kind)
		v.goes(b, b.Value(`document.querySelector('.result__title a').getAttribute('href')`), name)
	}
	v.goes(b, "/diplomes", "tree of programmes")
	v.goes(b, b.Value(`document.querySelector('#arbre a[href^="/diplomes/composantes/"]').getAttribute('href')`), "component")
	v.goes(b, "/diplomes?q=droit+notarial", "tree of programmes, narrowed")
	v.goes(b, b.Value(`document.querySelector('#arbre a[href^="/campagnes/"]').getAttribute('href')`), "campaign, open")
	v.goes(b, "/recherche?structures=universite&structure=universite-de-poitiers", "results, structures by name")
	v.goes(b, "/annonces", "announcements")
	v.goes(b, "/annonces?q=gestion&specialite=M&region=11&tri=-cloture", "announcements, narrowed and sorted")
	v.goes(b, "/annonces?debut_du=demain&fin_du=2/1/2027&fin_au=1/1/2027", "announcements, wrong dates")
	v.goes(b, "/annonces?numero=rien&ouvertes=1", "announcements, none")
	for _, path := range []string{"/themes", "/mentions-legales", "/donnees-personnelles", "/accessibilite", "/aide", "/conditions", "/plan-du-site"} {
		v.goes(b, path, path)
	}
	for _, path := range []string{"/formations", "/campagnes", "/candidatures"} {
		v.leads(b, path)
	}
	b.Open("/nulle-part/infirmiere")
	v.check(b, "not found")
	english := v.browser()
	english.Open("/")
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
	link := v.visitor.Mailed("axelle.petit@exemple.example.org", portaltest.Activation)
	v.goes(b, link, "activation")
	b.Press("Ouvrir mon compte")
	b.See("Votre compte est ouvert")
	v.check(b, "account open")
	b.Open(link)
	v.check(b, "activation, used")
	b.Open("/activation/" + strings.Repeat("A", 43))
	v.check(b, "activation, unknown link")
}

func (v *visit) register(b *portaltest.Browser, name, email string) {
	v.Helper()
	b.Open("/inscription")
	for name, value := range map[string]string{"birth_name": name, "first_name": "Axelle", "birth_date": "12/04/1988", "email": email,
		"email_again": email, "password": "Un pont de pierre 7", "password_again": "Un pont de pierre 7"} {
		b.Fill(name, value)
	}
	for _, name := range []string{"text_charter", "text_privacy", "text_legal"} {
		b.Click(fmt.Sprintf("input[type=checkbox][name=%s]", name))
	}
	time.Sleep(3 * time.Second) // a person is not that fast
	b.Press("Créer mon compte")
	b.Heading("Regardez votre boîte")
}

var resetLink = regexp.MustCompile(`https?://[^\s"<>]+/mot-de-passe/[A-Za-z0-9_-]+`)

func (v *visit) signIn() {
	b := v.browser()
	v.goes(b, "/connexion", "sign-in")
	b.Fill("email", seed.NewApplicant)
	b.Fill("password", "Un autre pont 3")
	v.send(b, `main [name=password]`)
	v.check(b, "sign-in refused")
	v.goes(b, "/mot-de-passe-oublie", "forgotten password")
	v.send(b, `main [name=email]`)
	v.check(b, "forgotten password with errors")
	b.Fill("email", seed.NewApplicant)
	time.Sleep(3 * time.Second)
	v.send(b, `main [name=email]`)
	v.check(b, "forgotten password, mail sent")
	link := v.visitor.Mailed(seed.NewApplicant, resetLink)
	v.goes(b, link, "new password")
	v.send(b, `main [name=password]`)
	v.check(b, "new password with errors")
	b.Fill("password", seed.Password)
	b.Fill("password_again", seed.Password)
	v.send(b, `main [name=password]`)
	v.check(b, "new password kept")
	b.Open(link)
	v.check(b, "new password, used link")
}

// draft is a form before any account: its pages, errors and conflict.
func (v *visit) draft() {
	b := v.browser()
	v.goes(b, "/brouillon", "no draft here")
	b.Open("/recherche?q=infirmiere&nature=formation&inscription=ouverte")
	b.Click(".result__title a")
	b.Until("the course", `location.pathname.startsWith('/formations/')`)
	b.Press("Pré-inscription")
	b.Heading("Identité")
	one := strings.TrimSuffix(b.Value("location.pathname"), "/etapes/1")
	for n := 1; n <= 5; n++ {
		v.goes(b, fmt.Sprintf("%s/etapes/%d", one, n), fmt.Sprintf("step %d", n))
	}
	v.send(b, `[name=accuracy]`)
	v.check(b, "recapitulation with errors")
	for n := 1; n <= 4; n++ {
		b.Open(fmt.Sprintf("%s/etapes/%d?manque=1", one, n))
		v.check(b, fmt.Sprintf("step %d, what is missing", n))
	}
	b.Open(one + "/etapes/1")
	b.Fill("birth_date", "31/02/1988")
	b.Fill("email", "camille@")
	v.send(b, `[name=_go][value=suite]:not([tabindex])`)
	b.Until("the summary", `document.querySelector('[data-error-summary]')`)
	v.check(b, "step with errors")
	v.questions(b, one)
	v.conflict(b, one)
	v.goes(b, "/brouillon", "draft found")
	v.goes(b, one+"/effacement", "draft to erase")
	v.send(b, `main form[action$="/effacement"] button`)
	b.Until("the page of what was erased", `location.pathname === '/brouillon/efface'`)
	v.opened(b, "draft erased")
}

// questions are those that answers bring, and the completing field open.
func (v *visit) questions(b *portaltest.Browser, one string) {
	b.Open(one + "/etapes/2")
	b.Tick("status", "civil_servant")
	b.Until("the questions of a civil servant", `document.querySelector('[name=civil_service]')`)
	b.Fill("employer.name", "limoges")
	b.Until("the list", `document.querySelector('[role=listbox] [role=option]')?.checkVisibility()`)
	v.fetched(b, "^/completion/")
	v.check(b, "step with its conditional questions and a list open")
	b.Open(one + "/etapes/3")
	b.Press("Ajouter")
	b.Settle()
	v.check(b, "step with a repeated row")
}

func (v *visit) conflict(b *portaltest.Browser, one string) {
	two := b.Tab()
	b.Open(one + "/etapes/3")
	two.Open(one + "/etapes/3")
	for tab, text := range map[*portaltest.Browser]string{b: "Première version.", two: "Seconde version."} {
		tab.Fill("why_now", text)
		tab.Press("Enregistrer")
		tab.Settle()
	}
	b.Open(one + "/etapes/3")
	b.Until("the conflict", `document.querySelector('.conflict')`)
	v.check(b, "step with two answers to choose from")
	b.Open(one + "/etapes/5")
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
	b.Open("/compte/mot-de-passe")
	v.send(b, `main [name=current]`)
	v.check(b, "password with errors")
	b.Open("/compte/courriel")
	v.send(b, `main [name=email]`)
	v.check(b, "address with errors")
	b.Fill("email", "noe.nouveau@exemple.example.org")
	b.Fill("email_again", "noe.nouveau@exemple.example.org")
	b.Fill("current", seed.Password)
	v.send(b, `main [name=email]`)
	v.check(b, "address waiting")
	v.factors(b, seed.NewApplicant)
	link := v.visitor.Mailed("noe.nouveau@exemple.example.org", addressLink)
	v.goes(b, link, "address to confirm")
	v.send(b, `main form button[type=submit]`)
	v.check(b, "address confirmed")
	b.Open(link)
	v.check(b, "address link, used")
	b.Open("/bureau")
	v.check(b, "page of others")
}

// factors walks through the pages of the second factor, and takes it away again:
// others sign in to the same account later.
func (v *visit) factors(b *portaltest.Browser, email string) {
	b.Open("/compte/double-verification")
	v.opened(b, "second factors, none")
	keeps(b, "walk-factors")
	v.goes(b, "/compte/double-verification/confirmation", "proof by the password")
	v.send(b, `main [name=current]`)
	v.check(b, "proof with errors")
	v.goes(b, "/compte/double-verification/application", "new application of codes")
	keeps(b, "walk-application")
	secret := strings.ReplaceAll(b.Value(`document.querySelector('.secret').textContent`), " ", "")
	b.Fill("code", "000000")
	v.send(b, `main [name=code]`)
	v.check(b, "new application, wrong code")
	b.Fill("code", v.code(secret, 0))
	v.send(b, `main [name=code]`)
	v.check(b, "recovery codes")
	keeps(b, "walk-codes")
	codes := strings.Fields(b.Value(`[...document.querySelectorAll('.codes li')].map(li => li.textContent).join(' ')`))
	v.goes(b, "/compte/double-verification", "second factors")
	v.goes(b, "/compte/double-verification/confirmation", "proof by a code")
	other := v.as(email)
	v.opened(other, "second factor asked")
	keeps(other, "walk-ask")
	other.Fill("code", "000000")
	v.send(other, `main [name=code]`)
	v.check(other, "second factor, wrong code")
	other.Fill("code", codes[0])
	v.send(other, `main [name=code]`)
	other.Open("/compte/double-verification")
	v.send(other, `form[action$="/retrait"] button`)
	v.check(other, "second factor removed")
	b.SignIn(email, seed.Password)
}

// code is what an application of codes shows, some half minutes later.
func (v *visit) code(secret string, later int) string {
	v.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(later)*30*time.Second))
	if err != nil {
		v.Fatal(err)
	}
	return code
}

// applicant has one application in each state.
func (v *visit) applicant() {
	b := v.as(seed.Applicant)
	v.goes(b, "/mes-candidatures", "dashboard")
	all := v.links(b, `main a[href^="/candidatures/"]`, `^/candidatures/[0-9a-f-]+`)
	led := map[string]bool{}
	for _, one := range all {
		for _, rest := range []string{"", "/recu", "/desistement", "/superieur"} {
			b.Open(one + rest)
			if !led[b.Location()] { // a page that leads elsewhere is seen there
				led[b.Location()] = true
				v.opened(b, "application "+rest)
			}
		}
		if button := `main form[action$="/superieur"] [name=manager_email]`; b.Value(`!!document.querySelector('`+button+`')`) == "true" {
			b.Fill("manager_email", seed.Applicant)
			v.send(b, button)
			v.check(b, "another line manager, refused")
		}
	}
}

// links are distinct beginnings of addresses in the page.
func (v *visit) links(b *portaltest.Browser, selector, beginning string) []string {
	v.Helper()
	var list []string
	re := regexp.MustCompile(beginning)
	for _, href := range strings.Fields(b.Value(fmt.Sprintf(`[...document.querySelectorAll(%q)].map(a => a.getAttribute('href')).join(' ')`, selector))) {
		if one := re.FindString(href); one != "" && !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		b.Fail("no link %s", selector)
	}
	return list
}

func (v *visit) manager() {
	b := v.as(seed.LineManager)
	v.goes(b, "/mes-validations", "approvals")
	all := v.links(b, `main a[href^="/mes-validations/"]`, `^/mes-validations/[0-9a-f-]+`)
	v.goes(b, all[0], "approval by account")
	b = v.browser()
	link := v.visitor.Mailed(seed.LineManager, portaltest.ApprovalLink)
	v.goes(b, link, "approval")
	b.Tick("reponse", "refuse")
	v.send(b, `main [name=reponse]`)
	v.check(b, "approval with errors")
	b.Open(link)
	b.Tick("reponse", "approve")
	v.send(b, `main [name=reponse]`)
	v.check(b, "approval given")
	b.Open(link)
	v.check(b, "approval, used link")
}

func (v *visit) desk() {
	b := v.as(seed.Officer)
	v.goes(b, "/bureau", "desk")
	v.goes(b, "/bureau/absences", "absences")
	v.send(b, `main [name=gestionnaire]`)
	v.check(b, "absences with errors")
	b.Open("/bureau")
	all := v.links(b, `main a[href^="/bureau/candidatures/"]`, `^/bureau/candidatures/[0-9a-f-]+`)
	b.Open("/bureau?q=zqxwkj")
	v.check(b, "desk, nothing found")
	other := v.as(seed.Administrator)
	decided, told := false, map[string]bool{}
	for _, one := range all {
		b.Open(one)
		state := b.Value(`document.querySelector('main .status').innerText`)
		if !told[state] {
			told[state] = true
			v.opened(b, "dossier, "+state)
		}
		if !decided && b.Value(`!!document.querySelector('[name=decision]')`) == "true" {
			decided = true
			v.decision(b, other, one)
		}
	}
	if !decided {
		b.Fail("no application to decide")
	}
}

// batch rehearses and records a decision for all, takes it back, and opens the
// choice of an export.
func (v *visit) batch(b *portaltest.Browser) {
	v.Helper()
	v.goes(b, "/bureau/exports?vue=toutes", "export")
	b.Open("/bureau?vue=toutes&q=Fontaine")
	b.Until("a dossier with documents", `document.querySelector('a[data-review]')`)
	review := b.Value(`document.querySelector('a[data-review]').pathname`)
	b.Open(review)
	b.Until("the review", `document.querySelector('.review')`)
	v.mark(review)
	v.check(b, "review of documents")
	b.Open("/bureau?vue=toutes")
	b.Run(portaltest.Do(`document.querySelector('#lot [name=tous]').click()`))
	b.Until("the rehearsal", `location.pathname === '/bureau/decisions' && document.querySelector('[name=decision]')`)
	v.opened(b, "rehearsal, nothing chosen")
	b.Tick("decision", "on_hold")
	b.Run(portaltest.Do(`document.querySelector('button[value=repeter].button--primary').click()`))
	b.Until("what would be recorded", `document.querySelector('button[value=enregistrer]')`)
	v.check(b, "rehearsal")
	b.Run(portaltest.Do(`document.querySelector('button[value=enregistrer]').click()`))
	b.Until("the batch", `document.querySelector('h1')?.innerText.includes('enregistrée')`)
	v.opened(b, "batch recorded")
	b.Run(portaltest.Do(`document.querySelector('form[action$=annulation] button').click()`))
	b.Until("the batch taken back", `document.querySelector('h1')?.innerText.includes('repris')`)
	v.check(b, "batch taken back")
	v.goes(b, "/bureau/decisions", "own batches")
}

func (v *visit) decision(b, other *portaltest.Browser, one string) {
	v.Helper()
	v.opinion(b, one)
	v.batch(b)
	v.goes(b, one+"/complement", "complements to ask for")
	other.Open(one)
	v.mark(one + "/apercu")   // a part of the list
	b.Open(one + "/presence") // a part of the page
	v.mark(one + "/presence")
	b.Open(one)
	b.Until("the colleague", `document.querySelector('#presence .banner')`)
	v.check(b, "dossier, a colleague is there")
	b.Tick("decision", "refused")
	v.send(b, `#decider [name=decision]`)
	v.check(b, "decision with errors")
	b.Open(one)
	b.Tick("decision", "accepted")
	v.send(b, `#decider [name=decision]`)
	v.check(b, "decision recorded")
	other.Tick("decision", "refused")
	other.Fill("motif", "Priorité aux agents de catégorie B.")
	v.send(other, `#decider [name=decision]`)
	other.Until("the conflict", `document.querySelector('.conflict')`)
	v.check(other, "decision, a colleague decided first")
}

var opinionLink = regexp.MustCompile(`https?://[^\s"<>]+/avis/[A-Za-z0-9_-]+`)

// opinion is asked of the line manager of another, who reads it by link and by account.
func (v *visit) opinion(b *portaltest.Browser, one string) {
	v.Helper()
	v.goes(b, one+"/avis", "opinion to ask for")
	v.send(b, `#demande-avis [name=nom]`)
	v.check(b, "opinion to ask for, with errors")
	b.Fill("nom", "Sylvie Renaud")
	b.Fill("courriel", seed.LineManager)
	b.Fill("question", "Le projet tient-il ?")
	b.Run(portaltest.Do(`document.querySelector('#montre input').checked = true`))
	v.send(b, `#demande-avis [name=nom]`)
	v.check(b, "opinion asked for")
	expert := v.as(seed.LineManager)
	link := v.visitor.Mailed(seed.LineManager, opinionLink)
	v.goes(expert, link, "opinion")
	v.goes(expert, expert.Value(`document.querySelector('a[href^="/mes-avis/"]').getAttribute('href')`), "opinion by account")
	v.send(expert, `main [name=avis]`)
	v.check(expert, "opinion with errors")
	expert.Open(link)
	expert.Tick("avis", "reserved")
	expert.Fill("texte", "Oui, avec un stage.")
	v.send(expert, `main [name=avis]`)
	v.check(expert, "opinion given")
	b.Open(one)
	v.check(b, "dossier with an opinion")
}

// mails are the demonstration's mailbox.
func (v *visit) mails() {
	b := v.visitor
	v.goes(b, "/_mail", "mailbox")
	mail := v.links(b, `a[href^="/_mail/"]`, `^/_mail/[0-9a-f-]+`)[0]
	v.goes(b, mail, "mail")
	b.Open(mail + "?version=texte")
	v.check(b, "mail, its text")
	v.content(b, mail+"/contenu")
	b.Open("/_mail?pour=personne@exemple.example.org")
	v.check(b, "mailbox, nothing for somebody")
}

// content checks a mail as it was sent. Its own address lets nothing run, not
// even axe: the same document is looked at in an empty page, inside a main as
// mail programs show it.
func (v *visit) content(b *portaltest.Browser, path string) {
	v.Helper()
	b.Open(path)
	v.mark(path)
	html := b.Value("document.documentElement.outerHTML")
	b.Open("about:blank")
	b.Run(portaltest.Do(fmt.Sprintf(`document.open(); document.write(%s); document.close();
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
	activate := v.visitor.Mailed("plus.tard@exemple.example.org", portaltest.Activation)
	approve := v.waiting()
	writing := v.as(seed.Applicant)
	writing.Open("/mes-candidatures")
	draft := v.links(writing, `main a[href*="/etapes/"]`, `^/candidatures/[0-9a-f-]+`)[0]
	writing.Open(draft + "/etapes/3")
	for range 2 {
		b.Open("/")
		b.Run(portaltest.Do(`document.querySelector('#saut').value = '31j'`))
		v.send(b, "#saut")
	}
	v.goes(b, activate, "activation, expired")
	v.goes(b, approve, "approval, expired")
	v.send(b, `main form button[type=submit]`)
	v.check(b, "approval, new link sent")
	elsewhere := v.as(seed.Applicant)
	elsewhere.Open("/compte/connexions")
	v.send(elsewhere, `main form[action="/compte/connexions"] button`)
	writing.Fill("expectations", "Ce qui fut écrit après la fin de la session.")
	writing.Until("the sign-in over the page", `document.querySelector('dialog[open]')`)
	v.check(writing, "session ended while writing")
}

// waiting is the link of an approval that nobody has given.
func (v *visit) waiting() string {
	v.Helper()
	b := v.browser()
	b.Open("/_mail")
	asked := b.Value(`[...document.querySelectorAll('a[href^="/_mail/"]')].filter(a => a.innerText.includes('@mairie.')).map(a => a.getAttribute('href').split('?')[0]).join(' ')`)
	for _, mail := range strings.Fields(asked) {
		b.Open(mail + "?version=texte")
		if link := portaltest.ApprovalLink.FindString(b.Value(`document.documentElement.innerHTML`)); link != "" {
			b.Open(link)
			if b.Value(`!!document.querySelector('[name=reponse]')`) == "true" {
				return link
			}
		}
	}
	b.Fail("no approval waits")
	return ""
}

// gallery checks every component in every state.
func (v *visit) gallery() {
	b := v.visitor
	b.Open("/_gallery")
	v.mark("/_gallery") // the review shown there writes an address of its own
	v.check(b, "gallery")
	sections := gallery.Sections(b.Context)
	for _, s := range sections {
		if b.Value(fmt.Sprintf(`!!document.getElementById(%q)`, s.ID)) != "true" {
			v.Errorf("the component %s is not in the gallery", s.Title)
		}
	}
	v.goes(b, "/_gallery/"+sections[0].ID, "component "+sections[0].Title)
}
