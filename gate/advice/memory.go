package advice

import (
	"fmt"
	"math"

	"github.com/kro/perf-gate/bench"
)

// Bounds of the rule on memory.
const (
	heap   = "heap-live-B"
	chance = 0.05 // of growth in so many sessions if it came and went as it likes
)

// growth is what one session's heap gained over the benchmark that follows
// another on the same RGD.
type growth struct{ before, gained, instances float64 }

// memory finds heap that grows with every instance. Within a session it compares
// the live heap after a benchmark that creates instances with that after the
// benchmark before, on the same RGD, so that what an RGD itself keeps does not
// count. It grows when the sessions say so (sign test, one-sided, 5 %) and the
// median gain is beyond the policy's tolerance for memory.
//
// The share is what the instances gained of the heap after them.
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
				{"live heap gained by an instance", median(each), "B", r.of(b.Name, heap+" less that before, over the operations")},
				{"live heap before", median(before), "B", "the benchmark before it on the same RGD"},
				{"live heap gained", median(gained), "B", fmt.Sprintf("by %s", plural(b.Ops, "instance"))},
				{fmt.Sprintf("sessions of %d in which it grew", len(gains)), float64(grew), "1", "the same sessions"},
				{"live heap of 1000 instances, if it goes on so", 1000 * median(each), "B", "the first figure times 1000, not measured"},
			},
			Do:         "Measure it again with --pprof heap, which shows what is kept and where it was allocated. If it has to be kept, size the memory limit by it.",
			Benchmarks: []string{b.Name},
			Share:      ratio / (1 + ratio),
		})
	}
	return strongest(found)
}

// growths are the gains in each session that ran the benchmark after another on
// the same RGD.
func (r run) growths(benchmark string) []growth {
	var list []growth
	for _, s := range r.sessions {
		for i, result := range s.Results {
			if i == 0 || result.Benchmark != benchmark || !sameRGD(benchmark, s.Results[i-1].Benchmark) {
				continue
			}
			before, had := s.Results[i-1].Metrics[heap]
			after, has := result.Metrics[heap]
			instances := result.Ops - result.Errors
			if had && has && finite(before) && finite(after) && before > 0 && instances > 0 {
				list = append(list, growth{before, after - before, float64(instances)})
			}
		}
	}
	return list
}

// sameRGD tells whether two benchmarks of the crud suite work on one RGD.
func sameRGD(a, b string) bool {
	return param(a, "shape") == param(b, "shape") && param(a, "n") == param(b, "n") && param(b, "op") != ""
}

// signTest is the probability of that many successes or more in n throws of a
// fair coin.
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
