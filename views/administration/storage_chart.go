package administration

import (
	"context"
	"strconv"

	"passerelle/models/keeping"
	"passerelle/views/i18n"
)

// The drawing of the growth: its size and the place of the bars, in units of its own.
const (
	chartWide, chartHigh = 720, 220
	chartLeft            = 58
	chartTop, chartBase  = 25.0, 190.0
)

// chartTick is a line of the grid.
type chartTick struct{ Y, TextY, Label string }

// chartBar is one part of a column.
type chartBar struct{ Class, X, Y, Width, Height string }

// chartColumn is a month.
type chartColumn struct {
	Bars          []chartBar
	Middle, Month string
	Label, LabelY string // of the first that holds anything, and of the last
}

// growthChart is the chart, ready to be drawn.
type growthChart struct {
	Ticks     []chartTick
	Columns   []chartColumn
	Left, End string
}

// layChart lays the points out on the server: no script draws anything.
func layChart(ctx context.Context, points []keeping.Point) growthChart {
	var top int64
	for _, p := range points {
		top = max(top, p.Total())
	}
	step := niceStep(top)
	high := max(step*((top+step-1)/step), step)
	y := func(n int64) float64 { return chartBase - (chartBase-chartTop)*float64(n)/float64(high) }
	g := growthChart{Left: chartUnit(chartLeft), End: chartUnit(chartWide)}
	for n := int64(0); n <= high; n += step {
		label := "0"
		if n > 0 {
			label = i18n.Bytes(ctx, n)
		}
		g.Ticks = append(g.Ticks, chartTick{Y: chartUnit(y(n)), TextY: chartUnit(y(n) + 4), Label: label})
	}
	wide := float64(chartWide-chartLeft) / float64(max(len(points), 1))
	labelled := false
	for i, p := range points {
		x := chartLeft + float64(i)*wide + wide*0.2
		c := chartColumn{Middle: chartUnit(x + wide*0.3), Month: i18n.MonthShort(ctx, p.Month)}
		var below int64
		for _, part := range []struct {
			class string
			n     int64
		}{{"chart__bar", p.Deposits}, {"chart__bar chart__bar--3", p.Renditions}, {"chart__bar chart__bar--2", p.Rest}} {
			if part.n <= 0 {
				continue
			}
			from, to := y(below), y(below+part.n)
			c.Bars = append(c.Bars, chartBar{Class: part.class, X: chartUnit(x), Y: chartUnit(to), Width: chartUnit(wide * 0.6), Height: chartUnit(from - to)})
			below += part.n
		}
		if last := i == len(points)-1; below > 0 && (!labelled || last) {
			c.Label, c.LabelY, labelled = i18n.Bytes(ctx, below), chartUnit(y(below)-6), true
		}
		g.Columns = append(g.Columns, c)
	}
	return g
}

// niceStep is a round number of bytes that cuts top in two to five.
func niceStep(top int64) int64 {
	unit := int64(1)
	for _, next := range []int64{1 << 10, 1 << 20, 1 << 30} {
		if top >= 2*next {
			unit = next
		}
	}
	for scale := unit; ; scale *= 10 {
		for _, n := range []int64{1, 2, 5} {
			if step := n * scale; step*5 >= top {
				return step
			}
		}
	}
}

func chartUnit(f float64) string { return strconv.FormatFloat(f, 'f', -1, 32) }

// chartInWords tells the chart in words, for who does not see it.
func chartInWords(ctx context.Context, points []keeping.Point) string {
	if len(points) == 0 {
		return ""
	}
	first, last := points[0], points[len(points)-1]
	for _, p := range points {
		if p.Total() > 0 {
			first = p
			break
		}
	}
	return i18n.T(ctx, "storage.chart.desc", "from", i18n.Bytes(ctx, first.Total()), "first", i18n.MonthYear(ctx, first.Year, first.Month),
		"to", i18n.Bytes(ctx, last.Total()), "last", i18n.MonthYear(ctx, last.Year, last.Month))
}
