package jobs

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/keeping"
	"passerelle/models/people"
	"passerelle/storage"
)

const (
	passSlice = 20 * time.Second       // one job of a pass, before it lets another go on
	passTell  = 500 * time.Millisecond // how often its progress is kept
	passWait  = 10 * time.Second       // before a store that does not answer is asked again
	mendWait  = 2 * time.Second        // before orders are looked at again, behind another job
	passPage  = 50                     // files read from the database at once
)

// passWorker goes on with a check or a move of the store, a slice at a time (P14.2).
type passWorker struct {
	river.WorkerDefaults[keeping.PassArgs]
	options Options
}

// Timeout leaves a large object its time.
func (*passWorker) Timeout(*river.Job[keeping.PassArgs]) time.Duration {
	return passSlice + 5*time.Minute
}

func (w *passWorker) Work(ctx context.Context, job *river.Job[keeping.PassArgs]) error {
	if w.options.Documents == nil {
		return river.JobSnooze(time.Minute)
	}
	over, err := WorkPass(ctx, w.options, job.Args.Pass, time.Now().Add(passSlice))
	switch {
	case errors.Is(err, errStoreWaits):
		return river.JobSnooze(passWait)
	case err != nil:
		return err
	case !over:
		return river.JobSnooze(0)
	}
	return nil
}

// errStoreWaits: a store does not answer now; the pass says so and goes on later.
var errStoreWaits = errors.New("jobs: the store does not answer")

// turn is one job's work on a pass.
type turn struct {
	Options
	pass  keeping.Pass
	store storage.Store // as documents are read from now on
	until time.Time
	began time.Time
	told  time.Time
}

// WorkPass goes on with a pass until a time, and tells whether it is over: done,
// paused, stopped or taken by another job. For the queue and for tests.
func WorkPass(ctx context.Context, o Options, id models.ID, until time.Time) (over bool, err error) {
	t := &turn{Options: o, until: until, began: time.Now(), told: time.Now()}
	err = o.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		t.pass, err = keeping.Take(ctx, tx, id)
		return err
	})
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	t.pass.Trouble = ""
	if t.store, err = o.Documents.Current(ctx); err != nil {
		return false, err
	}
	if t.pass.Kind == keeping.Move {
		err = t.move(ctx)
	} else {
		err = t.check(ctx)
	}
	switch {
	case errors.Is(err, errOver):
		return true, nil
	case errors.Is(err, errSliceEnds):
		return false, t.tell(ctx, true)
	case errors.Is(err, storage.ErrFull):
		return true, t.end(ctx, keeping.Failed, "storage.trouble.full")
	case errors.Is(err, storage.ErrUnavailable):
		t.pass.Trouble = "storage.trouble.waits"
		if o.Log != nil {
			o.Log.LogAttrs(ctx, slog.LevelWarn, "pass over the store waits", slog.String("error", models.Loggable(err)))
		}
		return false, errors.Join(errStoreWaits, t.tell(ctx, true))
	case err != nil && ctx.Err() == nil && !models.Unreachable(err):
		return true, errors.Join(err, t.end(ctx, keeping.Failed, "storage.trouble.fault"))
	}
	return err == nil, err
}

// Why a turn ends before its pass.
var (
	errOver      = errors.New("jobs: the pass is not ours any more")
	errSliceEnds = errors.New("jobs: the slice ends")
)

// tell keeps the progress, when it is time or at once, and learns whether the pass is
// still this job's.
func (t *turn) tell(ctx context.Context, now bool) error {
	if !now && time.Since(t.told) < passTell {
		return nil
	}
	t.pass.Worked += time.Since(t.began)
	t.began, t.told = time.Now(), time.Now()
	ours := false
	err := t.DB.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx models.Tx) (err error) {
		ours, err = keeping.Save(ctx, tx, t.pass)
		return err
	})
	if err == nil && !ours {
		return errOver
	}
	return err
}

// goOn tells how far it is and ends a slice that has lasted.
func (t *turn) goOn(ctx context.Context) error {
	if err := errors.Join(ctx.Err(), t.tell(ctx, false)); err != nil {
		return err
	}
	if time.Now().After(t.until) {
		return errSliceEnds
	}
	return nil
}

func (t *turn) end(ctx context.Context, state keeping.PassState, trouble string) error {
	t.pass.Worked += time.Since(t.began)
	t.pass.Trouble = trouble
	return t.DB.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx models.Tx) error { return keeping.End(ctx, tx, t.pass, state) })
}

// files calls do with every file that has objects, from where the pass stands.
func (t *turn) files(ctx context.Context, do func(context.Context, dossier.File, bool) error) error {
	after := uuid.Nil
	if t.pass.Place != "" {
		var err error
		if after, err = uuid.Parse(t.pass.Place); err != nil {
			return fmt.Errorf("place of a pass: %w", err)
		}
	}
	for {
		var page []dossier.File
		var suspected map[models.ID]bool
		err := t.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			if page, err = dossier.StoredFiles(ctx, tx, after, passPage); err != nil {
				return err
			}
			ids := make([]models.ID, len(page))
			for i, f := range page {
				ids[i] = f.ID
			}
			suspected, err = keeping.Suspected(ctx, tx, ids)
			return err
		})
		if err != nil {
			return err
		}
		for _, f := range page {
			if err := do(ctx, f, suspected[f.ID]); err != nil {
				return err
			}
			after, t.pass.Place = f.ID, f.ID.String()
			if err := t.goOn(ctx); err != nil {
				return err
			}
		}
		if len(page) < passPage {
			return nil
		}
	}
}

// prefixes calls do with every prefix of keys, from where the pass stands.
func (t *turn) prefixes(ctx context.Context, do func(ctx context.Context, prefix string) error) error {
	for n := range 256 {
		prefix := fmt.Sprintf("%02x/", n)
		if prefix <= t.pass.Place {
			continue
		}
		if err := do(ctx, prefix); err != nil {
			return err
		}
		t.pass.Place = prefix
		if err := t.goOn(ctx); err != nil {
			return err
		}
	}
	return nil
}

// phase begins another part of the pass.
func (t *turn) phase(ctx context.Context, p keeping.Phase) error {
	t.pass.Phase, t.pass.Place = p, ""
	return t.tell(ctx, true)
}

// check compares rows and objects both ways.
func (t *turn) check(ctx context.Context) error {
	if t.pass.Phase == keeping.Files {
		if err := t.files(ctx, t.checkFile); err != nil {
			return err
		}
		if err := t.phase(ctx, keeping.Objects); err != nil {
			return err
		}
	}
	err := t.prefixes(ctx, func(ctx context.Context, prefix string) error {
		found, _, err := t.Documents.Unnamed(ctx, prefix)
		if err != nil {
			return err
		}
		t.pass.Orphans += int64(len(found))
		return t.keep(ctx, found)
	})
	if err != nil {
		return err
	}
	return t.end(ctx, keeping.Done, "")
}

func (t *turn) checkFile(ctx context.Context, f dossier.File, suspected bool) error {
	full := t.pass.Kind == keeping.Audit || suspected || t.ofToday(f)
	found, err := t.Documents.CheckFile(ctx, t.store, f, full)
	if err != nil {
		return err
	}
	t.count(f)
	t.pass.Wrong += int64(len(found))
	if len(found) == 0 && suspected {
		return t.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return keeping.Sound(ctx, tx, f.ID) })
	}
	return t.keep(ctx, found)
}

// ofToday tells whether a daily check reads the content of a file: each once in
// keeping.DailyParts checks, by the end of its id, which is chance.
func (t *turn) ofToday(f dossier.File) bool {
	return int(binary.BigEndian.Uint32(f.ID[12:])%keeping.DailyParts) == t.pass.Part
}

func (t *turn) count(f dossier.File) {
	for _, s := range f.Segments {
		t.pass.Objects++
		t.pass.Bytes += s.Cipher
	}
}

func (t *turn) keep(ctx context.Context, found []keeping.Found) error {
	if len(found) == 0 {
		return nil
	}
	return t.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return keeping.Keep(ctx, tx, t.pass.ID, found) })
}

// mendWorker does what administrators asked about findings (P17.24).
type mendWorker struct {
	river.WorkerDefaults[keeping.MendArgs]
	options Options
}

// Timeout leaves time for many.
func (*mendWorker) Timeout(*river.Job[keeping.MendArgs]) time.Duration { return 10 * time.Minute }

func (w *mendWorker) Work(ctx context.Context, _ *river.Job[keeping.MendArgs]) error {
	if w.options.Documents == nil {
		return river.JobSnooze(time.Minute)
	}
	err := MendFindings(ctx, w.options)
	if errors.Is(err, ErrMending) {
		return river.JobSnooze(mendWait) // what this one was made for may be behind the other
	}
	return err
}

// ErrMending: another job or process mends findings.
var ErrMending = errors.New("jobs: findings are being mended")

// MendFindings carries out every order that waits; ErrMending while another does. For
// the queue and for tests.
func MendFindings(ctx context.Context, o Options) error {
	alone, err := models.Alone(ctx, o.DB, keeping.Mending, func(ctx context.Context, held func(context.Context) error) error {
		return mendFindings(ctx, o, held)
	})
	if err == nil && !alone {
		return ErrMending
	}
	return err
}

func mendFindings(ctx context.Context, o Options, held func(context.Context) error) error {
	after := uuid.Nil
	for {
		if err := held(ctx); err != nil {
			return fmt.Errorf("mend findings: %w", err)
		}
		var f keeping.Finding
		by := models.Operator()
		err := o.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			if f, err = keeping.NextAsked(ctx, tx, after); err != nil || f.AskedBy == uuid.Nil {
				return err
			}
			by, err = people.OnBehalf(ctx, tx, f.AskedBy)
			return err
		})
		if models.KindOf(err) == models.KindNotFound && err != nil {
			return nil
		}
		switch {
		case err != nil:
		case !keeping.Allowed(by):
			err = o.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
				return keeping.NotMended(ctx, tx, f, "storage.trouble.rights")
			})
		default:
			err = o.Documents.Mend(ctx, f, by)
		}
		if err != nil {
			return err
		}
		after = f.ID
	}
}

// rescanWorker asks the antivirus again about a file of the quarantine.
type rescanWorker struct {
	river.WorkerDefaults[keeping.RescanArgs]
	options Options
}

// Timeout is the antivirus's own time.
func (*rescanWorker) Timeout(*river.Job[keeping.RescanArgs]) time.Duration { return 5 * time.Minute }

func (w *rescanWorker) Work(ctx context.Context, job *river.Job[keeping.RescanArgs]) error {
	if w.options.Documents == nil {
		return river.JobSnooze(time.Minute)
	}
	err := w.options.Documents.Rescan(ctx, job.Args.File)
	if errors.Is(err, papers.ErrNoAntivirus) {
		return river.JobCancel(err)
	}
	return err
}

// tendStore begins the daily check and takes up what a killed job left.
func tendStore(ctx context.Context, o Options) error {
	return o.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		_, err := keeping.Tend(ctx, tx)
		return err
	})
}
