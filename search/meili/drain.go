package meili

import (
	"context"
	"slices"

	"passerelle/models/searching"
)

// drain sends what waits for an index, the oldest changes first, one round of
// batches. A row of the outbox goes only once the engine has its document, and
// only if it did not change meanwhile (P4.9). It tells how many it read.
func (e *Engine) drain(ctx context.Context, uid string) (int, error) {
	list, err := searching.Waiting(ctx, e.db, uid, 2*batchDocuments)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	put := slices.DeleteFunc(slices.Clone(list), func(c searching.Change) bool { return c.Gone })
	gone := slices.DeleteFunc(slices.Clone(list), func(c searching.Change) bool { return !c.Gone })
	for _, part := range append(parts(put), parts(gone)...) {
		out, err := e.send(ctx, uid, part)
		if err != nil {
			return 0, err
		}
		if err := e.settle(ctx, uid, part, out); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

// settle takes confirmed changes out of the outbox and lists the refused ones.
func (e *Engine) settle(ctx context.Context, uid string, list []searching.Change, out []refused) error {
	sent := list
	if len(out) > 0 {
		bad := map[int32]bool{}
		for _, r := range out {
			bad[r.change.No] = true
			if err := searching.Refused(ctx, e.db, uid, r.change, r.reason); err != nil {
				return err
			}
		}
		sent = slices.DeleteFunc(slices.Clone(list), func(c searching.Change) bool { return bad[c.No] })
	}
	return searching.Sent(ctx, e.db, uid, sent)
}
