package handlers

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/i18n"
	"passerelle/views/layout"
)

// verbContext carries the request's deadline and language: what a verb needs.
// The shell is drawn for pages only, since it asks the database who waits.
func (c *Call) verbContext() context.Context { return i18n.With(c.UserContext(), c.Lang) }

// Context carries the request's deadline, language and shell; give it to every
// component.
func (c *Call) Context() context.Context {
	if c.ctx == nil {
		ctx := i18n.About(i18n.With(c.UserContext(), c.Lang), c.topic)
		c.ctx = layout.With(ctx, c.chrome(ctx))
	}
	return c.ctx
}

// T is a message in the language of the call.
func (c *Call) T(key string, args ...string) string {
	return i18n.T(i18n.About(i18n.With(context.Background(), c.Lang), c.topic), key, args...)
}

// about makes the messages of this request speak of what an application is for:
// a session, or the campaign of a programme.
func (c *Call) about(k application.Kind) {
	if k == application.Admission {
		c.topic = "admission"
		if c.ctx != nil {
			c.ctx = i18n.About(c.ctx, c.topic)
		}
	}
}

func (c *Call) chrome(ctx context.Context) layout.Chrome {
	p := c.Portal
	chrome := layout.Chrome{
		Assets:     layout.Assets{URL: p.Assets.URL, Integrity: p.Assets.Integrity},
		Path:       c.OriginalURL(),
		Theme:      c.cookie(appearanceCookie),
		Density:    c.Cookies("densite"),
		Demo:       p.Demo,
		Conformity: layout.Conformity(p.Operator.Accessibility),
	}
	if p.Demo {
		chrome.DemoClock = i18n.DateTime(ctx, p.moment(p.DB.Clock.Now()))
	}
	if c.Actor.SignedIn() {
		chrome.User = c.user(ctx)
	}
	return chrome
}

// user is the signed-in person in the header. The counts are a courtesy: when
// the database does not answer, the page goes without.
func (c *Call) user(ctx context.Context) *layout.User {
	u := &layout.User{Name: c.Actor.Name, Initials: initials(c.Actor.Name), Approvals: -1,
		Officer: c.Actor.Has(models.RoleOfficer), Admin: c.Actor.Has(models.RoleAdmin)}
	if c.failed || c.Partial() { // a part of a page has no header
		return u
	}
	counts, err := c.Portal.counts(ctx, c.Actor)
	if err != nil {
		return u
	}
	u.Badge, u.Approvals, u.DeskCount = counts.Applicant, counts.Approver, counts.Desk
	return u
}

// initials are those of the first and last words of a name.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	if len(words) == 1 {
		return strings.ToUpper(string(first))
	}
	return strings.ToUpper(string([]rune{first, last}))
}

// day is a date column as the views write it.
func day(t time.Time) i18n.Day {
	y, m, d := t.Date()
	return i18n.Day{Y: y, M: int(m), D: d}
}

// moment is an instant in the portal's zone as the views write it.
func (p *Portal) moment(t time.Time) i18n.Moment {
	local := t.In(p.DB.Zone)
	return i18n.Moment{Day: day(local), Hour: local.Hour(), Minute: local.Minute()}
}
