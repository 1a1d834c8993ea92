// Package layout owns the shell of every page: head, header, footer, the regions that
// speak to screen readers and the place where dialogs land. What belongs to the request
// (who, theme, assets, address) is put in the context once by the handlers as a Chrome;
// what belongs to the screen comes as Props. It refuses to know how any of it was found.
// It runs in the offline engine too.
package layout

import (
	"context"

	"github.com/a-h/templ"

	"passerelle/views/i18n"
)

// Audience chooses the shell and the bundles that a page loads.
type Audience string

// The audiences.
const (
	Public Audience = ""       // visitors: one sheet, one script
	Space  Audience = "espace" // applicants, sign-in, forms: two sheets
	Desk   Audience = "bureau" // officers and administrators: three sheets, full width, dense
)

// Nav names the entry of the navigation that is the present page.
type Nav string

// The entries.
const (
	NavNone          Nav = ""
	NavCourses       Nav = "formations"
	NavProgrammes    Nav = "diplomes"
	NavAnnouncements Nav = "annonces"
	NavSearch        Nav = "recherche"
	NavHelp          Nav = "aide"
	NavApplications  Nav = "candidatures"
	NavDocuments     Nav = "documents"
	NavApprovals     Nav = "validations"
	NavDesk          Nav = "bureau"
	NavAccount       Nav = "compte"
	NavAdmin         Nav = "administration"
	NavAdminSearch   Nav = "administration/recherche"
	NavAdminStorage  Nav = "administration/stockage"
	NavAdminImports  Nav = "administration/imports"
)

// Section is the part of the staff's shell that a page belongs to.
type Section string

// The sections.
const (
	Dossiers       Section = ""               // officers: applications and dossiers
	Administration Section = "administration" // administrators: search, storage, imports (P14)
)

// Conformity is the level of the accessibility statement, shown in the footer (P18.14).
type Conformity string

// The three levels of the law (totalement, partiellement, non conforme).
const (
	Full    Conformity = "full"
	Partial Conformity = "partial"
	None    Conformity = "none"
)

// User is the signed-in person as the header shows them.
type User struct {
	Name      string
	Initials  string
	Badge     int  // applications that await them
	Approvals int  // requests that await them as a line manager; -1 for nobody's manager
	Officer   bool // has a desk
	Admin     bool // has the consoles of the administration
	DeskCount int
}

// Notice is a banner over the whole page (an outage, a maintenance).
type Notice struct {
	Tone  string // "info", "bad", "ok", "neutral"
	Title string
	Text  string
}

// Assets gives addresses and integrity of the files of package static.
type Assets struct {
	URL       func(name string) string
	Integrity func(name string) string
}

func (a Assets) url(name string) string {
	if a.URL == nil {
		return "/static/" + name
	}
	return a.URL(name)
}

func (a Assets) integrity(name string) string {
	if a.Integrity == nil {
		return ""
	}
	return a.Integrity(name)
}

// Chrome is what the request says about the shell.
type Chrome struct {
	Assets     Assets
	User       *User  // nil for a visitor
	Path       string // of the page with its query, to come back after a change of language or theme
	Theme      string // "clair", "sombre", else the system's
	Density    string // desk only: "comfortable" or "dense" (default)
	Demo       bool
	DemoClock  string // the portal's clock in words, under demo
	Conformity Conformity
	Notices    []Notice
}

type chromeKey struct{}

// With returns a context that carries c to every Page below.
func With(ctx context.Context, c Chrome) context.Context {
	return context.WithValue(ctx, chromeKey{}, c)
}

// From returns the Chrome of ctx, an empty one when none was set.
func From(ctx context.Context) Chrome {
	c, _ := ctx.Value(chromeKey{}).(Chrome)
	return c
}

// Props is what a screen says about its page.
type Props struct {
	Title       string // of the tab, before "– Passerelle"; an error or a count comes first
	Description string
	Audience    Audience
	Section     Section  // with Audience Desk: whose links the bar shows
	Sheets      Audience // loads the bundles of a wider audience (the gallery)
	Current     Nav
	NoIndex     bool
	// MainClass replaces the plain main element's class (desk__list, mailbox).
	MainClass string
	// BodyClass is that of the body (a page that fills the window).
	BodyClass string
	// Before stands between header and main, inside the desk's grid (a rail).
	Before templ.Component
	// After stands after main, inside the desk's grid (a preview).
	After templ.Component
	// Wrap is the class of the grid around Before, main and After ("desk desk--preview").
	Wrap string
	// NoFooter leaves the footer out (full-height staff pages).
	NoFooter bool
}

func (p Props) title() string {
	if p.Title == "" {
		return "Passerelle"
	}
	return p.Title + " – Passerelle"
}

func (p Props) bundles() Audience {
	if p.Sheets != Public {
		return p.Sheets
	}
	return p.Audience
}

// sheets lists the style bundles of an audience, in the order of the cascade.
func sheets(a Audience) []string {
	switch a {
	case Desk:
		return []string{"passerelle.css", "espace.css", "bureau.css"}
	case Space:
		return []string{"passerelle.css", "espace.css"}
	}
	return []string{"passerelle.css"}
}

// script is the behaviour bundle of an audience.
func script(a Audience) string {
	switch a {
	case Desk:
		return "bureau.js"
	case Space:
		return "espace.js"
	}
	return "passerelle.js"
}

func (c Chrome) theme() string {
	if c.Theme == "clair" || c.Theme == "sombre" {
		return c.Theme
	}
	return ""
}

// density is the officer's; the pages of everybody else are always airy.
func (c Chrome) density(p Props) string {
	switch {
	case p.bundles() != Desk:
		return ""
	case c.Density == "comfortable" || c.Density == "dense":
		return c.Density
	case p.Audience == Desk:
		return "dense"
	}
	return ""
}

// deskCount is how many dossiers await the officer.
func (c Chrome) deskCount() int {
	if c.User == nil {
		return 0
	}
	return c.User.DeskCount
}

func (c Chrome) conformity(ctx context.Context) string {
	level := c.Conformity
	if level == "" {
		level = Partial
	}
	return i18n.T(ctx, "layout.accessibility."+string(level))
}

func (c Chrome) back() string {
	if c.Path == "" {
		return "/"
	}
	return c.Path
}
