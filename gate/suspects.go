package gate

import (
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
)

// mayHide reports whether an undecided comparison leaves room for a regression: its
// interval reaches beyond the tolerance on the worse side, or is none because there are
// too few sessions.
func mayHide(c Comparison) bool {
	if c.CI == nil || c.Detectable == nil {
		return true
	}
	return c.worse(c.CI[0]) || c.worse(c.CI[1])
}

// Regressions returns the gated comparisons that regressed, in the verdict's order.
func (v *Verdict) Regressions() []Comparison {
	return slices.DeleteFunc(slices.Clone(v.Comparisons), func(c Comparison) bool {
		return !c.Gated || c.Outcome != Regressed
	})
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

// Lost returns the gated comparisons of which base has a value and head has none.
func (v *Verdict) Lost() []Comparison {
	return slices.DeleteFunc(slices.Clone(v.Comparisons), func(c Comparison) bool {
		return !c.Gated || c.Outcome != NotComparable || c.Base == nil || c.Head != nil
	})
}

// suspect reports whether an undecided comparison looks like a regression: what it
// measured is worse than tolerated, and would be unlikely of unchanged code if it
// were the only one. A count that was not reproduced stays suspect; anything else that
// was measured again and not confirmed does not. The sizes of a sweep are suspects of
// their own. So growth is one only if it is significant after the correction, and growth of
// counts never is.
func suspect(c Comparison, alpha float64) bool {
	switch {
	case c.Scale == Difference:
		return !c.Unconfirmed && c.AdjustedP != nil && c.Difference != nil && c.worse(*c.Difference) && rank.AtMost(*c.AdjustedP, alpha)
	case c.Class == bench.Exact: // undecided only if beyond the tolerance, either way
		return (mean(c.HeadValues) > mean(c.BaseValues)) == (c.Better != bench.Higher)
	case c.Unconfirmed:
		return false
	case c.Change() == nil:
		return true
	default:
		return c.worse(*c.Change()) && rank.AtMost(*c.P, alpha)
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

// severity orders regressions: by the ratio in the worse direction, those without
// one first. For an exponent, it is the ratio at ten times the size.
func severity(c Comparison) float64 {
	change := c.Change()
	switch {
	case change == nil:
		return math.Inf(1)
	case c.Scale == Difference:
		return math.Pow(10, c.Worsening(*change))
	default:
		return c.Worsening(*change)
	}
}
