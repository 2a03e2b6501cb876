package gate

import (
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// Operations count the operations behind a percentile.
type Operations struct {
	Base int `json:"base"`
	Head int `json:"head"`
	// Pooled is set when Base and Head of the comparison are the percentiles of all
	// operations of an arm, because a session has too few. The test compares the
	// sessions' own.
	Pooled bool `json:"pooled,omitempty"`
}

// pool gives a high percentile the number of its operations and, where sessions have too
// few for it not to be their slowest, takes it from those of all sessions.
func (f facts) pool(c comparison) comparison {
	p := bench.Percentiles[c.Metric]
	if p <= 0.5 || f.baseline || c.Base == nil || c.Head == nil {
		return c
	}
	base, shortest := f.base.latencies(c.Benchmark)
	head, fewest := f.head.latencies(c.Benchmark)
	if len(base) == 0 || len(head) == 0 {
		return c
	}
	c.Operations = &Operations{Base: len(base), Head: len(head)}
	fewest = min(fewest, shortest)
	if math.Ceil(p*float64(fewest)) < float64(fewest) {
		return c
	}
	c.Operations.Pooled = true
	c.Base, c.Head = pointer(bench.Percentile(base, p)), pointer(bench.Percentile(head, p))
	return c
}

// latencies returns the sorted latencies of a benchmark's operations in all sessions, and
// the number in the session with the fewest.
func (a *arm) latencies(benchmark string) (all []float64, fewest int) {
	for _, result := range a.results[benchmark] {
		if result == nil {
			continue
		}
		samples := result.Samples[bench.ReadySamples]
		if fewest == 0 || len(samples) < fewest {
			fewest = len(samples)
		}
		all = append(all, samples...)
	}
	slices.Sort(all)
	return all, fewest
}
