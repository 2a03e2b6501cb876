package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// missing stands for a figure that was not measured.
const missing = "–"

// significant is how many significant digits a figure has. A pair of figures
// that differ only in later digits gets more, up to maxSignificant.
const (
	significant    = 3
	maxSignificant = 7
)

// A magnitude is a factor and its suffix, which includes the unit.
type magnitude struct {
	factor float64
	suffix string
}

// magnitudes lists the magnitudes of each unit of the catalogue, the largest
// first. The last one serves for all smaller values. Prefixes are decimal.
var magnitudes = map[string][]magnitude{
	"s":   {{1, " s"}, {1e-3, " ms"}, {1e-6, " µs"}, {1e-9, " ns"}},
	"B":   {{1e9, " GB"}, {1e6, " MB"}, {1e3, " kB"}, {1, " B"}},
	"1":   {{1e6, "M"}, {1e4, "k"}, {1, ""}},
	"1/s": {{1, " /s"}},
	"%":   {{1, " %"}},
}

// magnitudeFor returns the magnitude in which v reads best.
func magnitudeFor(unit string, v float64) magnitude {
	steps := magnitudes[unit]
	if steps == nil {
		return magnitude{1, ""}
	}
	for _, m := range steps {
		if math.Abs(v) >= m.factor {
			if m.suffix == "k" { // counts below 10 000 are written out
				m.factor = 1e3
			}
			return m
		}
	}
	if v == 0 && unit == "s" {
		return steps[0]
	}
	return steps[len(steps)-1]
}

// scaled formats v in the magnitude, with n significant digits.
func scaled(v float64, n int, unit string, m magnitude) string {
	if m.factor != 1 {
		unit = "" // a count in thousands is rounded, and its zeros show how far
	}
	return digits(v/m.factor, n, unit) + m.suffix
}

// digits formats v with n significant digits, but with all of its integer part.
// Counts lose trailing zeros.
func digits(v float64, n int, unit string) string {
	if v == 0 {
		return "0"
	}
	decimals := max(0, n-1-int(math.Floor(math.Log10(math.Abs(v)))))
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if unit == "1" && strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return minus(s)
}

// minus replaces the hyphen of a negative number with a minus sign.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// quantity formats one value of a metric with its unit.
func quantity(metric string, v *float64) string {
	if v == nil {
		return missing
	}
	m, _ := bench.Lookup(metric)
	return amount(m.Unit, *v)
}

// amount formats a value with its unit.
func amount(unit string, v float64) string {
	if !finite(v) {
		return missing
	}
	return scaled(v, significant, unit, magnitudeFor(unit, v))
}

// unit returns the unit of a comparison's values. Exponents have none.
func unit(c gate.Comparison) string {
	if c.Scale == gate.Difference {
		return ""
	}
	m, _ := bench.Lookup(c.Metric)
	return m.Unit
}

// sides formats base and head of a comparison.
func sides(c gate.Comparison) (string, string) {
	if c.Scale == gate.Difference && c.Base != nil && c.Head != nil {
		return amounts(unit(c), *c.Base, *c.Head)
	}
	return quantities(c.Metric, c.Base, c.Head)
}

// quantities formats base and head of one metric as [amounts] does.
func quantities(metric string, base, head *float64) (string, string) {
	if base == nil || head == nil {
		return quantity(metric, base), quantity(metric, head)
	}
	m, _ := bench.Lookup(metric)
	return amounts(m.Unit, *base, *head)
}

// amounts formats base and head in the same magnitude, with as many digits as it
// takes to show that they differ.
func amounts(unit string, base, head float64) (string, string) {
	if !finite(base) || !finite(head) {
		return amount(unit, base), amount(unit, head)
	}
	large, small := math.Max(math.Abs(base), math.Abs(head)), math.Min(math.Abs(base), math.Abs(head))
	mb, mh := magnitudeFor(unit, large), magnitudeFor(unit, large)
	if small < large/100 {
		mb, mh = magnitudeFor(unit, base), magnitudeFor(unit, head)
	}
	var b, h string
	for n := significant; n <= maxSignificant; n++ {
		b, h = scaled(base, n, unit, mb), scaled(head, n, unit, mh)
		if b != h || base == head {
			break
		}
	}
	return b, h
}

// signedPercent formats a ratio as a change in percent: +12.3 %.
func signedPercent(ratio float64) string {
	p := (ratio - 1) * 100
	if p == 0 {
		return "0 %"
	}
	return signed(p) + " %"
}

// signed formats percentage points with their sign, unless they round to zero.
func signed(p float64) string {
	switch {
	case math.Abs(p) < 0.005:
		return "0.00"
	case math.Abs(p) >= 9.995:
		return minus(fmt.Sprintf("%+.1f", p))
	}
	return minus(fmt.Sprintf("%+.2f", p))
}

// doubled is the smallest ratio that reads better as a factor than in percent.
const doubled = 2

// ratio formats a ratio as a change in percent, or as a factor if it is large.
func ratio(r float64) string {
	if r >= doubled {
		return "×" + digits(r, significant, "")
	}
	return signedPercent(r)
}

// interval formats the interval of a ratio in the same form as ratio formats its
// centre.
func interval(centre float64, ci [2]float64) string {
	if centre >= doubled {
		return fmt.Sprintf("[%s, %s]", digits(ci[0], significant, ""), digits(ci[1], significant, ""))
	}
	return fmt.Sprintf("[%s, %s]", signed((ci[0]-1)*100), signed((ci[1]-1)*100))
}

// signedExponent formats a change of an exponent.
func signedExponent(d float64) string {
	if d == 0 {
		return "0"
	}
	return minus(fmt.Sprintf("%+.4f", d))
}

// shift formats a change on a scale.
func shift(s gate.Scale, change float64) string {
	if s == gate.Difference {
		return signedExponent(change)
	}
	return ratio(change)
}

// change formats the change from base to head: of exact counts as the
// difference, of other metrics as the ratio and its interval, and of exponents as the
// difference and its interval.
func change(c gate.Comparison) string {
	if c.Scale == gate.Difference {
		return exponentChange(c)
	}
	if c.Class == bench.Exact && c.Base != nil && c.Head != nil {
		d := *c.Head - *c.Base
		if d == 0 {
			return "0"
		}
		s := digits(d, significant, "1")
		if d > 0 {
			s = "+" + s
		}
		if c.Ratio != nil {
			s += " (" + ratio(*c.Ratio) + ")"
		}
		return s
	}
	if c.Ratio == nil {
		return missing
	}
	s := ratio(*c.Ratio)
	if c.CI != nil {
		s += " " + interval(*c.Ratio, *c.CI)
	}
	return s
}

func exponentChange(c gate.Comparison) string {
	switch {
	case c.Difference == nil:
		return missing
	case c.CI == nil:
		return signedExponent(*c.Difference)
	}
	return fmt.Sprintf("%s [%s, %s]", signedExponent(*c.Difference), signedExponent(c.CI[0]), signedExponent(c.CI[1]))
}

// percent formats a fraction of one in percent: 5 %.
func percent(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e4)/1e2, 'f', -1, 64) + " %"
}

// tolerance formats the tolerance: absolute for exact counts and exponents, in percent
// for other metrics.
func tolerance(c gate.Comparison) string {
	if c.Class == bench.Exact || c.Scale == gate.Difference {
		return digits(c.Tolerance, significant, "1")
	}
	return percent(c.Tolerance)
}

// probability formats the p-value that the outcome depends on.
func probability(c gate.Comparison) string {
	p := c.P
	if c.AdjustedP != nil {
		p = c.AdjustedP
	}
	switch {
	case p == nil && c.Class == bench.Exact && c.Base != nil && c.Head != nil:
		return "exact"
	case p == nil:
		return missing
	}
	return pText(*p)
}

// pText formats a p-value.
func pText(p float64) string {
	switch {
	case p < 1e-4:
		return "<0.0001"
	case p > 0.9995:
		return "1"
	}
	return strconv.FormatFloat(p, 'g', 2, 64)
}
