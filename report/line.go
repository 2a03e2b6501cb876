package report

import "github.com/kro/perf-gate/gate"

// Line returns a comparison as one line of plain text.
func Line(c gate.Comparison) string {
	base, head := sides(c)
	return plain(c.Benchmark + " " + c.Subject() + ": " + base + " → " + head + ", " + change(c) + ", tolerance " + tolerance(c))
}
