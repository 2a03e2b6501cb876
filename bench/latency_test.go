package bench

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A percentile is the smallest measured value with at least its share of the samples at
// or below it.
func TestPercentileIsNearestRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(rapid.Float64Range(0, 100), 1, 200).Draw(t, "samples")
		p := rapid.Float64Range(0.01, 1).Draw(t, "p")
		slices.Sort(samples)
		got := Percentile(samples, p)
		share := func(v float64) float64 {
			n := 0
			for _, s := range samples {
				if s <= v {
					n++
				}
			}
			return float64(n) / float64(len(samples))
		}
		if !slices.Contains(samples, got) || share(got) < p-1e-12 {
			t.Fatalf("percentile %v = %v, at or below which are %v of the samples", p, got, share(got))
		}
		if i := slices.Index(samples, got); i > 0 && share(samples[i-1]) >= p {
			t.Fatalf("percentile %v = %v, but %v would do", p, got, samples[i-1])
		}
	})
}
