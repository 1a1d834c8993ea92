package i18n

import (
	"context"
	"strconv"
)

// Bytes writes the size of a file: "412 Ko", "1,4 Mo" in French, "412 KB", "1.4 MB" in
// English; by 1024, one decimal under ten, so that a limit of 5 Mo reads as it was set.
func Bytes(ctx context.Context, n int64) string {
	units := [2][4]string{{"octets", "Ko", "Mo", "Go"}, {"bytes", "KB", "MB", "GB"}}[From(ctx).column()]
	if n < 1024 {
		if n < 2 && n >= 0 {
			units[0] = units[0][:len(units[0])-1]
		}
		return strconv.FormatInt(n, 10) + "\u00a0" + units[0]
	}
	tenths, unit := n*10/1024, 1
	for tenths >= 10240 && unit < 3 {
		tenths, unit = tenths/1024, unit+1
	}
	if tenths >= 100 || tenths%10 == 0 {
		return number(From(ctx), int((tenths+5)/10)) + "\u00a0" + units[unit]
	}
	comma := ","
	if From(ctx) == English {
		comma = "."
	}
	return strconv.FormatInt(tenths/10, 10) + comma + strconv.FormatInt(tenths%10, 10) + "\u00a0" + units[unit]
}
