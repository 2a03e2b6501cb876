package gate

import (
	"slices"

	"github.com/kro/perf-gate/bench"
)

// confirmRounds is how many fresh sessions each arm gets to confirm timings and
// allocations: one value out of order in either arm still leaves the test a
// p-value below 0.05. A count needs no more than to be seen twice.
const (
	confirmRounds      = 6
	confirmExactRounds = 2
)

// Flagged returns the benchmarks in which gated comparisons regressed, for these
// to be measured again before the run fails, and in how many sessions per arm.
// The error is as in [DecideWithHistory].
func Flagged(run *bench.Record, history []*bench.Record, p Policy) (benchmarks []string, rounds int, err error) {
	v, err := DecideWithHistory(run, history, p)
	if err != nil {
		return nil, 0, err
	}
	flag := func(name string) {
		if !slices.Contains(benchmarks, name) {
			benchmarks = append(benchmarks, name)
		}
	}
	for _, c := range v.Regressions() {
		if c.Benchmark != Geomean {
			flag(c.Benchmark)
		}
		for _, part := range v.Comparisons { // of the mean
			if c.Benchmark == Geomean && part.Benchmark != Geomean && part.Gated && part.Metric == c.Metric && part.Class == c.Class {
				flag(part.Benchmark)
			}
		}
		rounds = max(rounds, confirmExactRounds)
		if c.Class != bench.Exact {
			rounds = max(confirmRounds, MinSessions(1, p.Alpha))
		}
	}
	return benchmarks, rounds, nil
}

// confirm looks at the sessions in which what regressed was measured again. A
// regression stands when it shows there too: beyond the tolerance in the same
// direction, and with a p-value of its own of at most alpha. Where the fresh
// sessions are too few to tell, because they failed, the first result stands.
func (d *decision) confirm(run *bench.Record, comparisons []*Comparison) {
	var base, head arm
	var ignored warnings
	base.add(run, bench.Base, true, true, &ignored)
	head.add(run, bench.Head, true, true, &ignored)
	for _, c := range comparisons {
		if !c.Gated || c.Outcome != Regressed {
			continue
		}
		b := d.sample(&base, c.Benchmark, c.Metric, c.Class, &ignored)
		h := d.sample(&head, c.Benchmark, c.Metric, c.Class, &ignored)
		if len(b.values) == 0 || len(h.values) == 0 {
			continue
		}
		again := &Comparison{
			Class: c.Class, Better: c.Better, Tolerance: c.Tolerance,
			Base: median(b.values), Head: median(h.values), BaseValues: b.values, HeadValues: h.values,
		}
		if !d.repeats(again, b, h) {
			c.Outcome, c.Unconfirmed = Inconclusive, true
			c.note("not confirmed by %d base and %d head sessions more, which saw %s -> %s",
				len(b.values), len(h.values), figure(*again.Base), figure(*again.Head))
		}
	}
}

func (d *decision) repeats(c *Comparison, base, head sample) bool {
	if c.Class == bench.Exact {
		settleExact(c)
		return c.Outcome == Regressed
	}
	if MinSessions(1, d.policy.Alpha) > min(len(base.values), len(head.values)) {
		return true
	}
	t := &test{Comparison: c, base: base, head: head}
	(&decision{policy: d.policy, alpha: d.policy.Alpha, bounds: d.bounds}).compare(t)
	beyond := c.Ratio == nil || worse(*c, *c.Ratio)
	return beyond && atMost(t.worse, d.policy.Alpha)
}
