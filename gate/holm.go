package gate

import (
	"cmp"
	"slices"
)

// holm returns the p-values after Holm's correction, in the order given: with
// m of them, the smallest times m, the next times m-1 and so on, each at least
// the one before and at most 1.
func holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })

	adjusted := make([]float64, len(p))
	floor := 0.0
	for step, i := range order {
		floor = max(floor, min(1, p[i]*float64(len(p)-step)))
		adjusted[i] = floor
	}
	return adjusted
}

// MinSessions returns the smallest number of sessions per arm with which Holm's
// first step can reject at all: the U test's smallest one-sided p-value is
// 1/C(2n,n), and it has to be at most alpha/family. A family of 0 or less needs
// one session, since nothing is tested. With alpha not above 0 no number is
// enough, and the result is 0.
func MinSessions(family int, alpha float64) int {
	if family <= 0 {
		return 1
	}
	if !(alpha > 0) { // NaN too
		return 0
	}
	n, splits := 1, 2.0 // splits is C(2n,n)
	for !atMost(1/splits, alpha/float64(family)) {
		n++
		splits *= 2 * float64(2*n-1) / float64(n)
	}
	return n
}

// minSessions returns how many sessions per arm any of a family of gated
// comparisons needs before it can regress. The interval has to reach its level
// as well: its tail is (1-confidence)/2 and its smallest step the test's
// smallest p-value.
func (p Policy) minSessions(family int, alpha float64) int {
	if family == 0 {
		return 1
	}
	return max(MinSessions(family, alpha), MinSessions(2, 1-p.Confidence))
}
