package gate

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
)

// wobble is a series of factors with noise of up to 0.2 %.
func wobble(n int, level func(i int) float64) []float64 {
	f := make([]float64, n)
	for i := range f {
		f[i] = level(i) * (1 + 0.002*math.Sin(float64(7*i)))
	}
	return f
}

// TestCreep has ten small steps over forty runs, none of which is beyond the
// tolerance of 2 %.
func TestCreep(t *testing.T) {
	calm := []float64{100, 100.1, 100.2, 100.3, 100.4, 100.5}
	steps := func(i int) float64 { return math.Pow(1.01, float64(i/4)) }
	for _, tt := range []struct {
		name  string
		level func(i int) float64
		crept bool
	}{
		{"ten steps of 1 %", steps, true},
		{"nothing", func(int) float64 { return 1 }, false},
		{"getting better", func(i int) float64 { return 1 / steps(i) }, false},
	} {
		factors := wobble(41, tt.level)
		run := recorded(calm, factors[40])[0]
		v, err := Decide(Evidence{Run: run, History: recorded(calm, factors[:40]...), Baseline: true}, strict("cpu-sec/op"))
		if err != nil {
			t.Fatal(err)
		}
		c := v.Comparisons[0]
		if c.Crept != tt.crept || (v.Status == Fail) != tt.crept {
			t.Errorf("%s: %s, %s, crept %v: %s", tt.name, v.Status, c.Outcome, c.Crept, c.Note)
		}
		if tt.crept && !strings.Contains(c.Note, "with no single step beyond the tolerance") {
			t.Errorf("note %q", c.Note)
		}
	}
}

// TestBaselineForgets compares with what main does since it last changed.
func TestBaselineForgets(t *testing.T) {
	calm := []float64{100, 100.1, 100.2, 100.3, 100.4, 100.5}
	factors := wobble(20, func(i int) float64 {
		if i < 10 {
			return 2
		}
		return 1
	})
	run := recorded(calm, 1.2)[0]
	v, err := Decide(Evidence{Run: run, History: recorded(calm, factors...), Baseline: true}, strict("cpu-sec/op"))
	if err != nil {
		t.Fatal(err)
	}
	c := v.Comparisons[0]
	if v.Status != Fail || c.Runs != 10 || slices.Max(c.BaseValues) > 101 || len(c.BaseValues) != 60 {
		t.Errorf("%s: predicted from %d runs and %d values: %s", v.Status, c.Runs, len(c.BaseValues), v.Reason)
	}
}

// TestAccepted measures head by what main does since the regression was accepted,
// and by all of it where no word was said or another metric was meant.
func TestAccepted(t *testing.T) {
	calm := []float64{100, 100.1, 100.2, 100.3, 100.4, 100.5}
	creep := wobble(41, func(i int) float64 { return math.Pow(1.01, float64(i/4)) })
	for _, tt := range []struct {
		name     string
		factors  []float64
		at       int // the run whose regression was accepted
		accepted []bench.Acceptance
		fails    bool
	}{
		{"a creep", creep, 36, nil, true},
		{"an accepted creep", creep, 36, []bench.Acceptance{{By: "alice", Reason: "it does more"}}, false},
		{"a creep of something else", creep, 36, []bench.Acceptance{{Metric: "allocs/op", By: "alice", Reason: "it does more"}}, true},
	} {
		last := len(tt.factors) - 1
		run := recorded(calm, tt.factors[last])[0]
		main := recorded(calm, tt.factors[:last]...)
		main[tt.at].Header.Accepted = tt.accepted
		v, err := Decide(Evidence{Run: run, History: main, Baseline: true}, strict("cpu-sec/op"))
		if err != nil {
			t.Fatal(err)
		}
		if c := v.Comparisons[0]; (v.Status == Fail) != tt.fails {
			t.Errorf("%s: %s, %s: %s", tt.name, v.Status, c.Outcome, c.Note)
		}
	}
}

// TestAcceptedStep compares with the runs since an accepted step, of which there
// are too few to be found by their figures.
func TestAcceptedStep(t *testing.T) {
	calm := []float64{100, 100.1, 100.2, 100.3, 100.4, 100.5}
	factors := wobble(12, func(i int) float64 {
		if i < 10 {
			return 1
		}
		return 1.05
	})
	for word, base := range map[string]int{"cpu-sec/op": 2, "allocs/op": 12} {
		main := recorded(calm, factors...)
		main[10].Header.Accepted = []bench.Acceptance{{Metric: word, By: "alice", Reason: "it does more"}}
		v, err := Decide(Evidence{Run: recorded(calm, 1.05)[0], History: main, Baseline: true}, strict("cpu-sec/op"))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(v.Comparisons[0].BaseValues); got != base*len(calm) {
			t.Errorf("accepted for %s: compared with %d values, want those of %d runs", word, got, base)
		}
	}
}
