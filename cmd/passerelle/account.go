package main

import (
	"context"
	"fmt"
	"strings"

	"passerelle/cmd/internal/portal"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/people"
)

type accountCommand struct {
	Create  accountCreate  `cmd:"" help:"Open an account with a role; the person gets a mail to choose a password."`
	Factor  accountFactor  `cmd:"" name:"remove-factor" help:"Remove the second factor of a person who lost everything, once it is sure who asks."`
	Homonym accountHomonym `cmd:"" help:"Let another person of the same name and birth date open an account, once it is sure that they are two."`
}

type accountFactor struct {
	Email  string `arg:"" help:"Address of the account."`
	Reason string `required:"" help:"How it was checked who asks; kept in the journal."`
}

// Run removes the second factors, recovery codes and remembered devices of a
// person who lost everything, and ends their sign-ins (P1.13). The password stays.
func (a accountFactor) Run(ctx context.Context, c *portal.Config) error {
	return withBase(ctx, c, func(base *portal.Base) error {
		return base.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			account, err := people.FindByEmail(ctx, tx, models.Operator(), a.Email)
			if err != nil {
				return explain(err)
			}
			if err := people.RemoveFactorsByOperator(ctx, tx, models.Operator(), account.ID, a.Reason); err != nil {
				return explain(err)
			}
			tell(fmt.Sprintf("account %s: no second factor any more, every sign-in has ended", account.ID))
			return nil
		})
	})
}

type accountHomonym struct {
	Email  string `arg:"" help:"Address of the account that is there already."`
	Reason string `required:"" help:"How it was checked; kept in the journal."`
}

// Run clears a true homonym (P18.7).
func (a accountHomonym) Run(ctx context.Context, c *portal.Config) error {
	return withBase(ctx, c, func(base *portal.Base) error {
		return base.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			account, err := people.FindByEmail(ctx, tx, models.Operator(), a.Email)
			if err != nil {
				return explain(err)
			}
			if err := people.ClearHomonym(ctx, tx, models.Operator(), account.ID, a.Reason); err != nil {
				return explain(err)
			}
			tell(fmt.Sprintf("account %s: a homonym can open another", account.ID))
			return nil
		})
	})
}

type accountCreate struct {
	Email     string   `arg:"" help:"Address, which is the login."`
	FirstName string   `required:"" help:"First name."`
	LastName  string   `required:"" help:"Birth name."`
	Role      string   `required:"" enum:"officer,admin" help:"officer or admin."`
	Scope     []string `required:"" help:"portal, theme:SLUG, course:REFERENCE, programme:REFERENCE or faculty:CODE; can be repeated."`
	Lang      string   `enum:"fr,en" default:"fr" help:"Language of the mails."`
}

// Run opens the account, or adds the rights to the one of that address.
func (a accountCreate) Run(ctx context.Context, c *portal.Config) error {
	return withBase(ctx, c, func(base *portal.Base) error {
		return base.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			grants, err := a.grants(ctx, base.DB)
			if err != nil {
				return err
			}
			account, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: a.Email, Lang: a.Lang,
				Identity: people.Identity{BirthName: a.LastName, FirstName: a.FirstName}, Grants: grants})
			if err != nil {
				return err
			}
			tell(fmt.Sprintf("account %s: %s over %s", account.ID, a.Role, strings.Join(a.Scope, ", ")))
			return nil
		})
	})
}

func (a accountCreate) grants(ctx context.Context, db *models.DB) ([]models.Grant, error) {
	var grants []models.Grant
	for _, scope := range a.Scope {
		g := models.Grant{Role: models.Role(a.Role)}
		kind, name, _ := strings.Cut(scope, ":")
		switch models.ScopeKind(kind) {
		case models.ScopePortal:
			g.Kind = models.ScopePortal
		case models.ScopeTheme:
			theme, err := catalogue.ThemeBySlug(ctx, db.Pool, name)
			if err != nil {
				return nil, fmt.Errorf("theme %q is not in the catalogue", name)
			}
			g.Kind, g.Scope = models.ScopeTheme, theme.ID
		case models.ScopeCourse:
			page, err := catalogue.CourseByReference(ctx, db.Pool, name, db.Today())
			if err != nil {
				return nil, fmt.Errorf("course %q is not in the catalogue", name)
			}
			g.Kind, g.Scope = models.ScopeCourse, page.ID
		case models.ScopeProgramme:
			programme, err := catalogue.ProgrammeByReference(ctx, db.Pool, name, db.Today())
			if err != nil {
				return nil, fmt.Errorf("programme %q is not in the catalogue", name)
			}
			g.Kind, g.Scope = models.ScopeProgramme, programme.ID
		case models.ScopeFaculty:
			faculty, err := catalogue.FacultyByCode(ctx, db.Pool, name)
			if err != nil {
				return nil, fmt.Errorf("component %q is not in the catalogue", name)
			}
			g.Kind, g.Scope = models.ScopeFaculty, faculty.ID
		default:
			return nil, fmt.Errorf("scope %q: write portal, theme:SLUG, course:REFERENCE, programme:REFERENCE or faculty:CODE", scope)
		}
		grants = append(grants, g)
	}
	return grants, nil
}
