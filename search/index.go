package search

import (
	"context"
	"strings"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// Index is a search engine. Handlers call Search and Complete; jobs and
// operators the rest. Every engine gives the same answers to the suite in
// searchtest, ranks of near ties apart.
type Index interface {
	// Search finds documents. A text that nothing matches is mended if it can
	// be (Results.Corrected); an impossible page is an empty one. Errors are
	// of kind unavailable when the engine cannot answer.
	Search(ctx context.Context, q Query) (Results, error)
	// Complete offers at most n ways to go on typing.
	Complete(ctx context.Context, text string, n int) ([]Suggestion, error)
	// Put stores or replaces documents by their object.
	Put(ctx context.Context, documents []Document) error
	// Delete takes documents of a kind away by reference; unknown ones are no
	// error.
	Delete(ctx context.Context, kind catalogue.Kind, references []string) error
	// Rebuild makes the whole index again from the database; searches go on
	// meanwhile.
	Rebuild(ctx context.Context) error
	// Health tells whether the engine answers and how many documents it holds.
	Health(ctx context.Context) (Health, error)
}

// Document is what an engine indexes.
type Document = catalogue.Document

// The facets, named as in addresses (/recherche?nature=formation&theme=…).
const (
	FacetKind         = "nature"      // formation, diplome, annonce
	FacetTheme        = "theme"       // slug of a domain or sub-domain
	FacetRegion       = "region"      // region code, or "distance"
	FacetDepartment   = "departement" // department code
	FacetModality     = "modalite"    // presence, distance, mixte
	FacetLevel        = "niveau"      // 1-8, "aucun" when not registered
	FacetDuration     = "duree"       // moins-1-an, 1-an, 2-ans, 3-ans
	FacetRegistration = "inscription" // ouverte, liste-attente, bientot-close
	FacetStarts       = "debut"       // begins within 30, 90 or 180 days
	FacetDeadline     = "cloture"     // closes within 7, 15 or 30 days
	FacetStructure    = "structure"   // slug of an institution, employer or body
)

// FacetNames lists the facets in the order of the screen.
func FacetNames() []string {
	return []string{FacetKind, FacetTheme, FacetRegion, FacetDepartment, FacetRegistration, FacetModality, FacetLevel, FacetDuration,
		FacetStarts, FacetDeadline, FacetStructure}
}

// Values of facets that have no referential.
const (
	ValueRemote       = "distance"
	ValueUnregistered = "aucun"
	ValueOpen         = "ouverte"
	ValueWaiting      = "liste-attente"
	ValueClosingSoon  = "bientot-close"
)

// Sort orders results.
type Sort string

// The orders.
const (
	ByRelevance Sort = ""
	ByStart     Sort = "debut"   // next start first, undated last
	ByDeadline  Sort = "cloture" // next deadline first, undated last
)

// Query is one search. Values within a facet are alternatives, facets
// cumulate; those that concern a session must hold on one and the same session
// (P18.17). Unknown facets and values are ignored: addresses outlive
// referentials.
type Query struct {
	Text    string
	Facets  map[string][]string
	Sort    Sort
	Page    int       // from 1
	PerPage int       // 20 when zero, at most 100
	Today   time.Time // civil date: open now is computed for it
	Lang    string    // "fr" or "en", for labels
	Exact   bool      // search for the text as typed, without mending it
	// Named lists, of the structures, those whose name holds these words; it
	// changes no result.
	Named string
	// Objects asks for every object found in Results.Objects.
	Objects bool
}

// Results of a search.
type Results struct {
	Total     int // exact, as the counts of facets
	Lesser    int // of Total, those that miss some of the words: few hold them all
	Page      int
	PerPage   int
	Hits      []Hit
	Facets    []Facet // in the order of FacetNames, empty ones included
	Original  string  // the text as typed
	Corrected string  // not empty: the search was made for this text instead
	Suggested string  // not empty: « vouliez-vous dire », the search was made as typed
	Took      time.Duration
	Engine    string
	Degraded  bool // another engine answered in its place
	// Objects found, in their order, where the query asks for them; at most
	// MostObjects.
	Objects []models.ID
}

// MostObjects bounds Results.Objects.
const MostObjects = 10_000

// Exact is how many results hold every word as it was typed, or a synonym of
// it: none of a text that was mended.
func (r Results) Exact() int {
	if r.Corrected != "" {
		return 0
	}
	return r.Total - r.Lesser
}

// Pages is how many pages the results fill.
func (r Results) Pages() int { return (r.Total + max(r.PerPage, 1) - 1) / max(r.PerPage, 1) }

// Facet is one facet with its counts; they ignore its own selection (P4.2).
type Facet struct {
	Name   string
	Label  string
	Values []FacetValue
	Others int // values that are not listed, of structures
}

// FacetValue is one value of a facet.
type FacetValue struct {
	Value    string
	Label    string
	Parent   string // value of the domain or region above, for themes and departments
	Count    int
	Selected bool
}

// Hit is one result.
type Hit struct {
	Kind      catalogue.Kind
	Object    models.ID
	Reference string
	Title     Marked
	Excerpt   Marked // empty when there is no text
	// What follows is filled according to the kind; empty means not said.
	Type         string
	Duration     string
	LevelLabel   string
	Organisation string // institution or employer
	Place        string // town, place or department of what has no sessions
	Region       string
	Modality     catalogue.Modality // of the next session
	Sessions     int                // to come and not cancelled
	Places       int                // how many different places they are held in
	Next         *catalogue.Session // the session that answers the query best
	PublishedOn  *time.Time         // announcements
	ClosesOn     *time.Time
	ShiftedYears int
	TitleDeduced bool
	Score        float32
}

// Marked is text with the matches between MarkStart and MarkEnd, to be escaped
// by the view; the marks are private-use characters that no source text keeps.
type Marked string

// The marks of a match.
const (
	MarkStart = '\uE000'
	MarkEnd   = '\uE001'
)

// Part is a run of marked text.
type Part struct {
	Text  string
	Match bool
}

// Parts cuts the text at its marks, for views.
func (m Marked) Parts() []Part {
	var parts []Part
	for rest := string(m); rest != ""; {
		before, after, found := strings.Cut(rest, string(MarkStart))
		if before != "" {
			parts = append(parts, Part{Text: before})
		}
		if !found {
			break
		}
		match, left, _ := strings.Cut(after, string(MarkEnd))
		if match != "" {
			parts = append(parts, Part{Text: match, Match: true})
		}
		rest = left
	}
	return parts
}

// Plain is the text without marks.
func (m Marked) Plain() string { return unmark(string(m)) }

func unmark(s string) string {
	if !strings.ContainsRune(s, MarkStart) && !strings.ContainsRune(s, MarkEnd) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r == MarkStart || r == MarkEnd {
			return -1
		}
		return r
	}, s)
}

// Suggestion is one way to go on typing: a document's title, or a word when
// Reference is empty.
type Suggestion struct {
	Text      string
	Kind      catalogue.Kind
	Reference string
}

// Health of an engine.
type Health struct {
	Engine    string
	Documents int
	Words     int
}
