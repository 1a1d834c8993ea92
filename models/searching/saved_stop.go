package searching

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Stopping is what the link of a mail of alerts can do, for its page.
type Stopping struct {
	Search   *Saved   // the one that the link removes; nil for a whole rhythm
	Searches []string // names of those whose mails the link ends; a profile has none
	Profile  bool     // the alert of a profile is among them
	Rhythm   Rhythm   // of a whole rhythm
	Over     bool     // removed or ended already, or the link is past its time
}

// StopBySearchLink shows what the link of one search would remove, and changes
// nothing: mail scanners follow links. An unknown secret is not found.
func StopBySearchLink(ctx context.Context, tx models.Tx, token string) (Stopping, error) {
	stop, _, _, err := searchOfLink(ctx, tx, seen, token)
	return stop, err
}

func searchOfLink(ctx context.Context, tx models.Tx, how holding, token string) (Stopping, models.Link, models.ID, error) {
	l, err := tx.LinkByToken(ctx, models.LinkStopSearch, token)
	if err != nil {
		return Stopping{}, l, uuid.Nil, err
	}
	s, err := oneSaved(ctx, tx, how, `s.id = $1`, l.Subject)
	switch {
	case models.KindOf(err) == models.KindNotFound, err == nil && !l.Live(tx.Now):
		return Stopping{Over: true}, l, uuid.Nil, nil
	case err != nil:
		return Stopping{}, l, uuid.Nil, err
	}
	return Stopping{Search: &s, Profile: s.Kind == ProfileAlert}, l, s.ID, nil
}

// RemoveByLink removes the search of a link or, with keep, ends its mails
// alone; whoever holds the link may. Done twice is done once.
func RemoveByLink(ctx context.Context, tx models.Tx, token string, keep bool) (Stopping, error) {
	stop, l, id, err := searchOfLink(ctx, tx, held, token)
	if err != nil || stop.Over {
		return stop, err
	}
	by := models.Actor{Kind: models.ActorLink, Link: l.ID}
	if !keep {
		return stop, removeSaved(ctx, tx, by, id)
	}
	if err := setRhythm(ctx, tx, id, Never); err != nil {
		return stop, err
	}
	return stop, recordSaved(ctx, tx, by, "saved_search.silenced", id, Never)
}

// StopByMailLink shows whose mails the link of a whole mail would end; it
// changes nothing.
func StopByMailLink(ctx context.Context, tx models.Tx, token string) (Stopping, error) {
	stop, _, _, err := mailOfLink(ctx, tx, seen, token)
	return stop, err
}

func mailOfLink(ctx context.Context, tx models.Tx, how holding, token string) (stop Stopping, l models.Link, ids []models.ID, err error) {
	if l, err = tx.LinkByToken(ctx, models.LinkStopAlerts, token); err != nil {
		return stop, l, nil, err
	}
	rows, err := tx.PGX.Query(ctx, `SELECT s.id, s.name, s.kind, g.rhythm FROM alert_digests g JOIN saved_searches s ON s.account_id = g.account_id AND s.rhythm = g.rhythm
		WHERE g.id = $1 ORDER BY s.created_at, s.id`+string(how), models.Prepared, l.Subject)
	if err != nil {
		return stop, l, nil, fmt.Errorf("stop alerts: %w", err)
	}
	var id models.ID
	var name string
	var kind SavedKind
	_, err = pgx.ForEachRow(rows, []any{&id, &name, &kind, &stop.Rhythm}, func() error {
		if ids = append(ids, id); kind == ProfileAlert {
			stop.Profile = true
			return nil
		}
		stop.Searches = append(stop.Searches, name)
		return nil
	})
	stop.Over = len(ids) == 0 || !l.Live(tx.Now)
	return stop, l, ids, wrapped("stop alerts", err)
}

// SilenceByLink ends the mails of one rhythm, those of every search of the
// person that has it; the searches stay. Whoever holds the link may: a mail
// program does it at one press (List-Unsubscribe-Post).
func SilenceByLink(ctx context.Context, tx models.Tx, token string) (Stopping, error) {
	stop, l, ids, err := mailOfLink(ctx, tx, held, token)
	if err != nil || stop.Over {
		return stop, err
	}
	by := models.Actor{Kind: models.ActorLink, Link: l.ID}
	for _, id := range ids {
		if err := setRhythm(ctx, tx, id, Never); err != nil {
			return stop, err
		}
		if err := recordSaved(ctx, tx, by, "saved_search.silenced", id, Never); err != nil {
			return stop, err
		}
	}
	return stop, nil
}

// digestsKept is how long what a mail told is remembered for its links.
const digestsKept = 400 * 24 * time.Hour

// ForgetDigests forgets old mails of alerts, and the links of alerts that can act
// no more and that nothing names; what was told once stays told. A periodic
// sweep calls it.
func ForgetDigests(ctx context.Context, db *models.DB) (n int, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		tag, err := tx.PGX.Exec(ctx, `DELETE FROM alert_digests WHERE id IN (SELECT id FROM alert_digests WHERE made_at < $1 LIMIT 1000)`, models.Prepared, tx.Now.Add(-digestsKept))
		if err != nil {
			return err
		}
		n = int(tag.RowsAffected())
		tag, err = tx.PGX.Exec(ctx, `DELETE FROM links WHERE id IN (SELECT l.id FROM links l WHERE l.purpose IN ('stop_search', 'stop_alerts') AND l.expires_at < $1
			AND NOT EXISTS (SELECT FROM alert_digests g WHERE g.link_id = l.id) AND NOT EXISTS (SELECT FROM alert_parts p WHERE p.link_id = l.id)
			AND NOT EXISTS (SELECT FROM saved_searches s WHERE s.link_id = l.id) LIMIT 1000)`, models.Prepared, tx.Now)
		n += int(tag.RowsAffected())
		return err
	})
	return n, wrapped("forget alerts", err)
}

// How long news of a document that is gone, and those beyond the list, are
// remembered: the document may come back.
const (
	goneKept   = 90 * 24 * time.Hour
	beyondKept = digestsKept
)

// forgetFinds takes away news that nothing can show any more; once a day.
func forgetFinds(ctx context.Context, tx models.Tx) error {
	_, err := tx.PGX.Exec(ctx, `DELETE FROM saved_finds WHERE (search_id, object_id) IN (SELECT f.search_id, f.object_id FROM saved_finds f
		WHERE f.found_at < $1 AND NOT EXISTS (SELECT FROM search_documents d WHERE d.object_id = f.object_id) LIMIT 50000)`, models.Prepared, tx.Now.Add(-goneKept))
	if err == nil {
		_, err = tx.PGX.Exec(ctx, `DELETE FROM saved_beyond WHERE found_at < $1`, models.Prepared, tx.Now.Add(-beyondKept))
	}
	return wrapped("forget news", err)
}
