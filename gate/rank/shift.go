package rank

import "math"

// A Shift is the difference between two samples as a ratio y/x, estimated by the
// order statistics of the quotients of their values.
type Shift struct{ of quotients }

// SampleShift returns the shift between two independent samples, whose quotients
// are those of every value of y and every value of x. Of a zero and a positive value
// it is 0 or infinite, and of two zeros 1. It is nil when there are no quotients: a
// value is negative, or a quotient of positive values is out of range. Each sample must
// hold at least one value, and all values must be finite.
func SampleShift(x, y []float64) *Shift { return sampleShift(ascending(x), ascending(y)) }

func sampleShift(x, y []float64) *Shift {
	c, ok := newCrossed(x, y)
	if !ok {
		return nil
	}
	return &Shift{c}
}

// PairShift returns the shift between values measured in pairs, whose quotients are
// the geometric means of any two pairs' y[i]/x[i]. It is nil when a value is zero or
// negative, or a quotient is out of range. x and y must have the same length, at least
// 1.
func PairShift(x, y []float64) *Shift {
	w, ok := newWalsh(x, y)
	if !ok {
		return nil
	}
	return &Shift{w}
}

// Estimate returns the median of the quotients, taken on the logarithms: the
// estimator of Hodges and Lehmann (1963). Of an even number of quotients it is the
// geometric mean of the two in the middle, which is not a number if one is 0 and the
// other infinite.
func (s *Shift) Estimate() float64 {
	n := s.of.size()
	low := kth(s.of, (n+1)/2)
	if n%2 == 1 || s.of.atMost(low) > n/2 {
		return low
	}
	return math.Sqrt(low) * math.Sqrt(kth(s.of, n/2+1))
}

// Interval returns the k-th smallest and the k-th largest quotient. With k from
// [Design.Bound] at (1-confidence)/2, this is the confidence interval of the shift.
// Both ends belong to it, and it keeps its level when values are tied. For k of 0
// or less it returns the range of all quotients.
func (s *Shift) Interval(k int) [2]float64 { return [2]float64{s.Low(k), s.High(k)} }

// Low is the lower end of [Shift.Interval].
func (s *Shift) Low(k int) float64 { return kth(s.of, max(k, 1)) }

// High is the upper end of [Shift.Interval].
func (s *Shift) High(k int) float64 { return kth(s.of, s.of.size()+1-max(k, 1)) }
