package storage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"passerelle/storage"
	"passerelle/storage/storagetest"
)

// behindProxy opens a store that is impatient, as the portal's is, behind a
// proxy.
func behindProxy(t *testing.T, server storagetest.Server) (*storage.S3, *storagetest.Proxy, storagetest.Server) {
	t.Helper()
	proxy := storagetest.NewProxy(t, strings.TrimPrefix(server.Endpoint, "http://"))
	server.Endpoint = "http://" + proxy.Address
	return impatient(t, server, pause), proxy, server
}

// pause is how long the store of these tests leaves a silent server alone.
const pause = 100 * time.Millisecond

func impatient(t *testing.T, server storagetest.Server, pause time.Duration) *storage.S3 {
	t.Helper()
	options := server.Options(t, "faults")
	options.Stall, options.Pause = 500*time.Millisecond, pause
	store, err := storage.OpenS3(options)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// within fails when a call takes longer than a page may wait, three times out of
// three: the machine may stand still once.
func within(t *testing.T, limit time.Duration, call func() error) error {
	t.Helper()
	for tries := 1; ; tries++ {
		begun := time.Now()
		err := call()
		took := time.Since(begun)
		if took > limit && tries < 3 {
			time.Sleep(2 * pause)
			continue
		}
		if took > limit {
			t.Errorf("took %v, want at most %v (%v)", took, limit, err)
		}
		return err
	}
}

// answers has a call made again for as long as a busy machine keeps the server from
// answering it in time.
func answers(t *testing.T, call func() error) error {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); ; time.Sleep(2 * pause) {
		if err := call(); !errors.Is(err, storage.ErrUnavailable) || time.Now().After(end) {
			return err
		}
	}
}

func TestFaults(t *testing.T) {
	for _, server := range []func(testing.TB) storagetest.Server{storagetest.MinIO, storagetest.Versity} {
		s := server(t)
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			faults(t, s)
		})
	}
}

func faults(t *testing.T, server storagetest.Server) {
	store, proxy, behind := behindProxy(t, server)
	ctx, key, content := context.Background(), storage.NewKey(), storagetest.Bytes(3<<20, 8)
	patient := server.Options(t, "faults")
	patient.Patience = 40 * time.Second
	straight, err := storage.OpenS3(patient)
	if err != nil {
		t.Fatal(err)
	}
	if err := straight.Check(ctx); err != nil {
		t.Fatal(err)
	}
	storagetest.Write(t, straight, key, content)
	readOf := func(store *storage.S3) ([]byte, error) {
		r, err := store.Open(ctx, key)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	}
	read := func() error { _, err := readOf(store); return err }
	whole := func() error {
		got, err := readOf(store)
		if err == nil && !bytes.Equal(got, content) {
			err = fmt.Errorf("%d bytes of %d, or others", len(got), len(content))
		}
		return err
	}
	back := func(t *testing.T) {
		t.Helper()
		proxy.Set(storagetest.None, 0)
		if err := answers(t, whole); err != nil {
			t.Fatal("the store is not back: ", err)
		}
	}
	write := func() error {
		w, err := store.Create(ctx, storage.NewKey())
		if err != nil {
			return err
		}
		defer w.Abort()
		if _, err := w.Write(content); err != nil {
			return err
		}
		return w.Commit(ctx)
	}
	list := func() error {
		for _, err := range store.List(ctx, "") {
			if err != nil {
				return err
			}
		}
		return nil
	}
	calls := map[string]func() error{
		"open": read, "write": write, "list": list,
		"stat":   func() error { _, err := store.Stat(ctx, key); return err },
		"delete": func() error { return store.Delete(ctx, storage.NewKey()) },
	}
	for name, fault := range map[string]storagetest.Fault{"refused": storagetest.Refused, "silent": storagetest.Silent, "half an answer": storagetest.Half, "stalled": storagetest.Stalled} {
		for call, do := range calls {
			t.Run("R9 "+name+": "+call+" says unavailable in bounded time", func(t *testing.T) {
				defer back(t)
				proxy.Set(fault, 40)
				limit := 1500 * time.Millisecond // a second, and what busy cores add
				if call == "write" || call == "list" {
					limit = 2500 * time.Millisecond
				}
				if err := within(t, limit, do); !errors.Is(err, storage.ErrUnavailable) {
					t.Errorf("%v", err)
				}
			})
		}
	}
	t.Run("R9 a store that has just been silent is left alone, then found back", func(t *testing.T) {
		defer back(t)
		proxy.Set(storagetest.Silent, 0)
		if err := read(); !errors.Is(err, storage.ErrUnavailable) {
			t.Fatal(err)
		}
		long := impatient(t, behind, time.Minute)
		if _, err := readOf(long); !errors.Is(err, storage.ErrUnavailable) {
			t.Fatal(err)
		}
		before := proxy.Seen()
		for range 20 {
			if err := within(t, 50*time.Millisecond, func() error { _, err := readOf(long); return err }); !errors.Is(err, storage.ErrUnavailable) {
				t.Fatal(err)
			}
		}
		if n := proxy.Seen() - before; n > 0 {
			t.Errorf("%d connections to a store just found silent", n)
		}
	})
	t.Run("R9 an answer that breaks off is gone on with", func(t *testing.T) {
		defer back(t)
		proxy.Set(storagetest.Half, 1<<20)
		if err := answers(t, whole); err != nil {
			t.Error(err)
		}
	})
	t.Run("R9 an answer that stands still ends", func(t *testing.T) {
		defer back(t)
		proxy.Set(storagetest.Stalled, 1<<20)
		if err := within(t, 15*time.Second, read); !errors.Is(err, storage.ErrUnavailable) {
			t.Error(err)
		}
	})
	t.Run("R9 a slow answer is read to its end", func(t *testing.T) {
		defer back(t)
		proxy.Set(storagetest.Slow, 0)
		if err := answers(t, whole); err != nil {
			t.Error(err)
		}
	})
	t.Run("R9 a write that is cut leaves nothing readable", func(t *testing.T) {
		defer back(t)
		before := len(storagetest.Keys(t, straight, ""))
		proxy.Set(storagetest.Refused, 0)
		if err := write(); !errors.Is(err, storage.ErrUnavailable) {
			t.Error(err)
		}
		back(t)
		if after := len(storagetest.Keys(t, straight, "")); after != before {
			t.Errorf("%d objects more", after-before)
		}
	})
	t.Run("R9 a caller that gives up does not close the store to others", func(t *testing.T) {
		defer back(t)
		proxy.Set(storagetest.Silent, 0)
		if err := within(t, 500*time.Millisecond, func() error {
			short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			_, err := store.Open(short, key)
			return err
		}); err == nil {
			t.Error("opened")
		}
		proxy.Set(storagetest.None, 0)
		before := proxy.Seen()
		if err := read(); err != nil && proxy.Seen() == before { // asked, a busy server may be late
			t.Error(err)
		}
	})
	t.Run("R9 a file that moves is read from the store that is up", func(t *testing.T) {
		defer back(t)
		disk := openDisk(t)
		storagetest.Write(t, disk, key, content)
		proxy.Set(storagetest.Refused, 0)
		if got := storagetest.Read(t, storage.Both{To: store, From: disk}, key); !bytes.Equal(got, content) {
			t.Error("other content")
		}
	})
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	server := storagetest.Versity(t)
	check := func(change func(*storage.S3Options)) error {
		options := server.Options(t, "advice")
		change(&options)
		store, err := storage.OpenS3(options)
		if err != nil {
			return err
		}
		return store.Check(context.Background())
	}
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	for _, c := range []struct {
		name, say string
		change    func(*storage.S3Options)
	}{
		{"nothing wrong", "", func(*storage.S3Options) {}},
		{"key refused", "S3_ACCESS_KEY", func(o *storage.S3Options) { o.AccessKey = "someoneelse" }},
		{"secret refused", "S3_SECRET_KEY", func(o *storage.S3Options) { o.SecretKey = "notthesecret" }},
		{"nobody there", "does not answer", func(o *storage.S3Options) { o.Endpoint = "http://" + nobody.Addr().String() }},
		{"no such machine", "S3_ENDPOINT", func(o *storage.S3Options) { o.Endpoint = "http://s3.invalid:9000" }},
		{"no scheme", "give a scheme", func(o *storage.S3Options) { o.Endpoint = "s3.example.org" }},
		{"no keys", "are needed", func(o *storage.S3Options) { o.SecretKey = "" }},
	} {
		t.Run("P16.2 "+c.name, func(t *testing.T) {
			err := check(c.change)
			switch {
			case c.say == "" && err != nil:
				t.Error(err)
			case c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say)):
				t.Errorf("%v does not say %q", err, c.say)
			case err != nil && strings.Contains(err.Error(), server.SecretKey):
				t.Error("the secret is printed")
			}
		})
	}
}

// smallDisk mounts a disk of a few megabytes.
func smallDisk(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("a small disk cannot be mounted here (needs root): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return folder
}

func TestFull(t *testing.T) {
	ctx := context.Background()
	fill := func(t *testing.T, s storage.Store) {
		t.Helper()
		storagetest.Write(t, s, storage.NewKey(), storagetest.Bytes(500_000, 1))
		before := storagetest.Keys(t, s, "")
		w, err := s.Create(ctx, storage.NewKey())
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Write(storagetest.Bytes(4<<20, 2))
		if err == nil {
			err = w.Commit(ctx)
		}
		w.Abort()
		if !errors.Is(err, storage.ErrFull) {
			t.Fatalf("got %v", err)
		}
		if after := storagetest.Keys(t, s, ""); len(after) != len(before) {
			t.Errorf("%d objects, want %d", len(after), len(before))
		}
		// Room again, without anyone mending anything.
		storagetest.Write(t, s, storage.NewKey(), storagetest.Bytes(400_000, 3))
	}
	t.Run("R18 a full disk says so and keeps nothing of the object", func(t *testing.T) {
		folder := smallDisk(t)
		disk, err := storage.OpenDisk(folder)
		if err != nil {
			t.Fatal(err)
		}
		fill(t, disk)
		if left, _ := os.ReadDir(filepath.Join(folder, ".tmp")); len(left) != 0 {
			t.Errorf("%d temporary files left", len(left))
		}
		if free, err := disk.Free(ctx); err != nil || free <= 0 || free > 2<<20 {
			t.Error(free, err)
		}
	})
	t.Run("R18 a full temporary folder before S3 does too", func(t *testing.T) {
		server := storagetest.Versity(t)
		options := server.Options(t, "full")
		options.TempFolder, options.Patience = smallDisk(t), 10*time.Second
		store, err := storage.OpenS3(options)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Check(ctx); err != nil {
			t.Fatal(err)
		}
		fill(t, store)
		if left, _ := os.ReadDir(options.TempFolder); len(left) != 0 {
			t.Errorf("%d temporary files left", len(left))
		}
	})
}

// TestWriterKilled runs itself as a child that writes, and kills it.
func TestWriterKilled(t *testing.T) {
	if folder := os.Getenv("STORAGE_TEST_WRITE"); folder != "" {
		disk, err := storage.OpenDisk(folder)
		if err != nil {
			t.Fatal(err)
		}
		w, err := disk.Create(context.Background(), storage.NewKey())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(storagetest.Bytes(1<<20, 1)); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("written\n")
		select {}
	}
	folder := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestWriterKilled$")
	child.Env = append(os.Environ(), "STORAGE_TEST_WRITE="+folder)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	temporary := func() []string {
		found, _ := filepath.Glob(filepath.Join(folder, ".tmp", "*"))
		for _, path := range found { // as if a while had passed
			_ = os.Chtimes(path, time.Now().Add(-time.Hour), time.Now().Add(-time.Hour))
		}
		return found
	}
	if len(temporary()) != 1 {
		t.Fatal("the child writes nothing")
	}
	if _, err := storage.OpenDisk(folder); err != nil {
		t.Fatal(err)
	}
	if len(temporary()) != 1 {
		t.Fatal("a living writer lost its file")
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	t.Run("P7.4 a writer that was killed leaves nothing after the next start", func(t *testing.T) {
		disk, err := storage.OpenDisk(folder)
		if err != nil {
			t.Fatal(err)
		}
		if left := temporary(); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
		if keys := storagetest.Keys(t, disk, ""); len(keys) != 0 {
			t.Errorf("readable: %v", keys)
		}
	})
}

// A volume that is not mounted must not read as documents lost.
func TestDiskGone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "store")
	disk, err := storage.OpenDisk(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if _, err := disk.Open(context.Background(), storage.NewKey()); !errors.Is(err, storage.ErrUnavailable) {
		t.Error(err)
	}
	if _, err := disk.Create(context.Background(), storage.NewKey()); !errors.Is(err, storage.ErrUnavailable) {
		t.Error(err)
	}
	if err := disk.Check(context.Background()); err == nil || !strings.Contains(err.Error(), folder) {
		t.Error(err)
	}
}
