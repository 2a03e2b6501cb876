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
// texts large enough. Mermaid draws all bars up from the bottom, so that it takes
// colours to tell regressed from improved; those of its default theme hardly show
// on GitHub's light ground.
const diagram = "```mermaid\n" +
	`%%%%{init: {"xyChart": {"width": 480, "height": 280}, "themeVariables": {"xyChart": {"plotColorPalette": "#d55e00, #0072b2"}}}}%%%%` + `
xychart-beta
  title "Change in percent (orange worse, blue better)"
  x-axis [%s]
  y-axis 0 --> %.0f
  bar [%s]
  bar [%s]
` + "```\n"

// diagrams draws the gated changes as bars that Mermaid renders in GitHub's
// comments and summaries. Bars are numbered: names are too long for its axes, and
// not every character may stand there.
func (d *markdown) diagrams(v *gate.Verdict) {
	var regressed, improved, numbers, names []string
	highest := 0.0
	for _, c := range changed(v) {
		if c.Ratio == nil || len(numbers) == maxBars {
			continue
		}
		p := math.Abs(*c.Ratio-1) * 100
		highest = math.Max(highest, p)
		bar, other := &regressed, &improved
		if c.Outcome == gate.Improved {
			bar, other = other, bar
		}
		*bar, *other = append(*bar, fmt.Sprintf("%.1f", p)), append(*other, "0")
		numbers = append(numbers, fmt.Sprint(len(numbers)+1))
		names = append(names, fmt.Sprintf("%d. %s %s: %s", len(numbers), code(c.Benchmark), code(c.Metric), Prose(change(c))))
	}
	if len(numbers) == 0 {
		return
	}
	d.section("Charts")
	d.line(diagram, strings.Join(numbers, ", "), math.Ceil(highest*1.1), strings.Join(regressed, ", "), strings.Join(improved, ", "))
	for _, name := range names {
		d.line("%s  ", name)
	}
}
