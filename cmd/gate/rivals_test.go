package main

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
)

// A rival is the rule of another tool. It reports whether the tool calls a benchmark
// slower. Samples are in the order of measurement, and the history is in order of
// time.
type rival struct {
	name string
	rule func(base, head []float64, history [][]float64) bool
}

// rivals are the rules according to the sources and documents of the tools.
var rivals = []rival{
	{"p < 0.05, Mann-Whitney", func(base, head []float64, _ [][]float64) bool {
		return twoSided(base, head) < 0.05 && middleOf(head) > middleOf(base)
	}},
	{"p < 0.05 and > 5 %", func(base, head []float64, _ [][]float64) bool {
		return twoSided(base, head) < 0.05 && middleOf(head) > 1.05*middleOf(base)
	}},
	{"github-action-benchmark, 200 % (default)", gitHubActionBenchmark(2)},
	{"github-action-benchmark, 110 %", gitHubActionBenchmark(1.1)},
	{"benchstat", benchstat},
	{"Bencher, t-test 0.95", bencher(0.95)},
	{"Bencher, t-test 0.99", bencher(0.99)},
	{"rustc-perf", rustcPerf},
	{"Conbench, z > 5", conbench},
}

// gitHubActionBenchmark compares every line of the new output with the first line of
// that name in the last stored output: addBenchmarkEntry.ts, write.ts.
func gitHubActionBenchmark(threshold float64) func(base, head []float64, history [][]float64) bool {
	return func(base, head []float64, _ [][]float64) bool {
		return slices.ContainsFunc(head, func(v float64) bool { return v/base[0] > threshold })
	}
}

// benchstat shows a change if the two-sided U test gives a p-value below 0.05. As a
// gate, a slower median then fails.
func benchstat(base, head []float64, _ [][]float64) bool {
	return twoSided(base, head) < 0.05 && middleOf(head) > middleOf(base)
}

// bencher takes one value per report, here the mean. It compares the value with the
// prediction interval of up to 64 earlier ones (the default sample size). The last of
// these is base: threshold t_test.
func bencher(boundary float64) func(base, head []float64, history [][]float64) bool {
	return func(base, head []float64, history [][]float64) bool {
		var past []float64
		for _, run := range append(slices.Clone(history), base) {
			past = append(past, stats.Mean(run))
		}
		past = past[max(0, len(past)-64):]
		n := float64(len(past))
		t := quantileT(boundary, n-1)
		limit := stats.Mean(past) + t*stats.StdDev(past)*math.Sqrt(1+1/n)
		return stats.Mean(head) > limit
	}
}

// rustcPerf takes the minimum of each run. A change is significant if it exceeds both
// 0.2 % and Q3 + 3 IQR of the last 30 changes between neighbours:
// docs/comparison-analysis.md.
func rustcPerf(base, head []float64, history [][]float64) bool {
	var changes []float64
	for i := 1; i < len(history); i++ {
		changes = append(changes, math.Abs(slices.Min(history[i])/slices.Min(history[i-1])-1))
	}
	changes = changes[max(0, len(changes)-30):]
	slices.Sort(changes)
	sample := stats.Sample{Xs: changes, Sorted: true}
	q1, q3 := sample.Quantile(0.25), sample.Quantile(0.75)
	return slices.Min(head)/slices.Min(base)-1 > max(0.002, q3+3*(q3-q1))
}

// conbench takes the mean of each run. A mean is a regression if it is more than five
// standard deviations above the mean of the history: the lookback z-score with its
// default threshold.
func conbench(base, head []float64, history [][]float64) bool {
	var past []float64
	for _, run := range append(slices.Clone(history), base) {
		past = append(past, stats.Mean(run))
	}
	return (stats.Mean(head)-stats.Mean(past))/stats.StdDev(past) > 5
}

func twoSided(base, head []float64) float64 {
	result, err := stats.MannWhitneyUTest(base, head, stats.LocationDiffers)
	if err != nil { // all values equal
		return 1
	}
	return result.P
}

func middleOf(values []float64) float64 { return stats.Sample{Xs: values}.Quantile(0.5) }

// quantileT returns a quantile of the t distribution.
func quantileT(p, degrees float64) float64 {
	dist := stats.TDist{V: degrees}
	low, high := 0.0, 100.0
	for range 60 {
		if middle := (low + high) / 2; dist.CDF(middle) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
