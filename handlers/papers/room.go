package papers

import "context"

// roomUnits bounds, in units of 1 MiB, the files that are whole in memory at once
// for the children: as many small ones as there are, large ones one by one.
const (
	roomUnits = 32
	roomUnit  = 1 << 20
)

// room hands out memory in the order it was asked for.
type room struct {
	door  chan struct{} // held by the one that is being served
	units chan struct{}
}

func newRoom() *room {
	r := &room{door: make(chan struct{}, 1), units: make(chan struct{}, roomUnits)}
	for range roomUnits {
		r.units <- struct{}{}
	}
	return r
}

// take waits for room for so many bytes; a file larger than all of it has it alone.
func (r *room) take(ctx context.Context, bytes int64) (give func(), err error) {
	n := int(min(max((bytes+roomUnit-1)/roomUnit, 1), roomUnits))
	select {
	case r.door <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-r.door }()
	for i := range n {
		select {
		case <-r.units:
		case <-ctx.Done():
			r.give(i)
			return nil, ctx.Err()
		}
	}
	return func() { r.give(n) }, nil
}

func (r *room) give(n int) {
	for range n {
		r.units <- struct{}{}
	}
}
