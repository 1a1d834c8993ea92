package main

import (
	"context"
	"errors"
	"fmt"

	"passerelle/cmd/internal/portal"
	"passerelle/search"
	"passerelle/search/meili"
)

type reindexCommand struct {
	Engine string `enum:",postgres,meilisearch" default:"" help:"Engine to rebuild: postgres (the documents themselves) or meilisearch (its copy of them); all that are configured when empty."`
}

// Run rebuilds the search documents, then the copy of an engine outside, which
// another replaces once it is whole; searches go on meanwhile.
func (r reindexCommand) Run(ctx context.Context, c *portal.Config) error {
	return withBase(ctx, c, func(base *portal.Base) error {
		engine := base.Engine()
		if r.Engine == "meilisearch" && engine == nil {
			return errors.New("set MEILI_URL: no Meilisearch is configured")
		}
		if r.Engine != "meilisearch" {
			if err := reindexDocuments(ctx, base); err != nil {
				return err
			}
		}
		if r.Engine == "postgres" || engine == nil {
			return nil
		}
		return reindexCopy(ctx, engine)
	})
}

func reindexDocuments(ctx context.Context, base *portal.Base) error {
	index := search.NewPostgres(base.DB)
	if err := index.Rebuild(ctx); err != nil {
		return err
	}
	health, err := index.Health(ctx)
	if err != nil {
		return err
	}
	tell(fmt.Sprintf("%d documents", health.Documents))
	return nil
}

// reindexCopy may be cut at any time: the portal, or this command again, goes
// on where it stopped.
func reindexCopy(ctx context.Context, engine *meili.Engine) error {
	if _, err := engine.Version(ctx); err != nil {
		return err
	}
	said := -1
	err := engine.Renew(ctx, func(filled, total int) {
		if percent := filled * 100 / max(total, 1); percent/10 != said {
			said = percent / 10
			tell(fmt.Sprintf("Meilisearch: %d of %d documents", filled, total))
		}
	})
	if err != nil {
		return err
	}
	health, err := engine.Health(ctx)
	if err != nil {
		return err
	}
	tell(fmt.Sprintf("Meilisearch: %d documents, in service", health.Documents))
	return nil
}
