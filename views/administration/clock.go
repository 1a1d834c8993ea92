package administration

import (
	"context"
	"time"

	"passerelle/views/i18n"
)

// Clock is the time of a page, in the portal's zone.
type Clock struct {
	Now  time.Time
	Zone *time.Location
}

func (c Clock) moment(t time.Time) i18n.Moment { return i18n.Of(t.In(c.Zone)) }

// when writes a time as one says it: the hour today and yesterday, else the day
// and the hour.
func (c Clock) when(ctx context.Context, t time.Time) string {
	m := c.moment(t)
	switch m.Day {
	case c.moment(c.Now).Day:
		return i18n.T(ctx, "admin.when.today", i18n.Time(m))
	case c.moment(c.Now.AddDate(0, 0, -1)).Day:
		return i18n.T(ctx, "admin.when.yesterday", i18n.Time(m))
	}
	return i18n.DateTimeShort(ctx, m)
}
