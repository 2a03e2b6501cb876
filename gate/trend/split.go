package trend

import (
	"math"
	"math/rand/v2"
	"slices"
)

const (
	// permutations is the least number of permutations for a small p. A p of 0.01
	// then has a relative error of about a fifth.
	permutations = 1999
	// most is the number of permutations for the smallest alpha.
	most = 100_000
	// spare is about how many permutations may be as extreme as the values if p is
	// alpha. It must be at least one. The larger it is, the fewer changes are missed.
	spare = 8
	// enough is how many permutations as extreme as the values end the search early,
	// if p is above alpha. Such a p has about the same relative error.
	enough = 25
	seed   = 1979
)

// split returns the position at which the values before and after differ most. P
// is the probability of a difference at least as large, at any position, if the
// values are in random order. All values must be finite. Each side has at least
// least values; p is 1 if there are too few. A p above alpha is a rough estimate.
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
	return at, permute(ranks, least, extreme, alpha)
}

// centred returns the ranks of values minus their mean, doubled to make them
// integers: 2R - (n+1). Their sum is 0.
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

// largest returns the first split with the largest statistic, and the square of
// that statistic.
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

// statistic returns the square of the sum of the first k of n centred ranks,
// divided by its variance up to a constant.
func statistic(sum, k, n int) float64 {
	return float64(sum) * float64(sum) / (float64(k) * float64(n-k))
}

// permute returns the share of permutations whose largest statistic is at least
// extreme, counting the ranks themselves as one of them.
func permute(ranks []int, least int, extreme, alpha float64) float64 {
	// All series of the same length get the same permutations, so that the answer
	// depends only on the values.
	random := rand.New(rand.NewPCG(seed, uint64(len(ranks))))
	ranks = slices.Clone(ranks)
	draws := int(min(most, max(permutations, math.Ceil(spare/alpha))))
	reached := 0
	for i := 1; i <= draws; i++ {
		if reaches(ranks, least, extreme, random) {
			reached++
		}
		if p := float64(reached) / float64(i); reached == enough && p > alpha {
			return p
		}
	}
	return float64(reached+1) / float64(draws+1)
}

// reaches shuffles the ranks and reports whether a split of them has a statistic
// of at least extreme. It stops at the first such split: the next call may start
// from ranks that are partly shuffled.
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
