package inspect

import (
	"context"
	"encoding/json"
	"errors"

	"passerelle/storage/pdf"
	"passerelle/storage/worker"
)

// opName names the operation within the child.
const opName = "inspect"

type header struct {
	Name     string `json:"name"`
	Declared string `json:"declared"`
	Policy   Policy `json:"policy"`
}

// Ops are this package's operations of a child process.
func Ops(engine *pdf.Engine) worker.Ops {
	return worker.Ops{opName: func(ctx context.Context, raw json.RawMessage, body []byte) (any, []byte, error) {
		var h header
		if err := json.Unmarshal(raw, &h); err != nil {
			return nil, nil, err
		}
		return Inspect(ctx, engine, h.Name, h.Declared, body, h.Policy), nil, nil
	}}
}

// Client asks a child. Safe for concurrent use.
type Client struct {
	Pool *worker.Pool
}

// Inspect judges a file in a child process. A file of which two children died is
// refused as Unreadable, as is one that took all of the pool's time: the second try
// is there because an earlier file may have worn the first child out. An error says
// that nothing could be judged: the pool is closed, or the caller's context is over.
func (c Client) Inspect(ctx context.Context, name, declared string, content []byte, p Policy) (Result, error) {
	refused := Result{Verdict: Refuse, Reason: TooLarge, Facts: Facts{Bytes: int64(len(content))}}
	if int64(len(content)) > p.filled().MaxBytes {
		return refused, nil
	}
	for range 2 {
		var result Result
		_, err := c.Pool.Do(ctx, opName, header{name, declared, p}, content, &result)
		if err == nil {
			return result, nil
		}
		if errors.Is(err, worker.ErrTimeout) && ctx.Err() == nil {
			break
		}
		if ctx.Err() != nil || !errors.Is(err, worker.ErrCrashed) {
			return Result{}, err
		}
	}
	refused.Reason = Unreadable
	return refused, nil
}
