package main

import (
	"context"
	"fmt"

	"passerelle/cmd/internal/portal"
	"passerelle/search"
)

type reindexCommand struct {
	Engine string `enum:"postgres" default:"postgres" help:"Engine to rebuild."`
}

// Run rebuilds the search documents; searches go on meanwhile.
func (reindexCommand) Run(ctx context.Context, c *portal.Config) error {
	return withBase(ctx, c, func(base *portal.Base) error {
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
	})
}
