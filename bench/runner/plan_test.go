package runner

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/workload"
	"github.com/kro/perf-gate/bench/workload/builtin"
	"github.com/kro/perf-gate/bench/workload/directory"
)

func TestOrderAlternates(t *testing.T) {
	b, h := bench.Base, bench.Head
	if got, want := order(bench.Plan{Rounds: 4, Turns: bench.BySession}), []bench.Arm{b, h, h, b, b, h, h, b}; !slices.Equal(got, want) {
		t.Errorf("order of sessions = %v, want %v", got, want)
	}
	if got, want := order(bench.Plan{Rounds: 3}), []bench.Arm{h, h, h}; !slices.Equal(got, want) {
		t.Errorf("order of head alone = %v, want %v", got, want)
	}
}

// TestBothBeginEquallyOften checks the rounds in which both arms run at once.
func TestBothBeginEquallyOften(t *testing.T) {
	drawn := map[bench.Arm]bool{} // the arms that begin the first round, over several seeds
	for seed := range uint64(20) {
		arms := order(bench.Plan{Rounds: 10, Turns: bench.ByBlock, Seed: seed})
		drawn[arms[0]] = true
		for i := 0; i < len(arms); i += 4 {
			if arms[i] == arms[i+1] || arms[i] == arms[i+2] || arms[i+2] == arms[i+3] {
				t.Errorf("seed %d: rounds %d and %d are in the order %v", seed, i/2, i/2+1, arms[i:i+4])
			}
		}
	}
	if len(drawn) != 2 {
		t.Errorf("the seed decides nothing: %v always begins", drawn)
	}
}

func TestPlansNameEveryBenchmarkOnce(t *testing.T) {
	for _, profile := range workload.Profiles {
		plan, err := NewPlan(Request{Cluster: "simulation", Profile: string(profile), Turns: bench.ByBlock})
		if err != nil {
			t.Fatal(err)
		}
		names, kinds := make(map[string]bool), make(map[string]bool)
		for _, b := range plan.Benchmarks {
			if names[b.Name] {
				t.Errorf("%s: %s is planned twice", profile, b.Name)
			}
			names[b.Name] = true
			if !slices.Contains(builtin.Suites, b.Suite) {
				t.Errorf("%s: %s is of the suite %q, which is none of %v", profile, b.Name, b.Suite, builtin.Suites)
			}
			if b.Ops == 0 {
				t.Errorf("%s: %s does nothing", profile, b.Name)
			}
		}
		for _, s := range scenarios(plan, nil) {
			instance, err := s.Instance.Object(s.Vars.With(workload.Vars{"name": "name"}))
			if err != nil {
				t.Fatal(err)
			}
			if kind := instance["kind"].(string); kinds[kind] {
				t.Errorf("%s: two scenarios define the kind %s", profile, kind)
			} else {
				kinds[kind] = true
			}
		}
	}
}

// TestPlansHaveSweeps lists the sizes of some sweeps, by profile.
func TestPlansHaveSweeps(t *testing.T) {
	for profile, want := range map[string]map[string][]float64{
		"standard": {"Collection/op=create/items=*": {5, 20, 80}, "CRUD/op=noop/shape=chain/n=*": {2, 10}},
		"full":     {"CRUD/op=create/shape=flat/n=*": {1, 10, 50}, "Graph/op=create/shape=flat/n=*": {10, 50, 100}},
	} {
		plan, err := NewPlan(Request{Cluster: "simulation", Profile: profile, Turns: bench.ByBlock})
		if err != nil {
			t.Fatal(err)
		}
		sizes := map[string][]float64{}
		for _, s := range plan.Sweeps() {
			for _, p := range s.Points {
				sizes[s.Name] = append(sizes[s.Name], p.Size)
			}
		}
		for name, want := range want {
			if got := sizes[name]; !slices.Equal(got, want) {
				t.Errorf("%s: %s has the sizes %v, want %v", profile, name, got, want)
			}
		}
	}
}

// TestRestartsComeLast checks that what restarts KRO follows everything else: the pprof
// profiles of a session are those of one process.
func TestRestartsComeLast(t *testing.T) {
	own := func(name, description string) *directory.Directory {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for file, content := range map[string]string{
			"rgd.yaml":      "{apiVersion: kro.run/v1alpha1, kind: ResourceGraphDefinition, metadata: {name: " + name + "}, spec: {schema: {kind: " + name + "}}}",
			"instance.yaml": "{apiVersion: kro.run/v1alpha1, kind: " + name + ", metadata: {name: mine}}",
			workload.File:   description + "sizes: {quick: [{}]}\nbenchmarks: [{op: create, ops: 1, do: [{create: instance}]}]\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		d, err := directory.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	workloads := []*directory.Directory{own("restarts", "controller: {args: [--cel-cost-limit=1]}\n"), own("plain", "")}
	plan, err := NewPlan(Request{Cluster: "simulation", Profile: "quick", Suites: []string{"crud"}, Workloads: workloads, Turns: bench.ByBlock})
	if err != nil {
		t.Fatal(err)
	}
	if last := plan.Benchmarks[len(plan.Benchmarks)-1]; last.Suite != "restarts" {
		t.Errorf("the last benchmark is %s, want one of the suite restarts", last.Name)
	}
}

func TestNewPlanRefuses(t *testing.T) {
	for want, request := range map[string]Request{
		`unknown profile "huge"`: {Profile: "huge", Suites: []string{"crud"}},
		`unknown suite "cruds"`:  {Profile: "quick", Suites: []string{"crud", "cruds"}},
		"the suite burst measures nothing in the profile quick on the cluster kind; use --profile standard or full": {
			Cluster: "kind", Profile: "quick", Suites: []string{"burst"},
		},
		"use --profile standard or full on the cluster simulation or local": {Cluster: "kind", Profile: "full", Suites: []string{"restart"}},
		"sessions -1": {Profile: "quick", Suites: []string{"crud"}, Rounds: -1},
	} {
		_, err := NewPlan(request)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("NewPlan(%+v) = %v, want an error with %q", request, err, want)
		}
	}
}
