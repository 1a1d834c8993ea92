package portal

import (
	"context"
	"errors"
	"time"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/keeping"
	"passerelle/storage"
)

// passTold is how often a command writes how far it is.
const passTold = time.Second

// OnTheirWay is how old an object without a row is at least when the portal tells it.
const OnTheirWay = time.Hour

// ErrPassEnded: somebody suspended or stopped the work of a command from the console.
var ErrPassEnded = errors.New("suspended or stopped from the console: the portal goes on with it when it is resumed there")

// Passing is the line of a command's work among the passes of the console (P14.2): seen
// there as it goes on, suspended and stopped there, and taken up by the portal when the
// command is killed. A nil one keeps nothing.
type Passing struct {
	db          *models.DB
	pass        keeping.Pass
	began, told time.Time
}

// BeginPassing writes the line; a conflict says that the portal is at it.
func (b *Base) BeginPassing(ctx context.Context, in keeping.NewPass) (*Passing, error) {
	p := &Passing{db: b.DB, began: time.Now(), told: time.Now()}
	err := b.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		p.pass, err = keeping.BeginHere(ctx, tx, models.Operator(), in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// file counts a file that was looked at, and keeps what is wrong with it.
func (p *Passing) file(ctx context.Context, f dossier.File, found []keeping.Found) error {
	if p == nil {
		return nil
	}
	for _, s := range f.Segments {
		p.pass.Objects++
		p.pass.Bytes += s.Cipher
	}
	p.pass.Wrong += int64(len(found))
	p.pass.Place = f.ID.String()
	if err := p.keep(ctx, found); err != nil {
		return err
	}
	return p.tell(ctx, false)
}

// objects begins the other half of a check: what no row names.
func (p *Passing) objects(ctx context.Context) error {
	if p == nil {
		return nil
	}
	p.pass.Phase, p.pass.Place = keeping.Objects, ""
	return p.tell(ctx, true)
}

// orphan keeps an object that no row names, or that it was deleted.
func (p *Passing) orphan(ctx context.Context, o storage.Object, deleted bool) error {
	if p == nil {
		return nil
	}
	if deleted {
		return p.db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return keeping.Cleared(ctx, tx, o.Key) })
	}
	p.pass.Orphans++
	return p.keep(ctx, []keeping.Found{{Kind: keeping.Orphan, Object: o.Key, Bytes: o.Size}})
}

// Moved tells how far a move is.
func (p *Passing) Moved(ctx context.Context, m storage.Moved) error {
	if p == nil {
		return nil
	}
	p.pass.Objects, p.pass.Copied, p.pass.Bytes = int64(m.Objects), int64(m.Copied), m.Bytes
	return p.tell(ctx, false)
}

func (p *Passing) keep(ctx context.Context, found []keeping.Found) error {
	if len(found) == 0 {
		return nil
	}
	return p.db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return keeping.Keep(ctx, tx, p.pass.ID, found) })
}

func (p *Passing) tell(ctx context.Context, now bool) error {
	if !now && time.Since(p.told) < passTold {
		return nil
	}
	p.told = time.Now()
	p.pass.Worked = time.Since(p.began)
	ours := false
	err := p.db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		ours, err = keeping.Save(ctx, tx, p.pass)
		return err
	})
	if err == nil && !ours {
		return ErrPassEnded
	}
	return err
}

// End closes the line by how the work ended; seen are the kinds of findings that a check
// would have met wherever they are.
func (p *Passing) End(ctx context.Context, how error, seen ...keeping.FindingKind) error {
	if p == nil || errors.Is(how, ErrPassEnded) {
		return how
	}
	p.pass.Worked = time.Since(p.began)
	state := keeping.Done
	switch {
	case how == nil:
	case errors.Is(how, storage.ErrFull):
		state, p.pass.Trouble = keeping.Failed, "storage.trouble.full"
	case errors.Is(how, storage.ErrCorrupt):
		state, p.pass.Trouble = keeping.Failed, "storage.trouble.damaged"
	case ctx.Err() != nil:
		state = keeping.Stopped
	default:
		state, p.pass.Trouble = keeping.Failed, "storage.trouble.fault"
	}
	err := p.db.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx models.Tx) error {
		return keeping.EndHere(ctx, tx, models.Operator(), p.pass, state, seen)
	})
	return errors.Join(how, err)
}
