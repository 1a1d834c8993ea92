package mail

import (
	"context"

	"passerelle/views/i18n"
)

// AlertData is what a mail of alerts tells: what is new of each search of one
// rhythm.
type AlertData struct {
	Sender   Sender
	Name     string
	Rhythm   string // instant, daily or weekly
	Searches []AlertSearch
	ListURL  string // one's saved searches
	StopURL  string // ends the mails of this rhythm
}

// AlertSearch is what one saved search found; the alert of a profile has no
// name.
type AlertSearch struct {
	Name      string
	URL       string // its results, or the profile
	RemoveURL string
	Finds     []AlertFind
	Beyond    int // how many more
}

// AlertFind is one document that is news.
type AlertFind struct{ Kind, Title, By, Why, URL string }

func (d AlertData) total() int {
	n := 0
	for _, s := range d.Searches {
		n += len(s.Finds) + s.Beyond
	}
	return n
}

func (s AlertSearch) title(ctx context.Context) string {
	if s.Name == "" {
		return i18n.T(ctx, "mail.alert.profile")
	}
	return s.Name
}

// Alert tells what is new of a person's searches (P4.6, P4.7): why they get it,
// and how each search is removed by one link.
func Alert(ctx context.Context, d AlertData) Letter {
	l := Letter{Subject: i18n.N(ctx, "mail.alert.subject", d.total()), Title: i18n.N(ctx, "mail.alert.title", d.total()),
		Parts: []Part{hello(ctx, d.Name), text(i18n.T(ctx, "mail.alert.text."+d.Rhythm))}}
	if len(d.Searches) == 1 {
		l.Subject = i18n.N(ctx, "mail.alert.subject_of", d.total(), "name", d.Searches[0].title(ctx))
	}
	for _, s := range d.Searches {
		if l.Preview == "" {
			l.Preview = s.Finds[0].Title
		}
		l.Parts = append(l.Parts, s.parts(ctx)...)
	}
	l.Foot = []string{i18n.T(ctx, "mail.alert.why."+d.Rhythm), i18n.T(ctx, "mail.alert.list", "url", d.ListURL),
		i18n.T(ctx, "mail.alert.stop", "url", d.StopURL), question(ctx, d.Sender)}
	return l
}

func (s AlertSearch) parts(ctx context.Context) []Part {
	list := []Item{}
	for _, f := range s.Finds {
		note := i18n.T(ctx, "mail.alert.find."+f.Why) + " · " + i18n.T(ctx, "mail.alert.kind."+f.Kind)
		if f.By != "" {
			note += " · " + f.By
		}
		list = append(list, Item{Label: f.Title, URL: f.URL, Note: note})
	}
	parts := []Part{{Head: s.title(ctx)}, {List: list}}
	all := i18n.T(ctx, "mail.alert.all")
	if s.Beyond > 0 {
		all = i18n.N(ctx, "mail.alert.beyond", s.Beyond)
	}
	remove := i18n.T(ctx, "mail.alert.remove", "name", s.title(ctx))
	if s.Name == "" {
		remove = i18n.T(ctx, "mail.alert.remove.profile")
	}
	return append(parts, Part{Links: []Action{{all, s.URL}, {remove, s.RemoveURL}}})
}
