package rank

// A Shift is the change from one sample to another, estimated by the order statistics
// of the changes between their values.
type Shift struct {
	scale Scale
	of    changes
}

// SampleShift returns the shift between two independent samples, whose changes are those
// from every value of x to every value of y. It is nil when there are none: one is out
// of range, or a ratio has a negative value. Each sample must hold at least one value,
// and all values must be finite.
func (s Scale) SampleShift(x, y []float64) *Shift { return s.sampleShift(ascending(x), ascending(y)) }

func (s Scale) sampleShift(x, y []float64) *Shift {
	c, ok := newCrossed(s, x, y)
	if !ok {
		return nil
	}
	return &Shift{s, c}
}

// PairShift returns the shift between values measured in pairs, whose changes are the
// means of any two pairs' changes from x[i] to y[i]; those of ratios are geometric. It is
// nil when there are none: one is out of range, or a ratio has a value that is zero or
// negative. x and y must have the same length, at least 1.
func (s Scale) PairShift(x, y []float64) *Shift {
	w, ok := newWalsh(s, x, y)
	if !ok {
		return nil
	}
	return &Shift{s, w}
}

// Estimate returns the median of the changes: the estimator of Hodges and Lehmann (1963),
// for ratios on the logarithms. Of an even number of changes it is the mean of the two in
// the middle, which for ratios is the geometric one, and not a number if one is 0 and the
// other infinite.
func (s *Shift) Estimate() float64 {
	n := s.of.size()
	low := kth(s.of, (n+1)/2)
	if n%2 == 1 || s.of.atMost(low) > n/2 {
		return low
	}
	return s.scale.Join(s.scale.Half(low), s.scale.Half(kth(s.of, n/2+1)))
}

// Interval returns the k-th smallest and the k-th largest change. With k from
// [Design.Bound] at (1-confidence)/2, this is the confidence interval of the shift.
// Both ends belong to it, and it keeps its level when values are tied. For k of 0
// or less it returns the range of all changes.
func (s *Shift) Interval(k int) [2]float64 { return [2]float64{s.Low(k), s.High(k)} }

// Low is the lower end of [Shift.Interval].
func (s *Shift) Low(k int) float64 { return kth(s.of, max(k, 1)) }

// High is the upper end of [Shift.Interval].
func (s *Shift) High(k int) float64 { return kth(s.of, s.of.size()+1-max(k, 1)) }
