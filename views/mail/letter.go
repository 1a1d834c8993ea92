// Package mail owns the words and the drawing of the portal's e-mails: each kind
// is a Letter, and one Letter gives the HTML part and its text twin, with the same
// words and the same links. It refuses to know addresses, tokens or databases: the
// job that sends gives names, dates and absolute links.
package mail

import (
	"context"
	"strings"
	"unicode/utf8"

	"passerelle/views/i18n"
)

// Letter is one e-mail (courriel): a single action at most, who writes, why, and
// what silence means.
type Letter struct {
	Subject string
	Preview string // first words shown by the list of a mailbox
	Title   string
	Parts   []Part
	Foot    []string // why this person gets it, and their rights
}

// Part is one block of a letter: exactly one of its fields is set.
type Part struct {
	Text   string
	Facts  []Fact
	Action *Action
	Note   *Note
	Quote  string // words of a person, kept apart from ours
	Head   string // title of what follows
	List   []Item
	Links  []Action // further ways, less than an action
}

// Item is one line of a list, which leads somewhere.
type Item struct{ Label, URL, Note string }

// Fact is one line of the facts.
type Fact struct{ Term, Value string }

// Action is the button; its address is written under it too.
type Action struct{ Label, URL string }

// Note is what matters most, apart from the rest.
type Note struct{ Lead, Text string }

func text(s string) Part { return Part{Text: s} }

func action(label, url string) Part { return Part{Action: &Action{label, url}} }

func note(lead, s string) Part { return Part{Note: &Note{lead, s}} }

// facts leaves out what is not known.
func facts(pairs ...string) Part {
	p := Part{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			p.Facts = append(p.Facts, Fact{pairs[i], pairs[i+1]})
		}
	}
	return p
}

// columns is the width of the text twin.
const columns = 72

// Plain is the text twin of a letter: same words, same links.
func Plain(l Letter) string {
	var b strings.Builder
	paragraph(&b, l.Title)
	for _, p := range l.Parts {
		switch {
		case p.Text != "":
			paragraph(&b, p.Text)
		case len(p.Facts) > 0:
			for _, f := range p.Facts {
				wrap(&b, f.Term+" : "+f.Value)
			}
			b.WriteByte('\n')
		case p.Action != nil:
			b.WriteString(p.Action.Label + " :\n" + p.Action.URL + "\n\n")
		case p.Note != nil:
			paragraph(&b, p.Note.Lead+" "+p.Note.Text)
		case p.Head != "":
			paragraph(&b, "* "+p.Head)
		case len(p.List) > 0:
			for _, i := range p.List {
				wrap(&b, "- "+i.Label)
				wrap(&b, "  "+i.Note)
				b.WriteString(i.URL + "\n\n")
			}
		case len(p.Links) > 0:
			for _, a := range p.Links {
				b.WriteString(a.Label + " :\n" + a.URL + "\n")
			}
			b.WriteByte('\n')
		case p.Quote != "":
			for line := range strings.Lines(p.Quote) {
				wrap(&b, "> "+strings.TrimRight(line, "\n"))
			}
			b.WriteByte('\n')
		}
	}
	b.WriteString("-- \nPasserelle\n")
	for _, f := range l.Foot {
		wrap(&b, f)
	}
	return b.String()
}

func paragraph(b *strings.Builder, s string) {
	wrap(b, s)
	b.WriteByte('\n')
}

// wrap writes a line at the width, never inside a word or an address.
func wrap(b *strings.Builder, s string) {
	used := 0
	for _, word := range strings.Fields(s) {
		n := utf8.RuneCountInString(word)
		switch {
		case used == 0:
		case used+1+n > columns:
			b.WriteByte('\n')
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += n
	}
	b.WriteByte('\n')
}

func hello(ctx context.Context, name string) Part {
	if name == "" {
		return text(i18n.T(ctx, "mail.hello"))
	}
	return text(i18n.T(ctx, "mail.hello.name", "name", name))
}

// question is the line about whom to ask.
func question(ctx context.Context, s Sender) string {
	if s.Contact == "" {
		return i18n.T(ctx, "mail.question", "contact", s.HelpURL)
	}
	return i18n.T(ctx, "mail.question", "contact", s.Contact)
}

// Sender is who runs the portal, for the foot of a letter.
type Sender struct {
	Service string // of the operator
	Contact string // address to write to; empty: the help page
	Rights  string // data protection officer
	HelpURL string
}

func (s Sender) contact() string {
	if s.Contact == "" {
		return s.HelpURL
	}
	return s.Contact
}

func (s Sender) rights() string {
	if s.Rights == "" {
		return s.contact()
	}
	return s.Rights
}
