package mail

import (
	"context"

	"passerelle/views/i18n"
)

// OpinionRequest asks an expert (P9.6). It names no applicant: what may be read is
// behind the link. Who holds the expert's address and why stand in it (RGPD art. 14).
func OpinionRequest(ctx context.Context, d CaseData) Letter {
	return Letter{
		Subject: i18n.T(ctx, "mail.opinion.subject", "number", d.Reference),
		Preview: d.Course,
		Title:   i18n.T(ctx, "mail.opinion.title"),
		Parts: []Part{hello(ctx, d.Expert), text(i18n.T(ctx, "mail.opinion.text", "who", d.AskedBy, "service", d.Sender.Service)), {Quote: d.Message},
			facts(i18n.T(ctx, "mail.fact.course"), d.Course, i18n.T(ctx, "mail.fact.number"), d.Reference,
				i18n.T(ctx, "mail.fact.answer_by"), i18n.DateLong(ctx, d.DueOn)),
			action(i18n.T(ctx, "mail.opinion.action"), d.URL), text(i18n.T(ctx, "mail.opinion.safe"))},
		Foot: []string{i18n.T(ctx, "mail.opinion.why", "who", d.AskedBy, "rights", d.Sender.rights()),
			i18n.T(ctx, "mail.opinion.link", "date", i18n.Date(ctx, d.LinkEnds))},
	}
}

// OpinionGiven tells the officer who asked that the opinion waits on the desk.
func OpinionGiven(ctx context.Context, d CaseData) Letter {
	return Letter{
		Subject: i18n.T(ctx, "mail.opinion_given.subject", "number", d.Reference),
		Preview: d.Course,
		Title:   i18n.T(ctx, "mail.opinion_given.title", "name", d.Expert),
		Parts: []Part{hello(ctx, d.AskedBy), text(i18n.T(ctx, "mail.opinion_given.text", "number", d.Reference, "course", d.Course)),
			action(i18n.T(ctx, "mail.opinion_given.action"), d.URL)},
		Foot: []string{i18n.T(ctx, "mail.opinion_given.why")},
	}
}
