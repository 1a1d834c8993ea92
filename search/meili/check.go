package meili

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/meilisearch/meilisearch-go"

	"passerelle/models"
	"passerelle/models/searching"
)

// Check compares the index with the database now, document by document, and
// keeps the result (P17.23). For the command line; pages ask with
// searching.BeginCheck and let the jobs work.
func (e *Engine) Check(ctx context.Context) (*searching.Check, error) {
	uid, err := e.live(ctx)
	if err != nil {
		return nil, err
	}
	var id models.ID
	err = e.db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		id, err = searching.BeginCheck(ctx, tx, models.Operator())
		return err
	})
	if models.KindOf(err) == models.KindConflict {
		// One that was asked for and that nobody has made yet, or was cut.
		asked, err := searching.AskedCheck(ctx, e.db)
		if err != nil {
			return nil, err
		}
		if asked != nil {
			return e.check(ctx, uid, asked)
		}
	}
	if err != nil {
		return nil, err
	}
	return e.check(ctx, uid, &searching.Check{ID: id})
}

func (e *Engine) checkAsked(ctx context.Context, uid string) (bool, error) {
	asked, err := searching.AskedCheck(ctx, e.db)
	if err != nil || asked == nil {
		return false, err
	}
	_, err = e.check(ctx, uid, asked)
	return true, err
}

// check keeps a failure too, so that nobody waits for a check that cannot be
// made; one that was cut is made again.
func (e *Engine) check(ctx context.Context, uid string, c *searching.Check) (*searching.Check, error) {
	c.UID = uid
	if err := e.compareAll(ctx, c); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		c.Error = err.Error()
	}
	now := e.db.Clock.Now()
	c.EndedAt = &now
	return c, searching.EndCheck(ctx, e.db, *c)
}

// span is how many documents are compared at once.
const span = 5000

// compareAll walks both sides by number, a span after the other, so that its
// memory does not grow with the catalogue.
func (e *Engine) compareAll(ctx context.Context, c *searching.Check) error {
	for after, last := int32(0), false; !last; {
		numbers, versions, err := searching.Versions(ctx, e.db, after, span)
		if err != nil {
			return err
		}
		to := int32(math.MaxInt32)
		if last = len(numbers) < span; !last {
			to = numbers[len(numbers)-1]
		}
		has, err := e.versions(ctx, c.UID, after, to)
		if err != nil {
			return err
		}
		c.Documents, c.Indexed = c.Documents+len(numbers), c.Indexed+len(has)
		var odd []int32
		for i, no := range numbers {
			if has[no] != versions[i] {
				odd = append(odd, no)
			}
			delete(has, no)
		}
		for no := range has {
			odd = append(odd, no)
		}
		if err := e.judge(ctx, c, odd); err != nil {
			return err
		}
		after = to
	}
	return nil
}

// judge looks again at what differed: a change may have come between the two
// readings, or wait in the outbox.
func (e *Engine) judge(ctx context.Context, c *searching.Check, odd []int32) error {
	if len(odd) == 0 {
		return nil
	}
	pending, err := searching.Pending(ctx, e.db, c.UID, odd)
	if err != nil {
		return err
	}
	numbers, versions, err := searching.VersionsOf(ctx, e.db, odd)
	if err != nil {
		return err
	}
	wanted := map[int32]string{}
	for i, no := range numbers {
		wanted[no] = versions[i]
	}
	for _, no := range odd {
		has, err := e.version(ctx, c.UID, no)
		if err != nil {
			return err
		}
		switch want := wanted[no]; {
		case has == want:
		case pending[no]:
			c.Waiting++
		case has == "":
			c.Miss(no)
		case want == "":
			c.Add(no)
		default:
			c.Differ(no)
		}
	}
	return nil
}

// versions reads what the index holds between two numbers.
func (e *Engine) versions(ctx context.Context, uid string, after, to int32) (map[int32]string, error) {
	has := map[int32]string{}
	for {
		var page meilisearch.DocumentsResult
		asking, cancel := context.WithTimeout(ctx, sendTimeout)
		err := e.client.Index(uid).GetDocumentsWithContext(asking, &meilisearch.DocumentsQuery{Limit: span, Offset: int64(len(has)), Fields: []string{"no", "version"},
			Filter: fmt.Sprintf("no > %d AND no <= %d", after, to)}, &page)
		cancel()
		if err != nil {
			return nil, understood(err)
		}
		before := len(has)
		for _, hit := range page.Results {
			var no int32
			var version string
			if err := errors.Join(json.Unmarshal(hit["no"], &no), json.Unmarshal(hit["version"], &version)); err != nil {
				return nil, fmt.Errorf("document of the index: %w", err)
			}
			has[no] = version
		}
		if int64(len(has)) >= page.Total || len(has) == before {
			return has, nil
		}
	}
}

// version of one document in the index, empty when it is not there.
func (e *Engine) version(ctx context.Context, uid string, no int32) (string, error) {
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var d struct {
		Version string `json:"version"`
	}
	err := understood(e.client.Index(uid).GetDocumentWithContext(asking, fmt.Sprint(no), &meilisearch.DocumentQuery{Fields: []string{"version"}}, &d))
	var r *refusal
	if errors.As(err, &r) && r.code == "document_not_found" {
		return "", nil
	}
	return d.Version, err
}
