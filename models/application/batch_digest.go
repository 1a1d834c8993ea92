package application

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// BatchPart is a part of a batch that an officer may change between the rehearsal and
// the recording.
type BatchPart string

// The parts of a batch, in the order of its digest.
const (
	PartDecision BatchPart = "decision"
	PartLines    BatchPart = "lines"
	PartWords    BatchPart = "words"
	PartRelease  BatchPart = "release"
)

var batchParts = []BatchPart{PartDecision, PartLines, PartWords, PartRelease}

// Digest sums up what a batch would do, part by part: a form carries that of its
// rehearsal, so that what is recorded is what was rehearsed (P9.4). It proves nothing
// about who made it: an officer may decide anything that their rights allow.
func (in BatchInput) Digest() string {
	return strings.Join(in.digests(), ".")
}

// Differs names the parts of the batch that are not those of a digest; all of them for
// one that is none.
func (in BatchInput) Differs(digest string) []BatchPart {
	was, is := strings.Split(digest, "."), in.digests()
	if len(was) != len(is) {
		return slices.Clone(batchParts)
	}
	out := []BatchPart{}
	for i, part := range batchParts {
		if was[i] != is[i] {
			out = append(out, part)
		}
	}
	return out
}

func (in BatchInput) digests() []string {
	decision, lines, release := []string{string(in.Kind)}, []string{}, ""
	for _, w := range in.Lines {
		lines = append(lines, w.Application.String()+strconv.Itoa(w.Version))
		if w.Kind != "" {
			decision = append(decision, w.Application.String()+string(w.Kind))
		}
	}
	slices.Sort(decision[1:])
	slices.Sort(lines)
	if in.ReleaseOn != nil {
		release = in.ReleaseOn.Format(time.DateOnly)
	}
	return []string{sum(decision...), sum(lines...), sum(in.Reason, in.Message), sum(release)}
}

func sum(words ...string) string {
	h := sha256.New()
	for _, w := range words {
		h.Write([]byte(strconv.Itoa(len(w)) + ":" + w))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
