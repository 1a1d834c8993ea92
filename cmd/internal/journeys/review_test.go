package journeys

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"passerelle/cmd/internal/portaltest"
	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/views/paths"
)

// review is the manager's reading of every piece: by keyboard alone, or by forms
// without JavaScript.
func (s *admission) review() {
	b := s.officer
	b.SignIn("lucie.garnier@passerelle.example.org", demoPassword)
	b.Open("/bureau?q=Lemoine")
	b.See(candidateName)
	b.Click(fmt.Sprintf(`a[href^="/bureau/candidatures/%s"]`, s.id()))
	b.Heading(candidateName)
	b.Press("Relire")
	b.Until("the review", `location.pathname.endsWith('/relecture') && document.querySelector('a.piece[aria-current]')`)
	if s.scripts {
		s.readByKeys()
	} else {
		s.readByForms()
	}
	s.verdicts("refused", 1)
	s.verdicts("to_complete", 1)
	s.verdicts("valid", s.live()-2)
	if n := s.count(`SELECT count(*) FROM remarks WHERE document_id = $1 AND body = 'La moyenne est cachée ici.' AND visible`, s.document("releves")); n != 1 {
		b.Fail("%d remarks on the page", n)
	}
}

// document in force at a piece.
func (s *admission) document(key string) (id models.ID) {
	s.Helper()
	s.row(`SELECT d.id FROM documents d JOIN requirements r ON r.id = d.requirement_id WHERE r.application_id = $1::uuid AND r.key = $2 AND d.state = 'live'`, s.id(), key).into(&id)
	return id
}

// verdicts waits for so many standing verdicts of a kind on documents in force.
func (s *admission) verdicts(kind string, want int) {
	s.Helper()
	s.eventually(fmt.Sprintf("%d verdicts %s", want, kind), portaltest.Patience, `SELECT count(*) = $3 FROM verdicts v JOIN documents d ON d.id = v.document_id
		WHERE d.application_id = $1::uuid AND d.state = 'live' AND v.kind = $2 AND v.superseded_at IS NULL`, s.id(), kind, want)
}

// on waits for a piece to be on screen, its line current and its image drawn.
func (s *admission) on(key string) {
	s.Helper()
	s.officer.Until(key+" on screen", fmt.Sprintf(`document.getElementById('r-page').dataset.piece.split(':')[0].replace(/-\d+$/, '') === %q &&
		document.querySelector('#r-page img.viewer__image')?.complete && document.querySelector('#r-page img.viewer__image').naturalWidth > 0`, key))
}

// todo are the pieces in the order of the desk, those that hold a document.
func (s *admission) todo() []string {
	s.Helper()
	rows, err := s.db.Pool.Query(s.Context(), `SELECT r.key FROM requirements r JOIN documents d ON d.requirement_id = r.id AND d.state = 'live'
		WHERE r.application_id = $1::uuid ORDER BY r.position`, s.id())
	if err != nil {
		s.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			s.Fatal(err)
		}
		list = append(list, key)
	}
	return list
}

func (s *admission) readByKeys() {
	b := s.officer
	b.Run(portaltest.Do(`document.activeElement.blur()`))
	s.on("cv")
	b.Keys("?")
	b.Until("the sheet of keys", `document.querySelector('#touches:modal')`)
	b.Keys(kb.Escape)
	b.Until("the sheet closed", `!document.querySelector('#touches:modal')`)
	b.Keys("n")
	s.on("lettre")
	b.Keys("p")
	s.on("cv")
	b.Keys("t")
	b.Until("turned", `document.getElementById('r-scene').dataset.turn === '90'`)
	b.Keys("ttt0")
	for n, key := range s.todo() {
		s.on(key)
		switch key {
		case "lettre":
			b.Keys("r")
			b.Until("the reason", `document.activeElement.id === 'r-motif'`)
			b.Keys(kb.ArrowDown)
			b.Keys("\r", chromedp.ModifierCtrl)
		case "releves":
			b.Keys("c")
			b.Until("the mark", `document.querySelector('.viewer__aim')`)
			b.Keys(kb.ArrowDown + kb.ArrowRight + "\r")
			b.Until("the words of the remark", `document.activeElement.id === 'r-texte'`)
			b.Keys("La moyenne est cachée ici.")
			b.Keys("\r", chromedp.ModifierCtrl)
			b.Until("the pin", `document.querySelectorAll('.pin-of').length === 1`)
			b.Keys("a")
			b.Until("the words", `document.activeElement.id === 'r-mot'`)
			b.Keys("Numérisez-le bien à plat.")
			b.Keys("\r", chromedp.ModifierCtrl)
		case "identite":
			s.until()
			b.Keys("v")
		default:
			b.Keys("v")
		}
		s.eventually(fmt.Sprintf("the verdict of %s", key), portaltest.Patience, `SELECT count(*) = $2 FROM verdicts v JOIN documents d ON d.id = v.document_id
			WHERE d.application_id = $1::uuid AND v.superseded_at IS NULL`, s.id(), n+1)
	}
}

// until writes the day until which the identity document is valid.
func (s *admission) until() {
	s.officer.Run(portaltest.Do(`{ const e = document.getElementById('r-valable'); if (e) { e.value = '17/05/2031'; e.dispatchEvent(new Event('input', {bubbles: true})); } }`))
}

func (s *admission) readByForms() {
	b := s.officer
	for _, key := range s.todo() {
		s.at(key)
		switch key {
		case "lettre":
			b.Run(portaltest.Do(`document.getElementById('r-motif').selectedIndex = 1`))
			s.give1("refused")
		case "releves":
			b.Run(portaltest.Do(`document.getElementById('r-nouvelle').open = true`))
			b.Fill("texte", "La moyenne est cachée ici.")
			b.Run(portaltest.Do(`window.pressed = true`))
			b.Click(`#r-nouvelle form .button`)
			b.Settle()
			s.at(key)
			b.Until("the pin", `document.querySelectorAll('.pin-of').length === 1`)
			b.Fill("mot", "Numérisez-le bien à plat.")
			s.give1("to_complete")
		case "identite":
			s.until()
			s.give1("valid")
		default:
			s.give1("valid")
		}
	}
}

// at opens a piece at the desk.
func (s *admission) at(key string) {
	s.Helper()
	s.officer.Open(paths.With(paths.DeskReview(s.id()), "piece", s.deskKey(key)))
	s.officer.Until(key, fmt.Sprintf(`document.getElementById('r-page').dataset.piece === %q`, s.deskKey(key)))
}

// deskKey is how the desk names the first place of a piece.
func (s *admission) deskKey(key string) string {
	s.Helper()
	b := s.officer
	if !strings.HasSuffix(strings.Split(b.Location(), "?")[0], "/relecture") {
		b.Open(paths.DeskReview(s.id()))
	}
	return b.Value(fmt.Sprintf(`[...document.querySelectorAll('[data-r-piece]')].map(e => e.dataset.rPiece).find(k => k === %q || k.startsWith(%q + ':') || k.startsWith(%q + '-') || k.startsWith(%q + '.'))`, key, key, key, key))
}

// give1 presses one of the buttons of the verdict.
func (s *admission) give1(kind string) {
	s.Helper()
	b := s.officer
	b.Run(portaltest.Do(`window.pressed = true`))
	b.Click(fmt.Sprintf(`#r-verdict button[name=avis][value=%s]`, kind))
	b.Settle()
}

// ask sends what is to be completed: what was refused is proposed, one mail leaves.
func (s *admission) ask() {
	b := s.officer
	b.Open(paths.DeskComplement(s.id()))
	for _, key := range []string{"lettre", "releves"} {
		b.Until(key+" proposed", fmt.Sprintf(`document.querySelector('#complement input[name=pieces][value="%s"]')?.checked`, s.requirement(key)))
	}
	if n := b.Value(`document.querySelectorAll('#complement input[name=pieces]:checked').length`); n != "2" {
		b.Fail("%s pieces proposed", n)
	}
	b.Fill("mot", "Deux pièces sont à revoir, le reste est parfait.")
	b.Run(portaltest.Do(`window.pressed = true`))
	b.Click(`#complement button[value=envoyer]`)
	b.Until("the review again", `location.pathname.endsWith('/relecture')`)
	if n := s.count(`SELECT count(*) FROM mails m JOIN information_requests i ON i.id = m.subject_id WHERE i.application_id = $1::uuid`, s.id()); n != 1 {
		b.Fail("%d mails for one request", n)
	}
	s.applicant.Mailed(s.email, regexp.MustCompile(`Deux pièces sont à revoir`))
}

func (s *admission) requirement(key string) (id models.ID) {
	s.Helper()
	s.row(`SELECT id FROM requirements WHERE application_id = $1::uuid AND key = $2`, s.id(), key).into(&id)
	return id
}

// correct replaces just what is asked; the rest is locked; what misses keeps it from
// leaving.
func (s *admission) correct() {
	b := s.applicant
	b.Open("/mes-candidatures")
	b.See("On vous demande un complément")
	b.See("2 pièces à remplacer")
	b.Press("Compléter")
	b.Until("what is asked", `location.pathname.endsWith('/complement')`)
	for _, words := range []string{"Deux pièces sont à revoir", "Numérisez-le bien à plat", "La lettre n’est pas signée"} {
		b.See(words)
	}
	b.Press("Transmettre")
	b.Settle()
	if n := s.count(`SELECT count(*) FROM applications WHERE id = $1::uuid AND state = 'information_requested'`, s.id()); n != 1 {
		b.Fail("transmitted with nothing changed")
	}
	b.Open(s.draft + "/pieces")
	b.Heading("Vos pièces")
	if got := b.Value(`[...document.querySelectorAll('main [data-slot]')].filter(e => e.querySelector('input[type=file]')).map(e => e.dataset.slot).sort().join(' ')`); got != "lettre releves" {
		b.Fail("open: %s", got)
	}
	for n, key := range []string{"lettre", "releves"} {
		kind := map[string]string{"lettre": "letter", "releves": "transcript"}[key]
		name := key + "-corrige.pdf"
		s.give(key, s.file(name, s.paper(dossier.Kind(kind), 20+n)))
		s.stands(key, name)
	}
	b.Open(s.draft + "/complement")
	b.Press("Transmettre")
	b.See("Vos corrections sont transmises")
	s.eventually("the dossier back at the desk", portaltest.Patience, `SELECT state = 'under_review' FROM applications WHERE id = $1::uuid`, s.id())
}

// again shows the manager only what changed; the verdicts of the rest stand (P17.8).
func (s *admission) again() {
	b := s.officer
	b.Open(paths.DeskReview(s.id()))
	b.See("Ce qui a changé")
	changed := b.Value(`[...document.querySelectorAll('ul[aria-labelledby=r-change] [data-r-piece]')].map(e => e.dataset.rPiece.split(/[:.-]/)[0]).sort().join(' ')`)
	if changed != "lettre releves" {
		b.Fail("changed: %s", changed)
	}
	s.verdicts("valid", s.live()-2)
	for _, key := range []string{"lettre", "releves"} {
		s.at(key)
		if s.scripts {
			s.on(key)
			b.Run(portaltest.Do(`document.activeElement.blur()`))
			b.Keys("v")
			s.eventually("the verdict of "+key, portaltest.Patience, `SELECT count(*) = 1 FROM verdicts WHERE document_id = $1 AND superseded_at IS NULL`, s.document(key))
		} else {
			s.give1("valid")
		}
	}
	s.verdicts("valid", s.live())
}

// meet puts two managers on one piece: each sees the other; the second verdict meets
// the first, and the words typed are kept (P9.5).
func (s *admission) meet() {
	b := s.officer
	other := portaltest.NewBrowser(s.T, s.demo.URL, s.scripts)
	other.SignIn("claire.moreau@passerelle.example.org", demoPassword)
	s.at("cv")
	address := b.Location()
	other.Open(address)
	other.See("Lucie Garnier")
	if !s.scripts {
		b.Open(address)
	}
	b.Until("the colleague's presence", `document.getElementById('r-presence').innerText.includes('Claire Moreau')`)
	stale := b.Value(`document.querySelector('#r-verdict input[name=vu]').value`)
	other.Fill("mot", "Il manque l’année en cours.")
	other.Run(portaltest.Do(`window.pressed = true`))
	other.Click(`#r-verdict button[name=avis][value=to_complete]`)
	other.Settle()
	s.verdicts("to_complete", 1)
	if s.scripts {
		b.Until("the page says what moved", `document.getElementById('r-alerte').innerText.includes('vient de changer')`)
	}
	b.Run(portaltest.Do(fmt.Sprintf(`{ const seen = document.querySelector('#r-verdict input[name=vu]'); if (seen) seen.value = %q; }`, stale)))
	b.Fill("mot", "Ajoutez vos stages.")
	b.Run(portaltest.Do(`window.pressed = true`))
	b.Click(`#r-verdict button[name=avis][value=to_complete]`)
	b.Until("what the colleague decided", `document.getElementById('conflit')?.innerText.includes('Claire Moreau')`)
	b.Until("the own words", `document.getElementById('r-mot').value === 'Ajoutez vos stages.'`)
	s.verdicts("to_complete", 1)
	s.at("cv") // read again, and agreed to be sound
	s.give1("valid")
	s.verdicts("valid", s.live())
}

// decideMany rehearses three decisions, records them, takes them back, records again
// (P9.4).
func (s *admission) decideMany() {
	b := s.officer
	var wait, refuse models.ID
	const others = `SELECT id FROM applications WHERE session_id = $1 AND state = 'under_review' AND verdict = '' AND id <> $2::uuid ORDER BY number OFFSET $3 LIMIT 1`
	s.row(others, s.campaign, s.id(), 0).into(&wait)
	s.row(others, s.campaign, s.id(), 1).into(&refuse)
	chosen := []string{s.id(), wait.String(), refuse.String()}
	for _, last := range []bool{false, true} {
		b.Open("/bureau")
		for _, id := range chosen {
			box := fmt.Sprintf(`input[name=c][value="%s"]`, id)
			b.Run(chromedp.WaitReady(box), portaltest.Do(`document.querySelector('`+box+`').focus()`))
			b.Keys(" ") // by keyboard: the bar of the selection comes, and moves the list
		}
		b.Until("three dossiers chosen", `document.querySelectorAll('input[name=c]:checked').length === 3`)
		b.Press("Décider en lot")
		b.Heading("Décider pour 3 personnes")
		for n, kind := range []string{"accepted", "waitlisted", "refused"} {
			b.Run(portaltest.Do(fmt.Sprintf(`document.querySelector('[name="pour_%s"]').value = %q`, chosen[n], kind)))
		}
		b.Tick("decision", "accepted")
		b.Fill("motif", "Le projet ne correspond pas au diplôme.")
		b.Press("Prévisualiser les courriels")
		b.Heading("Répétition : 3 décisions")
		b.See("Rang 1")
		b.See("Place ")
		b.See("Rien n’est encore enregistré")
		if n := s.count(`SELECT count(*) FROM applications WHERE id = ANY($1) AND verdict <> ''`, chosen); n != 0 {
			b.Fail("the rehearsal recorded %d decisions", n)
		}
		b.Press("Enregistrer 3 décisions")
		s.eventually("three decisions", portaltest.Patience, `SELECT count(*) = 3 FROM applications WHERE id = ANY($1) AND verdict <> ''`, chosen)
		b.Until("the report of the batch", `location.pathname.startsWith('/bureau/decisions/')`)
		b.Open(b.Location())
		b.See("3 décisions enregistrées")
		if last {
			break
		}
		b.Press("Annuler le lot")
		b.See("Lot repris : 3 décisions retirées")
		if n := s.count(`SELECT count(*) FROM applications WHERE id = ANY($1) AND verdict <> ''`, chosen); n != 0 {
			b.Fail("%d decisions are left of it", n)
		}
	}
	s.applicant.Open("/mes-candidatures")
	s.applicant.See("À l’étude")
	if s.applicant.Has("Admission proposée") {
		s.applicant.Fail("the decision shows before its release (P18.4)")
	}
}

// reuse begins another dossier: what was given is offered, with its validity (P7.5).
func (s *admission) reuse() {
	b := s.applicant
	var next models.ID
	s.row(`SELECT s.id FROM sessions s WHERE s.programme_id IS NOT NULL AND s.opens_on <= $1::date AND s.closes_on > $1::date + 2 AND s.id <> $2
		AND s.requirement_list_id = (SELECT requirement_list_id FROM sessions WHERE id = $2) ORDER BY s.id LIMIT 1`, s.db.Today(), s.campaign).into(&next)
	b.Open(paths.StartAdmission(next.String()))
	b.Press("Commencer ma candidature")
	b.Heading("Identité")
	first := s.draft
	s.draft = strings.TrimSuffix(b.Value("location.pathname"), "/etapes/1")
	defer func() { s.draft = first }()
	b.Open(s.draft + "/pieces")
	b.Heading("Vos pièces")
	b.Until("the identity document offered, with its validity", `/17 mai 2031|17\/05\/2031/.test(document.querySelector('#piece-identite').innerText)`)
	for _, key := range []string{"identite", "cv"} {
		b.Run(portaltest.Do(`window.pressed = true`))
		b.Click("#piece-" + key + ` button[form^="reprise-"]`)
		b.Settle()
		s.received(key)
	}
	if n := s.count(`SELECT count(*) FROM documents WHERE application_id = $1::uuid AND reused_from IS NOT NULL AND state = 'live'`, s.id()); n != 2 {
		b.Fail("%d documents taken over", n)
	}
	b.Open("/mes-documents")
	b.See("Mes documents")
}

// told moves the clock until the answer is known, and takes the place in time.
func (s *admission) told() {
	b := s.applicant
	b.Open("/mes-candidatures")
	for range 30 {
		if b.Has("Confirmer ma place") || b.Has("Une place vous est proposée") {
			break
		}
		b.Run(portaltest.Do(`document.querySelector('#saut').value = '7j'`))
		b.Press("Avancer le temps")
		b.Until("the clock moved", `!window.pressed && document.readyState === 'complete'`)
		b.Open("/mes-candidatures")
	}
	b.See("Une place vous est proposée")
	s.applicant.Mailed(s.email, regexp.MustCompile(`Une place vous est|admission|Admission`))
	b.Open(s.draft)
	b.Press("Confirmer ma place")
	s.eventually("the place confirmed", portaltest.Patience, `SELECT state = 'confirmed' FROM applications WHERE id = $1::uuid`, s.id())
	b.Open("/mes-candidatures")
	b.See("Admission confirmée")
	if n := s.count(`SELECT count(*) FROM applications WHERE session_id = $1 AND state = 'waitlisted' AND waitlist_rank = 1`, s.campaign); n != 1 {
		b.Fail("%d people first of the waiting list", n)
	}
	if n := s.count(`SELECT count(*) FROM applications WHERE session_id = $1 AND state = 'refused'`, s.campaign); n != 1 {
		b.Fail("%d people refused", n)
	}
}

// stored compares documents and objects both ways, contents included.
func (s *admission) stored() {
	if out, err := s.demo.Command("storage", "check", "--decrypt"); err != nil {
		s.Fatalf("storage check: %v\n%s", err, out)
	}
}
