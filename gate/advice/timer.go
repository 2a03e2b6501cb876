package advice

import (
	"fmt"
	"math"

	"github.com/kro/perf-gate/bench"
)

// leastOperations is how many latencies a rule needs to judge their distribution.
const leastOperations = 5

// slack is how far a latency may be from the one that a timer explains, as a part
// of the timer. It is small enough that a latency without a timer seldom matches
// by chance.
const slack = 0.25

// timers finds latencies that are mostly waits for one of KRO's timers. T is the
// timer, and k is the number of waits that best fits the latency without the
// controller's work. The timer bounds the latency if
//
//   - no operation was faster than kT, and k is at least 1;
//   - each wait has its reconcile: k is at most reconciles/op;
//   - kT plus the work is within a quarter of T of the median, and the fastest
//     three quarters of the operations span at most a quarter of T;
//   - the waits take at least half of the median.
//
// The share is kT divided by the median latency.
func timers(r run) []Recommendation {
	var instances, rgds []Recommendation
	for _, b := range r.plan.Benchmarks {
		found, ok := r.bounded(b)
		switch {
		case !ok:
		case ofRGDs(b):
			rgds = append(rgds, found)
		default:
			instances = append(instances, found)
		}
	}
	return append(strongest(instances), strongest(rgds)...)
}

// bounded returns the recommendation if a timer bounds the latency of the benchmark.
func (r run) bounded(b bench.Benchmark) (Recommendation, bool) {
	setting, known := r.timer(b)
	timer := setting.Value
	all := r.latencies(b.Name)
	reconciles, counted := r.median(b.Name, bench.ReconcilesPerOp)
	if !known || !counted || len(all) < leastOperations || b.Concurrent {
		return Recommendation{}, false
	}
	work, ok := r.work(b.Name, reconciles)
	if !ok {
		return Recommendation{}, false
	}
	typical := median(all)
	waits := math.Round((typical - work) / timer)
	waiting := waits * timer
	spread := all[(len(all)-1)*3/4] - all[0]
	if waits > reconciles || all[0] < waiting || waiting < typical/2 ||
		math.Abs(typical-waiting-work) > slack*timer || spread > slack*timer {
		return Recommendation{}, false
	}
	return Recommendation{
		What: "A timer of KRO bounds the latency: operations wait for it and not for work.",
		Evidence: []Figure{
			latency("median latency", b.Name, all),
			{"fastest operation", all[0], "s", "the same"},
			{"the timer", timer, "s", from(setting)},
			{"number of waits for the timer", waits, "1", "median latency minus the controller's work, divided by the timer"},
			{"the controller's work", work, "s", "the larger of reconcile-sec times reconciles/op and cpu-sec/op"},
		},
		Do: fmt.Sprintf("Judge this work by its counts and its CPU time, because its latency measures the timer. To make it faster, let KRO continue when the watch event arrives, or shorten --%s.",
			setting.Flag),
		Benchmarks: []string{b.Name},
		Share:      waiting / typical,
	}, true
}

// work returns how long the controller was busy with one operation, in seconds.
func (r run) work(benchmark string, reconciles float64) (seconds float64, ok bool) {
	cpu, measured := r.median(benchmark, bench.CPUSecPerOp)
	each, timed := r.median(benchmark, bench.ReconcileSec)
	return max(cpu, each*reconciles), measured || timed
}
