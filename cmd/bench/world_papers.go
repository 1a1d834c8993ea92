package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/cluster"
	"passerelle/models/people"
)

// slot is one place of a dossier that waits for a file, with its applicant.
type slot struct {
	application, requirement models.ID
	cookie                   string
}

// join opens the database of a portal that runs.
func (p *portal) join(ctx context.Context) (*base, error) {
	c, err := cluster.Open(ctx, cluster.Options{Folder: p.data()})
	if err != nil {
		return nil, err
	}
	db, err := p.openDB(ctx, c.URL(), nil)
	return &base{db, c}, err
}

// filled waits until the demonstration has its dossiers and their documents, which
// it makes beside the portal that already answers.
func (p *portal) filled(ctx context.Context) error {
	b, err := p.join(ctx)
	if err != nil {
		return err
	}
	defer b.DB.Close()
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); time.Sleep(300 * time.Millisecond) {
		var sent, waiting int
		err := b.Pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM applications WHERE kind = 'admission' AND submitted_at IS NOT NULL),
			(SELECT count(*) FROM files WHERE purpose = 'deposit' AND inspection = '')`).Scan(&sent, &waiting)
		if err != nil || sent >= demoAdmissions && waiting == 0 {
			return err
		}
	}
	return errors.New("the demonstration did not get its dossiers")
}

// demoAdmissions is how many of them are sent.
const demoAdmissions = 13

// slots opens n dossiers of one piece each that takes heavy files.
func (b *base) slots(ctx context.Context, label string, n int) ([]slot, error) {
	var campaign models.ID
	err := b.Pool.QueryRow(ctx, `SELECT id FROM sessions WHERE programme_id IS NOT NULL AND requirement_list_id IS NOT NULL AND cancelled_at IS NULL
		AND opens_on <= $1 AND closes_on > $1 ORDER BY closes_on DESC, id LIMIT 1`, b.Today()).Scan(&campaign)
	if err != nil {
		return nil, fmt.Errorf("campaign: %w", err)
	}
	all := make([]slot, n)
	for i := range all {
		err := b.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			all[i], err = newSlot(ctx, tx, fmt.Sprintf("%s%d-%d@bench.example.org", label, i, time.Now().UnixMilli()), campaign)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func newSlot(ctx context.Context, tx models.Tx, email string, campaign models.ID) (s slot, err error) {
	a, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: email, Lang: "fr", PasswordHash: "none",
		Identity: people.Identity{BirthName: "Martin", FirstName: "Lucie"}})
	if err != nil {
		return s, err
	}
	token, err := signedIn(ctx, tx, a.ID)
	if err != nil {
		return s, err
	}
	s.cookie = "passerelle=" + token
	by := models.Actor{Kind: models.ActorAccount, Account: a.ID, Person: a.PersonID, Email: email, Lang: "fr"}
	draft, _, err := application.Begin(ctx, tx, by, campaign)
	if err != nil {
		return s, err
	}
	s.application = draft.ID
	err = tx.PGX.QueryRow(ctx, `UPDATE requirements SET spec = spec || '{"max_bytes": 67108864}' WHERE application_id = $1 AND key = 'releves' RETURNING id`,
		draft.ID).Scan(&s.requirement)
	return s, err
}

// begin reserves a resumable upload, as a client of the protocol does.
func (s slot) begin(p *portal, length int) (path string, err error) {
	r, err := http.NewRequest(http.MethodPost, fmt.Sprintf("%s/candidatures/%s/pieces/%s/envois", p.url, s.application, s.requirement), http.NoBody)
	if err != nil {
		return "", err
	}
	r.Header.Set("Tus-Resumable", "1.0.0")
	r.Header.Set("Upload-Length", strconv.Itoa(length))
	r.Header.Set("Upload-Metadata", "filename "+base64.StdEncoding.EncodeToString([]byte("releves.pdf")))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Cookie", s.cookie)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("upload not begun: %s", answer.Status)
	}
	return answer.Header.Get("Location"), nil
}

// patch sends the whole of a file to an upload.
func (s slot) patch(path, file string) request {
	return request{Method: http.MethodPatch, Path: path, File: file, Cookie: s.cookie, Headers: map[string]string{
		"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream", "Sec-Fetch-Site": "same-origin"}}
}

// scanned writes a PDF of one page of about so many bytes: an image of noise, as
// heavy scans are.
func (p *portal) scanned(name string, size int) (string, error) {
	const width = 2400
	height := size / width / 3
	noise := make([]byte, width*height*3)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(noise)
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n", len(at))
		fmt.Fprintf(&b, format, args...)
		b.WriteString("\nendobj\n")
	}
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >> >>")
	draw := "q 595 0 0 842 0 0 cm /I Do Q"
	object("<< /Length %d >>\nstream\n%s\nendstream", len(draw), draw)
	object("<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 /Length %d >>\nstream\n%s\nendstream",
		width, height, len(noise), noise)
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	file := filepath.Join(p.folder, name)
	return file, os.WriteFile(file, b.Bytes(), 0o600)
}

// asForm writes the body of a plain form that holds a file.
func (p *portal) asForm(file string) (body, kind string, err error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", "", err
	}
	const boundary = "passerelle-bench-boundary"
	var b bytes.Buffer
	fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"fichier\"; filename=\"releves.pdf\"\r\nContent-Type: application/pdf\r\n\r\n", boundary)
	b.Write(content)
	fmt.Fprintf(&b, "\r\n--%s--\r\n", boundary)
	body = file + ".form"
	return body, "multipart/form-data; boundary=" + boundary, os.WriteFile(body, b.Bytes(), 0o600)
}
