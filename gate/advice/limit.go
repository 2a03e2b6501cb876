package advice

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// Bounds of the rule on limits.
const (
	manyRequests = 200  // of a benchmark in a session, so that a burst that the limit lets through counts little
	alike        = 1.25 // the rates at the limit, largest to smallest
	unlike       = 2    // the requests/op of these benchmarks, largest to smallest
	idling       = 0.25 // processors in use at the limit, at most
	leastAlone   = 2    // benchmarks at the limit in which operations do not overlap
)

// paced is a benchmark with its rate of requests.
type paced struct {
	bench.Benchmark
	requests float64 // per operation
	rate     float64 // per second
	cores    float64 // in use
}

// limits finds a limit on the rate of KRO's requests, such as a client's QPS.
// Requests that wait for one another have a rate of their own, too, but more
// rate where operations overlap. So it is a limit when no benchmark of many
// requests is faster than the others by more than [alike], among them one in
// which operations overlap, two in which they do not, and two whose requests/op
// differ by a factor of two; and when a quarter of a processor does for all.
//
// The share is the part of a processor that idles.
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
		What:  "A limit on the rate of requests bounds the latency: work of different kinds, overlapping or not, sends them at one rate while the processor idles.",
		Do:    "Look for the limit in the client that head makes (QPS and burst), then in what stands before the API server. A release's --client-qps does not lift it: the setting of controller-runtime comes first.",
		Share: 1 - cores,
	}
	for _, p := range at {
		found.Benchmarks = append(found.Benchmarks, p.Name)
		found.Evidence = append(found.Evidence, Figure{
			fmt.Sprintf("requests a second, at %.4g an operation", p.requests), p.rate, "1/s",
			"requests/op times ops/sec: " + r.of(p.Name, "each"),
		})
	}
	found.Evidence = append(found.Evidence, Figure{"processors in use, at most", cores, "1", "ops/sec times cpu-sec/op of the same benchmarks"})
	return []Recommendation{found}
}

// paced are the benchmarks of many requests, the fastest first.
func (r run) paced() []paced {
	var list []paced
	for _, b := range r.plan.Benchmarks {
		m, ok := r.medians(b.Name, "requests/op", "ops/sec", "cpu-sec/op")
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
