package advice

import (
	"strings"

	"github.com/kro/perf-gate/bench"
)

// Bounds of the rule on queues.
const (
	saturated = 0.95 // least part of the workers' time
	crowded   = 0.85 // part of the processors' time from which more workers would have none to run on
	queueing  = 1.5  // least ratio to the latency of the same work alone
)

// queues finds concurrent work that waits for a worker. By the utilisation law
// (Denning and Buzen 1978), the number of busy workers is the throughput times the
// time that an operation keeps workers busy. The workers are the bottleneck if
// nearly all are busy while the processors are not, and if operations take at
// least half as long again as the same work alone. Reconciles after the outcome of
// an operation count too, so the result may exceed the number of workers. The rule
// does not apply if there is a limit on requests: more workers would wait for it
// too.
//
// The share is the part of the median latency that exceeds the latency of the same
// work alone.
func queues(r run) []Recommendation {
	workers, known := r.workers()
	cores, limited := r.cores()
	if !known || !limited || len(limits(r)) > 0 {
		return nil
	}
	var found []Recommendation
	for _, b := range r.plan.Benchmarks {
		alone, ok := strings.CutSuffix(b.Name, "/workers="+param(b.Name, "workers"))
		if !ok || !b.Concurrent {
			continue
		}
		together, single := r.latencies(b.Name), r.latencies(alone)
		m, ok := r.medians(b.Name, bench.OpsPerSec, bench.ReconcilesPerOp, bench.ReconcileSec, bench.CPUSecPerOp)
		if !ok || len(together) < leastOperations || len(single) < leastOperations {
			continue
		}
		rate, reconciles, each, cpu := m[0], m[1], m[2], m[3]
		busy, used := rate*reconciles*each, rate*cpu
		if busy < saturated*workers.Value || !finite(busy) || used >= crowded*cores || median(together) < queueing*median(single) {
			continue
		}
		found = append(found, Recommendation{
			What: "Instances wait for workers: all workers are busy while the processor is not.",
			Evidence: []Figure{
				{"workers", workers.Value, "1", from(workers)},
				{"workers that the work needs", busy, "1", "ops/sec times reconciles/op times reconcile-sec: " + r.of(b.Name, "each")},
				{"processors in use", used, "1", "ops/sec times cpu-sec/op of the same sessions"},
				latency("median latency", b.Name, together),
				latency("median latency of the same work alone", alone, single),
			},
			Do:         "Try more workers (--" + workers.Flag + "), or shorten the waits of a reconcile, which makes its requests one after the other.",
			Benchmarks: []string{b.Name},
			Share:      1 - median(single)/median(together),
		})
	}
	return strongest(found)
}
