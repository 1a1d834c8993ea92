package importer

import "time"

// Dates is how a file writes its dates (écriture des dates). Nothing said, both
// of those that cannot be mistaken for each other are read: 2027-01-12 and
// 12/01/2027.
type Dates string

// The ways of writing a date.
const (
	DayFirst   Dates = "dmy" // 12/01/2027
	MonthFirst Dates = "mdy" // 01/12/2027
	YearFirst  Dates = "ymd" // 2027-01-12, 20270112
)

// oldest is the year of the earliest birth that a file may hold.
const oldest = 1850

// Orders lists those that a mapping or a screen may force.
func Orders() []Dates { return []Dates{DayFirst, MonthFirst, YearFirst} }

var layouts = map[Dates][]string{
	"":         {time.DateOnly, "02/01/2006", "2/1/2006", "20060102"},
	DayFirst:   {"02/01/2006", "2/1/2006", "02-01-2006", "02.01.2006"},
	MonthFirst: {"01/02/2006", "1/2/2006", "01-02-2006"},
	YearFirst:  {time.DateOnly, "20060102", "2006/01/02"},
}

func (d Dates) parse(s string) (time.Time, bool) { return d.since(s, 1950) }

// since reads a date of that year or later.
func (d Dates) since(s string, year int) (time.Time, bool) {
	for _, layout := range layouts[d] {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= year && t.Year() < 2080 {
			return t, true
		}
	}
	return time.Time{}, false
}

// dateSample counts what the dates of a preview show of their order.
type dateSample struct{ day, month, year, either int }

func (d *dateSample) add(s string) {
	_, day := DayFirst.since(s, oldest)
	_, month := MonthFirst.since(s, oldest)
	_, year := YearFirst.since(s, oldest)
	switch {
	case day && month:
		d.either++
	case day:
		d.day++
	case month:
		d.month++
	case year:
		d.year++
	}
}

// order is the one that the sample shows; sure is false where days and months
// could be exchanged.
func (d *dateSample) order() (order Dates, sure bool) {
	switch {
	case d.day+d.month+d.year+d.either == 0:
		return "", true
	case d.month > d.day:
		return MonthFirst, d.day == 0
	case d.day+d.either > 0:
		return DayFirst, d.day > 0 && d.month == 0
	}
	return YearFirst, true
}
