package form

import (
	"strconv"
	"strings"
)

// Bound limits a number, a date or a month. It is a literal ("10", "2020-01-31",
// "2020-01"), or relative to the day of the answer: "today", "today-16y", "today+6m",
// "today-30d", and for numbers "year", "year-1". The empty Bound limits nothing.
type Bound string

// Day resolves a bound of dates.
func (b Bound) Day(today Day) (Day, bool) {
	s := string(b)
	if len(s) == 7 {
		s += "-01"
	}
	if d, ok := ISODay(s); ok {
		return d, true
	}
	rest, ok := strings.CutPrefix(string(b), "today")
	if !ok {
		return 0, false
	}
	if rest == "" {
		return today, true
	}
	n, unit, ok := b.shift(rest)
	switch {
	case !ok:
		return 0, false
	case unit == 'd':
		return today + Day(n), true
	case unit == 'm':
		return today.AddMonths(n), true
	case unit == 'y':
		return today.AddMonths(12 * n), true
	}
	return 0, false
}

// Number resolves a bound of numbers.
func (b Bound) Number(today Day) (float64, bool) {
	rest, relative := strings.CutPrefix(string(b), "year")
	if !relative {
		n, err := strconv.ParseFloat(string(b), 64)
		return n, err == nil
	}
	year, _, _ := today.Date()
	if rest == "" {
		return float64(year), true
	}
	n, err := strconv.Atoi(rest)
	return float64(year + n), err == nil
}

// years gives 16 for "today-16y": ages are said as ages.
func (b Bound) years() (int, bool) {
	rest, ok := strings.CutPrefix(string(b), "today-")
	if !ok {
		return 0, false
	}
	n, unit, ok := b.shift("-" + rest)
	return -n, ok && unit == 'y'
}

func (b Bound) shift(rest string) (n int, unit byte, ok bool) {
	if len(rest) < 3 || len(rest) > 8 || rest[0] != '-' && rest[0] != '+' {
		return 0, 0, false
	}
	n, err := strconv.Atoi(rest[:len(rest)-1])
	return n, rest[len(rest)-1], err == nil
}
