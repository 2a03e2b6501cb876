package rank

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"github.com/aclements/go-moremath/stats"
)

// signedRankExact is the largest number of pairs for which the signed-rank
// distribution is computed exactly.
const signedRankExact = 50

// SignedRank returns the p-value of the one-sided signed-rank test (Wilcoxon 1945)
// that the differences tend to be above zero. It leaves out zeros; tied sizes share
// their mean rank. The distribution is that of all assignments of signs to these
// ranks: exact for up to 50 differences, a normal approximation with continuity
// correction beyond.
func SignedRank(differences []float64) float64 {
	d := slices.DeleteFunc(slices.Clone(differences), func(x float64) bool { return x == 0 })
	if len(d) == 0 {
		return 1
	}
	slices.SortFunc(d, func(x, y float64) int { return cmp.Compare(math.Abs(x), math.Abs(y)) })

	// Doubled, so that mean ranks are whole.
	ranks := make([]int, len(d))
	for i := 0; i < len(d); {
		j := i + 1
		for j < len(d) && equal(math.Abs(d[i]), math.Abs(d[j])) {
			j++
		}
		for k := i; k < j; k++ {
			ranks[k] = i + j + 1
		}
		i = j
	}
	below, total, squares := 0, 0, 0.0
	for i, r := range ranks {
		total += r
		squares += float64(r) * float64(r)
		if d[i] < 0 {
			below += r
		}
	}
	if len(d) > signedRankExact {
		return stats.StdNormal.CDF((float64(below) + 1 - float64(total)/2) / (math.Sqrt(squares) / 2))
	}
	sum := 0.0
	for _, p := range signedSums(ranks)[:below+1] {
		sum += p
	}
	return min(sum, 1)
}

// signedRankTail returns P(W <= w) for n pairs without ties.
func signedRankTail(n, w int) float64 {
	if n > signedRankExact {
		N := float64(n)
		return stats.StdNormal.CDF((float64(w) + 0.5 - N*(N+1)/4) / math.Sqrt(N*(N+1)*(2*N+1)/24))
	}
	sum := 0.0
	for _, p := range untied(n)[:min(w, n*(n+1)/2)+1] {
		sum += p
	}
	return min(sum, 1)
}

// untied returns the distribution of the sum of n ranks without ties.
func untied(n int) []float64 {
	if d, known := untiedSums.Load(n); known {
		return d.([]float64)
	}
	ranks := make([]int, n)
	for i := range ranks {
		ranks[i] = i + 1
	}
	d := signedSums(ranks)
	untiedSums.Store(n, d)
	return d
}

var untiedSums sync.Map

// signedSums returns the probability of each sum of those ranks that have one
// of two equally likely signs.
func signedSums(ranks []int) []float64 {
	total := 0
	for _, r := range ranks {
		total += r
	}
	p := make([]float64, total+1)
	p[0] = 1
	reach := 0
	for _, r := range ranks {
		reach += r
		for s := reach; s >= 0; s-- {
			with := 0.0
			if s >= r {
				with = p[s-r]
			}
			p[s] = (p[s] + with) / 2
		}
	}
	return p
}

// equal compares rounding aside.
func equal(x, y float64) bool { return math.Abs(x-y) <= guard*max(math.Abs(x), math.Abs(y)) }
