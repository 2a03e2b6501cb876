package gate

import (
	"fmt"

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
		if c.Class == bench.Timing && c.ranks != nil && c.Ratio != nil {
			moves = append(moves, c.slowdown(*c.Ratio))
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

// excuse leaves undecided what moved no further than all timings did, where the
// arms were measured apart: the machine is as likely a cause as the code.
func excuse(f facts, in []comparison) ([]comparison, []string) {
	m := f.common(in)
	if m == nil {
		return in, nil
	}
	warning := fmt.Sprintf("%d of %d timings moved in one direction, by %.3f in the median: the machine is a more likely cause than the code, and what moved no further does not count",
		m.along, m.of, m.shift)
	return each(in, func(c comparison) comparison {
		if c.Class != bench.Timing || c.CI == nil {
			return c
		}
		low, high := c.slowdown(c.CI[0]), c.slowdown(c.CI[1])
		if c.Better == bench.Higher {
			low, high = high, low
		}
		if c.Outcome == Regressed && low <= m.shift*(1+c.Tolerance) || c.Outcome == Improved && high >= m.shift/(1+c.Tolerance) {
			return c.settled(Inconclusive, "moved as all timings did")
		}
		return c
	}), []string{warning}
}
