package applications

import (
	"context"

	"passerelle/views/i18n"
	"passerelle/views/ui"
)

// ReceiptPage is the receipt of a submission (reçu de dépôt, P18.14).
type ReceiptPage struct {
	ID          string
	Number      string
	Session     Session
	Name        string
	At          i18n.Moment
	Seconds     string // "07"
	Email       string
	Fingerprint string
	Service     string
	Contact     string
	Silence     string
	Approver    string // whose answer is awaited, if any
	Waiting     bool   // nothing is expected of the applicant
	DecisionOn  i18n.Day
	Crossing    ui.Crossing
	Reminder    int // days between two reminders to the line manager
	MailsWait   bool
	Again       bool // sent again after corrections
	Pieces      []SentPiece
}

// SentPiece is one document of the receipt (P18.14).
type SentPiece struct {
	Title string
	Name  string
	Bytes int64
	Sum   string // SHA-256, in hexadecimal
	Href  string
}

// title of the page.
func (p ReceiptPage) title(ctx context.Context) string {
	if p.Again {
		return i18n.T(ctx, "applications.receipt.again")
	}
	return i18n.T(ctx, "applications.receipt.title")
}

// short is the beginning of a fingerprint, enough to compare by eye.
func (s SentPiece) short() string {
	if len(s.Sum) < 16 {
		return s.Sum
	}
	return s.Sum[:4] + " " + s.Sum[4:8] + " " + s.Sum[8:12] + " " + s.Sum[12:16]
}

func (p ReceiptPage) facts(ctx context.Context) []ui.Fact {
	t := func(key string, args ...string) string { return i18n.T(ctx, key, args...) }
	facts := []ui.Fact{
		{Term: t("applications.fact.number"), Value: ui.Rich("**" + p.Number + "**")},
		{Term: t("applications.fact.course"), Text: p.Session.Course},
		{Term: t("applications.fact.session"), Text: p.Session.Dates(ctx)},
		{Term: t("applications.fact.by"), Value: ui.Lines(p.Name)},
		{Term: t("applications.fact.received"), Text: t("applications.fact.received.before", i18n.DateTime(ctx, p.At)+":"+p.Seconds, i18n.Date(ctx, p.Session.ClosesOn))},
		{Term: t("applications.fact.service"), Text: or(p.Service, t("applications.service.unnamed"))},
		{Term: t("applications.fact.contact"), Value: contact(p.Contact)},
		{Term: t("applications.fact.decision"), Text: i18n.Date(ctx, p.DecisionOn)},
		{Term: t("applications.fact.silence"), Text: p.Silence},
		{Term: t("applications.fact.print"), Text: p.Fingerprint},
	}
	kept := facts[:0]
	for _, f := range facts {
		if f.Text != "" || f.Value != nil {
			kept = append(kept, f)
		}
	}
	return kept
}
