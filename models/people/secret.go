package people

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// KeepSecret compares the portal's secret key with the one of its last start. With
// another, every sign-in ends and no device is remembered: who held the former one could
// have made them; second factors sealed with it cannot be read any more (Unreadable). It
// tells whether it changed. For the start of the portal.
func KeepSecret(ctx context.Context, tx models.Tx) (changed bool, err error) {
	mark := tx.Keys().MAC("mark", nil)
	var before []byte
	err = tx.PGX.QueryRow(ctx, `SELECT mark FROM portal_secret FOR UPDATE`, models.Prepared).Scan(&before)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		lost, _, err := Unreadable(ctx, tx)
		if err != nil {
			return false, err
		}
		changed = lost > 0
	case err != nil:
		return false, fmt.Errorf("secret key: %w", err)
	default:
		changed = !bytes.Equal(before, mark)
	}
	_, err = tx.PGX.Exec(ctx, `INSERT INTO portal_secret (mark, since) VALUES ($1, $2)
		ON CONFLICT (one) DO UPDATE SET mark = $1, since = $2 WHERE portal_secret.mark <> $1`, models.Prepared, mark, tx.Now)
	if err != nil {
		return false, fmt.Errorf("secret key: %w", err)
	}
	if !changed {
		return false, nil
	}
	if _, err := tx.PGX.Exec(ctx, `UPDATE sign_ins SET ends_at = $1, idle_until = least(idle_until, $1) WHERE ends_at > $1`, models.Prepared, tx.Now); err != nil {
		return true, fmt.Errorf("secret key: %w", err)
	}
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM trusted_devices`, models.Prepared); err != nil {
		return true, fmt.Errorf("secret key: %w", err)
	}
	return true, tx.Record(ctx, models.Portal(), models.Event{Kind: "portal.secret_changed", SubjectKind: "portal", SubjectID: models.SettingID("staff_second_factor")})
}

// Unreadable counts the second factors that were sealed with another secret key, of all
// there are. For the doctor and the start of the portal.
func Unreadable(ctx context.Context, tx models.Tx) (lost, all int, err error) {
	rows, err := tx.PGX.Query(ctx, `SELECT id, kind, secret FROM factors`, models.Prepared)
	if err != nil {
		return 0, 0, fmt.Errorf("unreadable factors: %w", err)
	}
	var id models.ID
	var kind Method
	var secret []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &kind, &secret}, func() error {
		if all++; !readable(tx.Keys(), kind, id, secret) {
			lost++
		}
		return nil
	})
	if err != nil {
		return 0, 0, fmt.Errorf("unreadable factors: %w", err)
	}
	return lost, all, nil
}

// readable reports a factor sealed with the portal's present secret key.
func readable(keys models.Keys, kind Method, id models.ID, sealed []byte) bool {
	_, err := unseal(keys, string(kind), sealed, id[:])
	return err == nil
}

// KeyUnreadable refuses a proof by factors that the portal cannot read any more.
const KeyUnreadable = "account.factor.unreadable"
