package gate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/bench"
)

const creating = "Collection/op=create/items=*"

// swept makes a run of a sweep over sizes, in which each arm's cost of a size is scattered
// by a factor with the standard deviation.
func swept(seed uint64, metric string, rounds int, sizes []int, scatter float64, base, head func(n float64) float64) *bench.Record {
	draw := rand.New(rand.NewPCG(seed, 0))
	values := series{}
	var planned []bench.Benchmark
	for _, n := range sizes {
		name := strings.Replace(creating, "*", fmt.Sprint(n), 1)
		planned = append(planned, bench.Benchmark{Name: name, Ops: 10, Sweep: "items"})
		arm := func(cost func(n float64) float64) []float64 {
			v := make([]float64, rounds)
			for i := range v {
				v[i] = cost(float64(n)) * math.Exp(scatter*draw.NormFloat64())
			}
			return v
		}
		values[name] = map[string]map[bench.Arm][]float64{metric: {bench.Base: arm(base), bench.Head: arm(head)}}
	}
	return record(values, planned...)
}

// growthOf returns the verdict on a run and its comparison of growth.
func growthOf(t *testing.T, r *bench.Record, p Policy) (*Verdict, Comparison) {
	t.Helper()
	v, err := Decide(Evidence{Run: r}, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Comparisons {
		if c.Scale == Difference {
			return v, c
		}
	}
	t.Fatalf("no growth in %+v", v.Comparisons)
	return nil, Comparison{}
}

// TestGrowthFindsWhatNoSizeShows plants a step from linear to quadratic that moves no size
// beyond its tolerance: at 5, 50 and 90 items, allocations by 0.05 %, 0.5 % and 0.9 %, and
// CPU time by 0.6 %, 6 % and 11 %. The scatter of CPU time from round to round, of
// head/base, is 8.5 %.
func TestGrowthFindsWhatNoSizeShows(t *testing.T) {
	const runs = 100
	for _, tt := range []struct {
		metric          string
		rounds          int
		scatter, square float64
		found           int // runs, at least
	}{
		{bench.AllocsPerOp, 11, 0.002, 1e-4, 90},
		{bench.CPUSecPerOp, 11, 0.06, 1.2e-3, 20},
		{bench.CPUSecPerOp, 41, 0.06, 1.2e-3, 85},
	} {
		found, single := 0, 0
		for seed := range uint64(runs) {
			v, c := growthOf(t, swept(seed, tt.metric, tt.rounds, []int{5, 50, 90}, tt.scatter,
				func(n float64) float64 { return 1000 * n }, func(n float64) float64 { return 1000*n + 1000*tt.square*n*n }), DefaultPolicy())
			if c.Outcome == Regressed {
				found++
			}
			for _, c := range v.Regressions() {
				if c.Scale == Ratio && c.Benchmark != Geomean {
					single++
				}
			}
		}
		t.Logf("%s in %d rounds: found in %d of %d runs, at a single size in %d", tt.metric, tt.rounds, found, runs, single)
		if found < tt.found || single > runs/20 {
			t.Errorf("%s in %d rounds: found in %d of %d runs, want %d; single sizes regressed %d times", tt.metric, tt.rounds, found, runs, tt.found, single)
		}
	}
}

// TestGrowthKeepsAlpha gates growth alone, without a tolerance, so that the tests and their
// correction alone keep unchanged code from being red.
func TestGrowthKeepsAlpha(t *testing.T) {
	const runs = 400
	yes, no := true, false
	p := DefaultPolicy()
	p.Rules = []Rule{{Benchmark: creating, Gate: &yes, Growth: pointer(0)}}
	sizes := []int{5, 50, 90}
	for _, n := range sizes { // the pattern matches them too
		p.Rules = append(p.Rules, Rule{Benchmark: strings.Replace(creating, "*", fmt.Sprint(n), 1), Gate: &no})
	}
	red := 0
	for seed := range uint64(runs) {
		cost := func(n float64) float64 { return 1000 + 100*n }
		r := swept(seed, bench.AllocsPerOp, 11, sizes, 0.002, cost, cost)
		more := swept(seed+runs, bench.CPUSecPerOp, 11, sizes, 0.1, cost, cost)
		for i, s := range more.Sessions {
			for k, result := range s.Results {
				r.Sessions[i].Results[k].Metrics[bench.CPUSecPerOp] = result.Metrics[bench.CPUSecPerOp]
			}
		}
		if v, _ := growthOf(t, r, p); v.Status == Fail {
			red++
		}
	}
	t.Logf("red in %d of %d runs", red, runs)
	if limit := binomialLimit(runs, p.Alpha); red > limit {
		t.Errorf("%d of %d runs of unchanged code are red, want at most %d", red, runs, limit)
	}
}

// binomialLimit returns how many of n runs are red at most, with a probability of 0.999, if
// each is with a probability of p.
func binomialLimit(n int, p float64) int {
	at := math.Pow(1-p, float64(n))
	sum, k := at, 0
	for sum < 0.999 {
		at *= p / (1 - p) * float64(n-k) / float64(k+1)
		sum += at
		k++
	}
	return k
}

func TestGrowthFigures(t *testing.T) {
	square := func(n float64) float64 { return 100 * n * n }
	_, c := growthOf(t, swept(1, bench.AllocsPerOp, 8, []int{1, 10, 100}, 0, func(n float64) float64 { return 1000 * n }, square), only(bench.AllocsPerOp))
	if *c.Base != 1 || *c.Head != 2 || *c.Difference != 1 || *c.CI != [2]float64{1, 1} || c.Ratio != nil || c.Outcome != Regressed {
		t.Errorf("from linear to quadratic: %+v", c)
	}
	if want := []Settled{{"interval", Regressed}}; !slices.Equal(c.Course, want) {
		t.Errorf("course %v, want %v", c.Course, want)
	}
	if math.Abs(*c.Detectable-c.Tolerance) > 1e-12 {
		t.Errorf("without scatter, a change of %v is the smallest that would be seen, want %v", *c.Detectable, c.Tolerance)
	}

	// Least squares over 1, 10 and 100: the slope is half the logarithm of the quotient of
	// the ends, whatever the middle has.
	costs := map[float64]float64{1: 100, 10: 5000, 100: 10_000}
	_, c = growthOf(t, swept(1, bench.AllocsPerOp, 8, []int{1, 10, 100}, 0, func(n float64) float64 { return costs[n] }, square), only(bench.AllocsPerOp))
	if *c.Base != 1 {
		t.Errorf("slope over %v = %v, want 1", costs, *c.Base)
	}
}

// TestGrowthOfCounts needs no statistics: two rounds are enough.
func TestGrowthOfCounts(t *testing.T) {
	linear, square := func(n float64) float64 { return 2 * n }, func(n float64) float64 { return 2 * n * n }
	v, c := growthOf(t, swept(1, bench.RequestsPerOp, 2, []int{1, 5, 10}, 0, linear, square), DefaultPolicy())
	if c.Outcome != Regressed || !c.Gated || c.P != nil || *c.Difference != 1 {
		t.Errorf("growth of counts: %+v", c)
	}
	want := []Finding{
		{Group: bench.Requests, Scale: Difference, Metrics: []string{bench.RequestsPerOp}, Benchmarks: []string{creating}},
		{Group: bench.Requests, Metrics: []string{bench.RequestsPerOp}, Benchmarks: []string{"Collection/op=create/items=5", "Collection/op=create/items=10"}},
	}
	for i := range v.Findings {
		v.Findings[i].Worst = 0
	}
	if diff := cmp.Diff(want, v.Findings); diff != "" {
		t.Errorf("findings: -want +got\n%s", diff)
	}
}

// TestGrowthNeedsTheLargestSize: whoever makes small sizes cheaper raises the exponent,
// and whoever makes them dearer lowers it.
func TestGrowthNeedsTheLargestSize(t *testing.T) {
	dear, cheap := func(n float64) float64 { return 5000 + 100*n }, func(n float64) float64 { return 100 * n }
	for _, metric := range []string{bench.AllocsPerOp, bench.RequestsPerOp} {
		for name, arms := range map[string][2]func(float64) float64{"cheaper": {dear, cheap}, "dearer": {cheap, dear}} {
			v, c := growthOf(t, swept(1, metric, 8, []int{1, 10, 100}, 0, arms[0], arms[1]), DefaultPolicy())
			if c.Outcome != Unchanged || c.Note != "the exponent changed, but Collection/op=create/items=100 did not get "+map[string]string{"cheaper": "worse", "dearer": "better"}[name] {
				t.Errorf("%s, small sizes %s: growth %s, %q", metric, name, c.Outcome, c.Note)
			}
			if want := map[string]Status{"cheaper": Pass, "dearer": Fail}[name]; v.Status != want {
				t.Errorf("%s, small sizes %s: %s, want %s", metric, name, v.Status, want)
			}
		}
	}
}

// TestGrowthWithoutCosts makes up no exponent where a size costs nothing.
func TestGrowthWithoutCosts(t *testing.T) {
	linear := func(n float64) float64 { return 7 * n }
	some := func(n float64) float64 { return max(0, n-5) }
	v, c := growthOf(t, swept(1, bench.GraphBuildsPerOp, 4, []int{5, 50}, 0, linear, some), DefaultPolicy())
	if c.Outcome != NotComparable || c.Gated || c.Head != nil || c.Note != "no exponent in head, because a size costs nothing or was not measured" {
		t.Errorf("a size that costs nothing: %+v", c)
	}
	if v.Status != Pass || len(v.Lost()) != 0 {
		t.Errorf("%s, lost %v", v.Status, v.Lost())
	}
	nothing := swept(1, bench.GraphBuildsPerOp, 4, []int{5, 50}, 0, some, some)
	for _, c := range judge(t, nothing, DefaultPolicy()).Comparisons {
		if c.Scale == Difference {
			t.Errorf("no arm has an exponent: %+v", c)
		}
	}
}

// TestGrowthIsMeasuredAgain measures all sizes again, and believes the exponent only then.
func TestGrowthIsMeasuredAgain(t *testing.T) {
	linear, faster := func(n float64) float64 { return 1000 * n }, func(n float64) float64 { return 1000*n + 0.1*n*n }
	sizes := []int{5, 50, 90}
	run := swept(1, bench.AllocsPerOp, 11, sizes, 0.001, linear, faster)
	flagged, rounds, err := Flagged(Evidence{Run: run}, DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	if len(flagged) != len(sizes) || rounds != confirmRounds {
		t.Fatalf("%v in %d rounds are measured again", flagged, rounds)
	}
	for _, tt := range []struct {
		head func(float64) float64
		want Outcome
	}{{faster, Regressed}, {linear, Inconclusive}} {
		again := swept(2, bench.AllocsPerOp, confirmRounds, sizes, 0.001, linear, tt.head)
		both := *run
		both.Sessions = slices.Clone(run.Sessions)
		for _, s := range again.Sessions {
			s.Phase, s.Index, s.Round = bench.Confirm, len(both.Sessions), s.Round+100
			both.Sessions = append(both.Sessions, s)
		}
		if _, c := growthOf(t, &both, DefaultPolicy()); c.Outcome != tt.want || c.Unconfirmed != (tt.want == Inconclusive) {
			t.Errorf("measured again: %s, unconfirmed %v, want %s (%s)", c.Outcome, c.Unconfirmed, tt.want, c.Note)
		}
	}
}

// TestGrowthThatIsNotSeen leaves a run green: the sizes were compared.
func TestGrowthThatIsNotSeen(t *testing.T) {
	cost := func(n float64) float64 { return n }
	v, c := growthOf(t, swept(3, bench.CPUSecPerOp, 11, []int{9, 10}, 0.03, cost, cost), DefaultPolicy())
	if c.Outcome != Inconclusive || v.Status != Pass {
		t.Errorf("growth %s, run %s: %s", c.Outcome, v.Status, v.Reason)
	}
	i := slices.IndexFunc(v.Sight.Metrics, func(m MetricSight) bool { return m.Scale == Difference })
	if i < 0 || v.Sight.Metrics[i].Median != *c.Detectable {
		t.Errorf("sight %+v does not say what change of the exponent would have been seen, %v", v.Sight.Metrics, *c.Detectable)
	}
}

func TestGrowthTerms(t *testing.T) {
	yes, no := true, false
	p := DefaultPolicy()
	p.Rules = append(p.Rules, Rule{Benchmark: "Own/*", Metric: bench.AllocsPerOp, Tolerance: pointer(0.5), Growth: pointer(0.02)}, Rule{Benchmark: "Other/*", Gate: &no}, Rule{Metric: "resident-B", Gate: &yes})
	for _, tt := range []struct {
		sweep, metric string
		gated         bool
		tolerance     float64
	}{
		{creating, bench.AllocsPerOp, true, 0.001},
		{creating, bench.RequestsPerOp, true, 0.005},
		{creating, bench.CPUSecPerOp, true, 0.01},
		{creating, bench.ReadyP50Sec, false, 0.01}, // a latency is no cost
		{creating, bench.ResidentBytes, false, 0.05},
		{"CRUD/op=noop/n=*", bench.AllocsPerOp, false, 0.001}, // nor are its sizes
		{"Own/n=*", bench.AllocsPerOp, true, 0.02},
		{"Other/n=*", bench.AllocsPerOp, false, 0.001},
	} {
		gated, tolerance, _ := p.terms(Difference, bench.Plan{}, bench.Benchmark{Name: tt.sweep}, tt.metric)
		if gated != tt.gated || tolerance != tt.tolerance {
			t.Errorf("%s %s: gated %v, tolerance %v; want %v, %v", tt.sweep, tt.metric, gated, tolerance, tt.gated, tt.tolerance)
		}
	}
}

// TestFeasibleCountsGrowth: every sweep adds comparisons that share alpha.
func TestFeasibleCountsGrowth(t *testing.T) {
	alone := bench.Plan{Rounds: 5, Order: []bench.Arm{bench.Base}}
	for i := range 2 {
		alone.Benchmarks = append(alone.Benchmarks, bench.Benchmark{Name: fmt.Sprintf("Work/n=%d", i+1)})
	}
	together := alone
	together.Benchmarks = slices.Clone(alone.Benchmarks)
	for i := range together.Benchmarks {
		together.Benchmarks[i].Sweep = "n"
	}
	p := DefaultPolicy()
	p.Alpha = 0.03 // 1 in 252, the smallest p-value of 5 sessions, is enough for 6 comparisons but not for 8
	if err := Feasible(alone, p); err != nil {
		t.Errorf("without the sweep: %v", err)
	}
	if err := Feasible(together, p); err == nil {
		t.Error("the sweep does not count")
	}
}
