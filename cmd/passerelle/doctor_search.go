package main

import (
	"context"
	"fmt"
	"time"

	"passerelle/cmd/internal/portal"
	"passerelle/models/searching"
)

// meilisearch tells what the doctor knows of the search engine outside the
// database.
func meilisearch(ctx context.Context, base *portal.Base) finding {
	const what = "meilisearch"
	engine := base.Engine()
	if engine == nil {
		return finding{true, what, "not configured: PostgreSQL answers the searches"}
	}
	r, err := engine.Report(ctx)
	switch {
	case err != nil:
		return finding{false, what, err.Error()}
	case !r.Reachable:
		return finding{false, what, "does not answer: PostgreSQL answers the searches; " + r.Problem.Error()}
	case r.Building != nil && r.Building.Error != "":
		return finding{false, what, "its index is not filled: " + r.Building.Error}
	case r.Problem != nil:
		return finding{false, what, r.Problem.Error()}
	case len(r.Refusals) > 0:
		return finding{false, what, fmt.Sprintf("%d documents refused, first %s: %s", r.Lag.Refused, r.Refusals[0].Reference, r.Refusals[0].Reason)}
	}
	documents, err := searching.Count(ctx, base.DB)
	if err != nil {
		return finding{false, what, err.Error()}
	}
	note := fmt.Sprintf("version %s, %d of %d documents", r.Version, r.Indexed, documents)
	if r.Lag.Oldest != nil {
		note += fmt.Sprintf(", %d changes wait, the oldest for %s", r.Lag.Waiting, time.Since(*r.Lag.Oldest).Round(time.Second))
	}
	if r.Check != nil && r.Check.EndedAt != nil && !r.Check.Equal() {
		return finding{false, what, note + "; the last check found differences: passerelle reindex --engine meilisearch"}
	}
	return finding{true, what, note}
}
