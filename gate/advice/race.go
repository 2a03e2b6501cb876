package advice

import (
	"fmt"
	"math"
	"slices"
)

// leastSlow is how many slow operations are more than a stray one.
const leastSlow = 3

// races finds latencies with two modes that one of KRO's timers parts: a watch
// event outruns the timer in some operations and not in others. The modes are
// the verdict's; they are the timer's when there are three slow operations, none
// of which was faster than the timer, and which are later than the fast ones by
// one timer, within a quarter of it.
//
// The share is what the slow operations wait of all operations' time.
func races(r run) []Recommendation {
	var found []Recommendation
	for _, m := range r.verdict.Modes {
		b, planned := r.plan.Benchmark(m.Benchmark)
		setting, known := r.timer(b)
		timer := setting.Value
		all := r.latencies(m.Benchmark)
		part, _ := slices.BinarySearch(all, m.Split)
		fast, slow := all[:part], all[part:]
		if !planned || !known || len(fast) == 0 || len(slow) < leastSlow || slow[0] < timer {
			continue
		}
		delay := median(slow) - median(fast)
		if math.Abs(delay-timer) > slack*timer {
			continue
		}
		total := 0.0
		for _, v := range all {
			total += v
		}
		found = append(found, Recommendation{
			What: "A timer of KRO races with a watch event: some operations wait for the timer, the others do not.",
			Evidence: []Figure{
				{"operations that wait", 100 * float64(len(slow)) / float64(len(all)), "%", fmt.Sprintf("%s of %s, %s of head", m.Metric, m.Benchmark, plural(len(all), "operation"))},
				{"their median latency", median(slow), "s", "the same"},
				{"median latency of the others", median(fast), "s", "the same"},
				{"the timer", timer, "s", from(setting)},
			},
			Do:         "Judge this work by how many operations wait, which is a figure of its own, and not by the median, which jumps when that passes one half. To mend it, look for the event that KRO receives before it is ready to act on it.",
			Benchmarks: []string{m.Benchmark},
			Share:      min(1, float64(len(slow))*timer/total),
		})
	}
	return strongest(found)
}
