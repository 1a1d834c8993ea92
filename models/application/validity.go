package application

import (
	"context"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/mailbox"
)

// WarnExpiring tells people, document_notice_days before, that a document they keep
// will no longer be valid (« Mes documents », P7.5), when they know that it was; once
// per content and date, whatever the number of dossiers that hold it. For the portal's clock.
func WarnExpiring(ctx context.Context, db *models.DB) (int, error) {
	notice, err := settingDays(ctx, db, "document_notice_days")
	if err != nil {
		return 0, err
	}
	return sweepBy(ctx, db, models.Date(db.Clock.Now().Add(notice), db.Zone), `
		SELECT min(d.id::text)::uuid FROM verdicts v JOIN documents d ON d.id = v.document_id AND d.state = 'live'
		JOIN applications a ON a.id = d.application_id JOIN accounts ac ON ac.id = a.account_id AND ac.state = 'active'
		CROSS JOIN LATERAL (SELECT `+toldColumns+`) told ("all", until)
		WHERE v.superseded_at IS NULL AND v.kind = 'valid' AND (told."all" OR v.given_at <= told.until) AND v.valid_until <= $1 AND v.valid_until >= $1::date - `+longestNotice+`
			AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.once_key = 'piece_expiring/' || d.file_id || '/' || v.valid_until)
		GROUP BY d.file_id, v.valid_until ORDER BY v.valid_until LIMIT $2`, warnExpiring)
}

// longestNotice bounds the sweep, in days: what ended before was told or came too late.
const longestNotice = "31"

func warnExpiring(ctx context.Context, tx models.Tx, document models.ID) (bool, error) {
	d, err := dossier.ByID(ctx, tx, document)
	if err != nil {
		return false, err
	}
	a, err := Load(ctx, tx, models.Portal(), d.Application)
	if err != nil || d.Verdict == nil || d.Verdict.ValidUntil == nil || d.Verdict.ValidUntil.Before(tx.Today()) || a.Account == uuid.Nil {
		return false, err
	}
	to, err := applicant(ctx, tx, a)
	if err != nil {
		return false, err
	}
	return true, mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.PieceExpiring, Recipient: to.email, Lang: to.lang,
		SubjectKind: mailbox.OfDocument, SubjectID: d.ID, OnceKey: "piece_expiring/" + d.File.ID.String() + "/" + d.Verdict.ValidUntil.Format(time.DateOnly)})
}
