package i18n

import (
	"context"
	"strconv"
)

// Day is a calendar day (jour), month and day counted from 1. The zero Day is no day.
type Day struct{ Y, M, D int }

// Moment is a day and the time of the wall clock, already in the portal's zone.
type Moment struct {
	Day
	Hour, Minute int
}

// DayOf makes a Day from year, month, day; it takes time.Time's Date() as it comes:
// i18n.DayOf(t.Date()).
func DayOf[M ~int](y int, m M, d int) Day { return Day{Y: y, M: int(m), D: d} }

// Clock is what Of needs of a moment; time.Time has it.
type Clock interface {
	Year() int
	YearDay() int
	Hour() int
	Minute() int
}

// Of makes a Moment from t (a time.Time, already in the portal's zone): i18n.Of(t).
func Of(t Clock) Moment {
	m, d := 1, t.YearDay()
	for m < 12 && d > daysIn(t.Year(), m) {
		d -= daysIn(t.Year(), m)
		m++
	}
	return Moment{Day{t.Year(), m, d}, t.Hour(), t.Minute()}
}

// IsZero tells that d is no day.
func (d Day) IsZero() bool { return d == Day{} }

// ISO writes 2027-01-12, for the datetime attribute of <time>.
func (d Day) ISO() string { return strconv.Itoa(d.Y) + "-" + two(d.M) + "-" + two(d.D) }

// ISO writes 2027-01-12T14:32.
func (m Moment) ISO() string { return m.Day.ISO() + "T" + two(m.Hour) + ":" + two(m.Minute) }

// Weekday counts from 0 = Sunday to 6 = Saturday.
func (d Day) Weekday() int {
	y, m := d.Y, d.M
	if m < 3 {
		y--
	}
	shift := [...]int{0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4}
	if m < 1 || m > 12 {
		return 0
	}
	return (y + y/4 - y/100 + y/400 + shift[m-1] + d.D) % 7
}

var (
	monthNames = [2][12]string{
		{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
		{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	}
	monthShort = [2][12]string{
		{"janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."},
		{"Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"},
	}
	weekdays = [2][7]string{
		{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
		{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	}
)

// Month is the month's name ("janvier"), empty when m is not 1 to 12.
func Month(ctx context.Context, m int) string { return nameOf(&monthNames, From(ctx), m) }

// MonthShort is the month shortened ("janv.").
func MonthShort(ctx context.Context, m int) string { return nameOf(&monthShort, From(ctx), m) }

// MonthYear writes "janvier 2027".
func MonthYear(ctx context.Context, y, m int) string {
	return Month(ctx, m) + " " + strconv.Itoa(y)
}

// Weekday is the name of the day of the week ("mardi").
func Weekday(ctx context.Context, d Day) string { return weekdays[From(ctx).column()][d.Weekday()] }

// Date writes "12 janvier 2027", "1er février 2027", "12 January 2027". Empty for no day.
func Date(ctx context.Context, d Day) string {
	if d.IsZero() {
		return ""
	}
	return DayMonth(ctx, d) + " " + strconv.Itoa(d.Y)
}

// DayMonth writes "12 janvier", "1er février": the year is plain from what stands around.
func DayMonth(ctx context.Context, d Day) string {
	return dayNumber(ctx, d.D) + " " + Month(ctx, d.M)
}

// DateShort writes "12 janv. 2027".
func DateShort(ctx context.Context, d Day) string {
	if d.IsZero() {
		return ""
	}
	return dayNumber(ctx, d.D) + " " + MonthShort(ctx, d.M) + " " + strconv.Itoa(d.Y)
}

// DateDigits writes "12/01/2027" in both languages: day first, as forms ask for it.
func DateDigits(d Day) string {
	if d.IsZero() {
		return ""
	}
	return two(d.D) + "/" + two(d.M) + "/" + strconv.Itoa(d.Y)
}

// DateLong writes "mardi 12 janvier 2027".
func DateLong(ctx context.Context, d Day) string {
	if d.IsZero() {
		return ""
	}
	return Weekday(ctx, d) + " " + Date(ctx, d)
}

// Time writes "14:32".
func Time(m Moment) string { return two(m.Hour) + ":" + two(m.Minute) }

// DateTime writes "24 novembre 2026 à 14:32", "24 November 2026 at 14:32".
func DateTime(ctx context.Context, m Moment) string {
	if m.Day.IsZero() {
		return ""
	}
	return Date(ctx, m.Day) + at(ctx) + Time(m)
}

// DateTimeShort writes "24 nov. 2026, 14:32", for tables and histories.
func DateTimeShort(ctx context.Context, m Moment) string {
	if m.Day.IsZero() {
		return ""
	}
	return DateShort(ctx, m.Day) + ", " + Time(m)
}

// Range writes "du 12 janvier au 16 avril 2027" ("12 January to 16 April 2027"), shortened
// where month or year are the same; "le 12 janvier 2027" when it is one day.
func Range(ctx context.Context, from, to Day) string {
	french := From(ctx) == French
	if to.IsZero() || from == to {
		if french {
			return "le " + Date(ctx, from)
		}
		return Date(ctx, from)
	}
	first := Date(ctx, from)
	switch {
	case from.Y == to.Y && from.M == to.M:
		first = dayNumber(ctx, from.D)
	case from.Y == to.Y:
		first = DayMonth(ctx, from)
	}
	if french {
		return "du " + first + " au " + Date(ctx, to)
	}
	return first + " to " + Date(ctx, to)
}

// DaysAgo writes "aujourd’hui", "hier", "il y a 3 jours".
func DaysAgo(ctx context.Context, days int) string {
	switch {
	case days <= 0:
		return T(ctx, "i18n.today")
	case days == 1:
		return T(ctx, "i18n.yesterday")
	}
	return N(ctx, "i18n.days_ago", days)
}

// InDays writes "aujourd’hui", "demain", "dans 3 jours".
func InDays(ctx context.Context, days int) string {
	switch {
	case days <= 0:
		return T(ctx, "i18n.today")
	case days == 1:
		return T(ctx, "i18n.tomorrow")
	}
	return N(ctx, "i18n.in_days", days)
}

// Ago writes the age of something in words from minutes: "à l’instant", "il y a 5 minutes",
// "il y a 2 heures", then days as DaysAgo.
func Ago(ctx context.Context, minutes int) string {
	switch {
	case minutes < 1:
		return T(ctx, "i18n.just_now")
	case minutes < 60:
		return N(ctx, "i18n.minutes_ago", minutes)
	case minutes < 24*60:
		return N(ctx, "i18n.hours_ago", minutes/60)
	}
	return DaysAgo(ctx, minutes/(24*60))
}

func nameOf(names *[2][12]string, lang Lang, m int) string {
	if m < 1 || m > 12 {
		return ""
	}
	return names[lang.column()][m-1]
}

func dayNumber(ctx context.Context, d int) string {
	if d == 1 && From(ctx) == French {
		return "1er"
	}
	return strconv.Itoa(d)
}

func at(ctx context.Context) string {
	if From(ctx) == English {
		return " at "
	}
	return " à "
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

func daysIn(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
