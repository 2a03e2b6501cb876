package gate

import (
	"cmp"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/trend"
)

// aChange is the smallest relative move of a level, by class, that counts as a
// change of the code: machines drift by less than this and more than by chance.
var aChange = map[bench.Class]float64{bench.Steady: 0.005, bench.Racy: 0.02, bench.Timing: 0.02, bench.Memory: 0.02}

// MinHistory is the fewest recorded runs from which a decision learns anything.
const MinHistory = 5

// apart is the share of the differences between recorded runs that the tolerance
// covers.
const apart = 0.95

// These notes explain why a timing of stored records does not gate, and why one
// does.
const (
	elsewhere = "measured in another run"
	across    = "measured in other runs, whose differences set the tolerance"
)

// learn takes two things from records of unchanged code.
//
// The first is a tolerance: in 95 of 100 pairs, two runs of unchanged code differ
// by no more. Where the arms were measured side by side and the records hold both
// arms of one and the same build, that is the difference between these arms;
// otherwise it is the difference between the runs' medians.
//
// The second, where the arms of this run were measured apart, is what base usually
// is. If base agrees with the recorded runs to within the tolerance, their sessions
// are compared along with its own: head is then compared with all that is known. If
// base is as they were before a step, head is compared with those since.
func learn(f facts, in []comparison) ([]comparison, []string) {
	return each(in, func(c comparison) comparison {
		if c.Outcome != "" {
			return c
		}
		of := f.recent(c)
		if f.baseline {
			c.base = sample{values: of.values()}
			c.BaseValues, c.Base = c.base.values, median(c.base.values)
		}
		learned, known := f.learned(of)
		if known {
			c.Learned = &learned
			c.Tolerance = max(c.Tolerance, learned)
		}
		switch {
		case f.baseline && perMachine(c.Class):
			c.Gated = c.Gated && known
			if c.Note = elsewhere; known {
				c.Note = across
			}
		case known && !f.paired && !f.baseline && !outOfLine(c, of):
			c.base = sample{values: slices.Concat(c.base.values, of.values())}
			c.Lent = len(of)
		case known && !f.paired && !f.baseline && f.stepped(c, of):
			c.base, c.Lent, c.Stepped = sample{values: of.values()}, len(of), true
			c = c.noted("base is from before the recorded runs moved from %s to %s, so head is compared with the %d since",
				figure(*median(f.past.of(c.Benchmark, c.Metric, c.Class).before(of))), figure(*median(of.medians())), len(of))
		}
		return c
	}), nil
}

// recent returns what the recorded runs measured since the code last changed: what
// was before does not show what it does today.
func (f facts) recent(c comparison) course {
	of := f.past.of(c.Benchmark, c.Metric, c.Class)
	of = of.since(of.accepted(aChange[c.Class]))
	stable := of.since(trend.Stable(of.medians(), trend.Options{MinChange: aChange[c.Class]}))
	if !f.baseline && !f.paired && len(stable) < MinHistory {
		return of // too little is known since, so that the step counts as noise
	}
	return stable
}

// stepped reports whether the recorded runs changed their level, and base is as they
// were before.
func (f facts) stepped(c comparison, of course) bool {
	before := median(f.past.of(c.Benchmark, c.Metric, c.Class).before(of))
	return before != nil && math.Abs(math.Log(*c.Base / *before)) < math.Abs(math.Log(*c.Base / *median(of.medians())))
}

// learned returns the tolerance that a course teaches, if it teaches any.
func (f facts) learned(of course) (tolerance float64, known bool) {
	medians := of.medians()
	if len(medians) < MinHistory || slices.Min(medians) <= 0 {
		return 0, false
	}
	if changes := of.changes(); f.paired && len(changes) >= MinHistory {
		return beyondZero(changes), true
	}
	return between(medians), true
}

// outOfLine reports whether base differs from the recorded runs by more than is
// tolerated.
func outOfLine(c comparison, of course) bool {
	off := *c.Base / *median(of.medians())
	return off > 1+c.Tolerance || off < 1/(1+c.Tolerance)
}

// doubt does not believe a regression from a base that is itself out of line with
// the recorded runs.
func doubt(f facts, in []comparison) ([]comparison, []string) {
	return each(in, func(c comparison) comparison {
		if c.Outcome != Regressed || c.ranks == nil || c.Learned == nil || f.paired || f.baseline || c.Stepped {
			return c
		}
		of := f.recent(c)
		if !outOfLine(c, of) {
			return c
		}
		usual := *median(of.medians())
		c.Outcome = Inconclusive
		return c.noted("base itself is out of line: it has %s, and the median of %s is %s", figure(*c.Base), plural(len(of), "recorded run"), figure(usual))
	}), nil
}

// between returns the relative difference that the values stay within in all but
// the share of pairs that apart leaves.
func between(values []float64) float64 {
	var differences []float64
	for i, x := range values {
		for _, y := range values[:i] {
			differences = append(differences, math.Log(x/y))
		}
	}
	return beyondZero(differences)
}

// beyondZero returns the relative change that logarithms of quotients stay within
// in all but the share that apart leaves.
func beyondZero(logs []float64) float64 {
	sizes := make([]float64, len(logs))
	for i, l := range logs {
		sizes[i] = math.Abs(l)
	}
	slices.SortFunc(sizes, cmp.Compare)
	return math.Expm1(sizes[int(math.Ceil(apart*float64(len(sizes))))-1])
}
