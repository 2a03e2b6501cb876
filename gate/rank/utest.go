package rank

import (
	"math"
	"slices"
	"sync"

	"github.com/aclements/go-moremath/stats"
)

// MannWhitney returns the p-value of the one-sided U test (Mann and Whitney 1947,
// with ties Klotz 1966) that x tends to be less than y. It is exact up to 50 values per
// sample, or 25 where values are tied but not many. Beyond, it is a normal
// approximation. x and y must be finite and hold at least one value.
func MannWhitney(x, y []float64) float64 {
	less, _ := tails(ascending(x), ascending(y))
	return less
}

// tails returns the p-values that x tends to be less than y, and greater. x and y are
// ascending.
func tails(x, y []float64) (less, greater float64) {
	n, m := len(x), len(y)
	groups, sum := tiedGroups(x, y)
	if len(groups) == n+m {
		u := sum/2 - n*(n+1)/2 // the number of pairs of which x is the greater
		return uTail(n, m, u), uTail(n, m, n*m-u)
	}
	if less, greater, ok := tiedTails(groups, n, m, sum); ok {
		return less, greater
	}
	ties := 0.0
	for _, g := range groups {
		t := float64(g.size)
		ties += t*t*t - t
	}
	u := float64(sum)/2 - float64(n)*float64(n+1)/2
	return uNormal(n, m, u, ties), uNormal(n, m, float64(n)*float64(m)-u, ties)
}

// uTail returns P(U <= u) for samples of n and m values without ties: exactly up to
// the limit, by the normal approximation beyond.
func uTail(n, m, u int) float64 {
	if max(n, m) > exact {
		return uNormal(n, m, float64(u), 0)
	}
	type sizes struct{ n, m int }
	tails, known := uTails.Load(sizes{n, m})
	if !known {
		tails, _ = uTails.LoadOrStore(sizes{n, m}, newUTails(n, m))
	}
	return tails.([]float64)[u]
}

// uTails remembers the distributions: a decision asks for the same few again and again.
var uTails sync.Map

// newUTails returns P(U <= u) by u. The number of orders of n and m values that have
// each U are the coefficients of the product of (1-q^(m+i))/(1-q^i) over i from 1 to n.
func newUTails(n, m int) []float64 {
	orders := make([]float64, n*m+1)
	orders[0] = 1
	for i := 1; i <= n; i++ {
		for u := n * m; u >= m+i; u-- {
			orders[u] -= orders[u-m-i]
		}
		for u := i; u <= n*m; u++ {
			orders[u] += orders[u-i]
		}
	}
	// The upper half mirrors the lower, which has the smaller rounding errors.
	for u := range orders[:len(orders)/2] {
		orders[n*m-u] = orders[u]
	}
	for u := 1; u <= n*m; u++ {
		orders[u] += orders[u-1]
	}
	all := orders[n*m]
	for u := range orders {
		orders[u] /= all
	}
	return orders
}

// exact is the largest sample without ties whose distribution is computed exactly.
const exact = 50

// uNormal returns P(U <= u) by the normal approximation, corrected for continuity and
// for ties, the sum of t³-t over the groups of t tied values. It is 1 where all values
// are equal.
func uNormal(n, m int, u, ties float64) float64 {
	N, pairs := float64(n+m), float64(n)*float64(m)
	sigma := math.Sqrt(pairs * (N + 1 - ties/(N*(N-1))) / 12)
	if !(sigma > 0) {
		return 1
	}
	return stats.StdNormal.CDF((u + 0.5 - pairs/2) / sigma)
}

func ascending(values []float64) []float64 {
	values = slices.Clone(values)
	slices.Sort(values)
	return values
}

// guard is the relative difference below which two figures count as equal, so
// that rounding decides nothing.
const guard = 1e-9

// AtMost reports p <= bound, rounding aside.
func AtMost(p, bound float64) bool { return p <= bound*(1+guard) }
