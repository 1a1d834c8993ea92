package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"passerelle/storage"
	"passerelle/storage/storagetest"
)

var fileA, fileB = [16]byte{0xa}, [16]byte{0xb}

const frame = 1 << 20

// masterText is a key of this test alone.
const masterText = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func newVault(t testing.TB) *storage.Vault {
	t.Helper()
	ring, err := storage.TextKeyring(masterText)
	if err != nil {
		t.Fatal(err)
	}
	return storage.NewVault(ring)
}

func newKey(t testing.TB, v *storage.Vault, id [16]byte) (storage.DataKey, []byte) {
	t.Helper()
	wrapped, err := v.NewKey(id)
	if err != nil {
		t.Fatal(err)
	}
	key, err := v.Key(id, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	return key, wrapped
}

func seal(t testing.TB, key storage.DataKey, file [16]byte, ordinal int, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	s := storage.NewSealer(key, file, ordinal, &out)
	if _, err := s.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func unseal(key storage.DataKey, file [16]byte, ordinal int, sealed []byte, plain int) ([]byte, error) {
	return io.ReadAll(storage.Unseal(key, file, ordinal, bytes.NewReader(sealed), int64(plain)))
}

func TestSealRoundTrip(t *testing.T) {
	key, _ := newKey(t, newVault(t), [16]byte{1})
	edges := []int{0, 1, 65_479, 65_480, 65_481, 65_480 + 65_520, 65_480 + 65_521, frame - 1, frame, frame + 1, 2 * frame, 2*frame + 65_480, 3*frame - 1}
	content := storagetest.Bytes(4*frame, 9)
	for _, n := range edges {
		sealed := seal(t, key, fileA, 0, content[:n])
		if int64(len(sealed)) != storage.Sealed(int64(n)) {
			t.Errorf("%d bytes sealed to %d, announced %d", n, len(sealed), storage.Sealed(int64(n)))
		}
		if got, err := unseal(key, fileA, 0, sealed, n); err != nil || !bytes.Equal(got, content[:n]) {
			t.Errorf("%d bytes: %d back, %v", n, len(got), err)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, 4*frame).Draw(r, "size")
		if edge := rapid.SampledFrom(edges).Draw(r, "edge"); rapid.Bool().Draw(r, "near an edge") {
			n = max(0, edge+rapid.IntRange(-2, 2).Draw(r, "off"))
		}
		var out bytes.Buffer
		s := storage.NewSealer(key, fileA, 3, &out)
		for rest := content[:n]; len(rest) > 0; {
			piece := min(len(rest), rapid.IntRange(1, 700_000).Draw(r, "piece"))
			if _, err := s.Write(rest[:piece]); err != nil {
				r.Fatal(err)
			}
			rest = rest[piece:]
		}
		if err := s.Close(); err != nil {
			r.Fatal(err)
		}
		plain := storage.Unseal(key, fileA, 3, bytes.NewReader(out.Bytes()), int64(n))
		for range 3 {
			from := rapid.IntRange(0, n).Draw(r, "from")
			to := rapid.IntRange(from, n).Draw(r, "to")
			got := make([]byte, to-from)
			if _, err := plain.Seek(int64(from), io.SeekStart); err != nil {
				r.Fatal(err)
			}
			if _, err := io.ReadFull(plain, got); err != nil || !bytes.Equal(got, content[from:to]) {
				r.Fatalf("range %d-%d of %d: %v", from, to, n, err)
			}
		}
	})
}

func TestSealRefusesAlteration(t *testing.T) {
	key, _ := newKey(t, newVault(t), [16]byte{1})
	other, _ := newKey(t, newVault(t), [16]byte{2})
	refused := func(t *testing.T, sealed []byte, plain int) {
		t.Helper()
		if got, err := unseal(key, fileA, 0, sealed, plain); !errors.Is(err, storage.ErrCorrupt) {
			t.Fatalf("%d bytes given, %v", len(got), err)
		}
	}
	small := storagetest.Bytes(300, 1)
	t.Run("P7.4 every single bit changed is refused", func(t *testing.T) {
		sealed := seal(t, key, fileA, 0, small)
		for bit := range len(sealed) * 8 {
			changed := bytes.Clone(sealed)
			changed[bit/8] ^= 1 << (bit % 8)
			refused(t, changed, len(small))
		}
	})
	t.Run("P7.4 a changed bit of an empty last frame is refused", func(t *testing.T) {
		content := storagetest.Bytes(frame, 2)
		sealed := seal(t, key, fileA, 0, content)
		sealed[len(sealed)-1] ^= 1
		refused(t, sealed, len(content))
	})
	t.Run("P7.4 every truncation is refused", func(t *testing.T) {
		sealed := seal(t, key, fileA, 0, small)
		for n := range len(sealed) {
			refused(t, sealed[:n], len(small))
		}
		long := storagetest.Bytes(2*frame, 3)
		whole := int(storage.Sealed(frame)) - int(storage.Sealed(0))
		sealed = seal(t, key, fileA, 0, long)
		for _, n := range []int{0, 1, whole - 1, whole, whole + 1, 2*whole - 1, 2 * whole, len(sealed) - 1} {
			refused(t, sealed[:n], len(long))
		}
		// A store that shortens the file cannot have the length of the row.
		refused(t, sealed[:whole], frame)
	})
	t.Run("P7.4 frames that change places are refused", func(t *testing.T) {
		long := storagetest.Bytes(2*frame+500, 4)
		sealed := seal(t, key, fileA, 0, long)
		whole := int(storage.Sealed(frame)) - int(storage.Sealed(0))
		swapped := append(append(bytes.Clone(sealed[whole:2*whole]), sealed[:whole]...), sealed[2*whole:]...)
		refused(t, swapped, len(long))
		twice := append(append(bytes.Clone(sealed[:whole]), sealed[:whole]...), sealed[2*whole:]...)
		refused(t, twice, len(long))
		again := append(bytes.Clone(sealed[:whole]), seal(t, key, fileB, 0, long)[whole:]...)
		refused(t, again, len(long))
	})
	t.Run("P7.4 a frame of an earlier sealing at the same place cannot lengthen or shorten it", func(t *testing.T) {
		short, long := seal(t, key, fileA, 0, small[:100]), seal(t, key, fileA, 0, small)
		refused(t, short, len(small))
		refused(t, long, 100)
	})
	t.Run("P7.4 another file, segment or key does not open it", func(t *testing.T) {
		sealed := seal(t, key, fileA, 0, small)
		for name, open := range map[string]func() ([]byte, error){
			"file":    func() ([]byte, error) { return unseal(key, fileB, 0, sealed, len(small)) },
			"segment": func() ([]byte, error) { return unseal(key, fileA, 1, sealed, len(small)) },
			"key":     func() ([]byte, error) { return unseal(other, fileA, 0, sealed, len(small)) },
		} {
			if got, err := open(); !errors.Is(err, storage.ErrCorrupt) || len(got) > 0 {
				t.Errorf("another %s: %d bytes, %v", name, len(got), err)
			}
		}
		if _, err := unseal(storage.DataKey{}, fileA, 0, sealed, len(small)); err == nil {
			t.Error("opened without a key")
		}
	})
}

func TestVault(t *testing.T) {
	id := [16]byte{7}
	t.Run("P12.6 a key wrapped for one row does not open another, nor under another master key", func(t *testing.T) {
		v := newVault(t)
		wrapped, err := v.NewKey(id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Key([16]byte{8}, wrapped); !errors.Is(err, storage.ErrKeyring) {
			t.Error(err)
		}
		ring, _, err := storage.FileKeyring(filepath.Join(t.TempDir(), "master.key"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := storage.NewVault(ring).Key(id, wrapped); !errors.Is(err, storage.ErrKeyring) {
			t.Error(err)
		}
		wrapped[5] ^= 1
		if _, err := v.Key(id, wrapped); !errors.Is(err, storage.ErrKeyring) {
			t.Error(err)
		}
	})
	t.Run("P12.6 a key cached is given for its own bytes alone", func(t *testing.T) {
		v := newVault(t)
		_, first := newKey(t, v, id)
		if _, err := v.Key(id, append(first, 0)); !errors.Is(err, storage.ErrKeyring) {
			t.Error(err)
		}
	})
	t.Run("P12.6 a forgotten key opens nothing more at once", func(t *testing.T) {
		v := newVault(t)
		_, wrapped := newKey(t, v, id)
		v.Forget(id)
		if _, err := v.Key(id, wrapped); !errors.Is(err, storage.ErrKeyring) {
			t.Error(err)
		}
		newKey(t, v, [16]byte{9})
	})
	t.Run("P12.6 a small value opens at its place only", func(t *testing.T) {
		key, _ := newKey(t, newVault(t), id)
		sealed, err := key.Encrypt([]byte("FR7630006000011234567890189"), "bank/iban/1")
		if err != nil || bytes.Contains(sealed, []byte("FR76")) {
			t.Fatal(err)
		}
		if plain, err := key.Decrypt(sealed, "bank/iban/1"); err != nil || string(plain) != "FR7630006000011234567890189" {
			t.Error(string(plain), err)
		}
		if _, err := key.Decrypt(sealed, "bank/iban/2"); !errors.Is(err, storage.ErrCorrupt) {
			t.Error(err)
		}
	})
	t.Run("S11 the master key is replaced without touching the documents", func(t *testing.T) {
		key, wrapped := newKey(t, newVault(t), id)
		sealed := seal(t, key, fileA, 0, []byte("same"))
		const newer = "HxQdHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA="
		ring := func(text string) *storage.Vault {
			r, err := storage.TextKeyring(text)
			if err != nil {
				t.Fatal(err)
			}
			return storage.NewVault(r)
		}
		if _, err := ring(newer).Key(id, wrapped); !errors.Is(err, storage.ErrKeyring) {
			t.Error(err)
		}
		again, err := ring(newer+"\n"+masterText).Rewrap(id, wrapped)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newVault(t).Key(id, again); !errors.Is(err, storage.ErrKeyring) {
			t.Error("still wrapped by the former key", err)
		}
		reopened, err := ring(newer).Key(id, again)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := unseal(reopened, fileA, 0, sealed, 4); err != nil || string(got) != "same" {
			t.Error(string(got), err)
		}
	})
}

func TestKeyring(t *testing.T) {
	t.Run("P7.4 the master key is made once, for its owner alone", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "data", "master.key")
		made := make([]bool, 8)
		var wait sync.WaitGroup
		for i := range made {
			wait.Go(func() {
				var err error
				if _, made[i], err = storage.FileKeyring(path); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if n := strings.Count(fmt.Sprint(made), "true"); n != 1 {
			t.Errorf("made %d times", n)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatal(info.Mode(), err)
		}
		if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
			t.Errorf("%d files left", len(entries))
		}
		first, _, err := storage.FileKeyring(path)
		if err != nil {
			t.Fatal(err)
		}
		wrapped, err := first.Wrap([]byte("k"), nil)
		if err != nil {
			t.Fatal(err)
		}
		second, _, err := storage.FileKeyring(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := second.Unwrap(wrapped, nil); err != nil || string(got) != "k" {
			t.Error(err)
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := storage.FileKeyring(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("a key that others can read: %v", err)
		}
	})
	for name, text := range map[string]string{"nothing": "", "short": "AAEC", "words": "correct horse battery staple", "broken keyset": `{"primaryKeyId":1}`} {
		if _, err := storage.TextKeyring(text); err == nil {
			t.Errorf("%s is taken for a master key", name)
		}
	}
}
