package searching

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/mailbox"
)

// linksLast is how long the links of an alert can act; one lasts this much at
// least whenever a mail carries it.
const linksLast = 365 * 24 * time.Hour

// Bound is the instant up to which news of a rhythm are due at another: now,
// or the last time that the clock of the portal's zone showed the hour, on any
// day or on one of the week (1 Monday to 7 Sunday).
func Bound(r Rhythm, now time.Time, zone *time.Location, hour, weekday int) time.Time {
	if r == Instantly {
		return now
	}
	local := now.In(zone)
	at := func(days int) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day()-days, min(max(hour, 0), 23), 0, 0, 0, zone)
	}
	days := 0
	if r == Weekly {
		days = (int(local.Weekday()) - weekday%7 + 7) % 7
	}
	if at(days).After(now) {
		days++
		if r == Weekly {
			days += 6
		}
	}
	return at(days)
}

// MailNews queues the mails of alerts that are due: one per person and rhythm,
// that groups what is new of all their searches of it; never an empty one, no
// document twice for one search. It tells how many, and stops at until; the
// rest is for the next time. Called by the job of alerts.
func MailNews(ctx context.Context, db *models.DB, until time.Time) (int, error) {
	total := 0
	for _, r := range []Rhythm{Instantly, Daily, Weekly} {
		accounts, bound, err := due(ctx, db, r)
		if err != nil {
			return total, fmt.Errorf("alerts due: %w", err)
		}
		for _, account := range accounts {
			if time.Now().After(until) {
				return total, nil
			}
			sent := false
			err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
				sent, err = mailNews(ctx, tx, account, r, bound)
				return err
			})
			if err != nil {
				return total, fmt.Errorf("alert: %w", err)
			}
			if sent {
				total++
			}
		}
	}
	return total, nil
}

// due lists whose news of a rhythm are due, and up to when.
func due(ctx context.Context, db *models.DB, r Rhythm) (accounts []models.ID, bound time.Time, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		hour, err := tx.SettingInt(ctx, "alert_hour")
		if err != nil {
			return err
		}
		weekday, err := tx.SettingInt(ctx, "alert_weekday")
		if err != nil {
			return err
		}
		bound = Bound(r, tx.Now, tx.Zone(), hour, weekday)
		rows, err := tx.PGX.Query(ctx, `SELECT DISTINCT s.account_id FROM saved_finds f JOIN saved_searches s ON s.id = f.search_id
			JOIN accounts a ON a.id = s.account_id AND a.state = 'active'
			WHERE f.mail AND f.told_at IS NULL AND f.found_at <= $2 AND s.rhythm = $1`, models.Prepared, string(r), bound)
		if err != nil {
			return err
		}
		accounts, err = pgx.CollectRows(rows, pgx.RowTo[models.ID])
		return err
	})
	return accounts, bound, err
}

// mailNews makes one mail, in one transaction with what it tells.
func mailNews(ctx context.Context, tx models.Tx, account models.ID, r Rhythm, bound time.Time) (bool, error) {
	var email, lang string
	err := tx.PGX.QueryRow(ctx, `SELECT email, lang FROM accounts WHERE id = $1 AND state = 'active' FOR SHARE`, models.Prepared, account).Scan(&email, &lang)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	searches, err := newsworthy(ctx, tx, account, r, bound)
	if err != nil || len(searches) == 0 {
		return false, err
	}
	digest := tx.NewID()
	stop, err := tx.CreateLink(ctx, models.LinkStopAlerts, digest, email, linksLast)
	if err != nil {
		return false, err
	}
	if _, err := tx.PGX.Exec(ctx, `INSERT INTO alert_digests (id, account_id, rhythm, made_at, link_id) VALUES ($1, $2, $3, $4, $5)`, models.Prepared, digest, account, string(r), tx.Now, stop.ID); err != nil {
		return false, err
	}
	for _, id := range searches {
		if err := addPart(ctx, tx, digest, id, email, bound); err != nil {
			return false, err
		}
	}
	return true, mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.Alert, Recipient: email, Lang: lang, SubjectKind: mailbox.OfAlert, SubjectID: digest,
		LinkID: stop.ID, OnceKey: "alert/" + digest.String()})
}

// newsworthy locks the person's searches that have something to tell. News
// whose document is gone meanwhile have nothing to say any more.
func newsworthy(ctx context.Context, tx models.Tx, account models.ID, r Rhythm, bound time.Time) ([]models.ID, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT id FROM saved_searches WHERE account_id = $1 AND rhythm = $2 ORDER BY created_at, id FOR UPDATE`, models.Prepared, account, string(r))
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
	if err != nil {
		return nil, err
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE saved_finds f SET mail = false WHERE f.search_id = ANY ($1) AND f.mail AND f.told_at IS NULL AND f.found_at <= $2
		AND NOT EXISTS (SELECT FROM search_documents d WHERE d.object_id = f.object_id)`, models.Prepared, all, bound)
	if err != nil {
		return nil, err
	}
	rows, err = tx.PGX.Query(ctx, `SELECT s.id FROM saved_searches s WHERE s.id = ANY ($1)
		AND EXISTS (SELECT FROM saved_finds f WHERE f.search_id = s.id AND f.mail AND f.told_at IS NULL AND f.found_at <= $2) ORDER BY s.created_at, s.id`, models.Prepared, all, bound)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[models.ID])
}

// addPart puts the news of one search into a mail, with the link that removes
// the search.
func addPart(ctx context.Context, tx models.Tx, digest, search models.ID, email string, bound time.Time) error {
	link, err := stopLink(ctx, tx, search, email)
	if err != nil {
		return err
	}
	_, err = tx.PGX.Exec(ctx, `WITH told AS (UPDATE saved_finds SET told_at = $4, digest_id = $1 WHERE search_id = $2 AND mail AND told_at IS NULL AND found_at <= $5),
			beyond AS (UPDATE saved_beyond SET told_at = $4 WHERE search_id = $2 AND mail AND told_at IS NULL AND found_at <= $5 RETURNING n)
		INSERT INTO alert_parts (digest_id, search_id, link_id, beyond) SELECT $1, id, $3, coalesce((SELECT sum(n) FROM beyond), 0) FROM saved_searches WHERE id = $2`, models.Prepared,
		digest, search, link, tx.Now, bound)
	return err
}

// stopLink is the link that removes a search, the same in all its mails while it
// lasts and goes to the same address.
func stopLink(ctx context.Context, tx models.Tx, search models.ID, email string) (models.ID, error) {
	var id models.ID
	err := tx.PGX.QueryRow(ctx, `SELECT l.id FROM saved_searches s JOIN links l ON l.id = s.link_id
		WHERE s.id = $1 AND l.email = $2 AND l.revoked_at IS NULL AND l.expires_at > $3`, models.Prepared, search, email, tx.Now.Add(linksLast)).Scan(&id)
	if !errors.Is(err, pgx.ErrNoRows) {
		return id, err
	}
	l, err := tx.CreateLink(ctx, models.LinkStopSearch, search, email, 2*linksLast)
	if err != nil {
		return id, err
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE saved_searches SET link_id = $2 WHERE id = $1`, models.Prepared, search, l.ID)
	return l.ID, err
}

// AlertLetter is what a mail of alerts tells.
type AlertLetter struct {
	Name   string // of the person
	Rhythm Rhythm
	Stop   models.Link // ends the mails of this rhythm
	Parts  []AlertPart
}

// AlertPart is what one search found.
type AlertPart struct {
	Saved
	Link   models.Link // removes the search
	Finds  []NewsItem  // the first ones
	Beyond int         // how many more
}

// mostTold is how many news of one search a mail lists.
const mostTold = 10

// LetterOfAlert reads what one mail tells, without searches removed and
// documents gone meanwhile. Not found when nothing is left. For the job that
// sends it alone.
func LetterOfAlert(ctx context.Context, tx models.Tx, digest models.ID) (AlertLetter, error) {
	var l AlertLetter
	var stop models.ID
	err := tx.PGX.QueryRow(ctx, `SELECT g.rhythm, g.link_id, p.first_name || ' ' || coalesce(nullif(p.usual_name, ''), p.birth_name) FROM alert_digests g
		JOIN accounts a ON a.id = g.account_id JOIN people p ON p.id = a.person_id WHERE g.id = $1`, models.Prepared, digest).Scan(&l.Rhythm, &stop, &l.Name)
	if errors.Is(err, pgx.ErrNoRows) {
		return l, models.NotFound("alert.gone")
	}
	if err != nil {
		return l, fmt.Errorf("alert: %w", err)
	}
	if l.Stop, err = tx.LinkByID(ctx, stop); err != nil {
		return l, err
	}
	if l.Parts, err = partsOf(ctx, tx, digest); err != nil {
		return l, err
	}
	if len(l.Parts) == 0 {
		return l, models.NotFound("alert.gone")
	}
	return l, nil
}

func partsOf(ctx context.Context, tx models.Tx, digest models.ID) ([]AlertPart, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT p.search_id, p.link_id, p.beyond FROM alert_parts p JOIN saved_searches s ON s.id = p.search_id
		WHERE p.digest_id = $1 ORDER BY s.created_at, s.id`, models.Prepared, digest)
	if err != nil {
		return nil, fmt.Errorf("alert: %w", err)
	}
	type line struct {
		Search, Link models.ID
		Beyond       int
	}
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[line])
	if err != nil {
		return nil, fmt.Errorf("alert: %w", err)
	}
	parts := []AlertPart{}
	for _, one := range lines {
		part := AlertPart{}
		if part.Saved, err = oneSaved(ctx, tx, seen, `s.id = $1`, one.Search); err != nil {
			return nil, err
		}
		if part.Link, err = tx.LinkByID(ctx, one.Link); err != nil {
			return nil, err
		}
		rows, err := tx.PGX.Query(ctx, foundSQL+`WHERE f.digest_id = $1 AND f.search_id = $2 ORDER BY f.found_at DESC, d.title, d.no`, models.Prepared, digest, one.Search)
		if err != nil {
			return nil, fmt.Errorf("alert: %w", err)
		}
		if part.Finds, err = pgx.CollectRows(rows, pgx.RowToStructByPos[NewsItem]); err != nil {
			return nil, fmt.Errorf("alert: %w", err)
		}
		if len(part.Finds) == 0 {
			continue
		}
		part.Beyond = one.Beyond + max(len(part.Finds)-mostTold, 0)
		part.Finds = part.Finds[:min(len(part.Finds), mostTold)]
		parts = append(parts, part)
	}
	return parts, nil
}
