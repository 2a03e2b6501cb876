package gate

import "github.com/kro/perf-gate/bench"

// Subject names what is compared.
func (c Comparison) Subject() string { return subject(c.Metric, c.Scale) }

// Subject names what the run could have seen.
func (m MetricSight) Subject() string { return subject(m.Metric, m.Scale) }

func subject(metric string, s Scale) string {
	if s == Difference {
		return "growth of " + metric
	}
	return metric
}

// over reports whether the comparison is of growth over the sweep.
func (c Comparison) over(s bench.Sweep) bool { return c.Scale == Difference && c.Benchmark == s.Name }

// Change returns the change from base to head on the comparison's scale; nil where there
// is none.
func (c Comparison) Change() *float64 {
	if c.Scale == Difference {
		return c.Difference
	}
	return c.Ratio
}

// Worsening turns a change into one that grows as things worsen.
func (c Comparison) Worsening(change float64) float64 {
	if c.Better == bench.Higher {
		return c.Scale.Inverse(change)
	}
	return change
}

// limit returns the largest change for the worse that is accepted.
func (c Comparison) limit() float64 { return c.Scale.None() + c.Tolerance }

// worse reports whether a change is beyond the tolerance on the worse side.
func (c Comparison) worse(change float64) bool { return c.Worsening(change) > c.limit() }
