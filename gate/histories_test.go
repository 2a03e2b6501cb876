package gate

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/trend"
)

// ran are runs, a day apart, each with the values of its sessions.
func ran(metric string, b bench.Benchmark, runs ...[]float64) []*bench.Record {
	var records []*bench.Record
	for day, values := range runs {
		r := record(both(b.Name, metric, nil, values), b)
		r.Header.Created = time.Date(2026, 1, 1+day, 0, 0, 0, 0, time.UTC)
		records = append(records, r)
	}
	return records
}

// history is the only one of the records.
func history(t testing.TB, records []*bench.Record, p Policy) History {
	t.Helper()
	list, err := Histories(records, p)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d histories, %v", len(list), err)
	}
	return list[0]
}

func TestCountsChangeAtOnce(t *testing.T) {
	nine, ten, eleven, both := []float64{9, 9}, []float64{10, 10}, []float64{11, 11}, []float64{9, 10}
	half := 10.0 / 9
	less := 9.0 / 10
	more := 11.0 / 9
	for _, tt := range []struct {
		name      string
		tolerance float64
		runs      [][]float64
		want      []Change
	}{
		{"the newest run", 0, [][]float64{nine, nine, ten}, []Change{{Run: 2, Before: 9, After: 10, Ratio: &half, Worse: true}}},
		{"and back", 0, [][]float64{nine, ten, nine}, []Change{{Run: 1, Before: 9, After: 10, Ratio: &half, Worse: true}, {Run: 2, Before: 10, After: 9, Ratio: &less}}},
		{"not reproduced", 0, [][]float64{nine, both, nine}, nil},
		{"not reproduced, then for good", 0, [][]float64{nine, both, ten}, []Change{{Run: 2, Before: 9, After: 10, Ratio: &half, Worse: true}}},
		{"two small steps", 1, [][]float64{nine, ten, eleven}, []Change{{Run: 2, Before: 9, After: 11, Ratio: &more, Worse: true}}},
		{"from none", 0, [][]float64{{0}, {2}}, []Change{{Run: 1, After: 2, Worse: true}}},
		{"one run", 0, [][]float64{nine}, nil},
	} {
		p := only("requests/op")
		p.Tolerance[bench.Exact] = tt.tolerance
		h := history(t, ran("requests/op", bench.Benchmark{Name: work}, tt.runs...), p)
		if diff := cmp.Diff(tt.want, h.Changes); diff != "" || h.Fewest != 2 || len(h.Runs) != len(tt.runs) {
			t.Errorf("%s: %d runs, fewest %d, changes -want +got\n%s", tt.name, len(h.Runs), h.Fewest, diff)
		}
	}
}

// TestHistoriesAgreeWithTheGate checks that a step is where package trend finds it,
// and that a creep is one for which a run of today fails when compared with the
// others.
func TestHistoriesAgreeWithTheGate(t *testing.T) {
	calm := []float64{100, 100.1, 100.2, 100.3, 100.4, 100.5}
	crept, stepped := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		metric := rapid.SampledFrom([]string{"cpu-sec/op", "ops/sec"}).Draw(t, "metric")
		p := strict(metric)
		p.Alpha = 0.01
		var levels []float64
		level := 1.0
		for range rapid.IntRange(1, 14).Draw(t, "levels") {
			for range rapid.IntRange(1, 6).Draw(t, "runs") {
				levels = append(levels, level*(1+rapid.Float64Range(-0.002, 0.002).Draw(t, "noise")))
			}
			level *= rapid.SampledFrom([]float64{0.99, 1.01, 1.01, 1.01, 1.01, 1.01, 1.01, 1.01, 1.5}).Draw(t, "step")
		}
		var runs [][]float64
		var medians []float64
		for _, f := range levels {
			runs = append(runs, scaled(calm, f))
			medians = append(medians, *median(scaled(calm, f)))
		}
		records := ran(metric, bench.Benchmark{Name: work}, runs...)
		h, err := Histories(records, p)
		if err != nil {
			t.Fatal(err)
		}
		var points []trend.Point
		creep := false
		for _, c := range h[0].Changes {
			if c.Crept {
				creep = true
				crept++
				continue
			}
			if math.Abs(*c.Ratio-c.After/c.Before) > 1e-12 || c.Worse != (c.After > c.Before == (h[0].Better == bench.Lower)) {
				t.Fatalf("%+v", c)
			}
			points = append(points, trend.Point{Index: c.Run, Ratio: *c.Ratio})
			stepped++
		}
		want := trend.Find(medians, trend.Options{Alpha: p.Alpha, MinChange: aChange[bench.Timing]})
		for i := range want {
			want[i].P = 0
		}
		if diff := cmp.Diff(want, points); diff != "" {
			t.Fatal(diff)
		}

		last := len(records) - 1
		v, err := Decide(Evidence{Run: records[last], History: records[:last], Baseline: true}, p)
		if err != nil {
			t.Fatal(err)
		}
		if c := v.Comparisons[0]; c.Gated && c.Outcome != Regressed && creep || c.Crept && !creep {
			t.Fatalf("crept %v here; %s, crept %v in the verdict", creep, c.Outcome, c.Crept)
		}
	})
	t.Logf("%d creeps, %d steps", crept, stepped)
	if !testing.Short() && (crept == 0 || stepped == 0) { // few draws may hold neither
		t.Errorf("%d creeps and %d steps: the test saw nothing", crept, stepped)
	}
}

func TestHistoriesFollowTheNewestWork(t *testing.T) {
	records := ran("allocs/op", bench.Benchmark{Name: work, Ops: 5}, []float64{5}, []float64{5})
	records = append(records, ran("allocs/op", bench.Benchmark{Name: "CRUD/op=gone", Ops: 5}, []float64{7})...)
	records = append(records, ran("allocs/op", bench.Benchmark{Name: work, Ops: 10}, []float64{10}, []float64{10})...)
	list, err := Histories(records, only("allocs/op"))
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	if h := list[0]; h.Benchmark != work || len(h.Runs) != 2 || h.Runs[0].Record != 3 || h.Runs[1].Record != 4 {
		t.Errorf("%+v, want the runs of ten operations", h)
	}
	if h := list[1]; h.Benchmark != "CRUD/op=gone" || len(h.Runs) != 1 {
		t.Errorf("%+v, want what the newest plan no longer has", h)
	}
}

func TestHistoriesOfAChangedWorkload(t *testing.T) {
	mine := bench.Benchmark{Name: "mine/op=create", Suite: "mine", Ops: 5}
	records := ran("allocs/op", mine, []float64{5}, []float64{5}, []float64{9})
	for i, digest := range []string{"1", "2", "2"} {
		records[i].Header.Plan.Workloads = []bench.Workload{{Suite: "mine", Dir: "mine", Digest: digest}}
	}
	list, err := Histories(records, only("allocs/op"))
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	if h := list[0]; len(h.Runs) != 2 || h.Runs[0].Record != 1 {
		t.Errorf("%+v, want the runs of the newest workload", h.Runs)
	}
}

// TestHistoriesShareAlpha among those that are gated and among those that are
// not: the more there are, the longer it takes to find anything.
func TestHistoriesShareAlpha(t *testing.T) {
	values := series{}
	var benchmarks []bench.Benchmark
	for _, name := range []string{"a", "b", "c", "d"} {
		values[name] = map[string]map[bench.Arm][]float64{
			"cpu-sec/op": {bench.Head: {1}}, "allocs/op": {bench.Head: {1}}, "B/op": {bench.Head: {1}}, "requests/op": {bench.Head: {1}},
		}
		benchmarks = append(benchmarks, bench.Benchmark{Name: name})
	}
	list, err := Histories([]*bench.Record{record(values, benchmarks...)}, only("cpu-sec/op"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"cpu-sec/op":  trend.Fewest(trend.Options{Alpha: 0.05 / 4}),
		"allocs/op":   trend.Fewest(trend.Options{Alpha: 0.05 / 8}),
		"B/op":        trend.Fewest(trend.Options{Alpha: 0.05 / 8}),
		"requests/op": 2,
	}
	for _, h := range list {
		if h.Fewest != want[h.Metric] || h.Gated != (h.Metric == "cpu-sec/op") {
			t.Errorf("%s: %d runs, want %d", h.Metric, h.Fewest, want[h.Metric])
		}
	}
}

func TestHistoriesOfNothing(t *testing.T) {
	if list, err := Histories(nil, DefaultPolicy()); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := Histories(ran("unknown/op", bench.Benchmark{Name: work}, []float64{1}), DefaultPolicy()); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := Histories(ran("allocs/op", bench.Benchmark{Name: work}, []float64{math.NaN()}), DefaultPolicy()); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := Histories([]*bench.Record{nil}, DefaultPolicy()); err == nil {
		t.Error("a missing record is no error")
	}
	if _, err := Histories(nil, Policy{}); err == nil {
		t.Error("an empty policy is no error")
	}
}
