package gate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/bench"
)

// eventful is evidence in which every step of the decision has something to do.
func eventful(t *testing.T, kind string) (Evidence, Policy) {
	t.Helper()
	base := []float64{100, 101, 99, 102, 98, 100.5, 99.5, 101.5}
	var planned []bench.Benchmark
	values, slower := series{}, 1.4
	if kind == "apart" {
		slower = 1.85
	}
	for i := range 12 {
		name := fmt.Sprintf("CRUD/op=create/n=%d", 1+i)
		planned = append(planned, bench.Benchmark{Name: name, Ops: 10, Sweep: "n"})
		values[name] = map[string]map[bench.Arm][]float64{
			"requests/op":   {bench.Base: scaled([]float64{7, 7, 7, 7, 7, 7, 7, 7}, 1), bench.Head: {9, 9, 9, 9, 9, 9, 9, 9}},
			"cpu-sec/op":    {bench.Base: base, bench.Head: scaled(base, slower)},
			"allocs/op":     {bench.Base: scaled(base, 100), bench.Head: scaled(base, 105)},
			"ready-p50-sec": {bench.Base: base},
		}
	}
	run := record(values, planned...)
	for i := range run.Sessions {
		run.Sessions[i].Control = map[string]float64{bench.ControlCPU: 1 + float64(i%5)/100}
	}
	e := Evidence{Run: run}
	history := func() (h []*bench.Record) {
		for day := range 8 {
			h = append(h, clonedRun(t, run, day))
		}
		return h
	}
	switch kind {
	case "confirmed not":
		calm := record(values, planned...)
		for _, s := range calm.Sessions {
			s.Index += len(run.Sessions)
			s.Phase = bench.Confirm
			if s.Arm == bench.Head { // as fast as base
				s.Results = slices.Clone(calm.Sessions[0].Results)
			}
			run.Sessions = append(run.Sessions, s)
		}
	case "apart":
		run.Header.Plan.Turns = bench.NoTurns
		e.History = history()
		for day, h := range e.History { // every other one on a slower machine
			for i, s := range h.Sessions {
				for j, result := range s.Results {
					if v := result.Metrics["cpu-sec/op"]; day%2 == 1 && v > 0 {
						metrics := maps.Clone(result.Metrics)
						metrics["cpu-sec/op"] = 1.25 * v
						h.Sessions[i].Results[j].Metrics = metrics
					}
				}
			}
		}
	case "baseline":
		e.History, e.Baseline = history(), true
	case "other machine":
		for i, s := range run.Sessions {
			if s.Arm == bench.Head {
				run.Sessions[i].Control = map[string]float64{bench.ControlCPU: 2 + float64(i%5)/100}
			}
		}
	}
	return e, DefaultPolicy()
}

// clonedRun is the run as it was on an earlier day, on both arms what base is.
func clonedRun(t *testing.T, run *bench.Record, day int) *bench.Record {
	t.Helper()
	r := &bench.Record{Header: run.Header}
	r.Header.Created = run.Header.Created.AddDate(0, 0, day-30)
	for _, s := range run.Sessions {
		if s.Arm == bench.Base {
			s.Results = slices.Clone(s.Results)
			twin := s
			twin.Results = slices.Clone(s.Results)
			twin.Arm, twin.Index = bench.Head, s.Index+len(run.Sessions)
			r.Sessions = append(r.Sessions, s, twin)
		}
	}
	return r
}

var kinds = []string{"paired", "confirmed not", "apart", "baseline", "other machine"}

// TestStepsChangeNothingBehind runs each step twice on the same comparisons: the
// first run must leave them, and the facts, as they were.
func TestStepsChangeNothingBehind(t *testing.T) {
	for _, kind := range kinds {
		e, p := eventful(t, kind)
		f, _, err := gather(e, p)
		if err != nil {
			t.Fatal(err)
		}
		var in []comparison
		for _, step := range steps {
			before := shown(t, in)
			once, warnings := step.do(f, in)
			if diff := cmp.Diff(before, shown(t, in)); diff != "" {
				t.Errorf("%s: step %s changed its input: -before +after\n%s", kind, step.name, diff)
			}
			twice, again := step.do(f, in)
			if diff := cmp.Diff(shown(t, once), shown(t, twice)); diff != "" || !slices.Equal(warnings, again) {
				t.Errorf("%s: step %s says something else the second time:\n%s", kind, step.name, diff)
			}
			in = settle(step.name, in, once)
		}
	}
}

// shown is everything in comparisons, as text.
func shown(t *testing.T, list []comparison) []string {
	t.Helper()
	var lines []string
	for _, c := range list {
		public, err := json.Marshal(c.Comparison)
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%s %v %v", public, c.base, c.head)
		if c.test != nil {
			line += fmt.Sprintf(" %v %v %v %v %v %v", c.test.base, c.test.head, c.test.worse, c.test.better, c.test.interval, c.test.change)
		}
		lines = append(lines, line)
	}
	return lines
}

// TestCourse names the steps that settled a comparison.
func TestCourse(t *testing.T) {
	for _, tt := range []struct{ kind, metric, want string }{
		{"paired", "requests/op", "counts: regressed"},
		{"paired", "cpu-sec/op", "interval: regressed"},
		{"paired", "ready-p50-sec", "missing: not-comparable"},
		{"confirmed not", "requests/op", "counts: regressed, confirmation: inconclusive"},
		{"confirmed not", "cpu-sec/op", "interval: regressed, confirmation: inconclusive"},
		{"apart", "cpu-sec/op", "interval: regressed, common: inconclusive"},
		{"baseline", "allocs/op", "interval: regressed"},
		{"other machine", "cpu-sec/op", "machine: not-comparable"},
	} {
		v, err := Decide(eventful(t, tt.kind))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(v.Comparisons, func(c Comparison) bool { return c.Metric == tt.metric })
		var course []string
		for _, s := range v.Comparisons[i].Course {
			course = append(course, fmt.Sprintf("%s: %s", s.Step, s.Outcome))
		}
		if got := strings.Join(course, ", "); got != tt.want {
			t.Errorf("%s %s: %q, want %q (%s)", tt.kind, tt.metric, got, tt.want, v.Comparisons[i].Note)
		}
	}
}

// TestEveryComparisonIsSettled by some step, the last of which gave its outcome.
func TestEveryComparisonIsSettled(t *testing.T) {
	for _, kind := range kinds {
		v, err := Decide(eventful(t, kind))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range v.Comparisons {
			if err := c.check(); err != nil {
				t.Errorf("%s: %s %s: %v", kind, c.Benchmark, c.Metric, err)
			}
		}
	}
}
