package jobs

import (
	"context"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/keeping"
	"passerelle/models/people"
)

// move copies every file into the other store, sends new ones there, then copies what
// was written meanwhile; asked to, it empties the former store. Readers find every
// object all along, and whatever is copied has been read back (P14.2).
func (t *turn) move(ctx context.Context) error {
	if t.pass.Phase == keeping.Files {
		if err := t.Documents.CheckTarget(ctx, t.pass.Target); err != nil {
			return err
		}
		if err := t.files(ctx, t.moveFile); err != nil {
			return err
		}
		if t.pass.Wrong > 0 && !t.pass.Despite {
			return t.end(ctx, keeping.Failed, "storage.trouble.damaged")
		}
		if err := t.switchOver(ctx); err != nil {
			return err
		}
		if err := t.phase(ctx, keeping.Objects); err != nil {
			return err
		}
	}
	if t.pass.Phase == keeping.Objects {
		if err := t.prefixes(ctx, t.moveRest); err != nil {
			return err
		}
		if !t.pass.Emptying {
			return t.end(ctx, keeping.Done, "")
		}
		if err := t.phase(ctx, keeping.Empty); err != nil {
			return err
		}
	}
	err := t.prefixes(ctx, func(ctx context.Context, prefix string) error {
		_, err := t.Documents.EmptyFormer(ctx, t.pass.Target, prefix)
		return err
	})
	if err != nil {
		return err
	}
	return t.end(ctx, keeping.Done, "")
}

func (t *turn) moveFile(ctx context.Context, f dossier.File, _ bool) error {
	m, err := t.Documents.MoveFile(ctx, t.pass.Target, f)
	if err != nil {
		return err
	}
	t.count(f)
	t.pass.Copied += int64(m.Copied)
	if m.Damaged == 0 {
		return nil
	}
	found, err := t.Documents.CheckFile(ctx, t.store, f, true)
	if err != nil {
		return err
	}
	t.pass.Wrong += int64(len(found))
	return t.keep(ctx, found)
}

func (t *turn) moveRest(ctx context.Context, prefix string) error {
	m, err := t.Documents.MoveRest(ctx, t.pass.Target, prefix)
	t.pass.Copied += int64(m.Copied)
	return err
}

// switchOver makes new documents go to the new store, on behalf of who began the move.
func (t *turn) switchOver(ctx context.Context) error {
	return t.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		by := models.Operator()
		if t.pass.StartedBy != uuid.Nil {
			var err error
			if by, err = people.OnBehalf(ctx, tx, t.pass.StartedBy); err != nil {
				return err
			}
		}
		return keeping.UseStore(ctx, tx, by, t.pass.Target)
	})
}
