package people_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"strconv"

	"passerelle/models"
	"passerelle/models/people"
)

// solve finds the answer that the page's script would find.
func solve(challenge string) string {
	for n := 0; ; n++ {
		answer := strconv.Itoa(n)
		sum := sha256.Sum256([]byte(challenge + ":" + answer))
		if bits.LeadingZeros64(binary.BigEndian.Uint64(sum[:8])) >= people.CheckBits {
			return answer
		}
	}
}

func activating(token string) func(context.Context, models.Tx) error {
	return func(ctx context.Context, tx models.Tx) error {
		_, err := people.Activate(ctx, tx, anonymous, token)
		return err
	}
}
