package i18n

import (
	"context"
	"strconv"
)

// thin is the narrow no-break space that French puts between thousands and before ; ! ?.
const thin = "\u202f"

// Number writes n with the thousands mark of the language: 6 086 with a narrow no-break
// space in French, 6,086 in English (P15.1). Not for years, postal codes or references.
func Number(ctx context.Context, n int) string { return number(From(ctx), n) }

// Percent writes a rounded percentage: "72 %" in French, "72%" in English.
func Percent(ctx context.Context, n int) string {
	if From(ctx) == English {
		return strconv.Itoa(n) + "%"
	}
	return strconv.Itoa(n) + thin + "%"
}

func number(lang Lang, n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	if len(digits) <= 3 {
		return sign + digits
	}
	mark := thin
	if lang == English {
		mark = ","
	}
	head := len(digits) % 3
	out := make([]byte, 0, len(digits)*2)
	out = append(out, sign...)
	out = append(out, digits[:head]...)
	for at := head; at < len(digits); at += 3 {
		if at > 0 {
			out = append(out, mark...)
		}
		out = append(out, digits[at:at+3]...)
	}
	return string(out)
}
