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
	n, counts, err := gatedFamily(plan, p)
	if err != nil {
		return err
	}
	need := p.needed(plan, n)
	if plan.Rounds >= need || n.benchmarks == counts || !slices.Contains(plan.Order, bench.Base) {
		return nil
	}
	return fmt.Errorf("with %s per arm, no timing or allocation could ever fail the run: alpha %v is shared by the %s of them that the policy gates; use %d sessions, or gate fewer",
		plural(plan.Rounds, "session"), p.Alpha, plural(n.benchmarks, "comparison"), need)
}

// Needed returns the fewest sessions per arm with which a timing or an allocation could
// regress, and the error of a condition that cannot be decided: see [Feasible].
func Needed(plan bench.Plan, p Policy) (int, error) {
	n, _, err := gatedFamily(plan, p)
	return p.needed(plan, n), err
}

func (p Policy) needed(plan bench.Plan, n family) int {
	part, _ := p.part(n, false)
	return p.minSessions(n.benchmarks, part*look{1, looks(plan)}.alpha(p.Alpha))
}

// gatedFamily returns how many comparisons of a plan can share alpha at most, and how many
// of them are of counts.
func gatedFamily(plan bench.Plan, p Policy) (n family, counts int, err error) {
	metrics := map[string]int{}
	for _, b := range plan.Benchmarks {
		for _, m := range bench.Metrics() {
			gated, _, err := p.terms(Ratio, plan, b, m.Name)
			if err != nil {
				return family{}, 0, err
			}
			class := b.Class(m.Name)
			if !gated || !b.Measures(m.Name) || class == bench.Exact || tied(b, m.Name) || b.Constant(m) {
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
				return family{}, 0, err
			}
			if !gated || !b.Measures(m.Name) || !grows(m) || b.Class(m.Name) == bench.Exact || b.Constant(m) {
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
	return n, counts, nil
}
