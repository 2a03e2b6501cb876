package rank

import (
	"math"
	"slices"
)

// changes are the changes from x to y of which the estimate of a shift and its interval
// are order statistics. They are counted rather than listed: two samples of a million
// values have 10^12 changes.
type changes interface {
	// size is how many there are.
	size() int
	// atMost counts those of at most x.
	atMost(x float64) int
	// between lists those above low and up to high.
	between(low, high float64) []float64
	// limits are the smallest and the largest.
	limits() (low, high float64)
}

// crossed are the changes from every value of x to every value of y; both are
// ascending.
type crossed struct {
	scale Scale
	x, y  []float64
}

// newCrossed takes ascending values. It reports ok as false when there are no such
// changes: one is out of range, or a ratio has a negative value.
func newCrossed(s Scale, x, y []float64) (c crossed, ok bool) {
	c = crossed{s, x, y}
	low, high := c.limits()
	switch {
	case s == Difference:
		return c, !math.IsInf(low, 0) && !math.IsInf(high, 0)
	case x[0] < 0 || y[0] < 0:
		return c, false
	default:
		return c, (low > 0 || y[0] == 0) && (!math.IsInf(high, 0) || x[0] == 0)
	}
}

func (c crossed) size() int { return len(c.x) * len(c.y) }

func (c crossed) limits() (low, high float64) {
	return c.scale.Change(c.x[len(c.x)-1], c.y[0]), c.scale.Change(c.x[0], c.y[len(c.y)-1])
}

// atMost walks down x as y grows, since a change grows with y and shrinks with x.
func (c crossed) atMost(limit float64) int {
	n, first := 0, 0
	for _, y := range c.y {
		for first < len(c.x) && c.scale.Change(c.x[first], y) > limit {
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
		for first < len(c.x) && c.scale.Change(c.x[first], y) > high {
			first++
		}
		for _, x := range c.x[first:] {
			change := c.scale.Change(x, y)
			if change <= low {
				break
			}
			list = append(list, change)
		}
	}
	return list
}

// walsh are the Walsh averages of the pairs' changes: the mean of every two, each with
// itself too. The mean of ratios is the geometric one. The halves of the pairs' changes
// are ascending.
type walsh struct {
	scale  Scale
	halves []float64
}

// newWalsh reports ok as false when a pair has no change: it is out of range, or a ratio
// has a value that is zero or negative. A pair of zero and infinity would have no mean.
func newWalsh(s Scale, x, y []float64) (w walsh, ok bool) {
	w = walsh{s, make([]float64, len(x))}
	for i := range x {
		change := s.Change(x[i], y[i])
		if math.IsInf(change, 0) || s == Ratio && (x[i] <= 0 || y[i] <= 0 || change == 0) {
			return w, false
		}
		w.halves[i] = s.Half(change)
	}
	slices.Sort(w.halves)
	return w, true
}

func (w walsh) size() int { return len(w.halves) * (len(w.halves) + 1) / 2 }

func (w walsh) limits() (low, high float64) {
	first, last := w.halves[0], w.halves[len(w.halves)-1]
	return w.scale.Join(first, first), w.scale.Join(last, last)
}

func (w walsh) atMost(limit float64) int {
	n, partners := 0, len(w.halves)
	for i, half := range w.halves {
		for partners > 0 && w.scale.Join(half, w.halves[partners-1]) > limit {
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
	for i, half := range w.halves {
		for _, other := range w.halves[i:] {
			if change := w.scale.Join(half, other); change > low && change <= high {
				list = append(list, change)
			}
		}
	}
	return list
}

// few is how many changes are sorted rather than counted once more.
const few = 256

// kth returns the k-th smallest change, 1 <= k <= size. It halves the range that holds
// it, by the places of numbers in the order of all numbers, until few are left or the
// range is a single number.
func kth(c changes, k int) float64 {
	low, high := c.limits()
	from, to := place(low)-1, place(high)
	below, upTo := 0, c.size()
	for upTo-below > few && from+1 < to {
		half := from + int64(uint64(to-from)/2) // the distance may not fit an int64
		if n := c.atMost(number(half)); n >= k {
			to, upTo = half, n
		} else {
			from, below = half, n
		}
	}
	if from+1 == to {
		return number(to)
	}
	list := c.between(number(from), number(to))
	slices.Sort(list)
	return list[k-below-1]
}

// place returns the place of a number in the order of all numbers, in which zero has
// place 0. The representations of positive numbers are ordered as the numbers are.
func place(v float64) int64 {
	if v < 0 {
		return -int64(math.Float64bits(-v))
	}
	return int64(math.Float64bits(v + 0)) // no negative zero
}

// number returns the number with the place.
func number(place int64) float64 {
	if place < 0 {
		return -math.Float64frombits(uint64(-place))
	}
	return math.Float64frombits(uint64(place))
}
