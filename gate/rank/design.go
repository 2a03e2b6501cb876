package rank

import (
	"sort"
	"sync"
)

// A Design is how values were replicated. It decides what a test can show,
// whatever the values are.
type Design struct {
	X, Y   int  // values in each sample
	Paired bool // the values were measured in pairs, so that X equals Y
}

// Bound returns which change bounds the shift at the tail probability: the
// largest k for which the k-th smallest change is above the true shift with a
// probability of at most tail. By symmetry, the k-th largest is a bound from
// above. It returns 0 when the design has too few values for any bound.
//
// It is also how far a test may be from certainty: with a bound of k, the
// corresponding one-sided p-value can be at most tail.
func (d Design) Bound(tail float64) int {
	type question struct {
		Design
		tail float64
	}
	asked := question{d, tail}
	if k, known := bounds.Load(asked); known {
		return k.(int)
	}
	// The tail grows with k, so the first k that exceeds it is the answer.
	k := sort.Search(d.changes(), func(k int) bool { return !AtMost(d.tail(k), tail) })
	bounds.Store(asked, k)
	return k
}

// bounds remembers what Bound returned: the distributions take long to compute,
// and one decision asks for the same few again and again.
var bounds sync.Map

// tail returns the probability that the test's statistic is at most k if nothing
// changed and no values are tied.
func (d Design) tail(k int) float64 {
	if d.Paired {
		return signedRankTail(d.X, k)
	}
	return uTail(d.X, d.Y, k)
}

// changes is the number of changes in the design's [Shift].
func (d Design) changes() int {
	if d.Paired {
		return d.X * (d.X + 1) / 2
	}
	return d.X * d.Y
}
