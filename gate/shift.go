package gate

import (
	"math"
	"slices"
	"sort"
)

// quotients returns head/base for every pair of values, ascending. ok is false
// when there is no such quotient: a value is zero or below, or the quotient is
// out of range.
func quotients(base, head []float64) (q []float64, ok bool) {
	q = make([]float64, 0, len(base)*len(head))
	for _, b := range base {
		for _, h := range head {
			r := h / b
			if b <= 0 || h <= 0 || r == 0 || math.IsInf(r, 0) {
				return nil, false
			}
			q = append(q, r)
		}
	}
	slices.Sort(q)
	return q, true
}

// geometricMedian is the median on the logarithms: of an even number of values
// the geometric mean of the two in the middle. The values are ascending and
// positive.
func geometricMedian(sorted []float64) float64 {
	low, high := sorted[(len(sorted)-1)/2], sorted[len(sorted)/2]
	if low == high {
		return low
	}
	return math.Sqrt(low) * math.Sqrt(high)
}

// ranks remembers, per sample sizes and tail probability, which order statistic
// of the pairwise quotients bounds the shift.
type ranks map[rankKey]int

type rankKey struct {
	n, m int
	tail float64
}

// bound returns the largest k for which the k-th smallest quotient is above the
// true shift with a probability of at most tail, and 0 when there is none. By
// symmetry the k-th largest is a bound from above.
func (r ranks) bound(n, m int, tail float64) int {
	key := rankKey{n, m, tail}
	if k, known := r[key]; known {
		return k
	}
	// P(U <= k) grows with k, so the first k that exceeds the tail is the answer.
	k := sort.Search(n*m, func(k int) bool { return !atMost(uTail(n, m, k), tail) })
	r[key] = k
	return k
}

// interval returns the k-th smallest and the k-th largest of the quotients,
// and for k = 0 all they span.
func interval(sorted []float64, k int) [2]float64 {
	k = max(k, 1)
	return [2]float64{sorted[k-1], sorted[len(sorted)-k]}
}
