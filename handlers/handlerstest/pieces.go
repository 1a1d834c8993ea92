package handlerstest

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"passerelle/handlers"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/form"
)

// Pieces is a world whose open session asks for documents, and a draft in it.
type Pieces struct {
	*World
	Me *Browser
	ID models.ID // of the draft
}

// Keys of the pieces: a CV in many formats, a photograph, a large PDF, an identity
// card with two sides.
const (
	PieceCV       = "cv"
	PiecePhoto    = "photo"
	PieceLarge    = "memoire"
	PieceIdentity = "identite"
)

func pieceSpecs() []dossier.Spec {
	title := func(s string) form.Text { return form.Text{FR: s} }
	return []dossier.Spec{
		{Key: PieceCV, Kind: dossier.KindCV, Title: title("Curriculum vitæ"), Formats: []string{"pdf", "docx", "txt", "html", "rtf"}, MaxBytes: 5 << 20, Required: true},
		{Key: PiecePhoto, Kind: dossier.KindOther, Title: title("Photographie"), Formats: []string{"jpg", "png", "heic"}, MaxBytes: 5 << 20},
		{Key: PieceLarge, Kind: dossier.KindOther, Title: title("Mémoire"), Formats: []string{"pdf"}, MaxBytes: 30 << 20},
		{Key: PieceIdentity, Kind: dossier.KindIdentity, Title: title("Pièce d’identité"), Formats: []string{"pdf", "jpg"}, MaxBytes: 5 << 20,
			Sides: []form.Text{title("Recto"), title("Verso")}},
	}
}

// NewPieces builds it; options change the portal before it begins to answer.
func NewPieces(t testing.TB, options ...func(*handlers.Portal)) *Pieces {
	t.Helper()
	return NewWorld(t, options...).Pieces()
}

// Pieces makes the world's first session ask for documents and begins a draft.
func (w *World) Pieces() *Pieces {
	w.T.Helper()
	w.AskPieces(w.Course.Session)
	p := &Pieces{World: w, Me: w.Account("camille.pieces@demo.example.org", "Camille", "Fontaine")}
	p.ID = w.Begin(p.Me, w.Course.Session)
	return p
}

// AskPieces makes a session ask for documents.
func (w *World) AskPieces(session models.ID) {
	w.T.Helper()
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		id, err := dossier.SaveList(ctx, tx, models.Operator(), dossier.List{Key: "essai", Name: form.Text{FR: "Essai"}, Specs: pieceSpecs()})
		if err == nil {
			_, err = tx.PGX.Exec(ctx, `UPDATE sessions SET requirement_list_id = $2 WHERE id = $1`, session, id)
		}
		return err
	})
}

// Papers are the documents as their owner sees them.
func (w *Pieces) Papers() (papers application.Papers) {
	w.T.Helper()
	w.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		papers, err = application.Documents(ctx, tx, w.Me.Actor, w.ID)
		return err
	})
	return papers
}

// Piece is one of them.
func (w *Pieces) Piece(key string) dossier.Requirement {
	w.T.Helper()
	for _, r := range w.Papers().Requirements {
		if r.Spec.Key == key {
			return r
		}
	}
	w.T.Fatalf("no piece %s", key)
	return dossier.Requirement{}
}

// Address is where a piece is deposited.
func (w *Pieces) Address(key string) string {
	return fmt.Sprintf("/candidatures/%s/pieces/%s", w.ID, w.Piece(key).ID)
}

// Tus sends one request of the resumable protocol; headers are pairs.
func (b *Browser) Tus(method, path string, body []byte, headers ...string) *Page {
	b.site.T.Helper()
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Header.Set("Tus-Resumable", "1.0.0")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.Do(r)
}

// BeginUpload announces a file and gives the address of its upload.
func (w *Pieces) BeginUpload(key, name string, length int) string {
	w.T.Helper()
	p := w.Me.Tus(http.MethodPost, w.Address(key)+"/envois", nil, "Upload-Length", strconv.Itoa(length), "Upload-Metadata", "filename "+base64.StdEncoding.EncodeToString([]byte(name)))
	if p.Status != http.StatusCreated {
		w.T.Fatalf("begin upload: %d %s", p.Status, p.Body)
	}
	return p.Location
}

// Patch sends a part of an upload.
func (w *Pieces) Patch(upload string, at int, part []byte, headers ...string) *Page {
	w.T.Helper()
	return w.Me.Tus(http.MethodPatch, upload, part, append([]string{"Content-Type", "application/offset+octet-stream", "Upload-Offset", strconv.Itoa(at)}, headers...)...)
}

// Upload sends a whole file and has it inspected.
func (w *Pieces) Upload(key, name string, content []byte) dossier.Document {
	w.T.Helper()
	if p := w.Patch(w.BeginUpload(key, name, len(content)), 0, content); p.Status != http.StatusNoContent {
		w.T.Fatalf("upload: %d %s", p.Status, p.Body)
	}
	return w.Settled(key)
}

// Settled waits for the verdict on the newest version of a piece.
func (w *Pieces) Settled(key string) dossier.Document {
	w.T.Helper()
	d := w.Newest(key)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		<-w.Portal.Documents.InspectSoon(d.File.ID)
		if d = w.Newest(key); d.State != dossier.Checking {
			return d
		}
		time.Sleep(20 * time.Millisecond) // the request's own inspection goes on
	}
	w.T.Fatalf("piece %s is still being inspected", key)
	return d
}

// Send brings the draft under review, as if it had been sent and approved.
func (w *Pieces) Send() {
	w.T.Helper()
	for _, state := range []string{"submitted", "awaiting_approval", "under_review"} {
		w.Exec(`UPDATE applications SET state = $2, submitted_at = coalesce(submitted_at, $3) WHERE id = $1`, w.ID, state, w.DB.Clock.Now())
	}
	w.Exec(`INSERT INTO submissions (application_id, submitted_at, form_version, answers, op_ids, seen_sum, documents)
		SELECT $1, $2, 1, '{}', '{}', '', array(SELECT id FROM documents WHERE application_id = $1 AND state = 'live')
		ON CONFLICT DO NOTHING`, w.ID, w.DB.Clock.Now())
}

// Newest is the newest version of a piece, refused and replaced ones included.
func (w *Pieces) Newest(key string) (newest dossier.Document) {
	w.T.Helper()
	r := w.Piece(key)
	for _, d := range append(r.Documents, r.History...) {
		if d.Version > newest.Version || newest.Version == 0 {
			newest = d
		}
	}
	return newest
}

// Deposit sends a file by the plain form of a piece.
func (w *Pieces) Deposit(key, name string, content []byte) *Page {
	w.T.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	_ = form.WriteField("place", "1")
	part, err := form.CreateFormFile("fichier", name)
	if err != nil {
		w.T.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, w.Address(key), &b)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return w.Me.Do(r)
}

// ActivePDF is such a document that runs a script when it is opened.
func ActivePDF(text string) []byte {
	return pdf(text, 0, " /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>")
}

// PDF is a document of one page that says text, padded with noise to about length.
func PDF(text string, length int) []byte { return pdf(text, length, "") }

func pdf(text string, length int, catalogue string) []byte {
	var b bytes.Buffer
	offsets := []int{}
	object := func(body string) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(offsets), body)
	}
	b.WriteString("%PDF-1.4\n")
	content := "BT /F1 24 Tf 72 700 Td (" + text + ") Tj ET"
	object("<< /Type /Catalog /Pages 2 0 R" + catalogue + " >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>")
	object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	if pad := length - b.Len() - 400; pad > 0 {
		object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", pad, noise(pad)))
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return b.Bytes()
}

// noise is text that looks like nothing and repeats nowhere soon.
func noise(n int) string {
	var b strings.Builder
	b.Grow(n)
	state := uint32(2463534242)
	for b.Len() < n {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		b.WriteByte("abcdefghijklmnopqrstuvwxyz234567"[state%32])
	}
	return b.String()
}

// JPEG is a small photograph that tells where it was taken, in its metadata.
func JPEG() []byte {
	picture := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for y := range 240 {
		for x := range 320 {
			picture.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x + y), 255})
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, picture, nil)
	// An Exif block with a directory of positions, 48° 51′ N.
	exif := "Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x88\x25\x00\x04\x00\x00\x00\x01\x00\x00\x00\x1a\x00\x00\x00\x00" +
		"\x00\x02\x00\x01\x00\x02\x00\x00\x00\x02N\x00\x00\x00\x00\x02\x00\x05\x00\x00\x00\x03\x00\x00\x00\x38\x00\x00\x00\x00" +
		"\x00\x00\x00\x30\x00\x00\x00\x01\x00\x00\x00\x33\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01" + Place
	block := []byte{0xff, 0xe1, byte((len(exif) + 2) >> 8), byte(len(exif) + 2)}
	return append(append(append([]byte{0xff, 0xd8}, block...), exif...), b.Bytes()[2:]...)
}

// Place is written in the metadata of JPEG.
const Place = "12 rue de la Source, Dijon"
