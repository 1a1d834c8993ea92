package papers

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/storage"
	"passerelle/storage/clamd"
)

// What a sweep takes at once, and its times.
const (
	sweepBatch    = 100
	sweepIn       = 20 * time.Second
	waitingAfter  = time.Minute      // a file's own job comes first
	givenUpAfter  = 10 * time.Minute // then it is refused rather than left
	orphanAge     = 24 * time.Hour   // an object may wait that long for its row
	orphanEvery   = time.Hour
	orphanBatch   = 500
	orphanSpared  = 10_000 // deletions of one sweep
	orphanLasting = 10 * time.Minute
)

// Sweep clears what nothing waits for any more and takes up what was left: uploads
// whose time has run out, files of erased dossiers, files that no job came back to.
// For the portal's clock; twice is once. It tells how many things it did.
func (d *Documents) Sweep(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, sweepIn)
	defer cancel()
	total := 0
	var failures error
	for _, sweep := range []func(context.Context) (int, error){d.sweepUploads, d.sweepFiles, d.sweepWaiting, d.sweepUnscanned} {
		n, err := sweep(ctx)
		total += n
		failures = errors.Join(failures, err)
	}
	return total, failures
}

// sweepUploads forgets expired uploads (P7.2).
func (d *Documents) sweepUploads(ctx context.Context) (int, error) {
	return d.clear(ctx, dossier.ExpiredUploads)
}

// sweepFiles gives up files that no dossier has any more.
func (d *Documents) sweepFiles(ctx context.Context) (int, error) {
	return d.clear(ctx, func(ctx context.Context, tx models.Tx, limit int) ([]dossier.Segment, int, error) {
		left, err := dossier.PurgeFiles(ctx, tx, limit)
		return left, len(left), err
	})
}

// clear commits rows first and deletes objects after: killed in between, it leaves
// objects that no row names, never rows whose object is gone.
func (d *Documents) clear(ctx context.Context, forget func(context.Context, models.Tx, int) ([]dossier.Segment, int, error)) (int, error) {
	total := 0
	for {
		var left []dossier.Segment
		n := 0
		err := d.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			left, n, err = forget(ctx, tx, sweepBatch)
			return err
		})
		if err != nil {
			return total, err
		}
		d.Delete(ctx, left)
		if total += n; n < sweepBatch {
			return total, nil
		}
	}
}

// waiting lists files to go on with, left alone long enough for their own job.
func (d *Documents) waiting(ctx context.Context, list func(context.Context, models.Tx, int) ([]dossier.File, error)) (files []dossier.File, now time.Time, err error) {
	err = d.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		now = tx.Now
		files, err = list(ctx, tx, sweepBatch)
		return err
	})
	return slices.DeleteFunc(files, func(f dossier.File) bool { return now.Sub(f.CreatedAt) < waitingAfter }), now, err
}

// sweepWaiting goes on with files whose job was lost. An antivirus that is down stops
// none: each is judged before it is scanned.
func (d *Documents) sweepWaiting(ctx context.Context) (int, error) {
	files, now, err := d.waiting(ctx, dossier.WaitingFiles)
	if err != nil {
		return 0, err
	}
	total := 0
	var failures error
	for _, f := range files {
		err := d.Inspect(ctx, f.ID, now.Sub(f.CreatedAt) > givenUpAfter)
		switch {
		case err == nil, errors.Is(err, clamd.ErrDown): // the next sweep scans it
			total++
		case errors.Is(err, storage.ErrUnavailable), ctx.Err() != nil:
			return total, err // the next ones would fail alike
		default:
			failures = errors.Join(failures, err)
		}
	}
	return total, failures
}

// sweepUnscanned asks the antivirus again about what it has not answered about.
func (d *Documents) sweepUnscanned(ctx context.Context) (int, error) {
	files, _, err := d.waiting(ctx, dossier.UnscannedFiles)
	if err != nil {
		return 0, err
	}
	total := 0
	var failures error
	for _, f := range files {
		// Before the question: a file that breaks it comes last the next time.
		err := d.inTx(ctx, func(ctx context.Context, tx models.Tx) error { return dossier.ScanTried(ctx, tx, f.ID) })
		if err != nil {
			return total, err
		}
		err = d.Inspect(ctx, f.ID, false)
		switch {
		case err == nil:
			total++
		case errors.Is(err, clamd.ErrDown), errors.Is(err, storage.ErrUnavailable), ctx.Err() != nil:
			return total, errors.Join(failures, err) // the next ones would fail alike
		default:
			failures = errors.Join(failures, err)
		}
	}
	return total, failures
}

// SweepStore deletes objects older than a day that no row names: of requests and
// jobs killed between the store and the database. At most once an hour in a
// process, since it walks the whole store.
func (d *Documents) SweepStore(ctx context.Context) (int, error) {
	d.mu.Lock()
	due := time.Since(d.swept) > orphanEvery
	if due {
		d.swept = time.Now()
	}
	d.mu.Unlock()
	if !due {
		return 0, nil
	}
	return d.SweepOrphans(ctx, orphanAge)
}

// SweepOrphans deletes objects without a row, last changed before age ago.
func (d *Documents) SweepOrphans(ctx context.Context, age time.Duration) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, orphanLasting)
	defer cancel()
	total, before := 0, time.Now().Add(-age)
	keys := make([]string, 0, orphanBatch)
	flush := func() error {
		n, err := d.deleteOrphans(ctx, keys)
		total, keys = total+n, keys[:0]
		return err
	}
	for object, err := range d.Store.List(ctx, "") {
		if err != nil {
			return total, Fault(err)
		}
		if !object.Modified.Before(before) {
			continue
		}
		if keys = append(keys, object.Key); len(keys) == orphanBatch {
			if err := flush(); err != nil || total >= orphanSpared {
				return total, err
			}
		}
	}
	return total, flush()
}

func (d *Documents) deleteOrphans(ctx context.Context, keys []string) (int, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	var owned map[string]bool
	err := d.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		owned, err = dossier.Owned(ctx, tx, keys)
		return err
	})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, key := range keys {
		if owned[key] {
			continue
		}
		if err := d.Store.Delete(ctx, key); err != nil {
			return n, Fault(err)
		}
		n++
	}
	if n > 0 {
		d.Log.LogAttrs(ctx, slog.LevelInfo, "objects without a row deleted", slog.Int("count", n))
	}
	return n, nil
}
