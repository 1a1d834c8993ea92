package administration

import (
	"context"
	"strconv"
	"strings"
	"time"

	"passerelle/views/i18n"
)

// The curve of an hour, as the drawing has it: a breath of lag does not fill it.
const (
	lagWidth, lagTop, lagBottom = 96, 2, 18
	leastScale                  = 10 * time.Second
)

// worstLag is the longest of the hour, the present one included.
func (e SearchEngine) worstLag() time.Duration {
	worst := e.Lag
	for _, lag := range e.Hour {
		worst = max(worst, lag)
	}
	return worst
}

// lagLines are the points of the curve, parted where nobody noted the lag; none
// where there is nothing to tell.
func (e SearchEngine) lagLines() []string {
	scale := float64(max(e.worstLag(), leastScale))
	var lines []string
	var line []string
	end := func() {
		if len(line) > 1 {
			lines = append(lines, strings.Join(line, " "))
		}
		line = nil
	}
	for i, lag := range e.Hour {
		if i == len(e.Hour)-1 {
			lag = e.Lag // as the page itself found it
		}
		if lag < 0 {
			end()
			continue
		}
		x := float64(lagWidth*i) / float64(max(len(e.Hour)-1, 1))
		y := lagBottom - (lagBottom-lagTop)*float64(lag)/scale
		line = append(line, strconv.FormatFloat(x, 'f', 1, 64)+","+strconv.FormatFloat(y, 'f', 1, 64))
	}
	end()
	return lines
}

func (e SearchEngine) lagSpoken(ctx context.Context) string {
	return i18n.T(ctx, "admin.search.lag.hour", "worst", span(ctx, e.worstLag()), "now", span(ctx, e.Lag))
}
