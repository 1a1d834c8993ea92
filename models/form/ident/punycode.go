package ident

import "strings"

// Parameters of RFC 3492, section 5.
const (
	punyBase  = 36
	punyTMin  = 1
	punyTMax  = 26
	punySkew  = 38
	punyDamp  = 700
	punyBias  = 72
	punyFirst = 128
)

// Punycode encodes one label of a domain name (RFC 3492) and adds "xn--" when the
// label is not plain ASCII. The label must already be mapped (lower case, composed).
func Punycode(label string) string {
	var b strings.Builder
	runes := []rune(label)
	for _, r := range runes {
		if r < punyFirst {
			b.WriteByte(byte(r))
		}
	}
	basic := b.Len()
	if basic == len(runes) {
		return label
	}
	if basic > 0 {
		b.WriteByte('-')
	}
	encodeRest(&b, runes, basic)
	return "xn--" + b.String()
}

func encodeRest(b *strings.Builder, runes []rune, basic int) {
	n, delta, bias, done := rune(punyFirst), 0, punyBias, basic
	for done < len(runes) {
		next := rune(0x10ffff)
		for _, r := range runes {
			if r >= n {
				next = min(next, r)
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range runes {
			if r < n {
				delta++
			}
			if r == n {
				writeDelta(b, delta, bias)
				bias = adapt(delta, done+1, done == basic)
				delta = 0
				done++
			}
		}
		delta++
		n++
	}
}

func writeDelta(b *strings.Builder, q, bias int) {
	for k := punyBase; ; k += punyBase {
		t := min(max(k-bias, punyTMin), punyTMax)
		if q < t {
			b.WriteByte(punyDigit(q))
			return
		}
		b.WriteByte(punyDigit(t + (q-t)%(punyBase-t)))
		q = (q - t) / (punyBase - t)
	}
}

func punyDigit(d int) byte {
	if d < 26 {
		return byte('a' + d)
	}
	return byte('0' + d - 26)
}

func adapt(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (punyBase-punyTMin)*punyTMax/2; k += punyBase {
		delta /= punyBase - punyTMin
	}
	return k + (punyBase-punyTMin+1)*delta/(delta+punySkew)
}
