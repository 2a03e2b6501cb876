package trend

import (
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
)

const (
	// window is the number of values at each end of a creep. With more, the creep
	// itself would blur its starting point.
	window = 8
	// doubt is the level of the U test: the probability of finding a creep of
	// exactly the tolerance.
	doubt = 0.05
)

// A Drift is the sum of many small steps.
type Drift struct {
	// Since is the index at which the best level ended.
	Since int
	// Best and Newest are the medians of the values at both ends.
	Best, Newest float64
	// Ratio is Newest divided by Best. It is above 1 if lower is better.
	Ratio float64
}

// Creep reports whether the newest level of values is worse than the best one by
// more than the tolerance, a relative change, although no single step was.
//
// A gate finds a single step beyond the tolerance, for better or worse, by itself.
// So Creep looks only at the values since the last such step. It compares the
// first values of the best level with the newest values. Both decisions use a
// one-sided U test at the level 0.05, on values raised by the tolerance. So a
// creep of exactly the tolerance is reported with a probability of at most 0.05.
//
// The drift is zero if nothing is found: there is no creep, noise hides it, or a
// value is zero or negative. Without a change point there is no creep. So the
// share of unchanged series with a creep is below half of [Options.Alpha]. Creep
// ignores [Options.MinChange], because small steps may add up.
func Creep(values []float64, tolerance float64, better bench.Better, o Options) (d Drift, found bool) {
	return Search(values, o).Creep(tolerance, better)
}

// Creep reports whether values creep, like [Creep].
func (f Found) Creep(tolerance float64, better bench.Better) (d Drift, found bool) {
	if !(tolerance >= 0) { // NaN too
		return Drift{}, false
	}
	s, levels := f.series, f.levels(0)
	levels = levels[s.lastStep(levels, tolerance):]
	newest, best := levels[len(levels)-1], 0
	for i, l := range levels {
		least := levels[best].median
		if better == bench.Higher && l.median > least || better != bench.Higher && l.median < least {
			best = i
		}
	}
	if best == len(levels)-1 {
		return Drift{}, false
	}

	then, now := s.first(levels[best]), s.last(newest)
	if slices.Min(then) <= 0 || slices.Min(now) <= 0 {
		return Drift{}, false
	}
	low, high := then, now
	if better == bench.Higher {
		low, high = now, then
	}
	if !(quotient(median(high), median(low)) > 1+tolerance) || !beyond(low, high, tolerance) {
		return Drift{}, false
	}
	d = Drift{Since: s.index[levels[best+1].from], Best: median(then), Newest: median(now)}
	d.Ratio = d.Newest / d.Best
	return d, true
}

// lastStep returns the index of the level that starts with the last single step
// shown to be beyond the tolerance, or 0. The step is the difference between the
// values next to it. Whole levels may differ by more if the series creeps within
// them.
func (s series) lastStep(levels []level, tolerance float64) int {
	for i := len(levels) - 1; i > 0; i-- {
		before, after := s.last(levels[i-1]), s.first(levels[i])
		if beyond(before, after, tolerance) || beyond(after, before, tolerance) {
			return i
		}
	}
	return 0
}

func (s series) first(l level) []float64 { return s.values[l.from:min(l.to, l.from+window)] }
func (s series) last(l level) []float64  { return s.values[max(l.from, l.to-window):l.to] }

// beyond reports whether high is shown to be above low by more than the
// tolerance.
func beyond(low, high []float64, tolerance float64) bool {
	raised := make([]float64, len(low))
	for i, v := range low {
		raised[i] = v * (1 + tolerance)
	}
	return rank.MannWhitney(raised, high) <= doubt
}
