package rank

import (
	"math"
	"testing"

	"github.com/aclements/go-moremath/stats"
	"pgregory.net/rapid"
)

// TestManyTies compares with the library, whose exact distribution ends at 25 values.
func TestManyTies(t *testing.T) {
	checked := 0
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 20)
		var x, y []float64
		for _, v := range values.Draw(t, "x") {
			x = append(x, float64(v))
		}
		for _, v := range values.Draw(t, "y") {
			y = append(y, float64(v))
		}
		got, ok := tiedLess(x, y)
		if !ok {
			return
		}
		want := 1.0
		if result, err := stats.MannWhitneyUTest(x, y, stats.LocationLess); err == nil {
			want = result.P
		}
		if checked++; math.Abs(got-want) > 1e-9 {
			t.Fatalf("tiedLess(%v, %v) = %v, want %v", x, y, got, want)
		}
	})
	if checked < 20 {
		t.Errorf("only %d samples had many ties", checked)
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
