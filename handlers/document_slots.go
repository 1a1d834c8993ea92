package handlers

import (
	"context"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/storage/inspect"
	"passerelle/views/applications"
	"passerelle/views/documents"
	"passerelle/views/i18n"
	"passerelle/views/paths"
)

// showPieces is « Vos pièces »: of a draft, of an application sent back for
// corrections, or read-only once sent (P6.2, P17.8).
func (p *Portal) showPieces(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	return p.piecesPage(c, id, http.StatusOK, refusal{})
}

// slotOfCorrection is one slot of the page of what is asked to complete, with the box
// of that page beside it.
func (p *Portal) slotOfCorrection(c *Call, id models.ID, status int, key string) error {
	var asked application.Correction
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		asked, err = application.OpenCorrection(ctx, tx, c.Actor, id)
		return err
	})
	if err != nil {
		return p.notAsked(c, id, err)
	}
	page := p.correctionView(c, asked, false)
	return c.RenderStatus(status, applications.CorrectionSlot(page, key))
}

// refusal says over the pieces why a file was not taken.
type refusal struct {
	words string    // already in the person's language
	heavy models.ID // the piece that the file was too heavy for
}

// piecesPage draws the page, or one slot for htmx; refused is said over the page.
func (p *Portal) piecesPage(c *Call, id models.ID, status int, refused refusal) error {
	var papers application.Papers
	var draft *application.Answers
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if papers, err = application.Documents(ctx, tx, c.Actor, id); err != nil || papers.State != application.Draft {
			return err
		}
		d, err := application.Open(ctx, tx, c.Actor, id)
		draft = &d
		return err
	})
	if err != nil {
		return p.orSignIn(c, id, err)
	}
	if papers.State == application.Draft && !c.recognised(papers.Application) {
		return c.to(paths.FoundDraft())
	}
	if papers.Account == uuid.Nil {
		c.recognise()
	}
	c.noStore()
	page := p.piecesView(c, papers, draft)
	page.Refused = refused.words
	for _, s := range page.Slots {
		if refused.heavy != uuid.Nil && s.ID == refused.heavy.String() {
			page.Heavy = &documents.Heavy{Slot: s, Form: maxDeposit}
		}
	}
	if key, ok := strings.CutPrefix(c.Target(), form.PaperPrefix); ok && c.Partial() {
		if papers.State == application.InformationRequested && c.Query(documents.NameWithin) == documents.WithinCorrection {
			return p.slotOfCorrection(c, id, status, key)
		}
		return c.RenderStatus(status, documents.Update(page, key))
	}
	return c.RenderStatus(status, documents.Pieces(page))
}

// piecesView turns the papers of an application into the words of its page.
func (p *Portal) piecesView(c *Call, papers application.Papers, draft *application.Answers) documents.PiecesPage {
	page := documents.PiecesPage{Dossier: p.dossierView(c, papers.Application), Title: c.T("documents.title"), Today: day(p.DB.Today()),
		Asked: papers.Request != nil, Done: lower(c.Query("fait")),
		Arrived: c.Method() == http.MethodGet && !c.Partial()}
	if papers.Request != nil {
		page.DueOn = day(papers.Request.DueOn)
	}
	if draft != nil {
		p.placeInForm(c, &page, *draft)
	}
	for _, r := range papers.Requirements {
		s := p.slotView(c, papers, r)
		s.Within = c.Query(documents.NameWithin) == documents.WithinStep
		if s.Within {
			s.Level = 4
		}
		page.Slots = append(page.Slots, s)
		page.Saved = lastChange(page.Saved, s)
		page.Unscanned = page.Unscanned || slices.ContainsFunc(r.Documents, func(d dossier.Document) bool { return d.File.Scan == dossier.ScanOff })
	}
	return page
}

// placeInForm shows the steps of the draft around its pieces.
func (p *Portal) placeInForm(c *Call, page *documents.PiecesPage, d application.Answers) {
	for i := range d.Form.Steps {
		if d.Form.Steps[i].Documents {
			page.Number = i + 1
			page.Title = d.Form.Steps[i].Title.In(string(c.Lang))
			page.Intro = d.Form.Steps[i].Intro.In(string(c.Lang))
		}
	}
	n := page.Number
	view := p.draftView(c, shown{Answers: d, step: max(n, 1)})
	page.Kept = view.Kept
	if n == 0 {
		page.Before = paths.Application(page.ID)
		return
	}
	page.Steps = view.Steps(c.Context())
	if n > 1 {
		page.Before = paths.Step(page.ID, n-1)
	}
	if n < len(d.Form.Steps) {
		page.After = paths.Step(page.ID, n+1)
	}
}

func lastChange(saved i18n.Moment, s documents.Slot) i18n.Moment {
	for _, place := range s.Places {
		for _, v := range []*documents.Version{place.Current, place.Next} {
			if v != nil && saved.ISO() < v.At.ISO() {
				saved = v.At
			}
		}
	}
	return saved
}

// dossierView names an application on the pages about its documents.
func (p *Portal) dossierView(c *Call, a application.Application) documents.Dossier {
	s := c.session(a.Session)
	d := documents.Dossier{ID: a.ID.String(), Title: s.Course, Href: s.Href(), Where: s.Dates(c.Context()), Draft: a.State == application.Draft,
		Account: a.Account != uuid.Nil}
	if !d.Draft {
		d.Number = a.Reference()
	}
	return d
}

// slotView is one piece in the words of its slot.
func (p *Portal) slotView(c *Call, papers application.Papers, r dossier.Requirement) documents.Slot {
	lang, spec := string(c.Lang), r.Spec
	tries, _ := strconv.Atoi(c.Query(documents.NameTries))
	s := documents.Slot{ID: r.ID.String(), Application: papers.ID.String(), Key: spec.Key, Title: spec.Title.In(lang), Hint: spec.Hint.In(lang),
		Formats: spec.Formats, MaxBytes: spec.MaxBytes, Required: spec.Required, MinSides: spec.MinSides, MaxFiles: max(spec.MaxFiles, 1),
		MayExempt: spec.MayExempt, ExemptFor: spec.ExemptFor.In(lang), Exempt: r.NotApplicable != nil, Open: r.Open, Asked: r.Asked,
		Today: day(p.DB.Today()), Tries: min(max(tries, 0), 1000)}
	s.MaxPages = spec.MaxPages
	if q := papers.Request; q != nil && q.Asks(r.ID) {
		s.Word = &documents.Verdict{Kind: string(dossier.ToComplete), By: q.AskedByName, At: p.moment(q.AskedAt), Message: q.Message}
	}
	s.Pending = slices.ContainsFunc(papers.Missing, func(l dossier.Lack) bool { return l.Requirement == r.ID && l.Why == dossier.LackAsked })
	for _, side := range spec.Sides {
		s.Sides = append(s.Sides, side.In(lang))
	}
	if papers.Request != nil && !r.Asked {
		s.Closed = c.T("documents.closed.locked")
	}
	for n := 1; n <= spec.Places(); n++ {
		if place := p.placeView(r, n); place.Current != nil || place.Next != nil || len(place.Sending) > 0 {
			s.Places = append(s.Places, place)
		}
	}
	for _, d := range r.History {
		if d.Accepted() { // what the inspection refused never was a version to anyone
			s.History = append(s.History, p.versionView(r, d))
		}
	}
	if r.Open {
		s.Offers = p.offers(papers.Reusable[r.ID], s.Sides)
		s.Template = p.templateView(c, spec)
	}
	return s
}

// templateView is the model of a piece (P7.1); one that is gone is not offered.
func (p *Portal) templateView(c *Call, spec dossier.Spec) *documents.Template {
	id, err := uuid.Parse(spec.Template)
	if err != nil {
		return nil
	}
	var file dossier.File
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		file, err = dossier.Template(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil
	}
	return &documents.Template{Href: paths.Template(file.ID.String()), Type: strings.ToUpper(strings.TrimPrefix(filepath.Ext(file.Name), ".")), Bytes: file.Bytes}
}

// placeView is what stands at one place of a piece.
func (p *Portal) placeView(r dossier.Requirement, n int) documents.Place {
	place := documents.Place{Number: n}
	for _, d := range r.Documents {
		if d.Place != n {
			continue
		}
		v := p.versionView(r, d)
		if d.State == dossier.Live {
			place.Current = &v
		} else if place.Next == nil {
			place.Next = &v
		}
	}
	for _, u := range r.Uploads {
		if u.Place == n {
			place.Sending = append(place.Sending, documents.Sending{ID: u.ID.String(), Name: u.Name, Received: u.Received, Length: u.Length,
				Until: p.moment(u.ExpiresAt)})
		}
	}
	return place
}

// versionView is one version in the words of its slot.
func (p *Portal) versionView(r dossier.Requirement, d dossier.Document) documents.Version {
	v := documents.Version{ID: d.ID.String(), Place: d.Place, Number: r.Number(d), Name: d.File.Name, Bytes: d.File.Bytes, Pages: d.File.Pages,
		At: p.moment(d.DepositedAt), State: string(d.State), Scanning: d.State == dossier.Live && d.File.Scan == dossier.ScanPending,
		Infected: d.File.Scan == dossier.ScanInfected, Reason: d.File.Reason, Reused: d.ReusedFrom != uuid.Nil}
	v.Warned = d.File.Inspection == "warn"
	v.Flattens = d.State == dossier.Refused && inspect.Code(d.File.Reason).Flattens()
	if d.Verdict != nil {
		v.Verdict = &documents.Verdict{Kind: string(d.Verdict.Kind), By: d.Verdict.ByName, At: p.moment(d.Verdict.At), Reason: d.Verdict.Reason,
			Message: d.Verdict.Message}
		if d.Verdict.ValidUntil != nil {
			v.ValidUntil = day(*d.Verdict.ValidUntil)
		}
	}
	for _, r := range d.Remarks {
		v.Remarks = append(v.Remarks, documents.Remark{ID: r.ID.String(), Number: r.Number, Page: r.Page, X: r.X, Y: r.Y, Width: r.Width, Height: r.Height,
			Body: r.Body, By: r.ByName})
	}
	return v
}

// offers are the documents of earlier applications that suit a piece, three at most.
func (p *Portal) offers(all []dossier.Reusable, sides []string) []documents.Offer {
	out := []documents.Offer{}
	for _, r := range all {
		if r.Expired || !r.Fits || len(out) == 3 {
			continue
		}
		o := documents.Offer{Document: r.Document.ID.String(), Name: r.Document.File.Name, At: p.dayIn(&r.Document.DepositedAt), Of: r.Offering,
			ValidUntil: dayOrNone(r.ValidUntil), Place: r.Document.Place}
		if at := r.Document.Place; at <= len(sides) {
			o.Side = sides[at-1]
		}
		if r.Validated() {
			o.ValidOn = p.dayIn(&r.Document.Verdict.At)
		}
		out = append(out, o)
	}
	return out
}

func dayOrNone(t time.Time) i18n.Day {
	if t.IsZero() {
		return i18n.Day{}
	}
	return day(t)
}

// removeDocument takes a deposited version back.
func (p *Portal) removeDocument(c *Call) error {
	return p.changePiece(c, "retrait", func(ctx context.Context, tx models.Tx, id, _ models.ID) error {
		document, err := parseID(c.Value("document"))
		if err != nil {
			return models.NotFound("document.not_found")
		}
		return application.RemoveDocument(ctx, tx, c.Actor, document)
	})
}

// exemptPiece notes « Cette pièce ne me concerne pas », or takes it back.
func (p *Portal) exemptPiece(c *Call) error {
	return p.changePiece(c, "", func(ctx context.Context, tx models.Tx, id, requirement models.ID) error {
		return application.SetNotApplicable(ctx, tx, c.Actor, id, requirement, lower(c.Value("non_concerne")) == "oui")
	})
}

// reuseDocument gives a piece a document of an earlier application (P7.5).
func (p *Portal) reuseDocument(c *Call) error {
	return p.changePiece(c, "reprise", func(ctx context.Context, tx models.Tx, id, requirement models.ID) error {
		document, err := parseID(c.Value("document"))
		if err != nil {
			return models.NotFound("document.not_found")
		}
		place, _ := strconv.Atoi(c.Value("place"))
		_, err = application.Reuse(ctx, tx, c.Actor, id, requirement, place, document)
		return err
	})
}

// abandonUpload forgets a file that never came whole: it would hold the sending back.
// One that is gone already, or somebody else's, is simply not there any more.
func (p *Portal) abandonUpload(c *Call) error {
	if upload, err := parseID(c.Value("envoi")); err == nil {
		err := p.Documents.Cancel(c.UserContext(), c.Actor, upload)
		if err != nil && models.KindOf(err) != models.KindNotFound {
			return err
		}
	}
	return p.changePiece(c, "annule", func(context.Context, models.Tx, models.ID, models.ID) error { return nil })
}

// changePiece does one thing to one piece and shows it again, at its place.
func (p *Portal) changePiece(c *Call, done string, change func(ctx context.Context, tx models.Tx, id, requirement models.ID) error) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	requirement, err := c.ID("requirement")
	if err != nil {
		return err
	}
	var papers application.Papers
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		if err := change(ctx, tx, id, requirement); err != nil {
			return err
		}
		papers, err = application.Documents(ctx, tx, c.Actor, id)
		return err
	})
	if err != nil {
		return p.pieceRefused(c, id, err)
	}
	return c.to(p.backToPiece(papers, requirement, done))
}

// pieceRefused shows the pieces again with why nothing was done; what is not the
// person's stays not found.
func (p *Portal) pieceRefused(c *Call, id models.ID, why error) error {
	for kind, status := range map[models.Kind]int{models.KindConflict: http.StatusConflict, models.KindInvalid: http.StatusUnprocessableEntity,
		models.KindTooLarge: http.StatusRequestEntityTooLarge} {
		if e, ok := asError(why, kind); ok {
			return p.piecesPage(c, id, status, refusal{words: c.T(e.Key)})
		}
	}
	return p.orSignIn(c, id, why)
}

// backToPiece is the address of a piece after a change: on its step when the form asks
// for it, else on the page of pieces.
func (p *Portal) backToPiece(papers application.Papers, requirement models.ID, done string) string {
	i := slices.IndexFunc(papers.Requirements, func(r dossier.Requirement) bool { return r.ID == requirement })
	if i < 0 {
		return paths.Pieces(papers.ID.String())
	}
	pairs := []string{}
	if done != "" {
		pairs = append(pairs, "fait", done)
	}
	return paths.With(paths.Pieces(papers.ID.String()), pairs...) + "#" + form.PaperPrefix + papers.Requirements[i].Spec.Key
}

// stepSlots are the pieces that a step of the form asks among its questions.
func (p *Portal) stepSlots(c *Call, id models.ID, def *form.Definition, step int) (map[string]applications.SlotPiece, error) {
	asked := map[string]bool{}
	for _, b := range def.Steps[step-1].Blocks {
		for i := range b.Fields {
			if b.Fields[i].Kind == form.KindDocument {
				asked[b.Fields[i].ID] = true
			}
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	var papers application.Papers
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		papers, err = application.Documents(ctx, tx, c.Actor, id)
		return err
	})
	out := map[string]applications.SlotPiece{}
	for _, r := range papers.Requirements {
		if asked[r.Spec.Key] {
			s := p.slotView(c, papers, r)
			s.Within, s.Level = true, 3
			forms := s.Forms()
			if len(out) == 0 {
				forms = templ.Join(documents.Words(), forms)
			}
			out[r.Spec.Key] = applications.SlotPiece{Slot: s, Forms: forms}
		}
	}
	return out, err
}
