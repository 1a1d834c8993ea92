// Package pages owns the standing pages that every portal must have (P18.14): mentions
// légales, données personnelles, accessibilité, aide et contact, charte d'utilisation,
// plan du site. The texts say what this portal really does; who runs it comes from the
// operator's settings, and what the operator left blank is shown as blank.
// It refuses legal advice: an operator replaces nothing here but completes the settings.
package pages

import (
	"context"
	"strconv"

	"passerelle/views/i18n"
)

// Operator is who runs the portal, from the settings; every field may be empty.
type Operator struct {
	Name, Address, Contact, Phone string
	Director                      string // directeur ou directrice de la publication
	DataOfficer                   string // délégué à la protection des données
	Host                          string // hébergeur
	Level                         string // "full", "partial" or "none" (accessibility)
}

// Delays are the delays in force, in days, read from the portal's settings.
type Delays struct {
	Activation   int // of the link of an account
	Unclaimed    int // draft without an account
	Claimed      int // draft of an account
	Notice       int // before a draft goes
	ApprovalLink int
	Approver     int // address of a line manager
	Decision     int // before the session's start
	Confirm      int // a seat that came free
}

// Page is one standing page.
type Page struct {
	Title    string
	Lede     string
	Sections []Section
}

// Section is a title in the margin and what it holds.
type Section struct {
	ID     string
	Title  string
	Blocks []Block
}

// Block is one of: a paragraph, a list, facts, links.
type Block struct {
	Text  string
	List  []string
	Facts []Fact
	Links []Link
}

// Fact is a term and its value; an empty value is shown as not given.
type Fact struct {
	Term, Value string
	Href        string
}

// Link is a way to another page.
type Link struct{ Name, Href, Why string }

// pick chooses between the two languages of a text.
func pick(ctx context.Context, french, english string) string {
	if i18n.From(ctx) == i18n.English {
		return english
	}
	return french
}

func text(s string) Block        { return Block{Text: s} }
func list(items ...string) Block { return Block{List: items} }
func facts(f ...Fact) Block      { return Block{Facts: f} }
func links(l ...Link) Block      { return Block{Links: l} }

// days writes a number of days.
func days(ctx context.Context, n int) string {
	if n == 1 {
		return pick(ctx, "1 jour", "1 day")
	}
	return strconv.Itoa(n) + pick(ctx, " jours", " days")
}

// mail makes an address a link, and leaves anything else alone.
func mail(contact string) string {
	for i := range len(contact) {
		if contact[i] == '@' && i > 0 {
			return "mailto:" + contact
		}
	}
	return ""
}
