package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/kro/perf-gate/gate"
)

// maxBars limits the bars of a diagram, so that their labels do not overlap.
const maxBars = 12

// diagram is a bar chart. It is small, so that its text is large enough on a
// phone. It sets its own colour, because those of Mermaid's default theme are
// hard to see on GitHub's light background.
const diagram = "```mermaid\n" +
	`%%%%{init: {"xyChart": {"width": 480, "height": 280}, "themeVariables": {"xyChart": {"plotColorPalette": "%s"}}}}%%%%` + `
xychart-beta
  title "%s, in percent"
  x-axis [%s]
  y-axis 0 --> %.0f
  bar [%s]
` + "```\n"

// writeDiagrams draws the gated regressions, or the improvements if there are none, as
// bars that GitHub renders with Mermaid. Mermaid draws all bars upwards, so one
// chart cannot show both. Bars are numbered: names are too long for the axis and
// may have characters that it does not allow.
func (d *markdown) writeDiagrams(v *gate.Verdict) {
	var bars, numbers, names []string
	highest := 0.0
	outcome := gate.Regressed
	for _, c := range changed(v) { // regressed ones first
		if len(bars) == 0 {
			outcome = c.Outcome
		}
		if c.Ratio == nil || c.Outcome != outcome || len(bars) == maxBars {
			continue
		}
		p := math.Abs(*c.Ratio-1) * 100
		highest = math.Max(highest, p)
		bars = append(bars, fmt.Sprintf("%.1f", p))
		numbers = append(numbers, fmt.Sprint(len(bars)))
		names = append(names, fmt.Sprintf("%d. %s %s: %s", len(bars), code(c.Benchmark), code(c.Metric), Prose(change(c))))
	}
	if len(bars) == 0 {
		return
	}
	title, colour := "Regressions", "#d55e00"
	if outcome == gate.Improved {
		title, colour = "Improvements", "#0072b2"
	}
	d.writeSection("Charts")
	d.writeLine(diagram, colour, title, strings.Join(numbers, ", "), math.Ceil(highest*1.1), strings.Join(bars, ", "))
	for _, name := range names {
		d.writeLine("%s  ", name)
	}
}
