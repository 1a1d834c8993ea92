package storage_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"passerelle/storage"
	"passerelle/storage/storagetest"
)

func TestFile(t *testing.T) {
	ctx := context.Background()
	content := storagetest.Bytes(3*frame+12_345, 5)
	cuts := []int{0, 0, 1, 70_000, frame + 70_000, 2*frame + 70_000, len(content), len(content)}

	// upload stores content in as many segments as there are cuts, each in a
	// request of its own.
	upload := func(t *testing.T, s storage.Store, key storage.DataKey) ([]storage.Segment, []byte) {
		var segments []storage.Segment
		var state []byte
		for i := 1; i < len(cuts); i++ {
			digest, err := storage.ResumeDigest(key, fileA, state)
			if err != nil {
				t.Fatal(err)
			}
			w, err := storage.CreateSegment(ctx, s, key, fileA, i-1, digest)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(content[cuts[i-1]:cuts[i]]); err != nil {
				t.Fatal(err)
			}
			segment, err := w.Commit(ctx)
			if err != nil || segment.Key != w.Key() || segment.Plain != w.Size() {
				t.Fatal(segment, err)
			}
			segments = append(segments, segment)
			if state, err = digest.Suspend(key, fileA); err != nil {
				t.Fatal(err)
			}
		}
		digest, err := storage.ResumeDigest(key, fileA, state)
		if err != nil {
			t.Fatal(err)
		}
		return segments, digest.Sum()
	}

	t.Run("P7.2 an upload cut in pieces reads as one file, any range of it", func(t *testing.T) {
		store := openDisk(t)
		key, _ := newKey(t, newVault(t), [16]byte{1})
		segments, sum := upload(t, store, key)
		if want := sha256.Sum256(content); !bytes.Equal(sum, want[:]) {
			t.Error("the digest does not go on over requests")
		}
		for _, segment := range segments {
			size, sum, err := storage.Checksum(ctx, store, segment.Key)
			if err != nil || size != segment.Cipher || !bytes.Equal(sum, segment.Sum) {
				t.Fatalf("%+v: %d stored, %v", segment, size, err)
			}
		}
		f, err := storage.OpenFile(ctx, store, key, fileA, segments)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, content) || f.Size() != int64(len(content)) {
			t.Fatalf("%d bytes of %d, %v", len(got), len(content), err)
		}
		for _, from := range cuts {
			for _, n := range []int{1, 2, 100_000} {
				from := max(0, from-1)
				want := content[from:min(len(content), from+n)]
				if _, err := f.Seek(int64(from), io.SeekStart); err != nil {
					t.Fatal(err)
				}
				got := make([]byte, len(want))
				if _, err := io.ReadFull(f, got); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%d bytes at %d: %v", n, from, err)
				}
			}
		}
	})
	t.Run("P7.2 what came before a request was cut is kept", func(t *testing.T) {
		store := openDisk(t)
		key, _ := newKey(t, newVault(t), [16]byte{1})
		request, cut := context.WithCancel(ctx)
		digest := storage.NewDigest()
		w, err := storage.CreateSegment(request, store, key, fileA, 0, digest)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Abort()
		if _, err := w.Write(content[:100_000]); err != nil {
			t.Fatal(err)
		}
		cut()
		if n, err := w.Write(content[100_000:]); n != 0 || !errors.Is(err, context.Canceled) {
			t.Error(n, err)
		}
		segment, err := w.Commit(ctx)
		if want := sha256.Sum256(content[:100_000]); err != nil || segment.Plain != 100_000 || !bytes.Equal(digest.Sum(), want[:]) {
			t.Fatal(segment, err)
		}
		f, err := storage.OpenFile(ctx, store, key, fileA, []storage.Segment{segment})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, content[:100_000]) {
			t.Error(len(got), err)
		}
	})
	t.Run("P7.4 segments that change places, are missing or are of another file are refused", func(t *testing.T) {
		store := openDisk(t)
		key, _ := newKey(t, newVault(t), [16]byte{1})
		segments, _ := upload(t, store, key)
		read := func(file [16]byte, segments ...storage.Segment) error {
			f, err := storage.OpenFile(ctx, store, key, file, segments)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = io.Copy(io.Discard, f)
			return err
		}
		for name, err := range map[string]error{
			"swapped": read(fileA, segments[0], segments[1], segments[3], segments[2]),
			"other":   read(fileB, segments...),
			"first":   read(fileA, segments[2:]...),
			"length":  read(fileA, storage.Segment{Key: segments[1].Key, Plain: 5, Cipher: storage.Sealed(5)}),
		} {
			if !errors.Is(err, storage.ErrCorrupt) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := store.Delete(ctx, segments[3].Key); err != nil {
			t.Fatal(err)
		}
		if err := read(fileA, segments...); !errors.Is(err, storage.ErrNotFound) {
			t.Error(err)
		}
	})
	t.Run("S9 nothing of a document is found in the store or in a suspended digest", func(t *testing.T) {
		folder := t.TempDir()
		store, err := storage.OpenDisk(folder)
		if err != nil {
			t.Fatal(err)
		}
		key, _ := newKey(t, newVault(t), [16]byte{1})
		canary := []byte("NIR 2 55 08 14 168 025 38 MARTIN-CANARI")
		digest := storage.NewDigest()
		text := bytes.Repeat(append(canary, '\n'), 40_000)
		text = append(text, canary...)
		if _, err := storage.Put(ctx, store, key, fileA, bytes.NewReader(text), digest); err != nil {
			t.Fatal(err)
		}
		state, err := digest.Suspend(key, fileA)
		if err != nil || bytes.Contains(state, []byte("CANARI")) {
			t.Fatal("the canary sits in the digest's state", err)
		}
		if _, err := storage.ResumeDigest(key, fileB, state); !errors.Is(err, storage.ErrCorrupt) {
			t.Error("a state of another file is taken", err)
		}
		found := 0
		_ = filepath.WalkDir(folder, func(path string, e os.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				found++
				raw, err := os.ReadFile(path)
				if err != nil || bytes.Contains(raw, []byte("CANARI")) || bytes.Contains(raw, []byte("NIR 2 55")) {
					t.Errorf("%s: canary found, %v", path, err)
				}
			}
			return nil
		})
		if found != 1 {
			t.Errorf("%d files", found)
		}
	})
}

// Twenty uploads at once must not weigh on the portal's memory (the portal's
// own ceiling for them is 50 MB).
func TestSealMemory(t *testing.T) {
	key, _ := newKey(t, newVault(t), [16]byte{1})
	store := openDisk(t)
	block := storagetest.Bytes(64<<10, 6)
	runtime.GC()
	var before, during runtime.MemStats
	runtime.ReadMemStats(&before)
	const uploads, blocks = 20, 320 // of 20 MB each
	var half, wait sync.WaitGroup
	measured := make(chan struct{})
	half.Add(uploads)
	for range uploads {
		wait.Go(func() {
			w, err := storage.CreateSegment(context.Background(), store, key, fileA, 0, storage.NewDigest())
			if err != nil {
				t.Error(err)
				half.Done()
				return
			}
			defer w.Abort()
			for i := range blocks {
				if i == blocks/2+3 { // inside a frame
					half.Done()
					<-measured
				}
				if _, err := w.Write(block); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	half.Wait()
	runtime.GC()
	runtime.ReadMemStats(&during)
	close(measured)
	wait.Wait()
	each := (int64(during.HeapAlloc) - int64(before.HeapAlloc)) / uploads
	t.Logf("%d uploads of %d MB in flight: %d kB live each", uploads, blocks*len(block)>>20, each>>10)
	if each > 300<<10 {
		t.Errorf("%d kB live per stream, want at most 300", each>>10)
	}
}
