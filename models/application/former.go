package application

import (
	"context"

	"passerelle/models"
	"passerelle/models/form"
)

// AnswerAt names an answer within a transmission: its question and, in a repeated
// block, its row.
type AnswerAt struct{ Field, Row string }

// At names the answer.
func At(a form.Answer) AnswerAt { return AnswerAt{a.Field, a.Row} }

// Former is what the latest correction (P9.3) changed, beside the transmission before it.
type Former struct {
	Before  map[AnswerAt]form.Answer // of each answer that differs; zero when it had none
	Removed []form.Answer            // said before and no more, in order
}

// readFormer compares the answers in force with those transmitted before them; nothing
// when nothing was ever corrected.
func (d *Dossier) readFormer(ctx context.Context, tx models.Tx) error {
	before, err := submission(ctx, tx, `
		SELECT sent_at, answers, documents, true FROM corrections WHERE application_id = $1
		UNION ALL SELECT submitted_at, answers, documents, false FROM submissions WHERE application_id = $1
		ORDER BY 4 DESC, 1 DESC OFFSET 1 LIMIT 1`, d.ID)
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return nil
	}
	d.Former = formerOf(before.Snapshot, d.Answers)
	return err
}

func formerOf(before, now form.Snapshot) Former {
	old, here := map[AnswerAt]form.Answer{}, map[AnswerAt]bool{}
	for _, a := range before.Answers {
		old[At(a)] = a
	}
	f := Former{Before: map[AnswerAt]form.Answer{}}
	for _, a := range now.Answers {
		here[At(a)] = true
		if b := old[At(a)]; a.Kind != form.KindDocument && a.Kind != form.KindAck && a.Shown != b.Shown && !sameValues(a, b) {
			f.Before[At(a)] = b
		}
	}
	for _, a := range before.Answers {
		if !here[At(a)] && a.Kind != form.KindDocument && a.Kind != form.KindAck && !a.Shown.Empty() {
			f.Removed = append(f.Removed, a)
		}
	}
	return f
}
