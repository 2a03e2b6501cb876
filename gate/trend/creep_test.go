package trend

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kro/perf-gate/bench"
)

// creeping returns ten steps of a hundredth in 44 runs, with noise.
func creeping(random *rand.Rand, deviation float64) []float64 {
	values := noise(random, 44, 1, deviation)
	for i := range values {
		values[i] *= 100 * math.Pow(1.01, float64(i/4))
	}
	return values
}

// share returns the part of 200 histories in which a creep beyond the tolerance is
// found.
func share(tolerance float64, better bench.Better, history func(*rand.Rand) []float64) float64 {
	random := rand.New(rand.NewPCG(9, 10))
	found := 0.0
	for range 200 {
		if _, ok := Creep(history(random), tolerance, better, Options{}); ok {
			found++
		}
	}
	return found / 200
}

func TestTenSmallStepsAreFound(t *testing.T) {
	for _, deviation := range []float64{0, 0.005, 0.01, 0.02} {
		got := share(0.05, bench.Lower, func(r *rand.Rand) []float64 { return creeping(r, deviation) })
		if got < 0.95 {
			t.Errorf("noise of %v: found in %v of the histories", deviation, got)
		}
	}
}

func TestWhatDoesNotCreep(t *testing.T) {
	step := func(by float64) func(*rand.Rand) []float64 {
		return func(r *rand.Rand) []float64 {
			return slices.Concat(noise(r, 26, 100, 1), noise(r, 18, 100*by, by))
		}
	}
	tests := []struct {
		name    string
		better  bench.Better
		history func(*rand.Rand) []float64
		most    float64
	}{
		{"one level", bench.Lower, step(1), 0},
		{"one noisy level", bench.Lower, func(r *rand.Rand) []float64 { return noise(r, 40, 100, 20) }, 0.005},
		{"a step that the gate sees", bench.Lower, step(1.1), 0.005},
		{"a large step", bench.Lower, step(2), 0.005},
		{"steps within the tolerance", bench.Lower, step(1.03), 0.005},
		{"steps of the tolerance", bench.Lower, step(1.05), 0.06},
		{"improving", bench.Higher, func(r *rand.Rand) []float64 { return creeping(r, 0.01) }, 0},
		{"accepted, then level", bench.Lower, func(r *rand.Rand) []float64 { return levelsOf(r, 15, 100, 130, 130) }, 0.005},
	}
	for _, tt := range tests {
		if got := share(0.05, tt.better, tt.history); got > tt.most {
			t.Errorf("%s: creeps in %v of the histories, at most %v may", tt.name, got, tt.most)
		}
	}
}

func TestCreepSaysHowFarAndSinceWhen(t *testing.T) {
	// Ten runs of each level, without noise.
	values := func(levels ...float64) []float64 {
		var v []float64
		for _, l := range levels {
			v = append(v, slices.Repeat([]float64{l}, 10)...)
		}
		return v
	}
	tests := []struct {
		name   string
		values []float64
		better bench.Better
		ratio  float64
		since  int
	}{
		{"from the start", values(100, 103, 106, 109), bench.Lower, 1.09, 10},
		{"after long rest", values(100, 100, 100, 103, 106, 109), bench.Lower, 1.09, 30},
		{"from the best level", values(104, 100, 103, 106), bench.Lower, 1.06, 20},
		{"after an accepted step", values(100, 200, 206, 214), bench.Lower, 1.07, 20},
		{"after a great improvement", values(300, 100, 103, 107), bench.Lower, 1.07, 20},
		{"higher is better", values(100, 97, 94, 91), bench.Higher, 0.91, 10},
		{"run not measured", slices.Concat([]float64{math.NaN()}, values(100, 103, 106)), bench.Lower, 1.06, 11},
	}
	for _, tt := range tests {
		d, found := Creep(tt.values, 0.05, tt.better, Options{})
		if !found || math.Abs(d.Ratio-tt.ratio) > 1e-9 || d.Since != tt.since || d.Newest/d.Best != d.Ratio {
			t.Errorf("%s: %+v, found %v; want %v since %d", tt.name, d, found, tt.ratio, tt.since)
		}
	}
}

func TestCreepWithoutAnswer(t *testing.T) {
	ramp := creeping(rand.New(rand.NewPCG(1, 1)), 0)
	tests := []struct {
		name      string
		values    []float64
		tolerance float64
	}{
		{"nothing measured", []float64{math.NaN()}, 0.05},
		{"no history", nil, 0.05},
		{"no tolerance", ramp, math.NaN()},
		{"negative tolerance", ramp, -1},
		{"endless tolerance", ramp, math.Inf(1)},
		{"from zero", slices.Concat(make([]float64, 10), ramp[:8]), 1e300},
	}
	for _, tt := range tests {
		if d, found := Creep(tt.values, tt.tolerance, bench.Lower, Options{}); d != (Drift{}) || found {
			t.Errorf("%s: %+v, found %v", tt.name, d, found)
		}
	}
}
