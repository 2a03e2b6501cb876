package gate

import (
	"cmp"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/predict"
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
	across    = "measured in other runs, which predict this one"
)

// learn takes from records of unchanged code how much its runs differ.
//
// Where the arms were measured side by side, that is a tolerance: in 95 of 100 pairs, two
// runs of unchanged code differ by no more. If the records hold both arms of one and the
// same build, it is the difference between these arms; otherwise it is the difference
// between the runs' medians.
//
// Where the arms were measured apart, the runs predict head, along with base if base
// agrees with them: see package predict. If base is as they were before a step, those
// since predict it alone.
func learn(f facts, in []comparison) ([]comparison, []string) {
	out := each(in, func(c comparison) comparison {
		switch {
		case c.Outcome != "":
			return c
		case f.paired:
			return f.tolerant(c)
		default:
			return f.predicted(c)
		}
	})
	return scattered(out), nil
}

// scattered returns the comparisons with the median scatter of their metric. Of many
// benchmarks, the few runs of some always agree by chance. They are no calmer than the
// others for that, so that no benchmark is taken to scatter by less than half of them.
func scattered(in []comparison) []comparison {
	byMetric := map[string][]float64{}
	for _, c := range in {
		if c.runs != nil {
			byMetric[c.Metric] = append(byMetric[c.Metric], predict.From(c.runs).Scatter)
		}
	}
	return each(in, func(c comparison) comparison {
		if c.runs != nil {
			c.scatter = *median(byMetric[c.Metric])
		}
		return c
	})
}

// tolerant returns c with the tolerance that the recorded runs teach, if they teach any.
func (f facts) tolerant(c comparison) comparison {
	of := f.recent(c)
	medians := of.medians()
	if len(medians) < MinHistory || slices.Min(medians) <= 0 {
		return c
	}
	learned := between(medians)
	if changes := of.changes(); len(changes) >= MinHistory {
		learned = beyondZero(changes)
	}
	c.Learned, c.Tolerance = &learned, max(c.Tolerance, learned)
	return c
}

// predicted returns c with the runs that predict head, if they do.
func (f facts) predicted(c comparison) comparison {
	of := f.recent(c)
	runs, head := of.first(len(c.HeadValues)).medians(), median(c.HeadValues)
	known := len(runs) >= MinHistory && slices.Min(runs) > 0 && *head > 0
	if f.baseline {
		c.base = sample{values: of.values()}
		c.BaseValues, c.Base = c.base.values, median(c.base.values)
		if perMachine(c.Class) {
			c.Gated = c.Gated && known
			if c.Note = elsewhere; known {
				c.Note = across
			}
		}
	}
	if !known {
		return c
	}
	// The control workload has corrected this run alone.
	c.head, c.Corrected = sample{values: c.HeadValues}, false
	c.runs, c.Runs = runs, len(runs)
	switch {
	case f.baseline:
	case f.inLine(c):
		c.runs = append(c.runs, *c.Base)
	case f.stepped(c, of):
		c.Stepped = true
		c = c.noted("base is from before the recorded runs moved from %s to %s, so head is compared with the %d since",
			figure(*median(f.past.of(c.Benchmark, c.Metric, c.Class).before(of))), figure(*median(runs)), len(runs))
	default:
		c.outlier = true
	}
	return c
}

// inLine reports whether base may be one of the runs: it is within the tolerance or not
// less likely than alpha.
func (f facts) inLine(c comparison) bool {
	next := predict.From(c.runs)
	off := *c.Base / next.Center
	if limit := 1 + c.Tolerance; off <= limit && off >= 1/limit {
		return true
	}
	return *c.Base > 0 && 2*min(next.AtLeast(*c.Base), next.AtMost(*c.Base)) > f.policy.Alpha
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

// doubt believes no comparison with a base that is itself out of line with the recorded
// runs: what they predict says nothing about it.
func doubt(_ facts, in []comparison) ([]comparison, []string) {
	return each(in, func(c comparison) comparison {
		if !c.outlier {
			return c
		}
		c.Outcome = Inconclusive
		return c.noted("base itself is out of line: it has %s, and the median of %s is %s", figure(*c.Base), plural(c.Runs, "recorded run"), figure(*median(c.runs)))
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
