package trend

import "testing"

func TestFewest(t *testing.T) {
	for _, tt := range []struct {
		alpha   float64
		segment int
		want    int
	}{
		// With n values in two parts, two of all C(n, n/2) orders are the clearest.
		{0.01, 5, 10},     // 2/252 is 0.008
		{0.001, 5, 14},    // 2/924 is 0.002, 4/1716 as well; 2/3432 is 0.0006
		{0.01, 20, 40},    // enough for two levels
		{0.000_005, 5, 0}, // below 1 divided by the number of permutations
	} {
		if got := Fewest(Options{Alpha: tt.alpha, MinSegment: tt.segment}); got != tt.want {
			t.Errorf("alpha %v, segments of %d: %d, want %d", tt.alpha, tt.segment, got, tt.want)
		}
	}
}

// TestFewestIsEnough finds a step in that many values and none in one less.
func TestFewestIsEnough(t *testing.T) {
	for _, alpha := range []float64{0.05, 0.01, 0.001, 0.0001} {
		o := Options{Alpha: alpha}
		n := Fewest(o)
		step := make([]float64, n)
		for i := range step {
			step[i] = float64(100 + i)
			if i >= n/2 {
				step[i]++
			}
		}
		if len(Find(step, o)) != 1 || len(Find(step[1:], o)) != 0 {
			t.Errorf("alpha %v: %d points in %d values, %d in one less", alpha, len(Find(step, o)), n, len(Find(step[1:], o)))
		}
	}
}
