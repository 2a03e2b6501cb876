package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/kro/perf-gate/gate"
)

// maxBars bounds the bars of a diagram, whose labels would overlap.
const maxBars = 12

// diagram is a chart of bars, no larger than it need be, so that a phone shows its
// texts large enough, in a colour that shows on GitHub's light ground, on which
// those of Mermaid's default theme hardly do.
const diagram = "```mermaid\n" +
	`%%%%{init: {"xyChart": {"width": 480, "height": 280}, "themeVariables": {"xyChart": {"plotColorPalette": "%s"}}}}%%%%` + `
xychart-beta
  title "What %s, in percent"
  x-axis [%s]
  y-axis 0 --> %.0f
  bar [%s]
` + "```\n"

// diagrams draws the gated regressions, or improvements where there are none, as
// bars that Mermaid renders in GitHub's comments and summaries. It draws all bars
// up from the bottom, so that not both fit into one chart. Bars are numbered: names
// are too long for its axes, and not every character may stand there.
func (d *markdown) diagrams(v *gate.Verdict) {
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
	colour := "#d55e00"
	if outcome == gate.Improved {
		colour = "#0072b2"
	}
	d.section("Charts")
	d.line(diagram, colour, outcome, strings.Join(numbers, ", "), math.Ceil(highest*1.1), strings.Join(bars, ", "))
	for _, name := range names {
		d.line("%s  ", name)
	}
}
