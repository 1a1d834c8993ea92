package handlers_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/handlers/handlerstest"
	"passerelle/search"
)

// counted is a search that tells how often it was asked, and how often at once;
// slow, it answers when its caller gives up.
type counted struct {
	search.Index
	slow            atomic.Bool
	asked, now, top atomic.Int32
}

func (c *counted) Search(ctx context.Context, q search.Query) (search.Results, error) {
	c.asked.Add(1)
	defer c.now.Add(-1)
	for n := c.now.Add(1); ; {
		if top := c.top.Load(); n <= top || c.top.CompareAndSwap(top, n) {
			break
		}
	}
	if c.slow.Load() {
		<-ctx.Done()
		return search.Results{}, ctx.Err()
	}
	return search.Results{}, nil
}

func TestQueryLogFlood(t *testing.T) {
	s := handlerstest.New(t)
	shelf(t, s)
	index := &counted{}
	s.Portal.Index = index
	b := s.Visitor()
	open := func(n int) {
		visit(b, fmt.Sprint("agent ", n), "/formations/FOR.1", fmt.Sprint("/recherche?q=comptabilite+", n%9))
	}
	t.Run("P1.13 pages opened with a forged origin make two searches at once, no more", func(t *testing.T) {
		index.slow.Store(true)
		for n := range 20 {
			open(n)
		}
		for end := time.Now().Add(30 * time.Second); index.now.Load() > 0 && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
		if top := index.top.Load(); top == 0 || top > 2 {
			t.Error(top, "at once")
		}
		index.slow.Store(false)
	})
	t.Run("P1.13 and sixty a minute for one network", func(t *testing.T) {
		index.asked.Store(0)
		began := time.Now().Truncate(time.Minute)
		for n := range 200 {
			open(n)
			for end := time.Now().Add(time.Second); index.now.Load() > 0 && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
		}
		minutes := 1 + int32(time.Now().Truncate(time.Minute).Sub(began)/time.Minute) // it may begin at the end of one, and last
		if asked := index.asked.Load(); minutes < 4 && asked > 60*minutes {
			t.Error(asked, "searches for 200 pages in", minutes, "minutes")
		}
	})
}
