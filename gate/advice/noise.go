package advice

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// mostSessions is how many sessions per arm can be asked for.
const mostSessions = 100

// noisy is a gated comparison whose interval is wider than its tolerance.
type noisy struct {
	gate.Comparison
	width    float64 // half the interval, on the logarithms
	limit    float64 // the tolerance, on the logarithms
	sessions float64 // of the smaller arm
	needed   float64 // sessions per arm
}

// noise finds gated metrics too noisy to gate: the interval reaches further to
// either side than the tolerance, so that the comparison cannot end as
// unchanged. With n sessions and an interval of w to either side, on the
// logarithms, n(w/t)² sessions make it as narrow as the tolerance t, because it
// narrows with the square root of their number; for few sessions that is rough.
// Each metric is one recommendation.
//
// The share is what of the interval is beyond the tolerance.
func noise(r run) []Recommendation {
	byMetric := map[string][]noisy{}
	var metrics []string
	for _, c := range r.verdict.Comparisons {
		if n, ok := newNoisy(c, r.verdict.Sight.MinSessions); ok {
			if byMetric[c.Metric] == nil {
				metrics = append(metrics, c.Metric)
			}
			byMetric[c.Metric] = append(byMetric[c.Metric], n)
		}
	}
	var found []Recommendation
	for _, metric := range metrics {
		found = append(found, r.tooNoisy(metric, byMetric[metric]))
	}
	return found
}

func newNoisy(c gate.Comparison, least int) (noisy, bool) {
	if !c.Gated || c.Class == bench.Exact || c.CI == nil || c.Tolerance <= 0 || c.Outcome != gate.Inconclusive {
		return noisy{}, false
	}
	n := noisy{
		Comparison: c,
		width:      math.Log(c.CI[1]/c.CI[0]) / 2,
		limit:      math.Log1p(c.Tolerance),
		sessions:   float64(min(len(c.BaseValues), len(c.HeadValues))),
	}
	excess := n.width / n.limit
	n.needed = max(math.Ceil(n.sessions*excess*excess), float64(least))
	return n, n.width > n.limit && finite(n.width) && finite(n.needed) && n.sessions > 0
}

func (r run) tooNoisy(metric string, all []noisy) Recommendation {
	slices.SortStableFunc(all, func(a, b noisy) int { return cmp.Compare(b.width/b.limit, a.width/a.limit) })
	worst := all[0]
	found := Recommendation{
		What: "Too noisy to gate: " + metric + " varies by more between sessions than it may change.",
		Evidence: []Figure{
			{"interval, to either side", 100 * math.Expm1(worst.width), "%", metric + " of " + worst.Benchmark + ", this verdict"},
			{"tolerance", 100 * worst.Tolerance, "%", "this verdict"},
			{"sessions of the smaller arm", worst.sessions, "1", "the same comparison"},
			{"sessions per arm that would do", worst.needed, "1", "sessions times (interval/tolerance)², on the logarithms"},
		},
		Share: 1 - worst.limit/worst.width,
	}
	if worst.Detectable != nil && finite(*worst.Detectable) {
		found.Evidence = append(found.Evidence, Figure{"smallest ratio that would have shown", *worst.Detectable, "1", "the same comparison"})
	}
	if len(all) > 1 {
		needed := make([]float64, len(all))
		for i, n := range all {
			needed[i] = n.needed
		}
		found.Evidence = append(found.Evidence, Figure{"sessions per arm that would do in half of the benchmarks", median(needed), "1", "the same, " + plural(len(all), "benchmark")})
	}
	for _, n := range all {
		found.Benchmarks = append(found.Benchmarks, n.Benchmark)
	}
	found.Do = fmt.Sprintf("Measure with --sessions %.0f, or", worst.needed)
	if worst.needed > mostSessions {
		found.Do = "So many sessions are out of reach for the worst: measure more operations in each (--profile), or"
	}
	found.Do += " raise the tolerance to the interval, or gate the counts instead and let this inform."
	if m := r.verdict.Machine; m != nil && finite(m.Drift) && m.Drift > math.Expm1(worst.limit) {
		found.Evidence = append(found.Evidence, Figure{"control workload, slowest session over the fastest", 100 * m.Drift, "%", m.Metric + ", the same work each time"})
		found.Do = "The machine itself varies by more than the tolerance: look for a quieter one first. " + found.Do
	}
	return found
}
