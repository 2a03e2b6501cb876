package report

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// For any range, there are enough ticks to read a value and few enough to label.
// All are on the axis and evenly spaced.
func TestTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e6, 1e6).Draw(t, "lo")
		hi := lo + rapid.Float64Range(1, 1e9).Draw(t, "width")
		a := axis{lo: lo, hi: hi, right: 500}
		ticks, step := a.ticks(5, 0)
		if len(ticks) < 2 || len(ticks) > 7 {
			t.Fatalf("%d ticks from %v to %v: %v", len(ticks), lo, hi, ticks)
		}
		for i, tick := range ticks {
			if tick < lo-step*1e-6 || tick > hi+step*1e-6 {
				t.Errorf("tick %v is off the axis from %v to %v", tick, lo, hi)
			}
			if i > 0 && math.Abs(tick-ticks[i-1]-step) > step*1e-6 {
				t.Errorf("ticks %v and %v are not %v apart", ticks[i-1], tick, step)
			}
		}
	})
}

func TestTicksOfCounts(t *testing.T) {
	a := axis{lo: 6.94, hi: 8.06, right: 500}
	ticks, step := a.ticks(5, 1)
	if len(ticks) != 2 || ticks[0] != 7 || ticks[1] != 8 || decimals(step) != 0 {
		t.Errorf("ticks %v, %v apart; want 7 and 8", ticks, step)
	}
}

func TestZeroHasNoSign(t *testing.T) {
	a := axis{lo: -0.03, hi: 1.06, right: 500}
	if ticks, _ := a.ticks(5, 1); math.Signbit(ticks[0]) {
		t.Errorf("the axis starts at %v", ticks[0])
	}
}

// Every value is visible, even if all are the same.
func TestPadded(t *testing.T) {
	for _, values := range [][]float64{{7}, {0}, {-3, -3}, {1e-9, 1e-9}, {0, 12}, {5, 5.0000001}} {
		lo, hi := padded(span(values...))
		for _, v := range values {
			if !(lo < v && v < hi) {
				t.Errorf("%v is drawn at the edge of %v to %v", v, lo, hi)
			}
		}
	}
}
