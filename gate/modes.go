package gate

import (
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
)

// There are two modes when a gap separates the sorted samples: the values above it
// are at least modeRatio times those below, and each side has at least modeShare of
// the samples.
const (
	modeRatio = 1.5
	modeShare = 0.03
	modeLeast = 20 // samples
)

// modes finds the benchmarks whose latencies have two modes.
func (f facts) modes() []Mode {
	var found []Mode
	for _, b := range f.plan.Benchmarks {
		base, head := f.base.samples(b.Name), f.head.samples(b.Name)
		if len(base) == 0 || len(head) == 0 {
			continue
		}
		split, ok := gap(slices.Concat(slices.Concat(base...), slices.Concat(head...)))
		if !ok {
			continue
		}
		m := Mode{Benchmark: b.Name, Metric: bench.ReadySamples, Split: split}
		slowBase, fastBase := splitAt(base, split)
		slowHead, fastHead := splitAt(head, split)
		m.Slow = [2]float64{mean(slowBase), mean(slowHead)}
		m.SlowP = rank.MannWhitney(slowBase, slowHead)
		if len(fastBase) == len(base) && len(fastHead) == len(head) {
			if shift := rank.Ratio.SampleShift(fastBase, fastHead); shift != nil {
				bound := rank.Design{X: len(fastBase), Y: len(fastHead)}.Bound(f.policy.tail())
				ratio, ci := shift.Estimate(), shift.Interval(bound)
				m.Fast, m.FastCI = &ratio, &ci
			}
		}
		found = append(found, m)
	}
	return found
}

// samples returns the latencies of single operations, by session.
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

// gap returns the geometric middle of the widest gap between neighbours. It reports
// ok when the gap separates two modes.
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

// splitAt returns each session's share of slow operations, and the median of its
// fast ones where it has any.
func splitAt(sessions [][]float64, split float64) (slow, fast []float64) {
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
