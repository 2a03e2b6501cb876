package report

import "github.com/kro/perf-gate/gate"

// Line returns a comparison as one line of plain text.
func Line(c gate.Comparison) string {
	base, head := quantities(c.Metric, c.Base, c.Head)
	return plain(c.Benchmark + " " + c.Metric + ": " + base + " → " + head + ", " + change(c) + ", tolerance " + tolerance(c))
}
