package gate

import (
	"math"
	"testing"

	"github.com/kro/perf-gate/bench"
)

// repeated is a run of Go benchmarks with these values, each of its own process.
func repeated(base, head []float64) *bench.Record {
	side := func(values []float64) *bench.Record {
		processes := make([]int, len(values))
		for i := range processes {
			processes[i] = i
		}
		return &bench.Record{
			Header: bench.Header{Plan: bench.Plan{Cluster: "go", Rounds: 1, Repetitions: true, Benchmarks: []bench.Benchmark{{Name: "Run"}}}},
			Sessions: []bench.Session{{Arm: bench.Head, Results: []bench.Result{
				{Benchmark: "Run", Samples: map[string][]float64{"sec/op": values}, Processes: map[string][]int{"sec/op": processes}},
			}}},
		}
	}
	return bench.Apart(side(base), side(head))
}

// TestSurvives decides on what no benchmark should have measured.
func TestSurvives(t *testing.T) {
	many := func(factor float64) []float64 {
		v := make([]float64, 500_000)
		for i := range v {
			v[i] = factor * (1 + 0.1*math.Sin(float64(i)))
		}
		return v
	}
	nan, inf := math.NaN(), math.Inf(1)
	calm := []float64{1, 1.01, 1.02, 1.03, 1.04}
	for _, tt := range []struct {
		name       string
		base, head []float64
		outcome    Outcome
	}{
		{"a million samples", many(1), many(1.05), Regressed},
		{"a million samples alike", many(1), many(1), Unchanged},
		{"no number", []float64{nan, nan}, calm, NotComparable},
		{"some no number", append([]float64{nan, inf, -inf}, calm...), calm, Inconclusive},
		{"empty", nil, calm, NotComparable},
		{"both empty", nil, nil, NotComparable},
		{"constant", []float64{2, 2, 2, 2, 2}, []float64{2, 2, 2, 2, 2}, Unchanged},
		{"zero", []float64{0, 0, 0, 0, 0}, []float64{0, 0, 0, 0, 0}, Unchanged},
		{"from zero", []float64{0, 0, 0, 0, 0}, calm, Regressed},
		{"negative", []float64{-1, -1, -1, -1, -1}, calm, Inconclusive},
		{"huge and tiny", []float64{1e-300, 1e300, 1, 1, 1}, []float64{1e300, 1e-300, 1, 1, 1}, Inconclusive},
		{"one sample", []float64{1}, []float64{9}, Inconclusive},
	} {
		v, err := Decide(Evidence{Run: repeated(tt.base, tt.head)}, GoPolicy())
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var got Outcome
		if len(v.Comparisons) > 0 {
			got = v.Comparisons[0].Outcome
		}
		if got != tt.outcome {
			t.Errorf("%s: %s, want %s (%s)", tt.name, got, tt.outcome, v.Reason)
		}
	}
}
