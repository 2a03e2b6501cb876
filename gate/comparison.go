package gate

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
)

// A comparison is a [Comparison] on its way through the steps of the decision,
// with what they compare.
type comparison struct {
	Comparison
	// base and head are the values to compare: what the sessions measured, or what
	// the control workload, the history and the number of reconciles make of it.
	base, head sample
	// law says what base counts with any number of reconciles; nil where the count is
	// not compared at equal numbers of them.
	law *law
	// ranks is what the tests say; nil where none was needed or possible.
	ranks *ranks
}

// ranks is the result of the rank tests of one comparison.
type ranks struct {
	rank.Comparison
	// base and head are the values that were tested.
	base, head []float64
	// worse and better are the one-sided p-values towards either direction. They
	// are corrected where the comparison is gated.
	worse, better float64
	// interval bounds the shift; an end may be 0 or infinite.
	interval [2]float64
	// bound is which quotient bounds the interval; 0 when too few sessions make
	// any.
	bound int
}

// open reports whether the outcome is left to the rank tests.
func (c comparison) open() bool { return c.Outcome == "" || c.ranks != nil }

// constant reports whether sessions reproduced the values so closely that a difference
// beyond the tolerance cannot be noise. Such a comparison does not share alpha. Only
// the scatter within each arm counts, so the choice favours no outcome.
func (c comparison) constant() bool {
	m, _ := bench.Lookup(c.Metric)
	return m.Constant && c.Class == m.Class && spread(c.base.values) <= constantPart*c.Tolerance && spread(c.head.values) <= constantPart*c.Tolerance
}

// constantPart is the largest scatter of a constant, as a part of its tolerance.
const constantPart = 0.1

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
