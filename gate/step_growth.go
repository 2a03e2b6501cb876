package gate

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// growth adds the comparisons of how costs grow with the size of the work: of the
// exponents of each metric over each sweep, where the arms were measured side by side. A
// step from linear to quadratic moves them before it moves any one size beyond its
// tolerance.
func growth(f facts, in []comparison) ([]comparison, []string) {
	if !f.paired {
		return in, nil
	}
	out := slices.Clip(in)
	for _, s := range f.sweeps {
		names := map[string]bool{}
		for _, p := range s.Points {
			f.base.metrics(p.Benchmark, names)
			f.head.metrics(p.Benchmark, names)
		}
		for _, metric := range slices.SortedFunc(maps.Keys(names), byRank) {
			m, known := f.plan.Metric(metric)
			base, head := f.base.exponents(s, metric), f.head.exponents(s, metric)
			if !known || !grows(m) || len(base.values)+len(head.values) == 0 {
				continue
			}
			b := sweepWork(f.benchmarks, s)
			c := f.newComparison(Difference, b, m, f.plan.Class(b, metric), base, head)
			// Each size is a comparison of its own, and shows what a side has lost.
			c.Gated = c.Gated && c.Base != nil && c.Head != nil
			out = append(out, c)
		}
	}
	return out, nil
}

// grows reports whether a metric is an amount that the size of the work may decide.
// Errors and rates are not, and kinds of requests and of reconciles are in their total.
func grows(m bench.Metric) bool {
	return m.Better == bench.Lower && m.Group != bench.Errors && m.Unit != "%" && !strings.Contains(m.Name, ":")
}

// cost reports whether a metric is what one operation costs. The growth of others, such
// as latencies, only informs.
func cost(metric string) bool { return strings.HasSuffix(metric, "/op") }

// sweepWork returns the work of a sweep as a benchmark. It is concurrent or racy if one of
// its sizes is.
func sweepWork(benchmarks map[string]bench.Benchmark, s bench.Sweep) bench.Benchmark {
	all := bench.Benchmark{Name: s.Name}
	for _, p := range s.Points {
		b := benchmarks[p.Benchmark]
		all.Suite = b.Suite
		all.Concurrent, all.Racy = all.Concurrent || b.Concurrent, all.Racy || b.Racy
	}
	return all
}

// exponents returns the exponent of a metric in every session: the slope of the logarithm
// of what it measures on the logarithm of the size, by least squares. A session in which
// it is zero or missing at a size has none.
func (a *arm) exponents(s bench.Sweep, metric string) sample {
	of, weights := sample{values: []float64{}}, slopeWeights(s.Points)
	for i, session := range a.sessions {
		slope := 0.0
		for k, p := range s.Points {
			v := 0.0
			if result := a.result(p.Benchmark, i); result != nil {
				v = result.Metrics[metric]
			}
			slope += weights[k] * math.Log(max(v, 0)) // no number where there is no value
		}
		if finite(slope) {
			of.add(math.Round(slope*exponentDigits)/exponentDigits, session)
		}
	}
	return of
}

// exponentDigits has as many zeros as an exponent has decimals. The other digits are from
// rounding, and would make equal counts differ.
const exponentDigits = 1e6

// slopeWeights returns the weight of each point's logarithm in the slope.
func slopeWeights(points []bench.SweepPoint) []float64 {
	weights := make([]float64, len(points))
	for i, p := range points {
		weights[i] = math.Log(p.Size)
	}
	center, squares := mean(weights), 0.0
	for i := range weights {
		weights[i] -= center
		squares += weights[i] * weights[i]
	}
	for i := range weights {
		weights[i] /= squares
	}
	return weights
}

// largest keeps a change of growth only where the largest size changed in the same
// direction. An exponent also grows when a change makes small sizes cheaper, and that is
// no regression.
func largest(f facts, in []comparison) ([]comparison, []string) {
	type key struct{ benchmark, metric string }
	measured := map[key]comparison{}
	for _, c := range in {
		if c.Scale == Ratio {
			measured[key{c.Benchmark, c.Metric}] = c
		}
	}
	last := map[string]string{}
	for _, s := range f.sweeps {
		last[s.Name] = s.Points[len(s.Points)-1].Benchmark
	}
	return each(in, func(c comparison) comparison {
		if c.Scale != Difference || c.Outcome != Regressed && c.Outcome != Improved {
			return c
		}
		at := measured[key{last[c.Benchmark], c.Metric}]
		if at.toward(c.Outcome) {
			return c
		}
		return c.settled(Unchanged, "the exponent changed, but "+at.Benchmark+" did not get "+
			map[Outcome]string{Regressed: "worse", Improved: "better"}[c.Outcome])
	}), nil
}

// toward reports whether the values changed in the direction of an outcome: the medians of
// a count, and all of the interval of any other metric.
func (c comparison) toward(o Outcome) bool {
	higher, lower := false, false
	switch {
	case c.Class == bench.Exact && c.Base != nil && c.Head != nil:
		higher, lower = *c.Head > *c.Base, *c.Head < *c.Base
	case c.CI != nil:
		higher, lower = c.CI[0] > c.Scale.None(), c.CI[1] < c.Scale.None()
	}
	return higher && moved(c.Better, true) == o || lower && moved(c.Better, false) == o
}
