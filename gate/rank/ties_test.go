package rank

import (
	"math"
	"testing"

	"github.com/aclements/go-moremath/stats"
	"pgregory.net/rapid"
)

// TestTies compares with the library, in both directions.
func TestTies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(0, 12), 1, 20)
		var x, y []float64
		for _, v := range values.Draw(t, "x") {
			x = append(x, float64(v))
		}
		for _, v := range values.Draw(t, "y") {
			y = append(y, float64(v))
		}
		for range 2 {
			want := 1.0
			if result, err := stats.MannWhitneyUTest(x, y, stats.LocationLess); err == nil {
				want = result.P
			}
			c := Ratio.Samples(x, y)
			if got := MannWhitney(x, y); math.Abs(got-want) > 1e-9 || got != c.Greater {
				t.Fatalf("MannWhitney(%v, %v) = %v, want %v; together %v", x, y, got, want, c.Greater)
			}
			x, y = y, x
		}
	})
}

// TestUTail compares with the library, whose distribution is a recurrence.
func TestUTail(t *testing.T) {
	for _, n := range []int{1, 2, 7, 25, 50} {
		for _, m := range []int{1, 3, 24, 50} {
			for u := 0; u <= n*m; u += 1 + n*m/9 {
				want := stats.UDist{N1: n, N2: m}.CDF(float64(u))
				if got := uTail(n, m, u); math.Abs(got/want-1) > 1e-9 {
					t.Errorf("%d and %d values, U up to %d: %v, want %v", n, m, u, got, want)
				}
			}
		}
	}
}

// TestManyTiesBeyondTheLibrary takes 30 values in each sample, three of which differ,
// all in y. By chance that is so in C(30,3)/C(60,3) = 0.119 of all splits. The normal
// approximation says 0.04.
func TestManyTiesBeyondTheLibrary(t *testing.T) {
	x, y := make([]float64, 30), make([]float64, 30)
	y[3], y[7], y[21] = 1, 1, 1
	if got, want := MannWhitney(x, y), 30.0*29*28/(60*59*58); math.Abs(got-want) > 1e-9 {
		t.Errorf("p = %v, want %v", got, want)
	}
}
