package gate

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/kro/perf-gate/bench"
)

// test is a comparison that needs statistics, with what they say.
type test struct {
	*Comparison
	// base and head are what is compared: the session values, or what the
	// control workload and the history make of them.
	base, head sample
	design     design
	// worse and better are the one-sided p-values towards either direction,
	// corrected where the comparison is gated.
	worse, better float64
	// shift has the quotients head/base; nil where they mean nothing.
	shift shift
	// bound is which quotient bounds the interval; 0 when too few sessions
	// make any.
	bound int
	// course is how stored records went, and limit what the policy tolerates.
	course course
	limit  float64
	// doubt says why a regression would not be believed; empty if nothing does.
	doubt string
}

// newTest prepares a test: the values that it compares and what they tolerate.
func (d *decision) newTest(c *Comparison, base, head sample) *test {
	t := &test{Comparison: c, base: base, head: head}
	d.normalise(t)
	d.learn(t)
	return t
}

// test computes everything that needs statistics.
func (d *decision) test(tests []*test) {
	for _, t := range tests {
		switch {
		case t.Gated && t.Benchmark == Geomean:
			d.means++
		case t.Gated:
			d.family++
		}
	}
	each(tests, d.compare)
	d.correct(tests, false)
	d.correct(tests, true)
}

// each calls f for every element, on all processors.
func each[T any](list []T, f func(T)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(list)); i = next.Add(1) - 1 {
				f(list[i])
			}
		})
	}
	workers.Wait()
}

// compare tests by rounds where there are enough of them, and by ranks of all
// values otherwise. Which of both depends on the design alone.
func (d *decision) compare(t *test) {
	base, head := t.base.values, t.head.values
	t.design = design{base: len(base), head: len(head)}
	var pairs pairs
	if d.paired {
		pairs = rounds(t.base, t.head)
	}
	if d.enough(len(pairs.base), d.level(t)) {
		t.design = design{len(pairs.base), len(pairs.base), true}
		t.Method = SignedRank
		t.base.values, t.head.values = pairs.base, pairs.head
		differences := pairs.differences()
		t.worse = signedRankP(differences)
		for i := range differences {
			differences[i] *= -1
		}
		t.better = signedRankP(differences)
		if w, ok := newWalsh(pairs.base, pairs.head); ok {
			t.shift = w
		}
	} else {
		t.Method = MannWhitney
		t.worse, t.better = lessP(base, head), lessP(head, base)
		if s, ok := newTwoSample(base, head); ok {
			t.shift = s
		}
	}
	if t.Better == bench.Higher {
		t.worse, t.better = t.better, t.worse
	}
	p := t.worse
	t.P = &p
	t.bound = d.bounds.of(t.design, (1-d.policy.Confidence)/2)
	if t.shift != nil {
		ratio, ci := middle(t.shift), interval(t.shift, t.bound)
		t.Ratio, t.CI = &ratio, &ci
	}
}

// correct applies Holm's procedure to the gated tests of benchmarks, or to those
// of means: once for worse, which is the gate, and once for better. What it gives
// is to be held against all of alpha, of which the family has a part.
func (d *decision) correct(tests []*test, mean bool) {
	gated := slices.DeleteFunc(slices.Clone(tests), func(t *test) bool { return !t.Gated || (t.Benchmark == Geomean) != mean })
	worse, better := make([]float64, len(gated)), make([]float64, len(gated))
	for i, t := range gated {
		worse[i], better[i] = t.worse, t.better
	}
	worse, better = holm(worse), holm(better)
	part, _ := d.share(mean)
	for i, t := range gated {
		worse[i] = min(1, worse[i]/part)
		t.worse, t.better = worse[i], min(1, better[i]/part)
		t.AdjustedP = &worse[i]
	}
}

// settle decides the outcome.
func (t *test) settle(d *decision) {
	c := t.Comparison
	baseLow, baseHigh := slices.Min(t.base.values), slices.Max(t.base.values)
	headLow, headHigh := slices.Min(t.head.values), slices.Max(t.head.values)
	if baseLow == 0 && baseHigh == 0 && headLow == 0 && headHigh == 0 {
		c.Outcome = Unchanged
		return
	}
	c.Outcome = Inconclusive
	if t.bound == 0 {
		c.note("%d base and %d head values cannot give an interval at confidence %v; it shows all quotients", t.design.base, t.design.head, d.policy.Confidence)
		return
	}

	// low and high bound the change as a quotient that grows as things worsen.
	var low, high float64
	switch {
	case c.CI != nil:
		low, high = c.CI[0], c.CI[1]
	case baseLow == 0 && baseHigh == 0 && headLow > 0:
		low, high = math.Inf(1), math.Inf(1)
	case headLow == 0 && headHigh == 0 && baseLow > 0:
		low, high = 0, 0
	default:
		c.note("no ratio, because some values are zero, negative or too far apart: base saw %s..%s, head %s..%s",
			figure(baseLow), figure(baseHigh), figure(headLow), figure(headHigh))
		return
	}
	if c.Better == bench.Higher {
		low, high = 1/high, 1/low
	}

	limit := (1 + c.Tolerance) * (1 + guard)
	switch {
	case low > limit && atMost(t.worse, d.alpha), high < 1/limit && atMost(t.better, d.alpha):
		c.Outcome = Regressed
		if high < 1/limit {
			c.Outcome = Improved
		}
		if change := math.Abs(*median(t.head.values) - *median(t.base.values)); change <= c.Floor {
			c.Outcome = Unchanged
			c.note("the change of %s is within the floor of %s", figure(change), figure(c.Floor))
		} else if t.doubt != "" && c.Outcome == Regressed {
			c.Outcome = Inconclusive
			c.note("%s", t.doubt)
		}
	case low >= 1/limit && high <= limit:
		c.Outcome = Unchanged
	case low > limit:
		c.note("worse beyond the tolerance, but the p-value %s is above alpha", figure(t.worse))
	case high < 1/limit:
		c.note("better beyond the tolerance, but the p-value %s is above alpha", figure(t.better))
	}
}

// note adds a sentence to the comparison's note.
func (c *Comparison) note(format string, args ...any) {
	if c.Note != "" {
		c.Note += "; "
	}
	c.Note += fmt.Sprintf(format, args...)
}

// moved names a change by whether head is higher and which direction is better.
func moved(better bench.Better, higher bool) Outcome {
	if higher == (better == bench.Higher) {
		return Improved
	}
	return Regressed
}

// median returns nil for no values.
func median(values []float64) *float64 {
	if len(values) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(values))
	low, high := sorted[(len(sorted)-1)/2], sorted[len(sorted)/2]
	m := low/2 + high/2
	if low == high {
		m = low
	}
	return &m
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
