package handlers

import (
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"passerelle/handlers/middleware"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
	"passerelle/models/dossier"
	"passerelle/views/administration"
	"passerelle/views/i18n"
	"passerelle/views/paths"
)

// maxImport is the most bytes of a catalogue file sent by a form; the command
// line takes longer ones.
const maxImport = 200 << 20

const shownRuns = 50

// showImports lists the imports (P3.6).
func (p *Portal) showImports(c *Call) error { return c.importsPage(http.StatusOK, "") }

func (c *Call) importsPage(status int, refused string) error {
	q := c.query()
	page := administration.ImportsPage{Refused: refused, Kind: q.Get(administration.NameKind), Source: q.Get(administration.NameSource), Zone: c.Portal.DB.Zone}
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if page.Runs, err = importer.Runs(ctx, tx, c.Actor, shownRuns); err != nil {
			return err
		}
		if page.Days, err = tx.SettingInt(ctx, "import_file_days"); err != nil {
			return err
		}
		page.Sources, err = importer.AllSources(ctx, c.Portal.DB.Pool)
		return err
	})
	if err != nil {
		return err
	}
	return c.RenderStatus(status, administration.Imports(page))
}

// sendImport keeps a file, encrypted like any other, and shows how it reads.
func (p *Portal) sendImport(c *Call) error {
	body := middleware.BodyOf(c.Ctx)
	kind, parameters, err := mime.ParseMediaType(c.Ctx.Get(fiber.HeaderContentType))
	switch {
	case err != nil || kind != "multipart/form-data" || parameters["boundary"] == "" || c.Ctx.Get(fiber.HeaderContentEncoding) != "":
		return malformed("body.content_type")
	case body.Length() > maxImport:
		return middleware.ErrTooLarge
	}
	in := importer.NewRun{Kind: catalogue.KindCourse}
	parts := multipart.NewReader(body, parameters["boundary"])
	for range maxPartFields {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return formError(err)
		}
		if part.FormName() == administration.NameFile {
			if fileName(part) == "" {
				break
			}
			return p.keepImport(c, in, part)
		}
		value, err := io.ReadAll(io.LimitReader(part, maxPartField))
		if err != nil {
			return formError(err)
		}
		switch text := strings.TrimSpace(strings.ToValidUTF8(string(value), "")); part.FormName() {
		case administration.NameKind:
			if slices.Contains(importer.Kinds(), catalogue.Kind(text)) {
				in.Kind = catalogue.Kind(text)
			}
		case administration.NameSource:
			in.Source = strings.ReplaceAll(text, "\x00", "")
		}
	}
	defer c.renew()()
	return c.importsPage(http.StatusUnprocessableEntity, "import.no_file")
}

func (p *Portal) keepImport(c *Call, in importer.NewRun, part *multipart.Part) error {
	if p.Documents == nil {
		return unavailable(errors.New("no store"))
	}
	in.FileName = fileName(part)
	counted := &countedReader{r: part}
	var run importer.RunRow
	_, err := p.Documents.Keep(context.WithoutCancel(c.verbContext()), dossier.PurposeImport, in.FileName, "application/octet-stream", counted,
		func(ctx context.Context, tx models.Tx, file models.ID) (err error) {
			in.File, in.Bytes = file, counted.n
			run, err = importer.Announce(ctx, tx, c.Actor, in)
			return err
		})
	defer c.renew()()
	if err != nil {
		return err
	}
	return c.SeeOther(paths.Import(run.ID.String()))
}

type countedReader struct {
	r io.Reader
	n int64
}

func (r *countedReader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	r.n += int64(n)
	return n, err
}

// showImport shows how a file reads, what it would do or what it did.
func (p *Portal) showImport(c *Call) error { return p.importPage(c, http.StatusOK, "") }

// importPage shows a file; refused says in words what could not be done.
func (p *Portal) importPage(c *Call, status int, refused string) error {
	page, err := p.importOf(c)
	if err != nil {
		return err
	}
	page.Refused = refused
	return c.RenderStatus(status, administration.Import(page))
}

// importOf reads a run, the page of its report that is asked for, and the
// beginning of its file as long as it may still be read otherwise.
func (p *Portal) importOf(c *Call) (page administration.ImportPage, err error) {
	id, err := c.ID("id")
	if err != nil {
		return page, err
	}
	page = administration.ImportPage{Now: p.DB.Clock.Now(), Zone: p.DB.Zone}
	var f dossier.File
	var key dossier.DataKey
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if page.Run, err = importer.RunByID(ctx, tx, c.Actor, id); err != nil {
			return err
		}
		if page.Days, err = tx.SettingInt(ctx, "import_file_days"); err != nil {
			return err
		}
		if page.Mapping, err = page.Run.Reads(); err != nil {
			page.Mapping = importer.Mapping{Source: page.Run.Source}
		}
		if _, page.Remembered, err = importer.Remembered(ctx, c.Portal.DB.Pool, page.Run.Kind, page.Mapping.Source); err != nil {
			page.Remembered = false
		}
		if err := c.reportLines(ctx, tx, &page); err != nil || !page.Opened() {
			return err
		}
		if f, err = dossier.FileByID(ctx, tx, *page.Run.File); err != nil {
			return err
		}
		key, err = dossier.KeyOf(ctx, tx, f.ID)
		return err
	})
	if err == nil && page.Opened() && p.Documents != nil {
		err = p.lookAt(c, &page, f, key)
	}
	return page, err
}

// reportLines reads the page of the report that the address names: the lines that
// need somebody first.
func (c *Call) reportLines(ctx context.Context, tx models.Tx, page *administration.ImportPage) (err error) {
	q := c.query()
	page.Verdict = importer.Verdict(q.Get(administration.NameVerdict))
	for _, v := range importer.Verdicts() {
		if page.Run.Report.Lines[page.Verdict] == 0 && page.Run.Report.Lines[v] > 0 {
			page.Verdict = v
		}
	}
	page.Page, _ = strconv.Atoi(q.Get(administration.NamePage))
	page.Page = min(max(page.Page, 1), page.Run.Report.Lines[page.Verdict]/administration.LinesShown+1)
	page.Lines, err = importer.Lines(ctx, tx, c.Actor, page.Run.ID, page.Verdict, (page.Page-1)*administration.LinesShown, administration.LinesShown)
	return err
}

// lookAt reads the beginning of the file.
func (p *Portal) lookAt(c *Call, page *administration.ImportPage, f dossier.File, key dossier.DataKey) error {
	content, err := p.Documents.Open(c.UserContext(), f, key)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	page.Preview, err = importer.Look(content, page.Run.Kind, "", page.Mapping)
	var refused *models.Error
	if errors.As(err, &refused) {
		if report, ok := refused.Data.(importer.Report); ok && len(report.Errors) > 0 {
			page.Broken = report.Errors[0].In(administration.ImportWords(c.Context()))
			return nil
		}
	}
	return err
}

// mapImport keeps how the file is read and which field each column is.
func (p *Portal) mapImport(c *Call) error { return p.keepMapping(c, nil) }

// rehearseImport keeps what the form shows, if it came from there, and rehearses
// just that.
func (p *Portal) rehearseImport(c *Call) error {
	rehearse := func(ctx context.Context, tx models.Tx, id models.ID) error {
		return importer.Rehearse(ctx, tx, c.Actor, id)
	}
	if _, form := c.Form()[administration.NameEncoding]; form {
		return p.keepMapping(c, rehearse)
	}
	return p.importVerb(c, rehearse)
}

func (p *Portal) keepMapping(c *Call, then func(context.Context, models.Tx, models.ID) error) error {
	page, err := p.importOf(c)
	if err != nil {
		return err
	}
	if page.Run.File == nil || p.Documents == nil {
		return p.importPage(c, http.StatusConflict, i18n.T(c.Context(), "import.moved"))
	}
	m, twice := c.importMapping(page.Mapping)
	if twice != "" {
		return p.importPage(c, http.StatusUnprocessableEntity, i18n.T(c.Context(), "admin.import.twice", administration.FieldName(c.Context(), twice)))
	}
	if err := p.onlyColumns(c, page.Run, &m); err != nil {
		return err
	}
	return p.importVerb(c, func(ctx context.Context, tx models.Tx, id models.ID) error {
		if err := importer.SetMapping(ctx, tx, c.Actor, id, m); err != nil || then == nil {
			return err
		}
		return then(ctx, tx, id)
	})
}

// importMapping reads the form over the mapping that is kept; twice names a field
// that two columns would become.
func (c *Call) importMapping(m importer.Mapping) (_ importer.Mapping, twice string) {
	m.Source = c.Text(administration.NameSource)
	m.Encoding, m.Separator, m.Dates = importer.Encoding(c.Value(administration.NameEncoding)), c.Value(administration.NameSeparator), importer.Dates(c.Value(administration.NameDates))
	m.Header, _ = strconv.Atoi(c.Value(administration.NameHeader))
	if c.Form().Has(administration.NameNamed + "0") {
		m.Columns, m.Ignore = map[string]string{}, nil
	}
	for n := 0; c.Form().Has(administration.NameNamed + strconv.Itoa(n)); n++ {
		name, field := c.Value(administration.NameNamed+strconv.Itoa(n)), c.Value(administration.NameColumn+strconv.Itoa(n))
		switch {
		case field == "":
			m.Ignore = append(m.Ignore, name)
		case m.Columns[field] != "":
			return m, field
		default:
			m.Columns[field] = name
		}
	}
	constants := map[string]string{}
	for field, value := range m.Constants {
		constants[field] = value
	}
	for _, field := range administration.Defaults() {
		if c.Form().Has(administration.NameDefault + field) {
			if constants[field] = c.Text(administration.NameDefault + field); constants[field] == "" {
				delete(constants, field)
			}
		}
	}
	if m.Constants = constants; c.Form().Has(administration.NameOpens) {
		m.OpensBefore, _ = strconv.Atoi(c.Text(administration.NameOpens))
		m.ClosesBefore, _ = strconv.Atoi(c.Text(administration.NameCloses))
	}
	return m, ""
}

// onlyColumns forgets columns that the file does not have, read as the form says.
func (p *Portal) onlyColumns(c *Call, run importer.RunRow, m *importer.Mapping) error {
	var f dossier.File
	var key dossier.DataKey
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if f, err = dossier.FileByID(ctx, tx, *run.File); err != nil {
			return err
		}
		key, err = dossier.KeyOf(ctx, tx, f.ID)
		return err
	})
	if err != nil {
		return err
	}
	page := administration.ImportPage{Run: run, Mapping: *m}
	page.Mapping.Columns, page.Mapping.Ignore = nil, nil
	if err := p.lookAt(c, &page, f, key); err != nil {
		return err
	}
	there := func(name string) bool {
		return slices.ContainsFunc(page.Preview.Columns, func(c importer.PreviewColumn) bool { return c.Name == name })
	}
	maps.DeleteFunc(m.Columns, func(_, name string) bool { return !there(name) })
	m.Ignore = slices.DeleteFunc(m.Ignore, func(name string) bool { return !there(name) })
	return nil
}

func (p *Portal) beginImport(c *Call) error {
	return p.importVerb(c, func(ctx context.Context, tx models.Tx, id models.ID) error {
		return importer.Begin(ctx, tx, c.Actor, id, c.Value(administration.NameAside) != "")
	})
}

func (p *Portal) dropImport(c *Call) error {
	return p.importVerb(c, func(ctx context.Context, tx models.Tx, id models.ID) error {
		return importer.Drop(ctx, tx, c.Actor, id)
	})
}

// undoImport takes an import back, at once when it is short, else by a job.
func (p *Portal) undoImport(c *Call) error {
	return p.importVerb(c, func(ctx context.Context, tx models.Tx, id models.ID) error {
		run, err := importer.RunByID(ctx, tx, c.Actor, id)
		if err != nil {
			return err
		}
		if run.Large() {
			return importer.UndoSoon(ctx, tx, c.Actor, id)
		}
		_, err = importer.Undo(ctx, tx, c.Actor, id)
		return err
	})
}

// importVerb does one thing to a file and shows it again; what cannot be done is
// said on the page.
func (p *Portal) importVerb(c *Call, verb func(context.Context, models.Tx, models.ID) error) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error { return verb(ctx, tx, id) })
	var refused *models.Error
	if errors.As(err, &refused) {
		switch refused.Kind {
		case models.KindConflict:
			return p.importPage(c, http.StatusConflict, i18n.T(c.Context(), refused.Key))
		case models.KindInvalid:
			return p.importPage(c, http.StatusUnprocessableEntity, c.why(refused))
		}
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.Import(id.String()))
}

// why says a refusal with its causes.
func (c *Call) why(refused *models.Error) string {
	text := i18n.T(c.Context(), refused.Key)
	for _, f := range refused.Fields {
		text += " " + i18n.T(c.Context(), f.Key, f.Args...)
	}
	return text
}
