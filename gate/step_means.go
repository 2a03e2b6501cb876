package gate

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// geomeanLeast is the fewest benchmarks that are worth a mean.
const geomeanLeast = 3

// means adds the comparisons of the geometric means of the metrics that need
// statistics, where the arms were measured side by side: between arms measured
// apart, all benchmarks together mostly show the machine.
func means(f facts, in []comparison) ([]comparison, []string) {
	if !f.paired {
		return in, nil
	}
	out, parts := slices.Clip(in), meansOf(f, in)
	for _, of := range slices.SortedFunc(maps.Keys(parts), meanOf.compare) {
		if gated, _, err := f.policy.terms(Ratio, f.plan, bench.Benchmark{Name: of.name}, of.metric); err == nil && !gated {
			continue
		}
		over := parts[of]
		base, head := f.base.mean(over, of.metric), f.head.mean(over, of.metric)
		if len(over) < geomeanLeast || len(base.values) == 0 || len(head.values) == 0 {
			continue
		}
		m, _ := f.plan.Metric(of.metric)
		out = append(out, f.newComparison(Ratio, bench.Benchmark{Name: of.name}, m, m.Class, base, head))
	}
	return out, nil
}

// A meanOf names the mean of a metric: that over all benchmarks, or that over the Go
// benchmarks of one operation.
type meanOf struct{ name, metric string }

func (a meanOf) compare(b meanOf) int {
	return cmp.Or(byRank(a.metric, b.metric), strings.Compare(a.name, b.name))
}

// IsMean reports whether the name that a comparison has in place of a benchmark's stands for
// a mean: that over all benchmarks, or that over the Go benchmarks of one operation.
func IsMean(name string) bool { return name == Geomean || strings.HasPrefix(name, Geomean+" ") }

// InMean reports whether a benchmark can be part of the mean of that name; see [IsMean].
func InMean(benchmark, mean string) bool {
	family, some := strings.CutPrefix(mean, Geomean+" ")
	return !IsMean(benchmark) && (!some || bench.Benchmark{Name: benchmark}.Family() == family)
}

// meansOf lists, by mean, the benchmarks that the mean is over: those in which
// the metric is gated or, if it is gated in none, all.
func meansOf(f facts, comparisons []comparison) map[meanOf][]string {
	gated, all := map[meanOf][]string{}, map[meanOf][]string{}
	for _, c := range comparisons {
		m, _ := f.plan.Metric(c.Metric)
		if !c.open() || c.Class != m.Class || c.Scale != Ratio || IsMean(c.Benchmark) {
			continue
		}
		of := []meanOf{{Geomean, c.Metric}}
		if b := f.benchmarks[c.Benchmark]; b.Suite == bench.MicroSuite {
			of = append(of, meanOf{Geomean + " " + b.Family(), c.Metric})
		}
		for _, mean := range of {
			all[mean] = append(all[mean], c.Benchmark)
			if c.Gated {
				gated[mean] = append(gated[mean], c.Benchmark)
			}
		}
	}
	maps.Copy(all, gated)
	return all
}

// mean returns the geometric mean over the benchmarks, of every session that has a
// positive value in all of them.
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
			of.add(math.Exp(sum/float64(len(benchmarks))), s)
		}
	}
	return of
}
