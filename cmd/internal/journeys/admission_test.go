package journeys

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/cmd/internal/portaltest"
	"passerelle/models"
	"passerelle/models/cluster"
	"passerelle/models/people"
	"passerelle/views/paths"
)

// TestAdmission is the second procedure from the tree of programmes to the place
// confirmed, documents included, twice: with JavaScript and without (P13.8).
func TestAdmission(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole admission takes minutes")
	}
	t.Parallel() // of its own demonstration
	for _, scripts := range []bool{false, true} {
		name := "P13.8 an admission dossier without JavaScript"
		if scripts {
			name = "P13.8 an admission dossier with JavaScript"
		}
		t.Run(name, func(t *testing.T) {
			s := newAdmission(t, scripts)
			s.browse()
			s.write()
			s.deposit()
			s.refuse()
			s.replace()
			s.large()
			s.send()
			s.review()
			s.ask()
			s.correct()
			s.again()
			s.meet()
			s.decideMany()
			s.reuse()
			s.told()
			s.demo.Verify(s.T)
			s.stored()
		})
	}
}

// admission carries the people and what they learnt from one part to the next.
type admission struct {
	story
	db        *models.DB
	line      *line // between the candidate and the portal
	campaign  models.ID
	programme models.ID
	degree    string
	reference string // of the programme
	officer   *portaltest.Browser
	folder    string // of the candidate's files
	sums      map[string]string
}

const (
	candidate      = "maya.lemoine@exemple.example.org"
	candidateName  = "Maya Lemoine"
	annex          = "annexe" // the piece that takes a large file
	waitForSeeding = 2 * time.Minute
)

// newAdmission starts the demonstration, waits for its own dossiers, and makes the
// campaign ask for one large piece more.
func newAdmission(t *testing.T, scripts bool) *admission {
	t.Helper()
	portaltest.Chromium(t)
	d := portaltest.StartDemo(t)
	c, err := cluster.Attach(context.Background(), cluster.Options{Folder: filepath.Join(d.Folder, "data")})
	if err != nil {
		t.Fatal(err)
	}
	s := &admission{story: story{T: t, demo: d, scripts: scripts, email: candidate}, folder: t.TempDir(), sums: map[string]string{}}
	s.db = portaltest.OpenDB(t, c.URL(), "a secret of this test alone")
	s.line = newLine(t, strings.TrimPrefix(d.URL, "http://"))
	s.eventually("the demonstration's dossiers", waitForSeeding, `SELECT count(*) >= 14 AND count(*) FILTER (WHERE state = 'information_requested') >= 1
		FROM applications WHERE kind = 'admission'`)
	s.row(`SELECT s.id, p.id, p.title, p.reference FROM applications a JOIN sessions s ON s.id = a.session_id JOIN programmes p ON p.id = s.programme_id
		WHERE a.kind = 'admission' LIMIT 1`).into(&s.campaign, &s.programme, &s.degree, &s.reference)
	s.exec(`UPDATE requirement_lists SET specs = specs || $2::jsonb WHERE NOT specs::text LIKE '%annexe%' AND id = (SELECT requirement_list_id FROM sessions WHERE id = $1)`, s.campaign,
		fmt.Sprintf(`[{"key":%q,"kind":"other","title":{"fr":"Annexe volumineuse","en":"Large annex"},"formats":["pdf"],"max_bytes":%d}]`, annex, 30<<20))
	s.account()
	s.applicant = portaltest.NewBrowser(t, "http://"+s.line.address, scripts)
	s.officer = portaltest.NewBrowser(t, d.URL, scripts)
	return s
}

// account opens the candidate's, as an operator does.
func (s *admission) account() {
	s.Helper()
	hash, err := people.HashPassword(context.Background(), demoPassword)
	if err == nil {
		err = s.db.InTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
			_, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: s.email, Lang: "fr", PasswordHash: hash,
				Identity: people.Identity{BirthName: "Lemoine", FirstName: "Maya", BirthDate: time.Date(2002, 5, 17, 0, 0, 0, 0, time.UTC)}})
			return err
		})
	}
	if err != nil {
		s.Fatal(err)
	}
}

// browse finds the programme in the tree: only an open campaign can be chosen, the
// others say why.
func (s *admission) browse() {
	b := s.applicant
	b.SignIn(s.email, demoPassword)
	b.Open("/diplomes")
	b.Heading("Diplômes")
	b.Fill("q", s.degree)
	b.Press("Filtrer")
	s.onPage(b, fmt.Sprintf(`document.querySelector('a[href="/diplomes/%s"]')`, s.reference))
	if n := b.Value(`[...document.querySelectorAll('#arbre tbody tr')].filter(r => !r.querySelector('a[href$="/candidature"]') && !/Close|Ouvre|Pas encore|Aucune/.test(r.innerText)).length`); n != "0" {
		b.Fail("%s campaigns neither open nor explained", n)
	}
	if n := b.Value(`[...document.querySelectorAll('#arbre tbody tr')].filter(r => /Close le|Ouvre le/.test(r.innerText) && r.querySelector('a[href$="/candidature"]')).length`); n != "0" {
		b.Fail("%s campaigns can be chosen out of their time", n)
	}
	b.Click(fmt.Sprintf(`a[href="/diplomes/%s"]`, s.reference))
	b.Until("the programme", fmt.Sprintf(`location.pathname === '/diplomes/%s'`, s.reference))
	for _, words := range []string{"Pièces demandées", "Annexe volumineuse", "Lettre de motivation signée"} {
		b.See(words)
	}
	var closed models.ID
	s.row(`SELECT id FROM sessions WHERE programme_id IS NOT NULL AND closes_on < $1 ORDER BY id LIMIT 1`, s.db.Today()).into(&closed)
	b.Open(paths.StartAdmission(closed.String()))
	b.See("La campagne est close")
	if b.Value(`document.querySelector('main form') === null`) != "true" {
		b.Fail("a closed campaign can be begun")
	}
}

// write begins the dossier and fills the steps of the form.
func (s *admission) write() {
	b := s.applicant
	b.Open("/diplomes/" + s.reference)
	b.Press("Déposer ma candidature")
	b.Heading("Candidater à ce diplôme")
	b.Press("Commencer ma candidature")
	b.Heading("Identité")
	s.draft = strings.TrimSuffix(b.Value("location.pathname"), "/etapes/1")
	if got := b.Value(`document.querySelector('[name=birth_name]').value`); got != "Lemoine" {
		b.Fail("the name is not taken over: %q", got)
	}
	b.Fill("birth_place", "Limoges")
	s.choose("nationality", "SN")
	b.Press("Enregistrer et passer à la page suivante")
	b.Heading("Parcours")
	b.Tick("current_situation", "looking")
	if s.scripts {
		b.Settle() // the questions that follow are asked for
	}
	b.Press("Ajouter une année")
	b.Until("a row of studies", `document.querySelector('[name$="/study_year"]')`)
	b.Fill(s.named("/study_year"), fmt.Sprint(s.db.Today().Year()-1))
	b.Fill(s.named("/study_diploma"), "Licence de lettres")
	b.Fill(s.named("/study_institution"), "Université de Limoges")
	s.choose(s.named("/study_result"), "passed")
	b.Tick("french_level", "b2")
	b.Press("Enregistrer et passer à la page suivante")
	b.Heading("Projet")
	b.Fill("why_programme", "Le projet collectif répond à ce que je cherche.")
	b.Fill("career", "Travailler dans une maison d’édition.")
	for name, value := range map[string]string{"mode": "initial", "funding": "self"} {
		b.Tick(name, value)
		if s.scripts {
			b.Settle() // the questions that follow are asked for
		}
	}
	b.Press("Enregistrer et passer à la page suivante")
	b.Heading("Vos pièces")
}

// named is the whole name of the first control that ends so: rows of a group have
// names of their own.
func (s *admission) named(end string) string {
	s.Helper()
	name := s.applicant.Value(fmt.Sprintf(`document.querySelector('[name$=%q]')?.name`, end))
	if name == "undefined" {
		s.applicant.Fail("no control %s", end)
	}
	return name
}

// choose picks an option, in a list or among buttons.
func (s *admission) choose(name, value string) {
	s.Helper()
	b := s.applicant
	if b.Value(fmt.Sprintf(`document.querySelector('[name=%q]').tagName`, name)) != "SELECT" {
		b.Tick(name, value)
		return
	}
	b.Run(portaltest.Do(fmt.Sprintf(`{ const e = document.querySelector('[name=%q]'); e.value = %q; e.dispatchEvent(new Event('change', {bubbles: true})); }`, name, value)))
}

// found is one row asked for.
type found struct {
	s     *admission
	query string
	args  []any
}

func (s *admission) row(query string, args ...any) found { return found{s, query, args} }

func (f found) into(to ...any) {
	f.s.Helper()
	if err := f.s.db.Pool.QueryRow(context.Background(), f.query, append([]any{models.Prepared}, f.args...)...).Scan(to...); err != nil {
		f.s.Fatalf("%s: %v", f.query, err)
	}
}

func (s *admission) count(query string, args ...any) (n int) {
	s.Helper()
	s.row(query, args...).into(&n)
	return n
}

func (s *admission) exec(query string, args ...any) {
	s.Helper()
	if _, err := s.db.Pool.Exec(context.Background(), query, append([]any{models.Prepared}, args...)...); err != nil {
		s.Fatalf("%s: %v", query, err)
	}
}

// eventually waits for a query to answer true.
func (s *admission) eventually(what string, patience time.Duration, query string, args ...any) {
	s.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var ok bool
		s.row(query, args...).into(&ok)
		if ok {
			return
		}
	}
	s.Fatalf("waited %v in vain: %s", patience, what)
}

// id of the application.
func (s *admission) id() string { return strings.TrimPrefix(s.draft, "/candidatures/") }

// file writes one of the candidate's files and remembers its fingerprint.
func (s *admission) file(name string, content []byte) string {
	s.Helper()
	path := filepath.Join(s.folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.Fatal(err)
	}
	sum := sha256.Sum256(content)
	s.sums[name] = hex.EncodeToString(sum[:])
	return path
}

// onPage waits for an expression on another document or after a swap.
func (s *admission) onPage(b *portaltest.Browser, expression string) {
	s.Helper()
	b.Until(expression, expression)
}
