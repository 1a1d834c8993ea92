package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/views/paths"
)

// review is the manager's reading of every piece: by keyboard alone, or by forms
// without JavaScript.
func (s *admission) review() {
	b := s.officer
	s.signIn(b, "lucie.garnier@passerelle.example.org", demoPassword)
	b.open("/bureau?q=Lemoine")
	b.see(candidateName)
	b.click(fmt.Sprintf(`a[href^="/bureau/candidatures/%s"]`, s.id()))
	b.heading(candidateName)
	b.press("Relire")
	b.until("the review", `location.pathname.endsWith('/relecture') && document.querySelector('a.piece[aria-current]')`)
	if s.scripts {
		s.readByKeys()
	} else {
		s.readByForms()
	}
	s.verdicts("refused", 1)
	s.verdicts("to_complete", 1)
	s.verdicts("valid", s.live()-2)
	if n := s.count(`SELECT count(*) FROM remarks WHERE document_id = $1 AND body = 'La moyenne est cachée ici.' AND visible`, s.document("releves")); n != 1 {
		b.fail("%d remarks on the page", n)
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
	s.eventually(fmt.Sprintf("%d verdicts %s", want, kind), 15*time.Second, `SELECT count(*) = $3 FROM verdicts v JOIN documents d ON d.id = v.document_id
		WHERE d.application_id = $1::uuid AND d.state = 'live' AND v.kind = $2 AND v.superseded_at IS NULL`, s.id(), kind, want)
}

// on waits for a piece to be on screen, its line current and its image drawn.
func (s *admission) on(key string) {
	s.Helper()
	s.officer.until(key+" on screen", fmt.Sprintf(`document.getElementById('r-page').dataset.piece.split(':')[0].replace(/-\d+$/, '') === %q &&
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
	b.run(do(`document.activeElement.blur()`))
	s.on("cv")
	b.keys("?")
	b.until("the sheet of keys", `document.querySelector('#touches:modal')`)
	b.keys(kb.Escape)
	b.until("the sheet closed", `!document.querySelector('#touches:modal')`)
	b.keys("n")
	s.on("lettre")
	b.keys("p")
	s.on("cv")
	b.keys("t")
	b.until("turned", `document.getElementById('r-scene').dataset.turn === '90'`)
	b.keys("ttt0")
	for n, key := range s.todo() {
		s.on(key)
		switch key {
		case "lettre":
			b.keys("r")
			b.until("the reason", `document.activeElement.id === 'r-motif'`)
			b.keys(kb.ArrowDown)
			b.keys("\r", chromedp.ModifierCtrl)
		case "releves":
			b.keys("c")
			b.until("the mark", `document.querySelector('.viewer__aim')`)
			b.keys(kb.ArrowDown + kb.ArrowRight + "\r")
			b.until("the words of the remark", `document.activeElement.id === 'r-texte'`)
			b.keys("La moyenne est cachée ici.")
			b.keys("\r", chromedp.ModifierCtrl)
			b.until("the pin", `document.querySelectorAll('.pin-of').length === 1`)
			b.keys("a")
			b.until("the words", `document.activeElement.id === 'r-mot'`)
			b.keys("Numérisez-le bien à plat.")
			b.keys("\r", chromedp.ModifierCtrl)
		case "identite":
			s.until()
			b.keys("v")
		default:
			b.keys("v")
		}
		s.eventually(fmt.Sprintf("the verdict of %s", key), 10*time.Second, `SELECT count(*) = $2 FROM verdicts v JOIN documents d ON d.id = v.document_id
			WHERE d.application_id = $1::uuid AND v.superseded_at IS NULL`, s.id(), n+1)
	}
}

// until writes the day until which the identity document is valid.
func (s *admission) until() {
	s.officer.run(do(`{ const e = document.getElementById('r-valable'); if (e) { e.value = '17/05/2031'; e.dispatchEvent(new Event('input', {bubbles: true})); } }`))
}

func (s *admission) readByForms() {
	b := s.officer
	for _, key := range s.todo() {
		s.at(key)
		switch key {
		case "lettre":
			b.run(do(`document.getElementById('r-motif').selectedIndex = 1`))
			s.give1("refused")
		case "releves":
			b.run(do(`document.getElementById('r-nouvelle').open = true`))
			b.fill("texte", "La moyenne est cachée ici.")
			b.run(do(`window.pressed = true`))
			b.click(`#r-nouvelle form .button`)
			b.settle()
			s.at(key)
			b.until("the pin", `document.querySelectorAll('.pin-of').length === 1`)
			b.fill("mot", "Numérisez-le bien à plat.")
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
	s.officer.open(paths.With(paths.DeskReview(s.id()), "piece", s.deskKey(key)))
	s.officer.until(key, fmt.Sprintf(`document.getElementById('r-page').dataset.piece === %q`, s.deskKey(key)))
}

// deskKey is how the desk names the first place of a piece.
func (s *admission) deskKey(key string) string {
	s.Helper()
	b := s.officer
	if !strings.HasSuffix(strings.Split(b.location(), "?")[0], "/relecture") {
		b.open(paths.DeskReview(s.id()))
	}
	return b.value(fmt.Sprintf(`[...document.querySelectorAll('[data-r-piece]')].map(e => e.dataset.rPiece).find(k => k === %q || k.startsWith(%q + ':') || k.startsWith(%q + '-') || k.startsWith(%q + '.'))`, key, key, key, key))
}

// give1 presses one of the buttons of the verdict.
func (s *admission) give1(kind string) {
	s.Helper()
	b := s.officer
	b.run(do(`window.pressed = true`))
	b.click(fmt.Sprintf(`#r-verdict button[name=avis][value=%s]`, kind))
	b.settle()
}

// ask sends what is to be completed: what was refused is proposed, one mail leaves.
func (s *admission) ask() {
	b := s.officer
	b.open(paths.DeskComplement(s.id()))
	for _, key := range []string{"lettre", "releves"} {
		b.until(key+" proposed", fmt.Sprintf(`document.querySelector('#complement input[name=pieces][value="%s"]')?.checked`, s.requirement(key)))
	}
	if n := b.value(`document.querySelectorAll('#complement input[name=pieces]:checked').length`); n != "2" {
		b.fail("%s pieces proposed", n)
	}
	b.fill("mot", "Deux pièces sont à revoir, le reste est parfait.")
	b.run(do(`window.pressed = true`))
	b.click(`#complement button[value=envoyer]`)
	b.until("the review again", `location.pathname.endsWith('/relecture')`)
	if n := s.count(`SELECT count(*) FROM mails m JOIN information_requests i ON i.id = m.subject_id WHERE i.application_id = $1::uuid`, s.id()); n != 1 {
		b.fail("%d mails for one request", n)
	}
	s.mailed(s.email, regexp.MustCompile(`Deux pièces sont à revoir`))
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
	b.open("/mes-candidatures")
	b.see("On vous demande un complément")
	b.see("2 pièces à remplacer")
	b.press("Compléter")
	b.until("what is asked", `location.pathname.endsWith('/complement')`)
	for _, words := range []string{"Deux pièces sont à revoir", "Numérisez-le bien à plat", "La lettre n’est pas signée"} {
		b.see(words)
	}
	b.press("Transmettre")
	b.settle()
	if n := s.count(`SELECT count(*) FROM applications WHERE id = $1::uuid AND state = 'information_requested'`, s.id()); n != 1 {
		b.fail("transmitted with nothing changed")
	}
	b.open(s.draft + "/pieces")
	b.heading("Vos pièces")
	if got := b.value(`[...document.querySelectorAll('main [data-slot]')].filter(e => e.querySelector('input[type=file]')).map(e => e.dataset.slot).sort().join(' ')`); got != "lettre releves" {
		b.fail("open: %s", got)
	}
	for n, key := range []string{"lettre", "releves"} {
		kind := map[string]string{"lettre": "letter", "releves": "transcript"}[key]
		name := key + "-corrige.pdf"
		s.give(key, s.file(name, s.paper(dossier.Kind(kind), 20+n)))
		s.stands(key, name)
	}
	b.open(s.draft + "/complement")
	b.press("Transmettre")
	b.see("Vos corrections sont transmises")
	s.eventually("the dossier back at the desk", 5*time.Second, `SELECT state = 'under_review' FROM applications WHERE id = $1::uuid`, s.id())
}

// again shows the manager only what changed; the verdicts of the rest stand (P17.8).
func (s *admission) again() {
	b := s.officer
	b.open(paths.DeskReview(s.id()))
	b.see("Ce qui a changé")
	changed := b.value(`[...document.querySelectorAll('ul[aria-labelledby=r-change] [data-r-piece]')].map(e => e.dataset.rPiece.split(/[:.-]/)[0]).sort().join(' ')`)
	if changed != "lettre releves" {
		b.fail("changed: %s", changed)
	}
	s.verdicts("valid", s.live()-2)
	for _, key := range []string{"lettre", "releves"} {
		s.at(key)
		if s.scripts {
			s.on(key)
			b.run(do(`document.activeElement.blur()`))
			b.keys("v")
			s.eventually("the verdict of "+key, 10*time.Second, `SELECT count(*) = 1 FROM verdicts WHERE document_id = $1 AND superseded_at IS NULL`, s.document(key))
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
	other := newBrowser(s.T, s.demo.URL, s.scripts)
	s.signIn(other, "claire.moreau@passerelle.example.org", demoPassword)
	s.at("cv")
	address := b.location()
	other.open(address)
	other.see("Lucie Garnier")
	if !s.scripts {
		b.open(address)
	}
	b.until("the colleague's presence", `document.getElementById('r-presence').innerText.includes('Claire Moreau')`)
	stale := b.value(`document.querySelector('#r-verdict input[name=vu]').value`)
	other.fill("mot", "Il manque l’année en cours.")
	other.run(do(`window.pressed = true`))
	other.click(`#r-verdict button[name=avis][value=to_complete]`)
	other.settle()
	s.verdicts("to_complete", 1)
	if s.scripts {
		b.until("the page says what moved", `document.getElementById('r-alerte').innerText.includes('vient de changer')`)
	}
	b.run(do(fmt.Sprintf(`{ const seen = document.querySelector('#r-verdict input[name=vu]'); if (seen) seen.value = %q; }`, stale)))
	b.fill("mot", "Ajoutez vos stages.")
	b.run(do(`window.pressed = true`))
	b.click(`#r-verdict button[name=avis][value=to_complete]`)
	b.until("what the colleague decided", `document.getElementById('conflit')?.innerText.includes('Claire Moreau')`)
	b.until("the own words", `document.getElementById('r-mot').value === 'Ajoutez vos stages.'`)
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
		b.open("/bureau")
		for _, id := range chosen {
			box := fmt.Sprintf(`input[name=c][value="%s"]`, id)
			b.run(chromedp.WaitReady(box), do(`document.querySelector('`+box+`').focus()`))
			b.keys(" ") // by keyboard: the bar of the selection comes, and moves the list
		}
		b.until("three dossiers chosen", `document.querySelectorAll('input[name=c]:checked').length === 3`)
		b.press("Décider en lot")
		b.heading("Décider pour 3 personnes")
		for n, kind := range []string{"accepted", "waitlisted", "refused"} {
			b.run(do(fmt.Sprintf(`document.querySelector('[name="pour_%s"]').value = %q`, chosen[n], kind)))
		}
		b.tick("decision", "accepted")
		b.fill("motif", "Le projet ne correspond pas au diplôme.")
		b.press("Prévisualiser les courriels")
		b.heading("Répétition : 3 décisions")
		b.see("Rang 1")
		b.see("Place ")
		b.see("Rien n’est encore enregistré")
		if n := s.count(`SELECT count(*) FROM applications WHERE id = ANY($1) AND verdict <> ''`, chosen); n != 0 {
			b.fail("the rehearsal recorded %d decisions", n)
		}
		b.press("Enregistrer 3 décisions")
		s.eventually("three decisions", 20*time.Second, `SELECT count(*) = 3 FROM applications WHERE id = ANY($1) AND verdict <> ''`, chosen)
		b.until("the report of the batch", `location.pathname.startsWith('/bureau/decisions/')`)
		b.open(b.location())
		b.see("3 décisions enregistrées")
		if last {
			break
		}
		b.press("Annuler le lot")
		b.see("Lot repris : 3 décisions retirées")
		if n := s.count(`SELECT count(*) FROM applications WHERE id = ANY($1) AND verdict <> ''`, chosen); n != 0 {
			b.fail("%d decisions are left of it", n)
		}
	}
	s.applicant.open("/mes-candidatures")
	s.applicant.see("À l’étude")
	if s.applicant.has("Admission proposée") {
		s.applicant.fail("the decision shows before its release (P18.4)")
	}
}

// reuse begins another dossier: what was given is offered, with its validity (P7.5).
func (s *admission) reuse() {
	b := s.applicant
	var next models.ID
	s.row(`SELECT s.id FROM sessions s WHERE s.programme_id IS NOT NULL AND s.opens_on <= $1::date AND s.closes_on > $1::date + 2 AND s.id <> $2
		AND s.requirement_list_id = (SELECT requirement_list_id FROM sessions WHERE id = $2) ORDER BY s.id LIMIT 1`, s.db.Today(), s.campaign).into(&next)
	b.open(paths.StartAdmission(next.String()))
	b.press("Commencer ma candidature")
	b.heading("Identité")
	first := s.draft
	s.draft = strings.TrimSuffix(b.value("location.pathname"), "/etapes/1")
	defer func() { s.draft = first }()
	b.open(s.draft + "/pieces")
	b.heading("Vos pièces")
	b.until("the identity document offered, with its validity", `/17 mai 2031|17\/05\/2031/.test(document.querySelector('#piece-identite').innerText)`)
	for _, key := range []string{"identite", "cv"} {
		b.run(do(`window.pressed = true`))
		b.click("#piece-" + key + ` button[form^="reprise-"]`)
		b.settle()
		s.received(key)
	}
	if n := s.count(`SELECT count(*) FROM documents WHERE application_id = $1::uuid AND reused_from IS NOT NULL AND state = 'live'`, s.id()); n != 2 {
		b.fail("%d documents taken over", n)
	}
	b.open("/mes-documents")
	b.see("Mes documents")
}

// told moves the clock until the answer is known, and takes the place in time.
func (s *admission) told() {
	b := s.applicant
	b.open("/mes-candidatures")
	for range 30 {
		if b.has("Confirmer ma place") || b.has("Une place vous est proposée") {
			break
		}
		b.run(do(`document.querySelector('#saut').value = '7j'`))
		b.press("Avancer le temps")
		b.until("the clock moved", `!window.pressed && document.readyState === 'complete'`)
		b.open("/mes-candidatures")
	}
	b.see("Une place vous est proposée")
	s.mailed(s.email, regexp.MustCompile(`Une place vous est|admission|Admission`))
	b.open(s.draft)
	b.press("Confirmer ma place")
	s.eventually("the place confirmed", 10*time.Second, `SELECT state = 'confirmed' FROM applications WHERE id = $1::uuid`, s.id())
	b.open("/mes-candidatures")
	b.see("Admission confirmée")
	if n := s.count(`SELECT count(*) FROM applications WHERE session_id = $1 AND state = 'waitlisted' AND waitlist_rank = 1`, s.campaign); n != 1 {
		b.fail("%d people first of the waiting list", n)
	}
	if n := s.count(`SELECT count(*) FROM applications WHERE session_id = $1 AND state = 'refused'`, s.campaign); n != 1 {
		b.fail("%d people refused", n)
	}
}

// stored compares documents and objects both ways, contents included.
func (s *admission) stored() {
	if out, err := s.demo.command("storage", "check", "--decrypt"); err != nil {
		s.Fatalf("storage check: %v\n%s", err, out)
	}
}

// keys presses keys one after the other, as a keyboard does: a key that the page takes
// for itself writes nothing where the focus goes.
func (b *browser) keys(keys string, modifiers ...chromedp.Modifier) {
	b.t.Helper()
	for _, one := range keys {
		k, ok := kb.Keys[one]
		if !ok || len(modifiers) > 0 || !k.Print {
			b.run(chromedp.KeyEvent(string(one), chromedp.KeyModifiers(modifiers...)))
			continue
		}
		b.run(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
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
