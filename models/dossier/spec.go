package dossier

import (
	"slices"
	"strings"

	"passerelle/models/form"
)

// Kind is what a document proves, whatever the requirement is called: the key
// for offering again what a person already gave (P7.5).
type Kind string

// The kinds of documents.
const (
	KindCV          Kind = "cv"          // curriculum vitæ
	KindDiploma     Kind = "diploma"     // diplôme ou attestation de réussite
	KindTranscript  Kind = "transcript"  // relevé de notes
	KindLetter      Kind = "letter"      // lettre de motivation
	KindIdentity    Kind = "identity"    // pièce d'identité, titre de séjour
	KindLanguage    Kind = "language"    // attestation de niveau de langue
	KindEmployer    Kind = "employer"    // attestation de l'employeur
	KindFilledForm  Kind = "filled_form" // modèle rempli
	KindCertificate Kind = "certificate" // autre attestation
	KindOther       Kind = "other"
)

// Sensitive reports a kind whose files have a key of their own (P12.6).
func (k Kind) Sensitive() bool { return k == KindIdentity }

// Spec is the rule of one requirement (pièce demandée, P7.1): what may be given,
// how many, how heavy, and what it is for. Frozen in the dossier when it begins.
type Spec struct {
	Key       string      `json:"key"`
	Kind      Kind        `json:"kind"`
	Title     form.Text   `json:"title"`
	Hint      form.Text   `json:"hint,omitzero"`       // before the file is chosen
	Formats   []string    `json:"formats"`             // "pdf", "jpg", "docx"…, lower case
	MaxBytes  int64       `json:"max_bytes"`           // of one file
	MaxFiles  int         `json:"max_files,omitempty"` // places, 1 when 0; Sides wins
	MaxPages  int         `json:"max_pages,omitempty"` // of one file; more are told, never refused; 0: not said
	Sides     []form.Text `json:"sides,omitempty"`     // names of the places: recto, verso
	MinSides  int         `json:"min_sides,omitempty"` // places that must be filled, all when 0 (a passport has one)
	Required  bool        `json:"required,omitempty"`
	MayExempt bool        `json:"may_exempt,omitempty"` // "Non concerné par cette pièce" is offered
	ExemptFor form.Text   `json:"exempt_for,omitzero"`  // who is not concerned
	// When tells of whom a piece of a list is asked, by the answers of the form (P6.2). A
	// question without answer should leave it asked: write {"not": …} of who is not concerned.
	When     form.Condition `json:"when,omitzero"`
	Template string         `json:"template,omitempty"` // file id of the model to download
	Months   int            `json:"months,omitempty"`   // validity after the officer's verdict; 0: none
	EndDate  bool           `json:"end_date,omitempty"` // the document carries an end date, noted with the verdict
	Fields   []string       `json:"fields,omitempty"`   // answers shown beside it at the review desk
	Reasons  []form.Text    `json:"reasons,omitempty"`  // ready-made reasons to refuse it
}

// Places is how many files the requirement takes.
func (s Spec) Places() int {
	if len(s.Sides) > 0 {
		return len(s.Sides)
	}
	return max(s.MaxFiles, 1)
}

// Needed is how many of its places must be filled for it to count as given.
func (s Spec) Needed() int {
	switch {
	case s.MinSides > 0:
		return s.MinSides
	case len(s.Sides) > 0:
		return len(s.Sides)
	}
	return 1
}

// endings are the formats of a spec that a type of content answers to.
var endings = map[string][]string{
	"application/pdf": {"pdf"}, "image/jpeg": {"jpg", "jpeg"}, "image/png": {"png"}, "image/heic": {"heic"}, "image/heif": {"heic"},
	"application/msword": {"doc"}, "application/vnd.ms-excel": {"xls"},
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": {"docx"},
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":       {"xlsx"},
	"application/vnd.oasis.opendocument.text":                                 {"odt"},
	"application/rtf": {"rtf"}, "text/rtf": {"rtf"}, "text/plain": {"txt"}, "text/html": {"html", "htm"},
}

// Takes reports that the requirement accepts a file's type and size (P7.1).
func (s Spec) Takes(f File) bool {
	kind, _, _ := strings.Cut(f.Type, ";")
	return f.Bytes <= s.MaxBytes && slices.ContainsFunc(endings[kind], func(e string) bool { return slices.Contains(s.Formats, e) })
}
