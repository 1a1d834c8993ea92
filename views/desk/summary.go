package desk

import (
	"context"
	"encoding/hex"
	"strings"

	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/i18n"
)

// Summary is a dossier in plain words, for the archive that an officer takes out
// (P9.7): blocks of facts, in the order of the desk.
type Summary struct {
	Title, Subtitle, Foot string
	Blocks                []SummaryBlock
}

// SummaryBlock is a titled list of facts.
type SummaryBlock struct {
	Title string
	Facts [][2]string // term and text
}

// Summarise puts a dossier in words.
func Summarise(ctx context.Context, r application.Review, c Clock) Summary {
	p := DossierPage{Dossier: r.Dossier, Clock: c}
	s := Summary{Title: r.ApplicantName, Subtitle: joined(", ", r.Session.Title, p.session(ctx)),
		Foot: i18n.T(ctx, "desk.archive.foot", r.Reference(), c.when(ctx, c.Now))}
	s.Blocks = append(s.Blocks, SummaryBlock{i18n.T(ctx, "desk.archive.state"), p.summaryState(ctx)})
	for _, b := range p.blocks(ctx) {
		block := SummaryBlock{Title: b.title}
		for _, a := range r.Answers.Answers {
			if title := blockTitle(ctx, a); title == b.title && a.Shown.In(string(i18n.From(ctx))) != "" {
				term := a.Label.In(string(i18n.From(ctx)))
				if a.RowNo > 0 {
					term = rowName(ctx, a, a.RowNo) + ", " + term
				}
				block.Facts = append(block.Facts, [2]string{term, a.Shown.In(string(i18n.From(ctx)))})
			}
		}
		s.Blocks = append(s.Blocks, block)
	}
	pieces := SummaryBlock{Title: i18n.T(ctx, "desk.archive.pieces")}
	for _, q := range r.Requirements {
		pieces.Facts = append(pieces.Facts, summaryPiece(ctx, q)...)
	}
	s.Blocks = append(s.Blocks, pieces)
	decisions := SummaryBlock{Title: i18n.T(ctx, "desk.decisions")}
	for _, d := range r.Decisions {
		decisions.Facts = append(decisions.Facts, [2]string{c.when(ctx, d.RecordedAt),
			joined(", ", verdictWords(ctx, d.Kind, d.Rank), decidedBy(ctx, d), d.Reason, p.told(ctx, d))})
	}
	s.Blocks = append(s.Blocks, decisions)
	return s
}

func (p DossierPage) summaryState(ctx context.Context) [][2]string {
	out := [][2]string{{i18n.T(ctx, "desk.col.state"), StateStatus(ctx, p.DeskState(), application.Verdict(p.Verdict), p.Rank).Label},
		{i18n.T(ctx, "desk.archive.since"), p.Clock.when(ctx, p.Since)}}
	if p.SubmittedAt != nil {
		out = append(out, [2]string{i18n.T(ctx, "desk.export.column.transmise"), p.Clock.when(ctx, *p.SubmittedAt)})
	}
	if p.Email != "" {
		out = append(out, [2]string{i18n.T(ctx, "desk.export.column.courriel"), p.Email})
	}
	return out
}

func summaryPiece(ctx context.Context, q dossier.Requirement) [][2]string {
	title := q.Spec.Title.In(string(i18n.From(ctx)))
	if q.NotApplicable != nil {
		return [][2]string{{title, i18n.T(ctx, "desk.archive.exempt")}}
	}
	out := [][2]string{}
	for _, d := range q.Documents {
		if d.State != dossier.Live {
			continue
		}
		verdict := i18n.T(ctx, "desk.archive.unread")
		if d.Verdict != nil {
			verdict = joined(", ", i18n.T(ctx, "desk.archive.verdict."+string(d.Verdict.Kind)), d.Verdict.ByName, d.Verdict.Reason)
		}
		out = append(out, [2]string{title, strings.Join([]string{d.File.Name, verdict, "SHA-256 " + hex.EncodeToString(d.File.SHA256[:])}, "\n")})
	}
	if len(out) == 0 {
		return [][2]string{{title, i18n.T(ctx, "desk.archive.none")}}
	}
	return out
}
