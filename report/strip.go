package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// Dimensions of a strip plot, in pixels. Two fit side by side into a comment on a
// desktop, and one is still legible on a phone.
const (
	stripWidth  = 400
	stripLeft   = 88
	stripRight  = 20
	stripTop    = 98 // below title, outcome, figures and the tolerance's label
	dotRadius   = 4
	minDotRow   = 60
	maxDotRow   = 132
	dotDistance = 9.5
)

// strip draws one comparison, base above head: each session's value as a dot, the
// medians, and the tolerance around base's median. If the change has an interval,
// strip also draws it, applied to base's median.
func strip(t theme, v *gate.Verdict, c gate.Comparison) string {
	m, _ := bench.Lookup(c.Metric)
	base, head := *c.Base, *c.Head
	low, high, banded := toleranceBand(c)
	values := append(append([]float64{base, head}, c.BaseValues...), c.HeadValues...)
	if banded {
		values = append(values, low, high)
	}
	if c.CI != nil {
		values = append(values, base*c.CI[0], base*c.CI[1])
	}
	lo, hi := padded(span(values...))
	least := 0.0
	if m.Unit == "1" && whole(values...) {
		least = 1 // no tick between two counts
	}
	a := axis{lo, hi, stripLeft, stripWidth - stripRight}

	rowHeight := math.Min(maxDotRow, math.Max(minDotRow, 32+dotDistance*float64(max(len(c.BaseValues), len(c.HeadValues)))))
	baseTop := float64(stripTop)
	if !banded {
		baseTop -= 16
	}
	headTop := baseTop + rowHeight + 6
	bottom := headTop + rowHeight
	if c.CI != nil {
		bottom += 30
	}
	baseText, headText := quantities(c.Metric, c.Base, c.Head)
	d := newDrawing(t, stripWidth, bottom+52, fmt.Sprintf("%s of %s: %s, %s, %s", c.Metric, c.Benchmark, baseText+" → "+headText, change(c), outcome(c.Outcome)))
	d.text(16, 26, fit(c.Benchmark, 14, stripWidth-32), label{size: 14, bold: true})
	drawMark(d, c.Outcome, 22, 43)
	d.text(36, 47, fit(c.Metric+" "+outcome(c.Outcome), 13, stripWidth-52), label{size: 13})
	d.text(16, 67, fit(baseText+" → "+headText+", "+change(c), 13, stripWidth-32), label{size: 13})

	if banded {
		x, end := a.at(low), a.at(high)
		d.rect(x, baseTop, math.Max(end-x, 1), bottom-baseTop, t.band, 0)
		name := "tolerance " + tolerance(c)
		middle := math.Min(math.Max((x+end)/2, a.left+textWidth(name, 11)/2), a.right-textWidth(name, 11)/2)
		d.text(middle, baseTop-6, name, label{size: 11, fill: t.faint, anchor: "middle"})
	}
	d.drawScale(a, bottom, c.Metric, least)
	d.path(a.at(base), baseTop, a.at(base), bottom, t.blue, 1, "3 3")
	d.drawDots(a, baseTop, rowHeight, "base", buildName(v.Base.Build), c.BaseValues, base, baseText, t.blue, false)
	d.drawDots(a, headTop, rowHeight, "head", buildName(v.Head.Build), c.HeadValues, head, headText, t.orange, true)
	if c.CI != nil {
		y := bottom - 15
		from, to := a.at(base*c.CI[0]), a.at(base*c.CI[1])
		d.text(16, y+4, percent(v.Policy.Confidence)+" CI", label{fill: t.faint})
		d.path(from, y, to, y, t.text, 2, "")
		d.path(from, y-5, from, y+5, t.text, 2, "")
		d.path(to, y-5, to, y+5, t.text, 2, "")
		if c.Ratio != nil {
			x := a.at(base * *c.Ratio)
			d.polygon(t.text, t.text, x, y-5, x+5, y, x, y+5, x-5, y)
		}
	}
	return d.end()
}

// toleranceBand returns the tolerated range around base's median. There is none
// for exact counts without tolerance.
func toleranceBand(c gate.Comparison) (low, high float64, ok bool) {
	if c.Tolerance <= 0 {
		return 0, 0, false
	}
	if c.Class == bench.Exact {
		return *c.Base - c.Tolerance, *c.Base + c.Tolerance, true
	}
	return *c.Base / (1 + c.Tolerance), *c.Base * (1 + c.Tolerance), *c.Base > 0
}

// drawDots draws the sessions of one arm and their median. The first session is on
// top, so that a drift shows as a slope.
func (d *drawing) drawDots(a axis, top, height float64, arm, build string, values []float64, median float64, text, colour string, filled bool) {
	d.text(16, top+height/2, arm, label{size: 13, bold: true, fill: colour})
	d.text(16, top+height/2+16, fit(build, 11, stripLeft-24), label{size: 11, fill: d.theme.faint})
	first, last := top+23, top+height-9
	x := a.at(median)
	d.path(x, top+4, x, top+height-2, colour, 2.5, "")
	fill := d.theme.ground
	if filled {
		fill = colour
	}
	step := 0.0
	if len(values) > 1 {
		step = (last - first) / float64(len(values)-1)
	}
	for i, v := range values {
		if finite(v) {
			d.circle(a.at(v), first+step*float64(i), dotRadius, fill, colour)
		}
	}
	l := label{bold: true, fill: colour}
	if at := x + 7; at+textWidth(text, 12) < a.right {
		d.text(at, top+11, text, l)
	} else {
		l.anchor = "end"
		d.text(x-7, top+11, text, l)
	}
}

// drawScale draws the axis below the plot, with the metric's unit and with ticks at
// round values that are at least least apart.
func (d *drawing) drawScale(a axis, y float64, metric string, least float64) {
	m, _ := bench.Lookup(metric)
	mag := magnitudeFor(m.Unit, math.Max(math.Abs(a.lo), math.Abs(a.hi)))
	shown := axis{a.lo / mag.factor, a.hi / mag.factor, a.left, a.right}
	ticks, step := shown.ticks(5, least/mag.factor)
	d.path(a.left, y, a.right, y, d.theme.rule, 1, "")
	for _, tick := range ticks {
		x := shown.at(tick)
		d.path(x, y, x, y+5, d.theme.rule, 1, "")
		d.text(x, y+18, minus(strconv.FormatFloat(tick, 'f', decimals(step), 64)), label{size: 11, fill: d.theme.faint, anchor: "middle"})
	}
	name := metric
	if unit := strings.TrimSpace(mag.suffix); unit != "" {
		name += " (" + map[string]string{"k": "thousands", "M": "millions"}[unit] + unitName(unit) + ")"
	}
	d.text(stripWidth/2, y+37, fit(name+", one dot per session, first on top", 11, stripWidth-16), label{size: 11, fill: d.theme.faint, anchor: "middle"})
}

// unitName returns the unit in a suffix, which is empty for counts.
func unitName(suffix string) string {
	if suffix == "k" || suffix == "M" {
		return ""
	}
	return suffix
}

// drawMark draws the shape of an outcome, centred on a point: a triangle for
// regressed, a diamond for improved, a circle for unchanged, otherwise a hollow
// square.
func drawMark(d *drawing, o gate.Outcome, x, y float64) {
	t := d.theme
	switch o {
	case gate.Regressed:
		d.polygon(t.orange, t.orange, x, y-5.5, x+6, y+5, x-6, y+5)
	case gate.Improved:
		d.polygon(t.blue, t.blue, x, y-6, x+6, y, x, y+6, x-6, y)
	case gate.Unchanged:
		d.circle(x, y, 4, t.neutral, t.neutral)
	default:
		d.polygon(t.ground, t.neutral, x-4.5, y-4.5, x+4.5, y-4.5, x+4.5, y+4.5, x-4.5, y+4.5)
	}
}
