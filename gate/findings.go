package gate

import (
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// A Finding is what regressed for one reason, as far as can be told: metrics
// that count or cost the same thing, over all benchmarks.
type Finding struct {
	// Kind is what the metrics have in common: errors, requests, work,
	// allocations, time or memory.
	Kind string `json:"kind"`
	// Metrics and Benchmarks are where it shows, in the verdict's order.
	Metrics    []string `json:"metrics"`
	Benchmarks []string `json:"benchmarks"`
	// Worst is the index, in the verdict's comparisons, of the largest change.
	Worst int `json:"worst"`
}

// kinds of metrics that move together, in the order in which findings are told:
// a change of the work explains the time it takes.
var kinds = []struct {
	name    string
	metrics []string
}{
	{"errors", []string{errorsMetric}},
	{"requests", []string{requestsMetric, bench.RequestPrefix + "*", "sent-B/op", "received-B/op", "etcd-writes/op"}},
	{"work", []string{"reconciles/op", "graph-builds/op", "cel-evals/op"}},
	{"allocations", []string{"allocs/op", "B/op"}},
	{"memory", []string{"resident-B", "heap-live-B"}},
	{"time", []string{"*"}},
}

func kindOf(metric string) int {
	return slices.IndexFunc(kinds, func(k struct {
		name    string
		metrics []string
	}) bool {
		return slices.ContainsFunc(k.metrics, func(pattern string) bool { return match(pattern, metric) })
	})
}

// findings groups the gated comparisons that regressed.
func findings(comparisons []Comparison) []Finding {
	byKind := make([]*Finding, len(kinds))
	for i, c := range comparisons {
		if !c.Gated || c.Outcome != Regressed {
			continue
		}
		k := kindOf(c.Metric)
		f := byKind[k]
		if f == nil {
			f = &Finding{Kind: kinds[k].name, Worst: i}
			byKind[k] = f
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
	for _, f := range byKind {
		if f != nil {
			if len(f.Benchmarks) > 1 { // the mean is over those that are named
				f.Benchmarks = slices.DeleteFunc(f.Benchmarks, func(name string) bool { return name == Geomean })
			}
			slices.SortStableFunc(f.Metrics, func(a, b string) int {
				if r := bench.Rank(a) - bench.Rank(b); r != 0 {
					return r
				}
				return strings.Compare(a, b)
			})
			found = append(found, *f)
		}
	}
	return found
}
