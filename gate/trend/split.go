package trend

import (
	"math"
	"math/rand/v2"
	"slices"
)

const (
	// permuted is up to how many values the p-value is found by permutation.
	permuted = 200
	// permutations is how many of them are made at most: a p of 0.01 is then
	// known to about a fifth of itself.
	permutations = 1999
	// enough is how many permutations as extreme as the values settle it, for a
	// larger p that is known as well.
	enough = 25
	seed   = 1979
)

// split returns where values, all finite, differ most before and after, and how
// likely a difference as large is, at whatever place, if their order means
// nothing. Each side has at least least values; p is 1 if there are too few. A p
// above alpha is only known to be so.
func split(values []float64, least int, alpha float64) (at int, p float64) {
	n := len(values)
	if least > n/2 {
		return 0, 1
	}
	ranks := centred(values)
	at, extreme := largest(ranks, least)
	if extreme == 0 { // constant
		return at, 1
	}
	if n > permuted {
		return at, approximate(ranks, least, extreme)
	}
	return at, permute(ranks, least, extreme, alpha)
}

// centred returns the ranks of values less their mean, doubled, which makes
// integers of them: 2R - (n+1). They sum up to 0.
func centred(values []float64) []int {
	n := len(values)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		switch {
		case values[i] < values[j]:
			return -1
		case values[i] > values[j]:
			return 1
		}
		return 0
	})
	ranks := make([]int, n)
	for first := 0; first < n; {
		end := first + 1
		for end < n && values[order[end]] == values[order[first]] {
			end++
		}
		for _, i := range order[first:end] {
			ranks[i] = first + end - n // the mean of ranks first+1 to end
		}
		first = end
	}
	return ranks
}

// largest returns the first split with the largest statistic, and its square.
func largest(ranks []int, least int) (at int, square float64) {
	n, sum := len(ranks), 0
	for k := 1; k <= n-least; k++ {
		sum += ranks[k-1]
		if k < least {
			continue
		}
		if q := statistic(sum, k, n); q > square || at == 0 {
			at, square = k, q
		}
	}
	return at, square
}

// statistic is the square of the sum of the first k of n centred ranks by what
// it varies with k.
func statistic(sum, k, n int) float64 {
	return float64(sum) * float64(sum) / (float64(k) * float64(n-k))
}

// permute returns the share of permutations whose largest statistic is at least
// extreme, counting the ranks themselves as one of them.
func permute(ranks []int, least int, extreme, alpha float64) float64 {
	// Of one length, all series see the same permutations: the answer depends on
	// nothing but the values.
	random := rand.New(rand.NewPCG(seed, uint64(len(ranks))))
	ranks = slices.Clone(ranks)
	reached := 0
	for i := 1; i <= permutations; i++ {
		if reaches(ranks, least, extreme, random) {
			reached++
		}
		if p := float64(reached) / float64(i); reached == enough && p > alpha {
			return p
		}
	}
	return float64(reached+1) / (permutations + 1)
}

// reaches shuffles the ranks and says whether a split of them has a statistic
// of at least extreme. It stops at the first that does: a half-shuffled
// beginning is as random for the next call.
func reaches(ranks []int, least int, extreme float64, random *rand.Rand) bool {
	n, sum := len(ranks), 0
	for k := 1; k <= n-least; k++ {
		j := k - 1 + random.IntN(n-k+1)
		ranks[k-1], ranks[j] = ranks[j], ranks[k-1]
		sum += ranks[k-1]
		if k >= least && statistic(sum, k, n) >= extreme {
			return true
		}
	}
	return false
}

// approximate returns the probability that the largest statistic of many values
// is at least extreme, as that of a standardised Brownian bridge between the
// first and the last split (Miller and Siegmund 1982): with b the statistic over
// its standard deviation and e the share of values before the first split,
//
//	4φ(b)/b + φ(b) (b - 1/b) log((1-e)²/e²)
//
// The variance is that of the given ranks, so that ties are taken care of
// (Lausen and Schumacher 1992).
func approximate(ranks []int, least int, extreme float64) float64 {
	n := float64(len(ranks))
	squares := 0.0
	for _, r := range ranks {
		squares += float64(r) * float64(r)
	}
	b := math.Sqrt(extreme * n * (n - 1) / squares)
	if b <= 1 { // the formula is for the tail
		return 1
	}
	density := math.Exp(-b*b/2) / math.Sqrt(2*math.Pi)
	e := float64(least) / n
	return min(1, 4*density/b+density*(b-1/b)*2*math.Log((1-e)/e))
}
