package accounts

import (
	"context"
	"strings"

	"passerelle/models"
	"passerelle/models/people"
	"passerelle/views/i18n"
	"passerelle/views/ui"
)

// Errors are the messages of a refused form.
type Errors []models.FieldError

// of is the message at a field; the missing rules of a password make one sentence.
func (e Errors) of(ctx context.Context, field string) string {
	rules := []string{}
	for _, f := range e {
		if f.Field != field {
			continue
		}
		if !isRule(f.Key) {
			return i18n.T(ctx, f.Key, f.Args...)
		}
		rules = append(rules, i18n.T(ctx, f.Key))
	}
	if len(rules) == 0 {
		return ""
	}
	return i18n.T(ctx, "account.password.missing", strings.Join(rules, ", "))
}

func isRule(key string) bool {
	for _, r := range people.PasswordRules() {
		if key == "account.password."+string(r) {
			return true
		}
	}
	return false
}

// summary lists each field once, in the order of the page.
func (e Errors) summary(ctx context.Context) ui.ErrorSummary {
	s := ui.ErrorSummary{}
	seen := map[string]bool{}
	for _, f := range e {
		if seen[f.Field] {
			continue
		}
		seen[f.Field] = true
		s.Problems = append(s.Problems, ui.Problem{Message: e.of(ctx, f.Field), Field: f.Field})
	}
	return s
}

// checklist shows the rules of P1.2; password is what was typed, empty at first.
func checklist(ctx context.Context, id, field string) ui.Checklist {
	patterns := map[people.PasswordRule]string{
		people.RuleLength: "^.{8,}$", people.RuleLower: `\p{Ll}`, people.RuleUpper: `\p{Lu}`,
		people.RuleDigit: `\p{Nd}`, people.RuleSign: `[^\p{L}\p{Nd}]`,
	}
	c := ui.Checklist{ID: id, Field: field, Label: i18n.T(ctx, "account.rules")}
	for _, r := range people.PasswordRules() {
		c.Rules = append(c.Rules, ui.Rule{Text: i18n.T(ctx, "account.password."+string(r)), Pattern: patterns[r]})
	}
	return c
}
