package main

import (
	"context"
	"fmt"
	"os"

	"passerelle/cmd/internal/portal"
	"passerelle/models"
	"passerelle/models/procedure"
)

type formCommand struct {
	Publish formPublish `cmd:"" help:"Publish a form's next version from a JSON file; applications keep the version that they began with."`
}

type formPublish struct {
	File string `arg:"" type:"existingfile" help:"Definition of the form."`
}

// Run checks the form and publishes it; a form with defects is refused, each
// defect named.
func (f formPublish) Run(ctx context.Context, c *portal.Config) error {
	content, err := os.ReadFile(f.File)
	if err != nil {
		return err
	}
	definition, err := procedure.DecodeForm(content)
	if err != nil {
		return err
	}
	return withBase(ctx, c, func(base *portal.Base) error {
		return base.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			v, err := procedure.Publish(ctx, tx, models.Operator(), definition)
			if err != nil {
				return explain(err)
			}
			tell(fmt.Sprintf("form %s: version %d published", v.Key, v.Number))
			return nil
		})
	})
}
