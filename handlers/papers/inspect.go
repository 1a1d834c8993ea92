package papers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/storage"
	"passerelle/storage/clamd"
	"passerelle/storage/inspect"
)

// soonIn bounds an inspection beside a request; its job has as long again.
const soonIn = 2 * time.Minute

// Inspect judges a deposited file and has it scanned (P7.3), whatever was done
// before: the request that finished the upload, its job and the sweep may all call
// it. An error means try again; with last, what is not a passing fault of the
// store or of the antivirus refuses the file as unreadable instead, so that no
// document stays in inspection for ever.
func (d *Documents) Inspect(ctx context.Context, file models.ID, last bool) error {
	return d.inspect(ctx, file, last, func() {})
}

// inspect calls judged once the verdict is known, or nothing more is done for it.
func (d *Documents) inspect(ctx context.Context, file models.ID, last bool, judged func()) error {
	defer judged()
	if err := d.enter(ctx, file); err != nil {
		return err
	}
	defer d.leave(file)
	f, k, err := d.load(ctx, file)
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return nil // erased meanwhile
	}
	if err != nil {
		return err
	}
	if f.Inspection == "" {
		if f, err = d.judge(ctx, f, k, last); err != nil {
			return err
		}
	}
	judged()
	if f.Scan == dossier.ScanPending {
		if err := d.scan(ctx, f, k); err != nil {
			return err
		}
	}
	if f.Inspection != string(inspect.Refuse) {
		d.prepare(ctx, f, k)
	}
	return nil
}

// InspectSoon inspects a file that has just been received, beside its job: the
// person who waits sees the verdict at once. The channel is closed once there is
// one, or it is left to the job.
func (d *Documents) InspectSoon(file models.ID) <-chan struct{} {
	judged := make(chan struct{})
	d.after.Go(func() {
		ctx, cancel := context.WithTimeout(d.ending, soonIn)
		defer cancel()
		if err := d.inspect(ctx, file, false, sync.OnceFunc(func() { close(judged) })); err != nil && d.ending.Err() == nil {
			d.Log.LogAttrs(ctx, slog.LevelWarn, "inspection left to its job", slog.String("error", models.Loggable(err)))
		}
	})
	return judged
}

// enter waits until nobody else of this process looks at the file: what they did
// need not be done again.
func (d *Documents) enter(ctx context.Context, file models.ID) error {
	for {
		d.mu.Lock()
		other, busy := d.looking[file]
		if !busy {
			d.looking[file] = make(chan struct{})
		}
		d.mu.Unlock()
		if !busy {
			return nil
		}
		select {
		case <-other:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (d *Documents) leave(file models.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.looking[file])
	delete(d.looking, file)
}

// judge decides by content under the rule of the piece, and settles its documents.
func (d *Documents) judge(ctx context.Context, f dossier.File, k dossier.DataKey, last bool) (dossier.File, error) {
	findings, err := d.findings(ctx, f, k)
	if err != nil {
		if !last || d.passing(ctx, f, err) {
			return f, err
		}
		d.Log.LogAttrs(ctx, slog.LevelError, "file refused: it could not be inspected", slog.String("file", f.ID.String()),
			slog.String("error", models.Loggable(err)))
		findings = dossier.Findings{Type: f.Type, Verdict: string(inspect.Refuse), Reason: string(inspect.Unreadable)}
	}
	err = d.inTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		if d.Antivirus == nil || findings.Verdict == string(inspect.Refuse) {
			// Off is said on screen; a refused file is opened to nobody, so that no
			// scan waits for it.
			if err := dossier.Scanned(ctx, tx, f.ID, dossier.ScanOff, ""); err != nil {
				return err
			}
		}
		if err := dossier.Inspected(ctx, tx, f.ID, findings); err != nil {
			return err
		}
		f, err = dossier.FileByID(ctx, tx, f.ID)
		return err
	})
	return f, err
}

// passing tells a fault that says nothing of the file. Bytes not found are one for a
// while: another instance may hold the folder where they lie.
func (d *Documents) passing(ctx context.Context, f dossier.File, err error) bool {
	young := d.DB.Clock.Now().Sub(f.CreatedAt) < givenUpAfter
	return ctx.Err() != nil || errors.Is(err, storage.ErrUnavailable) || models.Unreachable(err) || young && errors.Is(err, storage.ErrNotFound)
}

func (d *Documents) findings(ctx context.Context, f dossier.File, k dossier.DataKey) (dossier.Findings, error) {
	spec, err := d.spec(ctx, f.ID)
	if err != nil {
		return dossier.Findings{}, err
	}
	content, done, err := d.content(ctx, f, k)
	if err != nil {
		return dossier.Findings{}, err
	}
	defer done()
	result, err := d.inspector.Inspect(ctx, f.Name, f.Type, content, inspect.Policy{Formats: spec.Formats, MaxBytes: spec.MaxBytes})
	if err != nil {
		return dossier.Findings{}, fmt.Errorf("inspect: %w", err)
	}
	if result.Reason == inspect.Unreadable {
		return dossier.Findings{}, errGivenUp
	}
	return findingsOf(result)
}

// errGivenUp says that children died of a file or ran out of time: on a machine that
// is overwhelmed it is worth another try, later.
var errGivenUp = errors.New("papers: no child could read the file")

func findingsOf(r inspect.Result) (dossier.Findings, error) {
	f := dossier.Findings{Type: r.Facts.Type, Verdict: string(r.Verdict), Reason: string(r.Reason), Pages: r.Facts.Pages}
	encoded, err := json.Marshal(r.Facts)
	if err == nil {
		err = json.Unmarshal(encoded, &f.Facts)
	}
	if len(r.Others) > 0 && f.Facts != nil {
		f.Facts["others"] = r.Others
	}
	return f, err
}

func (d *Documents) spec(ctx context.Context, file models.ID) (spec dossier.Spec, err error) {
	err = d.inTx(ctx, func(ctx context.Context, tx models.Tx) error {
		spec, err = dossier.SpecOf(ctx, tx, file)
		return err
	})
	return spec, err
}

// scan asks the antivirus. Down, it leaves the file pending, opened to nobody but
// its owner; a file too large for it is not clean either.
func (d *Documents) scan(ctx context.Context, f dossier.File, k dossier.DataKey) error {
	if d.Antivirus == nil {
		return d.scanned(ctx, f, dossier.ScanOff, "")
	}
	r, err := d.Open(ctx, f, k)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	result, err := d.Antivirus.Scan(ctx, r)
	switch {
	case err != nil:
		return err
	case result.Outcome == clamd.Clean:
		return d.scanned(ctx, f, dossier.ScanClean, "")
	case result.Outcome == clamd.Infected:
		return d.scanned(ctx, f, dossier.ScanInfected, result.Signature)
	}
	// The operator must raise the daemon's limits: the sweep asks again.
	d.Log.LogAttrs(ctx, slog.LevelError, "file too large for the antivirus: raise its limits", slog.Int64("bytes", f.Bytes))
	return nil
}

func (d *Documents) scanned(ctx context.Context, f dossier.File, s dossier.Scan, signature string) error {
	return d.inTx(ctx, func(ctx context.Context, tx models.Tx) error { return dossier.Scanned(ctx, tx, f.ID, s, signature) })
}

// prepare makes what reviewers will ask for first, before they do. What fails is
// made when asked for.
func (d *Documents) prepare(ctx context.Context, f dossier.File, k dossier.DataKey) {
	if !d.Paged(f) {
		return
	}
	_, err := d.Page(ctx, f, k, 1, DeskWidth)
	if err == nil {
		_, _, err = d.Clean(ctx, f, k)
	}
	if err != nil && !errors.Is(err, ErrNotShown) && ctx.Err() == nil {
		d.Log.LogAttrs(ctx, slog.LevelWarn, "page not prepared", slog.String("error", models.Loggable(err)))
	}
}
