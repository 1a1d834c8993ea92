package people

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"time"

	"passerelle/models"
)

// Limits of the public verbs (P1.6, P1.13, P18.9). Windows are fixed, counted
// in the portal's clock; keys are hashed, so that the table names nobody.
const (
	mailsPerDay        = 3  // activation mails sent again to one address
	resetsPerHour      = 3  // reset mails to one address
	formsPerHour       = 60 // sign-up and forgotten-password forms of one network, computed check
	plainFormsPerHour  = 10 // the same without computed check (P18.9)
	freeFailures       = 5  // failed sign-ins before the first delay
	firstDelay         = 4 * time.Second
	longestDelay       = time.Hour
	failuresPerNetwork = 100 // failed sign-ins of one network in a quarter of an hour
)

// counter is one thing counted over a window.
type counter struct {
	what   string
	whom   string
	window time.Duration
	most   int
}

func (c counter) key(keys models.Keys) string {
	return c.what + "/" + hex.EncodeToString(keys.MAC("counter", []byte(c.what+"/"+c.whom))[:16])
}

// hit counts one more and reports how long to wait once above the most.
func hit(ctx context.Context, tx models.Tx, c counter) (time.Duration, error) {
	starts := tx.Now.Truncate(c.window)
	var hits int
	err := tx.PGX.QueryRow(ctx, `
		INSERT INTO counters (key, starts_at, hits) VALUES ($1, $2, 1)
		ON CONFLICT (key, starts_at) DO UPDATE SET hits = counters.hits + 1 RETURNING hits`, models.Prepared,
		c.key(tx.Keys()), starts).Scan(&hits)
	if err != nil {
		return 0, fmt.Errorf("count: %w", err)
	}
	if hits > c.most {
		return starts.Add(c.window).Sub(tx.Now), nil
	}
	return 0, nil
}

// Network groups the addresses of one subscriber: a /64 of IPv6, one address
// of IPv4; the machine itself has none, so that a proxy set up wrongly, or a
// demonstration, locks nobody out.
func Network(address string) string {
	ip := net.ParseIP(address)
	if ip == nil || ip.IsLoopback() {
		return ""
	}
	if ip.To4() != nil {
		return ip.String()
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}

// limitForm counts a public form from a network; fewer are taken from those
// who did not solve the computed check (P18.9).
func limitForm(ctx context.Context, tx models.Tx, address string, computed bool) error {
	network := Network(address)
	if network == "" {
		return nil
	}
	c := counter{what: "form", whom: network, window: time.Hour, most: formsPerHour}
	if !computed {
		c.what, c.most = "plain-form", plainFormsPerHour
	}
	wait, err := hit(ctx, tx, c)
	if err != nil {
		return err
	}
	if wait > 0 {
		return models.Limited("account.too_many_forms", seconds(wait))
	}
	return nil
}

func seconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }

// throttle is the failed sign-ins of one account from unknown devices, from
// one known device, or from one network (P1.13).
type throttle struct{ account, network string }

// waiting tells how long sign-in is refused; zero lets it be tried.
func (t throttle) waiting(ctx context.Context, tx models.Tx) (time.Duration, error) {
	var until *time.Time
	err := tx.PGX.QueryRow(ctx, `SELECT max(starts_at) FROM counters WHERE key = $1`, models.Prepared,
		t.accountKey(tx, "wait")).Scan(&until)
	if err != nil {
		return 0, fmt.Errorf("throttle: %w", err)
	}
	if until != nil && until.After(tx.Now) {
		return until.Sub(tx.Now), nil
	}
	if t.network == "" {
		return 0, nil
	}
	c := t.networkCounter()
	starts := tx.Now.Truncate(c.window)
	var hits int
	err = tx.PGX.QueryRow(ctx, `SELECT coalesce(sum(hits), 0) FROM counters WHERE key = $1 AND starts_at = $2`, models.Prepared,
		c.key(tx.Keys()), starts).Scan(&hits)
	if err != nil {
		return 0, fmt.Errorf("throttle: %w", err)
	}
	if hits >= c.most {
		return starts.Add(c.window).Sub(tx.Now), nil
	}
	return 0, nil
}

func (t throttle) accountKey(tx models.Tx, what string) string {
	return counter{what: "sign-in-" + what, whom: t.account}.key(tx.Keys())
}

func (t throttle) networkCounter() counter {
	return counter{what: "sign-in-network", whom: t.network, window: 15 * time.Minute, most: failuresPerNetwork}
}

// failed counts a failure and sets the next delay: none for the first five of
// a day, then 4 s, 16 s, 64 s… up to an hour.
func (t throttle) failed(ctx context.Context, tx models.Tx) error {
	if t.network != "" {
		if _, err := hit(ctx, tx, t.networkCounter()); err != nil {
			return err
		}
	}
	var hits int
	err := tx.PGX.QueryRow(ctx, `
		INSERT INTO counters (key, starts_at, hits) VALUES ($1, $2, 1)
		ON CONFLICT (key, starts_at) DO UPDATE SET hits = counters.hits + 1 RETURNING hits`, models.Prepared,
		t.accountKey(tx, "failed"), tx.Now.Truncate(24*time.Hour)).Scan(&hits)
	if err != nil {
		return fmt.Errorf("throttle: %w", err)
	}
	delay := delayAfter(hits)
	if delay == 0 {
		return nil
	}
	wait := t.accountKey(tx, "wait")
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM counters WHERE key = $1`, models.Prepared, wait); err != nil {
		return fmt.Errorf("throttle: %w", err)
	}
	if _, err := tx.PGX.Exec(ctx, `INSERT INTO counters (key, starts_at, hits) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING`, models.Prepared,
		wait, tx.Now.Add(delay)); err != nil {
		return fmt.Errorf("throttle: %w", err)
	}
	return nil
}

func delayAfter(failures int) time.Duration {
	if failures < freeFailures {
		return 0
	}
	delay := firstDelay
	for range failures - freeFailures {
		if delay *= 4; delay >= longestDelay {
			return longestDelay
		}
	}
	return delay
}

// clear forgets the failures of an account once its owner is in.
func (t throttle) clear(ctx context.Context, tx models.Tx) error {
	_, err := tx.PGX.Exec(ctx, `DELETE FROM counters WHERE key = ANY($1)`, models.Prepared,
		[]string{t.accountKey(tx, "failed"), t.accountKey(tx, "wait")})
	if err != nil {
		return fmt.Errorf("throttle: %w", err)
	}
	return nil
}
