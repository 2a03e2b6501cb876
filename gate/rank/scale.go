package rank

import "math"

// A Scale says what the change from one value to another is. On both scales, a larger
// change is one to a larger value.
type Scale string

const (
	// Ratio is the scale of amounts, which are not negative: a change is a quotient,
	// and 1 is none.
	Ratio Scale = ""
	// Difference is the scale of values of any sign, such as exponents: a change is a
	// difference, and 0 is none.
	Difference Scale = "difference"
)

// None returns what changes nothing.
func (s Scale) None() float64 {
	if s == Difference {
		return 0
	}
	return 1
}

// Change returns the change from x to y. As a ratio, it is zero or infinite between a
// zero and a positive value; two zeros are equal.
func (s Scale) Change(x, y float64) float64 {
	switch {
	case s == Difference:
		return y - x
	case x == 0 && y == 0:
		return 1
	default:
		return y / (x + 0) // no negative zero
	}
}

// Join returns the change that two changes make together.
func (s Scale) Join(a, b float64) float64 {
	if s == Difference {
		return a + b
	}
	return a * b
}

// Half returns the change that makes c if it is made twice.
func (s Scale) Half(c float64) float64 {
	if s == Difference {
		return c / 2
	}
	return math.Sqrt(c)
}

// Inverse returns the change that takes c back.
func (s Scale) Inverse(c float64) float64 { return s.Change(c, s.None()) }
