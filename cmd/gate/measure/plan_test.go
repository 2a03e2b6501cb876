package measure

import (
	"fmt"
	"os"
	"strings"
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

// TestDocsProfiles checks the numbers in the table of the profiles.
func TestDocsProfiles(t *testing.T) {
	const file = "../../../docs/cli.md"
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, profile := range workload.Profiles {
		plan, err := runner.NewPlan(runner.Request{Cluster: "simulation", Profile: string(profile), Turns: bench.ByBlock})
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("| `%s` | %d | %d |", profile, len(plan.Benchmarks), plan.Rounds); !strings.Contains(string(doc), want) {
			t.Errorf("%s has no row %s", file, want)
		}
	}
}
