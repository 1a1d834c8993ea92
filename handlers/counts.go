package handlers

import (
	"context"

	"passerelle/models"
	"passerelle/models/application"
)

// counts are the figures beside the entries of the navigation (P6.6, P17.14).
type counts struct {
	Applicant int // applications that await the person
	Approver  int // requests that await them as a line manager; -1 for nobody's manager
	Desk      int // applications that await a decision, for an officer
}

// counts reads them in one short transaction.
func (p *Portal) counts(ctx context.Context, by models.Actor) (counts, error) {
	n := counts{Approver: -1}
	err := p.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		if n.Applicant, err = application.Waiting(ctx, tx, by); err != nil {
			return err
		}
		asked, err := application.WasAsked(ctx, tx, by)
		if err != nil {
			return err
		}
		if asked {
			if n.Approver, err = application.ApprovalsWaiting(ctx, tx, by); err != nil {
				return err
			}
		}
		if by.Has(models.RoleOfficer) {
			n.Desk, err = application.DeskWaiting(ctx, tx, by)
		}
		return err
	})
	return n, err
}
