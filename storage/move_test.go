package storage_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"slices"
	"testing"

	"passerelle/storage"
	"passerelle/storage/storagetest"
)

// known lists objects with what a database would know of them.
func known(objects map[string][]byte) iter.Seq2[storage.Known, error] {
	return func(yield func(storage.Known, error) bool) {
		keys := []string{}
		for key := range objects {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			sum := sha256.Sum256(objects[key])
			if !yield(storage.Known{Key: key, Size: int64(len(objects[key])), Sum: sum[:]}, nil) {
				return
			}
		}
	}
}

func TestMove(t *testing.T) {
	ctx := context.Background()
	world := func(t *testing.T) (*storage.Disk, storage.Store, map[string][]byte) {
		from, to := openDisk(t), storagetest.Versity(t).Store(t)
		objects := map[string][]byte{}
		for i := range 30 {
			key := storage.NewKey()
			objects[key] = storagetest.Bytes(i*40_000, uint64(i))
			storagetest.Write(t, from, key, objects[key])
		}
		return from, to, objects
	}
	same := func(t *testing.T, s storage.Store, objects map[string][]byte) {
		t.Helper()
		for key, content := range objects {
			if !bytes.Equal(storagetest.Read(t, s, key), content) {
				t.Fatalf("%s differs", key)
			}
		}
	}
	t.Run("P14.2 a move goes on where it stopped, and back again", func(t *testing.T) {
		from, to, objects := world(t)
		stopping, stop := context.WithCancel(ctx)
		first, err := storage.Move(stopping, from, to, known(objects), func(m storage.Moved) {
			if m.Objects == 10 {
				stop()
			}
		})
		if !errors.Is(err, context.Canceled) || first.Copied != 10 {
			t.Fatal(first, err)
		}
		both := storage.Both{To: to, From: from}
		same(t, both, objects)
		second, err := storage.Move(ctx, from, to, known(objects), nil)
		if err != nil || second.Objects != 30 || second.Copied != 20 {
			t.Fatal(second, err)
		}
		same(t, to, objects)
		back := openDisk(t)
		if third, err := storage.Move(ctx, to, back, storage.Everything(ctx, to), nil); err != nil || third.Copied != 30 {
			t.Fatal(third, err)
		}
		same(t, back, objects)
	})
	t.Run("P14.2 a damaged copy is made again, a damaged original is reported and not copied", func(t *testing.T) {
		from, to, objects := world(t)
		keys := slices.Collect(func(yield func(string) bool) {
			for k := range known(objects) {
				if !yield(k.Key) {
					return
				}
			}
		})
		storagetest.Write(t, to, keys[3], []byte("half of it"))
		if _, err := storage.Move(ctx, from, to, known(objects), nil); err != nil {
			t.Fatal(err)
		}
		same(t, to, objects)
		lost := storage.NewKey()
		storagetest.Write(t, from, lost, []byte("altered"))
		objects[lost] = []byte("as it was")
		if _, err := storage.Move(ctx, from, to, known(objects), nil); !errors.Is(err, storage.ErrCorrupt) {
			t.Fatal(err)
		}
		if _, err := to.Stat(ctx, lost); !errors.Is(err, storage.ErrNotFound) {
			t.Error("an altered object was copied", err)
		}
	})
	t.Run("P14.2 everything stays readable and writable while a move runs", func(t *testing.T) {
		from, to, objects := world(t)
		both := storage.Both{To: to, From: from}
		added := storage.NewKey()
		_, err := storage.Move(ctx, from, to, known(objects), func(m storage.Moved) {
			switch m.Objects {
			case 5:
				storagetest.Write(t, both, added, []byte("meanwhile"))
			case 7, 21:
				same(t, both, objects)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := storagetest.Read(t, to, added); string(got) != "meanwhile" {
			t.Errorf("%q", got)
		}
	})
}
