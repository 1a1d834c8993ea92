package handlers

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)

func put(pc *pageCache, path, reference string, size int) {
	pc.end(pc.begin(reference), keep(pageKey{path: path}, reference, make([]byte, size), noon, noon.Add(time.Hour)))
}

func has(pc *pageCache, path string) bool { return pc.get(pageKey{path: path}, noon) != nil }

func TestPageCacheKeepsWhatIsRight(t *testing.T) {
	pc := &pageCache{}
	put(pc, "/a", "A", 10)
	if has(pc, "/a") {
		t.Error("kept before any change can be heard")
	}
	pc.listening(true)
	put(pc, "/a", "A", 10)
	put(pc, "/b", "B", 10)
	pc.changed("A")
	if has(pc, "/a") || !has(pc, "/b") {
		t.Error("a change of A forgets A, and A alone")
	}
	d := pc.begin("A")
	pc.changed("A")
	pc.end(d, keep(pageKey{path: "/a"}, "A", []byte("of before"), noon, noon.Add(time.Hour)))
	if has(pc, "/a") {
		t.Error("kept although its course changed while it was drawn")
	}
	if pc.get(pageKey{path: "/b"}, noon.Add(time.Hour)) != nil {
		t.Error("given after its hour")
	}
	put(pc, "/b", "B", 10)
	if pc.get(pageKey{path: "/b"}, noon.Add(-time.Second)) != nil {
		t.Error("given by a clock that went back")
	}
	put(pc, "/b", "B", 10)
	pc.listening(false)
	if has(pc, "/b") {
		t.Error("given while no change can be heard")
	}
}

func TestPageCacheIsBounded(t *testing.T) {
	pc := &pageCache{}
	pc.listening(true)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 3000 {
		put(pc, fmt.Sprintf("/%d", random.IntN(1500)), "A", random.IntN(64<<10))
		put(pc, "/hot", "B", 1000)
		if pc.bytes > cacheBytes || pc.bytes < 0 || pc.order.Len() != len(pc.pages) {
			t.Fatalf("after %d pages: %d bytes, %d in order, %d by key", i, pc.bytes, pc.order.Len(), len(pc.pages))
		}
	}
	if !has(pc, "/hot") {
		t.Error("the page in use was dropped")
	}
	put(pc, "/huge", "A", cacheBytes)
	if has(pc, "/huge") {
		t.Error("one page takes the whole memory")
	}
	pc.changed("*")
	if pc.bytes != 0 || len(pc.pages) != 0 || len(pc.drawings) != 0 {
		t.Errorf("%d bytes, %d pages, %d drawings are left", pc.bytes, len(pc.pages), len(pc.drawings))
	}
}
