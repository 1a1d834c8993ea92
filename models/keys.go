package models

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
)

// Keys derives every secret of the portal from one operator key of at least
// 32 bytes (PASSERELLE_SECRET_KEY).
type Keys struct{ secret []byte }

// NewKeys keeps the operator's key.
func NewKeys(secret []byte) Keys { return Keys{secret: secret} }

// MAC authenticates a message for one purpose; purposes never share a key.
func (k Keys) MAC(purpose string, message []byte) []byte {
	derived := hmac.New(sha256.New, k.secret)
	derived.Write([]byte("passerelle/" + purpose))
	mac := hmac.New(sha256.New, derived.Sum(nil))
	mac.Write(message)
	return mac.Sum(nil)
}

// Valid compares a MAC in constant time.
func (k Keys) Valid(purpose string, message, mac []byte) bool {
	return hmac.Equal(k.MAC(purpose, message), mac)
}

// LinkToken is the secret of a link in a mail: rebuilt by the job that sends
// it from the link's id and generation, stored only as a hash.
func (k Keys) LinkToken(link ID, generation int) string {
	message := append(link[:], []byte("/"+strconv.Itoa(generation))...)
	return base64.RawURLEncoding.EncodeToString(k.MAC("link", message))
}

// HashToken is how tokens of links, sign-ins and drafts are stored.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
