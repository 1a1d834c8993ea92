package main

import (
	"context"
	"fmt"

	"passerelle/cmd/internal/portal"
	"passerelle/models/verify"
)

type verifyCommand struct{}

// Run checks every invariant and fails when one does not hold.
func (verifyCommand) Run(ctx context.Context, c *portal.Config) error {
	return withBase(ctx, c, func(base *portal.Base) error {
		violations, checked, err := verify.Run(ctx, base.DB)
		if err != nil {
			return err
		}
		for _, v := range violations {
			fmt.Printf("%s: %s\n", v.Name, v.Detail)
		}
		fmt.Printf("%d invariants checked, %d violations\n", checked, len(violations))
		if len(violations) > 0 {
			return fmt.Errorf("%d violations", len(violations))
		}
		return nil
	})
}
