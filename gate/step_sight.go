package gate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// detect states the smallest change that each comparison would have called
// regressed.
func detect(f facts, in []comparison) ([]comparison, []string) {
	n := familyOf(in)
	out := each(in, func(c comparison) comparison {
		if c.test != nil {
			c.Detectable = c.detectable(f.policy.tail(), f.level(c, n))
		}
		return c
	})
	return out, append(f.blind(out, n), unseen(out)...)
}

// detectable returns the smallest change that would have been called regressed with this
// comparison's noise. If all of head were f times what it is, so would be every
// quotient: the interval would clear the tolerance once f*low > 1+tolerance, and the
// p-value reach its share of alpha once f times the bound at that share exceeds 1. It
// has to exceed the floor as well. It is nil when no f does. Differences add f instead.
func (c comparison) detectable(tail, level float64) *float64 {
	t := c.test
	if c.CI == nil || !t.reaches(tail) || !t.reaches(level) {
		return nil
	}
	base, head, s := *median(t.base), *median(t.head), c.Scale
	var more float64
	if c.Better == bench.Higher {
		more = min(s.Change(t.interval[1], s.Inverse(c.limit())), s.Change(t.high(level), s.None()), s.Change(head, base-c.Floor))
	} else {
		more = max(s.Change(t.interval[0], c.limit()), s.Change(t.low(level), s.None()), s.Change(head, base+c.Floor))
	}
	change := s.Join(*c.Change(), more)
	if s == Ratio && change <= 0 || !finite(change) {
		return nil
	}
	return &change
}

// blind warns of too few sessions for gated comparisons to regress that need
// statistics.
func (f facts) blind(comparisons []comparison, n family) []string {
	var metrics []string
	tested, blind := 0, 0
	for _, c := range comparisons {
		if c.test == nil || !c.Gated || IsMean(c.Benchmark) {
			continue
		}
		tested++
		if c.test.reaches(f.policy.tail()) && c.test.reaches(f.level(c, n)) {
			continue
		}
		blind++
		if !slices.Contains(metrics, c.Subject()) {
			metrics = append(metrics, c.Subject())
		}
	}
	if blind == 0 {
		return nil
	}
	what := "no gated comparison that needs statistics can regress"
	if blind < tested {
		what = fmt.Sprintf("no change of %s in %s can be told from noise", strings.Join(metrics, " and "), plural(blind, "gated comparison"))
	}
	part, of := f.policy.part(n, false)
	remedy := fmt.Sprintf("use %d sessions per arm", f.policy.minSessions(of, part*f.alpha()))
	if f.plan.Repetitions {
		remedy = fmt.Sprintf("run go test -bench %d times per arm, or give a --history of %d runs. A process is one session, however often it repeats a benchmark, because processes differ by more than repetitions",
			f.policy.minSessions(of, part*f.alpha()), MinHistory)
	}
	return []string{fmt.Sprintf("with %d base and %d head sessions, %s: alpha %v is shared by %s; %s",
		f.base.complete, f.head.complete, what, f.policy.Alpha, plural(of, "comparison"), remedy)}
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
		key := cause{c.Subject(), c.Note}
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
	type kind struct {
		metric string
		scale  Scale
	}
	single, means := map[kind][]float64{}, map[kind][]float64{}
	for _, c := range comparisons {
		of := kind{c.Metric, c.Scale}
		switch {
		case !c.Gated || c.Detectable == nil:
		case IsMean(c.Benchmark):
			means[of] = append(means[of], *c.Detectable)
		default:
			single[of] = append(single[of], *c.Detectable)
		}
	}
	maps.Copy(means, single) // a mean is shown where it is all there is
	order := func(a, b kind) int { return cmp.Or(cmp.Compare(a.scale, b.scale), byRank(a.metric, b.metric)) }
	for _, of := range slices.SortedFunc(maps.Keys(means), order) {
		changes := means[of]
		worst := slices.Max(changes)
		if m, _ := f.plan.Metric(of.metric); m.Better == bench.Higher {
			worst = slices.Min(changes)
		}
		s.Metrics = append(s.Metrics, MetricSight{
			Metric: of.metric, Scale: of.scale, Comparisons: len(changes), Mean: len(single[of]) == 0, Median: *median(changes), Worst: worst,
		})
	}
	return s
}
