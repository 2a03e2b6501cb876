package advice

import (
	"fmt"
	"math"

	"github.com/kro/perf-gate/bench"
)

// chance is the level of the sign test: the probability of finding growth if a
// session's heap is as likely to shrink as to grow.
const chance = 0.05

// A growth is the change of the live heap over one benchmark in one session.
type growth struct{ before, gained, instances float64 }

// memory finds heap that grows with every instance. Within a session it compares
// the live heap after a benchmark that creates instances with the live heap after
// the previous benchmark. Both use the same RGD, so the memory of the RGD itself
// does not count. The heap grows if the sessions show it (one-sided sign test,
// 5 %) and the median gain is beyond the policy's tolerance for memory.
//
// The share is the part of the heap that the instances added.
func memory(r run) []Recommendation {
	var found []Recommendation
	for _, b := range r.plan.Benchmarks {
		if b.Suite != "crud" || param(b.Name, "op") != "create" {
			continue
		}
		gains := r.growths(b.Name)
		var before, gained, each []float64
		grew := 0
		for _, g := range gains {
			before, gained, each = append(before, g.before), append(gained, g.gained), append(each, g.gained/g.instances)
			if g.gained > 0 {
				grew++
			}
		}
		ratio := median(gained) / median(before)
		if len(gains) == 0 || signTest(grew, len(gains)) > chance || ratio <= r.verdict.Policy.Tolerance[bench.Memory] || !finite(ratio) {
			continue
		}
		found = append(found, Recommendation{
			What: "Memory grows with every instance.",
			Evidence: []Figure{
				{"live heap per instance", median(each), "B", r.of(b.Name, bench.HeapLiveBytes+" minus the value before, divided by the operations")},
				{"live heap before", median(before), "B", "the previous benchmark on the same RGD"},
				{"increase of the live heap", median(gained), "B", fmt.Sprintf("over %s", plural(b.Ops, "instance"))},
				{fmt.Sprintf("sessions of %d in which it grew", len(gains)), float64(grew), "1", "the same sessions"},
				{"live heap of 1000 instances, if the growth continues", 1000 * median(each), "B", "the first figure times 1000, not measured"},
			},
			Do:         "Measure again with --pprof heap, which shows the memory in use and where it was allocated. If it has to stay in use, set the memory limit accordingly.",
			Benchmarks: []string{b.Name},
			Share:      ratio / (1 + ratio),
		})
	}
	return strongest(found)
}

// growths returns the growth in each session that ran the benchmark directly after
// another on the same RGD.
func (r run) growths(benchmark string) []growth {
	var list []growth
	for _, s := range r.sessions {
		for i, result := range s.Results {
			if i == 0 || result.Benchmark != benchmark || !sameRGD(benchmark, s.Results[i-1].Benchmark) {
				continue
			}
			before, had := s.Results[i-1].Metrics[bench.HeapLiveBytes]
			after, has := result.Metrics[bench.HeapLiveBytes]
			instances := result.Ops - result.Errors
			if had && has && finite(before) && finite(after) && before > 0 && instances > 0 {
				list = append(list, growth{before, after - before, float64(instances)})
			}
		}
	}
	return list
}

// sameRGD reports whether two benchmarks of the crud suite work on the same RGD.
func sameRGD(a, b string) bool {
	return param(a, "shape") == param(b, "shape") && param(a, "n") == param(b, "n") && param(b, "op") != ""
}

// signTest returns the probability of at least that many successes in n throws of
// a fair coin.
func signTest(successes, n int) float64 {
	p := 0.0
	for k := successes; k <= n; k++ {
		all, _ := math.Lgamma(float64(n + 1))
		some, _ := math.Lgamma(float64(k + 1))
		rest, _ := math.Lgamma(float64(n - k + 1))
		p += math.Exp(all - some - rest - float64(n)*math.Ln2)
	}
	return min(p, 1)
}
