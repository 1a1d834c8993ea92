package journeys

import (
	"bytes"
	"crypto/md5"
	"crypto/rc4"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"passerelle/cmd/internal/portaltest"
	"passerelle/handlers/handlerstest"
	"passerelle/models/dossier"
	"passerelle/views/print"
)

// given are the pieces that the dossier must have and one more, each in a file whose
// name says what it is.
func (s *admission) given() []piece {
	s.Helper()
	names := map[string]string{"cv": "mon-cv.pdf", "lettre": "lettre-de-motivation.pdf", "releves": "releve-de-notes.pdf", "diplome": "diplome-licence.pdf",
		"identite": "carte-identite.pdf", "portfolio": "dossier-artistique.pdf", "fiche": "fiche-de-renseignements.pdf"}
	var list []piece
	rows, err := s.db.Pool.Query(s.Context(), `SELECT key, spec->>'kind', spec->'title'->>'fr' FROM requirements WHERE application_id = $1::uuid
		AND ((spec->>'required')::bool AND NOT coalesce((spec->>'may_exempt')::bool, false) OR key = 'fiche') ORDER BY position`, s.id())
	if err != nil {
		s.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var p piece
		var kind dossier.Kind
		if err := rows.Scan(&p.key, &kind, &p.title); err != nil {
			s.Fatal(err)
		}
		p.name, p.content = names[p.key], s.paper(kind, len(list))
		p.path = s.file(p.name, p.content)
		list = append(list, p)
	}
	return list
}

// piece is one file to give, and to which piece.
type piece struct {
	key, title, name, path string
	content                []byte
}

// paper draws a fictitious document of one kind.
func (s *admission) paper(kind dossier.Kind, variant int) []byte {
	s.Helper()
	content, err := print.Model("Dossier de Maya Lemoine", []string{"Une ligne", "Une autre"})
	if kind != dossier.KindOther && kind != dossier.KindFilledForm {
		content, err = print.Specimen{Kind: kind, First: "Maya", Last: "Lemoine", Birth: time.Date(2002, 5, 17, 0, 0, 0, 0, time.UTC), Town: "Limoges",
			Programme: s.degree, Institution: "Université", Degree: "licence de lettres", Year: s.db.Today().Year(), Seed: 90 + variant}.PDF()
	}
	if err != nil {
		s.Fatal(err)
	}
	return content
}

// deposit gives every piece: at once on the page, or one by one without JavaScript.
func (s *admission) deposit() {
	b := s.applicant
	list := s.given()
	b.Open(s.draft + "/pieces")
	b.Heading("Vos pièces")
	s.explained(list)
	if s.scripts {
		s.drop(list[:6])
		list = list[6:]
	}
	for _, p := range list {
		s.give(p.key, p.path)
		s.received(p.key)
	}
	b.Click(`#piece-francais button[name=non_concerne]`)
	b.Until("the piece that does not concern", `document.querySelector('#piece-francais').innerText.includes('Cette pièce ne vous concerne pas')`)
	if n := s.live(); n != len(s.sums) {
		b.Fail("%d documents in force, %d given", n, len(s.sums))
	}
}

// explained: before anything is chosen, each piece says what it takes; what is
// missing is listed with links; nothing can be sent.
func (s *admission) explained(list []piece) {
	b := s.applicant
	for key, words := range map[string][]string{"cv": {"PDF", "5 Mo", "Obligatoire"}, "identite": {"Recto", "Verso", "JPG"}, "fiche": {"Facultative", "Télécharger le modèle"}, annex: {"30 Mo", "Facultative"}} {
		for _, want := range words {
			b.Until(fmt.Sprintf("%s says %q", key, want), fmt.Sprintf(`document.getElementById('piece-%s').innerText.replace(/[\s\u00a0\u202f]+/g, ' ').includes(%q)`, key, want))
		}
	}
	model := b.Value(`document.querySelector('#piece-fiche a[href^="/modeles/"]').href`)
	answer, err := http.Get(model)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if start, _ := io.ReadAll(io.LimitReader(answer.Body, 5)); string(start) != "%PDF-" || !strings.Contains(answer.Header.Get("Content-Disposition"), "attachment") {
		b.Fail("the model: %d %q %v", answer.StatusCode, start, answer.Header)
	}
	b.Open(s.draft + "/etapes/5")
	for _, p := range list {
		if p.key != "fiche" {
			b.Until("a link to the missing "+p.key, fmt.Sprintf(`document.querySelector('main a[href*="#piece-%s"]')`, p.key))
		}
	}
	b.Press("Transmettre ma candidature")
	time.Sleep(200 * time.Millisecond) // the browser itself may refuse
	if n := s.count(`SELECT count(*) FROM applications WHERE id = $1::uuid AND state = 'draft'`, s.id()); n != 1 {
		b.Fail("sent without its pieces")
	}
	b.Open(s.draft + "/pieces")
	b.Heading("Vos pièces")
}

// drop lets six files fall on the page at once: each is offered to a piece, and leaves
// when its person agrees.
func (s *admission) drop(list []piece) {
	s.Helper()
	b := s.applicant
	b.Run(portaltest.Do(`new MutationObserver(() => { if (document.querySelector('[data-sends] progress')) window.progressed = true; }).observe(document.body, {subtree: true, childList: true})`))
	b.Run(portaltest.Do(`window.falling = new DataTransfer()`))
	for _, p := range list {
		b.Run(portaltest.Do(fmt.Sprintf(`{ const bytes = Uint8Array.from(atob(%q), c => c.charCodeAt(0)); falling.items.add(new File([bytes], %q, {type: 'application/pdf'})); }`,
			base64.StdEncoding.EncodeToString(p.content), p.name)))
	}
	b.Run(portaltest.Do(`for (const kind of ['dragenter', 'dragover', 'drop']) document.querySelector('main h1').dispatchEvent(new DragEvent(kind, {dataTransfer: falling, bubbles: true, cancelable: true}))`))
	b.Until("six files to place", `document.querySelectorAll('[data-choices] select').length === 6`)
	if n := s.count(`SELECT count(*) FROM uploads WHERE application_id = $1::uuid`, s.id()); n != 0 {
		b.Fail("%d files left before the person agreed", n)
	}
	for _, p := range list {
		card := fmt.Sprintf(`[...document.querySelectorAll('[data-choices] > *')].find(c => c.querySelector('[data-name]').textContent.includes(%q))`, p.name)
		if got := b.Value(card + `.querySelector('select').selectedOptions[0].text`); !strings.HasPrefix(got, p.title) {
			b.Fail("%s is offered to %q", p.name, got)
		}
		b.Run(portaltest.Do(card + `.querySelector('[data-put]').click()`))
	}
	for _, p := range list {
		s.received(p.key)
	}
	if b.Value(`window.progressed === true`) != "true" {
		b.Fail("no progress was shown")
	}
}

// give chooses a file for a piece, and sends it by the form's button without JavaScript.
func (s *admission) give(key, path string) {
	s.Helper()
	b := s.applicant
	slot := "#piece-" + key
	b.Run(chromedp.WaitReady(slot), portaltest.Do(fmt.Sprintf(`document.querySelectorAll('%s details').forEach(d => { if (d.querySelector('.slot__file')) d.open = true; })`, slot)),
		chromedp.SetUploadFiles(slot+" .slot__file", []string{path}))
	if !s.scripts {
		b.Run(portaltest.Do(`window.pressed = true`))
		b.Click(slot + " .slot__send")
		b.Until("the answer", `!window.pressed && document.readyState === 'complete'`)
	}
}

// received waits until a piece says that its file stands.
func (s *admission) received(key string) {
	s.Helper()
	b := s.applicant
	ok := fmt.Sprintf(`document.getElementById('piece-%s') && /Reçue/.test(document.querySelector('#piece-%s .slot__head').innerText)`, key, key)
	for end := time.Now().Add(portaltest.Patience); time.Now().Before(end); { // without JavaScript the page is asked for again
		if b.Value(fmt.Sprintf(`!!(%s)`, ok)) == "true" {
			return
		}
		time.Sleep(250 * time.Millisecond)
		if !s.scripts {
			b.Open(s.draft + "/pieces")
		}
	}
	b.Fail("%s is not received", key)
}

// says waits until a piece says some words.
func (s *admission) says(key, words string) {
	s.Helper()
	b := s.applicant
	said := fmt.Sprintf(`document.getElementById('piece-%s').innerText.replace(/[\s\u00a0\u202f]+/g, ' ').includes(%q)`, key, words)
	for end := time.Now().Add(portaltest.Patience); time.Now().Before(end); {
		if b.Value(`!!(`+said+`)`) == "true" {
			return
		}
		time.Sleep(250 * time.Millisecond)
		if !s.scripts {
			b.Open(s.draft + "/pieces")
		}
	}
	b.Fail("%s does not say %q", key, words)
}

// refuse gives files that cannot be taken: each says why and what to do, and nothing
// else is touched; a copy without what acts can be taken instead (P7.3).
func (s *admission) refuse() {
	b := s.applicant
	before := s.live()
	s.give(annex, s.file("formulaire.pdf", actingPDF()))
	s.says(annex, "Ce PDF contient un programme (JavaScript)")
	if n := s.live(); n != before {
		b.Fail("%d documents in force, %d before", n, before)
	}
	b.Click("#piece-" + annex + ` button[form^="aplatir-"]`)
	s.received(annex)
	if n := s.live(); n != before+1 {
		b.Fail("the copy without what acts is not there: %d in force", n)
	}
	s.give(annex, s.file("protege.pdf", lockedPDF("secret")))
	s.says(annex, "Ce PDF demande un mot de passe")
	s.says(annex, "Enregistrez-en une copie sans mot de passe")
	if n := s.live(); n != before+1 {
		b.Fail("%d documents in force, %d before", n, before+1)
	}
	delete(s.sums, "formulaire.pdf")
	delete(s.sums, "protege.pdf")
}

// replace gives another curriculum: the earlier version stays in the history (P7.2).
func (s *admission) replace() {
	before := s.live()
	s.give("cv", s.file("mon-cv.pdf", s.paper(dossier.KindCV, 7)))
	s.says("cv", "Historique (1 version)")
	s.eventually("the new curriculum in force", portaltest.Patience, `SELECT count(*) = 1 FROM documents d JOIN requirements r ON r.id = d.requirement_id JOIN files f ON f.id = d.file_id
		WHERE r.application_id = $1::uuid AND r.key = 'cv' AND d.state = 'live' AND d.version = 2 AND encode(f.sha256, 'hex') = $2`, s.id(), s.sums["mon-cv.pdf"])
	if n := s.live(); n != before {
		s.applicant.Fail("%d documents in force, %d before", n, before)
	}
}

// large sends 20 MB through a line that is cut once and a page that is loaded again;
// without JavaScript a file that one request cannot carry is refused with its limit.
func (s *admission) large() {
	b := s.applicant
	const name = "annexe.pdf"
	if !s.scripts {
		s.give(annex, s.file(name, handlerstest.PDF("Trop pour une requete", 9<<20)))
		b.Until("its refusal", `/trop (lourd|volumineux)/.test(document.body.innerText)`)
		b.Open(s.draft + "/pieces")
		s.give(annex, s.file(name, handlerstest.PDF("Annexe", 7<<20)))
		s.stands(annex, name)
		return
	}
	path := s.file(name, handlerstest.PDF("Annexe", 20<<20))
	s.line.pace.Store(5 << 20)
	s.line.sent.Store(0)
	s.line.budget.Store(6 << 20)
	s.give(annex, path)
	s.progress(9 << 20)
	if s.line.cuts.Load() == 0 {
		b.Fail("the line was not cut")
	}
	b.Open(s.draft + "/pieces") // and the page is loaded again
	s.stands(annex, name)
	s.line.pace.Store(0)
	if sent := s.line.sent.Load(); sent > 30<<20 {
		b.Fail("%d bytes were sent for a file of 20 MB: it began again", sent)
	}
	s.Logf("20 MB took %.1f MB on a line cut once and a page loaded again", float64(s.line.sent.Load())/(1<<20))
}

// progress waits until the server holds so much of an upload under way.
func (s *admission) progress(bytes int64) {
	s.Helper()
	s.eventually("the upload goes on by itself", 40*time.Second, `SELECT coalesce(max(received), 0) >= $2 FROM uploads WHERE application_id = $1::uuid`, s.id(), bytes)
}

// stands waits until the document in force at a piece is the file given, byte for byte.
func (s *admission) stands(key, name string) {
	s.Helper()
	s.eventually(name+" in force, as it was sent", 60*time.Second, `SELECT count(*) = 1 FROM documents d JOIN requirements r ON r.id = d.requirement_id JOIN files f ON f.id = d.file_id
		WHERE r.application_id = $1::uuid AND r.key = $2 AND d.state = 'live' AND encode(f.sha256, 'hex') = $3`, s.id(), key, s.sums[name])
}

// live counts the documents in force of the dossier.
func (s *admission) live() int {
	s.Helper()
	return s.count(`SELECT count(*) FROM documents WHERE application_id = $1::uuid AND state = 'live'`, s.id())
}

// send transmits: the page and the mail carry every piece with the fingerprint of the
// very bytes sent.
func (s *admission) send() {
	b := s.applicant
	b.Open(s.draft + "/etapes/5")
	b.Heading("Relisez")
	b.Click(`[name=accuracy]`)
	b.Click(`[name=data_notice]`)
	b.Press("Transmettre ma candidature")
	b.Heading("Votre candidature est partie")
	page := b.Value(`document.querySelector('main').textContent`)
	for name, sum := range s.sums {
		if !strings.Contains(page, name) || !strings.Contains(page, sum) {
			b.Fail("the receipt has no %s with %s", name, sum)
		}
		s.applicant.Mailed(s.email, regexp.MustCompile(sum))
	}
	if n := s.count(`SELECT count(*) FROM mails WHERE kind = 'receipt' AND subject_id = $1::uuid`, s.id()); n != 1 {
		b.Fail("%d receipts by mail", n)
	}
	b.Open(s.draft + "/pieces")
	b.See("Plus rien ne peut être changé pour l’instant")
	if n := b.Value(`document.querySelectorAll('main input[type=file]').length`); n != "0" {
		b.Fail("%s ways to give a file after sending", n)
	}
}

// line is a TCP proxy that a test can cut and slow down.
type line struct {
	address string
	sent    atomic.Int64 // bytes from client to server
	budget  atomic.Int64 // cut once when so many have passed; 0 for never
	pace    atomic.Int64 // bytes a second; 0 for as they come
	cuts    atomic.Int64
}

// newLine listens before a server until the test ends.
func newLine(t *testing.T, target string) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	n := &line{address: l.Addr().String()}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go n.carry(client, target)
		}
	}()
	return n
}

func (n *line) carry(client net.Conn, target string) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
	buffer := make([]byte, 32<<10)
	for {
		k, err := client.Read(buffer)
		if k > 0 {
			if budget := n.budget.Load(); n.sent.Add(int64(k)) > budget && budget > 0 && n.budget.CompareAndSwap(budget, 0) {
				n.cuts.Add(1)
				return
			}
			if pace := n.pace.Load(); pace > 0 {
				time.Sleep(time.Duration(int64(k) * int64(time.Second) / pace))
			}
			if _, err := server.Write(buffer[:k]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// pdfOf writes numbered objects with a sound table; the first is the catalogue.
func pdfOf(trailer string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	places := []int{}
	for i, o := range objects {
		places = append(places, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, p := range places {
		fmt.Fprintf(&b, "%010d 00000 n \n", p)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, table)
	return b.Bytes()
}

func letterOf(catalogue, content string) []string {
	return []string{"<< /Type /Catalog /Pages 2 0 R " + catalogue + " >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content)}
}

const letterWords = "BT /F1 24 Tf 72 700 Td (Bonjour) Tj ET"

// actingPDF runs a script when it is opened.
func actingPDF() []byte {
	return pdfOf("", letterOf("/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>", letterWords)...)
}

// lockedPDF asks for a password (RC4, 40 bits).
func lockedPDF(password string) []byte {
	pad := []byte("\x28\xbf\x4e\x5e\x4e\x75\x8a\x41\x64\x00\x4e\x56\xff\xfa\x01\x08\x2e\x2e\x00\xb6\xd0\x68\x3e\x80\x2f\x0c\xa9\xfe\x64\x53\x69\x7a")
	user := append([]byte(password), pad...)[:32]
	cipher := func(key, text []byte) []byte {
		c, err := rc4.NewCipher(key)
		if err != nil {
			panic(err)
		}
		out := make([]byte, len(text))
		c.XORKeyStream(out, text)
		return out
	}
	digest := func(parts ...[]byte) []byte {
		sum := md5.Sum(bytes.Join(parts, nil))
		return sum[:]
	}
	id := []byte("0123456789abcdef")
	owner := cipher(digest(user)[:5], user)
	key := digest(user, owner, []byte{0xfc, 0xff, 0xff, 0xff}, id)[:5]
	content := string(cipher(digest(key, []byte{4, 0, 0, 0, 0})[:10], []byte(letterWords)))
	return pdfOf(fmt.Sprintf("/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%x> /U <%x> >> /ID [<%x> <%x>]", owner, cipher(key, pad), id, id), letterOf("", content)...)
}
