package gate

import (
	"fmt"
	"math"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
)

// Sessions, in place of a benchmark's name, stands for the sessions themselves, of
// which bench.FailedSessions counts those that could not be completed.
const Sessions = "sessions"

// failuresShare is the part of alpha that each kind of failure has, besides the part
// that the rank tests share. Failures are rare and come in numbers, so a small part
// finds them.
const failuresShare = 0.2

// failures settles errors/op by the failed operations of all sessions together, and
// adds a comparison of the failed sessions if there are any. A failure that base never
// has leaves the comparison undecided at the least.
func failures(f facts, in []comparison) ([]comparison, []string) {
	gated := 0
	for _, c := range in {
		if c.Metric == bench.ErrorsPerOp && c.Gated {
			gated++
		}
	}
	alpha := failuresShare * f.alpha() / float64(max(1, gated))
	out := each(in, func(c comparison) comparison {
		if c.Outcome != "" || c.Metric != bench.ErrorsPerOp {
			return c
		}
		return c.byRates(f.base.operations(c.Benchmark), f.head.operations(c.Benchmark), "operations", alpha, f.alpha())
	})
	base, head := f.base.tried(), f.head.tried()
	if base.failed+head.failed == 0 || base.of == 0 || head.of == 0 {
		return out, nil
	}
	m, _ := bench.Lookup(bench.FailedSessions)
	c := f.newComparison(Ratio, bench.Benchmark{Name: Sessions}, m, m.Class, sample{values: base.values()}, sample{values: head.values()})
	return append(out, c.byRates(base, head, "sessions", failuresShare*f.alpha(), f.alpha())), nil
}

// failure reports whether a metric counts failures.
func failure(metric string) bool {
	return metric == bench.ErrorsPerOp || metric == bench.FailedSessions
}

// cases are a number of cases and how many of them failed.
type cases struct{ failed, of int }

func (n cases) rate() float64 { return float64(n.failed) / float64(max(1, n.of)) }

// tried counts the sessions that were tried. One that was aborted had not failed.
func (a *arm) tried() cases { return cases{a.failed, a.failed + a.aborted + a.complete} }

// values returns 1 for each case that failed and 0 for each other.
func (n cases) values() []float64 {
	values := make([]float64, n.of)
	for i := range n.failed {
		values[i] = 1
	}
	return values
}

// operations counts the operations of a benchmark in all sessions that have its
// errors/op.
func (a *arm) operations(benchmark string) (n cases) {
	for _, result := range a.results[benchmark] {
		if result == nil {
			continue
		}
		if rate, measured := result.Metrics[bench.ErrorsPerOp]; measured && finite(rate) {
			ops := max(1, result.Ops)
			n.failed += min(ops, int(math.Round(rate*float64(ops))))
			n.of += ops
		}
	}
	return n
}

// byRates settles c by the rates of failures: by Fisher's test at the level strict, and
// as a suspect at the level loose.
func (c comparison) byRates(base, head cases, what string, strict, loose float64) comparison {
	before, after := base.rate(), head.rate()
	c.Base, c.Head, c.Ratio = &before, &after, nil
	if before > 0 && after > 0 {
		c.Ratio = pointer(after / before)
	}
	if base.failed+head.failed == 0 {
		return c.settled(Unchanged, "")
	}
	seen := fmt.Sprintf("%d of %d %s failed in base, %d of %d in head", base.failed, base.of, what, head.failed, head.of)
	worse, better := rank.Fisher(base.failed, base.of, head.failed, head.of), rank.Fisher(head.failed, head.of, base.failed, base.of)
	switch {
	case after-before > c.Tolerance && rank.AtMost(worse, strict):
		return c.settled(Regressed, seen)
	case after-before > c.Tolerance && (base.failed == 0 || rank.AtMost(worse, loose)):
		return c.settled(Inconclusive, seen)
	case before-after > c.Tolerance && rank.AtMost(better, strict):
		return c.settled(Improved, seen)
	default:
		return c.settled(Unchanged, seen)
	}
}
