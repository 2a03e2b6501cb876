package config

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/gate"
)

func TestDecodeConfig(t *testing.T) {
	pointer := func(f float64) *float64 { return &f }
	no := false
	when, err := gate.NewCondition(`benchmark.op == "create" && metric.startsWith("ready-")`)
	if err != nil {
		t.Fatal(err)
	}
	sameText := cmp.Comparer(func(a, b *gate.Condition) bool { return a == b || a != nil && b != nil && a.String() == b.String() })
	with := func(set func(*Config)) Config {
		c := Default()
		set(&c)
		return c
	}
	tests := []struct {
		name, file string
		want       Config
	}{
		{"an empty file sets nothing", "", Default()},
		{"comments set nothing", "# later\n", Default()},
		{"keys without a value set nothing", "sessions:\npolicy:\nsuites:\n", Default()},
		{"every key", `cluster: local
control-plane: arm
kind-cluster: dev
node-image: kindest/node:v1.36.3
kubeconfig: admin.conf
context: nightly
kubernetes: v1.36.3
yes: true
base: v0.9.1
head: ../kro
suites: [cel, crud]
profile: full
turns: sessions
sessions: 8
max-sessions: 12
budget: 40m
confirm: false
history: baseline
seed: 18446744073709551615
pprof: [cpu]
out: results/nightly
timeout: 1h30m
policy:
  alpha: 0.01
  means-share: 0.25
  confidence: 0.99
  tolerance: {exact: 1, steady: 0.001, timing: 0.25, memory: 0.5}
  growth: {timing: 0.05}
  floor: {cpu-sec/op: 0.002}
  machine: 0.1
  rules:
    - benchmark: CEL/*
      metric: cpu-*
      gate: false
    - metric: allocs/op
      tolerance: 0
    - when: benchmark.op == "create" && metric.startsWith("ready-")
      gate: false
  fail-on-inconclusive: true
`, Config{
			Cluster: "local", ControlPlane: "arm", Turns: "sessions", KindCluster: "dev", NodeImage: "kindest/node:v1.36.3", Kubernetes: "v1.36.3", Kubeconfig: "admin.conf", Context: "nightly", Yes: true, Base: "v0.9.1", Head: "../kro",
			Suites: []string{"cel", "crud"}, Profile: "full", Sessions: 8, MaxSessions: 12, Budget: 40 * time.Minute, History: "baseline", Seed: math.MaxUint64, Pprof: []string{"cpu"},
			Out: "results/nightly", Timeout: 90 * time.Minute,
			Policy: gate.Policy{
				Alpha: 0.01, MeansShare: 0.25, Confidence: 0.99,
				Tolerance: map[bench.Class]float64{bench.Exact: 1, bench.Steady: 0.001, bench.Racy: 0.05, bench.Timing: 0.25, bench.Memory: 0.5},
				Growth:    map[bench.Class]float64{bench.Exact: 0.005, bench.Steady: 0.001, bench.Racy: 0.01, bench.Timing: 0.05, bench.Memory: 0.05},
				Floor:     map[string]float64{"allocs/op": 10, "cpu-sec/op": 0.002, "ready-p50-sec": 0.001},
				Machine:   0.1,
				Rules: append(gate.DefaultPolicy().Rules,
					gate.Rule{Benchmark: "CEL/*", Metric: "cpu-*", Gate: &no},
					gate.Rule{Metric: "allocs/op", Tolerance: pointer(0)},
					gate.Rule{When: when, Gate: &no},
				),
				FailOnInconclusive: true,
			},
		}},
		{"one tolerance leaves the others", "policy: {tolerance: {timing: 0.5}}", with(func(c *Config) {
			c.Policy.Tolerance[bench.Timing] = 0.5
		})},
		{"anchors", "base: &ref v0.9.4\nhead: *ref\n", with(func(c *Config) {
			c.Base, c.Head = "v0.9.4", "v0.9.4"
		})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Default()
			if _, err := Decode("perf-gate.yaml", []byte(tt.file), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, sameText); diff != "" {
				t.Errorf("config (-want +got):\n%s", diff)
			}
		})
	}
}

// All commands of a process share the defaults.
func TestDecodeConfigLeavesTheDefaultAlone(t *testing.T) {
	cfg := Default()
	if _, err := Decode("perf-gate.yaml", []byte("policy: {tolerance: {exact: 9}}"), &cfg); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(gate.DefaultPolicy(), Default().Policy); diff != "" {
		t.Errorf("default policy (-want +got):\n%s", diff)
	}
}

func TestOverlayPrecedence(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile(DefaultFile, []byte("profile: full\nsuites: [cel]\nsessions: 7\ncontroller: {args: [--a=1], feature-gates: {B: true}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.Suites = []string{"graph", "crud"}
	cfg.Controller.Args = []string{"--a=2"}
	if err := Overlay(&cfg, "", func(flag string) bool { return flag == "suite" || flag == "controller-arg" }); err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Suites = []string{"graph", "crud"} // flag over file
	want.Controller = Controller{Args: []string{"--a=2"}, FeatureGates: map[string]bool{"B": true}}
	want.Profile, want.Sessions = "full", 7 // file over default
	if diff := cmp.Diff(want, cfg); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}

	cfg.Sessions = 0
	err := Overlay(&cfg, "", func(flag string) bool { return flag == "sessions" })
	if want := "--sessions: 0 is too small; use 1 or more"; fmt.Sprint(err) != want {
		t.Errorf("error %q, want %q", err, want)
	}
	if code := exit.Code(err); code != exit.Usage {
		t.Errorf("exit code %d, want %d", code, exit.Usage)
	}
}

// FuzzConfig checks that the parser never panics, that it accepts only valid
// policies, and that its errors name a place in the file.
func FuzzConfig(f *testing.F) {
	scripts, err := filepath.Glob("../testdata/script/config_*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, script := range scripts {
		data, err := os.ReadFile(script)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range strings.Split(string(data), "\n-- ") {
			_, content, _ := strings.Cut(file, " --\n")
			f.Add([]byte(content))
		}
	}
	f.Add([]byte("policy: &p\n  rules: [*p]\n"))
	f.Add([]byte("<<: {sessions: 1}\n"))
	f.Add([]byte("? [a]\n: b\n"))
	f.Add([]byte("timeout: -1h\n---\nbase: 1"))
	position := regexp.MustCompile(`^perf-gate\.yaml:(\d+):(\d+): .`)
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg := Default()
		_, err := Decode("perf-gate.yaml", data, &cfg)
		if err == nil {
			if err := cfg.Policy.Validate(); err != nil {
				t.Errorf("accepted a policy that is not valid: %v", err)
			}
			return
		}
		at := position.FindStringSubmatch(err.Error())
		if at == nil {
			t.Fatalf("error without a place: %v", err)
		}
		// The end of the file counts as the start of one more line.
		if line, _ := strconv.Atoi(at[1]); line < 1 || line > strings.Count(string(data), "\n")+strings.Count(string(data), "\r")+2 {
			t.Errorf("error outside the file: %v", err)
		}
		if column, _ := strconv.Atoi(at[2]); column < 1 {
			t.Errorf("error outside the line: %v", err)
		}
	})
}
