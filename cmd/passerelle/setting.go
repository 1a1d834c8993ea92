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
	"setting.unknown":          "there is no such setting: docs/settings.md lists them",
	"setting.not_a_number":     "this setting is a whole number, zero or more",
	"setting.not_a_choice":     "this setting takes one of the words that docs/settings.md lists",
	"account.unknown":          "no account has this address, or it was cleared already",
	"account.factor.none":      "this account has no second factor",
	"account.scope":            "the scope does not go with this role",
	"form.defects":             "the form has defects:",
	"search.under_way":         "one goes on already",
	"search.moved":             "nothing goes on",
	"admin.settings.empty":     "the draft changes nothing",
	"admin.settings.refused":   "refused:",
	"admin.settings.moved":     "somebody changed the draft meanwhile: run this again",
	"admin.rehearsal.stale":    "the draft or the settings in force moved since: run this again",
	"admin.publications.same":  "these settings are in force already",
	"admin.publications.moved": "something was published meanwhile: run this again",
	"page.not_found":           "there is none of this name or number",
	"storage.busy":             "one goes on already: see passerelle storage status",
	"storage.list_changed":     "there are more of them than --most says: nothing was done",
	"storage.moved_on":         "it has moved on meanwhile: see passerelle storage status",
	"storage.nothing_asked":    "there is nothing to do: the list has changed, or it is asked for already",
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
