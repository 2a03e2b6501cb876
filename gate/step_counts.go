package gate

import (
	"fmt"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// counts settles exact metrics, which need no statistics.
func counts(_ facts, in []comparison) ([]comparison, []string) {
	return each(in, func(c comparison) comparison {
		if c.Outcome != "" || c.Class != bench.Exact {
			return c
		}
		change := compareCounts(c.BaseValues, c.HeadValues, c.Tolerance, c.Better)
		c.Ratio = change.ratio
		return c.settled(change.outcome, change.note)
	}), nil
}

// countChange is how a count changed.
type countChange struct {
	ratio   *float64
	outcome Outcome
	note    string
}

// compareCounts compares a count's session values. One session per arm is enough: a
// count that is reproduced needs no statistics.
func compareCounts(baseValues, headValues []float64, tolerance float64, better bench.Better) (change countChange) {
	base, head := *median(baseValues), *median(headValues)
	if r := head / base; base > 0 && head > 0 && r > 0 && finite(r) {
		change.ratio = &r
	}
	rounding := guard * max(math.Abs(base), math.Abs(head))
	lowBase, highBase := slices.Min(baseValues), slices.Max(baseValues)
	lowHead, highHead := slices.Min(headValues), slices.Max(headValues)
	varies := highBase-lowBase > rounding || highHead-lowHead > rounding
	seen := fmt.Sprintf("base saw %s, head %s", span(lowBase, highBase), span(lowHead, highHead))

	switch {
	case math.Abs(head-base) <= tolerance+rounding:
		change.outcome = Unchanged
		if varies {
			change.note = "varies between sessions: " + seen
		}
	case lowHead-highBase > rounding:
		change.outcome = moved(better, true)
	case lowBase-highHead > rounding:
		change.outcome = moved(better, false)
	default:
		change.outcome = Inconclusive
		change.note = "not reproduced: " + seen
	}
	return change
}
