package gate

import (
	"slices"

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
// direction, with a p-value of its own of at most alpha. The fresh sessions are
// compared as the others were, in rounds and divided by the control workload, or what
// both arms share would hide the change there. Where they are too few to show it,
// because some failed, the first result stands.
func confirm(f facts, in []comparison) ([]comparison, []string) {
	over := meansOf(f, in)
	return each(in, func(c comparison) comparison {
		if !c.Gated || c.Outcome != Regressed || failure(c.Metric) {
			return c // what failed did fail, whether it does so again or not
		}
		again := c
		again.base, again.head = f.measuredAgain(c, over)
		base, head := again.base.values, again.head.values
		if len(base) == 0 || len(head) == 0 || f.repeats(again) {
			return c
		}
		c.Outcome, c.Unconfirmed = Inconclusive, true
		return c.noted("not confirmed: %d more base and %d more head sessions saw %s -> %s",
			len(base), len(head), figure(*median(base)), figure(*median(head)))
	}), nil
}

// measuredAgain returns what the fresh sessions measured. over lists the benchmarks
// of each mean.
func (f facts) measuredAgain(c comparison, over map[meanOf][]string) (base, head sample) {
	if IsMean(c.Benchmark) {
		parts := over[meanOf{c.Benchmark, c.Metric}]
		return f.again.base.mean(parts, c.Metric), f.again.head.mean(parts, c.Metric)
	}
	if i := slices.IndexFunc(f.sweeps, c.over); i >= 0 {
		return f.again.base.exponents(f.sweeps[i], c.Metric), f.again.head.exponents(f.sweeps[i], c.Metric)
	}
	if c.law != nil {
		base.values, _ = c.law.level(f.again.base.tallies(c, c.law.kinds))
		head.values, _ = c.law.level(f.again.head.tallies(c, c.law.kinds))
		return base, head
	}
	// What these sessions lack shows in their number.
	base, _ = f.again.base.sample(c.Benchmark, c.Metric, c.Class)
	head, _ = f.again.head.sample(c.Benchmark, c.Metric, c.Class)
	return base, head
}

// repeats reports whether the fresh values of a comparison regress on their own.
func (f facts) repeats(c comparison) bool {
	if c.Class == bench.Exact {
		return compareCounts(c.Scale, c.base.values, c.head.values, c.Tolerance, f.policy.Alpha, c.Better).outcome == Regressed
	}
	if rank.MinSamples(1, f.policy.Alpha) > min(len(c.base.values), len(c.head.values)) {
		return true
	}
	if c.Corrected && !slices.Contains(slices.Concat(c.base.speeds, c.head.speeds), 0) {
		typical := *median(slices.Concat(c.base.speeds, c.head.speeds))
		c.base, c.head = c.base.divided(typical, c.Better), c.head.divided(typical, c.Better)
	}
	c = f.tested(c, f.policy.Alpha)
	change := c.Change()
	beyond := change == nil || c.worse(*change)
	return beyond && rank.AtMost(c.test.worse, f.policy.Alpha)
}
