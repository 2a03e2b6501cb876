package rank

import (
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestHolm(t *testing.T) {
	approx := cmpopts.EquateApprox(0, 1e-12)
	for _, tt := range []struct{ p, want []float64 }{
		{[]float64{}, []float64{}},
		{[]float64{0.04}, []float64{0.04}},
		// Sorted .005 .01 .03 .04, times 4 3 2 1: .02 .03 .06 .04, and the
		// last is raised to the one before it.
		{[]float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}},
		{[]float64{0.6, 0.7}, []float64{1, 1}},
		{[]float64{0.02, 0.02, 0.02}, []float64{0.06, 0.06, 0.06}},
	} {
		if diff := cmp.Diff(tt.want, Holm(tt.p), approx); diff != "" {
			t.Errorf("Holm(%v): -want +got\n%s", tt.p, diff)
		}
	}
}

// TestMinSamples compares with whole-number arithmetic: C(2n,n)*alpha >= family,
// and not so for n-1.
func TestMinSamples(t *testing.T) {
	for _, alpha := range []struct {
		value float64
		exact *big.Rat
	}{{0.05, big.NewRat(1, 20)}, {0.01, big.NewRat(1, 100)}, {0.5, big.NewRat(1, 2)}, {0.001, big.NewRat(1, 1000)}} {
		for family := 1; family <= 500; family++ {
			want := int64(1)
			for {
				splits := new(big.Rat).SetInt(new(big.Int).Binomial(2*want, want))
				if splits.Mul(splits, alpha.exact).Cmp(big.NewRat(int64(family), 1)) >= 0 {
					break
				}
				want++
			}
			if got := MinSamples(family, alpha.value); got != int(want) {
				t.Fatalf("MinSamples(%d, %v) = %d, want %d", family, alpha.value, got, want)
			}
		}
	}
	for _, tt := range []struct {
		family int
		alpha  float64
		want   int
	}{{0, 0.05, 1}, {-1, 0.05, 1}, {1, 0.05, 3}, {3, 0.05, 4}, {4, 0.05, 5}, {46, 0.05, 6}, {47, 0.05, 7}, {1, 0, 0}, {1, math.NaN(), 0}} {
		if got := MinSamples(tt.family, tt.alpha); got != tt.want {
			t.Errorf("MinSamples(%d, %v) = %d, want %d", tt.family, tt.alpha, got, tt.want)
		}
	}
}

// TestMinSamplesCanFire lets the test itself say whether n values are enough.
func TestMinSamplesCanFire(t *testing.T) {
	const alpha = 0.05
	for _, family := range []int{1, 2, 3, 4, 12, 13, 46, 47, 100} {
		n := MinSamples(family, alpha)
		for _, tt := range []struct {
			n    int
			want bool
		}{{n, true}, {n - 1, false}} {
			p := make([]float64, family)
			for i := range p {
				p[i] = 1
			}
			base, head := make([]float64, tt.n), make([]float64, tt.n)
			for i := range tt.n {
				base[i], head[i] = float64(i), float64(1000+i)
			}
			p[0] = MannWhitney(base, head)
			if got := AtMost(Holm(p)[0], alpha); got != tt.want {
				t.Errorf("family %d, %d values: fires %v, want %v", family, tt.n, got, tt.want)
			}
		}
	}
}
