package storage

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	aeadsubtle "github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Keyring holds the master key (clé maîtresse), which never leaves it: it wraps
// the keys of people. Nothing else in the portal can open a document.
type Keyring interface {
	// Wrap encrypts a person's key, bound to bound.
	Wrap(key, bound []byte) ([]byte, error)
	// Unwrap gives it back; ErrKeyring when it was wrapped by another master
	// key, or bound to something else.
	Unwrap(wrapped, bound []byte) ([]byte, error)
}

// ErrKeyring: a key was not wrapped by this master key.
var ErrKeyring = errors.New("storage: wrapped by another master key")

// aeadRing is a keyring in the memory of this process.
type aeadRing struct{ master tink.AEAD }

func (r aeadRing) Wrap(key, bound []byte) ([]byte, error) { return r.master.Encrypt(key, bound) }

func (r aeadRing) Unwrap(wrapped, bound []byte) ([]byte, error) {
	key, err := r.master.Decrypt(wrapped, bound)
	if err != nil {
		return nil, ErrKeyring
	}
	return key, nil
}

// TextKeyring reads a master key from a setting: 32 bytes in base64, with former
// keys after it that only unwrap, separated by blanks; or a Tink keyset in JSON.
func TextKeyring(text string) (Keyring, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(strings.NewReader(text)))
		if err != nil {
			return nil, fmt.Errorf("master key: this keyset cannot be read: %w", err)
		}
		master, err := aead.New(handle)
		if err != nil {
			return nil, fmt.Errorf("master key: this keyset does not encrypt: %w", err)
		}
		return aeadRing{master}, nil
	}
	var ring rotatingRing
	for _, line := range strings.Fields(text) {
		key, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(key) != 32 {
			return nil, errMasterKey
		}
		master, err := aeadsubtle.NewAESGCM(key)
		if err != nil {
			return nil, fmt.Errorf("master key: %w", err)
		}
		ring = append(ring, aeadRing{master})
	}
	if len(ring) == 0 {
		return nil, errMasterKey
	}
	return ring, nil
}

var errMasterKey = errors.New("master key: give 32 random bytes in base64 (openssl rand -base64 32), former keys after the one in use, or a Tink keyset in JSON")

// rotatingRing wraps with its first key and unwraps with any.
type rotatingRing []aeadRing

func (r rotatingRing) Wrap(key, bound []byte) ([]byte, error) { return r[0].Wrap(key, bound) }

func (r rotatingRing) Unwrap(wrapped, bound []byte) (key []byte, err error) {
	for _, one := range r {
		if key, err = one.Unwrap(wrapped, bound); err == nil {
			return key, nil
		}
	}
	return nil, err
}

// FileKeyring reads a master key from a file; made is true when there was none
// and one has been made, for the caller to tell the operator to save it.
func FileKeyring(path string) (ring Keyring, made bool, err error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if made, err = makeKeyFile(path); err == nil {
			content, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return nil, false, fmt.Errorf("master key: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, false, fmt.Errorf("master key: %s can be read by others: chmod 600 %s", path, path)
	}
	ring, err = TextKeyring(string(content))
	return ring, made, err
}

// makeKeyFile writes a new key whole or not at all: two processes that start
// together end up with the same one.
func makeKeyFile(path string) (made bool, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, err
	}
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails: it ends the process instead
	text := bytes.NewBufferString(base64.StdEncoding.EncodeToString(key[:]) + "\n")
	temp, err := os.CreateTemp(filepath.Dir(path), ".master-") // 0600
	if err != nil {
		return false, err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = text.WriteTo(temp)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return false, err
	}
	err = os.Link(temp.Name(), path)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, syncFolder(filepath.Dir(path))
}
