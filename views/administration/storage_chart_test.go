package administration

import (
	"strconv"
	"testing"

	"passerelle/models/keeping"
	"passerelle/views/i18n"
)

func TestGrowthChart(t *testing.T) {
	ctx := i18n.With(t.Context(), i18n.French)
	t.Run("P14.2 every part of a column lies on the one below, inside the drawing", func(t *testing.T) {
		points := []keeping.Point{{Year: 2026, Month: 1}, {Year: 2026, Month: 2, Deposits: 38 << 30, Renditions: 9 << 30, Rest: 4 << 30},
			{Year: 2026, Month: 3, Deposits: 112 << 30, Renditions: 34 << 30, Rest: 10 << 30}}
		g := layChart(ctx, points)
		if len(g.Columns) != 3 || len(g.Columns[0].Bars) != 0 || g.Columns[0].Label != "" || g.Columns[1].Label != "51\u00a0Go" || g.Columns[2].Label != "156\u00a0Go" {
			t.Fatalf("%+v", g)
		}
		for _, c := range g.Columns {
			under := chartBase
			for _, b := range c.Bars {
				y, _ := strconv.ParseFloat(b.Y, 64)
				high, _ := strconv.ParseFloat(b.Height, 64)
				if d := y + high - under; d > 0.01 || d < -0.01 || y < chartTop-0.01 {
					t.Errorf("%+v under %v", b, under)
				}
				under = y
			}
		}
		if len(g.Ticks) < 3 || len(g.Ticks) > 7 || g.Ticks[1].Label != "50\u00a0Go" {
			t.Errorf("%+v", g.Ticks)
		}
	})
	t.Run("P14.2 nothing stored draws an empty grid", func(t *testing.T) {
		if g := layChart(ctx, []keeping.Point{{Year: 2026, Month: 1}}); len(g.Columns) != 1 || len(g.Columns[0].Bars) != 0 || len(g.Ticks) < 2 {
			t.Errorf("%+v", g)
		}
	})
}
