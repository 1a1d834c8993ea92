package mail

import (
	"context"

	"passerelle/views/i18n"
)

// CaseData is what the letters about an application need (P11.6: nothing more).
type CaseData struct {
	Sender    Sender
	Reference string // PR-2026-004836
	Applicant string
	Admission bool // Course is then a programme, From the start of the academic year
	Course    string
	Offered   string // institution of the programme
	From, To  i18n.Day
	Place     string // empty for a session at a distance
	Duration  string
	URL       string // of the application's page, or of the manager's link
	SearchURL string

	SubmittedAt i18n.Moment
	ClosesOn    i18n.Day
	DecisionOn  i18n.Day
	ExpiresOn   i18n.Day // of a draft
	Silence     string   // what silence means (P18.14)
	Appeal      string   // ways and times of appeal (P18.14)

	Approver string // name of the line manager
	Expert   string // who gives an opinion (P9.6)
	AskedBy  string // officer who asked for it
	Function string // of the applicant, for the manager
	Employer string
	AnswerBy i18n.Day
	LinkEnds i18n.Day // last day of the manager's own address
	Reason   string   // of a refusal, a cancellation
	KeptDays int      // how long the manager's address is kept

	Message    string // the officer's own words
	Rank       int
	DecidedOn  i18n.Day
	ConfirmBy  i18n.Day
	DecidedFor string // "accepted", "waitlisted", "refused"

	Pieces      []Piece // sent, on a receipt
	Asked       []Asked // documents asked again
	AskedFields []string
	DueOn       i18n.Day // last day to answer
}

// About is ctx in which letters speak of what was asked for: a session or a campaign.
func (d CaseData) About(ctx context.Context) context.Context {
	if d.Admission {
		return i18n.About(ctx, "admission")
	}
	return ctx
}

// when is the session's days, or the academic year of a campaign.
func (d CaseData) when(ctx context.Context) string {
	if d.Admission {
		return i18n.T(ctx, "mail.year", i18n.MonthYear(ctx, d.From.Y, d.From.M))
	}
	return i18n.Range(ctx, d.From, d.To)
}

func (d CaseData) dates(ctx context.Context) string {
	if d.Admission {
		return join(d.when(ctx), d.Offered)
	}
	s := d.when(ctx)
	if d.Place != "" {
		s += ", " + d.Place
	}
	return s
}

func (d CaseData) foot(ctx context.Context, why string) []string {
	return []string{i18n.T(ctx, why, "number", d.Reference), question(ctx, d.Sender)}
}

// Receipt proves the submission: date, number, service, contact and what silence
// means (P6.1, P18.14).
func Receipt(ctx context.Context, d CaseData) Letter {
	l := Letter{Subject: i18n.T(ctx, "mail.receipt.subject", "number", d.Reference), Preview: i18n.T(ctx, "mail.receipt.preview", "course", d.Course),
		Title: i18n.T(ctx, "mail.receipt.title"), Foot: []string{i18n.T(ctx, "mail.receipt.foot"), question(ctx, d.Sender)}}
	l.Parts = []Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail.receipt.text")),
		facts(i18n.T(ctx, "mail.fact.number"), d.Reference,
			i18n.T(ctx, "mail.fact.received"), i18n.DateTime(ctx, d.SubmittedAt),
			i18n.T(ctx, "mail.fact.course"), d.Course,
			i18n.T(ctx, "mail.fact.dates"), d.dates(ctx),
			i18n.T(ctx, "mail.fact.service"), join(d.service(), d.Sender.contact())),
		action(i18n.T(ctx, "mail.follow"), d.URL)}
	l.Parts = append(l.Parts, d.pieces(ctx)...)
	if d.Approver != "" {
		l.Parts = append(l.Parts, text(i18n.T(ctx, "mail.receipt.turn", "name", d.Approver)))
	}
	if !d.DecisionOn.IsZero() {
		l.Parts = append(l.Parts, text(i18n.T(ctx, "mail.receipt.answer", "date", i18n.Date(ctx, d.DecisionOn))))
	}
	if d.Silence != "" {
		l.Parts = append(l.Parts, text(d.Silence))
	}
	return l
}

// ApprovalRequest asks the line manager: who holds their address and why stand in the
// first mail (RGPD art. 14, P18.2). Nothing personal beyond name, function, employer.
func ApprovalRequest(ctx context.Context, d CaseData) Letter {
	l := approval(ctx, d)
	l.Subject = i18n.T(ctx, "mail.approval.subject", "name", d.Applicant)
	l.Title = l.Subject
	return l
}

// ApprovalReminder asks again (P6.1).
func ApprovalReminder(ctx context.Context, d CaseData) Letter {
	l := approval(ctx, d)
	l.Subject = i18n.T(ctx, "mail.approval_reminder.subject", "name", d.Applicant)
	l.Title = i18n.T(ctx, "mail.approval_reminder.title", "name", d.Applicant)
	return l
}

func approval(ctx context.Context, d CaseData) Letter {
	who := d.Applicant
	if d.Function != "" {
		who += ", " + d.Function
	}
	if d.Employer != "" {
		who += " (" + d.Employer + ")"
	}
	return Letter{
		Preview: i18n.T(ctx, "mail.approval.preview", "course", d.Course, "dates", i18n.Range(ctx, d.From, d.To)),
		Parts: []Part{hello(ctx, d.Approver), text(i18n.T(ctx, "mail.approval.text", "who", who)),
			facts(i18n.T(ctx, "mail.fact.course"), d.Course, i18n.T(ctx, "mail.fact.dates"), d.dates(ctx),
				i18n.T(ctx, "mail.fact.duration"), d.Duration,
				i18n.T(ctx, "mail.fact.answer_by"), i18n.DateLong(ctx, d.AnswerBy)),
			action(i18n.T(ctx, "mail.approval.action"), d.URL), text(i18n.T(ctx, "mail.approval.safe"))},
		Foot: []string{i18n.T(ctx, "mail.approval.why", "name", d.Applicant, "rights", d.Sender.rights()),
			i18n.T(ctx, "mail.approval.not_mine", "date", i18n.Date(ctx, d.LinkEnds))},
	}
}

// ApprovalRefused tells the applicant that the line manager refused, and why (P6.1).
func ApprovalRefused(ctx context.Context, d CaseData) Letter {
	l := Letter{Subject: i18n.T(ctx, "mail.approval_refused.subject"), Preview: d.Course, Title: i18n.T(ctx, "mail.approval_refused.subject"),
		Foot: d.foot(ctx, "mail.case.foot")}
	l.Parts = []Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail.approval_refused.text", "name", d.Approver, "course", d.Course))}
	if d.Reason != "" {
		l.Parts = append(l.Parts, text(i18n.T(ctx, "mail.reason_given")), Part{Quote: d.Reason})
	}
	l.Parts = append(l.Parts, text(i18n.T(ctx, "mail.approval_refused.next")), action(i18n.T(ctx, "mail.see"), d.URL))
	return l
}

// ApprovalNotMyStaff asks the applicant for another line manager (P6.1).
func ApprovalNotMyStaff(ctx context.Context, d CaseData) Letter {
	return Letter{Subject: i18n.T(ctx, "mail.not_my_staff.subject"), Preview: d.Course, Title: i18n.T(ctx, "mail.not_my_staff.subject"),
		Parts: []Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail.not_my_staff.text", "name", d.Approver, "course", d.Course)),
			note(i18n.T(ctx, "mail.your_turn"), i18n.T(ctx, "mail.not_my_staff.turn")), action(i18n.T(ctx, "mail.not_my_staff.action"), d.URL)},
		Foot: d.foot(ctx, "mail.case.foot")}
}

// Decision tells a decision on its release date (P18.4): a refusal gives its reasons
// and the ways and times of appeal (P18.14).
func Decision(ctx context.Context, d CaseData) Letter {
	kind := d.DecidedFor
	l := Letter{Subject: i18n.T(ctx, "mail."+kind+".subject", "course", d.Course), Preview: i18n.T(ctx, "mail."+kind+".preview"),
		Title: i18n.T(ctx, "mail."+kind+".title"), Foot: d.foot(ctx, "mail.case.foot")}
	l.Parts = []Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail."+kind+".text", "dates", d.when(ctx)))}
	if d.Reason != "" {
		l.Parts = append(l.Parts, text(i18n.T(ctx, "mail.reason_given")), Part{Quote: d.Reason})
	}
	if d.Message != "" {
		l.Parts = append(l.Parts, Part{Quote: d.Message})
	}
	rank := ""
	if kind == "waitlisted" {
		rank = i18n.Number(ctx, d.Rank)
	}
	l.Parts = append(l.Parts, facts(i18n.T(ctx, "mail.fact.course"), d.Course, i18n.T(ctx, "mail.fact.dates"), d.dates(ctx),
		i18n.T(ctx, "mail.fact.rank"), rank, i18n.T(ctx, "mail.fact.decided"), i18n.Date(ctx, d.DecidedOn)))
	switch kind {
	case "refused":
		if d.Appeal != "" {
			l.Parts = append(l.Parts, note(i18n.T(ctx, "mail.appeal"), d.Appeal))
		}
		l.Parts = append(l.Parts, action(i18n.T(ctx, "mail.refused.action"), d.SearchURL))
	case "accepted":
		l.Parts = append(l.Parts, d.place(ctx)...)
	default:
		l.Parts = append(l.Parts, action(i18n.T(ctx, "mail.see"), d.URL), text(i18n.T(ctx, "mail."+kind+".next")))
	}
	return l
}

// place is what to do of a seat given: to confirm it before a date where one is asked
// (P6.2), else nothing but to come.
func (d CaseData) place(ctx context.Context) []Part {
	next := text(i18n.T(ctx, "mail.accepted.next"))
	if d.ConfirmBy.IsZero() {
		return []Part{action(i18n.T(ctx, "mail.see"), d.URL), next}
	}
	return []Part{note(i18n.T(ctx, "mail.your_turn"), i18n.T(ctx, "mail.promotion.turn", "date", i18n.DateLong(ctx, d.ConfirmBy))),
		action(i18n.T(ctx, "mail.promotion.action"), d.URL), next}
}

// Promotion offers a seat that freed itself, to confirm before a date (P18.5).
func Promotion(ctx context.Context, d CaseData) Letter {
	return Letter{Subject: i18n.T(ctx, "mail.promotion.subject", "date", i18n.DayMonth(ctx, d.ConfirmBy)), Preview: d.Course,
		Title: i18n.T(ctx, "mail.promotion.title"),
		Parts: []Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail.promotion.text")),
			facts(i18n.T(ctx, "mail.fact.course"), d.Course, i18n.T(ctx, "mail.fact.dates"), d.dates(ctx)),
			note(i18n.T(ctx, "mail.your_turn"), i18n.T(ctx, "mail.promotion.turn", "date", i18n.DateLong(ctx, d.ConfirmBy))),
			action(i18n.T(ctx, "mail.promotion.action"), d.URL), text(i18n.T(ctx, "mail.promotion.else"))},
		Foot: d.foot(ctx, "mail.case.foot")}
}

// SessionCancelled closes an application with its cause (P18.12).
func SessionCancelled(ctx context.Context, d CaseData) Letter {
	l := Letter{Subject: i18n.T(ctx, "mail.cancelled.subject"), Preview: d.Course, Title: i18n.T(ctx, "mail.cancelled.subject"),
		Foot: d.foot(ctx, "mail.case.foot")}
	l.Parts = []Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail.cancelled.text", "course", d.Course, "dates", d.when(ctx)))}
	if d.Reason != "" {
		l.Parts = append(l.Parts, text(i18n.T(ctx, "mail.cause_given")), Part{Quote: d.Reason})
	}
	l.Parts = append(l.Parts, action(i18n.T(ctx, "mail.refused.action"), d.SearchURL))
	return l
}

// DraftExpiring warns before a claimed draft is erased (P18.1).
func DraftExpiring(ctx context.Context, d CaseData) Letter {
	return Letter{Subject: i18n.T(ctx, "mail.draft.subject", "date", i18n.DayMonth(ctx, d.ExpiresOn)), Preview: d.Course,
		Title: i18n.T(ctx, "mail.draft.title"),
		Parts: []Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail.draft.text", "course", d.Course, "date", i18n.DateLong(ctx, d.ExpiresOn))),
			action(i18n.T(ctx, "mail.draft.action"), d.URL), text(i18n.T(ctx, "mail.draft.else"))},
		Foot: []string{i18n.T(ctx, "mail.draft.foot"), question(ctx, d.Sender)}}
}

// WithdrawalReceipt proves that the person gave up (P6).
func WithdrawalReceipt(ctx context.Context, d CaseData) Letter {
	return Letter{Subject: i18n.T(ctx, "mail.withdrawal.subject", "number", d.Reference), Preview: d.Course, Title: i18n.T(ctx, "mail.withdrawal.title"),
		Parts: []Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail.withdrawal.text")),
			facts(i18n.T(ctx, "mail.fact.number"), d.Reference, i18n.T(ctx, "mail.fact.course"), d.Course, i18n.T(ctx, "mail.fact.dates"), d.dates(ctx)),
			action(i18n.T(ctx, "mail.see"), d.URL)},
		Foot: d.foot(ctx, "mail.withdrawal.foot")}
}

func join(parts ...string) string {
	s := ""
	for _, p := range parts {
		if p == "" {
			continue
		}
		if s != "" {
			s += ", "
		}
		s += p
	}
	return s
}

// ApplicationClosed tells that the service closed an application that waited for a
// line manager who never answered, and why (P18.3).
func ApplicationClosed(ctx context.Context, d CaseData) Letter {
	l := Letter{Subject: i18n.T(ctx, "mail.closed.subject"), Preview: d.Course, Title: i18n.T(ctx, "mail.closed.subject"), Foot: d.foot(ctx, "mail.case.foot")}
	l.Parts = []Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail.closed.text", "course", d.Course))}
	if d.Reason != "" {
		l.Parts = append(l.Parts, text(i18n.T(ctx, "mail.reason_given")), Part{Quote: d.Reason})
	}
	l.Parts = append(l.Parts, action(i18n.T(ctx, "mail.see"), d.URL))
	return l
}
