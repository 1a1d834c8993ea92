package form

import (
	"strconv"
	"strings"
)

// Day is a calendar day: days since 1970-01-01, in the proleptic Gregorian calendar.
// It has no zone; whoever makes it from a clock uses the portal's (P18.11).
type Day int32

// Civil makes the Day of a date; it does not check that the date exists, see DayOf.
func Civil(year, month, day int) Day {
	if month <= 2 {
		year--
	}
	era := floorDiv(year, 400)
	yoe := year - era*400
	doy := (153*((month+9)%12)+2)/5 + day - 1
	return Day(era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468)
}

// DayOf makes the Day of a date that exists.
func DayOf(year, month, day int) (Day, bool) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	return Civil(year, month, day), true
}

// Date gives year, month (1-12) and day of the month.
func (d Day) Date() (year, month, day int) {
	z := int(d) + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = (mp+2)%12 + 1
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

// ISO gives "1988-06-14", the stored form.
func (d Day) ISO() string {
	y, m, dd := d.Date()
	return digits(y, 4) + "-" + digits(m, 2) + "-" + digits(dd, 2)
}

// Numeric gives "14/06/1988", the typed form, in both languages.
func (d Day) Numeric() string {
	y, m, dd := d.Date()
	return digits(dd, 2) + "/" + digits(m, 2) + "/" + digits(y, 4)
}

// ISODay reads the stored form.
func ISODay(s string) (Day, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	y, ok1 := natural(s[:4])
	m, ok2 := natural(s[5:7])
	d, ok3 := natural(s[8:])
	if !ok1 || !ok2 || !ok3 {
		return 0, false
	}
	return DayOf(y, m, d)
}

// AddMonths moves by whole months; a day that the month lacks becomes its last.
func (d Day) AddMonths(n int) Day {
	y, m, dd := d.Date()
	m += n - 1
	y, m = y+floorDiv(m, 12), m-floorDiv(m, 12)*12+1
	return Civil(y, m, min(dd, daysIn(y, m)))
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// digits writes n on width digits at least.
func digits(n, width int) string {
	s := strconv.Itoa(n)
	if len(s) < width {
		s = strings.Repeat("0", width-len(s)) + s
	}
	return s
}

// natural reads ASCII digits only, six at most.
func natural(s string) (int, bool) {
	if s == "" || len(s) > 6 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}
