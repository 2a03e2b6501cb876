package advice

import (
	"fmt"
	"math"

	"github.com/kro/perf-gate/bench"
)

// leastOperations is how many latencies a rule needs to speak of their shape.
const leastOperations = 5

// slack is how far, as a part of the timer, latencies may lie from what the
// timer explains: a quarter, so that what a latency without a timer has to hit
// by chance is small.
const slack = 0.25

// timers finds latencies that are mostly waiting for one of KRO's timers. With
// T the timer and k the nearest number of waits to what the controller's work
// leaves over, a latency is bounded by it when
//
//   - not one operation was faster than kT, and k is at least 1;
//   - each wait has its reconcile: k is at most reconciles/op;
//   - kT and the work add up to the median, and three operations in four lie
//     together, both within a quarter of T;
//   - the waits are at least half of the median.
//
// The share is kT of the median latency.
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

func (r run) bounded(b bench.Benchmark) (Recommendation, bool) {
	setting, known := r.timer(b)
	timer := setting.Value
	all := r.latencies(b.Name)
	reconciles, counted := r.median(b.Name, "reconciles/op")
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
			{"waits for it that fit", waits, "1", "median latency less the controller's work, in timers"},
			{"the controller's work", work, "s", "reconcile-sec times reconciles/op, or cpu-sec/op where that is more"},
		},
		Do: fmt.Sprintf("Judge this work by its counts and its CPU time: its latency tells of the timer. To make it faster, have KRO go on when the watch event arrives, or shorten --%s.",
			setting.Flag),
		Benchmarks: []string{b.Name},
		Share:      waiting / typical,
	}, true
}

// work is for how long the controller was busy with one operation, in seconds.
func (r run) work(benchmark string, reconciles float64) (seconds float64, ok bool) {
	cpu, measured := r.median(benchmark, "cpu-sec/op")
	each, timed := r.median(benchmark, "reconcile-sec")
	return max(cpu, each*reconciles), measured || timed
}
