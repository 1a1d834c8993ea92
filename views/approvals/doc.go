// Package approvals draws the line manager's screens: the request behind a link
// of a mail, phone first, and « Mes validations » once signed in.
//
// It shows what P18.2 allows and nothing more: the values that it receives hold
// no birth date, home address, personal phone or identifier.
package approvals

import "passerelle/views/i18n"

// Request is one request to a line manager.
type Request struct {
	ID        string // of the request, for the signed-in page
	Token     string // of the link, empty when signed in
	Applicant string
	Job       string
	Service   string
	Employer  string
	Course    string
	CourseRef string
	StartsOn  i18n.Day
	EndsOn    i18n.Day
	Days      int // calendar days from start to end
	Place     string
	Remote    bool
	Why       string
	Hopes     string
	AnswerBy  i18n.Day
	AskedOn   i18n.Day
	Manager   string
	State     string // "requested", "stuck", "approved", "refused", "not_my_staff"
	Answered  i18n.Moment
	Reason    string
	Closed    bool // the application ended meanwhile
}

// Open reports that an answer is awaited.
func (r Request) Open() bool { return !r.Closed && (r.State == "requested" || r.State == "stuck") }

// Page is the request behind a link, or behind the account.
type Page struct {
	Request
	Door    string // "open", "answered", "expired", "closed"
	Choice  string // as posted
	Typed   string // the reason as typed
	Errors  map[string]string
	Signed  bool
	Just    bool // answered just now
	Renewed bool // a new link has left
}

// MinePage is « Mes validations » (P18.2).
type MinePage struct{ Requests []Request }

func (p MinePage) open() []Request { return p.keep(true) }
func (p MinePage) done() []Request { return p.keep(false) }

func (p MinePage) keep(open bool) []Request {
	out := []Request{}
	for _, r := range p.Requests {
		if r.Open() == open {
			out = append(out, r)
		}
	}
	return out
}
