package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// Dimensions of the overview, in pixels.
const (
	forestWidth  = 860
	forestLeft   = 316
	forestRight  = 168 // the change in figures
	forestTop    = 82
	forestRow    = 20
	forestHead   = 30
	forestFoot   = 30
	forestMargin = 14
)

// forestRows returns the gated comparisons with an interval, grouped by metric in
// the catalogue's order.
func forestRows(v *gate.Verdict) [][]gate.Comparison {
	var groups [][]gate.Comparison
	for _, c := range v.Comparisons {
		if !c.Gated || c.Ratio == nil || c.CI == nil || !near(*c.Ratio, c.CI[0], c.CI[1], c.Tolerance) {
			continue
		}
		i := slices.IndexFunc(groups, func(g []gate.Comparison) bool { return g[0].Metric == c.Metric })
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], c)
	}
	slices.SortStableFunc(groups, func(a, b []gate.Comparison) int { return bench.Rank(a[0].Metric) - bench.Rank(b[0].Metric) })
	return groups
}

// forest draws the change of each comparison with its interval, in one panel per
// metric. Each panel has its own scale: a large change of allocations is a small
// one of CPU time.
func forest(t theme, v *gate.Verdict, groups [][]gate.Comparison) string {
	height := float64(forestTop)
	for _, g := range groups {
		height += forestHead + forestRow*float64(len(g)) + forestFoot + forestMargin
	}
	d := newDrawing(t, forestWidth, height, "Change of every gated comparison that uses statistics, with its confidence interval")
	d.text(20, 30, "Change from base to head of every gated comparison that uses statistics", label{size: 15, bold: true})
	d.drawLegend(20, 54, percent(v.Policy.Confidence)+" CI")
	y := float64(forestTop)
	for _, g := range groups {
		d.drawPanel(y, g)
		y += forestHead + forestRow*float64(len(g)) + forestFoot + forestMargin
	}
	return d.end()
}

// drawLegend draws the legend of shapes, line and band.
func (d *drawing) drawLegend(x, y float64, interval string) {
	for _, o := range []gate.Outcome{gate.Regressed, gate.Improved, gate.Unchanged, gate.Inconclusive} {
		drawMark(d, o, x+6, y-4)
		d.text(x+18, y, string(o), label{fill: d.theme.faint})
		x += 34 + textWidth(string(o), 12)
	}
	d.path(x, y-4, x+24, y-4, d.theme.text, 2, "")
	d.text(x+30, y, interval, label{fill: d.theme.faint})
	x += 46 + textWidth(interval, 12)
	d.rect(x, y-11, 24, 14, d.theme.band, 2)
	d.text(x+30, y, "within tolerance", label{fill: d.theme.faint})
}

// drawPanel draws the comparisons of one metric.
func (d *drawing) drawPanel(y float64, g []gate.Comparison) {
	t := d.theme
	a := axis{left: forestLeft, right: forestWidth - forestRight}
	a.lo, a.hi = forestRange(g)
	d.text(20, y+18, g[0].Metric, label{size: 13, bold: true})
	left, right := "← better", "worse →"
	if g[0].Better == bench.Higher {
		left, right = "← worse", "better →"
	}
	d.text(a.left, y+18, left, label{size: 11, fill: t.faint})
	d.text(a.right, y+18, right, label{size: 11, fill: t.faint, anchor: "end"})
	top := y + forestHead
	bottom := top + forestRow*float64(len(g))
	for i, c := range g {
		x, end := a.at(-100*c.Tolerance/(1+c.Tolerance)), a.at(100*c.Tolerance)
		d.rect(x, top+forestRow*float64(i), end-x, forestRow, t.band, 0)
	}
	ticks, step := a.ticks(6, 0)
	for _, tick := range ticks {
		x := a.at(tick)
		d.path(x, bottom, x, bottom+5, t.rule, 1, "")
		text := minus(strconv.FormatFloat(tick, 'f', decimals(step), 64)) + " %"
		if math.Abs(tick) < step/2 {
			text = "0 %"
		} else if tick > 0 {
			text = "+" + text
		}
		d.text(x, bottom+18, text, label{size: 11, fill: t.faint, anchor: "middle"})
	}
	d.path(a.left, bottom, a.right, bottom, t.rule, 1, "")
	d.path(a.at(0), top-4, a.at(0), bottom, t.faint, 1, "")
	for i, c := range g {
		d.drawForestLine(a, top+forestRow*(float64(i)+0.5), c)
	}
}

// drawForestLine draws one comparison. An arrowhead at the end of the line shows
// that the interval continues beyond the scale.
func (d *drawing) drawForestLine(a axis, y float64, c gate.Comparison) {
	t := d.theme
	colour, fill := t.neutral, t.faint
	bold := false
	switch c.Outcome {
	case gate.Regressed:
		colour, fill, bold = t.orange, t.text, true
	case gate.Improved:
		colour, fill = t.blue, t.text
	}
	d.text(forestLeft-14, y+4, fit(c.Benchmark, 12, forestLeft-34), label{fill: fill, anchor: "end", bold: bold})
	lo, hi := (c.CI[0]-1)*100, (c.CI[1]-1)*100
	d.path(a.at(lo), y, a.at(hi), y, colour, 2, "")
	if lo < a.lo {
		d.polygon(colour, colour, a.left-4, y, a.left+3, y-4, a.left+3, y+4)
	}
	if hi > a.hi {
		d.polygon(colour, colour, a.right+4, y, a.right-3, y-4, a.right-3, y+4)
	}
	if r := (*c.Ratio - 1) * 100; r >= a.lo && r <= a.hi {
		drawMark(d, c.Outcome, a.at(r), y)
	}
	d.text(forestWidth-forestRight+18, y+4, fmt.Sprintf("%s %s", ratio(*c.Ratio), interval(*c.Ratio, *c.CI)), label{size: 11, fill: fill, bold: bold})
}

// forestRange returns the scale of a panel in percent. It covers the tolerance
// and all intervals, but cuts off a single wide one that would flatten the others.
func forestRange(g []gate.Comparison) (lo, hi float64) {
	tolerance, widths := 0.0, []float64{}
	lo, hi = 0, 0
	for _, c := range g {
		tolerance = math.Max(tolerance, 100*c.Tolerance)
		l, h := (c.CI[0]-1)*100, (c.CI[1]-1)*100
		lo, hi = math.Min(lo, l), math.Max(hi, h)
		widths = append(widths, math.Max(math.Abs(l), math.Abs(h)))
	}
	slices.Sort(widths)
	limit := math.Max(6*widths[len(widths)/2], 3*tolerance)
	lo, hi = math.Max(lo, -limit), math.Min(hi, limit)
	lo, hi = math.Min(lo, -1.5*tolerance), math.Max(hi, 1.5*tolerance)
	if lo == hi { // nothing changed and nothing is tolerated
		lo, hi = -1, 1
	}
	return padded(lo, hi)
}
