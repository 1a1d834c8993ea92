package catalogues

import (
	"context"
	"strconv"
	"time"

	"passerelle/models/catalogue"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// CampaignWhy says why a campaign cannot be chosen, or until when it can (P3.3,
// P17.15).
func CampaignWhy(ctx context.Context, s catalogue.Session, today time.Time) string {
	switch s.State(today) {
	case catalogue.Open, catalogue.Waiting, catalogue.NotYetOpen:
		return Why(ctx, s, today)
	case catalogue.Closed:
		return i18n.T(ctx, "campaign.closed", "date", i18n.Date(ctx, day(s.ClosesOn)))
	case catalogue.Cancelled:
		return or(s.CancelReason, i18n.T(ctx, "session.reason.cancelled.admission"))
	}
	return i18n.T(ctx, s.State(today).Reason()+".admission")
}

// AcademicYear names the year that a campaign is for: "Rentrée de septembre 2027".
func AcademicYear(ctx context.Context, s catalogue.Session) string {
	d := day(s.StartsOn)
	return i18n.T(ctx, "campaign.year", "month", i18n.Month(ctx, d.M), "year", strconv.Itoa(d.Y))
}

// campaignView is one campaign with what it asks for.
type campaignView struct {
	catalogue.Campaign
	List  dossier.List
	state catalogue.State
}

// facts are the dates and figures of a campaign.
func (c campaignView) facts(ctx context.Context, zone string) []ui.Fact {
	on := func(t time.Time) string { return i18n.DateLong(ctx, day(t)) }
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "campaign.opens"), Value: ui.Sup(on(c.OpensOn))},
		{Term: i18n.T(ctx, "campaign.closes"), Value: ui.Sup(i18n.T(ctx, "campaign.closes.at", on(c.ClosesOn), zone))},
	}
	if c.DecisionOn != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "campaign.commission"), Value: ui.Sup(on(*c.DecisionOn))})
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "campaign.starts"), Value: ui.Sup(on(c.StartsOn))})
	seats := i18n.N(ctx, "programme.seats", c.Capacity)
	if !c.CapacityGiven {
		seats = i18n.T(ctx, "campaign.capacity.assumed", seats)
	}
	return append(facts, ui.Fact{Term: i18n.T(ctx, "campaign.capacity"), Text: seats},
		ui.Fact{Term: i18n.T(ctx, "campaign.modality"), Text: Modality(ctx, c.Modality)})
}

// Asked is one piece as it is announced before one applies (P7.1): what may be
// given, how heavy, who is not concerned.
type Asked struct {
	Title, Hint, Rule, Exempt string
	Required                  bool
	Model                     string // address of the model to download
}

// AskedOf puts what a campaign asks for in words.
func AskedOf(ctx context.Context, l dossier.List) []Asked {
	lang := string(i18n.From(ctx))
	out := make([]Asked, len(l.Specs))
	for i, s := range l.Specs {
		out[i] = Asked{Title: s.Title.In(lang), Hint: s.Hint.In(lang), Rule: rule(ctx, s), Required: s.Required}
		if s.Template != "" {
			out[i].Model = paths.Template(s.Template)
		}
		if s.MayExempt && s.Required {
			out[i].Exempt = s.ExemptFor.In(lang)
		}
	}
	return out
}

// rule is the line of limits: "PDF, JPEG · 5 Mo au plus · 3 fichiers au plus".
func rule(ctx context.Context, s dossier.Spec) string {
	size := i18n.T(ctx, "campaign.piece.size", i18n.Number(ctx, int(s.MaxBytes>>20)))
	files := ""
	switch {
	case len(s.Sides) > 0:
		files = sides(ctx, s.Sides)
	case s.Places() > 1:
		files = i18n.N(ctx, "campaign.piece.files", s.Places())
	}
	return joined(" · ", formats(s.Formats), size, files)
}

func sides(ctx context.Context, names []form.Text) string {
	lang := string(i18n.From(ctx))
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = n.In(lang)
	}
	return joined(", ", out...)
}

// formats writes names of formats as people know them.
func formats(names []string) string {
	known := map[string]string{"pdf": "PDF", "jpg": "JPEG", "png": "PNG", "heic": "HEIC", "docx": "Word", "odt": "OpenDocument"}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = or(known[n], n)
	}
	return joined(", ", out...)
}
