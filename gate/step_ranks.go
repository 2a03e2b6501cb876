package gate

import (
	"cmp"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/predict"
	"github.com/kro/perf-gate/gate/rank"
)

// A family is the gated comparisons that share alpha; see [Policy.part].
type family struct{ benchmarks, means int }

func familyOf(comparisons []comparison) (n family) {
	for _, c := range comparisons {
		switch {
		case !c.Gated || !c.open() || c.constant():
		case IsMean(c.Benchmark):
			n.means++
		default:
			n.benchmarks++
		}
	}
	return n
}

// part returns the part of alpha that the benchmarks or the means have, and how
// many comparisons share it.
func (p Policy) part(n family, mean bool) (part float64, of int) {
	switch {
	case n.means == 0:
		return 1, n.benchmarks
	case mean:
		return p.MeansShare, n.means
	default:
		return 1 - p.MeansShare, n.benchmarks
	}
}

// level returns the p-value that the first of a comparison's family has to reach
// to be significant.
func (f facts) level(c comparison, n family) float64 {
	if !c.Gated || c.constant() {
		return f.alpha()
	}
	part, of := f.policy.part(n, IsMean(c.Benchmark))
	return f.alpha() * part / float64(max(1, of))
}

// testAll tests what is still open.
func testAll(f facts, in []comparison) ([]comparison, []string) {
	n := familyOf(in)
	return each(in, func(c comparison) comparison {
		if c.Outcome != "" {
			return c
		}
		return f.tested(c, f.level(c, n))
	}), nil
}

// tested returns c with what a test says: against the prediction where recorded runs
// make one, by rounds where there are enough of them for the level, and by all values
// otherwise. Which of them depends on the numbers of runs, sessions and comparisons
// alone, never on the values.
func (f facts) tested(c comparison, level float64) comparison {
	var t test
	var base, head []float64
	if f.paired {
		base, head = rounds(c.base, c.head)
	}
	switch {
	case c.runs != nil:
		t, c.Method = againstPrediction(c.runs, c.scatter, c.head.values), Prediction
	case f.enough(len(base), level):
		t, c.Method = byRanks(base, head, c.Scale.Pairs(base, head)), SignedRank
	default:
		t, c.Method = byRanks(c.base.values, c.head.values, c.Scale.Samples(c.base.values, c.head.values)), MannWhitney
	}
	if c.Better == bench.Higher {
		t.worse, t.better = t.better, t.worse
	}
	p := t.worse
	c.P = &p
	if t.estimated {
		t.interval = [2]float64{t.low(f.policy.tail()), t.high(f.policy.tail())}
		change, ci := t.change, t.interval
		positive := slices.Max(t.base) > 0 && change > 0 && ci[0] > 0
		if (c.Scale == Difference || positive) && finite(change) && finite(ci[1]) { // JSON has no others
			c = c.changed(&change)
			c.CI = &ci
		}
	}
	c.test = &t
	return c
}

// byRanks returns the test of values of which the ranks say r. Worse is greater.
func byRanks(base, head []float64, r rank.Comparison) test {
	t := test{
		base: base, head: head, worse: r.Greater, better: r.Less, estimated: r.Shift != nil,
		reaches: func(tail float64) bool { return r.Design.Bound(tail) > 0 },
	}
	if t.estimated {
		t.change = r.Shift.Estimate()
		t.low = func(tail float64) float64 { return r.Shift.Low(r.Design.Bound(tail)) }
		t.high = func(tail float64) float64 { return r.Shift.High(r.Design.Bound(tail)) }
	}
	return t
}

// againstPrediction tests what head measured against what the runs predict of one more
// run, if they differ by the scatter at least. Worse is greater.
func againstPrediction(runs []float64, scatter float64, head []float64) test {
	next, v := predict.From(runs), *median(head)
	next.Scatter = max(next.Scatter, scatter)
	ratio := v / next.Center
	return test{
		base: runs, head: head, worse: next.AtLeast(v), better: next.AtMost(v), change: ratio, estimated: true,
		low:     func(tail float64) float64 { return ratio / next.Beyond(tail) },
		high:    func(tail float64) float64 { return ratio * next.Beyond(tail) },
		reaches: func(float64) bool { return true },
	}
}

// enough reports whether n rounds can be tested as pairs. That takes more of them
// than two samples do: 2^n assignments of signs have to leave room, after the
// correction, for the smallest difference to go the other way.
func (f facts) enough(n int, level float64) bool {
	pairs := rank.Design{X: n, Y: n, Paired: true}
	return pairs.Bound(level) > 1 && pairs.Bound(f.policy.tail()) > 0
}

// rounds returns the values of the rounds that both arms have, in order of rounds.
func rounds(base, head sample) (baseValues, headValues []float64) {
	type round struct {
		number     int
		base, head float64
	}
	at := make(map[int]float64, len(base.rounds))
	for i, number := range base.rounds {
		at[number] = base.values[i]
	}
	var both []round
	for i, number := range head.rounds {
		if b, ok := at[number]; ok {
			both = append(both, round{number, b, head.values[i]})
		}
	}
	slices.SortFunc(both, func(x, y round) int { return cmp.Compare(x.number, y.number) })
	for _, r := range both {
		baseValues, headValues = append(baseValues, r.base), append(headValues, r.head)
	}
	return baseValues, headValues
}

// correct applies Holm's correction to the gated comparisons of benchmarks, and to
// those of means: once for worse, which is the gate, and once for better. Each
// family has a part of alpha, and its results are scaled to be compared with all of
// it.
func correct(f facts, in []comparison) ([]comparison, []string) {
	out, n := slices.Clone(in), familyOf(in)
	for _, mean := range []bool{false, true} {
		var gated []int
		var worse, better []float64
		for i, c := range out {
			if c.test != nil && c.Gated && !c.constant() && IsMean(c.Benchmark) == mean {
				gated = append(gated, i)
				worse, better = append(worse, c.test.worse), append(better, c.test.better)
			}
		}
		worse, better = rank.Holm(worse), rank.Holm(better)
		part, _ := f.policy.part(n, mean)
		for k, i := range gated {
			corrected := *out[i].test
			corrected.worse, corrected.better = min(1, worse[k]/part), min(1, better[k]/part)
			out[i].test, out[i].AdjustedP = &corrected, &corrected.worse
		}
	}
	return out, nil
}
