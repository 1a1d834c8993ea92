package storage

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// Vault opens the keys of people (P7.4, P12.6). The wrapped key lies in the
// database; destroying that row, then Forget, makes every copy of every
// document of the person unreadable, in backups as well.
type Vault struct {
	ring Keyring

	mu    sync.Mutex
	cache map[[16]byte]cachedKey
	gone  map[[16]byte]bool
}

// cacheSize bounds the keys open at once; beyond it all are dropped and asked
// again, which costs microseconds.
const cacheSize = 1024

// cachedKey is bound to the very bytes it came from, so that a caller with
// another wrapped key never gets it.
type cachedKey struct {
	wrapped [sha256.Size]byte
	key     DataKey
}

// NewVault makes a vault over a master key.
func NewVault(ring Keyring) *Vault {
	return &Vault{ring: ring, cache: map[[16]byte]cachedKey{}, gone: map[[16]byte]bool{}}
}

// NewKey makes a person's key, wrapped for the row id of the database.
func (v *Vault) NewKey(id [16]byte) (wrapped []byte, err error) {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails: it ends the process instead
	wrapped, err = v.ring.Wrap(key[:], keyBound(id))
	if err != nil {
		return nil, fmt.Errorf("wrap key: %w", err)
	}
	return wrapped, nil
}

// Key opens a wrapped key; ErrKeyring when another master key wrapped it, it is
// another row's, or it was forgotten.
func (v *Vault) Key(id [16]byte, wrapped []byte) (DataKey, error) {
	sum := sha256.Sum256(wrapped)
	v.mu.Lock()
	cached, ok := v.cache[id]
	gone := v.gone[id]
	v.mu.Unlock()
	switch {
	case gone:
		return DataKey{}, ErrKeyring
	case ok && cached.wrapped == sum:
		return cached.key, nil
	}
	raw, err := v.ring.Unwrap(wrapped, keyBound(id))
	if err != nil {
		return DataKey{}, err
	}
	key, err := newDataKey(raw)
	if err != nil {
		return DataKey{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.gone[id] {
		return DataKey{}, ErrKeyring
	}
	if len(v.cache) >= cacheSize {
		clear(v.cache)
	}
	v.cache[id] = cachedKey{sum, key}
	return key, nil
}

// Forget drops a key at once and for good in this process, once its row is
// destroyed. Other processes drop theirs when they no longer find the row: a
// key is only ever asked for with the row's bytes.
func (v *Vault) Forget(id [16]byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.cache, id)
	v.gone[id] = true
}

// Rewrap wraps a key again by the master key in use now, after a rotation; the
// documents stay as they are.
func (v *Vault) Rewrap(id [16]byte, wrapped []byte) ([]byte, error) {
	raw, err := v.ring.Unwrap(wrapped, keyBound(id))
	if err != nil {
		return nil, err
	}
	return v.ring.Wrap(raw, keyBound(id))
}

// keyBound ties a wrapped key to its row.
func keyBound(id [16]byte) []byte { return append([]byte("passerelle key 1 "), id[:]...) }

// Sizes of the format of files: frames of frameSize plain bytes, the last one
// shorter; inside a frame, blocks of Tink's streaming AEAD.
const (
	frameSize  = 1 << 20
	blockSize  = 64 << 10
	headerSize = 1 + 32 + subtle.AESGCMHKDFNoncePrefixSizeInBytes
	tagSize    = subtle.AESGCMHKDFTagSizeInBytes
)

// DataKey is a person's open key. The zero value opens nothing. It is never
// stored, logged or sent.
type DataKey struct {
	files *subtle.AESGCMHKDF
	small cipher.AEAD
}

// errNoKey is a caller's mistake.
var errNoKey = errors.New("storage: empty key")

func newDataKey(raw []byte) (DataKey, error) {
	files, err := subtle.NewAESGCMHKDF(raw, "SHA256", 32, blockSize, 0)
	if err != nil {
		return DataKey{}, fmt.Errorf("data key: %w", err)
	}
	derived, err := hkdf.Key(sha256.New, raw, nil, "passerelle small 1", 32)
	if err != nil {
		return DataKey{}, fmt.Errorf("data key: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return DataKey{}, fmt.Errorf("data key: %w", err)
	}
	small, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return DataKey{}, fmt.Errorf("data key: %w", err)
	}
	return DataKey{files: files, small: small}, nil
}

// Encrypt seals a small value for a column of the database, such as a name of
// file, bound to its place ("table/column/id"): elsewhere it does not open.
func (k DataKey) Encrypt(plain []byte, place string) ([]byte, error) {
	if k.small == nil {
		return nil, errNoKey
	}
	return k.small.Seal(nil, nil, plain, []byte(place)), nil
}

// Decrypt opens what Encrypt sealed; ErrCorrupt when it was altered, moved or
// sealed with another key.
func (k DataKey) Decrypt(sealed []byte, place string) ([]byte, error) {
	if k.small == nil {
		return nil, errNoKey
	}
	plain, err := k.small.Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrCorrupt, place)
	}
	return plain, nil
}
