package trend

import (
	"cmp"
	"math"
	"slices"
)

// A Point is a change of level in a series.
type Point struct {
	// Index is the index of the new level's first value.
	Index int `json:"index"`
	// Ratio is the new level's median divided by the old level's. It is 0 if one of
	// them is zero or negative, or if the quotient is out of range.
	Ratio float64 `json:"ratio,omitzero"`
	// P is the p-value of the split that found the point.
	P float64 `json:"p"`
}

// Options define what is a change.
type Options struct {
	// Alpha is the largest P of a point, and so the share of unchanged series that
	// get one. It must be between 0 and 1; the default is 0.01. A smaller alpha
	// makes a search slower, and below 0.00001 nothing is found.
	Alpha float64
	// MinSegment is the least number of values in a level. The default is 5.
	MinSegment int
	// MinChange is the least difference between neighbouring levels, relative to the
	// lower one: 0.02 ignores ratios between 1/1.02 and 1.02.
	MinChange float64
}

// withDefaults sets the options that are not set or not valid.
func (o Options) withDefaults() Options {
	if !(o.Alpha > 0 && o.Alpha < 1) { // NaN too
		o.Alpha = 0.01
	}
	if o.MinSegment <= 0 {
		o.MinSegment = 5
	}
	return o
}

// Find returns the changes of level in values, in order. It returns none if there
// are too few values for two levels.
func Find(values []float64, o Options) []Point { return Search(values, o).Points() }

// A Found is the result of a search in a history.
type Found struct {
	series    series
	divided   []level // including neighbours that differ by less than minChange
	minChange float64
}

// Search does the slow part of both [Find] and [Creep], which is the same.
func Search(values []float64, o Options) Found {
	s := measured(values)
	o = o.withDefaults()
	return Found{s, s.divide(o), o.MinChange}
}

// Points returns the changes of level, like [Find].
func (f Found) Points() []Point {
	var points []Point
	for _, l := range f.levels(f.minChange)[1:] {
		points = append(points, Point{Index: f.series.index[l.from], Ratio: l.ratio, P: l.p})
	}
	return points
}

// levels returns the levels, with neighbours merged that differ by less than
// change.
func (f Found) levels(change float64) []level {
	return f.series.merge(slices.Clone(f.divided), change)
}

// Stable returns the index of the first value of the newest level, or 0 if nothing
// changed. Earlier values say nothing about today's code.
func Stable(values []float64, o Options) int {
	points := Find(values, o)
	if len(points) == 0 {
		return 0
	}
	return points[len(points)-1].Index
}

// A series holds the finite values of a history.
type series struct {
	values []float64
	index  []int // of each value in the history
}

// measured returns the finite values of a history.
func measured(values []float64) series {
	var s series
	for i, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			s.values = append(s.values, v)
			s.index = append(s.index, i)
		}
	}
	return s
}

// A level is a part of a series, values[from:to], without a change in it.
type level struct {
	from, to int
	median   float64
	// ratio and p belong to the change at the start of the level; see [Point].
	ratio, p float64
}

// divide divides the whole series into one or more levels.
func (s series) divide(o Options) []level {
	levels := []level{{}}
	var divide func(from, to int)
	divide = func(from, to int) {
		at, p := split(s.values[from:to], o.MinSegment, o.Alpha)
		if p > o.Alpha {
			return
		}
		divide(from, from+at)
		levels = append(levels, level{from: from + at, p: p})
		divide(from+at, to)
	}
	divide(0, len(s.values))

	for i := range levels {
		s.settle(levels, i)
	}
	for i := 1; i < len(levels); i++ {
		s.moveStart(levels, i, o.MinSegment)
	}
	return levels
}

// moveStart moves the start of the i-th level to the position at which the values are
// closest to the medians of their levels. Ranks show that there is a change, but
// not the exact position of a step far above the noise: if the last values of the
// old level happen to be its highest, their ranks are close to the new level's.
func (s series) moveStart(levels []level, i, least int) {
	before, after := &levels[i-1], &levels[i]
	span := after.median/2 - before.median/2 // halved, because it may overflow
	if span == 0 {
		return
	}
	low, high := min(before.median, after.median), max(before.median, after.median)
	sum, smallest := 0.0, math.Inf(1)
	for k := before.from; k <= after.to-least; k++ {
		if k >= before.from+least && sum < smallest {
			smallest, after.from = sum, k
		}
		between := min(max(s.values[k], low), high)
		sum += 2*(between/2-before.median/2)/span - 1 // from -1, the old level, to 1
	}
	s.settle(levels, i-1)
	s.settle(levels, i)
}

// settle sets the end and the median of the i-th level.
func (s series) settle(levels []level, i int) {
	l := &levels[i]
	if l.to = len(s.values); i+1 < len(levels) {
		l.to = levels[i+1].from
	}
	l.median = median(s.values[l.from:l.to])
}

// merge merges neighbours that differ by less than change, those that differ least
// first, and sets the ratios of the levels that are left. Merging comes after
// dividing, because a small change may be between two large ones.
func (s series) merge(levels []level, change float64) []level {
	least := math.Log1p(max(0, change))
	for len(levels) > 1 {
		smallest, at := math.Inf(1), 0
		for i := 1; i < len(levels); i++ {
			if d := distance(levels[i-1].median, levels[i].median); d < smallest {
				smallest, at = d, i
			}
		}
		if at == 0 || !(smallest < least) {
			break
		}
		levels = slices.Delete(levels, at, at+1)
		s.settle(levels, at-1)
	}
	for i := 1; i < len(levels); i++ {
		levels[i].ratio = quotient(levels[i].median, levels[i-1].median)
	}
	return levels
}

// distance returns the logarithm of the ratio of two levels. It is infinite if
// they have no ratio.
func distance(x, y float64) float64 {
	if x == y {
		return 0
	}
	if q := quotient(x, y); q > 0 {
		return math.Abs(math.Log(q))
	}
	return math.Inf(1)
}

// quotient returns x/y, or 0 if it is not a positive number.
func quotient(x, y float64) float64 {
	q := x / y
	if x <= 0 || y <= 0 || math.IsInf(q, 0) {
		return 0
	}
	return q
}

// median returns the median of values, and 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.SortedFunc(slices.Values(values), cmp.Compare)
	n := len(v)
	if n%2 == 1 {
		return v[n/2]
	}
	return v[n/2-1]/2 + v[n/2]/2 // halved first, because the sum may overflow
}
