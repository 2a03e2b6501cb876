package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/kro/perf-gate/gate"
)

// maxBars bounds the bars of a diagram, whose labels would overlap.
const maxBars = 12

// diagrams draws the gated changes as bars that Mermaid renders in GitHub's
// comments and summaries. Bars are numbered: names are too long for its axes, and
// not every character may stand there.
func (d *markdown) diagrams(v *gate.Verdict) {
	var bars, numbers, names []string
	low, high := 0.0, 0.0
	for _, c := range changed(v) {
		if c.Ratio == nil || len(bars) == maxBars {
			continue
		}
		p := (*c.Ratio - 1) * 100
		low, high = math.Min(low, p), math.Max(high, p)
		bars = append(bars, fmt.Sprintf("%.1f", p))
		numbers = append(numbers, fmt.Sprint(len(bars)))
		names = append(names, fmt.Sprintf("%d. %s %s: %s", len(bars), code(c.Benchmark), code(c.Metric), Prose(change(c))))
	}
	if len(bars) == 0 {
		return
	}
	d.section("Charts")
	d.line("```mermaid\nxychart-beta\n  title \"Change of head from base, in percent\"\n  x-axis [%s]\n  y-axis %.0f --> %.0f\n  bar [%s]\n```\n",
		strings.Join(numbers, ", "), math.Floor(low*1.1), math.Ceil(high*1.1), strings.Join(bars, ", "))
	for _, name := range names {
		d.line("%s  ", name)
	}
}
