package desk

import (
	"context"

	"passerelle/models/application"
	"passerelle/views/i18n"
	"passerelle/views/paths"
)

// progressWords is how far the review of a dossier is, for its line of the list.
func progressWords(ctx context.Context, g application.Progress) string {
	words := i18n.N(ctx, "review.count", g.Documents)
	if g.ToReview > 0 {
		return words + ", " + i18n.N(ctx, "review.todo", g.ToReview)
	}
	if g.Judged == g.Documents {
		return words + ", " + i18n.T(ctx, "review.all_judged")
	}
	if g.Judged > 0 {
		return words + ", " + i18n.N(ctx, "review.settled", g.Judged)
	}
	return words
}

// reviewAddress opens the review of a line and remembers the list.
func (p ListPage) reviewAddress(n int) string {
	return paths.With(paths.DeskReview(p.List.Rows[n].Application.String()), ListPairs(p.Filter, (p.List.Page-1)*p.List.PerPage+n)...)
}

// review is the address of the review desk from the application's page.
func (p DossierPage) review() string { return p.address(paths.DeskReview(p.id())) }

func (p DossierPage) reviewLabel(ctx context.Context) string {
	if p.Papers.ToReview > 0 {
		return i18n.N(ctx, "review.open_desk.todo", p.Papers.ToReview)
	}
	return i18n.T(ctx, "review.open_desk")
}
