package gate

import (
	"slices"

	"github.com/kro/perf-gate/bench"
)

// A Finding is what regressed for one reason, as far as can be told: metrics
// that count or cost the same thing, over all benchmarks.
type Finding struct {
	// Group is what the metrics have in common.
	Group bench.Group `json:"group"`
	// Metrics and Benchmarks are where it shows, in the verdict's order.
	Metrics    []string `json:"metrics"`
	Benchmarks []string `json:"benchmarks"`
	// Worst is the index, in the verdict's comparisons, of the largest change.
	Worst int `json:"worst"`
}

// findings groups the gated comparisons that regressed.
func findings(plan bench.Plan, comparisons []Comparison) []Finding {
	byGroup := map[bench.Group]*Finding{}
	for i, c := range comparisons {
		if !c.Gated || c.Outcome != Regressed {
			continue
		}
		metric, _ := plan.Metric(c.Metric)
		f := byGroup[metric.Group]
		if f == nil {
			f = &Finding{Group: metric.Group, Worst: i}
			byGroup[metric.Group] = f
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
		f := byGroup[group]
		if f == nil {
			continue
		}
		if len(f.Benchmarks) > 1 { // the mean is over those that are named
			f.Benchmarks = slices.DeleteFunc(f.Benchmarks, func(name string) bool { return name == Geomean })
		}
		slices.SortStableFunc(f.Metrics, byRank)
		found = append(found, *f)
	}
	return found
}
