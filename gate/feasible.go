package gate

import (
	"fmt"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// Feasible returns an error, in one line with the number that would do, when a plan
// has too few sessions for the number of comparisons that the policy gates: no
// timing or allocation could then regress, however much slower head were. The count
// is an upper bound, since not every build exposes every metric. A policy that gates
// counts alone needs one session, although some of them race. A condition that cannot be
// decided is an error as well, before anything is measured.
func Feasible(plan bench.Plan, p Policy) error {
	if err := p.Validate(); err != nil {
		return err
	}
	var n family
	metrics, counts := map[string]int{}, 0
	for _, b := range plan.Benchmarks {
		for _, m := range bench.Metrics() {
			gated, _, err := p.terms(Ratio, plan, b, m.Name)
			if err != nil {
				return err
			}
			class := b.Class(m.Name)
			if !gated || class == bench.Exact || tied(b, m.Name) || m.Constant && class == m.Class {
				continue
			}
			n.benchmarks++
			if m.Class == bench.Exact {
				counts++
			}
			if class == m.Class {
				metrics[m.Name]++
			}
		}
	}
	benchmarks := byName(plan)
	for _, s := range plan.Sweeps() {
		b := sweepWork(benchmarks, s)
		for _, m := range bench.Metrics() {
			gated, _, err := p.terms(Difference, plan, b, m.Name)
			if err != nil {
				return err
			}
			if !gated || !grows(m) || b.Class(m.Name) == bench.Exact || m.Constant && b.Class(m.Name) == m.Class {
				continue
			}
			n.benchmarks++
			if m.Class == bench.Exact {
				counts++
			}
		}
	}
	for _, benchmarks := range metrics {
		if benchmarks >= geomeanLeast {
			n.means++
		}
	}
	part, _ := p.part(n, false)
	need := p.minSessions(n.benchmarks, part*look{1, looks(plan)}.alpha(p.Alpha))
	if plan.Rounds >= need || n.benchmarks == counts || !slices.Contains(plan.Order, bench.Base) {
		return nil
	}
	return fmt.Errorf("with %s per arm, no timing or allocation could ever fail the run: alpha %v is shared by the %s of them that the policy gates; use %d sessions, or gate fewer",
		plural(plan.Rounds, "session"), p.Alpha, plural(n.benchmarks, "comparison"), need)
}
