package papers

import (
	"context"
	"errors"
	"slices"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/keeping"
	"passerelle/storage"
	"passerelle/storage/clamd"
)

// Why an order of an administrator could not be carried out, keys of the messages.
const (
	TroubleNoCopy = "storage.trouble.no_copy" // the sound copy is gone meanwhile
	TroubleStore  = "storage.trouble.store"   // the store does not answer, or refuses
)

// Mend carries out what was asked about a finding (P17.24) and closes it; what cannot
// be done is said on it. An error is the database's.
func (d *Documents) Mend(ctx context.Context, f keeping.Finding, by models.Actor) error {
	outcome, trouble, err := d.mend(ctx, f, by)
	if err != nil {
		return err
	}
	return d.inTx(ctx, func(ctx context.Context, tx models.Tx) error {
		if trouble != "" {
			return keeping.NotMended(ctx, tx, f, trouble)
		}
		return keeping.Mended(ctx, tx, f, outcome)
	})
}

func (d *Documents) mend(ctx context.Context, f keeping.Finding, by models.Actor) (outcome keeping.Outcome, trouble string, err error) {
	switch f.Asked {
	case keeping.Erase:
		found, err := d.unnamed(ctx, []storage.Object{{Key: f.Object}})
		if err != nil || len(found) == 0 {
			return keeping.Gone, "", err // a row names it now
		}
		if d.Store.Delete(ctx, f.Object) != nil {
			return "", TroubleStore, nil
		}
		return keeping.Erased, "", nil
	case keeping.Lose:
		return d.lose(ctx, f, by)
	}
	return d.restore(ctx, f)
}

// lose gives a file up, unless it is erased or sound after all: nobody is asked for a
// document again because a list was old.
func (d *Documents) lose(ctx context.Context, f keeping.Finding, by models.Actor) (keeping.Outcome, string, error) {
	file, _, err := d.load(ctx, f.File)
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return keeping.Gone, "", nil
	}
	if err != nil {
		return "", "", err
	}
	store, err := d.Current(ctx)
	if err != nil {
		return "", "", err
	}
	switch found, err := d.CheckFile(ctx, store, file, true); {
	case err != nil:
		return "", TroubleStore, nil
	case len(found) == 0:
		return keeping.Gone, "", nil
	}
	var left []dossier.Segment
	err = d.inTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		left, _, err = dossier.Lose(ctx, tx, by, f.File)
		return err
	})
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return keeping.Gone, "", nil
	}
	if err == nil {
		d.Delete(ctx, left)
	}
	return keeping.Lost, "", err
}

// restore puts the sound copy of one store into the place of the damaged one.
func (d *Documents) restore(ctx context.Context, f keeping.Finding) (keeping.Outcome, string, error) {
	file, _, err := d.load(ctx, f.File)
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return keeping.Gone, "", nil
	}
	if err != nil {
		return "", "", err
	}
	at := slices.IndexFunc(file.Segments, func(s dossier.Segment) bool { return s.Key == f.Object })
	if at < 0 {
		return keeping.Gone, "", nil
	}
	segment := file.Segments[at]
	sound, err := d.soundCopy(ctx, segment)
	if err != nil {
		return "", TroubleStore, nil
	}
	if sound == "" {
		return "", TroubleNoCopy, nil
	}
	for name, s := range d.named() {
		if name == sound {
			continue
		}
		kind, _, err := checkSegment(ctx, s, segment, true)
		if err == nil && kind == keeping.Altered {
			err = s.Delete(ctx, segment.Key)
		}
		if err == nil && kind != "" {
			_, err = storage.Move(ctx, d.named()[sound], s, func(yield func(storage.Known, error) bool) {
				yield(storage.Known{Key: segment.Key, Size: segment.Cipher, Sum: segment.Sum}, nil)
			}, nil)
		}
		if err != nil {
			return "", TroubleStore, nil
		}
	}
	return keeping.Restored, "", nil
}

// ErrNoAntivirus: none is configured, so that nothing can be scanned again.
var ErrNoAntivirus = errors.New("papers: no antivirus")

// Rescan asks the antivirus again about a file of the quarantine (P17.24).
func (d *Documents) Rescan(ctx context.Context, file models.ID) error {
	if d.Antivirus == nil {
		return ErrNoAntivirus
	}
	if err := d.enter(ctx, file); err != nil {
		return err
	}
	defer d.leave(file)
	f, k, err := d.load(ctx, file)
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := d.Open(ctx, f, k)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	result, err := d.Antivirus.Scan(ctx, r)
	if err != nil {
		return err
	}
	scan := dossier.ScanInfected
	switch result.Outcome {
	case clamd.Infected:
	case clamd.Clean:
		scan = dossier.ScanClean
	default:
		return nil // too large for it: it stays where it is
	}
	return d.inTx(ctx, func(ctx context.Context, tx models.Tx) error {
		_, err := dossier.Rescanned(ctx, tx, file, scan, result.Signature)
		return err
	})
}
