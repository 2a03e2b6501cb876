package gate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// tied reports whether a count gates in a racy benchmark only where [race] finds a law.
// The totals do not: they include kinds that follow none.
func tied(b bench.Benchmark, metric string) bool {
	_, part := bench.PartOf(metric)
	return b.Racy && !b.Concurrent && (part || slices.Contains(workOfReconciles, metric))
}

// workOfReconciles are counts of what reconciles do, which are no totals.
var workOfReconciles = []string{bench.CELEvalsPerOp, bench.NodeEvalsPerOp, bench.IgnoredChecksPerOp, bench.SchemaRequestsPerOp}

// race compares the counts of racy benchmarks at equal numbers of reconciles. How often
// KRO reconciles an RGD is left to chance. What each reconcile does is not: most counts
// follow a law (see [law]). A count that does in both arms becomes an exact one. Any
// other only informs. The choice looks at each arm alone, so it favours no outcome.
func race(f facts, in []comparison) (out []comparison, warnings []string) {
	out = each(in, func(c comparison) comparison {
		if c.Outcome != "" || !tied(f.benchmarks[c.Benchmark], c.Metric) {
			return c
		}
		return f.atEqualReconciles(c)
	})
	var free []string
	for i, c := range out {
		if in[i].Gated && !c.Gated && !slices.Contains(free, c.Metric) {
			free = append(free, c.Metric)
		}
	}
	switch {
	case len(free) == 0:
		return out, nil
	case min(f.base.complete, f.head.complete) <= agreeing:
		return out, []string{fmt.Sprintf("counts of racy benchmarks only inform: they gate from %d sessions per arm on", agreeing+1)}
	}
	return out, []string{"left to chance in racy benchmarks, and so not gated there: " + strings.Join(free, ", ")}
}

// atEqualReconciles returns the comparison of a count as an exact one, of what the
// sessions would have counted with as many reconciles as base had on average. If the
// count follows no law, the comparison only informs.
func (f facts) atEqualReconciles(c comparison) comparison {
	for _, kinds := range subsets(f.varying(c)) {
		base, head := f.base.tallies(c, kinds), f.head.tallies(c, kinds)
		of := newLaw(kinds, base)
		if of == nil || newLaw(kinds, head) == nil {
			continue
		}
		headValues, ok := of.level(head)
		if !ok {
			continue
		}
		// What an odd session of base did counts only if head's sessions agree with it.
		if slices.Max(headValues)-slices.Min(headValues) > rounding && of.restsOnOne(base) {
			continue
		}
		reproduced := f.benchmarks[c.Benchmark]
		reproduced.Racy = false
		_, c.Tolerance, c.fault = f.policy.terms(Ratio, f.plan, reproduced, c.Metric)
		c.Class, c.EqualReconciles, c.law = bench.Exact, true, of
		c.base.values, _ = of.level(base)
		c.head.values = headValues
		c.Base, c.Head = median(c.base.values), median(headValues)
		return c
	}
	c.Gated = false
	return c.noted("left to chance, so it only informs")
}

// mostKinds is more kinds of reconciles than vary in KRO. Subsets of many more, as in a
// record that is made up, would take too long.
const mostKinds = 8

// varying returns the kinds of reconciles whose numbers may explain a count. Nothing
// explains their own: they gate if there are as many in every session.
func (f facts) varying(c comparison) []string {
	if kindOfReconcile(c.Metric) {
		return nil
	}
	names := map[string]bool{}
	f.base.metrics(c.Benchmark, names)
	f.head.metrics(c.Benchmark, names)
	kinds := slices.DeleteFunc(slices.Sorted(maps.Keys(names)), func(name string) bool {
		if !kindOfReconcile(name) {
			return true
		}
		base, _ := f.base.sample(c.Benchmark, name, c.Class)
		head, _ := f.head.sample(c.Benchmark, name, c.Class)
		values := slices.Concat(base.values, head.values)
		return !slices.ContainsFunc(values, func(v float64) bool { return v != values[0] })
	})
	return kinds[:min(len(kinds), mostKinds)]
}

// subsets returns all subsets, from the smallest to the largest: a count that fewer kinds
// explain needs fewer sessions to show it.
func subsets(kinds []string) [][]string {
	all := make([][]string, 1<<len(kinds))
	for set := range all {
		for i, kind := range kinds {
			if set&(1<<i) != 0 {
				all[set] = append(all[set], kind)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b []string) int { return cmp.Compare(len(a), len(b)) })
	return all
}

// tallies returns what the sessions counted, next to their reconciles of the kinds.
func (a *arm) tallies(c comparison, kinds []string) (list []tally) {
	for i := range a.sessions {
		result := a.result(c.Benchmark, i)
		if result == nil {
			continue
		}
		count, measured := value(result, c.Metric)
		t, known := tally{count: count, reconciles: make([]float64, len(kinds))}, measured && finite(count)
		for k, kind := range kinds {
			t.reconciles[k] = result.Metrics[kind]
			known = known && finite(t.reconciles[k])
		}
		if known {
			list = append(list, t)
		}
	}
	return list
}

// kindOfReconcile reports whether a metric counts one kind of reconcile.
func kindOfReconcile(metric string) bool { return strings.HasPrefix(metric, bench.ReconcilePrefix) }

// trade settles kinds of requests and reconciles that grew while others of the same
// benchmark fell by at least as many. KRO then does the same work in another way, and
// nothing has regressed.
func trade(_ facts, in []comparison) ([]comparison, []string) {
	type family struct{ benchmark, prefix string }
	of := func(c comparison) family {
		prefix, _, _ := strings.Cut(c.Metric, ":")
		return family{c.Benchmark, prefix}
	}
	grew := map[family]float64{}
	for _, c := range in {
		if c.EqualReconciles && c.Gated {
			grew[of(c)] += *c.Head - *c.Base
		}
	}
	return each(in, func(c comparison) comparison {
		if !c.EqualReconciles || !c.Gated || c.Outcome != Regressed || grew[of(c)] > c.Tolerance+rounding {
			return c
		}
		return c.settled(Unchanged, "other kinds fell by at least as many")
	}), nil
}
