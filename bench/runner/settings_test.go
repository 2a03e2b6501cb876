package runner

import (
	"slices"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/kro"
)

// TestFit leaves a suite out when one of the builds lacks a feature gate that it needs.
func TestFit(t *testing.T) {
	plan, err := NewPlan(Request{Cluster: "simulation", Profile: "full", Suites: []string{"crud", "gates"}, Turns: bench.ByBlock})
	if err != nil {
		t.Fatal(err)
	}
	known := func(gates ...string) *kro.Build {
		flags := kro.KnownFlags{}
		for _, gate := range gates {
			flags[kro.GatePrefix+gate] = true
		}
		return &kro.Build{Flags: flags}
	}
	both := known("InstanceConditionEvents", "InstanceConditionMetrics")
	if fits, left := Fit(plan, nil, map[bench.Arm]*kro.Build{bench.Base: both, bench.Head: both}); len(left) > 0 || !slices.Equal(fits.Benchmarks, plan.Benchmarks) {
		t.Errorf("%q, and %d of %d benchmarks: want all", left, len(fits.Benchmarks), len(plan.Benchmarks))
	}
	fits, left := Fit(plan, nil, map[bench.Arm]*kro.Build{bench.Base: known("InstanceConditionEvents"), bench.Head: both})
	if want := "the suite gates is left out: base does not know --feature-gates=InstanceConditionMetrics"; len(left) != 1 || left[0] != want {
		t.Errorf("%q, want %q", left, want)
	}
	if !slices.Equal(fits.Suites, []string{"crud"}) || !slices.Contains(fits.LeftOut, "Gates") {
		t.Errorf("suites %v, and %v left out", fits.Suites, fits.LeftOut)
	}
	for _, s := range scenarios(fits, nil) {
		if s.Suite != "crud" {
			t.Errorf("a session would run %s", s.Key())
		}
	}
}
