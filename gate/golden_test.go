package gate_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/testdata"
)

var update = flag.Bool("update", false, "rewrite the verdicts on the recorded runs")

func TestGolden(t *testing.T) {
	for _, name := range testdata.Names(t) {
		t.Run(name, func(t *testing.T) {
			got, err := testdata.Load(t, name).Verdict.Encode()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(testdata.Dir(t, name), gate.VerdictFile)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("verdict changed (-update rewrites it): -want +got\n%s", diff)
			}
		})
	}
}

// schema compiles the published schema of the verdict.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "docs", "verdict.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plain turns the verdict into what a reader of its JSON sees.
func plain(t *testing.T, v *gate.Verdict) map[string]any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return decoded.(map[string]any)
}

// growth is the verdict on a recorded run whose shapes pass for one, so that they are the
// sizes of a sweep, and in which the larger size costs more in head.
func growth(t *testing.T) *gate.Verdict {
	t.Helper()
	const small, large = "CRUD/op=create/shape=chain/n=2", "CRUD/op=create/shape=flat/n=10"
	renamed := strings.Replace(large, "flat", "chain", 1)
	run := testdata.Record(t, "unchanged")
	for i, b := range run.Header.Plan.Benchmarks {
		switch b.Name {
		case large:
			run.Header.Plan.Benchmarks[i].Name = renamed
			fallthrough
		case small:
			run.Header.Plan.Benchmarks[i].Sweep = "n"
		}
	}
	for _, s := range run.Sessions {
		for i, r := range s.Results {
			if r.Benchmark != large {
				continue
			}
			s.Results[i].Benchmark = renamed
			if s.Arm == bench.Head {
				r.Metrics[bench.RequestsPerOp]++
			}
		}
	}
	v := testdata.Decide(t, run).Verdict
	if len(v.Findings) == 0 || v.Findings[0].Scale != gate.Difference {
		t.Fatalf("no growth is found: %+v", v.Findings)
	}
	return v
}

func TestSchemaAcceptsVerdicts(t *testing.T) {
	s := schema(t)
	run := testdata.Record(t, "release")
	against, err := gate.Decide(gate.Evidence{Run: run, History: []*bench.Record{run}, Baseline: true}, gate.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	ungated := gate.DefaultPolicy()
	ungated.Rules = nil
	nothing, err := gate.Decide(gate.Evidence{Run: &bench.Record{}}, ungated)
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]*gate.Verdict{"baseline": against, "nothing": nothing, "growth": growth(t)}
	for _, name := range testdata.Names(t) {
		verdicts[name] = testdata.Load(t, name).Verdict
	}
	for name, v := range verdicts {
		if err := s.Validate(plain(t, v)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRejectsFaults(t *testing.T) {
	s := schema(t)
	first := func(v map[string]any) map[string]any {
		return v["comparisons"].([]any)[0].(map[string]any)
	}
	for name, mutate := range map[string]func(map[string]any){
		"another version":      func(v map[string]any) { v["schema"] = "perf-gate/verdict/v2" },
		"unknown status":       func(v map[string]any) { v["verdict"] = "green" },
		"no reason":            func(v map[string]any) { delete(v, "reason") },
		"unknown field":        func(v map[string]any) { v["extra"] = 1 },
		"unknown outcome":      func(v map[string]any) { first(v)["outcome"] = "slower" },
		"no p":                 func(v map[string]any) { delete(first(v), "p") },
		"p above 1":            func(v map[string]any) { first(v)["p"] = 1.5 },
		"interval of one":      func(v map[string]any) { first(v)["ci"] = []any{1} },
		"values as text":       func(v map[string]any) { first(v)["head-values"] = []any{"1"} },
		"unknown class":        func(v map[string]any) { first(v)["class"] = "latency" },
		"gated as text":        func(v map[string]any) { first(v)["gated"] = "yes" },
		"counts as fractions":  func(v map[string]any) { v["counts"].(map[string]any)["total"] = 0.5 },
		"build without digest": func(v map[string]any) { delete(v["head"].(map[string]any)["build"].(map[string]any), "digest") },
		"class in the policy":  func(v map[string]any) { v["policy"].(map[string]any)["tolerance"].(map[string]any)["latency"] = 1 },
		"unknown scale":        func(v map[string]any) { first(v)["scale"] = "ratio" },
		"sweep of one size": func(v map[string]any) {
			v["sweeps"] = []any{map[string]any{"name": "A/n=*", "parameter": "n", "points": []any{map[string]any{"size": 1, "benchmark": "A/n=1"}}}}
		},
		"empty rule": func(v map[string]any) { v["policy"].(map[string]any)["rules"] = []any{map[string]any{}} },
		"sight of no metric": func(v map[string]any) {
			v["sight"].(map[string]any)["metrics"] = []any{map[string]any{"median": 1, "worst": 1, "comparisons": 1}}
		},
	} {
		v := plain(t, testdata.Load(t, "release").Verdict)
		mutate(v)
		if s.Validate(v) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
