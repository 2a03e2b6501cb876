package gate

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/bench"
)

func TestBaseline(t *testing.T) {
	b := bench.Benchmark{Name: work, Ops: 10}
	measured := func(requests, cpu []float64) *bench.Record {
		return record(series{work: {
			"requests/op": {bench.Base: {99}, bench.Head: requests},
			"allocs/op":   {bench.Base: {99}, bench.Head: scaled(cpu, 10)},
			"cpu-sec/op":  {bench.Base: {99}, bench.Head: cpu},
		}}, b)
	}
	cpu := []float64{1, 1.001, 1.002, 1.003}
	stored := func(change func(*bench.Record)) *bench.Record {
		r := measured([]float64{9, 9, 9, 9}, cpu)
		r.Header.Created = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		change(r)
		return r
	}
	same := stored(func(*bench.Record) {})
	run := measured([]float64{10, 10, 10, 10}, scaled(cpu, 2))

	for _, tt := range []struct {
		name     string
		baseline []*bench.Record
		status   Status
		cpu      Outcome
		sessions int
		warnings []string
	}{
		{"as planned", []*bench.Record{same}, Fail, Regressed, 4, nil},
		{"none", nil, Error, NotComparable, 0, nil},
		{"other cluster", []*bench.Record{stored(func(r *bench.Record) { r.Header.Plan.Cluster = "kind" })}, Error, NotComparable, 0,
			[]string{"the record of 2026-01-01 00:00:00 is not used: cluster was kind, is simulation"}},
		{"other profile", []*bench.Record{stored(func(r *bench.Record) { r.Header.Plan.Profile = "full" }), same}, Fail, Regressed, 4,
			[]string{"the record of 2026-01-01 00:00:00 is not used: profile was full, is quick"}},
		{"other flags", []*bench.Record{stored(func(r *bench.Record) { r.Header.Plan.ControllerArgs = []string{"--a=1", "--b=2"} }), same}, Fail, Regressed, 4,
			[]string{"the record of 2026-01-01 00:00:00 is not used: controller-args was --a=1 --b=2, is none"}},
		{"other machine", []*bench.Record{stored(func(r *bench.Record) { r.Header.Environment.CPUs = 64 })}, Fail, NotComparable, 4,
			[]string{"the record of 2026-01-01 00:00:00 is from another environment, so timing and memory are not compared with it: cpus was 64, is 2"}},
		{"other work", []*bench.Record{same, stored(func(r *bench.Record) { r.Header.Plan.Benchmarks[0].Ops = 99 })}, Fail, Regressed, 8,
			[]string{
				"the record of 2026-01-01 00:00:00 ran 99 operations of CRUD/op=create where this run has 10; they are not compared",
				"CRUD/op=create was not measured in 4 of 8 sessions of base",
			}},
		{"other files", []*bench.Record{same, stored(func(r *bench.Record) {
			r.Header.Plan.Benchmarks[0].Suite = "mine"
			r.Header.Plan.Workloads = []bench.Workload{{Suite: "mine", Dir: "mine", Digest: "1"}}
		})}, Fail, Regressed, 8,
			[]string{
				"the workload mine has changed since the record of 2026-01-01 00:00:00; its benchmarks are not compared",
				"CRUD/op=create was not measured in 4 of 8 sessions of base",
			}},
		{"two builds", []*bench.Record{same, stored(func(r *bench.Record) {
			build := r.Header.Builds[bench.Head]
			build.Digest = "3"
			r.Header.Builds[bench.Head] = build
		})}, Fail, Regressed, 8, []string{"the baseline mixes 2 builds; changes between them count as its noise"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := Decide(Evidence{Run: run, History: tt.baseline, Baseline: true}, DefaultPolicy())
			if err != nil {
				t.Fatal(err)
			}
			if v.Status != tt.status || v.Base.Sessions != tt.sessions || !v.Base.Baseline {
				t.Errorf("%s (%s), base %+v; want %s with %d sessions", v.Status, v.Reason, v.Base, tt.status, tt.sessions)
			}
			for _, c := range v.Comparisons {
				if timing := c.Class == bench.Timing; c.Gated == timing {
					t.Errorf("%s: gated %v", c.Metric, c.Gated)
				} else if timing && c.Outcome != tt.cpu {
					t.Errorf("%s: %s, want %s", c.Metric, c.Outcome, tt.cpu)
				} else if timing && tt.cpu == Regressed && c.Note != "measured in another run" {
					t.Errorf("%s: note %q", c.Metric, c.Note)
				}
				if slices.Contains(c.BaseValues, 99) {
					t.Errorf("%s: compared with a base session: %v", c.Metric, c.BaseValues)
				}
			}
			got := slices.DeleteFunc(slices.Clone(v.Warnings), func(w string) bool {
				return strings.Contains(w, "same binary") || strings.Contains(w, "gated but not comparable") ||
					strings.Contains(w, "is shared by")
			})
			if diff := cmp.Diff(tt.warnings, got); diff != "" && len(tt.warnings)+len(got) > 0 {
				t.Error("warnings: -want +got\n", diff)
			}
		})
	}
	if _, err := Decide(Evidence{Run: run, History: []*bench.Record{nil}, Baseline: true}, DefaultPolicy()); err == nil {
		t.Error("a missing record is no error")
	}
}
