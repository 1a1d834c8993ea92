package handlers

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/desk"
	"passerelle/views/print"
)

// archived is one document of an archive.
type archived struct {
	Name    string `json:"fichier"`
	Piece   string `json:"piece"`
	Version int    `json:"version"`
	Bytes   int64  `json:"octets"`
	SHA256  string `json:"sha256"`
	Given   string `json:"depose_le"`
	doc     dossier.Document
	key     dossier.DataKey
}

// downloadArchive gives a whole application to its officer: a summary on paper, the
// documents in force and their checksums, in one ZIP written as it leaves (P9.7).
// Each document is opened as if it were downloaded, and the person sees it (P17.21).
func (p *Portal) downloadArchive(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var review application.Review
	var list []archived
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if review, err = application.OpenReview(ctx, tx, c.Actor, id); err != nil {
			return err
		}
		list, err = c.archived(ctx, tx, review)
		return err
	})
	if err != nil {
		return err
	}
	summary, err := summaryPDF(c.Context(), review, c.clock())
	if err != nil {
		return err
	}
	if len(list) > 0 { // a store that is down is said before anything leaves
		f, err := p.Documents.Open(c.UserContext(), list[0].doc.File, list[0].key)
		if err != nil {
			return err
		}
		_ = f.Close()
	}
	c.fileHeaders("application/zip", review.Reference()+".zip", "private, no-store")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), 10*time.Minute)
	from, to := io.Pipe()
	go func() {
		defer cancel()
		to.CloseWithError(p.writeArchive(ctx, to, review, summary, list))
	}()
	c.Ctx.Context().SetBodyStream(&outgoing{file: from, conn: c.Ctx.Context().Conn(), cancel: cancel}, -1)
	return nil
}

// archived opens the documents in force, each through its own access check.
func (c *Call) archived(ctx context.Context, tx models.Tx, r application.Review) ([]archived, error) {
	list, lang := []archived{}, string(c.Lang)
	for _, q := range r.Requirements {
		for _, d := range q.Documents {
			if d.State != dossier.Live || !d.Openable() {
				continue
			}
			opened, key, err := application.OpenDocument(ctx, tx, c.Actor, d.ID, dossier.ReadDownload)
			if err != nil {
				return nil, err
			}
			list = append(list, archived{Name: archiveName(q, d), Piece: q.Spec.Title.In(lang), Version: d.Version, Bytes: d.File.Bytes,
				SHA256: hex.EncodeToString(d.File.SHA256[:]), Given: d.DepositedAt.In(tx.Zone()).Format(time.RFC3339), doc: opened, key: key})
		}
	}
	return list, nil
}

// archiveName is the place of a document in an archive: never what its name says,
// but its last letters.
func archiveName(q dossier.Requirement, d dossier.Document) string {
	ending := strings.ToLower(path.Ext(d.File.Name))
	if len(ending) < 2 || len(ending) > 6 || strings.ContainsFunc(ending[1:], func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		ending = ""
	}
	return fmt.Sprintf("pieces/%02d-%s-%d-v%d%s", q.Position, q.Spec.Key, d.Place, d.Version, ending)
}

func summaryPDF(ctx context.Context, r application.Review, clock desk.Clock) ([]byte, error) {
	words := desk.Summarise(ctx, r, clock)
	s := print.Summary{Title: words.Title, Subtitle: words.Subtitle, Foot: words.Foot}
	for _, b := range words.Blocks {
		block := print.SummaryBlock{Title: b.Title}
		for _, f := range b.Facts {
			block.Lines = append(block.Lines, print.SummaryLine{Term: f[0], Text: f[1]})
		}
		s.Blocks = append(s.Blocks, block)
	}
	return s.PDF()
}

// writeArchive streams the archive: no document is ever whole in memory.
func (p *Portal) writeArchive(ctx context.Context, to io.Writer, r application.Review, summary []byte, list []archived) error {
	z := zip.NewWriter(to)
	when := p.DB.Clock.Now()
	put := func(name string, content io.Reader) (written, error) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: when})
		if err != nil {
			return written{}, err
		}
		sum := sha256.New()
		n, err := io.Copy(io.MultiWriter(w, sum), content)
		return written{name, n, hex.EncodeToString(sum.Sum(nil))}, err
	}
	if _, err := put(r.Reference()+".pdf", bytes.NewReader(summary)); err != nil {
		return err
	}
	for i := range list {
		w, err := p.archiveOne(ctx, list[i], put)
		if err != nil {
			return err
		}
		list[i].Name, list[i].Bytes, list[i].SHA256 = w.name, w.bytes, w.sha256
	}
	manifest, err := json.MarshalIndent(map[string]any{"dossier": r.Reference(), "pieces": list}, "", "  ")
	if err != nil {
		return err
	}
	if _, err := put("manifeste.json", bytes.NewReader(manifest)); err != nil {
		return err
	}
	return z.Close()
}

// written is what an archive holds of a document: an image made again is not the
// file that was given, whose sum the receipt tells.
type written struct {
	name   string
	bytes  int64
	sha256 string
}

// archiveOne adds a document; images go without what they tell of their author.
func (p *Portal) archiveOne(ctx context.Context, a archived, put func(string, io.Reader) (written, error)) (written, error) {
	picture, image, err := p.Documents.Clean(ctx, a.doc.File, a.key)
	for try := 0; papers.Busy(err) && try < 20; try++ { // never the image as it came
		select {
		case <-ctx.Done():
			return written{}, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
		picture, image, err = p.Documents.Clean(ctx, a.doc.File, a.key)
	}
	if err != nil {
		return written{}, err
	}
	if image {
		return put(cleanName(a.Name, picture.Type), bytes.NewReader(picture.Content))
	}
	f, err := p.Documents.Open(ctx, a.doc.File, a.key)
	if err != nil {
		return written{}, err
	}
	defer func() { _ = f.Close() }()
	return put(a.Name, f)
}
