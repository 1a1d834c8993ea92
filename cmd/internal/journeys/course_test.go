package journeys

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"passerelle/cmd/internal/portaltest"
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
			s := &story{T: t, demo: portaltest.StartDemo(t), scripts: scripts, email: "lucie.martin@exemple.example.org"}
			s.applicant = portaltest.NewBrowser(t, s.demo.URL, scripts)
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
			s.demo.Verify(t)
		})
	}
}

// story carries the people and what they learnt from one part to the next.
type story struct {
	*testing.T
	demo      *portaltest.Demo
	scripts   bool
	email     string
	applicant *portaltest.Browser
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
	b.Open("/")
	b.See("6 086 formations")
	b.See("Parcourir par thème")
	for _, q := range []struct{ typed, found string }{
		{"infirmiere", "infirmier"}, {"bts compta", "comptab"}, {"formation des adultes", "adultes"}, {"managment", "anagement"},
	} {
		b.Open("/recherche")
		b.Fill("q", q.typed)
		if !s.scripts {
			b.Press("Rechercher")
		}
		b.Until("results for "+q.typed, fmt.Sprintf(`new URLSearchParams(location.search).get('q') === %q &&
			document.querySelector('.result__title') && document.querySelector('.result__title').innerText.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').includes(%q)`, q.typed, strings.ToLower(q.found)))
	}
	// The same address shows the same to someone else.
	b.Open("/recherche?q=infirmiere&inscription=ouverte")
	first := b.Value(`document.querySelector('.result__title').innerText`)
	other := portaltest.NewBrowser(s.T, s.demo.URL, s.scripts)
	other.Open(b.Location())
	if got := other.Value(`document.querySelector('.result__title').innerText`); got != first {
		s.Fatalf("the copied address shows %q, not %q", got, first)
	}
	b.Click(".result__title a")
	b.Until("the course", `location.pathname.startsWith('/formations/') && document.readyState === 'complete' && document.querySelector('h1')`)
	b.Run(portaltest.Do("history.back()"))
	b.Until("the results again", `location.pathname === '/recherche' && document.querySelector('.result__title')`)
}

// course opens a course with an open session; what cannot be chosen says why.
func (s *story) course() {
	b := s.applicant
	b.Open("/recherche?q=infirmiere&nature=formation&inscription=ouverte")
	b.Click(".result__title a")
	b.Until("the course", `location.pathname.startsWith('/formations/') && document.readyState === 'complete' && document.querySelector('h1')`)
	s.title = strings.TrimSpace(b.Value(`document.querySelector('h1').innerText`))
	silent := b.Value(`[...document.querySelectorAll('main table tbody tr')].filter(r => !r.querySelector('form') && !r.querySelector('.status')).length`)
	if silent != "0" {
		s.Fatalf("%s sessions neither open nor explained", silent)
	}
}

// begin starts a draft before any account exists (P17.3).
func (s *story) begin() {
	b := s.applicant
	b.Press("Pré-inscription")
	b.Heading("Identité")
	s.draft = strings.TrimSuffix(b.Value("location.pathname"), "/etapes/1")
	b.Fill("birth_name", "Martin")
	b.Fill("first_name", "Lucie")
	b.Press("Enregistrer et passer à la page suivante")
	b.Heading("Situation professionnelle")
	b.Open(s.draft + "/etapes/1")
	if got := b.Value(`document.querySelector('[name=birth_name]').value`); got != "Martin" {
		s.Fatalf("the partial step kept %q", got)
	}
}

// account signs up; the mail is opened in another browser; the draft is theirs.
func (s *story) account() {
	b := s.applicant
	b.Open("/inscription")
	b.Fill("birth_name", "Martin")
	b.Fill("first_name", "Lucie")
	b.Fill("birth_date", "12/04/1988")
	b.Fill("email", s.email)
	b.Fill("email_again", s.email)
	b.Fill("password", "Un pont de pierre 7")
	b.Fill("password_again", "Un pont de pierre 7")
	for _, name := range []string{"text_charter", "text_privacy", "text_legal"} {
		b.Click(fmt.Sprintf("input[type=checkbox][name=%s]", name))
	}
	if b.Value(`document.querySelector('[name=same_name]').checked`) == "false" {
		b.Click(`[name=same_name]`)
	}
	time.Sleep(3 * time.Second) // a person is not that fast
	b.Press("Créer mon compte")
	b.Heading("Regardez votre boîte")
	link := s.applicant.Mailed(s.email, portaltest.Activation)
	elsewhere := portaltest.NewBrowser(s.T, s.demo.URL, s.scripts)
	elsewhere.Open(link)
	elsewhere.Heading("Ouvrir votre compte")
	elsewhere.Press("Ouvrir mon compte")
	elsewhere.See("Votre compte est ouvert")
	b.SignIn(s.email, "Un pont de pierre 7")
	b.Open("/mes-candidatures")
	b.See(s.title)
	b.Open(s.draft)
	b.Until("the step where they were", `location.pathname.includes('/etapes/')`)
}

// steps fills the form, out of order, with conditions that show and hide.
func (s *story) steps() {
	b := s.applicant
	b.Open(s.draft + "/etapes/4")
	b.Heading("Supérieur hiérarchique")
	b.Fill("manager_last_name", "Renaud")
	b.Fill("manager_first_name", "Sylvie")
	b.Fill("manager_function", "Directrice")
	b.Fill("manager_email", strings.ToUpper(s.email))
	b.Press("Enregistrer et passer à la page suivante")
	b.Until("the own address refused", `document.querySelector('[name=manager_email]').getAttribute('aria-invalid') === 'true'`)
	b.Fill("manager_email", "sylvie.renaud@mairie.example.org")
	b.Press("Enregistrer")
	b.Settle()
	b.Open(s.draft + "/etapes/1")
	b.Fill("birth_name", "Martin")
	b.Fill("first_name", "Lucie")
	b.Fill("birth_date", "12/04/1988")
	b.Fill("email", s.email)
	b.Press("Enregistrer et passer à la page suivante")
	b.Heading("Situation professionnelle")
	b.Tick("status", "civil_servant")
	if !s.scripts {
		b.Press("Actualiser les questions")
	}
	b.Until("the questions of a civil servant", `document.querySelector('[name=civil_service]')`)
	b.Tick("civil_service", "territorial")
	b.Tick("category", "a")
	b.Fill("employer.name", "Commune de Limoges")
	b.Fill("job_title", "Responsable de médiathèque")
	b.Press("Enregistrer et passer à la page suivante")
	b.Heading("Contexte et attentes")
	b.Fill("missions", "Diriger une équipe de six agents.")
	b.Fill("why_now", "Une réorganisation commence en janvier.")
	b.Tick("funding", "employer")
	b.Press("Enregistrer et passer à la page suivante")
	b.Heading("Supérieur hiérarchique")
}

// twoTabs changes the same field in two tabs: both values are shown and the
// person chooses; another field merges silently (P13.3).
func (s *story) twoTabs() {
	one := s.applicant
	two := one.Tab()
	one.Open(s.draft + "/etapes/3")
	two.Open(s.draft + "/etapes/3")
	one.Fill("why_now", "Première version.")
	one.Press("Enregistrer")
	one.Settle()
	two.Fill("why_now", "Seconde version.")
	two.Fill("expectations", "Prendre du recul.")
	two.Press("Enregistrer")
	two.See("Première version.")
	two.See("Seconde version.")
	two.Press("Garder celle-ci")
	two.Settle()
	two.Until("the conflict settled", `!document.querySelector('.conflict')`)
	one.Open(s.draft + "/etapes/3")
	if got := one.Value(`document.querySelector('[name=expectations]').value`); got != "Prendre du recul." {
		s.Fatalf("the other field was lost: %q", got)
	}
}

var reference = regexp.MustCompile(`PR-\d{4}-\d{6}`)

// submit sends from the recapitulation; pressed again, it is the same receipt.
func (s *story) submit() {
	b := s.applicant
	b.Open(s.draft + "/etapes/5")
	b.Heading("Relisez")
	b.See("Responsable de médiathèque")
	stale := b.Tab()
	stale.Open(s.draft + "/etapes/5")
	for _, page := range []*portaltest.Browser{b, stale} {
		page.Click(`[name=accuracy]`)
		page.Click(`[name=data_notice]`)
	}
	b.Press("Transmettre ma pré-inscription")
	b.Heading("Votre pré-inscription est partie")
	s.number = reference.FindString(b.Value(`document.body.innerText`))
	if s.number == "" {
		b.Fail("the receipt has no number")
	}
	stale.Press("Transmettre ma pré-inscription")
	stale.Heading("Votre pré-inscription est partie")
	if got := reference.FindString(stale.Value(`document.body.innerText`)); got != s.number {
		s.Fatalf("a stale tab made %s beside %s", got, s.number)
	}
}

// approve follows the line manager's link several times, then answers once.
func (s *story) approve() {
	link := s.applicant.Mailed("sylvie.renaud@mairie.example.org", portaltest.ApprovalLink)
	manager := portaltest.NewBrowser(s.T, s.demo.URL, s.scripts)
	for range 3 {
		manager.Open(link)
	}
	manager.See("Lucie Martin")
	for _, hidden := range []string{"12/04/1988", "12 avril 1988", s.email} {
		if manager.Has(hidden) {
			s.Fatalf("the line manager sees %q (P18.2)", hidden)
		}
	}
	s.applicant.Open("/mes-candidatures")
	s.applicant.See("Chez Sylvie Renaud")
	manager.Open(link)
	manager.Tick("reponse", "approve")
	manager.Press("Envoyer ma réponse")
	manager.See("votre réponse est enregistrée")
	s.applicant.Open("/mes-candidatures")
	s.applicant.See("À l’étude")
}

// decide finds the application at the desk and accepts it; a second officer
// with an old page meets the first one's decision.
func (s *story) decide() {
	officer := portaltest.NewBrowser(s.T, s.demo.URL, s.scripts)
	officer.SignIn("claire.moreau@passerelle.example.org", demoPassword)
	officer.Open("/bureau?q=" + s.number)
	officer.See("Lucie Martin")
	officer.Click(`a[href^="/bureau/candidatures/"]`)
	officer.Heading("Lucie Martin")
	officer.See("Diriger une équipe de six agents.")
	s.dossier = officer.Location()
	second := portaltest.NewBrowser(s.T, s.demo.URL, s.scripts)
	second.SignIn("administration@passerelle.example.org", demoPassword)
	second.Open(s.dossier)
	second.Heading("Lucie Martin")
	officer.Fill("note", "Projet de service solide.")
	officer.Press("Ajouter")
	officer.See("Projet de service solide.")
	officer.Tick("decision", "accepted")
	officer.Press("Enregistrer la décision")
	officer.See("Décision enregistrée")
	second.Tick("decision", "refused")
	second.Fill("motif", "Priorité aux agents de catégorie B.")
	second.Press("Enregistrer la décision")
	second.See("Claire Moreau")
	second.Until("the second officer's own words", `[...document.querySelectorAll('textarea')].some(t => t.value.includes('Priorité aux agents')) || document.body.innerText.includes('Priorité aux agents')`)
	s.applicant.Open("/mes-candidatures")
	s.applicant.See("À l’étude")
	if s.applicant.Has("Retenue") {
		s.Fatal("the decision shows before its release (P18.4)")
	}
}

// release moves the portal's clock until the decision is told.
func (s *story) release() {
	b := s.applicant
	b.Open("/mes-candidatures")
	for range 60 { // by weeks: the decision is told before the session starts
		if b.Has("Retenue") {
			break
		}
		b.Run(portaltest.Do(`document.querySelector('#saut').value = '7j'`))
		b.Press("Avancer le temps")
		b.Settle()
		b.Open("/mes-candidatures")
	}
	b.See("Retenue")
	s.applicant.Mailed(s.email, regexp.MustCompile(`Votre pré-inscription|Vous êtes retenue|retenu`))
}

// withdraw gives the place up.
func (s *story) withdraw() {
	b := s.applicant
	b.Open(s.draft)
	b.Press("Me désister")
	b.Heading("Vous désister")
	b.Press("Me désister")
	b.See("Votre désistement est enregistré")
	s.applicant.Mailed(s.email, regexp.MustCompile(`désistement`))
}
