package gate

import (
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// A Mode is a latency that is either fast or slow with nothing in between, as
// where one of KRO's timers or the watch event that outruns it decides. How
// often it is slow and how fast the fast ones are are two findings.
type Mode struct {
	Benchmark string `json:"benchmark"`
	Metric    string `json:"metric"` // the samples
	// Split is the value, in the samples' unit, that parts the modes.
	Split float64 `json:"split"`
	// Slow is the share of operations in the slow mode, base and head, and
	// SlowP the p-value of the U test that head's sessions have more of them.
	Slow  [2]float64 `json:"slow"`
	SlowP float64    `json:"slow-p"`
	// Fast is the ratio head to base of the sessions' medians within the fast
	// mode, by Hodges-Lehmann, with its interval; null when a session has none.
	Fast   *float64    `json:"fast,omitempty"`
	FastCI *[2]float64 `json:"fast-ci,omitempty"`
}

// Two modes are told apart when a gap parts the sorted samples so that the
// values above it are at least modeRatio times those below, and each side has
// at least modeShare of the samples.
const (
	modeRatio = 1.5
	modeShare = 0.03
	modeLeast = 20 // samples
)

// modes finds the benchmarks whose latencies have two modes.
func (d *decision) modes() []Mode {
	var found []Mode
	for _, b := range d.plan.Benchmarks {
		base, head := d.base.samples(b.Name), d.head.samples(b.Name)
		if len(base) == 0 || len(head) == 0 {
			continue
		}
		split, ok := gap(slices.Concat(slices.Concat(base...), slices.Concat(head...)))
		if !ok {
			continue
		}
		m := Mode{Benchmark: b.Name, Metric: bench.ReadySamples, Split: split}
		slowBase, fastBase := part(base, split)
		slowHead, fastHead := part(head, split)
		m.Slow = [2]float64{mean(slowBase), mean(slowHead)}
		m.SlowP = lessP(slowBase, slowHead)
		if len(fastBase) == len(base) && len(fastHead) == len(head) {
			if s, ok := newTwoSample(fastBase, fastHead); ok {
				ratio := middle(s)
				ci := interval(s, d.bounds.of(design{base: len(fastBase), head: len(fastHead)}, (1-d.policy.Confidence)/2))
				m.Fast, m.FastCI = &ratio, &ci
			}
		}
		found = append(found, m)
	}
	return found
}

// samples are the latencies of single operations, by session.
func (a *arm) samples(benchmark string) [][]float64 {
	var all [][]float64
	if a.repetitions {
		return nil
	}
	for i, s := range a.sessions {
		result := a.result(benchmark, i)
		if result == nil || !s.machine {
			continue
		}
		if v := result.Samples[bench.ReadySamples]; len(v) > 0 {
			all = append(all, slices.DeleteFunc(slices.Clone(v), func(x float64) bool { return !finite(x) || x <= 0 }))
		}
	}
	return slices.DeleteFunc(all, func(v []float64) bool { return len(v) == 0 })
}

// gap returns the geometric middle of the widest gap between neighbours that
// parts two modes.
func gap(values []float64) (split float64, ok bool) {
	if len(values) < modeLeast {
		return 0, false
	}
	slices.Sort(values)
	least := max(1, int(math.Ceil(modeShare*float64(len(values)))))
	widest := 0.0
	for i := least; i <= len(values)-least; i++ {
		if r := values[i] / values[i-1]; r > widest {
			widest, split = r, math.Sqrt(values[i-1])*math.Sqrt(values[i])
		}
	}
	return split, widest >= modeRatio
}

// part returns each session's share of slow operations, and the median of the
// fast ones where it has any.
func part(sessions [][]float64, split float64) (slow, fast []float64) {
	for _, values := range sessions {
		var below []float64
		for _, v := range values {
			if v < split {
				below = append(below, v)
			}
		}
		slow = append(slow, 1-float64(len(below))/float64(len(values)))
		if m := median(below); m != nil {
			fast = append(fast, *m)
		}
	}
	return slow, fast
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
