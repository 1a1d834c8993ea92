package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"passerelle/models"
)

// Argon2id at OWASP's minimum: 19 MiB, two passes, one lane, about 24 ms.
const (
	hashMemory = 19 * 1024
	hashPasses = 2
	hashLanes  = 1
	hashLength = 32
	// hashWait is how long a sign-in waits for a turn before it is shed.
	hashWait = 3 * time.Second
)

// turns bounds the hashes computed at once: more would only take memory.
var turns = sync.OnceValue(func() chan struct{} { return make(chan struct{}, max(2, runtime.GOMAXPROCS(0))) })

// turn waits for the right to hash; a flood is shed (429) rather than queued.
func turn(ctx context.Context) (func(), error) {
	slots := turns()
	wait := time.NewTimer(hashWait)
	defer wait.Stop()
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	case <-wait.C:
		return nil, models.Limited("account.busy", 5)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// HashPassword makes the PHC string that is stored. Seeds and operators may
// call it; it checks no rule of P1.2.
func HashPassword(ctx context.Context, password string) (string, error) {
	done, err := turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	return phc(salt, derive(password, salt)), nil
}

func derive(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, hashPasses, hashMemory, hashLanes, hashLength)
}

func phc(salt, sum []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashLanes,
		b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// dummy is compared where there is no account, so that both take as long.
var dummy = sync.OnceValue(func() string { return phc(make([]byte, 16), make([]byte, hashLength)) })

// verify compares a password with a stored hash; an empty hash never matches
// and takes as long.
func verify(ctx context.Context, stored, password string) (bool, error) {
	done, err := turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	usable := stored != ""
	if !usable {
		stored = dummy()
	}
	salt, want, err := readPHC(stored)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(derive(password, salt), want) == 1 && usable, nil
}

var errHash = errors.New("people: a stored password hash is unreadable")

func readPHC(s string) (salt, sum []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return nil, nil, errHash
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return nil, nil, errHash
	}
	if sum, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return nil, nil, errHash
	}
	return salt, sum, nil
}

// even makes every outcome of a public verb take a whole number of steps, so
// that its length tells nothing (P1.4). Used as `defer even(time.Now())`.
func even(ctx context.Context, start time.Time) {
	const step = 50 * time.Millisecond
	spent := time.Since(start)
	left := step - spent%step
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
