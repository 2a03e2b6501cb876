package rank

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestSignedRank counts by hand: the share of all assignments of signs in which
// the ranks of the negative differences add up to at most what was observed.
func TestSignedRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d []float64
		for _, v := range rapid.SliceOfN(rapid.IntRange(-4, 4), 1, 9).Draw(t, "differences") {
			d = append(d, float64(v))
		}
		var sizes []float64
		for _, v := range d {
			if v != 0 {
				sizes = append(sizes, math.Abs(v))
			}
		}
		rank := func(size float64) (r float64) {
			for _, s := range sizes {
				switch {
				case s < size:
					r++
				case s == size:
					r += 0.5
				}
			}
			return r + 0.5
		}
		observed, low := 0.0, 0
		for _, v := range d {
			if v < 0 {
				observed += rank(-v)
			}
		}
		for mask := range 1 << len(sizes) {
			sum := 0.0
			for i, s := range sizes {
				if mask>>i&1 == 1 {
					sum += rank(s)
				}
			}
			if sum <= observed {
				low++
			}
		}
		want := float64(low) / float64(int(1)<<len(sizes))
		if got := SignedRank(d); math.Abs(got-want) > 1e-12 {
			t.Fatalf("SignedRank(%v) = %v, want %v", d, got, want)
		}
	})
}

// TestSignedRankTail compares with the published critical values of the test,
// one-sided at 5 and 0.5 %, and the exact distribution with its approximation.
func TestSignedRankTail(t *testing.T) {
	for _, tt := range []struct {
		n        int
		tail     float64
		critical int // largest W that is significant; -1 for none
	}{{4, 0.05, -1}, {5, 0.05, 0}, {6, 0.05, 2}, {8, 0.05, 5}, {10, 0.05, 10}, {20, 0.05, 60}, {7, 0.005, -1}, {8, 0.005, 0}, {10, 0.005, 3}, {20, 0.005, 37}} {
		if got := (Design{tt.n, tt.n, true}).Bound(tt.tail) - 1; got != tt.critical {
			t.Errorf("critical W of %d pairs at %v = %d, want %d", tt.n, tt.tail, got, tt.critical)
		}
	}
	exact := signedSums(func() (r []int) {
		for i := range signedRankExact + 1 {
			r = append(r, i+1)
		}
		return r
	}())
	sum := 0.0
	for w, p := range exact {
		sum += p
		if got := signedRankTail(signedRankExact+1, w); math.Abs(got-sum) > 2e-3 {
			t.Errorf("P(W <= %d) = %v for %d pairs, exactly %v", w, got, signedRankExact+1, sum)
		}
	}
}
