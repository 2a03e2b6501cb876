package gate

import (
	"math"
	"slices"
	"sort"
)

// A shift is a population of quotients head/base, of which the estimate of a
// change and its interval are order statistics. Its values are positive, and
// are counted rather than listed: two samples of a million values have 10^12
// quotients.
type shift interface {
	// size is how many quotients there are.
	size() int
	// atMost counts the quotients of at most x.
	atMost(x float64) int
	// limits are the smallest and the largest quotient.
	limits() (low, high float64)
}

// A twoSample shift has the quotients of every value of head and every value of
// base; both are ascending.
type twoSample struct{ base, head []float64 }

// newTwoSample returns false when there is no such quotient: a value is zero or
// below, or the quotient is out of range.
func newTwoSample(base, head []float64) (s twoSample, ok bool) {
	s = twoSample{slices.Sorted(slices.Values(base)), slices.Sorted(slices.Values(head))}
	if s.base[0] <= 0 || s.head[0] <= 0 {
		return s, false
	}
	low, high := s.limits()
	return s, low > 0 && !math.IsInf(high, 0)
}

func (s twoSample) size() int { return len(s.base) * len(s.head) }

func (s twoSample) limits() (low, high float64) {
	return s.head[0] / s.base[len(s.base)-1], s.head[len(s.head)-1] / s.base[0]
}

// atMost walks down base as head grows, since a quotient grows with head and
// shrinks with base.
func (s twoSample) atMost(x float64) int {
	n, first := 0, 0
	for _, h := range s.head {
		for first < len(s.base) && h/s.base[first] > x {
			first++
		}
		n += len(s.base) - first
	}
	return n
}

// A walsh shift has the geometric means of every two quotients of a round, each
// with itself too: Walsh averages on the logarithms. The roots of the rounds'
// quotients are ascending.
type walsh struct{ roots []float64 }

// newWalsh returns false when a round has no quotient; see [newTwoSample].
func newWalsh(base, head []float64) (w walsh, ok bool) {
	w.roots = make([]float64, len(base))
	for i := range base {
		q := head[i] / base[i]
		if base[i] <= 0 || head[i] <= 0 || q == 0 || math.IsInf(q, 0) {
			return w, false
		}
		w.roots[i] = math.Sqrt(q)
	}
	slices.Sort(w.roots)
	return w, true
}

func (w walsh) size() int { return len(w.roots) * (len(w.roots) + 1) / 2 }

func (w walsh) limits() (low, high float64) {
	first, last := w.roots[0], w.roots[len(w.roots)-1]
	return first * first, last * last
}

func (w walsh) atMost(x float64) int {
	n, partners := 0, len(w.roots)
	for i, root := range w.roots {
		for partners > 0 && root*w.roots[partners-1] > x {
			partners--
		}
		if partners <= i {
			return n
		}
		n += partners - i
	}
	return n
}

// kth returns the k-th smallest quotient, 1 <= k <= size, by bisection over the
// representations of positive numbers, which are ordered as the numbers are.
func kth(s shift, k int) float64 {
	low, high := s.limits()
	if k == 1 {
		return low
	}
	from, to := math.Float64bits(low), math.Float64bits(high)
	steps := sort.Search(int(to-from), func(i int) bool { return s.atMost(math.Float64frombits(from+uint64(i))) >= k })
	return math.Float64frombits(from + uint64(steps))
}

// middle is the median on the logarithms: of an even number of quotients the
// geometric mean of the two in the middle.
func middle(s shift) float64 {
	n := s.size()
	low, high := kth(s, (n+1)/2), kth(s, n/2+1)
	if low == high {
		return low
	}
	return math.Sqrt(low) * math.Sqrt(high)
}

// interval returns the k-th smallest and the k-th largest of the quotients,
// and for k = 0 all they span.
func interval(s shift, k int) [2]float64 {
	k = max(k, 1)
	return [2]float64{kth(s, k), kth(s, s.size()+1-k)}
}
