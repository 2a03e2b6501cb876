package rank

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestFisher compares with whole-number arithmetic.
func TestFisher(t *testing.T) {
	choose := func(n, k int) *big.Rat {
		return new(big.Rat).SetInt(new(big.Int).Binomial(int64(n), int64(k)))
	}
	rapid.Check(t, func(t *rapid.T) {
		ofX, ofY := rapid.IntRange(0, 200).Draw(t, "of x"), rapid.IntRange(0, 200).Draw(t, "of y")
		hitsX, hitsY := rapid.IntRange(0, ofX).Draw(t, "hits x"), rapid.IntRange(0, ofY).Draw(t, "hits y")
		want := new(big.Rat)
		for k := hitsY; k <= min(hitsX+hitsY, ofY); k++ {
			if hitsX+hitsY-k > ofX {
				continue
			}
			ways := choose(ofY, k)
			want.Add(want, ways.Mul(ways, choose(ofX, hitsX+hitsY-k)))
		}
		want.Quo(want, choose(ofX+ofY, hitsX+hitsY))
		exact, _ := want.Float64()
		if got := Fisher(hitsX, ofX, hitsY, ofY); math.Abs(got-exact) > 1e-9 {
			t.Fatalf("Fisher(%d, %d, %d, %d) = %v, want %v", hitsX, ofX, hitsY, ofY, got, exact)
		}
	})
}
