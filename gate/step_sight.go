package gate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
)

// detect states the smallest change that each comparison would have called
// regressed.
func detect(f facts, in []comparison) ([]comparison, []string) {
	n := familyOf(in)
	out := each(in, func(c comparison) comparison {
		if c.ranks != nil {
			c.Detectable = c.detectable(c.ranks.Design.Bound(f.level(c, n)))
		}
		return c
	})
	return out, append(f.blind(n), unseen(out)...)
}

// detectable returns the smallest change, as head/base, that would have been called
// regressed with this comparison's noise. If all of head were f times what it is,
// so would be every quotient: the interval would clear the tolerance once f*low >
// 1+tolerance, and the p-value reach its share of alpha once f times the quotient
// at bound exceeds 1. It has to exceed the floor as well. It is nil when no f does.
func (c comparison) detectable(bound int) *float64 {
	r := c.ranks
	if c.CI == nil || r.bound == 0 || bound == 0 {
		return nil
	}
	atInterval, atTest := *c.CI, r.Shift.Interval(bound)
	base, head := *median(r.base), *median(r.head)
	ratio := *c.Ratio * max((1+c.Tolerance)/atInterval[0], 1/atTest[0], (base+c.Floor)/head)
	if c.Better == bench.Higher {
		ratio = *c.Ratio * min(1/(1+c.Tolerance)/atInterval[1], 1/atTest[1], (base-c.Floor)/head)
	}
	if ratio <= 0 || !finite(ratio) {
		return nil
	}
	return &ratio
}

// blind warns of too few sessions for any gated comparison to regress that needs
// statistics.
func (f facts) blind(n family) []string {
	base, head := f.base.complete, f.head.complete
	part, of := f.policy.part(n, false)
	if base == 0 || head == 0 || of == 0 {
		return nil
	}
	design := rank.Design{X: base, Y: head}
	if design.Bound(part*f.alpha()/float64(of)) > 0 && design.Bound(f.policy.tail()) > 0 {
		return nil
	}
	return []string{fmt.Sprintf("with %d base and %d head sessions, no gated comparison that needs statistics can regress: alpha %v is shared by %s; use %d sessions per arm",
		base, head, f.policy.Alpha, plural(of, "comparison"), f.policy.minSessions(of, part*f.alpha()))}
}

// unseen warns of gated comparisons that cannot fail, one line for each metric and
// cause.
func unseen(comparisons []comparison) (warnings []string) {
	type cause struct{ metric, note string }
	times := map[cause]int{}
	var order []cause
	for _, c := range comparisons {
		if !c.Gated || c.Outcome != NotComparable {
			continue
		}
		key := cause{c.Metric, c.Note}
		if times[key] == 0 {
			order = append(order, key)
		}
		times[key]++
	}
	for _, key := range order {
		warnings = append(warnings, fmt.Sprintf("%s is gated but not comparable in %s: %s", key.metric, plural(times[key], "benchmark"), key.note))
	}
	return warnings
}

// newSight sums up what the run could have seen.
func newSight(f facts, comparisons []comparison) Sight {
	n := familyOf(comparisons)
	part, of := f.policy.part(n, false)
	s := Sight{
		Alpha: f.policy.Alpha, Family: of, Means: n.means, History: len(f.past.runs),
		MinSessions: f.policy.minSessions(of, part*f.alpha()),
	}
	if f.look.of > 1 {
		s.Look, s.Looks = f.look.number, f.look.of
	}
	single, means := map[string][]float64{}, map[string][]float64{}
	for _, c := range comparisons {
		switch {
		case !c.Gated || c.Detectable == nil:
		case c.Benchmark == Geomean:
			means[c.Metric] = append(means[c.Metric], *c.Detectable)
		default:
			single[c.Metric] = append(single[c.Metric], *c.Detectable)
		}
	}
	for metric, ratios := range single {
		means[metric] = ratios // a mean is shown where it is all there is
	}
	for _, metric := range slices.SortedFunc(maps.Keys(means), byRank) {
		ratios := means[metric]
		worst := slices.Max(ratios)
		if m, _ := f.plan.Metric(metric); m.Better == bench.Higher {
			worst = slices.Min(ratios)
		}
		s.Metrics = append(s.Metrics, MetricSight{
			Metric: metric, Comparisons: len(ratios), Mean: len(single[metric]) == 0, Median: *median(ratios), Worst: worst,
		})
	}
	return s
}
