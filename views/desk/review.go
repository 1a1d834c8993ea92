package desk

import (
	"slices"
	"strconv"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/paths"
)

// ReviewPage is one dossier of documents as its officer reads it (relecture): the pieces,
// one of them page by page, what was declared and the verdict (P7.6, P17.7).
type ReviewPage struct {
	application.Dossier
	Requirements []dossier.Requirement // with every version of their documents
	Declared     map[string][]ReviewField
	Request      *application.InformationRequest // the latest request for information, if any
	Changed      map[models.ID]bool              // requirements whose piece changed in the answer to it
	Corrected    []ReviewField                   // answers that changed with it
	Clock        Clock                           // when the page is read
	Filter       application.DeskFilter          // the list that led here
	Place        int                             // in that list, from 0; -1 outside it
	Before       *application.DeskRow
	After        *application.DeskRow
	Gone         bool      // it has left that list: the next one has its place
	Me           models.ID // account of the reader
	Own          bool      // the reader's own application: a colleague judges it
	At           string    // key of the piece asked for
	Page         int       // of the document, from 1
	Beside       int       // version shown beside the one in force, 0 for none
	Zoom         int       // in percent, one of the levels
	Turn         int       // in degrees, a quarter at a time
	Help         bool      // the sheet of keys is open
	Done         string    // what was just done
	Form         VerdictForm
	Remark       RemarkForm
	Conflict     *ReviewConflict
	// Paged reports a file shown page by page although their number is not known yet (an
	// office file before its conversion); by that number alone when nil.
	Paged func(dossier.File) bool
	Plain string // of the piece on screen, when it is text and nothing else
	Cut   bool   // only its beginning
	// Image is the address of a page's image; the portal's own when nil (the gallery has a drawing).
	Image func(document models.ID, page, width int) string
}

// ReviewField is an answer that matters for a piece, and whether it agrees with it.
type ReviewField struct {
	Key, Label string
	Lines      []string
	Agrees     *bool // nil while nobody has said
}

// VerdictForm is what the officer typed about a piece.
type VerdictForm struct {
	Kind       string
	Reason     string // chosen in the list
	Free       string // written
	Message    string
	ValidUntil string
	Errors     map[string]string // message keys by field
	Banner     string            // message key of a refusal that is no field's
	Sent       bool              // something was posted: the form shows it, not what is in force
}

// RemarkForm is a remark that could not be kept as typed.
type RemarkForm struct {
	ID    models.ID // the remark being changed, zero for a new one
	Body  string
	Error string
}

// ReviewConflict is what moved while the officer wrote (P9.5).
type ReviewConflict struct {
	Live    *dossier.Document // the version in force now, nil when there is none any more
	Verdict *dossier.Verdict  // the colleague's, nil when a new version arrived
}

// Names of the fields of the review desk.
const (
	NamePiece       = "piece"
	NamePage        = "page"
	NameBeside      = "version"
	NameZoom        = "zoom"
	NameTurn        = "tour"
	NameHelp        = "aide"
	NameVerdict     = "avis"
	NameReason      = "motif"
	NameFree        = "motif_libre"
	NameMessage     = "mot"
	NameValid       = "valable"
	NameSeenVerdict = "vu"
	NameForget      = "oublier"
	NameAgrees      = "concorde"
	NameBody        = "texte"
	NameVisible     = "visible"
	NameX           = "x"
	NameY           = "y"
	NameWidth       = "l"
	NameHeight      = "h"
	NameSpot        = "endroit"
	NameOf          = "candidature"
	NameFields      = "reponses"
	NamePieces      = "pieces"
	NameDue         = "echeance"
	NameVersion     = "etat"
	OtherReason     = "autre"
	AgreesSuffix    = "=oui"
	DiffersTail     = "=non"
)

// Zooms are the sizes at which a page is shown, in percent of the pane.
func Zooms() []int { return []int{50, 75, 100, 125, 150, 200, 300} }

// judgeable tells that verdicts and remarks are possible now: not on what the applicant is
// being asked, whose answer replaces it (P17.8).
func (p ReviewPage) judgeable(one piece) bool {
	switch p.State {
	case application.Submitted, application.AwaitingApproval, application.UnderReview, application.InformationRequested:
		return !p.Own && !one.req.Asked
	}
	return false
}

// requestable tells that corrections can be asked of the applicant now.
func (p ReviewPage) requestable() bool {
	return p.State == application.UnderReview && !p.Own && (p.Verdict == "" || application.Verdict(p.Verdict) == application.VerdictOnHold)
}

// address of this page for a piece, with the list that led here.
func (p ReviewPage) address(key string, pairs ...string) string {
	all := append([]string{NamePiece, key}, pairs...)
	if p.Place >= 0 {
		all = append(all, ListPairs(p.Filter, p.Place)...)
	}
	return paths.With(paths.DeskReview(p.ID.String()), all...)
}

// here is the address of what is on screen, with something else in it.
func (p ReviewPage) here(one piece, page, beside, zoom, turn int) string {
	return p.address(one.key, NamePage, past(page, 1), NameBeside, past(beside, 0), NameZoom, past(zoom, 100), NameTurn, past(turn%360, 0))
}

// past writes a figure, unless it is the ordinary one.
func past(n, ordinary int) string {
	if n == ordinary || n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// action is the address of a form about a document, which knows the way back.
func (p ReviewPage) action(path string, one piece) string {
	pairs := []string{NameOf, p.ID.String(), NamePiece, one.key, NamePage, past(p.page(one), 1)}
	if p.Place >= 0 {
		pairs = append(pairs, ListPairs(p.Filter, p.Place)...)
	}
	return paths.With(path, pairs...)
}

// neighbour is the review of an application beside this one in the list.
func (p ReviewPage) neighbour(r *application.DeskRow, by int) string {
	return paths.With(paths.DeskReview(r.Application.String()), ListPairs(p.Filter, max(p.Place+by, 0))...)
}

func (p ReviewPage) ahead() int {
	if p.Gone {
		return 0
	}
	return 1
}

// fields declared that matter for a piece.
func (p ReviewPage) fields(one piece) []ReviewField { return p.Declared[one.req.Spec.Key] }

// differing are the answers noted as different from a piece, whichever it is, once each.
func (p ReviewPage) differing() []ReviewField {
	out, seen := []ReviewField{}, map[string]bool{}
	for _, r := range p.Requirements {
		for _, f := range p.Declared[r.Spec.Key] {
			if f.Agrees != nil && !*f.Agrees && !seen[f.Key] {
				seen[f.Key] = true
				out = append(out, f)
			}
		}
	}
	return out
}

// zoomed is the level before or after the present one.
func (p ReviewPage) zoomed(by int) int {
	all := Zooms()
	n := slices.Index(all, p.zoom())
	return all[min(max(n+by, 0), len(all)-1)]
}

func (p ReviewPage) zoom() int {
	if slices.Contains(Zooms(), p.Zoom) {
		return p.Zoom
	}
	return 100
}

func (p ReviewPage) turn() int { return (p.Turn%360 + 360) % 360 / 90 * 90 }
