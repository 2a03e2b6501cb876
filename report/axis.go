package report

import "math"

// An axis maps values to horizontal pixels.
type axis struct{ lo, hi, left, right float64 }

func (a axis) at(v float64) float64 {
	return a.left + (a.clamp(v)-a.lo)/(a.hi-a.lo)*(a.right-a.left)
}

func (a axis) clamp(v float64) float64 { return math.Min(math.Max(v, a.lo), a.hi) }

// ticks returns about n round values within the axis and the step between them,
// which is at least least.
func (a axis) ticks(n int, least float64) ([]float64, float64) {
	raw := math.Max((a.hi-a.lo)/float64(n), least)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * power
	for _, f := range []float64{1, 2, 5} {
		if f*power >= raw*0.999 {
			step = f * power
			break
		}
	}
	var list []float64
	for i := math.Ceil(a.lo/step - 1e-9); i*step <= a.hi+step*1e-9; i++ {
		list = append(list, i*step+0) // no negative zero
	}
	return list, step
}

// decimals returns how many decimals it takes to distinguish multiples of step.
func decimals(step float64) int {
	return max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
}

// whole reports whether all values are whole numbers.
func whole(values ...float64) bool {
	for _, v := range values {
		if v != math.Trunc(v) {
			return false
		}
	}
	return true
}

// near reports whether all values can be drawn. Of larger values, the difference
// or a widened range would overflow.
func near(values ...float64) bool {
	for _, v := range values {
		if !(math.Abs(v) < 1e300) { // NaN too
			return false
		}
	}
	return true
}

// span returns the smallest and largest of the finite values.
func span(values ...float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if finite(v) {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	return lo, hi
}

// padded widens a range so that nothing is drawn on its edge. A single value
// becomes a range around it. A range without negative values gets none, except
// that zero gets a little room.
func padded(lo, hi float64) (float64, float64) {
	pad := 0.06 * (hi - lo)
	if hi-lo <= 1e-9*math.Max(math.Abs(lo), math.Abs(hi)) {
		pad = math.Max(math.Abs(hi)*0.1, 1e-9)
	}
	padded := lo - pad
	if lo >= 0 && padded < 0 {
		padded = 0
		if lo == 0 {
			padded = -pad / 2 // keeps a dot at zero whole
		}
	}
	return padded, hi + pad
}
