package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster/local"
	"github.com/kro/perf-gate/bench/runner"
	"github.com/kro/perf-gate/bench/suite"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/gate"
)

func TestDecodeConfig(t *testing.T) {
	pointer := func(f float64) *float64 { return &f }
	no := false
	with := func(set func(*config)) config {
		c := defaultConfig()
		set(&c)
		return c
	}
	tests := []struct {
		name, file string
		want       config
	}{
		{"an empty file sets nothing", "", defaultConfig()},
		{"comments set nothing", "# later\n", defaultConfig()},
		{"keys with nothing behind them set nothing", "sessions:\npolicy:\nsuites:\n", defaultConfig()},
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
  confidence: 0.99
  tolerance: {exact: 1, steady: 0.001, timing: 0.25, memory: 0.5}
  floor: {cpu-sec/op: 0.002}
  machine: 0.1
  rules:
    - benchmark: CEL/*
      metric: cpu-*
      gate: false
    - metric: allocs/op
      tolerance: 0
  fail-on-inconclusive: true
`, config{
			Cluster: "local", ControlPlane: "arm", KindCluster: "dev", NodeImage: "kindest/node:v1.36.3", Kubernetes: "v1.36.3", Kubeconfig: "admin.conf", Context: "nightly", Yes: true, Base: "v0.9.1", Head: "../kro",
			Suites: []string{"cel", "crud"}, Profile: "full", Sessions: 8, MaxSessions: 12, Budget: 40 * time.Minute, History: "baseline", Seed: math.MaxUint64, Pprof: []string{"cpu"},
			Out: "results/nightly", Timeout: 90 * time.Minute,
			Policy: gate.Policy{
				Alpha: 0.01, Confidence: 0.99,
				Tolerance: map[bench.Class]float64{bench.Exact: 1, bench.Steady: 0.001, bench.Timing: 0.25, bench.Memory: 0.5},
				Floor:     map[string]float64{"allocs/op": 10, "cpu-sec/op": 0.002, "ready-p50-sec": 0.001},
				Machine:   0.1,
				Rules: append(gate.DefaultPolicy().Rules,
					gate.Rule{Benchmark: "CEL/*", Metric: "cpu-*", Gate: &no},
					gate.Rule{Metric: "allocs/op", Tolerance: pointer(0)},
				),
				FailOnInconclusive: true,
			},
		}},
		{"one tolerance leaves the others", "policy: {tolerance: {timing: 0.5}}", with(func(c *config) {
			c.Policy.Tolerance[bench.Timing] = 0.5
		})},
		{"anchors", "base: &ref v0.9.4\nhead: *ref\n", with(func(c *config) {
			c.Base, c.Head = "v0.9.4", "v0.9.4"
		})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := defaultConfig()
			if _, err := decodeConfig("perf-gate.yaml", []byte(tt.file), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("config (-want +got):\n%s", diff)
			}
		})
	}
}

// The defaults are shared by every command of a process.
func TestDecodeConfigLeavesTheDefaultAlone(t *testing.T) {
	cfg := defaultConfig()
	if _, err := decodeConfig("perf-gate.yaml", []byte("policy: {tolerance: {exact: 9}}"), &cfg); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(gate.DefaultPolicy(), defaultConfig().Policy); diff != "" {
		t.Errorf("default policy (-want +got):\n%s", diff)
	}
}

// TestConfigWords compares the accepted words with those that the runner knows.
func TestConfigWords(t *testing.T) {
	accepted := func(field string) []string {
		f, ok := reflect.TypeFor[config]().FieldByName(field)
		if !ok {
			t.Fatalf("config has no %s", field)
		}
		return words(f.Tag.Get("enum"))
	}
	if diff := cmp.Diff(runner.SuiteNames(), accepted("Suites")); diff != "" {
		t.Errorf("suites (-runner +config):\n%s", diff)
	}
	var profiles []string
	for _, p := range suite.Profiles {
		profiles = append(profiles, string(p))
	}
	if diff := cmp.Diff(profiles, accepted("Profile")); diff != "" {
		t.Errorf("profiles (-suite +config):\n%s", diff)
	}
	for _, name := range accepted("Cluster") {
		if name == "auto" || name == "existing" { // the one stands for others, the other wants a kubeconfig
			continue
		}
		if _, err := newApp(nil, nil, nil).cluster(bench.Plan{Cluster: name}, config{}, t.TempDir()); err != nil && !errors.Is(err, local.ErrNoBinaries) {
			t.Errorf("accepted, but: %v", err)
		}
	}
}

func TestReadConfigPrecedence(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile(defaultConfigFile, []byte("profile: full\nsuites: [cel]\nsessions: 7\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cfg := defaultConfig()
	var got error
	cmd := &cobra.Command{RunE: func(cmd *cobra.Command, _ []string) error {
		got = newApp(nil, nil, nil).readConfig(cmd, &cfg)
		return nil
	}}
	cmd.Flags().StringSliceVar(&cfg.Suites, "suite", cfg.Suites, "")
	cmd.Flags().StringVar(&cfg.Profile, "profile", cfg.Profile, "")
	cmd.Flags().IntVar(&cfg.Sessions, "sessions", cfg.Sessions, "")

	cmd.SetArgs([]string{"--suite", "graph,crud"})
	if err := cmd.Execute(); err != nil || got != nil {
		t.Fatal(err, got)
	}
	want := defaultConfig()
	want.Suites = []string{"graph", "crud"} // flag over file
	want.Profile, want.Sessions = "full", 7 // file over default
	if diff := cmp.Diff(want, cfg); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}

	cmd.SetArgs([]string{"--sessions", "0"})
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	if want := "--sessions: 0 is too small; use 1 or more"; fmt.Sprint(got) != want {
		t.Errorf("error %q, want %q", got, want)
	}
	if code := exit.Code(got); code != exit.Usage {
		t.Errorf("exit code %d, want %d", code, exit.Usage)
	}
}

// FuzzConfig holds the parser to its promise: it never panics, what it accepts
// is valid, and what it refuses it refuses at a place in the file.
func FuzzConfig(f *testing.F) {
	scripts, err := filepath.Glob("testdata/script/config_*.txtar")
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
		cfg := defaultConfig()
		_, err := decodeConfig("perf-gate.yaml", data, &cfg)
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
