package mail

import (
	"context"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/mailbox"
	"passerelle/views/approvals"
	"passerelle/views/i18n"
	views "passerelle/views/mail"
	"passerelle/views/paths"
)

// caseData puts what a letter about an application tells in the words of its
// view: days of the portal's zone, and the address that it leads to.
func (r Renderer) caseData(ctx context.Context, tx models.Tx, m mailbox.Row) (views.CaseData, error) {
	l, err := application.LetterOf(ctx, tx, m)
	if err != nil {
		return views.CaseData{}, err
	}
	d := r.caseOf(l, tx.Zone())
	d.Pieces, d.Asked, d.AskedFields = pieces(ctx, l), asked(ctx, l), fieldsAsked(ctx, l)
	switch m.Kind {
	case mailbox.ApprovalRequest, mailbox.ApprovalReminder:
		d.AnswerBy, d.Duration = day(l.AnswerBy), approvals.Length(ctx, approvals.DaysOf(l.StartsOn, l.EndsOn))
		err = r.managerLink(ctx, tx, m, &d)
	case mailbox.InformationAsked, mailbox.InformationReminder, mailbox.InformationClosed:
		d.DueOn = day(l.DueOn)
		if m.Kind != mailbox.InformationClosed {
			r.complete(&d, l)
		}
	case mailbox.PieceInfected, mailbox.PieceLost:
		d.URL = r.url(paths.Pieces(l.ID.String()))
	case mailbox.PieceExpiring:
		d.URL, d.DueOn = r.url(paths.MyDocuments()), day(l.DueOn)
	case mailbox.OpinionRequest:
		d.DueOn = day(l.DueOn)
		d.URL, d.LinkEnds, err = r.personalLink(ctx, tx, m, paths.Opinion)
	case mailbox.OpinionGiven:
		d.URL = r.url(paths.DeskApplication(l.ID.String()) + "#avis")
	case mailbox.DraftExpiring:
		d.URL = r.url(paths.Draft(l.ID.String()))
	}
	return d, err
}

// Proof is the letter by which a decision would be told, for the officer who
// rehearses it (P9.4). Nothing is sent.
func (r Renderer) Proof(ctx context.Context, lang string, l application.Letter, zone *time.Location) (context.Context, views.Letter) {
	parsed, _ := i18n.Parse(lang)
	data := r.caseOf(l, zone)
	ctx = data.About(i18n.With(ctx, parsed))
	return ctx, views.Decision(ctx, data)
}

// RequestProof shows the mail that would ask for information, as Proof does (P9.3).
func (r Renderer) RequestProof(ctx context.Context, lang string, l application.Letter, zone *time.Location) (context.Context, views.Letter) {
	parsed, _ := i18n.Parse(lang)
	data := r.caseOf(l, zone)
	ctx = i18n.With(ctx, parsed)
	data.Asked, data.AskedFields = asked(ctx, l), fieldsAsked(ctx, l)
	r.complete(&data, l)
	ctx = data.About(ctx)
	return ctx, views.InformationAsked(ctx, data)
}

// complete says where and until when a request is answered.
func (r Renderer) complete(d *views.CaseData, l application.Letter) {
	d.DueOn, d.URL = day(l.DueOn), r.url(paths.Complement(l.ID.String()))
}

func (r Renderer) caseOf(l application.Letter, zone *time.Location) views.CaseData {
	d := views.CaseData{Sender: r.sender(), SearchURL: r.url(paths.Search("")), URL: r.url(paths.Application(l.ID.String())),
		Admission: l.Kind == application.Admission, Offered: l.Institution, Reference: l.Reference, Applicant: l.Applicant, Course: l.Course, Duration: l.Duration, Place: l.Place,
		From: day(l.StartsOn), To: day(l.EndsOn), ClosesOn: day(l.ClosesOn), DecisionOn: dayOf(l.DecisionOn, time.UTC),
		ExpiresOn: dayOf(l.ExpiresAt, zone), ConfirmBy: dayOf(l.ConfirmBy, time.UTC),
		Approver: l.Approver, Expert: l.Expert, AskedBy: l.AskedBy, Reason: l.Reason, Function: OneLine(l.Function), Employer: OneLine(l.Employer),
		DecidedFor: l.Verdict, Message: l.Message, Rank: l.Rank, Silence: l.Silence, Appeal: l.Appeal}
	if l.SubmittedAt != nil {
		d.SubmittedAt = i18n.Of(l.SubmittedAt.In(zone))
	}
	if l.Verdict != "" {
		d.DecidedOn = day(l.DecidedAt.In(zone))
	}
	return d
}

// managerLink is the line manager's own address, good until the end of the last
// day told. Deadline and length are in the words of the page behind it (P6.1).
func (r Renderer) managerLink(ctx context.Context, tx models.Tx, m mailbox.Row, d *views.CaseData) error {
	var err error
	d.URL, d.LinkEnds, err = r.personalLink(ctx, tx, m, paths.Approval)
	return err
}

// personalLink is the address of a link, with the last whole day on which it opens.
func (r Renderer) personalLink(ctx context.Context, tx models.Tx, m mailbox.Row, path func(string) string) (string, i18n.Day, error) {
	url, until, err := r.link(ctx, tx, m, path)
	return url, day(until.Add(-time.Second).In(tx.Zone())), err
}

// dayOf is the civil date of an instant in a zone; zero for none. Dates stand at
// midnight UTC.
func dayOf(t *time.Time, zone *time.Location) i18n.Day {
	if t == nil {
		return i18n.Day{}
	}
	return day(t.In(zone))
}
