package gate

import (
	"math"
	"slices"
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
	// between lists the quotients above low and up to high.
	between(low, high float64) []float64
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

func (s twoSample) between(low, high float64) []float64 {
	var list []float64
	first := 0
	for _, h := range s.head {
		for first < len(s.base) && h/s.base[first] > high {
			first++
		}
		for _, b := range s.base[first:] {
			q := h / b
			if q <= low {
				break
			}
			list = append(list, q)
		}
	}
	return list
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

func (w walsh) between(low, high float64) []float64 {
	var list []float64
	for i, root := range w.roots {
		for _, other := range w.roots[i:] {
			if q := root * other; q > low && q <= high {
				list = append(list, q)
			}
		}
	}
	return list
}

// few is how many quotients are sorted rather than counted once more.
const few = 256

// kth returns the k-th smallest quotient, 1 <= k <= size. It halves the range
// that holds it, by the representations of positive numbers, which are ordered as
// the numbers are, until few are left or the range is a single number.
func kth(s shift, k int) float64 {
	low, high := s.limits()
	from, to := math.Float64bits(low)-1, math.Float64bits(high)
	below, upTo := 0, s.size()
	for upTo-below > few && from+1 < to {
		half := from + (to-from)/2
		if n := s.atMost(math.Float64frombits(half)); n >= k {
			to, upTo = half, n
		} else {
			from, below = half, n
		}
	}
	if from+1 == to {
		return math.Float64frombits(to)
	}
	list := s.between(math.Float64frombits(from), math.Float64frombits(to))
	slices.Sort(list)
	return list[k-below-1]
}

// middle is the median on the logarithms: of an even number of quotients the
// geometric mean of the two in the middle.
func middle(s shift) float64 {
	n := s.size()
	low := kth(s, (n+1)/2)
	if n%2 == 1 || s.atMost(low) > n/2 {
		return low
	}
	return math.Sqrt(low) * math.Sqrt(kth(s, n/2+1))
}

// interval returns the k-th smallest and the k-th largest of the quotients,
// and for k = 0 all they span.
func interval(s shift, k int) [2]float64 {
	k = max(k, 1)
	return [2]float64{kth(s, k), kth(s, s.size()+1-k)}
}
