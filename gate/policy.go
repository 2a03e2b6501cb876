package gate

import (
	"strings"

	"github.com/kro/perf-gate/bench"
)

// A Policy says what is gated, how strictly, and what an undecided run means.
type Policy struct {
	// Alpha bounds the probability that a run of unchanged code fails; 0 < Alpha < 1.
	Alpha float64 `json:"alpha" yaml:"alpha"`
	// Confidence is the level of the two-sided intervals; 0 < Confidence < 1.
	Confidence float64 `json:"confidence" yaml:"confidence"`
	// Tolerance is the accepted change per class: relative, and for exact
	// metrics absolute (0 means that any difference counts).
	Tolerance map[bench.Class]float64 `json:"tolerance" yaml:"tolerance"`
	// Floor is, by metric and in its unit, the absolute change up to which
	// nothing counts as changed, whatever its share.
	Floor map[string]float64 `json:"floor" yaml:"floor"`
	// Machine is the relative difference between the arms in the control
	// workload beyond which they count as measured on different machines.
	Machine float64 `json:"machine" yaml:"machine"`
	// Rules override, in order; the last that matches a comparison wins.
	Rules []Rule `json:"rules" yaml:"rules"`
	// FailOnInconclusive makes a run that could not decide exit with 3.
	FailOnInconclusive bool `json:"fail-on-inconclusive" yaml:"fail-on-inconclusive"`
}

// A Rule overrides the policy for the comparisons it matches. A comparison that
// no rule gates informs only.
//
// In a concurrent benchmark, and for a count that KRO does not reproduce there
// (see [bench.Benchmark.Class]), noise would fail runs of unchanged code. A rule
// gates these only where Benchmark is that benchmark's full name, without *;
// errors/op excepted. Nor does a tolerance written for a count apply where the
// count has become a timing, which tolerates a share and not a number.
type Rule struct {
	// Benchmark and Metric are patterns in which * stands for any text, / included;
	// empty matches everything.
	Benchmark string `json:"benchmark,omitempty" yaml:"benchmark,omitempty"`
	Metric    string `json:"metric,omitempty" yaml:"metric,omitempty"`
	// Gate says whether the comparison may fail the run.
	Gate *bool `json:"gate,omitempty" yaml:"gate,omitempty"`
	// Tolerance replaces the class's, in the class's meaning.
	Tolerance *float64 `json:"tolerance,omitempty" yaml:"tolerance,omitempty"`
}

// DefaultPolicy gates the counts that KRO reproduces, errors, allocations, CPU
// time and the median latency. Everything else informs.
func DefaultPolicy() Policy {
	yes, no := true, false
	return Policy{
		Alpha:      0.05,
		Confidence: 0.95,
		Tolerance: map[bench.Class]float64{
			bench.Exact:  0,
			bench.Steady: 0.01,
			bench.Timing: 0.25,
			bench.Memory: 0.10,
		},
		Floor: map[string]float64{
			"allocs/op":     10,
			"cpu-sec/op":    0.000_05,
			"ready-p50-sec": 0.001,
		},
		Machine: 0.05,
		Rules: []Rule{
			{Gate: &no},
			{Metric: errorsMetric, Gate: &yes},
			{Metric: requestsMetric, Gate: &yes},
			{Metric: "reconciles/op", Gate: &yes},
			{Metric: "graph-builds/op", Gate: &yes},
			{Metric: "cel-evals/op", Gate: &yes},
			{Metric: "allocs/op", Gate: &yes},
			{Metric: "cpu-sec/op", Gate: &yes},
			{Metric: "ready-p50-sec", Gate: &yes},
			// KRO has no part in a read, and a session has too few of these
			// operations for its counters to tell a change of their cost.
			{Benchmark: "CRUD/op=read/*", Metric: "ready-p50-sec", Gate: &no},
			{Benchmark: "CRUD/op=noop/*", Metric: "allocs/op", Gate: &no},
			{Benchmark: "*/op=delete/*", Metric: "allocs/op", Gate: &no},
			{Benchmark: "*/op=delete/*", Metric: "cpu-sec/op", Gate: &no},
			{Benchmark: "Graph/op=delete/*", Metric: "ready-p50-sec", Gate: &no},
			// An update's latency has two modes: a watch event races a timer.
			{Benchmark: "Graph/op=update/*", Metric: "ready-p50-sec", Gate: &no},
			// What noise there is in single benchmarks mostly cancels out in all.
			{Benchmark: Geomean, Metric: "allocs/op", Tolerance: share(0.0025)},
			{Benchmark: Geomean, Metric: "cpu-sec/op", Tolerance: share(0.03)},
			{Benchmark: Geomean, Metric: "ready-p50-sec", Tolerance: share(0.1)},
		},
	}
}

func share(v float64) *float64 { return &v }

// GoPolicy gates what Go benchmarks measure. A slowdown of twice the tolerance
// of timings is found where the noise allows it.
func GoPolicy() Policy {
	yes, no := true, false
	p := DefaultPolicy()
	p.Tolerance[bench.Timing] = 0.02
	p.Floor = nil
	p.Rules = []Rule{
		{Gate: &no},
		{Metric: "sec/op", Gate: &yes},
		{Metric: "allocs/op", Gate: &yes},
		{Metric: "B/op", Gate: &yes},
	}
	return p
}

// requestsMetric counts all requests; where it was measured, so was each kind.
const requestsMetric = "requests/op"

// errorsMetric is exact in every benchmark: overlap does not excuse an error.
const errorsMetric = "errors/op"

// terms says whether the comparison is gated and what it tolerates.
func (p Policy) terms(plan bench.Plan, b bench.Benchmark, metric string) (gated bool, tolerance float64) {
	class := plan.Class(b, metric)
	catalogue, _ := plan.Metric(metric)
	sameClass := class == catalogue.Class
	reproducible := !b.Concurrent && (sameClass || catalogue.Class == bench.Steady) || metric == errorsMetric

	tolerance = p.Tolerance[class]
	for _, r := range p.Rules {
		if !match(r.Benchmark, b.Name) || !match(r.Metric, metric) {
			continue
		}
		named := r.Benchmark == b.Name
		if r.Gate != nil && (!*r.Gate || reproducible || named) {
			gated = *r.Gate
		}
		if r.Tolerance != nil && (sameClass || named) {
			tolerance = *r.Tolerance
		}
	}
	return gated, tolerance
}

// match reports whether all of s fits the pattern; see [Rule].
func match(pattern, s string) bool {
	if pattern == "" {
		return true
	}
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return s == pattern
	}
	s, ok := strings.CutPrefix(s, first)
	if !ok {
		return false
	}
	parts := strings.Split(rest, "*")
	for _, part := range parts[:len(parts)-1] {
		if _, s, ok = strings.Cut(s, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}
