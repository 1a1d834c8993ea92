package people

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/bits"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
)

// CheckBits is how many leading zero bits the computed answer needs: about
// 16,000 hashes, half a second of a phone (P1.15).
const CheckBits = 14

// checkLasts is how long a page may stay open before its check must be renewed.
const checkLasts = 24 * time.Hour

// NewCheck makes the challenge that a public form carries in a hidden field: an
// id that serves once, the signed time, the difficulty (P18.9). Nothing is
// stored until it comes back.
func NewCheck(db *models.DB) string {
	id := db.NewID()
	body := make([]byte, 0, 25)
	body = append(body, id[:]...)
	body = binary.BigEndian.AppendUint64(body, uint64(db.Clock.Now().Unix()))
	body = append(body, CheckBits)
	return base64.RawURLEncoding.EncodeToString(append(body, db.Keys.MAC("human", body)...))
}

// Check is what comes back with a public form.
type Check struct {
	Challenge string // NewCheck's, unchanged
	Answer    string // found by the script: SHA-256(challenge ":" answer) begins with CheckBits zero bits
	Trap      string // a field that people do not see; robots fill it
	Address   string // network address of the client
}

// Solved reports a right computed answer, for challenge as issued.
func (c Check) solved(needed int) bool {
	if c.Answer == "" || len(c.Answer) > 40 {
		return false
	}
	sum := sha256.Sum256([]byte(c.Challenge + ":" + c.Answer))
	return bits.LeadingZeros64(binary.BigEndian.Uint64(sum[:8])) >= needed
}

// passHuman verifies a check once the rest of the form is right, spends its id
// and counts the form. Every refusal is a 422 whose page carries a new check:
// what was typed is kept.
func passHuman(ctx context.Context, tx models.Tx, c Check) error {
	refused := func(problem string) error {
		return models.Invalid("account.invalid", field("check", problem))
	}
	raw, err := base64.RawURLEncoding.DecodeString(c.Challenge)
	if err != nil || len(raw) != 25+sha256.Size || !tx.Keys().Valid("human", raw[:25], raw[25:]) {
		return refused("expired")
	}
	age := tx.Now.Sub(time.Unix(int64(binary.BigEndian.Uint64(raw[16:24])), 0))
	if age > checkLasts || age < -time.Minute {
		return refused("expired")
	}
	if c.Trap != "" {
		return refused("trap")
	}
	computed := c.solved(int(raw[24]))
	least, err := tx.SettingInt(ctx, "human_min_seconds")
	if err != nil {
		return err
	}
	if !computed && age < time.Duration(least)*time.Second {
		return refused("fast")
	}
	tag, err := tx.PGX.Exec(ctx, `INSERT INTO challenges (id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, models.Prepared,
		uuid.UUID(raw[:16]), tx.Now)
	if err != nil {
		return fmt.Errorf("challenge: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return refused("used")
	}
	return limitForm(ctx, tx, c.Address, computed)
}
