package measure

import (
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/runner"
	"github.com/kro/perf-gate/bench/workload"
	"github.com/kro/perf-gate/gate"
)

// TestDefaultPlansCanFail checks that every profile has enough sessions for the
// metrics that the default policy gates.
func TestDefaultPlansCanFail(t *testing.T) {
	for _, profile := range workload.Profiles {
		plan, err := runner.NewPlan(runner.Request{Cluster: "simulation", Profile: string(profile), Turns: bench.ByBlock})
		if err != nil {
			t.Fatal(err)
		}
		if err := gate.Feasible(plan, gate.DefaultPolicy()); err != nil {
			t.Errorf("profile %s: %v", profile, err)
		}
	}
}
