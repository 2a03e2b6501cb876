package gate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kro/perf-gate/bench"
)

// noisyRun has twelve benchmarks with 8 % noise of their own and a machine that
// drifts by as much from round to round; head takes factor times as long.
func noisyRun(seed uint64, rounds int, factor float64) *bench.Record {
	random := rand.New(rand.NewPCG(seed, 7))
	drift := make([]float64, rounds)
	for i := range drift {
		drift[i] = math.Exp(0.08 * random.NormFloat64())
	}
	values, benchmarks := series{}, []bench.Benchmark{}
	for b := range 12 {
		name := "B" + string(rune('a'+b))
		arms := map[bench.Arm][]float64{}
		for _, arm := range bench.Arms {
			for i := range rounds {
				v := 0.01 * float64(b+1) * drift[i] * math.Exp(0.08*random.NormFloat64())
				if arm == bench.Head {
					v *= factor
				}
				arms[arm] = append(arms[arm], v)
			}
		}
		values[name] = map[string]map[bench.Arm][]float64{"cpu-sec/op": arms}
		benchmarks = append(benchmarks, bench.Benchmark{Name: name})
	}
	return record(values, benchmarks...)
}

// TestGeomean finds in the mean what noise hides in each benchmark, and nothing
// where nothing is.
func TestGeomean(t *testing.T) {
	const runs = 100
	red := map[float64]int{}
	single := 0
	for seed := range uint64(runs) {
		for _, factor := range []float64{1, 1.07} {
			v, err := Decide(Evidence{Run: noisyRun(seed, 10, factor)}, DefaultPolicy())
			if err != nil {
				t.Fatal(err)
			}
			if v.Status == Fail {
				red[factor]++
			}
			mean := v.Comparisons[len(v.Comparisons)-1]
			if mean.Benchmark != Geomean || mean.Method != SignedRank || v.Sight.Means != 1 {
				t.Fatalf("the last comparison is %+v", mean)
			}
			single += v.Counts.Regressed
			if mean.Outcome == Regressed {
				single--
			}
		}
	}
	if red[1] > 1 || red[1.07] < 95 || single > runs/10 {
		t.Errorf("of %d runs each, %d are red without a change and %d with 7 %% more; %d single benchmarks are", runs, red[1], red[1.07], single)
	}
}

// TestGeomeanOfRunsApart is left out: all together tell of the machine.
func TestGeomeanOfRunsApart(t *testing.T) {
	run := noisyRun(1, 10, 1.5)
	run.Header.Plan.Turns = bench.NoTurns
	v, err := Decide(Evidence{Run: run}, DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	if last := v.Comparisons[len(v.Comparisons)-1]; last.Benchmark == Geomean || v.Sight.Means != 0 {
		t.Errorf("%+v", last)
	}
}

// TestFlaggedMean measures again what the mean is over, and nothing else.
func TestFlaggedMean(t *testing.T) {
	run := noisyRun(1, 10, 1.1)
	run.Header.Plan.Benchmarks = append(run.Header.Plan.Benchmarks, bench.Benchmark{Name: "other"})
	for i := range run.Sessions {
		s := &run.Sessions[i]
		s.Results = append(s.Results, bench.Result{Benchmark: "other", Ops: 1, Metrics: map[string]float64{"requests/op": 1}})
	}
	benchmarks, rounds, err := Flagged(Evidence{Run: run}, DefaultPolicy())
	if err != nil || len(benchmarks) != 12 || slices.Contains(benchmarks, "other") || rounds != confirmRounds {
		t.Errorf("%d rounds of %v, %v; want the twelve that the mean is over", rounds, benchmarks, err)
	}
}

// TestFindingNamesNoMean beside the benchmarks that it is of.
func TestFindingNamesNoMean(t *testing.T) {
	regressed := func(benchmark string) Comparison {
		return Comparison{Benchmark: benchmark, Metric: "allocs/op", Gated: true, Outcome: Regressed}
	}
	for _, tt := range []struct{ regressed, want []string }{
		{[]string{"a", "b", Geomean}, []string{"a", "b"}},
		{[]string{Geomean}, []string{Geomean}},
	} {
		var comparisons []Comparison
		for _, name := range tt.regressed {
			comparisons = append(comparisons, regressed(name))
		}
		if found := findings(bench.Plan{}, comparisons); len(found) != 1 || !slices.Equal(found[0].Benchmarks, tt.want) {
			t.Errorf("%q: %+v, want %q", tt.regressed, found, tt.want)
		}
	}
}

// TestMeansShare has one mean, which is corrected for its share of alpha alone.
func TestMeansShare(t *testing.T) {
	for _, share := range []float64{0.25, 0.5} {
		p := DefaultPolicy()
		p.MeansShare = share
		v, err := Decide(Evidence{Run: noisyRun(1, 10, 1.1)}, p)
		if err != nil {
			t.Fatal(err)
		}
		mean := v.Comparisons[len(v.Comparisons)-1]
		if want := min(1, *mean.P/share); math.Abs(*mean.AdjustedP-want) > 1e-12 {
			t.Errorf("share %v: the p-value %v becomes %v, want %v", share, *mean.P, *mean.AdjustedP, want)
		}
	}
}

// TestInMean takes only the benchmarks of an operation into its mean.
func TestInMean(t *testing.T) {
	const ofBuild = Geomean + " Micro/op=build"
	for _, tt := range []struct {
		benchmark, mean string
		want            bool
	}{
		{"Micro/op=build/shape=flat/n=2", Geomean, true},
		{"Micro/op=build/shape=flat/n=2", ofBuild, true},
		{"Micro/op=route/instances=10", Geomean, true},
		{"Micro/op=route/instances=10", ofBuild, false},
		{Geomean, ofBuild, false},
		{ofBuild, Geomean, false},
	} {
		if got := InMean(tt.benchmark, tt.mean); got != tt.want {
			t.Errorf("%s is in %s: %v, want %v", tt.benchmark, tt.mean, got, tt.want)
		}
	}
}
