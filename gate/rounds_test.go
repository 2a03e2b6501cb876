package gate

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
)

// drifting is a machine that halves its speed through a run.
func drifting(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 100 * (1 + float64(i)/float64(n))
	}
	return v
}

// TestRoundsArePairs finds 5 % on a machine that drifts by far more, because a
// round's two sessions see the same of it. Two samples do not.
func TestRoundsArePairs(t *testing.T) {
	base := drifting(12)
	head := scaled(base, 1.05)
	for i := range head {
		head[i] *= 1 + 0.001*float64(i%3)
	}
	run := record(both(work, "cpu-sec/op", base, head), bench.Benchmark{Name: work})
	for turns, want := range map[bench.Turns]struct {
		outcome Outcome
		method  Method
	}{bench.ByBlock: {Regressed, SignedRank}, bench.BySession: {Regressed, SignedRank}, bench.NoTurns: {Inconclusive, MannWhitney}} {
		run.Header.Plan.Turns = turns
		v, err := Decide(Evidence{Run: run}, strict("cpu-sec/op"))
		if err != nil {
			t.Fatal(err)
		}
		if c := v.Comparisons[0]; c.Outcome != want.outcome || c.Method != want.method {
			t.Errorf("turns %v: %s by %s, ratio %.3f %.3f", turns, c.Outcome, c.Method, *c.Ratio, *c.CI)
		}
	}
}

// TestPairsAreOfRounds leaves out the rounds of which one session failed.
func TestPairsAreOfRounds(t *testing.T) {
	base := drifting(12)
	run := record(both(work, "cpu-sec/op", base, scaled(base, 1.05)), bench.Benchmark{Name: work})
	run.Sessions[3].Failed = "killed"
	slices.Reverse(run.Sessions[12:])
	for i := range run.Sessions {
		run.Sessions[i].Index = i
	}
	v, err := Decide(Evidence{Run: run}, strict("cpu-sec/op"))
	if err != nil {
		t.Fatal(err)
	}
	if c := v.Comparisons[0]; c.Method != SignedRank || math.Abs(*c.Ratio-1.05) > 1e-9 || math.Abs(c.CI[1]-1.05) > 1e-9 {
		t.Errorf("%s by %s: ratio %v %v", c.Outcome, c.Method, *c.Ratio, *c.CI)
	}
}

// TestLooksShareAlpha adds up what each look may spend.
func TestLooksShareAlpha(t *testing.T) {
	run := record(both(work, "cpu-sec/op", drifting(6), drifting(6)), bench.Benchmark{Name: work})
	run.Header.Plan.Rounds, run.Header.Plan.MaxRounds = 4, 9
	if got := lookOf(run); got != (look{3, 6}) {
		t.Errorf("6 rounds of 4 to 9: look %+v, want 3 of 6", got)
	}
	for _, looks := range []int{1, 2, 5} {
		sum := 0.0
		for n := range looks {
			sum += look{n + 1, looks}.alpha(0.05)
		}
		if math.Abs(sum-0.05) > 1e-12 {
			t.Errorf("%d looks spend %v", looks, sum)
		}
	}
}

// TestConfirmation measures a regression again.
func TestConfirmation(t *testing.T) {
	calm := []float64{100, 100.1, 100.2, 100.3, 100.4, 100.5}
	for _, tt := range []struct {
		name        string
		again       []float64 // of head, per round; base repeats itself
		outcome     Outcome
		unconfirmed bool
		status      Status
	}{
		{"repeats", []float64{150, 151, 150, 152, 149, 150}, Regressed, false, Fail},
		{"repeats but for one", []float64{150, 99, 150, 152, 149, 150}, Regressed, false, Fail},
		{"does not repeat", []float64{100, 101, 99, 100, 100, 100}, Inconclusive, true, Pass},
		{"repeats as a trifle", []float64{103, 104, 103, 104, 103, 105}, Inconclusive, true, Pass},
		{"broke off", []float64{100, 101}, Regressed, false, Fail},
	} {
		run := record(both(work, "cpu-sec/op", calm, scaled(calm, 1.5)), bench.Benchmark{Name: work})
		more := record(both(work, "cpu-sec/op", calm[:len(tt.again)], tt.again), bench.Benchmark{Name: work})
		for _, s := range more.Sessions {
			s.Index += len(run.Sessions)
			s.Phase = bench.Confirm
			run.Sessions = append(run.Sessions, s)
		}
		v, err := Decide(Evidence{Run: run}, only("cpu-sec/op"))
		if err != nil {
			t.Fatal(err)
		}
		c := v.Comparisons[0]
		if v.Status == Undecided { // the only metric, hidden
			v.Status = Pass
		}
		if c.Outcome != tt.outcome || c.Unconfirmed != tt.unconfirmed || v.Status != tt.status || len(c.BaseValues) != len(calm) {
			t.Errorf("%s: %s (%s), %s, unconfirmed %v: %s", tt.name, v.Status, v.Reason, c.Outcome, c.Unconfirmed, c.Note)
		}
	}

	run := record(series{work: {
		"cpu-sec/op":  {bench.Base: calm, bench.Head: scaled(calm, 1.5)},
		"requests/op": {bench.Base: calm, bench.Head: calm},
	}}, bench.Benchmark{Name: work})
	benchmarks, rounds, err := Flagged(Evidence{Run: run}, DefaultPolicy())
	if err != nil || !slices.Equal(benchmarks, []string{work}) || rounds != confirmRounds {
		t.Errorf("flagged %v, %d rounds, %v", benchmarks, rounds, err)
	}
	if more, err := WantsMore(Evidence{Run: run}, DefaultPolicy()); more || err != nil {
		t.Errorf("a run that fails wants more: %v, %v", more, err)
	}
}

// TestConfirmationKeepsPairs measures 5 % in rounds that share 5 % of noise, which only
// pairs show. What regressed has to be confirmed in most runs: of two samples it was
// in a third.
func TestConfirmationKeepsPairs(t *testing.T) {
	red, confirmed := 0, 0
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 4))
		rounds := func(n int) (base, head []float64) {
			for range n {
				shared := 100 * math.Exp(0.05*random.NormFloat64())
				base = append(base, shared*math.Exp(0.005*random.NormFloat64()))
				head = append(head, 1.05*shared*math.Exp(0.005*random.NormFloat64()))
			}
			return base, head
		}
		base, head := rounds(12)
		run := record(both(work, "cpu-sec/op", base, head), bench.Benchmark{Name: work})
		v, err := Decide(Evidence{Run: run}, strict("cpu-sec/op"))
		if err != nil {
			t.Fatal(err)
		}
		if v.Status != Fail {
			continue
		}
		red++
		base, head = rounds(confirmRounds)
		for _, s := range record(both(work, "cpu-sec/op", base, head), bench.Benchmark{Name: work}).Sessions {
			s.Index, s.Phase = s.Index+len(run.Sessions), bench.Confirm
			run.Sessions = append(run.Sessions, s)
		}
		if v, err = Decide(Evidence{Run: run}, strict("cpu-sec/op")); err != nil {
			t.Fatal(err)
		}
		if v.Status == Fail {
			confirmed++
		}
	}
	if red < 180 || confirmed < red*95/100 {
		t.Errorf("%d of 200 runs are red, %d of these after the confirmation", red, confirmed)
	}
}

func TestFeasible(t *testing.T) {
	plan := bench.Plan{Rounds: 6, Order: []bench.Arm{bench.Base, bench.Head}}
	for i := range 20 {
		plan.Benchmarks = append(plan.Benchmarks, bench.Benchmark{Name: bench.Name("A", bench.Param{Key: "i", Value: string(rune('a' + i))})})
	}
	err := Feasible(plan, DefaultPolicy())
	want := "with 6 sessions per arm, no timing or allocation could ever fail the run: alpha 0.05 is shared by the 60 comparisons of them that the policy gates; use 7 sessions, or gate fewer"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	plan.Rounds = 7
	if err := Feasible(plan, DefaultPolicy()); err != nil {
		t.Error(err)
	}
	policy := DefaultPolicy()
	policy.Alpha = 0.03
	if err := Feasible(plan, policy); err != nil {
		t.Error(err)
	}
	plan.MaxRounds = 20 // the first look has half of alpha
	if err := Feasible(plan, policy); err == nil || !strings.Contains(err.Error(), "use 8 sessions") {
		t.Error(err)
	}
}
