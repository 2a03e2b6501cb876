package trend

import (
	"slices"

	"github.com/aclements/go-moremath/stats"
	"github.com/kro/perf-gate/bench"
)

const (
	// window is of how many values the two ends of a creep are taken. In more of
	// them the creep itself would blur what it started from.
	window = 8
	// doubt is how often a creep of just the tolerance may be taken for a larger
	// one.
	doubt = 0.05
)

// A Drift is how far many small steps have led.
type Drift struct {
	// Since is the index at which the best level ended.
	Since int
	// Best and Newest are the medians of the values at both ends.
	Best, Newest float64
	// Ratio is newest by best, above 1 if lower is better.
	Ratio float64
}

// Creep reports whether the newest level of values is worse than the best one
// by more than the tolerance, a relative change, although no single step was.
//
// A step that is shown to be beyond the tolerance, for better or worse, is what a
// gate sees by itself: it ends what was before, and Creep looks at the values
// since. There, the first values of the best level are compared with the newest
// ones. "Shown" is here and there a one-sided U test, at the level 0.05, of
// values raised by the tolerance: of a creep by just the tolerance, no more than
// that share is reported.
//
// The drift is zero when nothing is found: there was no creep, noise hides it, or
// there are values of zero or below. Unchanging values are found to creep in less
// than half the share that [Options.Alpha] is, since without a change point there
// is no creep. [Options.MinChange] does not count: what adds up may be small.
func Creep(values []float64, tolerance float64, better bench.Better, o Options) (d Drift, found bool) {
	return Search(values, o).Creep(tolerance, better)
}

// Creep returns what [Creep] does.
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

// lastStep returns which level starts with the last single step shown to be
// beyond the tolerance, 0 if none does. The step is what the values next to it
// differ by: whole levels can differ by more, if the series creeps within them.
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
	result, err := stats.MannWhitneyUTest(raised, high, stats.LocationLess)
	return err == nil && result.P <= doubt // an error says that all are equal
}
