package gate

import (
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// machines settles the timings of arms that saw different machines.
func machines(f facts, in []comparison) ([]comparison, []string) {
	if f.machine == nil || !f.machine.Differs {
		return in, nil
	}
	return each(in, func(c comparison) comparison {
		if c.Outcome != "" || c.Class != bench.Timing {
			return c
		}
		return c.settled(NotComparable, "the arms saw different machines")
	}), nil
}

// explains is the scatter that may be left of each arm's values, once they are
// divided by the control workload, for that to be taken as the cause of it.
const explains = 0.8

// normalise divides timings by how slow the control workload was in their session,
// and multiplies rates, where that makes the arms less noisy. It looks only at the
// scatter within each arm, never at the difference between them, so the choice
// favours no outcome.
func normalise(f facts, in []comparison) ([]comparison, []string) {
	if f.machine == nil {
		return in, nil
	}
	return each(in, func(c comparison) comparison {
		if c.Outcome != "" || c.Class != bench.Timing || c.Scale != Ratio { // a session's speed changes no exponent
			return c
		}
		typical := *median(slices.Concat(c.base.speeds, c.head.speeds))
		base, head := c.base.divided(typical, c.Better), c.head.divided(typical, c.Better)
		before, after := scatter(c.base.values)+scatter(c.head.values), scatter(base.values)+scatter(head.values)
		if after < explains*before {
			c.base, c.head, c.Corrected = base, head, true
		}
		return c
	}), nil
}

// divided returns what the values would have been had the control workload been
// as fast as typical beside each.
func (s sample) divided(typical float64, better bench.Better) sample {
	values := make([]float64, len(s.values))
	for i, v := range s.values {
		factor := typical / s.speeds[i]
		if better == bench.Higher {
			factor = 1 / factor
		}
		values[i] = v * factor
	}
	s.values = values
	return s
}

// scatter is the sum of the distances of the logarithms from their median. It is
// infinite where there are none.
func scatter(values []float64) float64 {
	logs := make([]float64, len(values))
	for i, v := range values {
		if !(v > 0) {
			return math.Inf(1)
		}
		logs[i] = math.Log(v)
	}
	center, sum := *median(logs), 0.0
	for _, l := range logs {
		sum += math.Abs(l - center)
	}
	return sum
}
