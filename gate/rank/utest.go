package rank

import (
	"math"

	"github.com/aclements/go-moremath/stats"
)

// MannWhitney returns the p-value of the one-sided U test (Mann and Whitney 1947,
// with ties Klotz 1966) that x tends to be less than y. It is exact up to
// [stats.MannWhitneyExactLimit] values per sample, or
// [stats.MannWhitneyTiesExactLimit] where values are tied; if many are tied, up to 50.
// Beyond, it is a normal approximation. x and y must be finite and hold at least one
// value.
//
// Only LocationLess is asked of the library: its LocationGreater is off by half
// a step where values are tied.
func MannWhitney(x, y []float64) float64 {
	if max(len(x), len(y)) > stats.MannWhitneyTiesExactLimit {
		if p, ok := tiedLess(x, y); ok {
			return p
		}
	}
	result, err := stats.MannWhitneyUTest(x, y, stats.LocationLess)
	if err != nil { // all values are equal; the samples are not empty
		return 1
	}
	return min(max(result.P, 0), 1)
}

// uTail returns P(U <= u) for samples of n and m values without ties: exactly
// where the library does so, by the normal approximation with continuity
// correction beyond.
func uTail(n, m, u int) float64 {
	if n <= stats.MannWhitneyExactLimit && m <= stats.MannWhitneyExactLimit {
		return stats.UDist{N1: n, N2: m}.CDF(float64(u))
	}
	N, M := float64(n), float64(m)
	sigma := math.Sqrt(N * M * (N + M + 1) / 12)
	return stats.StdNormal.CDF((float64(u) + 0.5 - N*M/2) / sigma)
}

// guard is the relative difference below which two figures count as equal, so
// that rounding decides nothing.
const guard = 1e-9

// AtMost reports p <= bound, rounding aside.
func AtMost(p, bound float64) bool { return p <= bound*(1+guard) }
