// Package inspect judges a file that a stranger sent: accept, warn or refuse,
// with the code of a reason, by what the file holds and never by its name alone
// (P7.3). It owns the policy of formats and the catalogue of reasons. It refuses
// to change a file, to open what it has not bounded first, and to run outside a
// child process: the portal asks through Client; Inspect itself is for the child.
// Viruses are another matter (storage/clamd).
package inspect

import (
	"context"
	"path"
	"slices"
	"strings"

	"passerelle/storage/pdf"
)

// Verdict is what becomes of a file (verdict d'inspection).
type Verdict string

// The verdicts: a file with a warning is kept, and the reviewer is told.
const (
	Accept Verdict = "accept"
	Warn   Verdict = "warn"
	Refuse Verdict = "refuse"
)

// Policy is what one document slot takes (P7.1: types and size belong to each
// requested document). Zero values are the defaults.
type Policy struct {
	Formats  []string `json:"formats,omitempty"` // Extensions in lower case, "jpg" and "jpeg" being one
	MaxBytes int64    `json:"max_bytes,omitempty"`
	MaxPages int      `json:"max_pages,omitempty"`
}

// DefaultPolicy is the portal's widest list of formats, for files of any slot.
func DefaultPolicy() Policy {
	return Policy{Formats: []string{"pdf", "doc", "docx", "odt", "rtf", "txt", "html", "jpg", "png"}, MaxBytes: 20 << 20, MaxPages: 500}
}

func (p Policy) filled() Policy {
	d := DefaultPolicy()
	if len(p.Formats) == 0 {
		p.Formats = d.Formats
	}
	if p.MaxBytes <= 0 {
		p.MaxBytes = d.MaxBytes
	}
	if p.MaxPages <= 0 {
		p.MaxPages = d.MaxPages
	}
	return p
}

func (p Policy) allows(k kind) bool {
	return k != unknown && slices.ContainsFunc(p.Formats, func(f string) bool { return byExtension[strings.TrimPrefix(strings.ToLower(f), ".")] == k })
}

// Result is the judgement of one file. Reason is the gravest, "" when there is
// none to give; Others are the rest, in order.
type Result struct {
	Verdict Verdict `json:"verdict"`
	Reason  Code    `json:"reason"`
	Others  []Code  `json:"others,omitempty"`
	Facts   Facts   `json:"facts"`
}

// Facts is what was seen of a file; nothing of it identifies a person.
type Facts struct {
	Type         string   `json:"type"` // Media type by content
	Bytes        int64    `json:"bytes"`
	Pages        int      `json:"pages,omitempty"`
	BlankPages   int      `json:"blank_pages,omitempty"` // Among the pages looked at
	Width        int      `json:"width,omitempty"`       // Pixels of an image, points of a PDF's first page
	Height       int      `json:"height,omitempty"`
	Orientation  int      `json:"orientation,omitempty"`        // EXIF, 2 to 8 where the picture must be turned
	Decompressed int64    `json:"decompressed_bytes,omitempty"` // Measured, not declared
	Encrypted    bool     `json:"encrypted,omitempty"`          // Opens without a password all the same unless refused
	Repaired     bool     `json:"repaired,omitempty"`
	GPS          bool     `json:"has_gps,omitempty"`
	JavaScript   bool     `json:"has_javascript,omitempty"`
	Attachment   bool     `json:"has_attachment,omitempty"`
	Macro        bool     `json:"has_macro,omitempty"`
	Form         bool     `json:"has_form,omitempty"`
	Signature    bool     `json:"has_signature,omitempty"`
	External     bool     `json:"has_external,omitempty"`        // Refers to something outside that would be fetched
	Encoded      bool     `json:"has_encoded_payload,omitempty"` // Long base64 or data: in a text
	Disagrees    bool     `json:"declared_differs,omitempty"`    // The browser declared another type
	Signs        []string `json:"signs,omitempty"`               // What in the file led to the reason, in words of ours
}

// judgement gathers findings while a file is looked at.
type judgement struct {
	facts Facts
	found []Code
}

func (j *judgement) add(c Code, sign string) {
	if !slices.Contains(j.found, c) {
		j.found = append(j.found, c)
	}
	if sign != "" && len(j.facts.Signs) < 10 && !slices.Contains(j.facts.Signs, sign) {
		j.facts.Signs = append(j.facts.Signs, sign)
	}
}

// result puts the refusals first, each kind in the order of the catalogue.
func (j *judgement) result() Result {
	slices.SortStableFunc(j.found, func(a, b Code) int { return a.rank() - b.rank() })
	r := Result{Verdict: Accept, Facts: j.facts}
	if len(j.found) > 0 {
		r.Verdict, r.Reason, r.Others = j.found[0].Verdict(), j.found[0], j.found[1:]
	}
	return r
}

// Inspect judges one file, named and declared as its sender did. It runs in a
// child process only: it may use up memory or time, and die of it.
func Inspect(ctx context.Context, engine *pdf.Engine, name, declared string, content []byte, p Policy) Result {
	p = p.filled()
	j := &judgement{facts: Facts{Bytes: int64(len(content))}}
	judge(ctx, engine, j, name, declared, content, p)
	return j.result()
}

func judge(ctx context.Context, engine *pdf.Engine, j *judgement, name, declared string, content []byte, p Policy) {
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(strings.TrimSpace(name)), "."))
	named := byExtension[extension]
	held := detect(content)
	j.facts.Type = held.media(content)
	j.facts.Disagrees = disagrees(declared, held)
	switch {
	case len(content) == 0:
		j.add(Empty, "")
	case int64(len(content)) > p.MaxBytes:
		j.add(TooLarge, "")
	case (held == heic || named == heic) && !p.allows(heic):
		j.add(HEICNotAllowed, "")
	case extension != "" && !p.allows(named):
		j.add(TypeNotAllowed, "")
	case extension == "" && !p.allows(held):
		j.add(TypeNotAllowed, "")
	case held == encryptedOffice && (named == docx || named == xlsx || named == unknown):
		j.facts.Encrypted = true
		j.add(OfficePassword, "")
	case extension != "" && !agree(named, held, content):
		j.add(TypeMismatch, "")
	default:
		if extension != "" {
			held = named
		}
		j.facts.Type = mediaTypes[held]
		polyglot(j, held, content)
		inspectors[held](ctx, engine, j, content, p)
	}
}

// inspectors look inside, one for each kind that a slot may take.
var inspectors = map[kind]func(context.Context, *pdf.Engine, *judgement, []byte, Policy){
	pdfKind: inspectPDF,
	doc:     func(_ context.Context, _ *pdf.Engine, j *judgement, b []byte, _ Policy) { inspectDOC(j, b) },
	xls:     func(_ context.Context, _ *pdf.Engine, j *judgement, b []byte, _ Policy) { inspectXLS(j, b) },
	docx:    func(_ context.Context, _ *pdf.Engine, j *judgement, b []byte, _ Policy) { inspectOOXML(j, b, "word/") },
	xlsx:    func(_ context.Context, _ *pdf.Engine, j *judgement, b []byte, _ Policy) { inspectOOXML(j, b, "xl/") },
	odt:     func(_ context.Context, _ *pdf.Engine, j *judgement, b []byte, _ Policy) { inspectODF(j, b) },
	rtf:     func(_ context.Context, _ *pdf.Engine, j *judgement, b []byte, _ Policy) { inspectRTF(j, b) },
	txt:     func(_ context.Context, _ *pdf.Engine, j *judgement, b []byte, _ Policy) { inspectTXT(j, b) },
	html:    func(_ context.Context, _ *pdf.Engine, j *judgement, b []byte, _ Policy) { inspectHTML(j, b) },
	jpeg:    func(_ context.Context, _ *pdf.Engine, j *judgement, b []byte, _ Policy) { inspectImage(j, b, jpeg) },
	png:     func(_ context.Context, _ *pdf.Engine, j *judgement, b []byte, _ Policy) { inspectImage(j, b, png) },
	heic:    func(_ context.Context, _ *pdf.Engine, j *judgement, b []byte, _ Policy) { inspectHEIC(j, b) },
}
