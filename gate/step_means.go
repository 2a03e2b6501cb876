package gate

import (
	"maps"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// geomeanLeast is the fewest benchmarks that are worth a mean.
const geomeanLeast = 3

// means adds the comparisons of the geometric means of the metrics that need
// statistics, where the arms were measured side by side: between arms measured
// apart, all benchmarks together mostly show the machine.
func means(f facts, in []comparison) ([]comparison, []string) {
	if !f.paired {
		return in, nil
	}
	out, parts := slices.Clip(in), meanOf(f, in)
	for _, metric := range slices.SortedFunc(maps.Keys(parts), byRank) {
		if gated, _, err := f.policy.terms(Ratio, f.plan, bench.Benchmark{Name: Geomean}, metric); err == nil && !gated {
			continue
		}
		over := parts[metric]
		base, head := f.base.mean(over, metric), f.head.mean(over, metric)
		if len(over) < geomeanLeast || len(base.values) == 0 || len(head.values) == 0 {
			continue
		}
		m, _ := f.plan.Metric(metric)
		out = append(out, f.newComparison(Ratio, bench.Benchmark{Name: Geomean}, m, m.Class, base, head))
	}
	return out, nil
}

// meanOf lists, by metric, the benchmarks that its mean is over: those in which the metric
// is gated or, if it is gated in none, all.
func meanOf(f facts, comparisons []comparison) map[string][]string {
	gated, all := map[string][]string{}, map[string][]string{}
	for _, c := range comparisons {
		m, _ := f.plan.Metric(c.Metric)
		if !c.open() || c.Class != m.Class || c.Scale != Ratio || c.Benchmark == Geomean {
			continue
		}
		all[c.Metric] = append(all[c.Metric], c.Benchmark)
		if c.Gated {
			gated[c.Metric] = append(gated[c.Metric], c.Benchmark)
		}
	}
	maps.Copy(all, gated)
	return all
}

// mean returns the geometric mean over the benchmarks, of every session that has a
// positive value in all of them.
func (a *arm) mean(benchmarks []string, metric string) sample {
	of := sample{values: []float64{}}
	for i, s := range a.sessions {
		sum := 0.0
		for _, b := range benchmarks {
			v := 0.0
			if result := a.result(b, i); result != nil {
				v = result.Metrics[metric]
			}
			sum += math.Log(max(v, 0)) // which is no number where there is no value
		}
		if finite(sum) {
			of.add(math.Exp(sum/float64(len(benchmarks))), s)
		}
	}
	return of
}
