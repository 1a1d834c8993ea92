package inspect

import "slices"

// Code is the stable name of a reason, in snake_case. Its texts are the messages
// `inspect.<code>.title` and `inspect.<code>.remedy`.
type Code string

// The codes of refusals, then of warnings.
const (
	Empty          Code = "empty"
	TooLarge       Code = "too_large"
	HEICNotAllowed Code = "heic_not_allowed"
	TypeNotAllowed Code = "type_not_allowed"
	TypeMismatch   Code = "type_mismatch"
	Polyglot       Code = "polyglot"
	Bomb           Code = "bomb"
	TooManyPages   Code = "too_many_pages"
	PDFPassword    Code = "pdf_password"
	OfficePassword Code = "office_password"
	PDFScript      Code = "pdf_script"
	PDFAction      Code = "pdf_action"
	PDFMedia       Code = "pdf_media"
	PDFAttachment  Code = "pdf_attachment"
	PDFXFA         Code = "pdf_xfa"
	OfficeMacro    Code = "office_macro"
	OfficeObject   Code = "office_object"
	HTMLActive     Code = "html_active"
	TextBinary     Code = "text_binary"
	Broken         Code = "broken"
	Unreadable     Code = "unreadable" // The child died of it, or ran out of time

	Repaired          Code = "repaired"
	Dimensions        Code = "dimensions"
	BlankPage         Code = "blank_page"
	ExternalReference Code = "external_reference"
	OfficeEmbedded    Code = "office_embedded"
	PDFForm           Code = "pdf_xfa_form"
	HTML              Code = "html"
)

// reason is one line of the catalogue.
type reason struct {
	code    Code
	verdict Verdict
	flatten bool
}

// catalogue is in order of gravity: the first found is the one told. What the
// person can do least about stands first.
var catalogue = []reason{
	{Empty, Refuse, false}, {TooLarge, Refuse, false}, {HEICNotAllowed, Refuse, false}, {TypeNotAllowed, Refuse, false},
	{TypeMismatch, Refuse, false}, {Polyglot, Refuse, false}, {Bomb, Refuse, false},
	{PDFPassword, Refuse, false}, {OfficePassword, Refuse, false}, {Broken, Refuse, false}, {Unreadable, Refuse, false},
	{TooManyPages, Refuse, false}, {PDFXFA, Refuse, false},
	{PDFMedia, Refuse, true}, {PDFAction, Refuse, true}, {PDFAttachment, Refuse, true}, {PDFScript, Refuse, true},
	{OfficeMacro, Refuse, false}, {OfficeObject, Refuse, false}, {HTMLActive, Refuse, false}, {TextBinary, Refuse, false},
	{Repaired, Warn, false}, {Dimensions, Warn, false}, {BlankPage, Warn, false},
	{ExternalReference, Warn, false}, {OfficeEmbedded, Warn, false}, {PDFForm, Warn, false}, {HTML, Warn, false},
}

// Codes is every code there is, in order of gravity: for the messages' test.
func Codes() []Code {
	all := make([]Code, len(catalogue))
	for i, r := range catalogue {
		all[i] = r.code
	}
	return all
}

func (c Code) rank() int {
	return slices.IndexFunc(catalogue, func(r reason) bool { return r.code == c })
}

// Verdict of a file for which this is the gravest reason; an unknown code refuses.
func (c Code) Verdict() Verdict {
	if i := c.rank(); i >= 0 {
		return catalogue[i].verdict
	}
	return Refuse
}

// Flattens says that a copy made of page images would be taken instead: the pages
// are sound, and only what moves in them is refused.
func (c Code) Flattens() bool {
	i := c.rank()
	return i >= 0 && catalogue[i].flatten
}
