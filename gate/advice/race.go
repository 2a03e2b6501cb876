package advice

import (
	"fmt"
	"math"
	"slices"
)

// leastSlow is how many slow operations it takes to rule out a stray one.
const leastSlow = 3

// races finds latencies with two modes that one of KRO's timers explains: a watch
// event arrives before the timer in some operations and not in others. The modes
// come from the verdict. The timer explains them if there are at least three slow
// operations, none was faster than the timer, and their median is slower than
// that of the fast ones by the timer, within a quarter of it.
//
// The share is the wait of the slow operations divided by the time of all
// operations.
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
				{"operations that wait for it", 100 * float64(len(slow)) / float64(len(all)), "%", fmt.Sprintf("%s of %s, %s of head", m.Metric, m.Benchmark, plural(len(all), "operation"))},
				{"their median latency", median(slow), "s", "the same"},
				{"median latency of the others", median(fast), "s", "the same"},
				{"the timer", timer, "s", from(setting)},
			},
			Do:         "Judge this work by the percentage of operations that wait, which is reported separately. Do not judge it by the median, which jumps when that passes 50 %. To fix it, look for the event that KRO receives before it is ready to handle it.",
			Benchmarks: []string{m.Benchmark},
			Share:      min(1, float64(len(slow))*timer/total),
		})
	}
	return strongest(found)
}
