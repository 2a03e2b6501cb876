package advice

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// Bounds of the rule on limits.
const (
	manyRequests = 200  // least requests of a benchmark in a session, so that an initial burst counts little
	alike        = 1.25 // largest ratio of the rates at the limit
	unlike       = 2    // least ratio of the requests/op of these benchmarks
	idling       = 0.25 // most processors in use at the limit
	leastAlone   = 2    // least benchmarks at the limit whose operations do not overlap
)

// A paced is a benchmark and its rate of requests.
type paced struct {
	bench.Benchmark
	requests float64 // per operation
	rate     float64 // per second
	cores    float64 // in use
}

// limits finds a limit on the rate of KRO's requests, such as a client's QPS.
// Requests that wait for each other also have a steady rate, but it is higher if
// operations overlap. So there is a limit if
//
//   - the rates of all benchmarks with many requests are within a factor of
//     [alike];
//   - operations overlap in at least one of them, and do not in at least two;
//   - the requests/op of two of them differ by at least a factor of two;
//   - each uses at most a quarter of a processor.
//
// The share is the idle part of a processor.
func limits(r run) []Recommendation {
	at := r.paced()
	if len(at) == 0 {
		return nil
	}
	fewest, most, cores := at[0].requests, at[0].requests, 0.0
	alone := 0
	for _, p := range at {
		fewest, most, cores = min(fewest, p.requests), max(most, p.requests), max(cores, p.cores)
		if !p.Concurrent {
			alone++
		}
	}
	slowest := at[len(at)-1].rate
	if at[0].rate > alike*slowest || most < unlike*fewest || cores > idling || alone < leastAlone || alone == len(at) {
		return nil
	}
	found := Recommendation{
		What:  "A limit on the rate of requests bounds the latency: different kinds of work, overlapping or not, send requests at the same rate while the processor is idle.",
		Do:    "Look for the limit in the client that head creates (QPS and burst), then in front of the API server. A release's --client-qps does not raise it, because the setting of controller-runtime takes precedence.",
		Share: 1 - cores,
	}
	for _, p := range at {
		found.Benchmarks = append(found.Benchmarks, p.Name)
		found.Evidence = append(found.Evidence, Figure{
			fmt.Sprintf("requests per second, with %.4g per operation", p.requests), p.rate, "1/s",
			"requests/op times ops/sec: " + r.of(p.Name, "each"),
		})
	}
	found.Evidence = append(found.Evidence, Figure{"most processors in use", cores, "1", "ops/sec times cpu-sec/op of the same benchmarks"})
	return []Recommendation{found}
}

// paced returns the benchmarks with many requests, the fastest first.
func (r run) paced() []paced {
	var list []paced
	for _, b := range r.plan.Benchmarks {
		m, ok := r.medians(b.Name, bench.RequestsPerOp, bench.OpsPerSec, bench.CPUSecPerOp)
		if !ok || m[0]*float64(b.Ops) < manyRequests {
			continue
		}
		if p := (paced{b, m[0], m[0] * m[1], m[1] * m[2]}); finite(p.rate) && finite(p.cores) {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b paced) int { return cmp.Compare(b.rate, a.rate) })
	return list
}
