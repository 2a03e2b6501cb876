package gate_test

import (
	"slices"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/testdata"
)

// TestPercentilesOfManyOperations uses a run with 14 operations in a session, too few for a
// 95th percentile, and 84 in all sessions, too few for a 99th.
func TestPercentilesOfManyOperations(t *testing.T) {
	run := testdata.Record(t, "unchanged")
	v, err := gate.Decide(gate.Evidence{Run: run}, gate.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	var all []float64
	for _, s := range run.Sessions {
		for _, r := range s.Results {
			if r.Benchmark == create && s.Arm == bench.Base {
				all = append(all, r.Samples[bench.ReadySamples]...)
			}
		}
	}
	slices.Sort(all)
	found := 0
	for _, c := range v.Comparisons {
		want := map[string]float64{bench.ReadyP95Sec: all[79], bench.ReadyP99Sec: all[83]}[c.Metric] // ceil(0.95*84) = 80
		if c.Benchmark != create || want == 0 {
			continue
		}
		found++
		if of := c.Operations; of == nil || *of != (gate.Operations{Base: 84, Head: 84, Pooled: true}) || *c.Base != want {
			t.Errorf("%s: %v of %+v operations, want %v of 84", c.Metric, *c.Base, of, want)
		}
		if len(c.BaseValues) != 6 || c.Method == "" {
			t.Errorf("%s: the sessions are not compared: %d values, method %q", c.Metric, len(c.BaseValues), c.Method)
		}
	}
	if found != 2 {
		t.Errorf("%d of 2 percentiles were compared", found)
	}
}

// TestPercentileWithoutValues has a record with latencies, whose percentiles are missing in
// one arm or both.
func TestPercentileWithoutValues(t *testing.T) {
	for _, arms := range [][]bench.Arm{{bench.Base}, {bench.Head}, bench.Arms[:]} {
		run := testdata.Record(t, "unchanged")
		for _, s := range run.Sessions {
			for _, r := range s.Results {
				if slices.Contains(arms, s.Arm) {
					delete(r.Metrics, bench.ReadyP95Sec)
				}
			}
		}
		v, err := gate.Decide(gate.Evidence{Run: run}, gate.DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range v.Comparisons {
			if c.Metric == bench.ReadyP95Sec && (c.Outcome != gate.NotComparable || c.Operations != nil) {
				t.Errorf("%v without percentiles: %s is %s, of %v operations", arms, c.Benchmark, c.Outcome, c.Operations)
			}
		}
	}
}
