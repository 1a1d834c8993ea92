package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestScenario is what a stranger does, from the front page to the decision,
// twice: with JavaScript and without (P13.8).
func TestScenario(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole scenario takes a minute")
	}
	t.Parallel() // of its own demonstration
	for _, scripts := range []bool{false, true} {
		name := "P13.8 from catalogue to decision without JavaScript"
		if scripts {
			name = "P13.8 from catalogue to decision with JavaScript"
		}
		t.Run(name, func(t *testing.T) {
			s := &story{T: t, demo: startDemo(t), scripts: scripts, email: "lucie.martin@exemple.example.org"}
			s.applicant = newBrowser(t, s.demo.URL, scripts)
			s.search()
			s.course()
			s.begin()
			s.account()
			s.steps()
			s.twoTabs()
			s.submit()
			s.approve()
			s.decide()
			s.release()
			s.withdraw()
			s.verify()
		})
	}
}

// story carries the people and what they learnt from one part to the next.
type story struct {
	*testing.T
	demo      *demonstration
	scripts   bool
	email     string
	applicant *browser
	title     string // of the course
	draft     string // address of the draft, /candidatures/{id}
	number    string // PR-2026-000042
	dossier   string // address at the desk
}

const demoPassword = "Traverser-le-pont-9"

// search types four queries; the address follows and can be given to someone
// else.
func (s *story) search() {
	b := s.applicant
	b.open("/")
	b.see("6 086 formations")
	b.see("Parcourir par thème")
	for _, q := range []struct{ typed, found string }{
		{"infirmiere", "infirmier"}, {"bts compta", "comptab"}, {"formation des adultes", "adultes"}, {"managment", "anagement"},
	} {
		b.open("/recherche")
		b.fill("q", q.typed)
		if !s.scripts {
			b.press("Rechercher")
		}
		b.until("results for "+q.typed, fmt.Sprintf(`new URLSearchParams(location.search).get('q') === %q &&
			document.querySelector('.result__title') && document.querySelector('.result__title').innerText.toLowerCase().includes(%q)`, q.typed, strings.ToLower(q.found)))
	}
	// The same address shows the same to someone else.
	b.open("/recherche?q=infirmiere&inscription=ouverte")
	first := b.value(`document.querySelector('.result__title').innerText`)
	other := newBrowser(s.T, s.demo.URL, s.scripts)
	other.open(b.location())
	if got := other.value(`document.querySelector('.result__title').innerText`); got != first {
		s.Fatalf("the copied address shows %q, not %q", got, first)
	}
	b.click(".result__title a")
	b.until("the course", `location.pathname.startsWith('/formations/')`)
	b.run(back())
	b.until("the results again", `location.pathname === '/recherche' && document.querySelector('.result__title')`)
}

// course opens a course with an open session; what cannot be chosen says why.
func (s *story) course() {
	b := s.applicant
	b.open("/recherche?q=infirmiere&nature=formation&inscription=ouverte")
	b.click(".result__title a")
	b.until("the course", `location.pathname.startsWith('/formations/')`)
	s.title = strings.TrimSpace(b.value(`document.querySelector('h1').innerText`))
	silent := b.value(`[...document.querySelectorAll('main table tbody tr')].filter(r => !r.querySelector('form') && !r.querySelector('.status')).length`)
	if silent != "0" {
		s.Fatalf("%s sessions neither open nor explained", silent)
	}
}

// begin starts a draft before any account exists (P17.3).
func (s *story) begin() {
	b := s.applicant
	b.press("Pré-inscription")
	b.heading("Identité")
	s.draft = strings.TrimSuffix(b.value("location.pathname"), "/etapes/1")
	b.fill("birth_name", "Martin")
	b.fill("first_name", "Lucie")
	b.press("Enregistrer et passer à la page suivante")
	b.heading("Situation professionnelle")
	b.open(s.draft + "/etapes/1")
	if got := b.value(`document.querySelector('[name=birth_name]').value`); got != "Martin" {
		s.Fatalf("the partial step kept %q", got)
	}
}

var activation = regexp.MustCompile(`https?://[^\s"<>]+/activation/[A-Za-z0-9_-]+`)

// account signs up; the mail is opened in another browser; the draft is theirs.
func (s *story) account() {
	b := s.applicant
	b.open("/inscription")
	b.fill("birth_name", "Martin")
	b.fill("first_name", "Lucie")
	b.fill("birth_date", "12/04/1988")
	b.fill("email", s.email)
	b.fill("email_again", s.email)
	b.fill("password", "Un pont de pierre 7")
	b.fill("password_again", "Un pont de pierre 7")
	for _, name := range []string{"text_charter", "text_privacy", "text_legal"} {
		b.click(fmt.Sprintf("input[type=checkbox][name=%s]", name))
	}
	if b.value(`document.querySelector('[name=same_name]').checked`) == "false" {
		b.click(`[name=same_name]`)
	}
	time.Sleep(3 * time.Second) // a person is not that fast
	b.press("Créer mon compte")
	b.heading("Regardez votre boîte")
	link := s.mailed(s.email, activation)
	elsewhere := newBrowser(s.T, s.demo.URL, s.scripts)
	elsewhere.open(link)
	elsewhere.heading("Ouvrir votre compte")
	elsewhere.press("Ouvrir mon compte")
	elsewhere.see("Votre compte est ouvert")
	s.signIn(b, s.email, "Un pont de pierre 7")
	b.open("/mes-candidatures")
	b.see(s.title)
	b.open(s.draft)
	b.until("the step where they were", `location.pathname.includes('/etapes/')`)
}

func (s *story) signIn(b *browser, email, password string) {
	s.Helper()
	b.open("/connexion")
	b.fill("email", email)
	b.fill("password", password)
	b.click(`main form button[type=submit].button--primary`)
	b.until("the sign-in to end", `location.pathname !== '/connexion' && document.body`)
}

// mailed waits for a mail to an address in the local mailbox and returns the
// link of the given form.
func (s *story) mailed(to string, link *regexp.Regexp) string {
	s.Helper()
	b := newBrowser(s.T, s.demo.URL, s.scripts)
	for range 60 {
		b.open("/_mail?pour=" + to)
		for _, address := range strings.Fields(b.value(`[...document.querySelectorAll('a[href^="/_mail/"]')].map(a => a.getAttribute('href').split('?')[0]).join(' ')`)) {
			b.open(address + "?version=texte")
			if found := link.FindString(b.value(`document.documentElement.innerHTML`)); found != "" {
				return found
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	b.fail("no mail to %s with %s", to, link)
	return ""
}

// steps fills the form, out of order, with conditions that show and hide.
func (s *story) steps() {
	b := s.applicant
	b.open(s.draft + "/etapes/4")
	b.heading("Supérieur hiérarchique")
	b.fill("manager_last_name", "Renaud")
	b.fill("manager_first_name", "Sylvie")
	b.fill("manager_function", "Directrice")
	b.fill("manager_email", strings.ToUpper(s.email))
	b.press("Enregistrer et passer à la page suivante")
	b.until("the own address refused", `document.querySelector('[name=manager_email]').getAttribute('aria-invalid') === 'true'`)
	b.fill("manager_email", "sylvie.renaud@mairie.example.org")
	b.press("Enregistrer")
	b.settle()
	b.open(s.draft + "/etapes/1")
	b.fill("birth_name", "Martin")
	b.fill("first_name", "Lucie")
	b.fill("birth_date", "12/04/1988")
	b.fill("email", s.email)
	b.press("Enregistrer et passer à la page suivante")
	b.heading("Situation professionnelle")
	b.tick("status", "civil_servant")
	if !s.scripts {
		b.press("Actualiser les questions")
	}
	b.until("the questions of a civil servant", `document.querySelector('[name=civil_service]')`)
	b.tick("civil_service", "territorial")
	b.tick("category", "a")
	b.fill("employer.name", "Commune de Limoges")
	b.fill("job_title", "Responsable de médiathèque")
	b.press("Enregistrer et passer à la page suivante")
	b.heading("Contexte et attentes")
	b.fill("missions", "Diriger une équipe de six agents.")
	b.fill("why_now", "Une réorganisation commence en janvier.")
	b.tick("funding", "employer")
	b.press("Enregistrer et passer à la page suivante")
	b.heading("Supérieur hiérarchique")
}

// twoTabs changes the same field in two tabs: both values are shown and the
// person chooses; another field merges silently (P13.3).
func (s *story) twoTabs() {
	one := s.applicant
	two := one.tab()
	one.open(s.draft + "/etapes/3")
	two.open(s.draft + "/etapes/3")
	one.fill("why_now", "Première version.")
	one.press("Enregistrer")
	one.settle()
	two.fill("why_now", "Seconde version.")
	two.fill("expectations", "Prendre du recul.")
	two.press("Enregistrer")
	two.see("Première version.")
	two.see("Seconde version.")
	two.press("Garder celle-ci")
	two.settle()
	two.until("the conflict settled", `!document.querySelector('.conflict')`)
	one.open(s.draft + "/etapes/3")
	if got := one.value(`document.querySelector('[name=expectations]').value`); got != "Prendre du recul." {
		s.Fatalf("the other field was lost: %q", got)
	}
}

var reference = regexp.MustCompile(`PR-\d{4}-\d{6}`)

// submit sends from the recapitulation; pressed again, it is the same receipt.
func (s *story) submit() {
	b := s.applicant
	b.open(s.draft + "/etapes/5")
	b.heading("Relisez")
	b.see("Responsable de médiathèque")
	stale := b.tab()
	stale.open(s.draft + "/etapes/5")
	for _, page := range []*browser{b, stale} {
		page.click(`[name=accuracy]`)
		page.click(`[name=data_notice]`)
	}
	b.press("Transmettre ma pré-inscription")
	b.heading("Votre pré-inscription est partie")
	s.number = reference.FindString(b.value(`document.body.innerText`))
	if s.number == "" {
		b.fail("the receipt has no number")
	}
	stale.press("Transmettre ma pré-inscription")
	stale.heading("Votre pré-inscription est partie")
	if got := reference.FindString(stale.value(`document.body.innerText`)); got != s.number {
		s.Fatalf("a stale tab made %s beside %s", got, s.number)
	}
}

var approvalLink = regexp.MustCompile(`https?://[^\s"<>]+/validation/[A-Za-z0-9_-]+`)

// approve follows the line manager's link several times, then answers once.
func (s *story) approve() {
	link := s.mailed("sylvie.renaud@mairie.example.org", approvalLink)
	manager := newBrowser(s.T, s.demo.URL, s.scripts)
	for range 3 {
		manager.open(link)
	}
	manager.see("Lucie Martin")
	for _, hidden := range []string{"12/04/1988", "12 avril 1988", s.email} {
		if manager.has(hidden) {
			s.Fatalf("the line manager sees %q (P18.2)", hidden)
		}
	}
	s.applicant.open("/mes-candidatures")
	s.applicant.see("Chez Sylvie Renaud")
	manager.open(link)
	manager.tick("reponse", "approve")
	manager.press("Envoyer ma réponse")
	manager.see("votre réponse est enregistrée")
	s.applicant.open("/mes-candidatures")
	s.applicant.see("À l’étude")
}

// decide finds the application at the desk and accepts it; a second officer
// with an old page meets the first one's decision.
func (s *story) decide() {
	officer := newBrowser(s.T, s.demo.URL, s.scripts)
	s.signIn(officer, "claire.moreau@passerelle.example.org", demoPassword)
	officer.open("/bureau?q=" + s.number)
	officer.see("Lucie Martin")
	officer.click(`a[href^="/bureau/candidatures/"]`)
	officer.heading("Lucie Martin")
	officer.see("Diriger une équipe de six agents.")
	s.dossier = officer.location()
	second := newBrowser(s.T, s.demo.URL, s.scripts)
	s.signIn(second, "administration@passerelle.example.org", demoPassword)
	second.open(s.dossier)
	second.heading("Lucie Martin")
	officer.fill("note", "Projet de service solide.")
	officer.press("Ajouter")
	officer.see("Projet de service solide.")
	officer.tick("decision", "accepted")
	officer.press("Enregistrer la décision")
	officer.see("Décision enregistrée")
	second.tick("decision", "refused")
	second.fill("motif", "Priorité aux agents de catégorie B.")
	second.press("Enregistrer la décision")
	second.see("Claire Moreau")
	second.until("the second officer's own words", `[...document.querySelectorAll('textarea')].some(t => t.value.includes('Priorité aux agents')) || document.body.innerText.includes('Priorité aux agents')`)
	s.applicant.open("/mes-candidatures")
	s.applicant.see("À l’étude")
	if s.applicant.has("Retenue") {
		s.Fatal("the decision shows before its release (P18.4)")
	}
}

// release moves the portal's clock until the decision is told.
func (s *story) release() {
	b := s.applicant
	b.open("/mes-candidatures")
	for range 60 { // by weeks: the decision is told before the session starts
		if b.has("Retenue") {
			break
		}
		b.run(do(`document.querySelector('#saut').value = '7j'`))
		b.press("Avancer le temps")
		b.settle()
		b.open("/mes-candidatures")
	}
	b.see("Retenue")
	s.mailed(s.email, regexp.MustCompile(`Votre pré-inscription|Vous êtes retenue|retenu`))
}

// withdraw gives the place up.
func (s *story) withdraw() {
	b := s.applicant
	b.open(s.draft)
	b.press("Me désister")
	b.heading("Vous désister")
	b.press("Me désister")
	b.see("Votre désistement est enregistré")
	s.mailed(s.email, regexp.MustCompile(`désistement`))
}

// verify checks every invariant of the data that the story left.
func (s *story) verify() {
	out, err := s.demo.command("verify")
	if err != nil {
		s.Fatalf("verify: %v\n%s", err, out)
	}
}
