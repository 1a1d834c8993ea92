package main

import (
	"cmp"
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

// refusals are the words of what the command line alone can meet.
var refusals = map[string]string{
	"setting.unknown":      "there is no such setting: docs/settings.md lists them",
	"setting.not_a_number": "this setting is a whole number, zero or more",
	"account.unknown":      "no account has this address, or it was cleared already",
	"account.scope":        "the scope does not go with this role",
	"form.defects":         "the form has defects:",
}

// explain writes a refusal of the domain for a terminal.
func explain(err error) error {
	var refusal *models.Error
	if !errors.As(err, &refusal) || refusal.Err != nil {
		return err
	}
	lines := []string{cmp.Or(refusals[refusal.Key], refusal.Key)}
	for _, f := range refusal.Fields {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("  %s: %s %s", f.Field, f.Key, strings.Join(f.Args, " "))))
	}
	return errors.New(strings.Join(lines, "\n"))
}
