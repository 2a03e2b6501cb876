package rank

import (
	"math"
	"slices"
)

// manyTied is the share of all values that the largest group of tied values needs to
// have before the normal approximation of the U test is not trusted.
const manyTied = 0.2

// exactTies is the largest sample for which the distribution with many ties is
// computed exactly.
const exactTies = 50

// tiedLess returns the exact p-value of the U test that x tends to be less than y, if
// so many values are tied that the normal approximation is too far off. It reports ok
// as false when that is not so, or when the samples are too large.
//
// The distribution is that of the sum of x's mean ranks over all splits of the pooled
// values (Klotz 1966), computed group by group of tied values.
func tiedLess(x, y []float64) (p float64, ok bool) {
	n, all := len(x), slices.Sorted(slices.Values(slices.Concat(x, y)))
	if max(n, len(y)) > exactTies {
		return 0, false
	}
	// The ranks are doubled, so that mean ranks are whole.
	var groups []tied
	largest := 0
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j] == all[i] {
			j++
		}
		groups = append(groups, tied{j - i, i + j + 1})
		largest = max(largest, j-i)
		i = j
	}
	if float64(largest) < manyTied*float64(len(all)) {
		return 0, false
	}
	observed := 0
	for _, v := range x {
		first, _ := slices.BinarySearch(all, v)
		last, _ := slices.BinarySearch(all, math.Nextafter(v, math.Inf(1)))
		observed += first + last + 1
	}
	// ways[k][s] is the number of ways to choose k of the values so far with the sum s.
	ways := make([][]float64, n+1)
	for k := range ways {
		ways[k] = make([]float64, observed+1)
	}
	ways[0][0] = 1
	for _, g := range groups {
		for k := n; k >= 0; k-- {
			for s := observed; s >= 0; s-- {
				sum, choose := ways[k][s], 1.0
				for j := 1; j <= min(g.size, k) && j*g.rank <= s; j++ {
					choose *= float64(g.size-j+1) / float64(j)
					sum += choose * ways[k-j][s-j*g.rank]
				}
				ways[k][s] = sum
			}
		}
	}
	total := 0.0
	for _, w := range ways[n] {
		total += w
	}
	splits, _ := math.Lgamma(float64(len(all) + 1))
	chosen, _ := math.Lgamma(float64(n + 1))
	rest, _ := math.Lgamma(float64(len(y) + 1))
	return min(1, total/math.Exp(splits-chosen-rest)), true
}

// tied is a group of tied values.
type tied struct {
	size int
	rank int // twice their mean rank
}
