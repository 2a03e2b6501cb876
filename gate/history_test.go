package gate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kro/perf-gate/bench"
)

// recorded are runs of unchanged code whose medians are scaled by the factors.
func recorded(values []float64, factors ...float64) []*bench.Record {
	var records []*bench.Record
	for day, f := range factors {
		r := record(both(work, "cpu-sec/op", scaled(values, f), scaled(values, f)), bench.Benchmark{Name: work})
		r.Header.Created = time.Date(2026, 1, 1+day, 0, 0, 0, 0, time.UTC)
		records = append(records, r)
	}
	return records
}

func strict(metric string) Policy {
	p := only(metric)
	p.Tolerance[bench.Timing] = 0.02
	return p
}

// TestHistoryTeachesTolerance has runs that lie up to 20 % apart, so that 15 %
// is nothing.
func TestHistoryTeachesTolerance(t *testing.T) {
	calm := []float64{100, 100.1, 100.2, 100.3, 100.4, 100.5}
	run := record(both(work, "cpu-sec/op", calm, scaled(calm, 1.15)), bench.Benchmark{Name: work})
	for _, tt := range []struct {
		name    string
		history []*bench.Record
		outcome Outcome
		learned float64
	}{
		{"none", nil, Regressed, 0},
		{"too little", recorded(calm, 0.9, 1, 1.1, 1), Regressed, 0},
		{"enough", recorded(calm, 0.9, 1, 1.1, 1, 1.08), Unchanged, 1.1/0.9 - 1},
		{"calm", recorded(calm, 1, 1, 1.001, 1, 1), Regressed, 0.001},
	} {
		v, err := Decide(Evidence{Run: run, History: tt.history}, strict("cpu-sec/op"))
		if err != nil {
			t.Fatal(err)
		}
		c := v.Comparisons[0]
		learned := 0.0
		if c.Learned != nil {
			learned = *c.Learned
		}
		if c.Outcome != tt.outcome || math.Abs(learned-tt.learned) > 1e-9 || c.Tolerance != max(0.02, learned) || v.Sight.History != len(tt.history) {
			t.Errorf("%s: %s, learned %v, tolerance %v, history %d; want %s, %v", tt.name, c.Outcome, learned, c.Tolerance, v.Sight.History, tt.outcome, tt.learned)
		}
	}
}

// TestHistoryOfPairs learns from the difference between the arms where both are
// one build, not from how the machine differed between runs.
func TestHistoryOfPairs(t *testing.T) {
	calm := []float64{100, 100.1, 100.2, 100.3, 100.4, 100.5}
	history := recorded(calm, 0.8, 1, 1.2, 1, 1.1)
	for _, r := range history {
		r.Header.Builds[bench.Base] = r.Header.Builds[bench.Head]
	}
	run := record(both(work, "cpu-sec/op", calm, scaled(calm, 1.1)), bench.Benchmark{Name: work})
	v, err := Decide(Evidence{Run: run, History: history}, strict("cpu-sec/op"))
	if err != nil {
		t.Fatal(err)
	}
	if c := v.Comparisons[0]; c.Outcome != Regressed || *c.Learned != 0 {
		t.Errorf("%s, learned %v", c.Outcome, *c.Learned)
	}
}

// TestHistoryLends compares arms that were measured apart. One value of base in
// three is slow, which hides 4 % until the history shows that this is usual.
func TestHistoryLends(t *testing.T) {
	usual := []float64{100, 120, 100.2, 100.4, 100.6, 100.8, 120, 101}
	policy := strict("cpu-sec/op")
	policy.Alpha = 0.01
	run := record(both(work, "cpu-sec/op", usual, scaled([]float64{100.1, 100.3, 100.5, 100.7, 100.9, 101.1, 120.2, 100.15}, 1.05)), bench.Benchmark{Name: work})
	run.Header.Plan.Turns = bench.NoTurns
	history := recorded(usual, 1, 1.001, 0.999, 1, 1.001, 0.999, 1)
	for _, tt := range []struct {
		name    string
		history []*bench.Record
		outcome Outcome
		lent    int
	}{{"alone", nil, Inconclusive, 0}, {"with history", history, Regressed, 7}} {
		v, err := Decide(Evidence{Run: run, History: tt.history}, policy)
		if err != nil {
			t.Fatal(err)
		}
		if c := v.Comparisons[0]; c.Outcome != tt.outcome || c.Runs != tt.lent || len(c.BaseValues) != len(usual) {
			t.Errorf("%s: %s with %d runs lent: ratio %.3f %.3f p %v", tt.name, c.Outcome, c.Runs, *c.Ratio, *c.CI, *c.P)
		}
	}

	// A base that is itself out of line makes nothing regress.
	fast := record(both(work, "cpu-sec/op", scaled(usual, 0.7), usual), bench.Benchmark{Name: work})
	fast.Header.Plan.Turns = bench.NoTurns
	v, err := Decide(Evidence{Run: fast, History: history}, only("cpu-sec/op"))
	if err != nil {
		t.Fatal(err)
	}
	if c := v.Comparisons[0]; c.Outcome != Inconclusive || !strings.Contains(c.Note, "base itself is out of line: it has 70.49, and the median of 7 recorded runs is 100.7") {
		t.Errorf("%s: %s", c.Outcome, c.Note)
	}
}

// TestBaselineGatesTimingOnceLearned needs five runs for a verdict on time.
func TestBaselineGatesTimingOnceLearned(t *testing.T) {
	calm := []float64{100, 100.1, 100.2, 100.3, 100.4, 100.5}
	run := record(both(work, "cpu-sec/op", nil, scaled(calm, 1.2)), bench.Benchmark{Name: work})
	for runs, want := range map[int]Status{4: Error, 5: Fail} {
		v, err := Decide(Evidence{Run: run, History: recorded(calm, 1, 1.01, 0.99, 1, 1.02)[:runs], Baseline: true}, strict("cpu-sec/op"))
		if err != nil {
			t.Fatal(err)
		}
		if c := v.Comparisons[0]; v.Status != want || c.Gated != (want == Fail) || !strings.HasPrefix(c.Note, "measured in") {
			t.Errorf("%d runs: %s (%s), %+v", runs, v.Status, v.Reason, c)
		}
	}
}

// TestBaseBeforeAStep has recorded runs that moved by 3 %, with base from before and
// head from after. Main itself moved, so nothing regresses; a further 5 % does.
func TestBaseBeforeAStep(t *testing.T) {
	calm := []float64{100, 100.1, 100.2, 100.3, 100.4, 100.5}
	history := recorded(calm, 1, 1.001, 0.999, 1, 1.001, 0.999, 1, 1.03, 1.031, 1.029, 1.03, 1.031, 1.029)
	for head, want := range map[float64]Outcome{1.03: Unchanged, 1.03 * 1.05: Regressed} {
		run := record(both(work, "cpu-sec/op", calm, scaled(calm, head)), bench.Benchmark{Name: work})
		run.Header.Plan.Turns = bench.NoTurns
		v, err := Decide(Evidence{Run: run, History: history}, strict("cpu-sec/op"))
		if err != nil {
			t.Fatal(err)
		}
		if c := v.Comparisons[0]; c.Outcome != want || !c.Stepped || c.Runs != 6 || c.Tolerance > 0.0201 {
			t.Errorf("head at %v: %s, stepped %v, %d lent, tolerance %v: %s", head, c.Outcome, c.Stepped, c.Runs, c.Tolerance, c.Note)
		}
	}
}

// goRun is a run of a hundred Go benchmarks: one process, in which all values are scaled
// by factors of their own and then repeated ten times.
func goRun(draw *rand.Rand, scatter float64, slower map[int]float64) *bench.Record {
	r := &bench.Record{
		Header:   bench.Header{Plan: bench.Plan{Cluster: "go", Rounds: 1, Repetitions: true}},
		Sessions: []bench.Session{{Arm: bench.Head}},
	}
	for i := range 100 {
		name, factor := fmt.Sprint("B", i), math.Exp(scatter*draw.NormFloat64())
		if f, slowed := slower[i]; slowed {
			factor *= f
		}
		values := make([]float64, 10)
		for j := range values {
			values[j] = 1e-6 * factor * math.Exp(scatter/10*draw.NormFloat64())
		}
		r.Header.Plan.Benchmarks = append(r.Header.Plan.Benchmarks, bench.Benchmark{Name: name})
		r.Sessions[0].Results = append(r.Sessions[0].Results, bench.Result{
			Benchmark: name, Samples: map[string][]float64{"sec/op": values}, Processes: map[string][]int{"sec/op": make([]int, 10)},
		})
	}
	return r
}

// TestAllocationsOfOneProcess gates allocations that all repetitions reproduce. Any other
// difference may be one between processes, so it stays undecided.
func TestAllocationsOfOneProcess(t *testing.T) {
	for name, tt := range map[string]struct {
		base, head []float64
		want       Outcome
	}{
		"reproduced": {[]float64{2, 2, 2, 2, 2, 2}, []float64{3, 3, 3, 3, 3, 3}, Regressed},
		"spread":     {[]float64{500, 501, 502, 503, 504, 505}, []float64{600, 601, 602, 603, 604, 605}, Inconclusive},
	} {
		side := func(values []float64) *bench.Record {
			return &bench.Record{
				Header: bench.Header{Plan: bench.Plan{Cluster: "go", Rounds: 1, Repetitions: true, Benchmarks: []bench.Benchmark{{Name: "Run"}}}},
				Sessions: []bench.Session{{Arm: bench.Head, Results: []bench.Result{{
					Benchmark: "Run", Samples: map[string][]float64{"B/op": values}, Processes: map[string][]int{"B/op": make([]int, len(values))},
				}}}},
			}
		}
		v, err := Decide(Evidence{Run: bench.Apart(side(tt.base), side(tt.head))}, GoPolicy())
		if err != nil {
			t.Fatal(err)
		}
		if c := v.Comparisons[0]; c.Outcome != tt.want {
			t.Errorf("%s: %s, want %s (%s)", name, c.Outcome, tt.want, c.Note)
		}
	}
}

// TestCalmByChance has recorded runs that scatter by a tenth, except in one benchmark, where
// the few there are happen to agree. A head that scatters like all others is no slower.
func TestCalmByChance(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 3))
	run := func(slower float64) *bench.Record {
		r := goRun(draw, 0.1, nil)
		r.Sessions[0].Results[7].Samples["sec/op"] = slices.Repeat([]float64{1e-6 * slower * math.Exp(0.001*draw.NormFloat64())}, 10)
		return r
	}
	history := []*bench.Record{run(1), run(1), run(1), run(1), run(1), run(1)}
	v, err := Decide(Evidence{Run: bench.Apart(run(1), run(1.2)), History: history}, GoPolicy())
	if err != nil || v.Status == Fail {
		t.Errorf("%s: %s (%v)", v.Status, v.Reason, err)
	}
}

// TestManyBenchmarks compares one process with another. The more benchmarks there are,
// the further the one that differs most is from the usual, whatever the code. Of 40
// suites, alpha lets two be red.
func TestManyBenchmarks(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 1))
	for _, past := range []int{0, 5, 15} {
		red, found := 0, 0
		for range 40 {
			var history []*bench.Record
			for range past {
				history = append(history, goRun(draw, 0.02, nil))
			}
			run := bench.Apart(goRun(draw, 0.02, nil), goRun(draw, 0.02, map[int]float64{7: 1.5}))
			v, err := Decide(Evidence{Run: run, History: history}, GoPolicy())
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range v.Regressions() {
				if c.Benchmark == "B7" {
					found++
				} else {
					red++
				}
			}
			if warned := strings.Contains(strings.Join(v.Warnings, "\n"), "run go test -bench 7 times per arm"); warned == (past > 0) || past == 0 && v.Status != Undecided {
				t.Fatalf("%d recorded runs: %s, warnings %q", past, v.Status, v.Warnings)
			}
		}
		if red > 5 || past > 0 && found < 38 || past == 0 && found > 0 {
			t.Errorf("%d recorded runs: %d false alarms in 40 suites, %d of 40 slowdowns found", past, red, found)
		}
	}
}
