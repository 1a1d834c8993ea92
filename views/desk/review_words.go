package desk

import (
	"context"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/i18n"
	"passerelle/views/ui"
)

// state is where a piece stands, as an icon, a word and a class.
func (p ReviewPage) state(ctx context.Context, one piece) (icon ui.Icon, class, words string) {
	switch {
	case one.req.NotApplicable != nil:
		return ui.IconCircleSlash, "", i18n.T(ctx, "review.state.exempt")
	case one.doc == nil && one.waiting:
		return ui.IconHourglass, "", i18n.T(ctx, "review.state.checking")
	case one.doc == nil && one.rejected != nil:
		return ui.IconShieldAlert, "piece--bad", i18n.T(ctx, "review.state.rejected")
	case one.doc == nil && one.req.Spec.Required:
		return ui.IconCircleDashed, "piece--bad", i18n.T(ctx, "review.state.missing")
	case one.doc == nil:
		return ui.IconCircleDashed, "", i18n.T(ctx, "review.state.optional")
	case !one.doc.Openable():
		return ui.IconHourglass, "", i18n.T(ctx, "review.state.scanning")
	case one.doc.Verdict == nil:
		if one.doc.Version > 1 {
			return ui.IconCircleDot, "piece--turn", i18n.T(ctx, "review.state.todo.version", i18n.Number(ctx, one.doc.Version))
		}
		return ui.IconCircleDot, "piece--turn", i18n.T(ctx, "review.state.todo")
	}
	return p.judged(ctx, *one.doc.Verdict)
}

func (p ReviewPage) judged(ctx context.Context, v dossier.Verdict) (icon ui.Icon, class, words string) {
	by := ""
	if v.By != p.Me && v.ByName != "" {
		by = i18n.T(ctx, "review.by", v.ByName)
	}
	switch v.Kind {
	case dossier.Valid:
		words = i18n.T(ctx, "review.state.valid") + by
		if v.ValidUntil != nil {
			words += " · " + i18n.T(ctx, "review.until", i18n.Date(ctx, day(*v.ValidUntil)))
		}
		return ui.IconCircleCheck, "piece--ok", words
	case dossier.Rejected:
		words = i18n.T(ctx, "review.state.refused")
		if v.Reason != "" {
			words = i18n.T(ctx, "review.state.refused.why", v.Reason)
		}
		return ui.IconCircleX, "piece--bad", words + by
	}
	words = i18n.T(ctx, "review.state.to_complete")
	if by != "" {
		words += i18n.T(ctx, "review.according", v.ByName)
	}
	return ui.IconPencil, "piece--turn", words
}

// code is the state of a piece as scripts read it.
func (one piece) code() string {
	switch {
	case one.req.NotApplicable != nil:
		return "exempt"
	case one.doc == nil:
		return "missing"
	case one.doc.Verdict != nil:
		return string(one.doc.Verdict.Kind)
	case one.todo():
		return "todo"
	}
	return "waiting"
}

// verdictID is the verdict in force, as the page saw it.
func (one piece) verdictID() string {
	if one.doc == nil || one.doc.Verdict == nil {
		return ""
	}
	return one.doc.Verdict.ID.String()
}

func (one piece) documentID() string {
	if one.doc == nil {
		return ""
	}
	return one.doc.ID.String()
}

// mark changes whenever a colleague changed something about the piece.
func (one piece) mark() string {
	if one.doc == nil {
		return one.code()
	}
	words := []string{one.documentID(), one.verdictID()}
	for _, r := range one.doc.Remarks {
		words = append(words, r.ID.String()[24:]+strconv.Itoa(len(r.Body)))
	}
	return strings.Join(words, " ")
}

// place says the page and the version on screen.
func (p ReviewPage) place(ctx context.Context, one piece) string {
	words := []string{}
	if n := p.pages(one); n > 0 {
		words = append(words, i18n.T(ctx, "review.page", i18n.Number(ctx, p.page(one)), i18n.Number(ctx, n)))
	}
	if one.doc != nil {
		words = append(words, i18n.T(ctx, "review.version", i18n.Number(ctx, one.doc.Version)))
	}
	return strings.Join(words, " · ")
}

// facts are what the inspection saw, in words (P7.3).
func facts(ctx context.Context, c Clock, d dossier.Document) []ui.Fact {
	f := d.File
	kind := typeWords(f.Type)
	if f.Pages > 0 {
		kind = i18n.N(ctx, "review.facts.pages", f.Pages, "type", kind)
	}
	out := []ui.Fact{
		{Term: i18n.T(ctx, "review.facts.file"), Text: f.Name},
		{Term: i18n.T(ctx, "review.facts.type"), Text: kind + ", " + sizeWords(ctx, f.Bytes)},
		{Term: i18n.T(ctx, "review.facts.given"), Text: c.when(ctx, d.DepositedAt)},
		{Term: i18n.T(ctx, "review.facts.inspection"), Text: inspectionWords(ctx, f)},
		{Term: i18n.T(ctx, "review.facts.scan"), Text: i18n.T(ctx, "review.scan."+string(f.Scan))},
	}
	if w, h := number(f.Facts["width"]), number(f.Facts["height"]); w > 0 && h > 0 {
		out = append(out, ui.Fact{Term: i18n.T(ctx, "review.facts.pixels"), Text: i18n.Number(ctx, w) + " × " + i18n.Number(ctx, h)})
	}
	return append(out, ui.Fact{Term: i18n.T(ctx, "review.facts.digest"), Text: hex.EncodeToString(f.SHA256[:8]) + "…"})
}

// unmet is what a document lacks of what was asked, or has too much of (P7.1).
func unmet(ctx context.Context, r *dossier.Requirement, d dossier.Document) []ui.Fact {
	out := []ui.Fact{}
	if most := r.Spec.MaxPages; most > 0 && d.File.Pages > most {
		out = append(out, ui.Fact{Term: i18n.T(ctx, "review.facts.length"), Text: i18n.N(ctx, "documents.caution.pages", d.File.Pages, "max", i18n.Number(ctx, most))})
	}
	for at, side := range r.Spec.Sides {
		if len(r.Live()) > 0 && !slices.ContainsFunc(r.Live(), func(o dossier.Document) bool { return o.Place == at+1 }) {
			out = append(out, ui.Fact{Term: side.In(string(i18n.From(ctx))), Text: i18n.T(ctx, "review.facts.side")})
		}
	}
	return out
}

func inspectionWords(ctx context.Context, f dossier.File) string {
	if key := "inspect." + f.Reason + ".title"; f.Reason != "" && i18n.Has(key) {
		return i18n.T(ctx, key)
	}
	if key := "review.inspection." + f.Inspection; i18n.Has(key) {
		return i18n.T(ctx, key)
	}
	return i18n.T(ctx, "review.inspection.none")
}

func number(v any) int {
	switch n := v.(type) {
	case float64:
		return int(n)
	case int:
		return n
	}
	return 0
}

// typeWords is a media type as people say it.
func typeWords(t string) string {
	switch t, _, _ = strings.Cut(t, ";"); t {
	case "application/vnd.openxmlformats-officedocument.wordprocessingml.document":
		return "DOCX"
	case "application/msword":
		return "DOC"
	case "application/vnd.oasis.opendocument.text":
		return "ODT"
	case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
		return "XLSX"
	case "application/vnd.ms-excel":
		return "XLS"
	case "text/plain":
		return "TXT"
	}
	_, sub, _ := strings.Cut(t, "/")
	return strings.ToUpper(strings.TrimPrefix(sub, "x-"))
}

// sizeWords is a size in the units of the language.
func sizeWords(ctx context.Context, bytes int64) string {
	switch {
	case bytes < 1000:
		return i18n.T(ctx, "review.bytes", i18n.Number(ctx, int(bytes)))
	case bytes < 999_500:
		return i18n.T(ctx, "review.kilobytes", i18n.Number(ctx, int(bytes+500)/1000))
	}
	tenths := int(bytes+50_000) / 100_000
	words := i18n.Number(ctx, tenths/10)
	if tenths%10 > 0 {
		words += i18n.T(ctx, "review.decimal") + strconv.Itoa(tenths%10)
	}
	return i18n.T(ctx, "review.megabytes", words)
}

// demandedOn says when the former version was asked again: by the request, else by the verdict.
func (p ReviewPage) demandedOn(ctx context.Context, former dossier.Document, request *application.InformationRequest) string {
	at := former.DepositedAt
	switch {
	case request != nil:
		at = request.AskedAt
	case former.Verdict != nil:
		at = former.Verdict.At
	case len(former.Remarks) > 0:
		at = former.Remarks[0].At
	}
	return i18n.T(ctx, "review.demanded", i18n.Number(ctx, former.Version), p.Clock.when(ctx, at))
}

// reasons are the ready-made ones of the piece, in the language of the page.
func (one piece) reasons(ctx context.Context) []string {
	out := []string{}
	for _, r := range one.req.Spec.Reasons {
		out = append(out, r.In(string(i18n.From(ctx))))
	}
	return out
}

// form is what the fields hold: what was refused, else the verdict in force.
func (p ReviewPage) form(one piece) VerdictForm {
	if p.Form.Sent || one.doc == nil || one.doc.Verdict == nil {
		return p.Form
	}
	v := one.doc.Verdict
	f := VerdictForm{Kind: string(v.Kind), Message: v.Message, Free: v.Reason, Errors: map[string]string{}}
	if v.ValidUntil != nil {
		f.ValidUntil = i18n.DateDigits(day(*v.ValidUntil))
	}
	return f
}

// chosen is the entry of the list of reasons for a form: one of them, or "another one".
func (one piece) chosen(ctx context.Context, f VerdictForm) string {
	if f.Reason != "" {
		return f.Reason
	}
	for _, r := range one.reasons(ctx) {
		if r == f.Free {
			return r
		}
	}
	if f.Free != "" {
		return OtherReason
	}
	return ""
}

func (one piece) free(ctx context.Context, f VerdictForm) string {
	if f.Reason == "" && one.chosen(ctx, f) == f.Free {
		return ""
	}
	return f.Free
}

func (f VerdictForm) message(ctx context.Context, field string) string {
	if key := f.Errors[field]; key != "" {
		return i18n.T(ctx, key)
	}
	return ""
}

// why says why nothing can be judged now (P17.15).
func (p ReviewPage) why(ctx context.Context) string {
	if p.Own {
		return i18n.T(ctx, "review.why.own")
	}
	if key := "review.why." + string(p.State); i18n.Has(key) {
		return i18n.T(ctx, key)
	}
	return i18n.T(ctx, "review.why.decided")
}

// saved says that the verdict in force is kept, and since when.
func (p ReviewPage) saved(ctx context.Context, one piece) string {
	if one.doc == nil || one.doc.Verdict == nil || p.Conflict != nil {
		return ""
	}
	return i18n.T(ctx, "review.saved", i18n.Time(p.Clock.moment(one.doc.Verdict.At)))
}

// remarkBy says who wrote a remark and when.
func (p ReviewPage) remarkBy(ctx context.Context, r dossier.Remark) string {
	who := r.ByName
	if r.By == p.Me {
		who = i18n.T(ctx, "desk.you")
	}
	return who + " · " + p.Clock.when(ctx, r.At)
}
