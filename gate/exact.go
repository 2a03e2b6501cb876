package gate

import (
	"fmt"
	"math"
	"slices"
)

// settleExact decides a comparison of counts from its session values. One
// session per arm is enough: a count that is reproduced needs no statistics.
func settleExact(c *Comparison) {
	base, head := *c.Base, *c.Head
	if r := head / base; base > 0 && head > 0 && r > 0 && finite(r) {
		c.Ratio = &r
	}
	difference := head - base
	rounding := guard * max(math.Abs(base), math.Abs(head))
	lowBase, highBase := slices.Min(c.BaseValues), slices.Max(c.BaseValues)
	lowHead, highHead := slices.Min(c.HeadValues), slices.Max(c.HeadValues)
	varies := highBase-lowBase > rounding || highHead-lowHead > rounding
	seen := fmt.Sprintf("base saw %s, head %s", span(lowBase, highBase), span(lowHead, highHead))

	switch {
	case math.Abs(difference) <= c.Tolerance+rounding:
		c.Outcome = Unchanged
		if varies {
			c.Note = "varies between sessions: " + seen
		}
	case lowHead-highBase > rounding:
		c.Outcome = moved(c.Better, true)
	case lowBase-highHead > rounding:
		c.Outcome = moved(c.Better, false)
	default:
		c.Outcome = Inconclusive
		c.Note = "not reproduced: " + seen
	}
}

func span(low, high float64) string {
	if low == high {
		return count(low)
	}
	return count(low) + ".." + count(high)
}
