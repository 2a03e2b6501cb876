package predict_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/kro/perf-gate/gate/predict"
)

// TestNext compares with the quantiles of Student's distribution in tables.
func TestNext(t *testing.T) {
	// The logarithms have the mean 0, the variance 1 and 4 degrees of freedom.
	d := math.Sqrt(2.0 / 5)
	var values []float64
	for _, l := range []float64{-2 * d, -d, 0, d, 2 * d} {
		values = append(values, 7*math.Exp(l))
	}
	next := predict.From(values)
	for tail, quantile := range map[float64]float64{0.05: 2.131847, 0.025: 2.776445, 0.0005: 8.610302} {
		want := math.Exp(quantile * math.Sqrt(1.2))
		if got := next.Beyond(tail); math.Abs(got/want-1) > 1e-5 || math.Abs(next.Center-7) > 1e-9 {
			t.Errorf("beyond %v times %v with a probability of %v, want 7 times %v", got, next.Center, tail, want)
		}
		if above, below := next.AtLeast(7*want), next.AtMost(7/want); math.Abs(above/tail-1) > 1e-5 || math.Abs(below/tail-1) > 1e-5 {
			t.Errorf("probabilities %v and %v, want %v", above, below, tail)
		}
	}
}

// TestEqual has runs that do not differ, as in the number of allocations.
func TestEqual(t *testing.T) {
	next := predict.From([]float64{3, 3, 3, 3, 3})
	for v, want := range map[float64][2]float64{2: {1, 0}, 3: {1, 1}, 4: {0, 1}} {
		if got := [2]float64{next.AtLeast(v), next.AtMost(v)}; got != want {
			t.Errorf("%v: at least %v, at most %v; want %v", v, got[0], got[1], want)
		}
	}
	if got := next.Beyond(0.01); math.Abs(got-1) > 1e-9 {
		t.Errorf("beyond the center by %v", got)
	}
}

// TestKeepsItsLevel draws what it predicts.
func TestKeepsItsLevel(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{2, 5, 20} {
		const trials = 20_000
		hits := 0
		for range trials {
			values := make([]float64, n+1)
			for i := range values {
				values[i] = math.Exp(0.03 * draw.NormFloat64())
			}
			if predict.From(values[:n]).AtLeast(values[n]) <= 0.01 {
				hits++
			}
		}
		if share := float64(hits) / trials; math.Abs(share-0.01) > 0.003 {
			t.Errorf("%d runs: %v of the next are among the 0.01 least likely", n, share)
		}
	}
}
