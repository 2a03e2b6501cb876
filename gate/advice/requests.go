package advice

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// A repetition is a kind of unnecessary request.
type repetition struct {
	what, do string
	extra    string // the name of the figure of unnecessary requests
	// needed returns how many requests of a verb on a resource one operation needs
	// on an instance with n resources. Ok is false if the rule does not look at
	// these requests.
	needed func(op, verb, resource string, n float64) (count float64, ok bool)
	// ofLooked and ofAll are the least parts of the requests that the rule looks at,
	// and of all requests, that must be unnecessary.
	ofLooked, ofAll float64
}

// A request is one verb on one resource.
type request struct {
	metric         string
	verb, resource string
	count          float64 // per operation
}

// maxRequests limits the kinds of requests that are cited.
const maxRequests = 4

// repeated finds a repetition in the crud suite. Its benchmarks work on instances
// with n ConfigMaps each, and count requests exactly if operations do not overlap.
// The share is the unnecessary part of an operation's requests.
func (r run) repeated(kind repetition) []Recommendation {
	var found []Recommendation
	for _, b := range r.plan.Benchmarks {
		n := resources(b.Name)
		total, counted := r.median(b.Name, bench.RequestsPerOp)
		if b.Suite != "crud" || b.Concurrent || n == 0 || !counted || total <= 0 {
			continue
		}
		var more []request
		looked, extra := 0.0, 0.0
		for _, q := range r.requests(b.Name) {
			needed, ok := kind.needed(param(b.Name, "op"), q.verb, q.resource, n)
			if !ok {
				continue
			}
			looked += q.count
			if q.count > needed {
				more = append(more, q)
				extra += q.count - needed
			}
		}
		if extra <= 0 || extra < kind.ofLooked*looked || extra < kind.ofAll*total || extra > total {
			continue
		}
		evidence := []Figure{
			{"requests per operation", total, "1", r.of(b.Name, bench.RequestsPerOp)},
			{kind.extra, extra, "1", "the requests: metrics"},
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

// requests returns the requests of the benchmark, by the name of the metric.
func (r run) requests(benchmark string) []request {
	names := map[string]bool{}
	for _, result := range r.results[benchmark] {
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
