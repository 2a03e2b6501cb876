package gate

import (
	"fmt"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
)

// decideByInterval settles what was tested, by its interval, its corrected p-value
// and its tolerance.
func decideByInterval(f facts, in []comparison) ([]comparison, []string) {
	return each(in, func(c comparison) comparison {
		if c.test == nil {
			return c
		}
		return c.byInterval(f.policy, f.alpha())
	}), nil
}

// changes are the names of changes on each scale.
var changes = map[Scale]string{Ratio: "quotients", Difference: "differences"}

func (c comparison) byInterval(p Policy, alpha float64) comparison {
	t := c.test
	baseLow, baseHigh := slices.Min(t.base), slices.Max(t.base)
	headLow, headHigh := slices.Min(t.head), slices.Max(t.head)
	baseZero, headZero := baseLow == 0 && baseHigh == 0, headLow == 0 && headHigh == 0
	if baseZero && headZero {
		return c.settled(Unchanged, "")
	}
	c.Outcome = Inconclusive
	if !t.reaches(p.tail()) {
		return c.noted("%d base and %d head values cannot give an interval at confidence %v; it shows all %s", len(t.base), len(t.head), p.Confidence, changes[c.Scale])
	}

	noRatio := fmt.Sprintf("no ratio, because some values are zero, negative or too far apart: base saw %s..%s, head %s..%s",
		figure(baseLow), figure(baseHigh), figure(headLow), figure(headHigh))
	// low and high bound the change as one that grows as things worsen.
	var low, high float64
	switch {
	case t.estimated:
		low, high = t.interval[0], t.interval[1]
	case baseZero && headLow > 0:
		low, high = math.Inf(1), math.Inf(1)
	case headZero && baseLow > 0:
		low, high = 0, 0
	default:
		return c.noted("%s", noRatio)
	}
	if c.Better == bench.Higher {
		low, high = c.Scale.Inverse(high), c.Scale.Inverse(low)
	}

	limit := c.Scale.Join(c.limit(), c.Scale.None()+guard)
	least := c.Scale.Inverse(limit)
	worse, better := low > limit, high < least
	switch change := math.Abs(*median(t.head) - *median(t.base)); {
	case worse && !rank.AtMost(t.worse, alpha):
		return c.noted("worse beyond the tolerance, but the p-value %s is above alpha", figure(t.worse))
	case better && !rank.AtMost(t.better, alpha):
		return c.noted("better beyond the tolerance, but the p-value %s is above alpha", figure(t.better))
	case (worse || better) && change <= c.Floor:
		return c.settled(Unchanged, fmt.Sprintf("the change of %s is within the floor of %s", figure(change), figure(c.Floor)))
	case worse:
		return c.settled(Regressed, "")
	case better:
		return c.settled(Improved, "")
	case low >= least && high <= limit:
		return c.settled(Unchanged, "")
	case c.CI == nil:
		return c.noted("%s", noRatio)
	}
	return c
}
