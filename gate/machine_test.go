package gate

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
)

// controlled is a run in which CPU time follows the control workload, times the
// factor of the arm.
func controlled(base, head []float64, factor float64) *bench.Record {
	r := record(both(work, "cpu-sec/op", base, scaled(head, factor)), bench.Benchmark{Name: work})
	speeds := map[bench.Arm][]float64{bench.Base: base, bench.Head: head}
	for i := range r.Sessions {
		s := &r.Sessions[i]
		s.Control = map[string]float64{bench.ControlCPU: speeds[s.Arm][s.Round] / 1000}
	}
	return r
}

// TestControlCorrects measures on a machine that gets slower and faster by half,
// which hides a change of 30 % until the control workload is divided out.
func TestControlCorrects(t *testing.T) {
	base := []float64{100, 140, 120, 150, 110, 130}
	head := []float64{150, 110, 130, 100, 140, 120}
	policy := only("cpu-sec/op")
	v, err := Decide(Evidence{Run: controlled(base, head, 1.3)}, policy)
	if err != nil {
		t.Fatal(err)
	}
	c := v.Comparisons[0]
	if c.Outcome != Regressed || !c.Corrected || math.Abs(*c.Ratio-1.3) > 1e-9 || v.Machine.Corrected != 1 {
		t.Errorf("%+v, machine %+v; want a regression by 1.3", c, v.Machine)
	}
	if m := v.Machine; m.Base != 0.125 || m.Head != 0.125 || math.Abs(m.Drift-0.5) > 1e-9 || m.Differs {
		t.Errorf("machine %+v", m)
	}
	r := controlled(base, head, 1.3)
	for i := range r.Sessions {
		r.Sessions[i].Control = nil
	}
	v, err = Decide(Evidence{Run: r}, policy)
	if err != nil {
		t.Fatal(err)
	}
	if c := v.Comparisons[0]; c.Outcome != Inconclusive || c.Corrected || v.Machine != nil {
		t.Errorf("without the control workload: %s, corrected %v, machine %+v", c.Outcome, c.Corrected, v.Machine)
	}
}

// TestControlLeavesAlone keeps values that do not follow the workload.
func TestControlLeavesAlone(t *testing.T) {
	r := controlled([]float64{100, 140, 120, 150}, []float64{110, 130, 140, 120}, 1)
	for i := range r.Sessions {
		r.Sessions[i].Results[0].Metrics["cpu-sec/op"] = 100 + float64(i)/10
	}
	v, err := Decide(Evidence{Run: r}, only("cpu-sec/op"))
	if err != nil {
		t.Fatal(err)
	}
	if c := v.Comparisons[0]; c.Corrected || c.Outcome != Unchanged {
		t.Errorf("%+v", c)
	}
}

func TestDifferentMachines(t *testing.T) {
	base := []float64{100, 101, 102, 103, 104}
	v, err := Decide(Evidence{Run: controlled(base, scaled(base, 1.2), 1)}, only("cpu-sec/op"))
	if err != nil {
		t.Fatal(err)
	}
	if c := v.Comparisons[0]; !v.Machine.Differs || c.Outcome != NotComparable || v.Status != Error {
		t.Errorf("%s, %+v, machine %+v", v.Status, c, v.Machine)
	}
	if w := strings.Join(v.Warnings, "\n"); !strings.Contains(w, "base and head saw different machines: the control workload took 1.200 times as long in head's sessions") {
		t.Error(w)
	}
}

// TestDamageIsMonotone slows down ever more benchmarks of a run whose arms were measured
// apart: a slowdown of everything must not pass where one of a part fails.
func TestDamageIsMonotone(t *testing.T) {
	calm := []float64{100, 101, 102, 103, 104, 105, 106, 107}
	for slowed := 1; slowed <= 20; slowed++ {
		values, benchmarks := series{}, []bench.Benchmark{}
		for i := range 20 {
			name, factor := fmt.Sprint("B", i), 1.0
			if i < slowed {
				factor = 2
			}
			values[name] = both(name, "cpu-sec/op", calm, scaled(calm, factor))[name]
			benchmarks = append(benchmarks, bench.Benchmark{Name: name})
		}
		r := record(values, benchmarks...)
		r.Header.Plan.Turns = bench.NoTurns
		if v, err := Decide(Evidence{Run: r}, only("cpu-sec/op")); err != nil || v.Counts.Regressed != slowed {
			t.Errorf("%d of 20 benchmarks take twice the time: %d regressed, %s (%v)", slowed, v.Counts.Regressed, v.Status, err)
		}
	}
}

// TestCommonShift slows everything in a run whose arms were measured apart.
func TestCommonShift(t *testing.T) {
	values, benchmarks := series{}, []bench.Benchmark{}
	calm := []float64{100, 101, 102, 103, 104, 105, 106, 107}
	for i := range 12 {
		name := "B" + string(rune('a'+i))
		factor := 1.4
		if i == 0 {
			factor = 5
		}
		values[name] = both(name, "cpu-sec/op", calm, scaled(calm, factor))[name]
		benchmarks = append(benchmarks, bench.Benchmark{Name: name})
	}
	r := record(values, benchmarks...)
	r.Header.Plan.Turns = bench.NoTurns
	v, err := Decide(Evidence{Run: r}, only("cpu-sec/op"))
	if err != nil {
		t.Fatal(err)
	}
	if v.Shift == nil || math.Abs(*v.Shift-1.4) > 0.01 || v.Counts.Regressed != 12 {
		t.Errorf("without a history: shift %v, %d regressed: %s", v.Shift, v.Counts.Regressed, v.Reason)
	}

	// Recorded runs differ just as much, so the machine may explain it.
	var history []*bench.Record
	for day, factor := range []float64{1, 1.4, 1, 1.4, 1, 1.4, 1} {
		past := series{}
		for name := range values {
			past[name] = both(name, "cpu-sec/op", scaled(calm, factor), scaled(calm, factor))[name]
		}
		h := record(past, benchmarks...)
		h.Header.Created = r.Header.Created.AddDate(0, 0, day-30)
		h.Header.Plan.Turns = bench.NoTurns
		history = append(history, h)
	}
	v, err = Decide(Evidence{Run: r, History: history}, only("cpu-sec/op"))
	if err != nil {
		t.Fatal(err)
	}
	if v.Counts.Regressed != 1 || v.Comparisons[0].Outcome != Regressed {
		t.Errorf("with a history: %d regressed: %s", v.Counts.Regressed, v.Reason)
	}
	r.Header.Plan.Turns = bench.BySession
	if v, err = Decide(Evidence{Run: r}, only("cpu-sec/op")); err != nil || v.Shift != nil || v.Counts.Regressed != 13 { // and their mean
		t.Errorf("side by side: shift %v, %d regressed, %v", v.Shift, v.Counts.Regressed, err)
	}
}
