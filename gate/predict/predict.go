// Package predict says what one more run of unchanged code would measure, from runs
// that were measured one after another.
//
// Runs differ by more than the sessions within them do: another hour, another layout of
// memory, another neighbour on the machine. More sessions do not make that smaller, so
// the run is what is replicated here. The logarithms of the runs' values are taken as
// normal, with a variance that is estimated from n of them. One more is then from
// Student's distribution with n-1 degrees of freedom around their mean, and
// sqrt(1+1/n) times as wide as their standard deviation (Geisser 1993, section 2.1). Few
// runs make that wide, and it is wider the more comparisons share alpha.
package predict

import (
	"math"

	"github.com/aclements/go-moremath/stats"
)

// A Next is what one more run of unchanged code measures.
type Next struct {
	// Center is its geometric mean, and Scatter the standard deviation of the runs'
	// logarithms.
	Center, Scatter float64
	runs            int
}

// From predicts from the values of at least two runs, which must be positive and
// finite.
func From(values []float64) Next {
	logs := make([]float64, len(values))
	for i, v := range values {
		logs[i] = math.Log(v)
	}
	return Next{math.Exp(stats.Mean(logs)), stats.StdDev(logs), len(logs)}
}

// scale is that of the distribution of the next logarithm.
func (n Next) scale() float64 { return n.Scatter * math.Sqrt(1+1/float64(n.runs)) }

func (n Next) dist() stats.TDist { return stats.TDist{V: float64(n.runs - 1)} }

// AtLeast returns the probability that the next value is v or more, and v positive. Where
// all values are equal up to rounding, so is the next.
func (n Next) AtLeast(v float64) float64 {
	off := math.Log(v / n.Center)
	switch {
	case n.scale() > rounding:
		return n.dist().CDF(-off / n.scale())
	case off > rounding:
		return 0
	default:
		return 1
	}
}

// AtMost returns the probability that the next value is v or less.
func (n Next) AtMost(v float64) float64 {
	return Next{1 / n.Center, n.Scatter, n.runs}.AtLeast(1 / v)
}

// rounding is the relative difference up to which values count as equal.
const rounding = 1e-9

// Beyond returns the factor by which the next value is above the center, with a
// probability of tail.
func (n Next) Beyond(tail float64) float64 {
	low, high := 0.0, 1.0
	for n.dist().CDF(-high) > tail {
		low, high = high, 2*high
	}
	for high-low > rounding*high {
		if middle := (low + high) / 2; n.dist().CDF(-middle) > tail {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Exp(high * n.scale())
}
