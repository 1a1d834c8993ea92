package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"passerelle/models"
)

// LineError is one thing wrong with one line of a file.
type LineError struct {
	Line   int    // from 1, header included
	Column int    // place of the cell in the row, from 1; 0 when the whole line is meant
	Field  string // column or key of the file
	Key    string // message, "import.…"
	Args   []string
	Title  string // what the line is about, where it could be read
}

// Say gives the words of a message in somebody's language, "{0}" standing for its
// first argument: the texts are beside the screens, not here.
type Say func(key string, args ...string) string

// Error is for those who look after the program; people are told by In.
func (e *LineError) Error() string {
	return fmt.Sprintf("line %d, column %d (%s): %s %q", e.Line, e.Column, e.Field, e.Key, e.Args)
}

// In says it whole: where, and what.
func (e LineError) In(say Say) string {
	where := say("import.at.line", strconv.Itoa(e.Line))
	if e.Column > 0 {
		where = say("import.at.column", where, strconv.Itoa(e.Column))
	}
	if e.Field != "" {
		where = say("import.at.field", where, e.Field)
	}
	return say("import.at", where, e.Text(say))
}

// Text is what is wrong, without its place.
func (e LineError) Text(say Say) string {
	if e.Key == keyLeft && len(e.Args) > 1 { // its reason is another message
		return say(e.Key, e.Args[0], say(e.Args[1], e.Args[2:]...))
	}
	return say(e.Key, e.Args...)
}

// Remedy is what to do about it.
func (e LineError) Remedy(say Say) string {
	return say("import.remedy."+strings.TrimPrefix(e.Key, "import."), e.Args...)
}

const keyLeft = "import.session_left"

// short bounds what a message repeats of a file.
func (e LineError) short() LineError {
	args := make([]string, len(e.Args))
	for i, arg := range e.Args {
		args[i] = cut(arg, 200)
	}
	e.Args = args
	return e
}

// Report tells what an import did, or would do.
type Report struct {
	Rows    int // lines read, header apart
	New     int
	Changed int
	Same    int
	// Sessions, for files of courses.
	NewSessions, ChangedSessions int
	Themes                       int // themes that the file brought
	Errors                       []LineError
	More                         int  // errors beyond those listed
	Broken                       bool // the file itself cannot be read, or not to its end
	Absent                       int  // of the same source, not in the file: left alone (P18.12)
	Closing                      int  // applications that its cancelled sessions close (P18.12)
	Opening                      int  // accounts that it opens at most, each with a mail (P1.8)
	Rehearsal                    bool // nothing was written
	Lines                        map[Verdict]int
	// Notes are what was left aside without refusing the line.
	Notes []LineError
	Seen  Seen
	// Cancelled lists the sessions that this import cancels. The caller closes
	// their applications as soon as it is committed, one transaction and one mail
	// each (application.CloseCancelled); where it dies before, the portal's clock
	// does within a minute (P18.12).
	Cancelled []models.ID
	Undone    *UndoReport // what taking it back did
	bad       func(LineError)
	edition   int // of the report by line; nought without one
}

// Refused is how many lines are.
func (r *Report) Refused() int { return len(r.refusedLines()) + r.More }

// Passable says that the bad lines can be left aside: the file was read to its
// end and each of them is listed.
func (r *Report) Passable() bool { return !r.Broken && r.More == 0 }

// listed is how many errors a report keeps.
const listed = 1000

func (r *Report) refuse(e LineError) {
	e = e.short()
	if r.bad != nil {
		r.bad(e)
	}
	if len(r.Errors) == listed {
		r.More++
		return
	}
	r.Errors = append(r.Errors, e)
}

// refuseFile notes what ends the reading: it is listed whatever else is.
func (r *Report) refuseFile(e LineError) {
	e = e.short()
	if r.Broken = true; r.bad != nil {
		r.bad(e)
	}
	if len(r.Errors) == listed {
		r.More++
		r.Errors = r.Errors[:listed-1]
	}
	r.Errors = append(r.Errors, e)
}

func (r *Report) note(e LineError) {
	e = e.short()
	if len(r.Notes) < listed {
		r.Notes = append(r.Notes, e)
	}
}

// refusedLines are the lines that hold the errors listed.
func (r *Report) refusedLines() []int {
	lines := []int{}
	for _, e := range r.Errors {
		if e.Line > 0 && !slices.Contains(lines, e.Line) {
			lines = append(lines, e.Line)
		}
	}
	return lines
}

// err is the refusal of a file with bad lines, its report as data (422).
func (r *Report) err() error {
	if len(r.Errors) == 0 {
		return nil
	}
	e := models.Invalid("import.refused")
	e.Data = *r
	return e
}
