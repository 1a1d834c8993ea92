package i18n_test

import (
	"context"
	"strings"
	"testing"

	"passerelle/views/i18n"
)

func TestBytes(t *testing.T) {
	for _, c := range []struct {
		n      int64
		fr, en string
	}{
		{0, "0 octet", "0 byte"}, {900, "900 octets", "900 bytes"}, {1024, "1 Ko", "1 KB"}, {421_888, "412 Ko", "412 KB"},
		{1_468_006, "1,3 Mo", "1.3 MB"}, {5_242_880, "5 Mo", "5 MB"}, {5_242_881, "5 Mo", "5 MB"}, {20 << 30, "20 Go", "20 GB"},
	} {
		t.Run("P15.1 "+c.fr, func(t *testing.T) {
			if got := i18n.Bytes(i18n.With(context.Background(), i18n.French), c.n); got != strings.ReplaceAll(c.fr, " ", "\u00a0") {
				t.Errorf("%q", got)
			}
			if got := i18n.Bytes(i18n.With(context.Background(), i18n.English), c.n); got != strings.ReplaceAll(c.en, " ", "\u00a0") {
				t.Errorf("%q", got)
			}
		})
	}
}
