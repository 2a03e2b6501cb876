package gate

import (
	"fmt"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// test is a comparison that needs statistics, with what they say.
type test struct {
	*Comparison
	// worse and better are the one-sided p-values towards either direction,
	// corrected where the comparison is gated.
	worse, better float64
	// quotients are all of head/base, ascending; nil where they mean nothing.
	quotients []float64
	// bound is which quotient bounds the interval; 0 when too few sessions
	// make any.
	bound int
}

// test computes everything that needs statistics.
func (d *decision) test(comparisons []*Comparison) []*test {
	var tests []*test
	tail := (1 - d.policy.Confidence) / 2
	for _, c := range comparisons {
		if c.Class == bench.Exact || c.Outcome == NotComparable {
			continue
		}
		t := &test{Comparison: c, bound: d.ranks.bound(len(c.BaseValues), len(c.HeadValues), tail)}
		t.worse, t.better = lessP(c.BaseValues, c.HeadValues), lessP(c.HeadValues, c.BaseValues)
		if c.Better == bench.Higher {
			t.worse, t.better = t.better, t.worse
		}
		p := t.worse
		c.P = &p
		if q, ok := quotients(c.BaseValues, c.HeadValues); ok {
			t.quotients = q
			ratio, ci := geometricMedian(q), interval(q, t.bound)
			c.Ratio, c.CI = &ratio, &ci
		}
		tests = append(tests, t)
	}
	correct(tests)
	return tests
}

// correct applies Holm's procedure to the gated tests: once for worse, which
// is the gate, and once for better.
func correct(tests []*test) {
	gated := slices.DeleteFunc(slices.Clone(tests), func(t *test) bool { return !t.Gated })
	worse, better := make([]float64, len(gated)), make([]float64, len(gated))
	for i, t := range gated {
		worse[i], better[i] = t.worse, t.better
	}
	worse, better = holm(worse), holm(better)
	for i, t := range gated {
		t.worse, t.better = worse[i], better[i]
		t.AdjustedP = &worse[i]
	}
}

// settle decides the outcome.
func (t *test) settle(p Policy) {
	c := t.Comparison
	baseLow, baseHigh := slices.Min(c.BaseValues), slices.Max(c.BaseValues)
	headLow, headHigh := slices.Min(c.HeadValues), slices.Max(c.HeadValues)
	if baseLow == 0 && baseHigh == 0 && headLow == 0 && headHigh == 0 {
		c.Outcome = Unchanged
		return
	}
	c.Outcome = Inconclusive
	if t.bound == 0 {
		c.note("%d base and %d head values cannot give an interval at confidence %v; it shows all quotients", len(c.BaseValues), len(c.HeadValues), p.Confidence)
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
	case low > limit && atMost(t.worse, p.Alpha):
		c.Outcome = Regressed
	case high < 1/limit && atMost(t.better, p.Alpha):
		c.Outcome = Improved
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
