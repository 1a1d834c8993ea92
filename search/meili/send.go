package meili

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"passerelle/models/searching"
)

// errStuck is for a server that neither ends nor fails a task: one whose disk is
// full goes on trying for ever.
var errStuck = errors.New("Meilisearch does not come to the end of a task: look at its log and at its disk")

// wait waits for a task, at shrinking haste; a failed one is an error.
func (e *Engine) wait(ctx context.Context, uid int64) error { return e.waitFor(ctx, uid, taskTimeout) }

func (e *Engine) waitFor(ctx context.Context, uid int64, most time.Duration) error {
	began := time.Now()
	for pause := 5 * time.Millisecond; ; pause = min(pause*2, 250*time.Millisecond) {
		asking, cancel := context.WithTimeout(ctx, askTimeout)
		task, err := e.client.GetTaskWithContext(asking, uid)
		cancel()
		if err != nil {
			return understood(err)
		}
		switch task.Status {
		case meilisearch.TaskStatusSucceeded:
			return nil
		case meilisearch.TaskStatusFailed, meilisearch.TaskStatusCanceled:
			if task.Error.Code == "index_not_found" {
				return errIsAbsent
			}
			return &refusal{task: true, code: task.Error.Code, kind: task.Error.Type, message: strings.TrimPrefix(task.Error.Message, "Index `"+task.IndexUID+"`: ")}
		}
		if time.Since(began) > most {
			return errStuck
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// refused is a change that the engine does not take, with its reason.
type refused struct {
	change searching.Change
	reason string
}

// batch is what one request carries at most.
const (
	batchDocuments = 1000
	batchBytes     = 8 << 20
)

// cut parts changes into batches.
func parts(list []searching.Change) [][]searching.Change {
	var all [][]searching.Change
	from, size := 0, 0
	for i, c := range list {
		weight := 2*len(c.Body) + 2*len(c.Title) + 500
		if i > from && (i-from >= batchDocuments || size+weight > batchBytes) {
			all = append(all, list[from:i])
			from, size = i, 0
		}
		size += weight
	}
	if from < len(list) {
		all = append(all, list[from:])
	}
	return all
}

// send gives changes to an index and waits until they are in. Where a batch
// fails for what it holds, its halves are sent, down to the documents that the
// engine does not take: the others go. An error is of the engine itself, and
// nothing is known then of what was sent.
func (e *Engine) send(ctx context.Context, uid string, list []searching.Change) ([]refused, error) {
	if len(list) == 0 {
		return nil, nil
	}
	task, err := e.hand(ctx, uid, list)
	if err == nil {
		err = e.wait(ctx, task)
	}
	return e.sift(ctx, uid, list, err)
}

// sift halves what failed.
func (e *Engine) sift(ctx context.Context, uid string, list []searching.Change, err error) ([]refused, error) {
	switch {
	case err == nil:
		return nil, nil
	case !ofDocument(err) && !doubtful(err):
		return nil, err
	case len(list) == 1:
		if doubtful(err) && !e.takesAnother(ctx, uid, list[0].No) {
			return nil, err
		}
		return []refused{{list[0], err.Error()}}, nil
	}
	half := len(list) / 2
	first, err := e.send(ctx, uid, list[:half])
	if err != nil {
		return nil, err
	}
	second, err := e.send(ctx, uid, list[half:])
	return append(first, second...), err
}

// takesAnother tells whether the engine takes any other document than one: if
// it does, that one is to blame for the failure of its task.
func (e *Engine) takesAnother(ctx context.Context, uid string, than int32) bool {
	if e.db == nil {
		return false
	}
	page, err := searching.Page(ctx, e.db, 0, 2)
	if err != nil {
		return false
	}
	for _, d := range page {
		if d.No == than {
			continue
		}
		task, err := e.hand(ctx, uid, []searching.Change{{Document: d}})
		return err == nil && e.wait(ctx, task) == nil
	}
	return true // there is none
}

// hand gives changes of one sort to an index, whose task it names.
func (e *Engine) hand(ctx context.Context, uid string, list []searching.Change) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	var task *meilisearch.TaskInfo
	var err error
	if list[0].Gone {
		ids := make([]string, 0, len(list))
		for _, c := range list {
			ids = append(ids, strconv.Itoa(int(c.No)))
		}
		task, err = e.client.Index(uid).DeleteDocumentsWithContext(ctx, ids, nil)
	} else {
		documents := make([]document, 0, len(list))
		for _, c := range list {
			documents = append(documents, documentOf(c.Document))
		}
		key := "no"
		task, err = e.client.Index(uid).AddDocumentsWithContext(ctx, documents, &meilisearch.DocumentOptions{PrimaryKey: &key})
	}
	if err != nil {
		return 0, understood(err)
	}
	return task.TaskUID, nil
}

// present tells whether an index is in the engine. Documents sent to one that
// is not would make another, without its settings.
func (e *Engine) present(ctx context.Context, uid string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	_, err := e.client.GetIndexWithContext(ctx, uid)
	err = understood(err)
	if errors.Is(err, errIsAbsent) {
		return false, nil
	}
	return err == nil, err
}

func (e *Engine) create(ctx context.Context, uid string) error {
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	task, err := e.client.CreateIndexWithContext(asking, &meilisearch.IndexConfig{Uid: uid, PrimaryKey: "no"})
	if err != nil {
		return understood(err)
	}
	var r *refusal
	if err := e.wait(ctx, task.TaskUID); err != nil && (!errors.As(err, &r) || r.code != "index_already_exists") {
		return fmt.Errorf("create index: %w", err)
	}
	return nil
}

// remove deletes an index of the engine; one that is not there is no error.
func (e *Engine) remove(ctx context.Context, uid string) error {
	if uid == "" {
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	task, err := e.client.DeleteIndexWithContext(asking, uid)
	if err == nil {
		err = e.wait(ctx, task.TaskUID)
	}
	if err = understood(err); errors.Is(err, errIsAbsent) {
		return nil
	}
	e.mu.Lock()
	delete(e.fit, uid)
	e.mu.Unlock()
	return err
}
