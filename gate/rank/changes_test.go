package rank

import (
	"math"
	"math/bits"
	"slices"
	"testing"

	"github.com/aclements/go-moremath/stats"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// splits calls f with every way to deal the values to two arms of n and the rest.
func splits(values []float64, n int, f func(x, y []float64)) {
	for mask := range 1 << len(values) {
		if bits.OnesCount(uint(mask)) != n {
			continue
		}
		var x, y []float64
		for i, v := range values {
			if mask>>i&1 == 1 {
				x = append(x, v)
			} else {
				y = append(y, v)
			}
		}
		f(x, y)
	}
}

// TestIntervalCoverage enumerates all splits of the same values into two arms,
// which are equally likely when nothing differs. The interval must hold 1 in at
// least the stated share of them; without ties in exactly what the U
// distribution says, and one rank further in it must not.
func TestIntervalCoverage(t *testing.T) {
	generators := map[string]func(n int) []float64{
		"distinct": func(n int) []float64 {
			v := make([]float64, n)
			for i := range v {
				v[i] = math.Pow(1.7, float64(i)) + float64(i*i)
			}
			return v
		},
		"ties": func(n int) []float64 {
			v := make([]float64, n)
			for i := range v {
				v[i] = float64(1 + i/3)
			}
			return v
		},
		"two modes": func(n int) []float64 {
			v := make([]float64, n)
			for i := range v {
				v[i] = float64(2 + 2*(i%2))
			}
			return v
		},
	}
	covered := func(values []float64, n, k int) float64 {
		hits, total := 0, 0
		splits(values, n, func(x, y []float64) {
			s := Ratio.SampleShift(x, y)
			if s == nil {
				t.Fatal("no quotients")
			}
			ci := s.Interval(k)
			total++
			if ci[0] <= 1 && 1 <= ci[1] {
				hits++
			}
		})
		return float64(hits) / float64(total)
	}
	for name, generate := range generators {
		for _, size := range [][2]int{{3, 3}, {4, 4}, {4, 6}, {5, 5}, {6, 6}, {7, 7}, {8, 5}} {
			for _, confidence := range []float64{0.8, 0.9, 0.95, 0.99} {
				n, m := size[0], size[1]
				values := generate(n + m)
				k := Design{X: n, Y: m}.Bound((1 - confidence) / 2)
				if k == 0 {
					if p := uTail(n, m, 0); p <= (1-confidence)/2*(1-1e-6) {
						t.Errorf("%v at %v: no interval although its tail %v suffices", size, confidence, p)
					}
					continue
				}
				got := covered(values, n, k)
				if got < confidence-1e-9 {
					t.Errorf("%s %v: covered in %v of all splits, want %v", name, size, got, confidence)
				}
				if name != "distinct" {
					continue
				}
				dist := stats.UDist{N1: n, N2: m}
				if want := 1 - 2*dist.CDF(float64(k-1)); math.Abs(got-want) > 1e-9 {
					t.Errorf("%v at %v: covered in %v of all splits, the U distribution says %v", size, confidence, got, want)
				}
				if narrower := covered(values, n, k+1); narrower >= confidence-1e-9 {
					t.Errorf("%v at %v: rank %d gives %v, rank %d would do with %v", size, confidence, k, got, k+1, narrower)
				}
			}
		}
	}
}

// TestIntervalRanks compares with the published critical values of U, two-sided
// at 5 %, which every table of the test prints: 0, 2, 5, 8, 13, 23 and 127 for
// 4, 5, 6, 7, 8, 10 and 20 values per sample. The rank is one more.
func TestIntervalRanks(t *testing.T) {
	for n, want := range map[int]int{1: 0, 2: 0, 3: 0, 4: 1, 5: 3, 6: 6, 7: 9, 8: 14, 10: 24, 20: 128} {
		if got := (Design{X: n, Y: n}).Bound(0.025); got != want {
			t.Errorf("rank for %d values = %d, want %d", n, got, want)
		}
	}
}

// TestNormalApproximation compares with the exact distribution where uTail no
// longer computes it.
func TestNormalApproximation(t *testing.T) {
	n := stats.MannWhitneyExactLimit + 1
	for u := 900; u <= 1300; u += 50 {
		exact := stats.UDist{N1: n, N2: n}.CDF(float64(u))
		if got := uTail(n, n, u); math.Abs(got-exact) > 1e-3 {
			t.Errorf("P(U <= %d) = %v with %d values each, exactly %v", u, got, n, exact)
		}
	}
}

// TestChanges lists what the shifts only count.
func TestChanges(t *testing.T) {
	list := func(c changes) []float64 {
		all := make([]float64, c.size())
		for i := range all {
			all[i] = kth(c, i+1)
		}
		return all
	}
	near := cmpopts.EquateApprox(1e-14, 1e-12)
	check := func(t *rapid.T, s Scale, c changes, want []float64) {
		slices.Sort(want)
		if diff := cmp.Diff(want, list(c), near); diff != "" {
			t.Fatalf("%+v: -want +got\n%s", c, diff)
		}
		n := len(want)
		if got, want := (&Shift{s, c}).Estimate(), s.Join(s.Half(want[(n-1)/2]), s.Half(want[n/2])); !cmp.Equal(got, want, near) {
			t.Fatalf("the estimate of %+v = %v, want %v", c, got, want)
		}
	}
	for _, tt := range []struct {
		scale  Scale
		value  *rapid.Generator[float64]
		change func(x, y float64) float64
		mean   func(a, b float64) float64
	}{
		{Ratio, rapid.Float64Range(0.001, 1000), func(x, y float64) float64 { return y / x }, func(a, b float64) float64 { return math.Sqrt(a) * math.Sqrt(b) }},
		{Difference, rapid.Float64Range(-1000, 1000), func(x, y float64) float64 { return y - x }, func(a, b float64) float64 { return (a + b) / 2 }},
	} {
		values := rapid.SliceOfN(rapid.OneOf(tt.value, rapid.Just(1.0), rapid.Just(3.0)), 1, 30)
		rapid.Check(t, func(t *rapid.T) {
			base, head := values.Draw(t, "base"), values.Draw(t, "head")
			var all, averages []float64
			for _, b := range base {
				for _, h := range head {
					all = append(all, tt.change(b, h))
				}
			}
			two, _ := newCrossed(tt.scale, ascending(base), ascending(head))
			check(t, tt.scale, two, all)

			n := min(len(base), len(head))
			for i := range n {
				for j := range i + 1 {
					averages = append(averages, tt.mean(tt.change(base[i], head[i]), tt.change(base[j], head[j])))
				}
			}
			w, _ := newWalsh(tt.scale, base[:n], head[:n])
			check(t, tt.scale, w, averages)
		})
	}
	for _, tt := range []struct {
		scale Scale
		x, y  []float64
	}{
		{Ratio, []float64{-1}, []float64{-1}},
		{Ratio, []float64{1e300}, []float64{1e-300}},
		{Ratio, []float64{1e-300}, []float64{1e300}},
		{Difference, []float64{-math.MaxFloat64}, []float64{math.MaxFloat64}},
		{Difference, []float64{math.MaxFloat64}, []float64{-math.MaxFloat64}},
	} {
		if _, ok := newCrossed(tt.scale, ascending(tt.x), ascending(tt.y)); ok {
			t.Errorf("newCrossed(%q, %v, %v) has changes", tt.scale, tt.x, tt.y)
		}
		if _, ok := newWalsh(tt.scale, tt.x, tt.y); ok {
			t.Errorf("newWalsh(%q, %v, %v) has changes", tt.scale, tt.x, tt.y)
		}
	}
}

// TestUTest counts by hand: the share of all splits of the pooled values in
// which the first sample lies at least as low as observed.
// TestZeros orders the quotients of zeros: one zero among the values leaves a bound on
// its other side.
func TestZeros(t *testing.T) {
	inf := math.Inf(1)
	for _, tt := range []struct {
		x, y     []float64
		want     []float64
		estimate float64
	}{
		{[]float64{0}, []float64{1}, []float64{inf}, inf},
		{[]float64{math.Copysign(0, -1), 1}, []float64{1, 1}, []float64{1, 1, inf, inf}, inf},
		{[]float64{1}, []float64{0}, []float64{0}, 0},
		{[]float64{0}, []float64{0}, []float64{1}, 1},
		{[]float64{0, 1, 2}, []float64{4, 4}, []float64{2, 2, 4, 4, inf, inf}, 4},
		{[]float64{0, 1}, []float64{0, 3}, []float64{0, 1, 3, inf}, math.Sqrt(3)},
	} {
		shift := Ratio.SampleShift(tt.x, tt.y)
		var got []float64
		for k := range tt.want {
			got = append(got, kth(shift.of, k+1))
		}
		if !slices.Equal(got, tt.want) || math.Abs(shift.Estimate()-tt.estimate) > 1e-12 {
			t.Errorf("%v against %v: %v, estimate %v; want %v, %v", tt.y, tt.x, got, shift.Estimate(), tt.want, tt.estimate)
		}
	}
	if Ratio.PairShift([]float64{0}, []float64{1}) != nil {
		t.Error("a pair with a zero has a shift")
	}
}

func TestUTest(t *testing.T) {
	twoU := func(x, y []float64) int {
		u := 0
		for _, a := range x {
			for _, b := range y {
				switch {
				case a > b:
					u += 2
				case a == b:
					u++
				}
			}
		}
		return u
	}
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(0, 6), 1, 5)
		var x, y []float64
		for _, v := range values.Draw(t, "x") {
			x = append(x, float64(v))
		}
		for _, v := range values.Draw(t, "y") {
			y = append(y, float64(v))
		}
		observed, low, total := twoU(x, y), 0, 0
		splits(append(append([]float64{}, x...), y...), len(x), func(a, b []float64) {
			total++
			if twoU(a, b) <= observed {
				low++
			}
		})
		want := float64(low) / float64(total)
		if got := MannWhitney(x, y); math.Abs(got-want) > 1e-12 {
			t.Fatalf("MannWhitney(%v, %v) = %v, want %v", x, y, got, want)
		}
	})
}
