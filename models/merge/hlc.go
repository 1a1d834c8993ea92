package merge

import (
	"strconv"
	"strings"
)

const (
	hlcMs      = 12 // hexadecimal digits of 48 bits of milliseconds
	hlcCounter = 4
	maxMs      = 1<<48 - 1
	maxCounter = 1<<16 - 1
)

// Next returns the stamp that follows last: milliseconds, counter and device in
// fixed-width text that compares as strings. nowMs is the caller's clock in Unix
// milliseconds. A malformed or empty last counts as no stamp at all.
func Next(last string, nowMs int64, dev string) string {
	ms, n, ok := splitHLC(last)
	now := clampMs(nowMs)
	switch {
	case !ok || now > ms:
		ms, n = now, 0
	case n < maxCounter:
		n++
	case ms < maxMs:
		ms, n = ms+1, 0
	}
	return joinHLC(ms, n, dev)
}

// Clamp brings a stamp that runs ahead of the server back to the server's now, so
// that a clock one year ahead cannot stay on top. Servers call it on every operation
// that a client stamped. A malformed stamp becomes one of now.
func Clamp(hlc string, nowMs int64, dev string) string {
	ms, n, ok := splitHLC(hlc)
	now := clampMs(nowMs)
	if !ok || ms > now {
		return joinHLC(now, n, dev)
	}
	return hlc
}

func clampMs(ms int64) uint64 {
	return uint64(min(max(ms, 0), maxMs))
}

func splitHLC(s string) (ms, n uint64, ok bool) {
	if len(s) <= hlcMs+1+hlcCounter || s[hlcMs] != '-' || s[hlcMs+1+hlcCounter] != '-' {
		return 0, 0, false
	}
	ms, err := strconv.ParseUint(s[:hlcMs], 16, 48)
	if err != nil {
		return 0, 0, false
	}
	n, err = strconv.ParseUint(s[hlcMs+1:hlcMs+1+hlcCounter], 16, 16)
	return ms, n, err == nil
}

func joinHLC(ms, n uint64, dev string) string {
	return pad(ms, hlcMs) + "-" + pad(n, hlcCounter) + "-" + dev
}

func pad(n uint64, width int) string {
	s := strconv.FormatUint(n, 16)
	return strings.Repeat("0", max(width-len(s), 0)) + s
}
