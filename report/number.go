package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// missing stands for what was not measured.
const missing = "–"

// significant is how many digits a figure has; a pair that differs only beyond
// them gets more, up to maxSignificant.
const (
	significant    = 3
	maxSignificant = 7
)

// A magnitude is a factor with the suffix that says so.
type magnitude struct {
	factor float64
	suffix string
}

// magnitudes lists, per unit of the catalogue, the magnitudes from the
// largest; the last serves for everything below it. Prefixes are decimal.
var magnitudes = map[string][]magnitude{
	"s":   {{1, " s"}, {1e-3, " ms"}, {1e-6, " µs"}, {1e-9, " ns"}},
	"B":   {{1e9, " GB"}, {1e6, " MB"}, {1e3, " kB"}, {1, " B"}},
	"1":   {{1e6, "M"}, {1e4, "k"}, {1, ""}},
	"1/s": {{1, " /s"}},
	"%":   {{1, " %"}},
}

// magnitudeFor picks the magnitude in which v reads best.
func magnitudeFor(unit string, v float64) magnitude {
	steps := magnitudes[unit]
	if steps == nil {
		return magnitude{1, ""}
	}
	for _, m := range steps {
		if math.Abs(v) >= m.factor {
			if m.suffix == "k" { // counts are written out below 10 000
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

// scaled writes v of the unit in the magnitude, with n significant digits.
func scaled(v float64, n int, unit string, m magnitude) string {
	if m.factor != 1 {
		unit = "" // in thousands a count is rounded, and its zeros say to what
	}
	return digits(v/m.factor, n, unit) + m.suffix
}

// digits writes v with the given number of significant digits and never fewer
// than its integer part has; counts lose trailing zeros.
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

// minus replaces the hyphen of a negative number by the minus sign.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// quantity writes one value of the metric with its unit.
func quantity(metric string, v *float64) string {
	if v == nil || !finite(*v) {
		return missing
	}
	m, _ := bench.Lookup(metric)
	return amount(m.Unit, *v)
}

// amount writes a value of the unit.
func amount(unit string, v float64) string {
	return scaled(v, significant, unit, magnitudeFor(unit, v))
}

// quantities writes base and head of one metric in the same magnitude, with
// as many digits as it takes to tell them apart.
func quantities(metric string, base, head *float64) (string, string) {
	if base == nil || head == nil || !finite(*base) || !finite(*head) {
		return quantity(metric, base), quantity(metric, head)
	}
	m, _ := bench.Lookup(metric)
	large, small := math.Max(math.Abs(*base), math.Abs(*head)), math.Min(math.Abs(*base), math.Abs(*head))
	mb, mh := magnitudeFor(m.Unit, large), magnitudeFor(m.Unit, large)
	if small < large/100 {
		mb, mh = magnitudeFor(m.Unit, *base), magnitudeFor(m.Unit, *head)
	}
	var b, h string
	for n := significant; n <= maxSignificant; n++ {
		b, h = scaled(*base, n, m.Unit, mb), scaled(*head, n, m.Unit, mh)
		if b != h || *base == *head {
			break
		}
	}
	return b, h
}

// percent writes a ratio as a signed change: +12.3 %.
func percent(ratio float64) string {
	p := (ratio - 1) * 100
	if p == 0 {
		return "0 %"
	}
	return signed(p) + " %"
}

// signed writes percentage points with their sign, if they have one left.
func signed(p float64) string {
	switch {
	case math.Abs(p) < 0.005:
		return "0.00"
	case math.Abs(p) >= 9.995:
		return minus(fmt.Sprintf("%+.1f", p))
	}
	return minus(fmt.Sprintf("%+.2f", p))
}

// doubled is the ratio from which a change reads better as a factor.
const doubled = 2

// ratio writes a change as a percentage, or as a factor when large.
func ratio(r float64) string {
	if r >= doubled {
		return "×" + digits(r, significant, "")
	}
	return percent(r)
}

// interval writes the interval of a ratio in the form ratio gives centre.
func interval(centre float64, ci [2]float64) string {
	if centre >= doubled {
		return fmt.Sprintf("[%s, %s]", digits(ci[0], significant, ""), digits(ci[1], significant, ""))
	}
	return fmt.Sprintf("[%s, %s]", signed((ci[0]-1)*100), signed((ci[1]-1)*100))
}

// change says how head differs from base: exact counts by the difference, the
// others by the ratio and its interval.
func change(c gate.Comparison) string {
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

// share writes a part of one as a percentage: 5 %.
func share(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e4)/1e2, 'f', -1, 64) + " %"
}

// tolerance writes the accepted change: relative, or for exact counts absolute.
func tolerance(c gate.Comparison) string {
	if c.Class == bench.Exact {
		return digits(c.Tolerance, significant, "1")
	}
	return share(c.Tolerance)
}

// probability writes the p-value that the outcome rests on.
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

// pText writes a p-value.
func pText(p float64) string {
	switch {
	case p < 1e-4:
		return "<0.0001"
	case p > 0.9995:
		return "1"
	}
	return strconv.FormatFloat(p, 'g', 2, 64)
}
