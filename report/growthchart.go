package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// maxGrowthCharts is how many comparisons of growth that did not change get a chart.
const maxGrowthCharts = 6

// Dimensions of a chart of growth, in pixels. It is as wide as a strip plot.
const (
	growthTop    = 98 // below title, outcome, figures and the legend
	growthHeight = 220
)

// growthDrawable returns the costs behind a comparison of growth, and whether both arms
// have costs at two sizes or more that have logarithms.
func growthDrawable(v *gate.Verdict, c gate.Comparison) ([]cost, bool) {
	if c.Base == nil || c.Head == nil || !near(*c.Base, *c.Head) {
		return nil, false
	}
	list := costsOf(v, c)
	for _, at := range list {
		if !(at.base > 0 && at.head > 0) || !near(at.base, at.head) {
			return nil, false
		}
	}
	return list, len(list) > 1
}

// growth draws what each size of a sweep costs, on logarithmic scales, on which a power of
// the size is a straight line. The slope of each arm's line is its exponent.
func growth(t theme, v *gate.Verdict, c gate.Comparison, list []cost) string {
	m, _ := bench.Lookup(c.Metric)
	base, head := sides(c)
	d := newDrawing(t, stripWidth, growthTop+growthHeight+58,
		fmt.Sprintf("%s in %s: exponent %s → %s, %s, %s", c.Subject(), c.Benchmark, base, head, change(c), outcome(c.Outcome)))
	d.text(16, 26, fit(c.Benchmark, 14, stripWidth-32), label{size: 14, bold: true})
	drawMark(d, c.Outcome, 22, 43)
	d.text(36, 47, fit(c.Subject()+" "+outcome(c.Outcome), 13, stripWidth-52), label{size: 13})
	d.text(16, 67, fit("exponent "+base+" → "+head+", "+change(c), 13, stripWidth-32), label{size: 13})

	var sizes, values []float64
	for _, at := range list {
		sizes = append(sizes, math.Log10(at.size))
		values = append(values, math.Log10(at.base), math.Log10(at.head))
	}
	bottom := float64(growthTop + growthHeight)
	x := axis{left: stripLeft, right: stripWidth - stripRight}
	x.lo, x.hi = margined(sizes)
	y := axis{left: bottom, right: growthTop} // upwards
	y.lo, y.hi = margined(values)

	for _, tick := range logTicks(y.lo, y.hi) {
		at := y.at(math.Log10(tick))
		d.path(x.left, at, x.right, at, t.band, 1, "")
		d.text(x.left-8, at+4, amount(m.Unit, tick), label{size: 11, fill: t.faint, anchor: "end"})
	}
	d.path(x.left, bottom, x.right, bottom, t.rule, 1, "")
	last := math.Inf(-1)
	for _, at := range list {
		text, px := digits(at.size, significant, "1"), x.at(math.Log10(at.size))
		d.path(px, bottom, px, bottom+5, t.rule, 1, "")
		if width := textWidth(text, 11); px-width/2 > last {
			d.text(px, bottom+18, text, label{size: 11, fill: t.faint, anchor: "middle"})
			last = px + width/2 + 4
		}
	}
	d.text((x.left+x.right)/2, bottom+38, fit(sweepOf(v, c).Parameter, 12, x.right-x.left), label{fill: t.faint, anchor: "middle"})

	for _, arm := range []struct {
		name, colour, fill string
		exponent, radius   float64
		at                 func(cost) float64
		left               float64
	}{
		{"base", t.blue, t.ground, *c.Base, dotRadius + 2, func(at cost) float64 { return at.base }, stripLeft},
		{"head", t.orange, t.orange, *c.Head, dotRadius, func(at cost) float64 { return at.head }, stripLeft + 130},
	} {
		center, middle := 0.0, 0.0
		for _, at := range list {
			center += math.Log10(at.size) / float64(len(list))
			middle += math.Log10(arm.at(at)) / float64(len(list))
		}
		line := func(size float64) float64 { return y.at(middle + arm.exponent*(size-center)) }
		from, to := slices.Min(sizes), slices.Max(sizes)
		d.path(x.at(from), line(from), x.at(to), line(to), arm.colour, 1.5, "")
		for _, at := range list {
			d.circle(x.at(math.Log10(at.size)), y.at(math.Log10(arm.at(at))), arm.radius, arm.fill, arm.colour)
		}
		d.circle(arm.left, 82, dotRadius, arm.fill, arm.colour)
		d.text(arm.left+10, 86, arm.name, label{bold: true, fill: arm.colour})
	}
	return d.end()
}

// margined returns the range of logarithms with room around it, at least as for a change
// by half.
func margined(values []float64) (lo, hi float64) {
	const least = 0.18
	lo, hi = slices.Min(values), slices.Max(values)
	pad := math.Max(0.06*(hi-lo), (least-(hi-lo))/2)
	return lo - pad, hi + pad
}

// logTicks returns round values whose decimal logarithms are between limits: powers of ten
// where there are enough, else with their double and fivefold, or else evenly spread ones.
func logTicks(lo, hi float64) []float64 {
	const enough, most = 3, 8
	if every := math.Ceil((hi - lo) / most); every > 1 {
		return powers(lo, hi, every, 1)
	}
	for _, steps := range [][]float64{{1}, {1, 2, 5}} {
		if list := powers(lo, hi, 1, steps...); len(list) >= enough {
			return list
		}
	}
	list, _ := axis{lo: math.Pow(10, lo), hi: math.Pow(10, hi)}.ticks(5, 0)
	return list
}

// powers returns the multiples of every so many powers of ten whose logarithms are between
// limits.
func powers(lo, hi, every float64, multiples ...float64) (list []float64) {
	for power := every * math.Floor(lo/every); power <= hi; power += every {
		for _, m := range multiples {
			tick := m * math.Pow(10, power)
			if at := math.Log10(tick); at >= lo && at <= hi && near(tick) {
				list = append(list, tick)
			}
		}
	}
	return list
}
