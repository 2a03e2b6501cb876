package gate

import (
	"fmt"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// Feasible returns an error, in one line with the number that would do, when a
// plan has too few sessions for the number of comparisons that the policy
// gates: no timing or allocation could then regress, however much slower head
// were. The count is an upper bound, since not every build exposes every metric.
func Feasible(plan bench.Plan, p Policy) error {
	if err := p.Validate(); err != nil {
		return err
	}
	family, metrics := 0, map[string]int{}
	for _, b := range plan.Benchmarks {
		for _, m := range bench.Metrics() {
			if gated, _ := p.terms(plan, b, m.Name); gated && b.Class(m.Name) != bench.Exact {
				family++
				metrics[m.Name]++
			}
		}
	}
	alpha := look{1, max(1, 1+plan.MaxRounds-plan.Rounds)}.share(p.Alpha)
	for _, n := range metrics {
		if n >= geomeanLeast {
			alpha *= 1 - geomeanShare // the means have the rest
			break
		}
	}
	need := p.minSessions(family, alpha)
	if plan.Rounds >= need || !slices.Contains(plan.Order, bench.Base) {
		return nil
	}
	return fmt.Errorf("with %s per arm no timing or allocation could ever fail the run: the policy gates %s of them, which share alpha %v; use %d sessions, or gate fewer",
		plural(plan.Rounds, "session"), plural(family, "comparison"), p.Alpha, need)
}
