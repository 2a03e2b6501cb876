package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// Dimensions of the chart of a history, in pixels. It is as wide as a phone, so
// that its text is legible there.
const (
	historyWidth  = 440
	historyLeft   = 66
	historyRight  = 16
	historyTop    = 44 // with labels of changes
	historyPlain  = 12 // without labels
	historyHeight = 112
	historyFlat   = 30 // of a metric that was always the same
	historyBottom = 24
	// leastSpan is the least part of its upper end that a scale spans. A change by
	// a millionth that filled a chart would look like a leap.
	leastSpan = 0.005
)

// historyChart draws the median of each commit, the range of its sessions, and
// the changes of level. Commits are evenly spaced, in order. It returns "" if
// the values are so far apart that their difference overflows.
func historyChart(h gate.History, commits []commit) string {
	top := float64(historyPlain)
	if len(h.Changes) > 0 {
		top = historyTop
	}
	bottom, flat := top+historyHeight, always(h)
	if flat {
		bottom = top + historyFlat
	}
	y := historyScale(h, top, bottom)
	if !finite(y.hi - y.lo) {
		return ""
	}
	d := newDrawing(paged, historyWidth, bottom+historyBottom, historyTitle(h, commits))
	x := func(record int) float64 {
		left, right := float64(historyLeft+6), float64(historyWidth-historyRight)
		if len(commits) == 1 {
			return (left + right) / 2
		}
		return left + (right-left)*float64(record)/float64(len(commits)-1)
	}
	if flat {
		d.text(historyLeft-6, y.at(h.Runs[0].Median)+4, quantity(h.Metric, &h.Runs[0].Median), label{size: 12, fill: d.theme.faint, anchor: "end"})
	} else {
		d.drawHistoryTicks(h, y)
	}
	for _, n := range commitTicks(len(commits)) {
		d.text(x(n-1), bottom+17, fmt.Sprint(n), label{size: 12, fill: d.theme.faint, anchor: "middle"})
	}
	d.drawHistoryLevels(h, y, x)

	var ranges, line, dots strings.Builder
	last := -2
	for _, run := range h.Runs {
		at := x(run.Record)
		low, high := span(run.Values...)
		if len(run.Values) > 1 {
			fmt.Fprintf(&ranges, "M%s %sV%s", num(at), num(y.at(low)), num(y.at(high)))
		}
		command := "L"
		if run.Record != last+1 {
			command = "M"
		}
		last = run.Record
		fmt.Fprintf(&line, "%s%s %s", command, num(at), num(y.at(run.Median)))
		fmt.Fprintf(&dots, "M%s %sh0", num(at), num(y.at(run.Median)))
	}
	width := math.Min(6, 0.6*(historyWidth-historyLeft-historyRight)/float64(len(commits)))
	d.trace(ranges.String(), d.theme.blue, math.Max(1, width), 0.3)
	d.trace(line.String(), d.theme.blue, 1.2, 0.7)
	d.trace(dots.String(), d.theme.blue, math.Max(2.4, math.Min(4.5, width)), 1)
	d.drawHistoryChanges(h, commits, x, bottom)
	return d.end()
}

// always reports whether all sessions of all commits have the same value.
func always(h gate.History) bool {
	for _, run := range h.Runs {
		if low, high := span(run.Values...); low != h.Runs[0].Median || high != low {
			return false
		}
	}
	return true
}

// historyTitle describes the chart in words.
func historyTitle(h gate.History, commits []commit) string {
	title := fmt.Sprintf("%s of %s over %s", h.Metric, h.Benchmark, plural(len(h.Runs), "commit"))
	for _, c := range h.Changes {
		row := newChangeRow(h, c)
		when := "in"
		if c.Crept {
			when = "since"
		}
		title += fmt.Sprintf("; %s → %s %s %s", row.Before, row.After, when, commits[h.Runs[c.Run].Record].Short)
	}
	return title
}

// historyScale returns a scale that covers all medians. It covers the ranges of
// the sessions too, unless that would make the medians hard to distinguish: then
// a range may leave the chart.
func historyScale(h gate.History, top, bottom float64) axis {
	var medians, sessions []float64
	for _, run := range h.Runs {
		medians = append(medians, run.Median)
		sessions = append(sessions, run.Values...)
	}
	lo, hi := span(medians...)
	low, high := span(sessions...)
	room := math.Max(hi-lo, 0.1*math.Max(math.Abs(lo), math.Abs(hi)))
	lo, hi = math.Max(low, lo-room), math.Min(high, hi+room)
	if least := leastSpan * math.Max(math.Abs(lo), math.Abs(hi)); hi-lo > 0 && hi-lo < least {
		lo, hi = (lo+hi-least)/2, (lo+hi+least)/2
	}
	lo, hi = padded(lo, hi)
	return axis{lo, hi, bottom, top}
}

// drawHistoryTicks draws round values on the left.
func (d *drawing) drawHistoryTicks(h gate.History, y axis) {
	t := d.theme
	m, _ := bench.Lookup(h.Metric)
	mag := magnitudeFor(m.Unit, math.Max(math.Abs(y.lo), math.Abs(y.hi)))
	least := 0.0
	if m.Unit == "1" && h.Class == bench.Exact && mag.factor == 1 {
		least = 1
		for _, run := range h.Runs {
			if !whole(run.Values...) {
				least = 0
			}
		}
	}
	shown := axis{y.lo / mag.factor, y.hi / mag.factor, y.left, y.right}
	ticks, step := shown.ticks(4, least)
	for _, tick := range ticks {
		at := shown.at(tick)
		d.path(historyLeft, at, historyWidth-historyRight+6, at, t.rule, 0.6, "")
		label := label{size: 12, fill: t.faint, anchor: "end"}
		d.text(historyLeft-6, at+4, minus(strconv.FormatFloat(tick, 'f', decimals(step), 64))+mag.suffix, label)
	}
}

// commitTicks returns the numbers of the commits that are labelled below a chart.
func commitTicks(commits int) []int {
	const most = 8
	step := 1
	for _, s := range []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000} {
		if step = s; commits/s <= most {
			break
		}
	}
	ticks := []int{1}
	for n := step; n <= commits; n += step {
		if n > 1 {
			ticks = append(ticks, n)
		}
	}
	return ticks
}

// drawHistoryLevels draws the levels between changes.
func (d *drawing) drawHistoryLevels(h gate.History, y axis, x func(int) float64) {
	var data strings.Builder
	level := func(from, to int, median float64) {
		fmt.Fprintf(&data, "M%s %sH%s", num(x(h.Runs[from].Record)), num(y.at(median)), num(x(h.Runs[to-1].Record)))
	}
	steps := slices.DeleteFunc(slices.Clone(h.Changes), func(c gate.Change) bool { return c.Crept })
	for i, c := range steps {
		if i == 0 {
			level(0, c.Run, c.Before)
		}
		to := len(h.Runs)
		if i+1 < len(steps) {
			to = steps[i+1].Run
		}
		level(c.Run, to, c.After)
	}
	if data.Len() > 0 {
		d.trace(data.String(), d.theme.text, 1, 0.5)
	}
}

// drawHistoryChanges marks the changes. Where two labels would overlap, it leaves
// out the older one. The tables have all changes.
func (d *drawing) drawHistoryChanges(h gate.History, commits []commit, x func(int) float64, bottom float64) {
	taken := math.Inf(1)
	for i := len(h.Changes) - 1; i >= 0; i-- {
		c := h.Changes[i]
		at, colour, shape := x(h.Runs[c.Run].Record), d.theme.blue, gate.Improved
		if c.Worse {
			colour, shape = d.theme.orange, gate.Regressed
		}
		d.path(at, historyTop-4, at, bottom, colour, 1, "3 3")
		drawMark(d, shape, at, historyTop-8)
		name := commits[h.Runs[c.Run].Record].Short
		text := newChangeRow(h, c).Change
		if c.Ratio != nil {
			text = ratio(*c.Ratio) // for counts too, because there is little room
		}
		if c.Crept {
			text += " crept"
		}
		width := math.Max(textWidth(text, 12), textWidth(name, 12))
		left := math.Max(historyLeft, math.Min(at-width/2, historyWidth-4-width))
		if left+width > taken-6 {
			continue
		}
		taken = left
		d.text(left, 12, text, label{size: 12, fill: colour, bold: true})
		d.text(left, 26, name, label{size: 12, fill: d.theme.faint})
	}
}
