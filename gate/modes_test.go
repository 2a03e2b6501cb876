package gate

import (
	"math"
	"testing"

	"github.com/kro/perf-gate/bench"
)

// latencies are sessions of ten operations each, of which slow take 2 s and the
// others about fast.
func latencies(sessions int, fast float64, slow int) [][]float64 {
	var all [][]float64
	for s := range sessions {
		var v []float64
		for i := range 10 {
			if i < slow {
				v = append(v, 2+float64(i)/100)
			} else {
				v = append(v, fast*(1+float64(i+s)/200))
			}
		}
		all = append(all, v)
	}
	return all
}

func TestModes(t *testing.T) {
	for _, tt := range []struct {
		name       string
		base, head [][]float64
		found      bool
		slow       [2]float64
		shareMoved bool
		fast       float64
	}{
		{"one mode", latencies(5, 0.1, 0), latencies(5, 0.1, 0), false, [2]float64{}, false, 0},
		{"more slow ones", latencies(5, 0.1, 1), latencies(5, 0.1, 4), true, [2]float64{0.1, 0.4}, true, 1},
		{"slower fast ones", latencies(5, 0.1, 2), latencies(5, 0.12, 2), true, [2]float64{0.2, 0.2}, false, 1.2},
	} {
		r := record(both(work, "ready-p50-sec", []float64{1, 1, 1, 1, 1}, []float64{1, 1, 1, 1, 1}), bench.Benchmark{Name: work})
		for i := range r.Sessions {
			s := &r.Sessions[i]
			of := tt.base
			if s.Arm == bench.Head {
				of = tt.head
			}
			s.Results[0].Samples = map[string][]float64{bench.ReadySamples: of[s.Round]}
		}
		v, err := Decide(Evidence{Run: r}, DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		if found := len(v.Modes) == 1; found != tt.found {
			t.Errorf("%s: modes %+v", tt.name, v.Modes)
		}
		if !tt.found {
			continue
		}
		m := v.Modes[0]
		if math.Abs(m.Slow[0]-tt.slow[0])+math.Abs(m.Slow[1]-tt.slow[1]) > 1e-9 || (m.SlowP < 0.05) != tt.shareMoved || m.Fast == nil || math.Abs(*m.Fast-tt.fast) > 0.02 {
			t.Errorf("%s: %+v, fast %v", tt.name, m, *m.Fast)
		}
	}
}

func TestFindings(t *testing.T) {
	calm := []float64{100, 101, 102, 103, 104, 105, 106, 107}
	v, err := Decide(Evidence{Run: record(series{work: {
		"requests/op": {bench.Base: {9, 9, 9, 9, 9, 9, 9, 9}, bench.Head: {11, 11, 11, 11, 11, 11, 11, 11}},
		"cpu-sec/op":  {bench.Base: calm, bench.Head: scaled(calm, 2)},
		"allocs/op":   {bench.Base: scaled(calm, 100), bench.Head: scaled(calm, 300)},
		"B/op":        {bench.Base: scaled(calm, 100), bench.Head: scaled(calm, 300)},
	}}, bench.Benchmark{Name: work})}, DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	var groups []string
	for _, f := range v.Findings {
		groups = append(groups, string(f.Group)+" "+v.Comparisons[f.Worst].Metric)
	}
	want := []string{"requests requests/op", "allocations allocs/op", "time cpu-sec/op"}
	if len(groups) != len(want) {
		t.Fatalf("findings %v, want %v", groups, want)
	}
	for i := range want {
		if groups[i] != want[i] {
			t.Errorf("finding %d is %q, want %q", i, groups[i], want[i])
		}
	}
}
