package rank_test

import (
	"fmt"

	"github.com/kro/perf-gate/gate/rank"
)

// Eight runs of a program before and after a change, in milliseconds. Does it take
// longer, and how much?
func Example() {
	before := []float64{101, 99, 103, 100, 98, 102, 104, 97}
	after := []float64{108, 105, 111, 107, 104, 109, 110, 106}

	c := rank.Ratio.Samples(before, after)
	ci := c.Shift.Interval(c.Design.Bound(0.025))
	fmt.Printf("p = %.4f, %.3f times as long, 95 %% interval [%.3f, %.3f]\n",
		c.Greater, c.Shift.Estimate(), ci[0], ci[1])
	// Output: p = 0.0002, 1.070 times as long, 95 % interval [1.040, 1.100]
}

// The same machine was slow in some rounds and fast in others. Both programs ran
// in each, so that the pairs show what two samples hide.
func ExampleScale_Pairs() {
	before := []float64{100, 150, 120, 90, 180, 110, 135, 160}
	after := []float64{104, 157, 125, 94, 188, 115, 141, 166}

	fmt.Printf("as two samples: p = %.2f\n", rank.Ratio.Samples(before, after).Greater)
	c := rank.Ratio.Pairs(before, after)
	fmt.Printf("as pairs:       p = %.3f, ratio %.3f\n", c.Greater, c.Shift.Estimate())
	// Output:
	// as two samples: p = 0.36
	// as pairs:       p = 0.004, ratio 1.043
}

// Four tests share a level of 0.05.
func ExampleHolm() {
	fmt.Println(rank.Holm([]float64{0.01, 0.04, 0.03, 0.005}))
	// Output: [0.03 0.06 0.06 0.02]
}

// With six values per sample, could one of 46 tests be significant at all? And how
// many values would 90 tests need?
func ExampleMinSamples() {
	fmt.Println(rank.MinSamples(46, 0.05), rank.MinSamples(90, 0.05))
	// Output: 6 7
}

// The interval of six values on each side runs from the sixth smallest to the sixth
// largest of the 36 quotients; three values on each side make no interval at 95 %.
func ExampleDesign_Bound() {
	fmt.Println(rank.Design{X: 6, Y: 6}.Bound(0.025), rank.Design{X: 3, Y: 3}.Bound(0.025))
	// Output: 6 0
}
