package dossier

import (
	"time"

	"passerelle/models"
)

// State is where a version of a document stands.
type State string

// The states of a document.
const (
	Checking State = "checking" // received, being inspected: its owner alone knows it
	Live     State = "live"     // the version in force
	Refused  State = "refused"  // by the inspection or the antivirus; the one before it stays
	Replaced State = "replaced" // kept in the history
	Removed  State = "removed"  // taken back by its owner
)

// Requirement is one slot of a dossier with what stands in it (pièce demandée).
type Requirement struct {
	ID            models.ID
	Application   models.ID
	Position      int
	Origin        string // "list" or "form"
	NotApplicable *time.Time
	Spec          Spec
	Documents     []Document // live, checking and last refused ones, by place, newest first
	History       []Document // versions of the past, by place, newest first
	Uploads       []Upload   // under way
	Open          bool       // may be changed now, as the application's state says
	Asked         bool       // named by the request for information in force
}

// Document is one version of a document at one place of a requirement (pièce
// déposée). It never changes.
type Document struct {
	ID          models.ID
	Application models.ID
	Requirement models.ID
	Place       int // from 1
	Version     int // from 1
	State       State
	Since       time.Time
	DepositedAt time.Time
	DepositedBy models.ID
	ReusedFrom  models.ID // document of an earlier dossier, if any (P7.5)
	File        File
	Verdict     *Verdict // in force
	Remarks     []Remark
}

// Openable reports that other people than its owner may open it (P7.3).
func (d Document) Openable() bool { return d.State != Checking && d.State != Refused && d.File.Safe() }

// File is immutable content of the store, as its row tells it.
type File struct {
	ID         models.ID
	Key        models.ID // data key
	Purpose    Purpose
	Name       string // as the person named it: data, never a path
	Type       string // media type of the content
	Bytes      int64
	SHA256     [32]byte // of the plain content
	Segments   []Segment
	Pages      int
	Inspection string // "", accept, warn, refuse
	Reason     string // code of the inspection
	Facts      map[string]any
	Scan       Scan
	CreatedAt  time.Time
}

// Safe reports content that was inspected and not found infected. An antivirus
// that has not answered yet is not safe; none configured is (it is said on screen).
func (f File) Safe() bool {
	return (f.Inspection == "accept" || f.Inspection == "warn") && (f.Scan == ScanClean || f.Scan == ScanOff)
}

// Purpose is why a file exists.
type Purpose string

// The purposes of files.
const (
	PurposeDeposit   Purpose = "deposit"
	PurposeRendition Purpose = "rendition"
	PurposeTemplate  Purpose = "template"
	PurposeExport    Purpose = "export"
	PurposeImport    Purpose = "import" // a catalogue file sent by an administrator
)

// Scan is what the antivirus said.
type Scan string

// The answers of the antivirus.
const (
	ScanPending  Scan = "pending"
	ScanClean    Scan = "clean"
	ScanInfected Scan = "infected"
	ScanOff      Scan = "off"
)

// Segment is one object of the store: a file received in several requests has
// several, in order.
type Segment struct {
	Key    string `json:"key"`
	Plain  int64  `json:"plain"`
	Cipher int64  `json:"cipher"`
	Sum    []byte `json:"sum"` // SHA-256 of the ciphertext
}

// Upload is a file on its way (envoi), kept until it expires (P7.2).
type Upload struct {
	ID           models.ID
	Application  models.ID
	Requirement  models.ID
	Place        int
	Key          models.ID
	Name         string
	DeclaredType string
	Length       int64
	Received     int64
	HashState    []byte
	Segments     []Segment
	ExpiresAt    time.Time
	Document     models.ID // once whole
}

// VerdictKind is an officer's word on one version (avis).
type VerdictKind string

// The verdicts.
const (
	Valid      VerdictKind = "valid"       // validée
	Rejected   VerdictKind = "refused"     // refusée, with a reason
	ToComplete VerdictKind = "to_complete" // à corriger
)

// Verdict is what an officer said of one version, in force until another one of
// the same version supersedes it.
type Verdict struct {
	ID         models.ID
	Document   models.ID
	Kind       VerdictKind
	Reason     string // chosen in the list, or free
	Message    string // what the applicant reads
	ValidUntil *time.Time
	At         time.Time
	By         models.ID
	ByName     string
}

// Remark is pinned to a place of a page, in fractions of its size (P17.7).
type Remark struct {
	ID            models.ID
	Document      models.ID
	Number        int // from 1, in the order they were made on the document
	Page          int // from 1
	X, Y          float64
	Width, Height float64
	Body          string
	Visible       bool // to the applicant
	At            time.Time
	ChangedAt     *time.Time
	By            models.ID
	ByName        string
}

// LastAt is when it got its present words.
func (m Remark) LastAt() time.Time {
	if m.ChangedAt != nil && m.ChangedAt.After(m.At) {
		return *m.ChangedAt
	}
	return m.At
}
