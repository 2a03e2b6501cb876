package gate

import (
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
)

// These are the numbers of fresh sessions that each arm gets. Six confirm timings
// and allocations: one value out of order in either arm still leaves the test a
// p-value below 0.05. A count only needs to be seen twice.
const (
	confirmRounds      = 6
	confirmExactRounds = 2
)

// confirm looks at the sessions in which what regressed was measured again. A
// regression stands when it shows there too: beyond the tolerance in the same
// direction, with a p-value of its own of at most alpha. Where the fresh sessions
// are too few to show it, because some failed, the first result stands.
func confirm(f facts, in []comparison) ([]comparison, []string) {
	over := meanOf(f.plan, in)
	return each(in, func(c comparison) comparison {
		if !c.Gated || c.Outcome != Regressed {
			return c
		}
		base, head := f.measuredAgain(c, over)
		if len(base) == 0 || len(head) == 0 || f.repeats(c, base, head) {
			return c
		}
		c.Outcome, c.Unconfirmed = Inconclusive, true
		return c.noted("not confirmed: %d more base and %d more head sessions saw %s -> %s",
			len(base), len(head), figure(*median(base)), figure(*median(head)))
	}), nil
}

// measuredAgain returns what the fresh sessions measured. over lists the benchmarks
// of each mean.
func (f facts) measuredAgain(c comparison, over map[string][]string) (baseValues, headValues []float64) {
	if c.Benchmark == Geomean {
		return f.again.base.mean(over[c.Metric], c.Metric).values, f.again.head.mean(over[c.Metric], c.Metric).values
	}
	// What these sessions lack shows in their number.
	base, _ := f.again.base.sample(c.Benchmark, c.Metric, c.Class)
	head, _ := f.again.head.sample(c.Benchmark, c.Metric, c.Class)
	return base.values, head.values
}

// repeats reports whether the fresh values regress on their own.
func (f facts) repeats(c comparison, base, head []float64) bool {
	if c.Class == bench.Exact {
		return compareCounts(base, head, c.Tolerance, c.Better).outcome == Regressed
	}
	if rank.MinSamples(1, f.policy.Alpha) > min(len(base), len(head)) {
		return true
	}
	tests := rank.Samples(base, head)
	p := tests.Greater
	if c.Better == bench.Higher {
		p = tests.Less
	}
	beyond := tests.Shift == nil || worse(c.Comparison, tests.Shift.Estimate())
	return beyond && rank.AtMost(p, f.policy.Alpha)
}
