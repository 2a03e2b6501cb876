package trend

import (
	"cmp"
	"math"
	"slices"
)

// A Point is where a series changed its level.
type Point struct {
	// Index is that of the new level's first value.
	Index int `json:"index"`
	// Ratio is the new level's median by the old level's. It is 0 when there is
	// none: one of them is zero or below, or the quotient is out of range.
	Ratio float64 `json:"ratio,omitzero"`
	// P is how likely the split that found the point is without any change.
	P float64 `json:"p"`
}

// Options say what counts as a change.
type Options struct {
	// Alpha is the largest P of a point, and with it the share of unchanging
	// series that get one; 0.01 unless between 0 and 1. The smaller it is, the
	// longer a search takes, and below 0.00001 nothing is found.
	Alpha float64
	// MinSegment is how many values a level has at least; 5 unless above 0.
	MinSegment int
	// MinChange is by how much neighbouring levels differ at least, relatively
	// to the lower one: 0.02 passes over ratios between 1/1.02 and 1.02.
	MinChange float64
}

// withDefaults fills in what is not set or makes no sense.
func (o Options) withDefaults() Options {
	if !(o.Alpha > 0 && o.Alpha < 1) { // NaN too
		o.Alpha = 0.01
	}
	if o.MinSegment <= 0 {
		o.MinSegment = 5
	}
	return o
}

// Find returns the points at which values change their level, in their order.
// There are none when there are less than two levels' worth of values.
func Find(values []float64, o Options) []Point { return Search(values, o).Points() }

// A Found is what a search has found in a history.
type Found struct {
	series    series
	divided   []level // however little neighbours differ
	minChange float64
}

// Search is [Find] and [Creep] at the cost of one: what takes long is the same.
func Search(values []float64, o Options) Found {
	s := measured(values)
	o = o.withDefaults()
	return Found{s, s.divide(o), o.MinChange}
}

// Points returns what [Find] does.
func (f Found) Points() []Point {
	var points []Point
	for _, l := range f.levels(f.minChange)[1:] {
		points = append(points, Point{Index: f.series.index[l.from], Ratio: l.ratio, P: l.p})
	}
	return points
}

// levels joins what differs by less than change.
func (f Found) levels(change float64) []level {
	return f.series.merge(slices.Clone(f.divided), change)
}

// Stable returns the index of the first value of the newest level: what is
// before it says nothing about what the code does today. It is 0 when nothing
// changed.
func Stable(values []float64, o Options) int {
	points := Find(values, o)
	if len(points) == 0 {
		return 0
	}
	return points[len(points)-1].Index
}

// A series has the finite values of a history.
type series struct {
	values []float64
	index  []int // which of the history's values each is
}

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
	// ratio and p are those of the change that it starts with; see [Point].
	ratio, p float64
}

// divide divides the series, all of it, into at least one level.
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
		s.place(levels, i, o.MinSegment)
	}
	return levels
}

// place moves the beginning of the i-th level to where the values are closest to
// the medians of their levels. Ranks know that there is a change, but of a step
// far above the noise they do not know where: just before it, a few values that
// happen to be the highest of the old level rank with the new one.
func (s series) place(levels []level, i, least int) {
	before, after := &levels[i-1], &levels[i]
	span := after.median/2 - before.median/2 // halved, or it may be out of range
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

// merge joins neighbours that differ by less than change, those that differ
// least first, and sets the ratios of what is left. Joining comes after
// dividing, because a small change can stand between two large ones.
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

// distance is how far apart two levels are, as a logarithm: infinitely if they
// have no ratio.
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
	return v[n/2-1]/2 + v[n/2]/2 // halved first: their sum may be out of range
}
