package people

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"passerelle/models"
)

// standInsSQL writes whom account a stands in for at instant $2, with the rights that
// they have themselves now: "account=grants;account=grants".
const standInsSQL = `coalesce((SELECT string_agg(d.from_id || '=' ||
			coalesce((SELECT string_agg(g.role || '/' || g.scope_kind || '/' || g.scope_id, ' ' ORDER BY g.role, g.scope_kind, g.scope_id)
				FROM grants g WHERE g.account_id = d.from_id AND g.role = 'officer'), ''), ';' ORDER BY d.from_id)
			FROM delegations d JOIN accounts f ON f.id = d.from_id AND f.state = 'active'
			WHERE d.to_id = a.id AND d.starts_at <= $2 AND $2 < d.ends_at), '')`

// standInsOf reads them for a job.
func standInsOf(ctx context.Context, tx models.Tx, account models.ID) ([]models.StandIn, error) {
	var absent string
	err := tx.PGX.QueryRow(ctx, `SELECT `+standInsSQL+` FROM accounts a WHERE a.id = $1`, models.Prepared, account, tx.Now).Scan(&absent)
	if err != nil {
		return nil, fmt.Errorf("delegations: %w", err)
	}
	return readStandIns(absent)
}

func readStandIns(s string) ([]models.StandIn, error) {
	var list []models.StandIn
	for one := range strings.SplitSeq(s, ";") {
		if one == "" {
			continue
		}
		account, grants, _ := strings.Cut(one, "=")
		id, err := uuid.Parse(account)
		if err != nil {
			return nil, errors.New("people: a delegation is unreadable")
		}
		rights, err := readGrants(grants)
		if err != nil {
			return nil, err
		}
		list = append(list, models.StandIn{Account: id, Grants: rights})
	}
	return list, nil
}
