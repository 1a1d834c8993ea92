package handlers

import (
	"context"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/documents"
)

// soonDays is how long before its last day a document is said to expire soon.
const soonDays = 60

// listDocuments is « Mes documents » (P7.5).
func (p *Portal) listDocuments(c *Call) error {
	var kept []dossier.Kept
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		kept, err = application.MyDocuments(ctx, tx, c.Actor)
		return err
	})
	if err != nil {
		return err
	}
	page := documents.VaultPage{Today: day(p.DB.Today())}
	for _, k := range kept {
		v := p.keptView(k)
		v.Title = k.Spec.Title.In(string(c.Lang))
		page.Kept = append(page.Kept, v)
	}
	c.noStore()
	return c.Render(documents.Vault(page))
}

func (p *Portal) keptView(k dossier.Kept) documents.Kept {
	f := k.Document.File
	v := documents.Kept{Document: k.Document.ID.String(), Kind: string(k.Spec.Kind), Name: f.Name, Type: f.Type, Bytes: f.Bytes, Pages: f.Pages,
		At: p.dayIn(&k.Document.DepositedAt), ValidUntil: dayOrNone(k.ValidUntil), Expired: k.Expired}
	if k.Validated() {
		v.ValidOn = p.dayIn(&k.Document.Verdict.At)
	}
	v.Soon = !k.ValidUntil.IsZero() && !k.Expired && k.ValidUntil.Before(p.DB.Today().AddDate(0, 0, soonDays))
	for _, u := range k.UsedIn {
		v.Uses = append(v.Uses, documents.Use{Application: u.Application.String(), Label: u.Offering})
	}
	return v
}

// showDocument is one document of the person, page by page with what was pinned on
// it (P17.7); a manager reads at the review desk, not here.
func (p *Portal) showDocument(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var page documents.PreviewPage
	var d dossier.Document
	var key dossier.DataKey
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		if d, key, err = application.OpenDocument(ctx, tx, c.Actor, id, dossier.ReadInline); err != nil {
			return err
		}
		papers, err := application.Documents(ctx, tx, c.Actor, d.Application)
		if err != nil {
			return err
		}
		page = p.previewView(c, papers, d)
		return nil
	})
	if err != nil {
		return p.orSignIn(c, uuid.Nil, err)
	}
	page.Lines = p.pageLines(c.UserContext(), d, key, page.Page)
	c.noStore()
	return c.Render(documents.Preview(page))
}

// pageLines is what a page says, for those who do not see its image: nothing when it
// cannot be read now, the document can still be downloaded.
func (p *Portal) pageLines(ctx context.Context, d dossier.Document, key dossier.DataKey, page int) []string {
	if !shows(d) {
		return nil
	}
	text, err := p.Documents.Text(ctx, d.File, key, page)
	if err != nil {
		return nil
	}
	if text.Plain != "" {
		return strings.Split(text.Plain, "\n")
	}
	lines := make([]string, len(text.Lines))
	for i, l := range text.Lines {
		lines[i] = l.Text
	}
	return lines
}

func (p *Portal) previewView(c *Call, papers application.Papers, d dossier.Document) documents.PreviewPage {
	page := documents.PreviewPage{Dossier: p.dossierView(c, papers.Application), Today: day(p.DB.Today()),
		Standing: d.State == dossier.Live, Shown: shows(d) && p.Documents.Paged(d.File)}
	for _, r := range papers.Requirements {
		if r.ID == d.Requirement {
			page.Version = p.versionView(r, d)
			page.Piece, page.Key = r.Spec.Title.In(string(c.Lang)), r.Spec.Key
		}
	}
	n, _ := strconv.Atoi(c.Query("page"))
	page.Page = min(max(n, 1), max(d.File.Pages, 1))
	return page
}

// showConsultations tells who opened an application and its documents (P17.21), to
// the applicant alone.
func (p *Portal) showConsultations(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var page documents.ConsultationsPage
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		a, err := application.Load(ctx, tx, c.Actor, id)
		if err != nil {
			return err
		}
		all, err := application.Consultations(ctx, tx, c.Actor, id)
		if err != nil {
			return err
		}
		page.Dossier = p.dossierView(c, a)
		for _, r := range all {
			page.Readings = append(page.Readings, p.readingView(c, r))
		}
		return nil
	})
	if err != nil {
		return p.orSignIn(c, id, err)
	}
	c.noStore()
	return c.Render(documents.Consultations(page))
}

func (p *Portal) readingView(c *Call, r dossier.Consultation) documents.Reading {
	v := documents.Reading{Who: r.ByName, Role: c.T("documents.read.role.officer"), Piece: r.Piece.In(string(c.Lang)), Kind: string(r.Reading),
		Day: day(r.Day), First: p.moment(r.First), Last: p.moment(r.Last), Times: r.Times}
	if r.ByLink {
		v.Who, v.Role = c.T("documents.read.role.link"), ""
	}
	return v
}
