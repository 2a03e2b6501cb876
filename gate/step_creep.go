package gate

import (
	"github.com/kro/perf-gate/gate/trend"
)

// findCreep finds gated comparisons with stored records in which no step was beyond
// the policy's tolerance and all of them together are: ten changes of one percent
// do not pass one by one. All that are searched share alpha.
func findCreep(f facts, in []comparison) ([]comparison, []string) {
	searched := familyOf(in).benchmarks
	if !f.baseline || searched == 0 {
		return in, nil
	}
	return each(in, func(c comparison) comparison {
		if c.test == nil || !c.Gated || c.Outcome == Regressed {
			return c
		}
		of := f.past.of(c.Benchmark, c.Metric, c.Class)
		of = of.since(of.accepted(0))
		values := append(of.medians(), *median(c.head.values))
		drift, found := trend.Creep(values, c.accepted, c.Better, f.policy.search(searched))
		if !found || drift.Since >= len(of) {
			return c
		}
		c.Outcome, c.Crept = Regressed, true
		return c.noted("crept to %.3f times the best since the run of %s, with no single step beyond the tolerance",
			drift.Ratio, of[drift.Since].created.UTC().Format("2006-01-02 15:04"))
	}), nil
}
