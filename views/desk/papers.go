package desk

import (
	"context"
	"slices"
	"strings"

	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/i18n"
	"passerelle/views/ui"
)

// reviewed is the review desk of the same application, whose words the list of its
// documents borrows.
func (p DossierPage) reviewed() ReviewPage {
	return ReviewPage{Dossier: p.Dossier, Requirements: p.Requirements, Clock: p.Clock, Filter: p.Filter, Place: p.Place, Own: p.Own}
}

// paper is one document asked for, as the application's page lists it (P9.2).
type paper struct {
	title, file, given, href string
	state                    ui.Status
	words                    []string // what was said of it
}

func (p DossierPage) papers(ctx context.Context) []paper {
	r, out := p.reviewed(), []paper{}
	for _, one := range r.pieces() {
		icon, class, words := r.state(ctx, one)
		line := paper{title: one.title(ctx), href: r.address(one.key), state: ui.Status{Icon: icon, Label: words, Plain: true}}
		switch class {
		case "piece--ok":
			line.state.Tone = ui.ToneOK
		case "piece--bad":
			line.state.Tone = ui.ToneBad
		case "piece--turn":
			line.state.Tone = ui.ToneTurn
		}
		if one.doc != nil && one.req.NotApplicable == nil {
			line.file, line.given = one.doc.File.Name, r.versionWords(ctx, *one.doc)
			if v := one.doc.Verdict; v != nil && v.Kind != dossier.Valid {
				line.words = slices.DeleteFunc([]string{v.Reason, v.Message}, func(s string) bool { return s == "" })
			}
		}
		out = append(out, line)
	}
	return out
}

// askedNames names what a request for information asked for, "" when it is not known.
func (p DossierPage) askedNames(ctx context.Context, item application.TimelineItem) string {
	id, _ := item.Data["request"].(string)
	at := slices.IndexFunc(p.Requests, func(r application.InformationRequest) bool { return r.ID.String() == id })
	if item.Kind != "application.request_information" || at < 0 {
		return ""
	}
	names, lang := []string{}, string(i18n.From(ctx))
	for _, q := range p.Requirements {
		if slices.Contains(p.Requests[at].Requirements, q.ID) {
			names = append(names, q.Spec.Title.In(lang))
		}
	}
	for _, a := range p.Answers.Answers {
		if words := term(ctx, a); slices.Contains(p.Requests[at].Fields, AskedAs(a)) {
			if a.Row != "" {
				words = a.Heading.In(lang)
			}
			if !slices.Contains(names, words) {
				names = append(names, words)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return i18n.T(ctx, "desk.papers.asked", strings.Join(names, ", "))
}
