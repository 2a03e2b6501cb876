package gate

import (
	"slices"

	"github.com/kro/perf-gate/bench"
)

// findings groups the gated comparisons that regressed.
func findings(plan bench.Plan, comparisons []Comparison) []Finding {
	type kind struct {
		group bench.Group
		scale Scale
	}
	byKind := map[kind]*Finding{}
	for i, c := range comparisons {
		if !c.Gated || c.Outcome != Regressed {
			continue
		}
		metric, _ := plan.Metric(c.Metric)
		of := kind{metric.Group, c.Scale}
		f := byKind[of]
		if f == nil {
			f = &Finding{Group: metric.Group, Scale: c.Scale, Worst: i}
			byKind[of] = f
		}
		if !slices.Contains(f.Metrics, c.Metric) {
			f.Metrics = append(f.Metrics, c.Metric)
		}
		if !slices.Contains(f.Benchmarks, c.Benchmark) {
			f.Benchmarks = append(f.Benchmarks, c.Benchmark)
		}
		if severity(c) > severity(comparisons[f.Worst]) {
			f.Worst = i
		}
	}
	var found []Finding
	for _, group := range bench.Groups() {
		for _, scale := range []Scale{Difference, Ratio} { // growth explains what a size costs
			f := byKind[kind{group, scale}]
			if f == nil {
				continue
			}
			if slices.ContainsFunc(f.Benchmarks, func(name string) bool { return !IsMean(name) }) {
				f.Benchmarks = slices.DeleteFunc(f.Benchmarks, IsMean) // the mean is over those that are named
			}
			slices.SortStableFunc(f.Metrics, byRank)
			found = append(found, *f)
		}
	}
	return found
}
