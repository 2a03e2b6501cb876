package gate

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/kro/perf-gate/bench"
)

// A comparison is a [Comparison] on its way through the steps of the decision,
// with what they compare.
type comparison struct {
	Comparison
	// accepted is the policy's tolerance, whatever the history adds to it. fault says why a
	// rule of the policy could not be applied.
	accepted float64
	fault    error
	// base and head are the values to compare: what the sessions measured, or what
	// the control workload and the number of reconciles make of it.
	base, head sample
	// law says what base counts with any number of reconciles; nil where the count is
	// not compared at equal numbers of them.
	law *law
	// runs are the values of recorded runs and base, each of which stands for one run;
	// nil where they predict nothing.
	runs []float64
	// scatter is the least that they are taken to differ by; see [predict.Next].
	scatter float64
	// outlier is set when base is not among the runs, because it is unlike them.
	outlier bool
	// reproduced is set where sessions reproduce the metric closely, as a rule.
	reproduced bool
	// test is what the test says; nil where none was needed or possible.
	test *test
}

// A test is the result of testing one comparison.
type test struct {
	// base and head are the values that were tested.
	base, head []float64
	// worse and better are the one-sided p-values towards either direction. They
	// are corrected where the comparison is gated.
	worse, better float64
	// change estimates the change from base to head, on the comparison's scale. It means
	// nothing where estimated is false: there are values without a change.
	change    float64
	estimated bool
	// interval is that of the policy's confidence. Of ratios, an end may be 0 or infinite.
	interval [2]float64
	// low and high bound the change, except with a probability of tail. They are the
	// extreme changes if the test does not reach it.
	low, high func(tail float64) float64
	// reaches reports whether the p-value can be as small as tail.
	reaches func(tail float64) bool
}

// open reports whether the outcome is left to a test.
func (c comparison) open() bool { return c.Outcome == "" || c.test != nil }

// constant reports whether sessions reproduced the values so closely that a difference
// beyond the tolerance cannot be noise. Such a comparison does not share alpha. Only
// the scatter within each arm counts, so the choice favours no outcome.
func (c comparison) constant() bool {
	return c.reproduced && spread(c.Scale, c.base.values) <= constantPart*c.Tolerance && spread(c.Scale, c.head.values) <= constantPart*c.Tolerance
}

// constantPart is the largest scatter of a constant, as a part of its tolerance.
const constantPart = 0.1

// changed returns c with the change from base to head.
func (c comparison) changed(change *float64) comparison {
	if c.Scale == Difference {
		c.Difference = change
	} else {
		c.Ratio = change
	}
	return c
}

// settled returns c with the outcome and why, which may be empty.
func (c comparison) settled(o Outcome, why string) comparison {
	c.Outcome = o
	if why == "" {
		return c
	}
	return c.noted("%s", why)
}

// noted returns c with a sentence added to its note.
func (c comparison) noted(format string, args ...any) comparison {
	if c.Note != "" {
		c.Note += "; "
	}
	c.Note += fmt.Sprintf(format, args...)
	return c
}

// moved names a change by whether head is higher and which direction is better.
func moved(better bench.Better, higher bool) Outcome {
	if higher == (better == bench.Higher) {
		return Improved
	}
	return Regressed
}

// each returns what f makes of every element, computed on all processors.
func each[T any](list []T, f func(T) T) []T {
	out := make([]T, len(list))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(list)); i = next.Add(1) - 1 {
				out[i] = f(list[i])
			}
		})
	}
	workers.Wait()
	return out
}
