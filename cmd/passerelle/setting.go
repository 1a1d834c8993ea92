package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"passerelle/cmd/internal/portal"
	"passerelle/models"
)

type settingCommand struct {
	Set settingSet `cmd:"" help:"Change a setting."`
}

type settingSet struct {
	Key   string `arg:"" help:"Key of docs/settings.md."`
	Value string `arg:"" help:"New value."`
}

// Run changes one setting and journals it.
func (s settingSet) Run(ctx context.Context, c *portal.Config) error {
	return withBase(ctx, c, func(base *portal.Base) error {
		return base.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			if err := models.SetSetting(ctx, tx, models.Operator(), s.Key, s.Value); err != nil {
				return explain(err)
			}
			tell(s.Key + " = " + s.Value)
			return nil
		})
	})
}

// explain writes a refusal of the domain for a terminal.
func explain(err error) error {
	var refusal *models.Error
	if !errors.As(err, &refusal) || refusal.Err != nil {
		return err
	}
	lines := []string{refusal.Key}
	for _, f := range refusal.Fields {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("  %s: %s %s", f.Field, f.Key, strings.Join(f.Args, " "))))
	}
	return errors.New(strings.Join(lines, "\n"))
}
