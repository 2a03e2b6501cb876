package gate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// lineUp makes a comparison of every metric that either arm measured, in the order
// of the plan and of [bench.Rank], with what the policy says of it.
func lineUp(f facts, _ []comparison) (out []comparison, warnings []string) {
	unknown := map[string]bool{}
	for _, b := range f.plan.Benchmarks {
		warnings = append(warnings, f.gaps(b.Name)...)
		names := map[string]bool{}
		f.base.metrics(b.Name, names)
		f.head.metrics(b.Name, names)
		for _, metric := range slices.SortedFunc(maps.Keys(names), byRank) {
			if _, known := f.plan.Metric(metric); !known {
				if !unknown[metric] {
					warnings = append(warnings, fmt.Sprintf("metric %s is unknown to this version and not compared", metric))
				}
				unknown[metric] = true
				continue
			}
			c, more := f.compared(b, metric)
			out, warnings = append(out, c), append(warnings, more...)
		}
	}
	return out, warnings
}

// compared returns the comparison of one metric of one benchmark.
func (f facts) compared(b bench.Benchmark, metric string) (c comparison, warnings []string) {
	catalogue, _ := f.plan.Metric(metric)
	class := f.plan.Class(b, metric)
	base, more := f.base.sample(b.Name, metric, class)
	warnings = append(warnings, more...)
	if f.baseline && class == bench.Exact {
		base = sample{values: f.past.of(b.Name, metric, class).newest()}
	}
	head, more := f.head.sample(b.Name, metric, class)
	return f.pool(f.newComparison(Ratio, b, catalogue, class, base, head)), append(warnings, more...)
}

func (f facts) newComparison(s Scale, b bench.Benchmark, m bench.Metric, class bench.Class, base, head sample) comparison {
	c := comparison{base: base, head: head, reproduced: b.Constant(m), Comparison: Comparison{
		Benchmark: b.Name, Metric: m.Name, Class: class, Better: m.Better, Scale: s,
		Base:       median(base.values),
		Head:       median(head.values),
		BaseValues: base.values,
		HeadValues: head.values,
	}}
	c.Gated, c.Tolerance, c.fault = f.policy.terms(s, f.plan, b, m.Name)
	c.accepted = c.Tolerance
	if s == Ratio && f.plan.Go == nil { // what Go benchmarks measure is small
		c.Floor = f.policy.Floor[m.Name]
	}
	return c
}

// gaps warns of sessions without a result of the benchmark.
func (f facts) gaps(benchmark string) (warnings []string) {
	if f.base.ran(benchmark) == 0 && f.head.ran(benchmark) == 0 {
		return []string{benchmark + " is planned but was not measured"}
	}
	for _, a := range []arm{f.base, f.head} {
		if n, all := a.ran(benchmark), len(a.sessions); n < all {
			warnings = append(warnings, fmt.Sprintf("%s was not measured in %d of %d sessions of %s", benchmark, all-n, all, a.name))
		}
	}
	return warnings
}

// missing settles what has no value on one side.
func missing(f facts, in []comparison) ([]comparison, []string) {
	return each(in, func(c comparison) comparison {
		switch base, head := &f.base.build, &f.head.build; {
		case costUnits(c.Metric) && base.Modules[celGo] != head.Modules[celGo]:
			c.Gated = false
			return c.settled(NotComparable, fmt.Sprintf("cost units of cel-go %s and %s", base.Modules[celGo], head.Modules[celGo]))
		case c.Base != nil && c.Head != nil:
			return c
		case f.baseline && perMachine(c.Class) && c.Base == nil:
			c.Gated = false // the records are from another machine, so nothing was lost
		}
		return c.settled(NotComparable, absence(c.Comparison))
	}), nil
}

func absence(c Comparison) string {
	switch {
	case c.Scale == Difference && c.Base == nil:
		return "no exponent in base, because a size costs nothing or was not measured"
	case c.Scale == Difference:
		return "no exponent in head, because a size costs nothing or was not measured"
	case c.Base == nil && c.Head == nil:
		return "no usable value on either side"
	case c.Base == nil:
		return "no value in base"
	default:
		return "no value in head"
	}
}
