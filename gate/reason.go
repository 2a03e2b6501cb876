package gate

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/kro/perf-gate/bench"
)

// conclude derives the run's status from its comparisons, and says why in one
// sentence.
func conclude(v *Verdict) (Status, string) {
	if v.Base.Sessions == 0 || v.Head.Sessions == 0 {
		return Error, unmeasured(v)
	}
	compared, gated := 0, 0
	sighted := map[string]bool{} // by gated metric: some comparison was decided
	for _, c := range v.Comparisons {
		if c.Outcome == NotComparable {
			continue
		}
		compared++
		if !c.Gated {
			continue
		}
		gated++
		sighted[c.Metric] = sighted[c.Metric] || c.Outcome != Inconclusive || !mayHide(c)
	}
	suspects := v.Suspects()
	switch worst, regressed := v.Worst(); {
	case compared == 0:
		return Error, "Nothing could be compared: base and head have no measured metric in common."
	case gated == 0 && v.Counts.Gated == 0:
		return Error, fmt.Sprintf("Nothing could fail: the policy gates none of %s.", plural(v.Counts.Total, "comparison"))
	case gated == 0:
		return Error, fmt.Sprintf("Nothing could fail: %s gated, none with values on both sides.", plural(v.Counts.Gated, "comparison"))
	case regressed:
		return Fail, fmt.Sprintf("%d of %s regressed, most of all %s.", len(v.Regressions()), plural(gated, "gated comparison"), change(worst))
	case len(suspects) > 0:
		return Undecided, fmt.Sprintf("%d of %s look worse than tolerated, but may be noise, among them %s.", len(suspects), plural(gated, "gated comparison"), change(suspects[0]))
	}
	for _, metric := range slices.SortedFunc(maps.Keys(sighted), byRank) {
		if !sighted[metric] {
			return Undecided, fmt.Sprintf("The noise hides whether %s changed beyond its tolerance, in every benchmark.", metric)
		}
	}
	return Pass, fmt.Sprintf("None of %s regressed.", plural(gated, "gated comparison"))
}

// mayHide tells whether an undecided comparison leaves room for a regression:
// its interval reaches beyond the tolerance on the worse side.
func mayHide(c Comparison) bool {
	if c.CI == nil {
		return true
	}
	return worse(c, c.CI[0]) || worse(c, c.CI[1])
}

// Suspects returns the gated comparisons that look like regressions and may be
// noise.
func (v *Verdict) Suspects() []Comparison {
	var suspects []Comparison
	for _, c := range v.Comparisons {
		if c.Gated && c.Outcome == Inconclusive && suspect(c, v.Policy.Alpha) {
			suspects = append(suspects, c)
		}
	}
	return suspects
}

// suspect tells whether an undecided comparison looks like a regression: what
// it measured is worse than tolerated, and would be unlikely of unchanged code
// if it were the only one. What was measured again and found to be nothing is no
// longer suspect.
func suspect(c Comparison, alpha float64) bool {
	switch {
	case c.Unconfirmed:
		return false
	case c.Class == bench.Exact: // undecided only if beyond the tolerance, either way
		return (*c.Head > *c.Base) == (c.Better != bench.Higher)
	case c.Ratio == nil:
		return true
	default:
		return worse(c, *c.Ratio) && atMost(*c.P, alpha)
	}
}

// worse tells whether a ratio is beyond the comparison's tolerance on the worse
// side.
func worse(c Comparison, ratio float64) bool {
	if c.Better == bench.Higher {
		return ratio < 1/(1+c.Tolerance)
	}
	return ratio > 1+c.Tolerance
}

// unmeasured says which arm has nothing to compare.
func unmeasured(v *Verdict) string {
	side, name := v.Base, "base"
	if side.Sessions > 0 {
		side, name = v.Head, "head"
	}
	switch {
	case side.Baseline && side.Failed == 0:
		return "Nothing could be compared: no stored record matches this run."
	case side.Failed > 0:
		return fmt.Sprintf("Nothing could be compared: %s has no complete session, %d failed.", name, side.Failed)
	default:
		return fmt.Sprintf("Nothing could be compared: %s has no session.", name)
	}
}

// Worst returns the gravest of the regressions; ok is false when there are none.
func (v *Verdict) Worst() (worst Comparison, ok bool) {
	for _, c := range v.Regressions() {
		if !ok || severity(c) > severity(worst) {
			worst, ok = c, true
		}
	}
	return worst, ok
}

// severity orders regressions: by the ratio in the worse direction, those
// without one first.
func severity(c Comparison) float64 {
	switch {
	case c.Ratio == nil:
		return math.Inf(1)
	case c.Better == bench.Higher:
		return 1 / *c.Ratio
	default:
		return *c.Ratio
	}
}

// change names a comparison and its figures.
func change(c Comparison) string {
	number := figure
	if c.Class == bench.Exact {
		number = count
	}
	s := fmt.Sprintf("%s %s: %s -> %s", c.Benchmark, c.Metric, number(*c.Base), number(*c.Head))
	if c.Ratio != nil {
		s += fmt.Sprintf(" (ratio %.3f)", *c.Ratio)
	}
	return s
}

// figure shows a value that noise blurs, with four significant digits.
func figure(v float64) string {
	if a := math.Abs(v); a >= 1e4 && a < 1e15 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// count shows an exact value in full, rounding of its last digits aside.
func count(v float64) string { return strconv.FormatFloat(v, 'g', 12, 64) }
