package gate

import (
	"maps"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
	"github.com/kro/perf-gate/gate/trend"
)

// A Policy says what is gated, how strictly, and what an undecided run means.
type Policy struct {
	// Alpha bounds the probability that a run of unchanged code fails; 0 < Alpha < 1.
	Alpha float64 `json:"alpha" yaml:"alpha"`
	// MeansShare is the part of Alpha that the means over all benchmarks have to
	// themselves, so that a large number of benchmarks does not make them blind;
	// 0 < MeansShare < 1.
	MeansShare float64 `json:"means-share" yaml:"means-share"`
	// Confidence is the level of the two-sided intervals; 0 < Confidence < 1.
	Confidence float64 `json:"confidence" yaml:"confidence"`
	// Tolerance is the accepted change per class: relative, and for exact
	// metrics absolute (0 means that any difference counts).
	Tolerance map[bench.Class]float64 `json:"tolerance" yaml:"tolerance"`
	// Growth is the accepted change of the exponent, per class, with which a metric grows
	// over a sweep.
	Growth map[bench.Class]float64 `json:"growth" yaml:"growth"`
	// Floor is the absolute change, by metric and in its unit, up to which nothing
	// counts as changed, whatever the relative change.
	Floor map[string]float64 `json:"floor" yaml:"floor"`
	// Machine is the relative difference between the arms in the control
	// workload beyond which they count as measured on different machines.
	Machine float64 `json:"machine" yaml:"machine"`
	// Rules override the fields above. The last rule that matches a comparison wins.
	Rules []Rule `json:"rules" yaml:"rules"`
	// FailOnInconclusive makes a run that could not decide exit with 3.
	FailOnInconclusive bool `json:"fail-on-inconclusive" yaml:"fail-on-inconclusive"`
}

// A Rule overrides the policy for the comparisons it matches. A comparison that no
// rule gates only informs.
//
// In a concurrent benchmark, noise would fail runs of unchanged code. A rule gates its
// metrics only if Benchmark is that benchmark's full name, without *. The exception is
// errors/op, which any rule gates. A tolerance written for a count does not apply
// where KRO does not reproduce the count (see [bench.Racy]), and the tolerance is
// relative. It applies again to counts that are compared at equal numbers of reconciles.
type Rule struct {
	// Benchmark and Metric are patterns in which * stands for any text, / included;
	// empty matches everything.
	Benchmark string `json:"benchmark,omitempty" yaml:"benchmark,omitempty"`
	Metric    string `json:"metric,omitempty" yaml:"metric,omitempty"`
	// When is a condition that has to hold besides; nil always does.
	When *Condition `json:"when,omitempty" yaml:"when,omitempty"`
	// Gate says whether the comparison may fail the run.
	Gate *bool `json:"gate,omitempty" yaml:"gate,omitempty"`
	// Tolerance replaces the class's, in the class's meaning.
	Tolerance *float64 `json:"tolerance,omitempty" yaml:"tolerance,omitempty"`
	// Growth replaces the class's for the sweeps whose names match.
	Growth *float64 `json:"growth,omitempty" yaml:"growth,omitempty"`
}

// Geomean, in place of a benchmark's name, stands for the geometric mean over all
// benchmarks in which a metric is gated. It shows a change that is too small to be
// seen in any one of them but that all of them have.
const Geomean = "geomean"

// GoBenchmarks is the pattern of the names of Go benchmarks.
const GoBenchmarks = "Go/*"

// MicroBenchmarks is the pattern of the names of perf-gate's own Go benchmarks of KRO.
const MicroBenchmarks = "Micro/*"

// DefaultPolicy gates the counts that KRO reproduces, errors, allocations, CPU
// time and the median latency, and memory in the mean. Everything else informs.
func DefaultPolicy() Policy {
	yes, no := true, false
	return Policy{
		Alpha:      0.05,
		MeansShare: 1.0 / 3,
		Confidence: 0.95,
		Tolerance: map[bench.Class]float64{
			bench.Exact:  0,
			bench.Steady: 0.01,
			bench.Racy:   0.05,
			bench.Timing: 0.12,
			bench.Memory: 0.10,
		},
		Growth: map[bench.Class]float64{
			bench.Exact:  0.005,
			bench.Steady: 0.001,
			bench.Racy:   0.01,
			bench.Timing: 0.01,
			bench.Memory: 0.05,
		},
		Floor: map[string]float64{
			bench.AllocsPerOp: 10,
			bench.CPUSecPerOp: 0.000_05,
			bench.ReadyP50Sec: 0.001,
		},
		Machine: 0.05,
		Rules: []Rule{
			{Gate: &no},
			{Metric: bench.ErrorsPerOp, Gate: &yes},
			{Metric: bench.FailedSessions, Gate: &yes},
			{Metric: bench.RequestsPerOp, Gate: &yes},
			{Metric: bench.SentBytesPerOp, Gate: &yes},
			{Metric: bench.ReceivedBytesPerOp, Gate: &yes},
			{Metric: bench.ReconcilesPerOp, Gate: &yes},
			{Metric: bench.GraphBuildsPerOp, Gate: &yes},
			{Metric: bench.CELEvalsPerOp, Gate: &yes},
			{Metric: bench.NodeEvalsPerOp, Gate: &yes},
			{Metric: bench.IgnoredChecksPerOp, Gate: &yes},
			{Metric: bench.SchemaRequestsPerOp, Gate: &yes},
			{Metric: bench.AllocsPerOp, Gate: &yes},
			{Metric: bench.CPUSecPerOp, Gate: &yes},
			{Metric: bench.ReadyP50Sec, Gate: &yes},
			{Metric: bench.SecPerOp, Gate: &yes, Tolerance: pointer(0.02)},
			{Benchmark: GoBenchmarks, Metric: bench.BytesPerOp, Gate: &yes},
			{Benchmark: MicroBenchmarks, Metric: bench.BytesPerOp, Gate: &yes},
			// These report their CPU time, which depends less on what else the machine does.
			{Benchmark: MicroBenchmarks, Metric: bench.SecPerOp, Gate: &no},
			{Benchmark: MicroBenchmarks, Metric: bench.CPUSecPerOp, Tolerance: pointer(0.02)},
			{Metric: bench.CELCost, Gate: &yes},
			{Metric: bench.CELCostEstimated, Gate: &yes},
			// What KRO holds after a benchmark does not vary, except by a goroutine that
			// is about to end, and by the listener of a build that serves pprof profiles.
			// A leak grows beyond that from benchmark to benchmark.
			{Metric: bench.Goroutines, Gate: &yes, Tolerance: pointer(2.0)},
			{Metric: bench.OpenFiles, Gate: &yes, Tolerance: pointer(2.0)},
			{Metric: bench.Watches, Gate: &yes},
			{Metric: bench.Handlers, Gate: &yes},
			{Metric: bench.WatchOwners, Gate: &yes},
			{Metric: bench.WatchedObjects, Gate: &yes},
			// KRO takes no part in a read. Of the others, a session has too few
			// operations for its counters to show a change of their cost.
			{Benchmark: "CRUD/op=read/*", Metric: bench.ReadyP50Sec, Gate: &no},
			{Benchmark: "CRUD/op=noop/*", Metric: bench.AllocsPerOp, Gate: &no},
			{Benchmark: "*/op=delete/*", Metric: bench.AllocsPerOp, Gate: &no},
			{Benchmark: "*/op=delete/*", Metric: bench.CPUSecPerOp, Gate: &no},
			{Benchmark: "Graph/op=delete/*", Metric: bench.ReadyP50Sec, Gate: &no},
			// An update's latency has two modes: a watch event races a timer.
			{Benchmark: "Graph/op=update/*", Metric: bench.ReadyP50Sec, Gate: &no},
			// How often KRO reconciles an RGD is left to chance, which moves the totals.
			// So the kinds of requests and of reconciles are gated where they are not
			// left to chance. Watches are not, because clients reopen them.
			{Benchmark: "Graph/*", Metric: bench.RequestPrefix + "*", Gate: &yes},
			{Benchmark: "Graph/*", Metric: bench.RequestPrefix + "watch:*", Gate: &no},
			{Benchmark: "Graph/*", Metric: bench.ReconcilePrefix + "*", Gate: &yes},
			{Benchmark: "Graph/*", Metric: bench.ReconcilesPerOp, Gate: &no},
			{Benchmark: "Graph/op=delete/*", Metric: bench.RequestsPerOp, Gate: &no}, // from 3 to 7
			{Benchmark: "Graph/*", Metric: bench.SentBytesPerOp, Gate: &no},
			{Benchmark: "Graph/*", Metric: bench.ReceivedBytesPerOp, Gate: &no},
			// The noise of single benchmarks mostly cancels out in the mean.
			{Benchmark: Geomean, Metric: bench.AllocsPerOp, Tolerance: pointer(0.0025)},
			{Benchmark: Geomean, Metric: bench.BytesPerOp, Gate: &yes, Tolerance: pointer(0.05)},
			{Benchmark: Geomean, Metric: bench.CPUSecPerOp, Tolerance: pointer(0.02)},
			{Benchmark: Geomean, Metric: bench.ReadyP50Sec, Tolerance: pointer(0.05)},
			{Benchmark: Geomean, Metric: bench.SecPerOp, Gate: &no},
			{Benchmark: Geomean + " *", Gate: &no},
			{Benchmark: Geomean + " *", Metric: bench.CPUSecPerOp, Gate: &yes, Tolerance: pointer(0.01)},
			// Memory is gated in the mean alone: in one benchmark it depends on when
			// the garbage collector last ran.
			{Benchmark: Geomean, Metric: bench.HeapLiveBytes, Gate: &yes, Tolerance: pointer(0.0375)},
			{Benchmark: Geomean, Metric: bench.ResidentBytes, Gate: &yes, Tolerance: pointer(0.1)},
		},
	}
}

// GoPolicy gates time, allocations and allocated bytes of Go benchmarks. It finds a
// slowdown of twice the tolerance of timings where the noise allows it.
func GoPolicy() Policy {
	yes, no := true, false
	p := DefaultPolicy()
	p.Tolerance[bench.Timing] = 0.02
	p.Floor = nil
	p.Rules = []Rule{
		{Gate: &no},
		{Metric: bench.SecPerOp, Gate: &yes},
		{Metric: bench.AllocsPerOp, Gate: &yes},
		{Metric: bench.BytesPerOp, Gate: &yes},
	}
	return p
}

// terms returns whether the comparison on a scale is gated and what it tolerates. The
// growth over a sweep is gated where rules gate the sweep's name, if it is that of a cost.
// The error says which rule's condition could not be decided.
func (p Policy) terms(s Scale, plan bench.Plan, b bench.Benchmark, metric string) (gated bool, tolerance float64, err error) {
	class := plan.Class(b, metric)
	catalogue, _ := plan.Metric(metric)
	sameClass := class == catalogue.Class
	reproducible := !b.Concurrent || metric == bench.ErrorsPerOp

	tolerance = p.tolerances(s)[class]
	of := &candidate{benchmark: b, metric: metric, class: class, suffixed: plan.Repetitions}
	for _, r := range p.Rules {
		if matches, err := r.matches(of); err != nil {
			return false, 0, err
		} else if !matches {
			continue
		}
		named := r.Benchmark == b.Name
		if r.Gate != nil && (!*r.Gate || reproducible || named) {
			gated = *r.Gate
		}
		if t := r.tolerance(s); t != nil && (sameClass || named) {
			tolerance = *t
		}
	}
	return gated && (s == Ratio || cost(metric)), tolerance, nil
}

// matches reports whether the rule is for a comparison.
func (r Rule) matches(of *candidate) (bool, error) {
	if !match(r.Benchmark, of.benchmark.Name) || !match(r.Metric, of.metric) {
		return false, nil
	}
	if r.When == nil {
		return true, nil
	}
	return r.When.holds(of)
}

// tolerances returns the accepted changes on a scale, per class.
func (p Policy) tolerances(s Scale) map[bench.Class]float64 {
	if s == Difference {
		return p.Growth
	}
	return p.Tolerance
}

// tolerance returns what replaces the class's on a scale; nil if nothing does.
func (r Rule) tolerance(s Scale) *float64 {
	if s == Difference {
		return r.Growth
	}
	return r.Tolerance
}

// clone returns a copy that shares nothing with the caller's policy. Its rules are
// never nil: JSON shows a list.
func (p Policy) clone() Policy {
	p.Tolerance, p.Growth, p.Floor = maps.Clone(p.Tolerance), maps.Clone(p.Growth), maps.Clone(p.Floor)
	p.Rules = append([]Rule{}, p.Rules...)
	return p
}

// tail returns the probability that the policy's intervals leave on either side.
func (p Policy) tail() float64 { return (1 - p.Confidence) / 2 }

// minSessions returns how many sessions per arm any of a family of gated
// comparisons needs before it can regress. The interval has to reach its level as
// well: its tail is (1-confidence)/2 and its smallest step the test's smallest
// p-value.
func (p Policy) minSessions(family int, alpha float64) int {
	if family == 0 {
		return 1
	}
	return max(rank.MinSamples(family, alpha), rank.MinSamples(2, 1-p.Confidence))
}

// search returns the options for searching a number of histories that share alpha:
// if nothing changed, a change is found in any of them with a probability of alpha.
func (p Policy) search(histories int) trend.Options {
	return trend.Options{Alpha: p.Alpha / float64(histories)}
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
