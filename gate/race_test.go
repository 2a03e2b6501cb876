package gate

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kro/perf-gate/bench"
)

// racing makes a run of a racy benchmark. Its sessions wait and serve as often as given,
// and list makes their lists of that.
func racing(t *testing.T, list func(arm bench.Arm, session int, waits, serves float64) float64) *bench.Record {
	t.Helper()
	const name = "Graph/op=update"
	waits := map[bench.Arm][]float64{bench.Base: {3, 5, 4, 4, 6, 3}, bench.Head: {4, 4, 5, 3, 6, 5}}
	serves := map[bench.Arm][]float64{bench.Base: {3, 3, 4, 5, 3, 4}, bench.Head: {3, 4, 3, 5, 4, 3}}
	lists := map[bench.Arm][]float64{}
	for _, arm := range bench.Arms {
		for i := range waits[arm] {
			waits[arm][i] /= 3
			serves[arm][i] /= 3
			lists[arm] = append(lists[arm], list(arm, i, waits[arm][i], serves[arm][i]))
		}
	}
	one := map[bench.Arm][]float64{bench.Base: repeat(1, 6), bench.Head: repeat(1, 6)}
	return record(series{name: {
		"requests/op": lists, "requests:list:graphrevisions/op": lists, "ignored-checks/op": lists, "requests:create:graphrevisions/op": one,
		"reconciles/op": waits, "reconciles:rgd:requeue_after/op": waits, "reconciles:rgd:success/op": serves,
	}}, bench.Benchmark{Name: name, Racy: true})
}

// In a racy benchmark, a request more per operation or per reconcile is seen, however
// often KRO reconciles. A count that reconciles do not explain only informs.
func TestEqualReconciles(t *testing.T) {
	usual := func(waits, serves float64) float64 { return 1 + waits + 2*serves }
	for _, tt := range []struct {
		name    string
		head    func(i int, waits, serves float64) float64
		outcome Outcome
		change  float64
		gated   bool
	}{
		{"unchanged", func(_ int, w, s float64) float64 { return usual(w, s) }, Unchanged, 0, true},
		{"one more per operation", func(_ int, w, s float64) float64 { return usual(w, s) + 1 }, Regressed, 1, true},
		{"one less per operation", func(_ int, w, s float64) float64 { return usual(w, s) - 1 }, Improved, -1, true},
		{"twice as many per reconcile", func(_ int, w, s float64) float64 { return 2*usual(w, s) - 1 }, Regressed, 4, true},
		{"by chance", func(i int, w, s float64) float64 { return usual(w, s) + float64(i%2)/3 }, Inconclusive, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run := racing(t, func(arm bench.Arm, i int, w, s float64) float64 {
				if arm == bench.Head {
					return tt.head(i, w, s)
				}
				return usual(w, s)
			})
			v, err := Decide(Evidence{Run: run}, DefaultPolicy())
			if err != nil {
				t.Fatal(err)
			}
			for _, metric := range []string{"requests:list:graphrevisions/op", "ignored-checks/op"} {
				i := slices.IndexFunc(v.Comparisons, func(c Comparison) bool { return c.Metric == metric })
				c := v.Comparisons[i]
				if c.Outcome != tt.outcome || c.Gated != tt.gated || c.EqualReconciles != tt.gated {
					t.Errorf("%s: outcome %s, gated %v, at equal reconciles %v: want %s, %v", metric, c.Outcome, c.Gated, c.EqualReconciles, tt.outcome, tt.gated)
				}
				if tt.gated && !cmp.Equal(*c.Head-*c.Base, tt.change, cmpopts.EquateApprox(0, 0.5)) {
					t.Errorf("%s changed by %v, want about %v", metric, *c.Head-*c.Base, tt.change)
				}
				free := strings.Contains(fmt.Sprint(v.Warnings), metric)
				if free == tt.gated {
					t.Errorf("%s: warnings %q", metric, v.Warnings)
				}
			}
			if err := v.CheckRun(run); err != nil {
				t.Error(err)
			}
		})
	}
}

// What an odd session of base did says nothing of an odd session of head.
func TestEqualReconcilesOfOddSessions(t *testing.T) {
	const name = "Graph/op=update"
	run := record(series{name: {
		"requests:update:instances/status/op": {bench.Base: {4, 4, 4, 4, 4 + 1./3, 4}, bench.Head: repeat(4, 6)},
		"reconciles:instances/op":             {bench.Base: {6, 6, 6, 6, 6 - 1./3, 6}, bench.Head: {6, 6, 6 + 1./3, 6, 6, 6}},
	}}, bench.Benchmark{Name: name, Racy: true})
	v, err := Decide(Evidence{Run: run}, DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Comparisons {
		if c.Gated {
			t.Errorf("%s is gated: %s", c.Metric, c.Outcome)
		}
	}
}

// Few sessions may follow a law by chance, so counts of racy benchmarks do not gate yet.
func TestEqualReconcilesNeedSessions(t *testing.T) {
	run := racing(t, func(arm bench.Arm, _ int, w, s float64) float64 {
		if arm == bench.Head {
			return 1 + w + 2*s
		}
		return w + 2*s
	})
	run.Sessions = slices.DeleteFunc(run.Sessions, func(s bench.Session) bool { return s.Round > 2 })
	v, err := Decide(Evidence{Run: run}, DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Comparisons {
		if c.EqualReconciles || c.Gated && strings.HasPrefix(c.Metric, bench.RequestPrefix) {
			t.Errorf("%s is gated", c.Metric)
		}
	}
	if !slices.ContainsFunc(v.Warnings, func(w string) bool { return strings.Contains(w, "from 4 sessions per arm on") }) {
		t.Errorf("warnings %q", v.Warnings)
	}
}

// A regression at equal numbers of reconciles has to show when it is measured again.
func TestEqualReconcilesConfirmed(t *testing.T) {
	for _, tt := range []struct {
		more    float64
		outcome Outcome
	}{{1, Regressed}, {0, Inconclusive}} {
		run := racing(t, func(arm bench.Arm, _ int, w, s float64) float64 {
			if arm == bench.Head {
				return 2 + w + 2*s
			}
			return 1 + w + 2*s
		})
		for _, s := range racing(t, func(arm bench.Arm, _ int, w, s float64) float64 {
			if arm == bench.Head {
				return 1 + tt.more + w + 2*s
			}
			return 1 + w + 2*s
		}).Sessions {
			if s.Round < confirmExactRounds {
				s.Index, s.Phase = len(run.Sessions), bench.Confirm
				run.Sessions = append(run.Sessions, s)
			}
		}
		v, err := Decide(Evidence{Run: run}, DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(v.Comparisons, func(c Comparison) bool { return c.Metric == "requests:list:graphrevisions/op" })
		if got := v.Comparisons[i].Outcome; got != tt.outcome {
			t.Errorf("%v more when measured again: %s, want %s", tt.more, got, tt.outcome)
		}
	}
}

// A request that replaces another is no regression.
func TestTradedRequests(t *testing.T) {
	const name = "Graph/op=update"
	for _, tt := range []struct {
		applied float64
		outcome Outcome
	}{{4, Unchanged}, {5, Regressed}} {
		run := record(series{name: {
			"requests/op":                         {bench.Base: repeat(9, 6), bench.Head: repeat(9, 6)},
			"requests:update:instances/status/op": {bench.Base: repeat(4, 6), bench.Head: repeat(0, 6)},
			"requests:apply:instances/status/op":  {bench.Base: repeat(0, 6), bench.Head: repeat(tt.applied, 6)},
		}}, bench.Benchmark{Name: name, Racy: true})
		v, err := Decide(Evidence{Run: run}, DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(v.Comparisons, func(c Comparison) bool { return c.Metric == "requests:apply:instances/status/op" })
		if got := v.Comparisons[i].Outcome; got != tt.outcome {
			t.Errorf("4 updates became %v applies: %s, want %s", tt.applied, got, tt.outcome)
		}
	}
}

// TestLawOfNearlyEqualCounts has counts that follow a law with the first session, and none
// without it.
func TestLawOfNearlyEqualCounts(t *testing.T) {
	list := []tally{{count: 0}, {count: 0.9 * rounding}, {count: -0.9 * rounding}, {count: 0}, {count: 0}}
	of := newLaw(nil, list)
	if of == nil {
		t.Fatal("the counts follow no law")
	}
	if !of.restsOnOne(list) {
		t.Error("the law does not rest on the first session")
	}
}
