package inspect

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"passerelle/storage/pdf"
)

// What is looked at of the pages; the rest of a long document is only counted.
const (
	maxPagesLooked = 100
	maxTimeLooked  = 5 * time.Second
	maxPixelsDrawn = 40_000_000  // Of the pictures of one page, for the look at blank ones
	hugePage       = 1191 * 1684 // Square points: beyond A2
	blankContrast  = 24          // Of 255, between the lightest and the darkest point of a blank page
	drawnWidth     = 100         // Pixels
)

// inspectPDF reads the structure itself, then asks PDFium what it sees: either
// alone could be led astray.
func inspectPDF(ctx context.Context, engine *pdf.Engine, j *judgement, b []byte, p Policy) {
	s := newScan(j)
	s.file(b)
	j.facts.Decompressed = s.unpacked
	if s.rendering {
		j.add(PDFXFA, "NeedsRendering")
	}
	if slices.Contains(j.found, Bomb) {
		// PDFium would unpack it.
		return
	}
	repaired := !sound(b)
	err := engine.With(ctx, b, func(d pdf.Document) error {
		look(ctx, j, s, d, p)
		return nil
	})
	switch {
	case errors.Is(err, pdf.ErrPassword):
		j.facts.Encrypted = true
		j.add(PDFPassword, "")
		return
	case err != nil:
		j.add(Broken, "cannot be opened")
		return
	}
	j.facts.Signature = s.signed
	j.facts.Encrypted = s.encrypted
	if s.xfa && !s.rendering {
		j.add(PDFForm, "XFA")
	}
	if repaired {
		j.facts.Repaired = true
		j.add(Repaired, "tables rebuilt")
	}
}

// look asks PDFium.
func look(ctx context.Context, j *judgement, s *scan, d pdf.Document, p Policy) {
	counted, err := d.API.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: d.Ref})
	if err != nil || counted.PageCount == 0 {
		j.add(Broken, "no page")
		return
	}
	if j.facts.Pages = counted.PageCount; j.facts.Pages > p.MaxPages {
		j.add(TooManyPages, "")
		return
	}
	lookCatalogue(j, d)
	if s.encrypted || s.unknown {
		decrypted(j, d)
	}
	pages(ctx, j, s, d)
}

// lookCatalogue is what PDFium finds in the document as a whole.
func lookCatalogue(j *judgement, d pdf.Document) {
	if form, err := d.API.FPDF_GetFormType(&requests.FPDF_GetFormType{Document: d.Ref}); err == nil {
		j.facts.Form = form.FormType != enums.FPDF_FORMTYPE_NONE
		if form.FormType == enums.FPDF_FORMTYPE_XFA_FULL {
			j.add(PDFXFA, "dynamic XFA")
		}
	}
	if n, err := d.API.FPDFDoc_GetJavaScriptActionCount(&requests.FPDFDoc_GetJavaScriptActionCount{Document: d.Ref}); err == nil && n.JavaScriptActionCount > 0 {
		j.facts.JavaScript = true
		j.add(PDFScript, "document script")
	}
	if n, err := d.API.FPDFDoc_GetAttachmentCount(&requests.FPDFDoc_GetAttachmentCount{Document: d.Ref}); err == nil && n.AttachmentCount > 0 {
		j.facts.Attachment = true
		j.add(PDFAttachment, "attached file")
	}
}

// decrypted reads the structure again in a copy that PDFium has decrypted and
// unpacked: what the file itself hides from the scan.
func decrypted(j *judgement, d pdf.Document) {
	saved, err := d.API.FPDF_SaveAsCopy(&requests.FPDF_SaveAsCopy{Document: d.Ref, Flags: requests.SaveFlagRemoveSecurity})
	if err != nil || saved.FileBytes == nil {
		j.add(Unreadable, "encrypted structure")
		return
	}
	again := newScan(j)
	again.file(*saved.FileBytes)
}

// pages loads the pages one by one: each must be readable, and the annotations
// must be harmless.
func pages(ctx context.Context, j *judgement, s *scan, d pdf.Document) {
	began, huge, looked, drawn := time.Now(), 0, 0, false
	for i := range min(j.facts.Pages, maxPagesLooked) {
		if ctx.Err() != nil || time.Since(began) > maxTimeLooked {
			break
		}
		loaded, err := d.API.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: d.Ref, Index: i})
		if err != nil {
			j.add(Broken, "page that cannot be read")
			return
		}
		page := requests.Page{ByReference: &loaded.Page}
		looked++
		if size, err := d.API.GetPageSize(&requests.GetPageSize{Page: page}); err == nil {
			if i == 0 {
				j.facts.Width, j.facts.Height = int(size.Width+.5), int(size.Height+.5)
			}
			if size.Width*size.Height > hugePage {
				huge++
			}
		}
		marks := annotate(j, d, page)
		contents := inside(d, page)
		if contents.blank(d, page, &drawn) && !marks {
			j.facts.BlankPages++
		}
		_, _ = d.API.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page})
	}
	if huge*2 > looked {
		j.add(Dimensions, "huge pages")
	}
	// Bookmarks are words that somebody wrote: such a document is not an empty scan.
	if looked == j.facts.Pages && j.facts.BlankPages == looked && !s.outlines {
		j.add(BlankPage, "")
	}
}

// annotate looks at the annotations of a page; it says whether any is drawn.
func annotate(j *judgement, d pdf.Document, page requests.Page) (drawn bool) {
	counted, err := d.API.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: page})
	if err != nil {
		return false
	}
	for i := range min(counted.Count, 2000) {
		annot, err := d.API.FPDFPage_GetAnnot(&requests.FPDFPage_GetAnnot{Page: page, Index: i})
		if err != nil {
			continue
		}
		kind, err := d.API.FPDFAnnot_GetSubtype(&requests.FPDFAnnot_GetSubtype{Annotation: annot.Annotation})
		if err == nil {
			switch kind.Subtype {
			case enums.FPDF_ANNOT_SUBTYPE_FILEATTACHMENT:
				j.facts.Attachment = true
				j.add(PDFAttachment, "attached to a page")
			case enums.FPDF_ANNOT_SUBTYPE_SOUND, enums.FPDF_ANNOT_SUBTYPE_MOVIE, enums.FPDF_ANNOT_SUBTYPE_SCREEN,
				enums.FPDF_ANNOT_SUBTYPE_THREED, enums.FPDF_ANNOT_SUBTYPE_RICHMEDIA:
				j.add(PDFMedia, "media on a page")
			case enums.FPDF_ANNOT_SUBTYPE_LINK, enums.FPDF_ANNOT_SUBTYPE_POPUP:
			default:
				drawn = true
			}
		}
		_, _ = d.API.FPDFPage_CloseAnnot(&requests.FPDFPage_CloseAnnot{Annotation: annot.Annotation})
	}
	return drawn
}

// contents is what a page is made of.
type contents struct {
	objects  int
	pictures bool // Nothing but pictures, few of them
	pixels   int
}

func inside(d pdf.Document, page requests.Page) contents {
	c := contents{}
	counted, err := d.API.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil {
		return c
	}
	c.objects = counted.Count
	c.pictures = c.objects <= 20
	for i := range min(c.objects, 20) {
		object, err := d.API.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: page, Index: i})
		if err != nil {
			continue
		}
		kind, err := d.API.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: object.PageObject})
		if err == nil && (kind.Type == enums.FPDF_PAGEOBJ_TEXT || kind.Type == enums.FPDF_PAGEOBJ_SHADING) {
			c.pictures = false
		}
		c.pixels += pixels(d, object.PageObject)
	}
	return c
}

func pixels(d pdf.Document, object references.FPDF_PAGEOBJECT) int {
	size, err := d.API.FPDFImageObj_GetImagePixelSize(&requests.FPDFImageObj_GetImagePixelSize{ImageObject: object})
	if err != nil {
		return 0
	}
	return int(size.Width) * int(size.Height)
}

// blank tells a page with nothing to see: without objects, or of one colour once
// drawn small. The first page is drawn in any case, so that what kills a reader
// kills this child first.
func (c contents) blank(d pdf.Document, page requests.Page, drawn *bool) bool {
	if c.objects == 0 {
		return true
	}
	if c.pixels > maxPixelsDrawn || *drawn && !c.pictures {
		return false
	}
	*drawn = true
	r, err := d.API.RenderPageInPixels(&requests.RenderPageInPixels{Page: page, Width: drawnWidth, Height: 2 * drawnWidth})
	if err != nil {
		return false
	}
	defer r.Cleanup()
	light, dark := 0, 255
	for pix := r.Result.Image.Pix; len(pix) >= 4; pix = pix[4:] {
		alpha := int(pix[3])
		grey := 255 - alpha + (int(pix[0])*3+int(pix[1])*6+int(pix[2]))/10*alpha/255
		light, dark = max(light, grey), min(dark, grey)
	}
	return light-dark < blankContrast && c.pictures
}
