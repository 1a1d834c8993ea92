package people

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"passerelle/models"
	"passerelle/models/form/ident"
)

// maxName is the longest name kept, in characters.
const maxName = 100

// oldest is the age past which a birth date is taken for a slip.
const oldest = 120

// youngest is the age under which nobody opens an account.
const youngest = 14

// Identity is who a person is (P1.1), normalised: spaces tidied, NFC.
type Identity struct {
	Civility  string // "", "madame", "monsieur" (P18.7)
	BirthName string
	UsualName string // empty when the same as the birth name
	FirstName string
	BirthDate time.Time // civil date at midnight UTC; zero for staff whose date nobody asked
}

// Key is how two identities are compared: birth name, first name and birth
// date without case, accents, hyphens, apostrophes or spaces; civility is no
// part of it (P1.4, P18.7). Empty when the date is not known: then nobody matches.
func (i Identity) Key() string {
	if i.BirthDate.IsZero() {
		return ""
	}
	return plain(i.BirthName) + "/" + plain(i.FirstName) + "/" + i.BirthDate.Format(time.DateOnly)
}

// Name is the person's name as shown: first name, then usual or birth name.
func (i Identity) Name() string {
	if i.UsualName != "" {
		return i.FirstName + " " + i.UsualName
	}
	return i.FirstName + " " + i.BirthName
}

func plain(s string) string { return strings.ReplaceAll(ident.Fold(s), " ", "") }

// tidy joins blanks and composes accents.
func tidy(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }

// CheckName says what is wrong with a name, a suffix of its messages; "" when
// nothing is. Any caller.
func CheckName(s string) string {
	switch {
	case s == "":
		return "required"
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return "unreadable"
	case utf8.RuneCountInString(s) > maxName:
		return "long"
	case plain(s) == "" || strings.ContainsAny(s, "<>@{}[]|\\\""):
		return "letters"
	}
	return ""
}

// ParseDate reads a date as people type it: 14/06/1988, 4-3-80 is refused,
// 14.06.1988, 14 06 1988, 14061988, 1988-06-14.
func ParseDate(s string) (time.Time, bool) {
	parts := strings.FieldsFunc(strings.TrimSpace(s), func(r rune) bool { return r < '0' || r > '9' })
	if len(parts) == 1 && len(parts[0]) == 8 {
		parts = []string{parts[0][:2], parts[0][2:4], parts[0][4:]}
	}
	if len(parts) != 3 {
		return time.Time{}, false
	}
	if len(parts[0]) == 4 {
		parts[0], parts[2] = parts[2], parts[0]
	}
	if len(parts[2]) != 4 || len(parts[0]) > 2 || len(parts[1]) > 2 {
		return time.Time{}, false
	}
	y, m, d := number(parts[2]), number(parts[1]), number(parts[0])
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return t, t.Year() == y && int(t.Month()) == m && t.Day() == d && y > 0
}

func number(s string) int {
	n := 0
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

// checkBirthDate says what is wrong with a birth date on the given day.
func checkBirthDate(s string, today time.Time) (time.Time, string) {
	if strings.TrimSpace(s) == "" {
		return time.Time{}, "required"
	}
	t, ok := ParseDate(s)
	if !ok {
		return t, "invalid"
	}
	return t, CheckBorn(t, today)
}

// CheckBorn says what is wrong with a birth date on the given day: "future",
// "old" or "young"; "" when nothing is. Any caller.
func CheckBorn(date, today time.Time) string {
	switch {
	case date.After(today):
		return "future"
	case date.Before(today.AddDate(-oldest, 0, 0)):
		return "old"
	case date.After(today.AddDate(-youngest, 0, 0)):
		return "young"
	}
	return ""
}

// field makes the message of a field: "account.<field>.<problem>".
func field(name, problem string, args ...string) models.FieldError {
	return models.FieldError{Field: name, Key: "account." + name + "." + problem, Args: args}
}
