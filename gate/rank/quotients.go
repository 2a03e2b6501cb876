package rank

import (
	"math"
	"slices"
)

// quotients are the quotients y/x of which the estimate of a shift and its interval
// are order statistics. None is negative, and they are counted rather than listed: two
// samples of a million values have 10^12 quotients.
type quotients interface {
	// size is how many there are.
	size() int
	// atMost counts those of at most x.
	atMost(x float64) int
	// between lists those above low and up to high.
	between(low, high float64) []float64
	// limits are the smallest and the largest.
	limits() (low, high float64)
}

// crossed are the quotients of every value of y and every value of x; both are
// ascending.
type crossed struct{ x, y []float64 }

// newCrossed takes ascending values. It reports ok as false when there are no such
// quotients: a value is negative, or a quotient of positive values is out of range.
func newCrossed(x, y []float64) (c crossed, ok bool) {
	c = crossed{x, y}
	if c.x[0] < 0 || c.y[0] < 0 {
		return c, false
	}
	low, high := c.limits()
	return c, (low > 0 || c.y[0] == 0) && (!math.IsInf(high, 0) || c.x[0] == 0)
}

// quotient returns y/x. Of a zero and a positive value it is zero or infinite, and of
// two zeros, which are equal, 1. It grows with y and shrinks with x.
func quotient(y, x float64) float64 {
	if x == 0 && y == 0 {
		return 1
	}
	return y / x
}

func (c crossed) size() int { return len(c.x) * len(c.y) }

func (c crossed) limits() (low, high float64) {
	return quotient(c.y[0], c.x[len(c.x)-1]), quotient(c.y[len(c.y)-1], c.x[0])
}

// atMost walks down x as y grows, since a quotient grows with y and shrinks with x.
func (c crossed) atMost(limit float64) int {
	n, first := 0, 0
	for _, y := range c.y {
		for first < len(c.x) && quotient(y, c.x[first]) > limit {
			first++
		}
		n += len(c.x) - first
	}
	return n
}

func (c crossed) between(low, high float64) []float64 {
	var list []float64
	first := 0
	for _, y := range c.y {
		for first < len(c.x) && quotient(y, c.x[first]) > high {
			first++
		}
		for _, x := range c.x[first:] {
			q := quotient(y, x)
			if q <= low {
				break
			}
			list = append(list, q)
		}
	}
	return list
}

// walsh are the geometric means of every two quotients of a pair, each with itself
// too: Walsh averages on the logarithms. The roots of the pairs' quotients are
// ascending.
type walsh struct{ roots []float64 }

// newWalsh reports ok as false when a pair has no quotient: a value is zero or
// negative, or the quotient is out of range. A pair of zero and infinity would have no
// mean.
func newWalsh(x, y []float64) (w walsh, ok bool) {
	w.roots = make([]float64, len(x))
	for i := range x {
		q := y[i] / x[i]
		if x[i] <= 0 || y[i] <= 0 || q == 0 || math.IsInf(q, 0) {
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

func (w walsh) atMost(limit float64) int {
	n, partners := 0, len(w.roots)
	for i, root := range w.roots {
		for partners > 0 && root*w.roots[partners-1] > limit {
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

// kth returns the k-th smallest quotient, 1 <= k <= size. It halves the range that
// holds it, by the representations of numbers from 0 on, which are ordered as the
// numbers are, until few are left or the range is a single number.
func kth(q quotients, k int) float64 {
	low, high := q.limits()
	from, to := int64(math.Float64bits(low))-1, int64(math.Float64bits(high))
	below, upTo := 0, q.size()
	for upTo-below > few && from+1 < to {
		half := from + (to-from)/2
		if n := q.atMost(number(half)); n >= k {
			to, upTo = half, n
		} else {
			from, below = half, n
		}
	}
	if from+1 == to {
		return number(to)
	}
	list := q.between(number(from), number(to))
	slices.Sort(list)
	return list[k-below-1]
}

// number returns the number with the representation, and one below all others for -1.
func number(representation int64) float64 {
	if representation < 0 {
		return -1
	}
	return math.Float64frombits(uint64(representation))
}
