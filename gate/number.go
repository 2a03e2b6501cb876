package gate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/kro/perf-gate/bench"
)

// guard is the relative difference below which two figures count as equal, so
// that rounding decides nothing.
const guard = 1e-9

// median returns nil for no values.
func median(values []float64) *float64 {
	if len(values) == 0 {
		return nil
	}
	if len(values) == 1 {
		return pointer(values[0])
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	low, high := sorted[(len(sorted)-1)/2], sorted[len(sorted)/2]
	m := low/2 + high/2
	if low == high {
		m = low
	}
	return &m
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// spread is the change from the smallest value to the largest, less none. Of ratios, it is
// infinite where the smallest is not positive.
func spread(s Scale, values []float64) float64 {
	low, high := slices.Min(values), slices.Max(values)
	if s == Ratio && low <= 0 {
		return math.Inf(1)
	}
	return s.Change(low, high) - s.None()
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// figure shows a value that noise blurs, with four significant digits.
func figure(v float64) string {
	if a := math.Abs(v); a >= 1e4 && a < 1e15 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// count shows an exact value in full, rounding of its last digits aside.
func count(v float64) string { return strconv.FormatFloat(v, 'g', 12, 64) }

// exponent shows an exponent.
func exponent(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }

// span shows the smallest and the largest of counts.
func span(low, high float64) string {
	if low == high {
		return count(low)
	}
	return count(low) + ".." + count(high)
}

func pointer(v float64) *float64 { return &v }

func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// byRank orders metrics as reports list them.
func byRank(a, b string) int {
	return cmp.Or(cmp.Compare(bench.Rank(a), bench.Rank(b)), cmp.Compare(a, b))
}
