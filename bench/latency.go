package bench

import (
	"math"
	"slices"
)

// Latencies returns the metrics that describe the samples [ReadySamples] of a benchmark.
// There must be one sample at least.
func Latencies(samples []float64) map[string]float64 {
	sorted := slices.Sorted(slices.Values(samples))
	total := 0.0
	for _, s := range sorted {
		total += s
	}
	metrics := map[string]float64{
		ReadyMeanSec: total / float64(len(sorted)),
		ReadyMinSec:  sorted[0],
		ReadyMaxSec:  sorted[len(sorted)-1],
	}
	for name, p := range Percentiles {
		metrics[name] = Percentile(sorted, p)
	}
	return metrics
}

// Percentiles are the metrics that are percentiles of [ReadySamples].
var Percentiles = map[string]float64{ReadyP50Sec: 0.50, ReadyP95Sec: 0.95, ReadyP99Sec: 0.99}

// Percentile returns the nearest-rank percentile of sorted samples (Hyndman and Fan
// 1996, type 1). It is always a measured value.
func Percentile(sorted []float64, p float64) float64 {
	rank := int(math.Ceil(p * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}
