package people

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"passerelle/models"
)

var errSealed = errors.New("people: sealed with another key, or for something else")

// sealer is the portal's own key for one purpose; what is sealed for one opens
// for no other.
func sealer(keys models.Keys, purpose string) (cipher.AEAD, error) {
	block, err := aes.NewCipher(keys.MAC("seal/"+purpose, nil))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal encrypts bound to its context: moved to another row it does not open.
func seal(keys models.Keys, purpose string, plain, bound []byte) ([]byte, error) {
	aead, err := sealer(keys, purpose)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, bound), nil
}

func unseal(keys models.Keys, purpose string, sealed, bound []byte) ([]byte, error) {
	aead, err := sealer(keys, purpose)
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return nil, errSealed
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], bound)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSealed, err)
	}
	return plain, nil
}

// sealText seals a value for a hidden field of a page.
func sealText(keys models.Keys, purpose string, value any, bound []byte) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	sealed, err := seal(keys, purpose, plain, bound)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// unsealText reads it back; false for anything that was not sealed so.
func unsealText(keys models.Keys, purpose, text string, value any, bound []byte) bool {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(text) > 8<<10 {
		return false
	}
	plain, err := unseal(keys, purpose, sealed, bound)
	return err == nil && json.Unmarshal(plain, value) == nil
}
