package gate

import (
	"sort"
	"sync"
)

// A design is how values were replicated, which decides what a test can show.
type design struct {
	// base and head are how many values each arm has.
	base, head int
	// paired is set when the values are those of the same rounds.
	paired bool
}

// tail returns the probability that the test's statistic is at most k if
// nothing changed and no values are tied.
func (d design) tail(k int) float64 {
	if d.paired {
		return signedRankTail(d.base, k)
	}
	return uTail(d.base, d.head, k)
}

// size is the number of quotients of the design's [shift].
func (d design) size() int {
	if d.paired {
		return d.base * (d.base + 1) / 2
	}
	return d.base * d.head
}

// bounds remembers, per design and tail probability, which order statistic of
// the quotients bounds the shift. It may be used by several goroutines at once.
type bounds struct{ known sync.Map }

type boundKey struct {
	design
	tail float64
}

// of returns the largest k for which the k-th smallest quotient is above the
// true shift with a probability of at most tail, and 0 when there is none. By
// symmetry the k-th largest is a bound from above.
func (b *bounds) of(d design, tail float64) int {
	key := boundKey{d, tail}
	if k, known := b.known.Load(key); known {
		return k.(int)
	}
	// The tail grows with k, so the first k that exceeds the bound is the answer.
	k := sort.Search(d.size(), func(k int) bool { return !atMost(d.tail(k), tail) })
	b.known.Store(key, k)
	return k
}
