package storagetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/storage"
)

// Run puts a store to the contract; open gives an empty one of the subtest's own.
func Run(t *testing.T, open func(t *testing.T) storage.Store) {
	for _, rule := range []struct {
		name string
		test func(*testing.T, storage.Store)
	}{
		{"P7.4 an object is readable after Commit, not before", commit},
		{"P7.4 nothing remains of what was aborted", abort},
		{"P7.4 an object is never overwritten", overwrite},
		{"P7.4 of several writers of one key one wins", race},
		{"P7.4 any range reads as the slice it is", ranges},
		{"an empty object is an object", empty},
		{"a large object comes back whole", large},
		{"P14.2 the list is complete, ordered and by prefix", list},
		{"a thousand keys are all listed", thousand},
		{"deleting twice is no error", deleteTwice},
		{"what is absent is not found", absent},
		{"P7.4 a key from elsewhere is refused", keys},
		{"a call ends with its context", cancelled},
		{"an operator's check passes and leaves nothing", check},
	} {
		t.Run(rule.name, func(t *testing.T) { rule.test(t, open(t)) })
	}
}

// Write commits one object and fails the test otherwise.
func Write(t testing.TB, s storage.Store, key string, content []byte) {
	t.Helper()
	if err := write(context.Background(), s, key, content); err != nil {
		t.Fatal(err)
	}
}

func write(ctx context.Context, s storage.Store, key string, content []byte) error {
	w, err := s.Create(ctx, key)
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := w.Write(content); err != nil {
		return err
	}
	return w.Commit(ctx)
}

// Read gives a whole object and fails the test otherwise.
func Read(t testing.TB, s storage.Store, key string) []byte {
	t.Helper()
	r, err := s.Open(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(content)) != r.Size() {
		t.Fatalf("%d bytes read, size says %d", len(content), r.Size())
	}
	return content
}

// Keys lists a whole store.
func Keys(t testing.TB, s storage.Store, prefix string) []string {
	t.Helper()
	keys := []string{}
	for object, err := range s.List(context.Background(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, object.Key)
	}
	return keys
}

// Bytes makes n bytes that do not compress, the same for the same seed.
func Bytes(n int, seed uint64) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), 7})
	_, _ = r.Read(b)
	return b
}

func wantErr(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func commit(t *testing.T, s storage.Store) {
	ctx, key, content := context.Background(), storage.NewKey(), Bytes(70_000, 1)
	w, err := s.Create(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for piece := range slices.Chunk(content, 9_999) {
		if n, err := w.Write(piece); err != nil || n != len(piece) {
			t.Fatal(n, err)
		}
	}
	_, err = s.Stat(ctx, key)
	wantErr(t, err, storage.ErrNotFound)
	_, err = s.Open(ctx, key)
	wantErr(t, err, storage.ErrNotFound)
	if left := Keys(t, s, ""); len(left) != 0 {
		t.Fatalf("listed before Commit: %v", left)
	}
	if err := w.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if !bytes.Equal(Read(t, s, key), content) {
		t.Fatal("other content")
	}
	object, err := s.Stat(ctx, key)
	if err != nil || object.Key != key || object.Size != int64(len(content)) || time.Since(object.Modified).Abs() > time.Minute {
		t.Fatalf("%+v, %v", object, err)
	}
	if w.Commit(ctx) == nil {
		t.Error("committed twice")
	}
	if _, err := w.Write([]byte("more")); err == nil {
		t.Error("written after Commit")
	}
}

func abort(t *testing.T, s storage.Store) {
	key := storage.NewKey()
	w, err := s.Create(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(Bytes(200_000, 2)); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	w.Abort()
	if w.Commit(context.Background()) == nil {
		t.Error("committed after Abort")
	}
	_, err = s.Open(context.Background(), key)
	wantErr(t, err, storage.ErrNotFound)
	Write(t, s, key, []byte("the key is still free"))
}

func overwrite(t *testing.T, s storage.Store) {
	key := storage.NewKey()
	late, err := s.Create(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer late.Abort()
	if _, err := late.Write([]byte("second")); err != nil {
		t.Fatal(err)
	}
	Write(t, s, key, []byte("first"))
	wantErr(t, late.Commit(context.Background()), storage.ErrExists)
	wantErr(t, write(context.Background(), s, key, []byte("third")), storage.ErrExists)
	if got := Read(t, s, key); string(got) != "first" {
		t.Fatalf("%q", got)
	}
}

func race(t *testing.T, s storage.Store) {
	const writers = 8
	key := storage.NewKey()
	results := make([]error, writers)
	var wait sync.WaitGroup
	for i := range writers {
		wait.Go(func() { results[i] = write(context.Background(), s, key, bytes.Repeat([]byte{byte('a' + i)}, 50_000)) })
	}
	wait.Wait()
	winner := -1
	for i, err := range results {
		switch {
		case err == nil && winner < 0:
			winner = i
		case err == nil:
			t.Fatalf("writers %d and %d both won", winner, i)
		case !errors.Is(err, storage.ErrExists):
			t.Fatal(err)
		}
	}
	if winner < 0 {
		t.Fatal("nobody won")
	}
	if got := Read(t, s, key); !bytes.Equal(got, bytes.Repeat([]byte{byte('a' + winner)}, 50_000)) {
		t.Fatalf("not what writer %d wrote", winner)
	}
}

func ranges(t *testing.T, s storage.Store) {
	key, content := storage.NewKey(), Bytes(1_000_003, 3)
	Write(t, s, key, content)
	r, err := s.Open(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for _, c := range [][2]int{{0, 1}, {1, 1}, {999_999, 4}, {65_535, 2}, {65_536, 65_536}, {3, 0}, {1_000_002, 1}, {500_000, 300_000}, {0, 1_000_003}, {900_000, 10}, {100, 100}, {250, 100}} {
		at, err := r.Seek(int64(c[0]), io.SeekStart)
		if err != nil || at != int64(c[0]) {
			t.Fatal(at, err)
		}
		got := make([]byte, c[1])
		if _, err := io.ReadFull(r, got); err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		if !bytes.Equal(got, content[c[0]:c[0]+c[1]]) {
			t.Fatalf("range %v differs", c)
		}
	}
	if _, err := r.Seek(-10, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(r); err != nil || !bytes.Equal(rest, content[len(content)-10:]) {
		t.Fatalf("the end: %d bytes, %v", len(rest), err)
	}
	if _, err := r.Seek(5_000_000, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Fatalf("past the end: %d, %v", n, err)
	}
	if _, err := r.Seek(-1, io.SeekStart); err == nil {
		t.Error("a negative place is taken")
	}
}

func empty(t *testing.T, s storage.Store) {
	key := storage.NewKey()
	Write(t, s, key, nil)
	if got := Read(t, s, key); len(got) != 0 {
		t.Fatalf("%d bytes", len(got))
	}
	if object, err := s.Stat(context.Background(), key); err != nil || object.Size != 0 {
		t.Fatal(object, err)
	}
	wantErr(t, write(context.Background(), s, key, []byte("x")), storage.ErrExists)
}

func large(t *testing.T, s storage.Store) {
	key, content := storage.NewKey(), Bytes(20<<20, 4)
	Write(t, s, key, content)
	if !bytes.Equal(Read(t, s, key), content) {
		t.Fatal("other content")
	}
}

func list(t *testing.T, s storage.Store) {
	keys := []string{}
	for i := range 40 {
		keys = append(keys, storage.NewKey())
		Write(t, s, keys[i], Bytes(i, 5))
	}
	slices.Sort(keys)
	if got := Keys(t, s, ""); !slices.Equal(got, keys) {
		t.Fatalf("%d listed of %d, or out of order", len(got), len(keys))
	}
	for _, prefix := range []string{keys[7][:2], keys[9][:5], keys[11][:20], keys[13], "zz", "not/a/key"} {
		want := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return !strings.HasPrefix(k, prefix) })
		if got := Keys(t, s, prefix); !slices.Equal(got, want) {
			t.Fatalf("prefix %q: %v, want %v", prefix, got, want)
		}
	}
	n := 0
	for _, err := range s.List(context.Background(), "") {
		if n++; err != nil || n == 3 {
			break
		}
	}
	if n != 3 {
		t.Fatal("a walk cannot be left")
	}
}

func thousand(t *testing.T, s storage.Store) {
	const objects, writers = 1_050, 8 // more than a page of S3
	var wait sync.WaitGroup
	var mu sync.Mutex
	keys := []string{}
	for range writers {
		wait.Go(func() {
			for {
				mu.Lock()
				full := len(keys) == objects
				key := storage.NewKey()
				if !full {
					keys = append(keys, key)
				}
				mu.Unlock()
				if full {
					return
				}
				if err := write(context.Background(), s, key, []byte(key)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	slices.Sort(keys)
	if got := Keys(t, s, ""); !slices.Equal(got, keys) {
		t.Fatalf("%d keys listed of %d, or out of order", len(got), len(keys))
	}
}

func deleteTwice(t *testing.T, s storage.Store) {
	key := storage.NewKey()
	Write(t, s, key, []byte("x"))
	for range 2 {
		if err := s.Delete(context.Background(), key); err != nil {
			t.Fatal(err)
		}
		_, err := s.Open(context.Background(), key)
		wantErr(t, err, storage.ErrNotFound)
	}
}

func absent(t *testing.T, s storage.Store) {
	_, err := s.Open(context.Background(), storage.NewKey())
	wantErr(t, err, storage.ErrNotFound)
	_, err = s.Stat(context.Background(), storage.NewKey())
	wantErr(t, err, storage.ErrNotFound)
}

func keys(t *testing.T, s storage.Store) {
	good := storage.NewKey()
	for _, key := range []string{"", "/", "..", "../../etc/passwd", "/etc/passwd", "jean.dupont/cv.pdf", strings.ToUpper("ab/cd/" + strings.Repeat("ef", 16)),
		good + "0", good[:len(good)-1], "../" + good[3:], good[:6] + strings.Repeat("0", 31) + ".", "00/00/" + strings.Repeat("1", 32), good + "\x00"} {
		_, err := s.Create(context.Background(), key)
		wantErr(t, err, storage.ErrKey)
		_, err = s.Open(context.Background(), key)
		wantErr(t, err, storage.ErrKey)
		_, err = s.Stat(context.Background(), key)
		wantErr(t, err, storage.ErrKey)
		wantErr(t, s.Delete(context.Background(), key), storage.ErrKey)
	}
}

func cancelled(t *testing.T, s storage.Store) {
	key, content := storage.NewKey(), Bytes(3<<20, 6)
	Write(t, s, key, content)
	over, cancel := context.WithCancel(context.Background())
	r, err := s.Open(over, key)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	w, err := s.Create(over, storage.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	cancel()
	_, err = io.Copy(io.Discard, r)
	wantErr(t, err, context.Canceled)
	_, err = w.Write(content)
	wantErr(t, err, context.Canceled)
	wantErr(t, w.Commit(context.Background()), context.Canceled)
	_, err = s.Open(over, key)
	wantErr(t, err, context.Canceled)
	_, err = s.Stat(over, key)
	wantErr(t, err, context.Canceled)
	wantErr(t, s.Delete(over, key), context.Canceled)
	for _, err := range s.List(over, "") {
		wantErr(t, err, context.Canceled)
	}
	if got := Keys(t, s, ""); len(got) != 1 {
		t.Fatalf("%d objects, want the first alone", len(got))
	}
	if !bytes.Equal(Read(t, s, key), content) {
		t.Fatal("a cancelled call is no fault of the store")
	}
}

func check(t *testing.T, s storage.Store) {
	if err := s.Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := Keys(t, s, ""); len(left) != 0 {
		t.Fatalf("left behind: %v", left)
	}
	if _, err := s.Free(context.Background()); err != nil {
		t.Fatal(err)
	}
}
