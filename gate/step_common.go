package gate

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// A move is common when at least commonShare of at least commonLeast timings moved
// in one direction.
const (
	commonLeast = 10
	commonShare = 0.9
)

// A commonMove is a move of all timings together.
type commonMove struct {
	shift     float64 // the median, as a quotient of which more than 1 is worse
	along, of int     // timings
}

// common returns what all timings moved by together. It is nil when they did not,
// or when the arms were measured side by side.
func (f facts) common(comparisons []comparison) *commonMove {
	if f.paired {
		return nil
	}
	var moves []float64
	for _, c := range comparisons {
		if c.Class == bench.Timing && c.test != nil && c.Ratio != nil {
			moves = append(moves, c.Worsening(*c.Ratio))
		}
	}
	if len(moves) < commonLeast {
		return nil
	}
	m := commonMove{shift: *median(moves), of: len(moves)}
	for _, move := range moves {
		if (move > 1) == (m.shift > 1) {
			m.along++
		}
	}
	limit := 1 + f.policy.Machine
	if float64(m.along) < commonShare*float64(m.of) || m.shift <= limit && m.shift >= 1/limit {
		return nil
	}
	return &m
}

// machineMove returns the move of all timings that the machine may explain, as a
// quotient above 1: what recorded runs of unchanged code moved by together in 95 of 100
// pairs, and at least what the policy accepts of the control workload.
func (f facts) machineMove(comparisons []comparison) float64 {
	known := f.policy.Machine
	var timings []course
	for _, c := range comparisons {
		if c.Class == bench.Timing && c.test != nil {
			timings = append(timings, f.past.of(c.Benchmark, c.Metric, c.Class))
		}
	}
	if moves := movesTogether(timings); len(moves) > 0 {
		known = max(known, beyondZero(moves))
	}
	return 1 + known
}

// movesTogether returns the median logarithm of the changes between any two recorded
// runs, over all series that have both. It is empty for fewer than MinHistory runs.
func movesTogether(timings []course) (moves []float64) {
	byRun := map[int][]float64{} // by run, the logarithm of each series; NaN for none
	for i, of := range timings {
		for _, at := range of {
			if byRun[at.run] == nil {
				byRun[at.run] = slices.Repeat([]float64{math.NaN()}, len(timings))
			}
			byRun[at.run][i] = math.Log(*median(at.values))
		}
	}
	if len(byRun) < MinHistory {
		return nil
	}
	runs := slices.Sorted(maps.Keys(byRun))
	for i, later := range runs {
		for _, earlier := range runs[:i] {
			var changes []float64
			for k, v := range byRun[later] {
				if change := v - byRun[earlier][k]; finite(change) {
					changes = append(changes, change)
				}
			}
			if len(changes) >= commonLeast {
				moves = append(moves, *median(changes))
			}
		}
	}
	return moves
}

// excuse leaves undecided what moved no further than all timings did and the machine
// may explain, where the arms were measured apart. What moved further counts, however
// many did: a slowdown of everything is no smaller damage than one of a part.
func excuse(f facts, in []comparison) ([]comparison, []string) {
	m := f.common(in)
	if m == nil {
		return in, nil
	}
	known := f.machineMove(in)
	shift := min(max(m.shift, 1/known), known)
	warning := fmt.Sprintf("%d of %d timings moved in one direction, by %.3f in the median. The machine may explain %.3f of it; what moved no further does not count",
		m.along, m.of, m.shift, shift)
	return each(in, func(c comparison) comparison {
		if c.Class != bench.Timing || c.CI == nil {
			return c
		}
		low, high := c.Worsening(c.CI[0]), c.Worsening(c.CI[1])
		if c.Better == bench.Higher {
			low, high = high, low
		}
		accepted := 1 + c.accepted // what is learned has the moves in it
		if c.Outcome == Regressed && low <= shift*accepted || c.Outcome == Improved && high >= shift/accepted {
			return c.settled(Inconclusive, "moved as all timings did")
		}
		return c
	}), []string{warning}
}
