package gate

import (
	"fmt"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
)

// counts settles exact metrics, which need no statistics.
func counts(f facts, in []comparison) ([]comparison, []string) {
	return each(in, func(c comparison) comparison {
		if c.Outcome != "" || c.Class != bench.Exact {
			return c
		}
		change := compareCounts(c.Scale, c.base.values, c.head.values, c.Tolerance, f.alpha(), c.Better)
		return c.changed(change.of).settled(change.outcome, change.note)
	}), nil
}

// countChange is how a count changed.
type countChange struct {
	of      *float64 // on the scale; nil where there is none
	outcome Outcome
	note    string
}

// flaky is the relative growth of a count's mean from which growth in some sessions
// matters. KRO's timers make a reconcile more in one session of forty or so, which is
// less.
const flaky = 0.01

// compareCounts compares a count's session values. One session per arm is enough: a
// count that is reproduced needs no statistics.
//
// A count may also grow in some sessions only. If these are most of head's sessions,
// more than chance explains, it regressed; if they are fewer but raise the mean, it is
// inconclusive.
func compareCounts(scale Scale, baseValues, headValues []float64, tolerance, alpha float64, better bench.Better) (change countChange) {
	base, head := *median(baseValues), *median(headValues)
	if of := scale.Change(base, head); scale == Difference || base > 0 && head > 0 && of > 0 && finite(of) {
		change.of = &of
	}
	rounding := guard * max(math.Abs(base), math.Abs(head))
	lowBase, highBase := slices.Min(baseValues), slices.Max(baseValues)
	lowHead, highHead := slices.Min(headValues), slices.Max(headValues)
	varies := highBase-lowBase > rounding || highHead-lowHead > rounding
	more := flakyGrowth(baseValues, headValues, tolerance+rounding, better)
	seen := fmt.Sprintf("base saw %s, head %s", span(lowBase, highBase), span(lowHead, highHead))

	switch {
	case math.Abs(head-base) > tolerance+rounding && lowHead-highBase > rounding:
		change.outcome = moved(better, true)
	case math.Abs(head-base) > tolerance+rounding && lowBase-highHead > rounding:
		change.outcome = moved(better, false)
	case more.means > max(tolerance, flaky*mean(baseValues))+rounding && more.beyond > 0:
		change.outcome = Inconclusive
		if 2*more.beyond > len(headValues) && rank.AtMost(more.p, alpha) {
			change.outcome = Regressed
		}
		change.note = fmt.Sprintf("worse in %d of %s of head: %s", more.beyond, plural(len(headValues), "session"), seen)
	case math.Abs(head-base) <= tolerance+rounding:
		change.outcome = Unchanged
		if varies {
			change.note = "varies between sessions: " + seen
		}
	default:
		change.outcome = Inconclusive
		change.note = "not reproduced: " + seen
	}
	return change
}

// countGrowth is how much a count got worse in some sessions of head.
type countGrowth struct {
	means  float64 // difference of the means, in the worse direction
	beyond int     // sessions of head that are worse than every session of base
	p      float64 // of as many by chance
}

func flakyGrowth(base, head []float64, tolerance float64, better bench.Better) countGrowth {
	sign := 1.0
	if better == bench.Higher {
		sign = -1
	}
	g, worst := countGrowth{means: sign * (mean(head) - mean(base))}, math.Inf(-1)
	for _, v := range base {
		worst = max(worst, sign*v)
	}
	for _, v := range head {
		if sign*v > worst+tolerance {
			g.beyond++
		}
	}
	g.p = rank.Fisher(0, len(base), g.beyond, len(head))
	return g
}
