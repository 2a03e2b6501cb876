package advice

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// mostSessions is the largest number of sessions per arm that a recommendation
// asks for.
const mostSessions = 100

// A noisy is a gated comparison whose interval is wider than its tolerance.
type noisy struct {
	gate.Comparison
	width    float64 // half the interval, as a logarithm
	limit    float64 // the tolerance, as a logarithm
	sessions float64 // of the smaller arm
	needed   float64 // sessions per arm
}

// noise finds metrics that are too noisy to gate. Their interval extends further
// to either side than the tolerance, so a comparison cannot end as unchanged. On
// logarithms, let w be half the interval with n sessions and t the tolerance. Then
// n(w/t)² sessions make the interval as narrow as the tolerance, because it
// narrows with the square root of n. With few sessions this is a rough estimate.
// Each metric gets one recommendation.
//
// A comparison with a prediction gets none, because more sessions would not narrow it.
//
// The share is the part of the interval beyond the tolerance.
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

// newNoisy returns a comparison as noisy. It returns false if its interval is not
// too wide.
func newNoisy(c gate.Comparison, least int) (noisy, bool) {
	if !c.Gated || c.Class == bench.Exact || c.Scale != gate.Ratio || c.CI == nil || c.Method == gate.Prediction || c.Tolerance <= 0 || c.Outcome != gate.Inconclusive {
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

// tooNoisy returns the recommendation for a metric.
func (r run) tooNoisy(metric string, all []noisy) Recommendation {
	slices.SortStableFunc(all, func(a, b noisy) int { return cmp.Compare(b.width/b.limit, a.width/a.limit) })
	worst := all[0]
	found := Recommendation{
		What: "Too noisy to gate: the interval of " + metric + " is wider than its tolerance.",
		Evidence: []Figure{
			{"interval, to either side", 100 * math.Expm1(worst.width), "%", metric + " of " + worst.Benchmark + ", this verdict"},
			{"tolerance", 100 * worst.Tolerance, "%", "this verdict"},
			{"sessions of the smaller arm", worst.sessions, "1", "the same comparison"},
			{"sessions per arm needed", worst.needed, "1", "sessions times (interval/tolerance)², on logarithms"},
		},
		Share: 1 - worst.limit/worst.width,
	}
	if worst.Detectable != nil && finite(*worst.Detectable) {
		found.Evidence = append(found.Evidence, Figure{"smallest detectable ratio", *worst.Detectable, "1", "the same comparison"})
	}
	if len(all) > 1 {
		needed := make([]float64, len(all))
		for i, n := range all {
			needed[i] = n.needed
		}
		found.Evidence = append(found.Evidence, Figure{"sessions per arm needed in half of the benchmarks", median(needed), "1", "the same, " + plural(len(all), "benchmark")})
	}
	for _, n := range all {
		found.Benchmarks = append(found.Benchmarks, n.Benchmark)
	}
	found.Do = fmt.Sprintf("Measure with --sessions %.0f, or", worst.needed)
	if worst.needed > mostSessions {
		found.Do = "The worst benchmark needs too many sessions. Measure more operations per session (--profile), or"
	}
	found.Do += " raise the tolerance to the interval, or gate counts instead of this metric."
	if m := r.verdict.Machine; m != nil && finite(m.Drift) && m.Drift > math.Expm1(worst.limit) {
		found.Evidence = append(found.Evidence, Figure{"control workload, slowest session compared with the fastest", 100 * m.Drift, "%", m.Metric + ", the same work each time"})
		found.Do = "The machine itself varies by more than the tolerance, so use a quieter one first. " + found.Do
	}
	return found
}
