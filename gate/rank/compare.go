package rank

import "math"

// A Comparison is what the ranks of two samples, x and y, say.
type Comparison struct {
	// Design is how the values were replicated.
	Design Design
	// Less and Greater are the one-sided p-values that y tends to be less than x
	// and greater than x.
	Less, Greater float64
	// Shift holds the changes from x to y. It is nil when there are none: see
	// [Scale.SampleShift] and [Scale.PairShift].
	Shift *Shift
}

// Samples compares two independent samples by the U test. Each must hold at least
// one value, and all values must be finite.
func (s Scale) Samples(x, y []float64) Comparison {
	x, y = ascending(x), ascending(y)
	greater, less := tails(x, y)
	return Comparison{
		Design:  Design{X: len(x), Y: len(y)},
		Less:    less,
		Greater: greater,
		Shift:   s.sampleShift(x, y),
	}
}

// Pairs compares values that were measured in pairs, x[i] with y[i], by the
// signed-rank test. For ratios, it tests the differences of the logarithms, or those of
// the values where one of them has no logarithm. x and y must have the same length, at
// least 1, and all values must be finite.
func (s Scale) Pairs(x, y []float64) Comparison {
	up := s.differences(x, y)
	down := make([]float64, len(up))
	for i, d := range up {
		down[i] = -d
	}
	return Comparison{
		Design:  Design{X: len(x), Y: len(y), Paired: true},
		Less:    SignedRank(down),
		Greater: SignedRank(up),
		Shift:   s.PairShift(x, y),
	}
}

// differences returns y less x: of ratios on the logarithms, unless a value has none.
func (s Scale) differences(x, y []float64) []float64 {
	d, logs := make([]float64, len(x)), s == Ratio
	for i := range x {
		logs = logs && x[i] > 0 && y[i] > 0
	}
	for i := range x {
		d[i] = y[i] - x[i]
		if logs {
			d[i] = math.Log(y[i] / x[i])
		}
	}
	return d
}
