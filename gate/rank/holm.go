package rank

import (
	"cmp"
	"slices"
)

// Holm returns the p-values after Holm's correction (1979), in the order given. Of
// m p-values it multiplies the smallest by m, the next by m-1 and so on; each result
// is at least the one before and at most 1. Comparing all of them with alpha then
// keeps the probability of any false alarm within alpha.
func Holm(p []float64) []float64 {
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

// MinSamples returns the smallest number of values per sample with which one of a
// family of U tests can still be significant at alpha after Holm's correction. The
// smallest one-sided p-value of the test is 1/C(2n,n), and it has to be at most
// alpha/family. A family of 0 or less needs one value, since nothing is tested. If
// alpha is not above 0, no number is enough, and the result is 0.
func MinSamples(family int, alpha float64) int {
	if family <= 0 {
		return 1
	}
	if !(alpha > 0) { // NaN too
		return 0
	}
	n, splits := 1, 2.0 // splits is C(2n,n)
	for !AtMost(1/splits, alpha/float64(family)) {
		n++
		splits *= 2 * float64(2*n-1) / float64(n)
	}
	return n
}
