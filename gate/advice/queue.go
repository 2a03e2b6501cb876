package advice

import "strings"

// Bounds of the rule on queues.
const (
	saturated = 0.95 // of the workers' time
	crowded   = 0.85 // of the processors' time: more workers would find none to run on
	queueing  = 1.5  // times the latency of the same work alone
)

// queues finds concurrent work that waits for a worker. By the utilisation law
// (Denning and Buzen 1978) throughput times the time that an operation keeps
// workers busy is the number of busy workers. They are saturated when that
// reaches their number, while the processors are not, and when the operations
// take half as long again as they do alone. Reconciles that follow an operation's
// outcome count, so more workers may come out than there are. Where a limit on
// requests is found, workers wait for it, and more of them would wait as well.
//
// The share is what an operation's median latency exceeds that of the same work
// alone by, of itself.
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
		m, ok := r.medians(b.Name, "ops/sec", "reconciles/op", "reconcile-sec", "cpu-sec/op")
		if !ok || len(together) < leastOperations || len(single) < leastOperations {
			continue
		}
		rate, reconciles, each, cpu := m[0], m[1], m[2], m[3]
		busy, used := rate*reconciles*each, rate*cpu
		if busy < saturated*workers.Value || !finite(busy) || used >= crowded*cores || median(together) < queueing*median(single) {
			continue
		}
		found = append(found, Recommendation{
			What: "The workers bound the queue of instances: all are busy while the processor is not.",
			Evidence: []Figure{
				{"workers", workers.Value, "1", from(workers)},
				{"workers that the work would take", busy, "1", "ops/sec times reconciles/op times reconcile-sec: " + r.of(b.Name, "each")},
				{"processors in use", used, "1", "ops/sec times cpu-sec/op of the same sessions"},
				latency("median latency", b.Name, together),
				latency("median latency of the same work alone", alone, single),
			},
			Do:         "Try more workers (--" + workers.Flag + "), or shorten what a reconcile waits for: its requests follow one another.",
			Benchmarks: []string{b.Name},
			Share:      1 - median(single)/median(together),
		})
	}
	return strongest(found)
}
