package advice

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// A repetition is a kind of request that should not be needed.
type repetition struct {
	what, do string
	extra    string // names the figure of those not needed
	// needed is how many requests of a verb on a resource one operation needs on
	// an instance with n resources; ok is false for those that are of no concern.
	needed func(op, verb, resource string, n float64) (count float64, ok bool)
	// most is the part of the requests of concern, and share the part of all,
	// from which it is worth a word.
	most, share float64
}

// A request is one verb on one resource.
type request struct {
	metric         string
	verb, resource string
	count          float64 // per operation
}

// maxRequests bounds the kinds of requests that are cited.
const maxRequests = 4

// repeated finds a repetition in the crud suite, whose benchmarks work on
// instances with n ConfigMaps each and, without overlap, count requests exactly.
// The share is the requests not needed of all requests of the operation.
func (r run) repeated(kind repetition) []Recommendation {
	var found []Recommendation
	for _, b := range r.plan.Benchmarks {
		n := resources(b.Name)
		total, counted := r.median(b.Name, "requests/op")
		if b.Suite != "crud" || b.Concurrent || n == 0 || !counted || total <= 0 {
			continue
		}
		var more []request
		concern, extra := 0.0, 0.0
		for _, q := range r.requests(b.Name) {
			needed, ok := kind.needed(param(b.Name, "op"), q.verb, q.resource, n)
			if !ok {
				continue
			}
			concern += q.count
			if q.count > needed {
				more = append(more, q)
				extra += q.count - needed
			}
		}
		if extra <= 0 || extra < kind.most*concern || extra < kind.share*total || extra > total {
			continue
		}
		evidence := []Figure{
			{"requests of an operation", total, "1", r.of(b.Name, "requests/op")},
			{kind.extra, extra, "1", "summed over what follows"},
		}
		slices.SortStableFunc(more, func(a, b request) int { return cmp.Compare(b.count, a.count) })
		for _, q := range more[:min(len(more), maxRequests)] {
			evidence = append(evidence, Figure{q.verb + " " + q.resource, q.count, "1", q.metric})
		}
		found = append(found, Recommendation{
			What: kind.what, Evidence: evidence, Do: kind.do, Benchmarks: []string{b.Name}, Share: extra / total,
		})
	}
	return strongest(found)
}

// requests are those of the benchmark, in the order of their metrics' names.
func (r run) requests(benchmark string) []request {
	names := map[string]bool{}
	for _, result := range r.results(benchmark) {
		for metric := range result.Metrics {
			if strings.HasPrefix(metric, bench.RequestPrefix) {
				names[metric] = true
			}
		}
	}
	var list []request
	for _, metric := range slices.Sorted(maps.Keys(names)) {
		count, ok := r.median(benchmark, metric)
		verb, resource, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(metric, bench.RequestPrefix), "/op"), ":")
		if ok && count > 0 {
			list = append(list, request{metric, verb, resource, count})
		}
	}
	return list
}
