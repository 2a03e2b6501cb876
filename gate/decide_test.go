package gate

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kro/perf-gate/bench"
)

func TestExact(t *testing.T) {
	tenth := 0.1 // a variable: the compiler adds constants without rounding
	for _, tt := range []struct {
		name       string
		tolerance  float64
		base, head []float64
		outcome    Outcome
		status     Status
		note       string
	}{
		{"one session each, one request more", 0, []float64{9}, []float64{10}, Regressed, Fail, ""},
		{"one request fewer", 0, []float64{10, 10}, []float64{9, 9}, Improved, Pass, ""},
		{"the same", 0, []float64{10, 10}, []float64{10}, Unchanged, Pass, ""},
		{"the sum rounds differently", 0, []float64{0.3}, []float64{tenth + 0.2}, Unchanged, Pass, ""},
		{"new errors", 0, []float64{0, 0}, []float64{0.1, 0.2}, Regressed, Fail, ""},
		{"one stray session", 0, []float64{10, 10, 10}, []float64{10, 11, 10}, Inconclusive, Undecided, "worse in 1 of 3 sessions of head: base saw 10, head 10..11"},
		{"a stray reconcile", 0, []float64{32, 32, 32, 32, 32, 32}, []float64{32, 32.5, 32, 32, 32, 32}, Unchanged, Pass, "varies between sessions: base saw 32, head 32..32.5"},
		{"ranges overlap", 0, []float64{10, 10, 10.1}, []float64{10.1, 10.1, 10}, Inconclusive, Undecided, "not reproduced: base saw 10..10.1, head 10..10.1"},
		{"ranges apart", 0, []float64{10, 10.1}, []float64{10.2, 10.4}, Regressed, Fail, ""},
		{"within the absolute tolerance", 1, []float64{10}, []float64{11}, Unchanged, Pass, ""},
		{"beyond the absolute tolerance", 1, []float64{10}, []float64{11.1}, Regressed, Fail, ""},
		{"tolerance is not relative", 0.1, []float64{100}, []float64{101}, Regressed, Fail, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := only("requests/op")
			p.Tolerance[bench.Exact] = tt.tolerance
			v, err := Decide(Evidence{Run: record(both(work, "requests/op", tt.base, tt.head), bench.Benchmark{Name: work})}, p)
			if err != nil {
				t.Fatal(err)
			}
			c := v.Comparisons[0]
			if c.Outcome != tt.outcome || v.Status != tt.status || c.Note != tt.note {
				t.Errorf("outcome %s (%s), status %s; want %s (%s), %s", c.Outcome, c.Note, v.Status, tt.outcome, tt.note, tt.status)
			}
			if c.P != nil || c.AdjustedP != nil || c.CI != nil || c.Detectable != nil {
				t.Errorf("statistics on a count: %+v", c)
			}
		})
	}
}

// TestStatistical derives each outcome by hand. With 5 and 5 sessions the 95 %
// interval runs from the 3rd smallest to the 3rd largest of 25 quotients, and
// the smallest p-value is 1/252; with 3 and 3 there is no such interval.
func TestStatistical(t *testing.T) {
	five := []float64{100, 101, 102, 103, 104}
	wide := []float64{80, 90, 100, 110, 120}
	for _, tt := range []struct {
		name       string
		metric     string
		base, head []float64
		outcome    Outcome
		p          float64
		note       string
	}{
		{"twice as slow", "cpu-sec/op", five, scaled(five, 2), Regressed, 1.0 / 252, ""},
		{"twice as fast", "cpu-sec/op", five, scaled(five, 0.5), Improved, 1, ""},
		{"twice the throughput", "ops/sec", five, scaled(five, 2), Improved, 1, ""},
		{"half the throughput", "ops/sec", five, scaled(five, 0.5), Regressed, 1.0 / 252, ""},
		// Every quotient is within 104/100, so within 10 %; of the 252 splits of
		// five tied pairs 148 have U at most 12.5.
		{"nothing, shown", "cpu-sec/op", five, five, Unchanged, 148.0 / 252, ""},
		// Certain and small: p is minimal, the interval within 12 %.
		{"4.5 % up, tolerated", "cpu-sec/op", five, scaled(five, 1.045), Unchanged, 1.0 / 252, ""},
		// 14 %: the interval starts below 1.14*100/103 = 1.107.
		{"14 % up, in noise of 2 %", "cpu-sec/op", five, scaled(five, 1.14), Inconclusive, 1.0 / 252, ""},
		{"nothing, in noise of 20 %", "cpu-sec/op", wide, wide, Inconclusive, 148.0 / 252, ""},
		// 1 % is the tolerance of allocations.
		{"2 % more allocations", "allocs/op", []float64{1000, 1001, 1002, 1000.5, 1001.5}, []float64{1020, 1021, 1022, 1020.5, 1021.5}, Regressed, 1.0 / 252, ""},
		{"three sessions", "cpu-sec/op", five[:3], scaled(five[:3], 2), Inconclusive, 1.0 / 20,
			"3 base and 3 head values cannot give an interval at confidence 0.95; it shows all quotients"},
		{"four sessions", "cpu-sec/op", five[:4], scaled(five[:4], 2), Regressed, 1.0 / 70, ""},
		{"all equal", "cpu-sec/op", repeat(7, 5), repeat(7, 5), Unchanged, 1, ""},
		{"zero on both sides", "B/op", []float64{0}, []float64{0}, Unchanged, 1, ""},
		{"from zero to something", "B/op", repeat(0, 5), five, Regressed, 1.0 / 252, ""},
		{"from something to zero", "B/op", five, repeat(0, 5), Improved, 1, ""},
		{"throughput lost", "ops/sec", five, repeat(0, 5), Regressed, 1.0 / 252, ""},
		{"from zero to now and then", "B/op", repeat(0, 5), []float64{0, 1, 2, 3, 4}, Inconclusive, 6.0 / 252,
			"no ratio, because some values are zero, negative or too far apart: base saw 0..0, head 0..4"},
		{"a zero among them", "B/op", []float64{0, 1, 2, 3, 4}, five, Regressed, 1.0 / 252, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, c := decide(t, tt.metric, tt.base, tt.head)
			if c.Outcome != tt.outcome || c.Note != tt.note {
				t.Errorf("outcome %s (%s), want %s (%s); %+v", c.Outcome, c.Note, tt.outcome, tt.note, c)
			}
			if c.P == nil || math.Abs(*c.P-tt.p) > 1e-12 {
				t.Errorf("p = %v, want %v", c.P, tt.p)
			}
		})
	}
}

// TestFigures recomputes the estimate and its interval. The 16 quotients
// of {2,4,8,16} by {1,2,4,8} are 2 to the power of -2 (once), -1 (twice), 0 (3
// times), 1 (4), 2 (3), 3 (2) and 4 (once); with 4 and 4 sessions the interval is
// all they span.
func TestFigures(t *testing.T) {
	_, c := decide(t, "cpu-sec/op", []float64{1, 2, 4, 8}, []float64{2, 4, 8, 16})
	type figures struct {
		Base, Head, Ratio float64
		CI                [2]float64
		Values            []float64
	}
	got := figures{*c.Base, *c.Head, *c.Ratio, *c.CI, c.HeadValues}
	want := figures{3, 6, 2, [2]float64{0.25, 16}, []float64{2, 4, 8, 16}}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Error("-want +got\n", diff)
	}
}

// TestHolmOverGated has three gated comparisons whose uncorrected p-values
// (1/70 with four sessions) would each do, and one more than four sessions
// carry: 4/70 > 0.05.
func TestHolmOverGated(t *testing.T) {
	base := []float64{100, 101, 102, 103}
	for _, tt := range []struct {
		gated   int
		outcome Outcome
	}{{3, Regressed}, {4, Inconclusive}} {
		values, benchmarks := series{}, []bench.Benchmark{}
		for i := range tt.gated {
			name := work + "/n=" + string(rune('1'+i))
			values[name] = map[string]map[bench.Arm][]float64{
				"cpu-sec/op": {bench.Base: base, bench.Head: scaled(base, 2)},
				"B/op":       {bench.Base: base, bench.Head: scaled(base, 2)}, // not gated: takes nothing
			}
			benchmarks = append(benchmarks, bench.Benchmark{Name: name})
		}
		run := record(values, benchmarks...)
		run.Header.Plan.Turns = bench.NoTurns // without a mean, which would have its share of alpha
		v, err := Decide(Evidence{Run: run}, only("cpu-sec/op"))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range v.Comparisons {
			if !c.Gated {
				if c.Outcome != Regressed || c.AdjustedP != nil {
					t.Errorf("%s informs: %s with adjusted p %v, want regressed without", c.Metric, c.Outcome, c.AdjustedP)
				}
				continue
			}
			if fires := tt.outcome == Regressed; (c.Detectable != nil) != fires {
				t.Errorf("%d gated: detectable %v, although it can fire: %v", tt.gated, c.Detectable, fires)
			}
			if c.Outcome != tt.outcome {
				t.Errorf("%d gated: %s (%s), want %s", tt.gated, c.Outcome, c.Note, tt.outcome)
			}
			if want := float64(tt.gated) / 70; math.Abs(*c.AdjustedP-want) > 1e-12 {
				t.Errorf("%d gated: adjusted p %v, want %v", tt.gated, *c.AdjustedP, want)
			}
		}
		if v.Sight.Family != tt.gated || len(v.Regressions()) != v.Counts.Regressed {
			t.Errorf("sight %+v, counts %+v, %d regressions", v.Sight, v.Counts, len(v.Regressions()))
		}
		warned := slices.ContainsFunc(v.Warnings, func(w string) bool { return strings.Contains(w, "use 5 sessions per arm") })
		if want := tt.outcome == Inconclusive; warned != want {
			t.Errorf("%d gated: warned %v, want %v: %q", tt.gated, warned, want, v.Warnings)
		}
	}
}

func TestOrder(t *testing.T) {
	values := series{
		"Z": {"requests:list:pods/op": {}, "requests:get:pods/op": {}, "cpu-sec/op": {}, "errors/op": {}},
		"A": {"allocs/op": {}, "requests/op": {}},
	}
	for _, metrics := range values {
		for _, arms := range metrics {
			arms[bench.Base], arms[bench.Head] = []float64{1}, []float64{1}
		}
	}
	v, err := Decide(Evidence{Run: record(values, bench.Benchmark{Name: "Z"}, bench.Benchmark{Name: "A"})}, DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range v.Comparisons {
		got = append(got, c.Benchmark+" "+c.Metric)
	}
	want := []string{
		"Z errors/op", "Z cpu-sec/op", "Z requests:get:pods/op", "Z requests:list:pods/op",
		"A requests/op", "A allocs/op",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got\n", diff)
	}
}

func TestNeverGreenWithoutAComparison(t *testing.T) {
	one := []float64{1}
	ungated := DefaultPolicy()
	ungated.Rules = nil
	empty := record(nil, bench.Benchmark{Name: work})
	failed := record(both(work, "requests/op", one, one), bench.Benchmark{Name: work})
	failed.Sessions[1].Failed = "the controller died"
	for _, tt := range []struct {
		name    string
		run     *bench.Record
		policy  Policy
		reason  string
		warning string
	}{
		{"no sessions", empty, DefaultPolicy(), "base has no session", "is planned but was not measured"},
		{"no header", &bench.Record{}, DefaultPolicy(), "base has no session", ""},
		{"head failed", failed, DefaultPolicy(), "head has no complete session, 1 failed", "head: session 2 failed and is not compared: the controller died"},
		{"nothing in common", record(series{work: {
			"requests/op": {bench.Base: one}, "errors/op": {bench.Head: one}}}, bench.Benchmark{Name: work}), DefaultPolicy(),
			"no measured metric in common", "requests/op is gated but not comparable in 1 benchmark: no value in head"},
		{"nothing gated", record(both(work, "requests/op", one, one), bench.Benchmark{Name: work}), ungated, "the policy gates none of 1 comparison", ""},
		{"gated on one side only", record(series{work: {
			"requests/op": {bench.Base: one}, "B/op": {bench.Base: one, bench.Head: one}}}, bench.Benchmark{Name: work}), DefaultPolicy(),
			"1 comparison gated, none with values on both sides", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := Decide(Evidence{Run: tt.run}, tt.policy)
			if err != nil {
				t.Fatal(err)
			}
			if v.Status != Error || !strings.Contains(v.Reason, tt.reason) {
				t.Errorf("%s: %q, want error with %q", v.Status, v.Reason, tt.reason)
			}
			if !strings.Contains(strings.Join(v.Warnings, "\n"), tt.warning) {
				t.Errorf("warnings %q, want %q", v.Warnings, tt.warning)
			}
		})
	}
	if _, err := Decide(Evidence{Run: nil}, DefaultPolicy()); err == nil {
		t.Error("no record: no error")
	}
}

// TestReason names the worst regression: 50 % more of a timing is more than one
// request of ten, and half the throughput is worse than both.
func TestReason(t *testing.T) {
	yes := true
	base := []float64{100, 100, 100, 100, 100}
	values := both(work, "requests/op", repeat(10, 5), repeat(11, 5))
	values[work]["cpu-sec/op"] = map[bench.Arm][]float64{bench.Base: base, bench.Head: scaled(base, 1.5)}
	p := DefaultPolicy()
	p.Rules = append(p.Rules, Rule{Metric: "ops/sec", Gate: &yes})
	for _, want := range []string{
		"2 of 2 gated comparisons regressed, most of all CRUD/op=create cpu-sec/op: 100 -> 150 (ratio 1.500).",
		"3 of 3 gated comparisons regressed, most of all CRUD/op=create ops/sec: 100 -> 50 (ratio 0.500).",
	} {
		v, err := Decide(Evidence{Run: record(values, bench.Benchmark{Name: work})}, p)
		if err != nil {
			t.Fatal(err)
		}
		if v.Status != Fail || v.Reason != want {
			t.Errorf("%s: %q, want %q", v.Status, v.Reason, want)
		}
		values[work]["ops/sec"] = map[bench.Arm][]float64{bench.Base: base, bench.Head: scaled(base, 0.5)}
	}
}

func TestWarnings(t *testing.T) {
	run := record(series{work: {
		"B/op":          {bench.Base: {1, math.NaN(), 1}, bench.Head: {1, 1, math.Inf(1)}},
		"ready-p50-sec": {bench.Base: {1, 1}, bench.Head: {1, 1, 1}},
		"requests/op":   {bench.Base: {1, 1, 1}, bench.Head: {1, 1, 1}},
		"novel/op":      {bench.Base: {1}, bench.Head: {1}},
	}}, bench.Benchmark{Name: work})
	run.Sessions[5].Results = nil
	run.Header.Builds = map[bench.Arm]bench.Build{
		bench.Base: {Digest: "d", Go: "go1.25.1", Modules: map[string]string{"a": "v1", "b": "v1", "same": "v1"}, Dropped: []string{"--x", "--both"}},
		bench.Head: {Digest: "d", Go: "go1.26.8", Modules: map[string]string{"a": "v2", "c": "v1", "same": "v1"}, Dropped: []string{"--both"}},
	}
	v, err := Decide(Evidence{Run: run}, DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"base and head are the same binary",
		"base was built with go1.25.1, head with go1.26.8: the compiler may explain a difference",
		"base and head have different dependencies: a v1 -> v2, b v1 -> none, c none -> v1",
		"base ran without --x, which it does not know: the builds were configured differently",
		"CRUD/op=create was not measured in 1 of 3 sessions of head",
		"CRUD/op=create B/op: 1 of 3 values of base are not finite numbers and are left out",
		"CRUD/op=create ready-p50-sec: 1 of 3 sessions of base have no value",
		"metric novel/op is unknown to this version and not compared",
		"with 3 base and 3 head sessions, no gated comparison that needs statistics can regress: alpha 0.05 is shared by 1 comparison; use 4 sessions per arm",
	}
	if diff := cmp.Diff(want, v.Warnings); diff != "" {
		t.Error("-want +got\n", diff)
	}
}

// TestDetectable scales head to just below and just above what the comparison
// says it would have detected.
func TestDetectable(t *testing.T) {
	for _, tt := range []struct {
		metric string
		n      int
	}{{"cpu-sec/op", 4}, {"cpu-sec/op", 6}, {"allocs/op", 8}, {"ops/sec", 6}, {"ops/sec", 4}} {
		base, head := make([]float64, tt.n), make([]float64, tt.n)
		for i := range tt.n {
			base[i] = 100 + math.Mod(float64(i)*37.3, 11)
			head[i] = 101 + math.Mod(float64(i)*17.9, 13)
		}
		v, c := decide(t, tt.metric, base, head)
		if c.Outcome == Regressed || c.Detectable == nil {
			t.Fatalf("%s: %+v", tt.metric, c)
		}
		if m := v.Sight.Metrics; len(m) != 1 || m[0].Worst != *c.Detectable || m[0].Median != *c.Detectable || m[0].Comparisons != 1 {
			t.Errorf("sight %+v, want %v", m, *c.Detectable)
		}
		f := *c.Detectable / *c.Ratio
		beyond, short := f*1.0001, f*0.9999
		if c.Better == bench.Higher {
			beyond, short = short, beyond
		}
		if _, c := decide(t, tt.metric, base, scaled(head, beyond)); c.Outcome != Regressed {
			t.Errorf("%s with %d sessions: just beyond detectable: %s", tt.metric, tt.n, c.Outcome)
		}
		if _, c := decide(t, tt.metric, base, scaled(head, short)); c.Outcome == Regressed {
			t.Errorf("%s with %d sessions: regressed just short of detectable", tt.metric, tt.n)
		}
	}
	// Where higher is better, the worst is the smallest.
	calm, wild := []float64{100, 101, 102, 103, 104}, []float64{60, 80, 100, 120, 140}
	values := both("A", "ops/sec", calm, calm)
	values["B"] = both("B", "ops/sec", wild, wild)["B"]
	v, err := Decide(Evidence{Run: record(values, bench.Benchmark{Name: "A"}, bench.Benchmark{Name: "B"})}, only("ops/sec"))
	if err != nil {
		t.Fatal(err)
	}
	a, b := *v.Comparisons[0].Detectable, *v.Comparisons[1].Detectable
	want := []MetricSight{{Metric: "ops/sec", Comparisons: 2, Median: (a + b) / 2, Worst: b}}
	if diff := cmp.Diff(want, v.Sight.Metrics, cmpopts.EquateApprox(1e-12, 0)); diff != "" || b >= a {
		t.Errorf("detectable %v and %v, sight -want +got\n%s", a, b, diff)
	}
	// One-sided 1/20 would do, but three sessions give no interval.
	if _, c := decide(t, "cpu-sec/op", []float64{1, 2, 3}, []float64{1, 2, 3}); c.Detectable != nil {
		t.Errorf("three sessions: detectable %v, want none", *c.Detectable)
	}
}

// A kind of request that one arm never made is a zero there, because requests
// were counted; without a count it is missing.
func TestRequestKindOfOneArmOnly(t *testing.T) {
	kind := "requests:get:configmaps/op"
	values := series{work: {
		"requests/op": {bench.Base: {7}, bench.Head: {8}},
		kind:          {bench.Head: {1}},
	}}
	v, err := Decide(Evidence{Run: record(values, bench.Benchmark{Name: work})}, DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Comparisons {
		if c.Metric == kind && (c.Outcome != Regressed || c.Base == nil || *c.Base != 0) {
			t.Errorf("%s: %s from %v, want regressed from 0", kind, c.Outcome, c.Base)
		}
	}
	delete(values[work], "requests/op")
	if v, err = Decide(Evidence{Run: record(values, bench.Benchmark{Name: work})}, DefaultPolicy()); err != nil {
		t.Fatal(err)
	}
	if c := v.Comparisons[0]; c.Outcome != NotComparable {
		t.Errorf("%s without a count of all requests: %s, want %s", kind, c.Outcome, NotComparable)
	}
}

// What an undecided comparison does to the run depends on where it points, and
// on whether the same metric was decided elsewhere.
func TestStatusOfUndecidedRuns(t *testing.T) {
	calm := []float64{100, 101, 102, 103, 104}
	noisy := []float64{60, 80, 100, 130, 170}
	for _, tt := range []struct {
		name       string
		base, head []float64 // of one benchmark; another is calm on both sides
		alone      bool      // without the other
		want       Status
		reason     string
	}{
		{"noise elsewhere decided", noisy, noisy, false, Pass, "None of 2 gated comparisons regressed"},
		{"noise that looks better", noisy, scaled(noisy, 0.6), false, Pass, "None of"},
		{"noise that looks a little worse", noisy, scaled(noisy, 1.4), false, Pass, "None of"},
		{"noise that looks worse", noisy, scaled(noisy, 1.9), false, Undecided, "1 of 2 gated comparisons look worse than tolerated but may be noise"},
		{"noise in every benchmark", noisy, noisy, true, Undecided, "In every benchmark, noise hides whether cpu-sec/op changed"},
	} {
		values := both(work, "cpu-sec/op", tt.base, tt.head)
		benchmarks := []bench.Benchmark{{Name: work}}
		if !tt.alone {
			values["CRUD/op=update"] = both("CRUD/op=update", "cpu-sec/op", calm, calm)["CRUD/op=update"]
			benchmarks = append(benchmarks, bench.Benchmark{Name: "CRUD/op=update"})
		}
		v, err := Decide(Evidence{Run: record(values, benchmarks...)}, DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		if v.Status != tt.want || !strings.Contains(v.Reason, tt.reason) {
			t.Errorf("%s: %s: %s; want %s: %s", tt.name, v.Status, v.Reason, tt.want, tt.reason)
		}
	}
}
