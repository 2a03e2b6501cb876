package gate

import (
	"maps"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// Geomean, in place of a benchmark's name, stands for the geometric mean over
// all benchmarks in which a metric is gated. A change that is too small to be
// seen in any one of them shows where all of them have it.
const Geomean = "geomean"

// geomeanLeast is the fewest benchmarks that are worth a mean.
const geomeanLeast = 3

// geomeanShare is the part of alpha that the means have to themselves, so that
// there being many benchmarks does not make them blind.
const geomeanShare = 1.0 / 3

// geomeans compares the means of the metrics that need statistics, between arms
// that were measured side by side: of runs apart, all benchmarks together tell of
// the machine.
func (d *decision) geomeans(tests []*test) (comparisons []*Comparison, means []*test) {
	if !d.paired {
		return nil, nil
	}
	d.geomean = map[string][]string{}
	for _, t := range tests {
		if m, _ := d.plan.Metric(t.Metric); t.Gated && t.Class == m.Class {
			d.geomean[t.Metric] = append(d.geomean[t.Metric], t.Benchmark)
		}
	}
	for _, metric := range slices.SortedFunc(maps.Keys(d.geomean), byRank) {
		if len(d.geomean[metric]) < geomeanLeast {
			continue
		}
		m, _ := d.plan.Metric(metric)
		c := &Comparison{Benchmark: Geomean, Metric: metric, Class: m.Class, Better: m.Better, Floor: d.policy.Floor[metric]}
		c.Gated, c.Tolerance = d.policy.terms(d.plan, bench.Benchmark{Name: Geomean}, metric)
		base, head := d.base.mean(d.geomean[metric], metric), d.head.mean(d.geomean[metric], metric)
		if len(base.values) == 0 || len(head.values) == 0 {
			continue
		}
		c.BaseValues, c.HeadValues = base.values, head.values
		c.Base, c.Head = median(c.BaseValues), median(c.HeadValues)
		comparisons = append(comparisons, c)
		means = append(means, d.newTest(c, base, head))
	}
	return comparisons, means
}

// mean returns the geometric mean over the benchmarks, of every session that has
// a positive value in all of them.
func (a *arm) mean(benchmarks []string, metric string) sample {
	of := sample{values: []float64{}}
	for i, s := range a.sessions {
		sum := 0.0
		for _, b := range benchmarks {
			v := 0.0
			if result := a.result(b, i); result != nil {
				v = result.Metrics[metric]
			}
			sum += math.Log(max(v, 0)) // which is no number where there is no value
		}
		if finite(sum) {
			of.values = append(of.values, math.Exp(sum/float64(len(benchmarks))))
			of.rounds = append(of.rounds, s.round)
			of.speeds = append(of.speeds, s.control)
		}
	}
	return of
}

// sample returns the arm's values of the metric in the benchmark, or over all.
func (d *decision) sample(a *arm, benchmark, metric string, class bench.Class, warnings *warnings) sample {
	if benchmark == Geomean {
		return a.mean(d.geomean[metric], metric)
	}
	return a.sample(benchmark, metric, class, warnings)
}

// level is the p-value that has to be reached by the first of the test's family
// to be significant: the gated benchmarks share one part of alpha and the means
// the rest.
func (d *decision) level(t *test) float64 {
	if !t.Gated {
		return d.alpha
	}
	share, family := d.share(t.Benchmark == Geomean)
	return d.alpha * share / float64(max(1, family))
}

// share is the part of alpha that a family has, and how many share it.
func (d *decision) share(mean bool) (part float64, family int) {
	switch {
	case d.means == 0:
		return 1, d.family
	case mean:
		return geomeanShare, d.means
	default:
		return 1 - geomeanShare, d.family
	}
}
