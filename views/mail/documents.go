package mail

import (
	"context"
	"strings"

	"passerelle/views/i18n"
)

// Piece is one document of a receipt: its name as the portal asks for it, its size
// and its checksum, which proves what was received.
type Piece struct {
	Title  string
	Bytes  int64
	SHA256 string // 64 hexadecimal digits
}

// Asked is one document asked again.
type Asked struct {
	Title string
	Words []string // why
}

// pieces lists what was sent.
func (d CaseData) pieces(ctx context.Context) []Part {
	if len(d.Pieces) == 0 {
		return nil
	}
	pairs := make([]string, 0, 2*len(d.Pieces))
	for _, p := range d.Pieces {
		pairs = append(pairs, p.Title, i18n.T(ctx, "mail.piece", "size", i18n.Bytes(ctx, p.Bytes), "sum", p.SHA256))
	}
	return []Part{text(i18n.T(ctx, "mail.pieces", "count", i18n.Number(ctx, len(d.Pieces)))), facts(pairs...)}
}

// asked lists what is asked again, with the officers' words kept apart from ours.
func (d CaseData) asked(ctx context.Context) []Part {
	parts := []Part{}
	for _, a := range d.Asked {
		parts = append(parts, text(i18n.T(ctx, "mail.asked.piece", "piece", a.Title)))
		for _, w := range a.Words {
			parts = append(parts, Part{Quote: w})
		}
	}
	for _, f := range d.AskedFields {
		parts = append(parts, text(i18n.T(ctx, "mail.asked.field", "question", f)))
	}
	return parts
}

// InformationAsked tells the applicant what the service asks and until when: one mail
// per request (P9.3).
func InformationAsked(ctx context.Context, d CaseData) Letter {
	return d.request(ctx, i18n.T(ctx, "mail.information.subject", "number", d.Reference), i18n.T(ctx, "mail.information.title"))
}

// InformationReminder says it once again before the date (P9.3).
func InformationReminder(ctx context.Context, d CaseData) Letter {
	return d.request(ctx, i18n.T(ctx, "mail.information_reminder.subject", "date", i18n.DayMonth(ctx, d.DueOn)), i18n.T(ctx, "mail.information_reminder.title"))
}

func (d CaseData) request(ctx context.Context, subject, title string) Letter {
	l := Letter{Subject: subject, Preview: i18n.T(ctx, "mail.information.preview", "course", d.Course), Title: title, Foot: d.foot(ctx, "mail.case.foot")}
	l.Parts = []Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail.information.text", "course", d.Course))}
	if d.Message != "" {
		l.Parts = append(l.Parts, Part{Quote: d.Message})
	}
	l.Parts = append(l.Parts, d.asked(ctx)...)
	l.Parts = append(l.Parts, note(i18n.T(ctx, "mail.your_turn"), i18n.T(ctx, "mail.information.turn", "date", i18n.DateLong(ctx, d.DueOn))),
		action(i18n.T(ctx, "mail.information.action"), d.URL), text(i18n.T(ctx, "mail.information.rest")))
	return l
}

// InformationClosed tells that an application was closed for want of an answer (P9.3).
func InformationClosed(ctx context.Context, d CaseData) Letter {
	return Letter{Subject: i18n.T(ctx, "mail.information_closed.subject", "number", d.Reference), Preview: d.Course,
		Title: i18n.T(ctx, "mail.information_closed.title"),
		Parts: []Part{hello(ctx, d.Applicant),
			text(i18n.T(ctx, "mail.information_closed.text", "course", d.Course, "date", i18n.Date(ctx, d.DueOn))),
			action(i18n.T(ctx, "mail.see"), d.URL)},
		Foot: d.foot(ctx, "mail.case.foot")}
}

// CorrectionReceipt proves that an application was sent again, with its pieces and
// their checksums (P9.3, P18.14).
func CorrectionReceipt(ctx context.Context, d CaseData) Letter {
	l := Letter{Subject: i18n.T(ctx, "mail.correction.subject", "number", d.Reference), Preview: d.Course,
		Title: i18n.T(ctx, "mail.correction.title"), Foot: d.foot(ctx, "mail.case.foot")}
	l.Parts = append([]Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail.correction.text"))}, d.changed(ctx)...)
	l.Parts = append(l.Parts,
		facts(i18n.T(ctx, "mail.fact.number"), d.Reference,
			i18n.T(ctx, "mail.fact.received"), i18n.DateTime(ctx, d.SubmittedAt),
			i18n.T(ctx, "mail.fact.service"), join(d.service(), d.Sender.contact())),
		action(i18n.T(ctx, "mail.follow"), d.URL))
	l.Parts = append(l.Parts, d.pieces(ctx)...)
	return l
}

// changed says what was replaced and what was answered again.
func (d CaseData) changed(ctx context.Context) []Part {
	parts := []Part{}
	if titles := make([]string, len(d.Asked)); len(titles) > 0 {
		for i, a := range d.Asked {
			titles[i] = a.Title
		}
		parts = append(parts, text(i18n.T(ctx, "mail.correction.pieces", "pieces", strings.Join(titles, ", "))))
	}
	if len(d.AskedFields) > 0 {
		parts = append(parts, text(i18n.T(ctx, "mail.correction.fields", "questions", strings.Join(d.AskedFields, ", "))))
	}
	return parts
}

// service in charge: the institution of a campaign, else who runs the portal.
func (d CaseData) service() string {
	if d.Offered != "" {
		return d.Offered
	}
	return d.Sender.Service
}

// PieceInfected tells that the antivirus found something in a document after it had
// been received (P7.3).
func PieceInfected(ctx context.Context, d CaseData) Letter {
	title := ""
	if len(d.Asked) > 0 {
		title = d.Asked[0].Title
	}
	return Letter{Subject: i18n.T(ctx, "mail.infected.subject", "number", d.Reference), Preview: d.Course, Title: i18n.T(ctx, "mail.infected.title"),
		Parts: []Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail.infected.text", "piece", title)), text(i18n.T(ctx, "mail.infected.next")),
			action(i18n.T(ctx, "mail.infected.action"), d.URL)},
		Foot: d.foot(ctx, "mail.case.foot")}
}

// PieceLost tells that the portal lost a document that it had received, and asks for
// it again (P14.2).
func PieceLost(ctx context.Context, d CaseData) Letter {
	title := ""
	if len(d.Asked) > 0 {
		title = d.Asked[0].Title
	}
	return Letter{Subject: i18n.T(ctx, "mail.lost.subject", "number", d.Reference), Preview: d.Course, Title: i18n.T(ctx, "mail.lost.title"),
		Parts: []Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail.lost.text", "piece", title)), text(i18n.T(ctx, "mail.lost.next")),
			action(i18n.T(ctx, "mail.lost.action"), d.URL)},
		Foot: d.foot(ctx, "mail.case.foot")}
}

// PieceExpiring tells, before the date, that a document kept will no longer be valid
// (P7.5).
func PieceExpiring(ctx context.Context, d CaseData) Letter {
	title := ""
	if len(d.Asked) > 0 {
		title = d.Asked[0].Title
	}
	return Letter{Subject: i18n.T(ctx, "mail.expiring.subject", "date", i18n.DayMonth(ctx, d.DueOn)), Preview: title, Title: i18n.T(ctx, "mail.expiring.title"),
		Parts: []Part{hello(ctx, d.Applicant), text(i18n.T(ctx, "mail.expiring.text", "piece", title, "date", i18n.Date(ctx, d.DueOn))),
			action(i18n.T(ctx, "mail.expiring.action"), d.URL)},
		Foot: []string{i18n.T(ctx, "mail.expiring.foot"), question(ctx, d.Sender)}}
}
