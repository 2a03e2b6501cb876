package trend

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCentredRanks(t *testing.T) {
	// The ranks are 3, 1, 4.5, 2, 4.5; their mean is 3.
	want := []int{0, -4, 3, -2, 3}
	if diff := cmp.Diff(want, centred([]float64{2, 0, 5, 1, 5})); diff != "" {
		t.Error(diff)
	}
}

func TestSplitIsWhereRanksDifferMost(t *testing.T) {
	// With 10 values in order, the middle split has the largest statistic:
	// |1+…+5 - 5*11/2| = 12.5. Divided by sqrt(5*5) and squared it is 6.25, and
	// doubled ranks make it 25.
	at, square := largest(centred([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), 1)
	if at != 5 || square != 25 {
		t.Errorf("split at %d, square %v; want 5 and 25", at, square)
	}
}

// TestPermutationsAreExact uses 10 values with sides of at least 5. The only split is
// the two-sided U test, with the smallest p-value 2/C(10,5).
func TestPermutationsAreExact(t *testing.T) {
	_, p := split([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 5, 0.05)
	if exact := 2.0 / 252; math.Abs(p-exact) > 0.002 {
		t.Errorf("p = %v, want about %v", p, exact)
	}
}

// TestSmallAlphaIsReached checks that a clear change is found with a small alpha: a
// gate divides its alpha among all comparisons.
func TestSmallAlphaIsReached(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, alpha := range []float64{0.01, 0.05 / 100, 0.05 / 101, 0.05 / 500, 0.05 / 5000} {
		values := slices.Concat(noise(random, 20, 100, 1), noise(random, 20, 120, 1))
		if at, p := split(values, 5, alpha); at != 20 || p > alpha {
			t.Errorf("alpha %v: split at %d with p %v", alpha, at, p)
		}
	}
}

// noise returns n values around a level with a standard deviation.
func noise(random *rand.Rand, n int, around, deviation float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = around + deviation*random.NormFloat64()
	}
	return values
}

// levelsOf joins levels of noise of 1 % to one history.
func levelsOf(random *rand.Rand, n int, medians ...float64) []float64 {
	var values []float64
	for _, m := range medians {
		values = slices.Concat(values, noise(random, n, m, 0.01*m))
	}
	return values
}
