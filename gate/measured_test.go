package gate_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/testdata"
)

// unchangedRun is the recorded run of one build on both arms, with what head's sessions
// measured changed: change gets the number of the session, from 0, and its results.
func unchangedRun(t *testing.T, change func(session int, s *bench.Session)) *bench.Record {
	t.Helper()
	run := testdata.Record(t, "unchanged")
	head := 0
	for i := range run.Sessions {
		if s := &run.Sessions[i]; s.Arm == bench.Head {
			change(head, s)
			head++
		}
	}
	if head != 6 {
		t.Fatalf("%d sessions of head, want 6", head)
	}
	return run
}

// each changes the results of the first sessions of head.
func each(sessions int, change func(r *bench.Result)) func(int, *bench.Session) {
	return func(n int, s *bench.Session) {
		for i := range s.Results {
			if n < sessions {
				change(&s.Results[i])
			}
		}
	}
}

// scale multiplies a metric of benchmarks whose names start with the prefix.
func scale(prefix, metric string, factor float64) func(*bench.Result) {
	return func(r *bench.Result) {
		if v, measured := r.Metrics[metric]; measured && strings.HasPrefix(r.Benchmark, prefix) {
			r.Metrics[metric] = v * factor
		}
	}
}

const create = "CRUD/op=create/shape=chain/n=2"

// failAll makes all operations of a benchmark fail.
func failAll(r *bench.Result) {
	if r.Benchmark == create {
		r.Errors, r.Metrics[bench.ErrorsPerOp] = r.Ops, 1
	}
}

// threeMoreLists adds three requests to the creation of an RGD.
func threeMoreLists(r *bench.Result) {
	if strings.HasPrefix(r.Benchmark, "Graph/op=create") {
		r.Metrics[bench.RequestsPerOp] += 3
		r.Metrics[bench.RequestPrefix+"list:graphrevisions/op"] += 3
	}
}

func failOnce(r *bench.Result) {
	if r.Benchmark == create {
		r.Errors, r.Metrics[bench.ErrorsPerOp] = 1, 1/float64(r.Ops)
	}
}

func lose(sessions int) func(int, *bench.Session) {
	return func(n int, s *bench.Session) {
		if n < sessions {
			s.Failed = "the controller exited with code 2"
		}
	}
}

// TestGreenMeansMeasured changes a recorded run of one build on both arms. None of the
// changes may pass.
func TestGreenMeansMeasured(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(int, *bench.Session)
		want   gate.Status
		reason string
	}{
		"nothing":                        {func(int, *bench.Session) {}, gate.Pass, "None of"},
		"one operation fails":            {each(1, failOnce), gate.Undecided, "0 of 84 operations failed in base, 1 of 84 in head"},
		"all fail in 1 of 6 sessions":    {each(1, failAll), gate.Fail, "errors/op"},
		"all fail in 2 of 6 sessions":    {each(2, failAll), gate.Fail, "errors/op"},
		"all fail in 3 of 6 sessions":    {each(3, failAll), gate.Fail, "errors/op"},
		"requests doubled in 1 of 6":     {each(1, scale(create, bench.RequestsPerOp, 2)), gate.Undecided, "worse in 1 of 6 sessions of head"},
		"requests doubled in 2 of 6":     {each(2, scale(create, bench.RequestsPerOp, 2)), gate.Undecided, "worse in 2 of 6 sessions of head"},
		"requests doubled in 4 of 6":     {each(4, scale(create, bench.RequestsPerOp, 2)), gate.Fail, "requests/op"},
		"requests doubled in 5 of 6":     {each(5, scale(create, bench.RequestsPerOp, 2)), gate.Fail, "requests/op"},
		"1 of 6 sessions is lost":        {lose(1), gate.Undecided, "0 of 6 sessions failed in base, 1 of 6 in head"},
		"5 of 6 sessions are lost":       {lose(5), gate.Fail, "0 of 6 sessions failed in base, 5 of 6 in head"},
		"10 % more bytes are sent":       {each(6, scale("CRUD", bench.SentBytesPerOp, 1.1)), gate.Fail, "sent-B/op"},
		"10 % more bytes are received":   {each(6, scale("CRUD", bench.ReceivedBytesPerOp, 1.1)), gate.Fail, "received-B/op"},
		"3 more requests per new RGD":    {each(6, threeMoreLists), gate.Fail, "Graph/op=create"},
		"live heap grows by 50 %":        {each(6, scale("", bench.HeapLiveBytes, 1.5)), gate.Fail, "heap-live-B"},
		"resident memory grows by 50 %":  {each(6, scale("", bench.ResidentBytes, 1.5)), gate.Fail, "resident-B"},
		"live heap shrinks by a quarter": {each(6, scale("", bench.HeapLiveBytes, 0.75)), gate.Pass, "None of"},
	} {
		run := unchangedRun(t, tt.change)
		v, err := gate.Decide(gate.Evidence{Run: run}, gate.DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		if v.Status != tt.want || !strings.Contains(v.Reason, tt.reason) {
			t.Errorf("%s: %s: %s; want %s with %q", name, v.Status, v.Reason, tt.want, tt.reason)
		}
	}
}

// TestLeaks gives a recorded run what its build holds after a benchmark, and lets head hold
// more after each than after the one before.
func TestLeaks(t *testing.T) {
	for name, tt := range map[string]struct {
		metric string
		held   float64
		leak   func(session, benchmarks int) float64
		want   gate.Status
	}{
		"none":                        {bench.Goroutines, 163, func(int, int) float64 { return 0 }, gate.Pass},
		"a goroutine is about to end": {bench.Goroutines, 163, func(session, _ int) float64 { return float64(session % 2) }, gate.Pass},
		"a goroutine per benchmark":   {bench.Goroutines, 163, func(_, n int) float64 { return float64(n) }, gate.Fail},
		"a pprof listener":            {bench.OpenFiles, 25, func(int, int) float64 { return 1 }, gate.Pass},
		"an open file per benchmark":  {bench.OpenFiles, 25, func(_, n int) float64 { return float64(n) }, gate.Fail},
		"one watch":                   {bench.Watches, 6, func(int, int) float64 { return 1 }, gate.Fail},
		"the first watched object":    {bench.WatchedObjects, 0, func(int, int) float64 { return 1 }, gate.Fail},
	} {
		run := testdata.Record(t, "unchanged")
		for i, s := range run.Sessions {
			for n, r := range s.Results {
				r.Metrics[tt.metric] = tt.held
				if s.Arm == bench.Head {
					r.Metrics[tt.metric] += tt.leak(i, n)
				}
			}
		}
		v, err := gate.Decide(gate.Evidence{Run: run}, gate.DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		if v.Status != tt.want || tt.want == gate.Fail && !strings.Contains(v.Reason, tt.metric) {
			t.Errorf("%s: %s: %s; want %s", name, v.Status, v.Reason, tt.want)
		}
	}
}

// TestLostRounds loses rounds in which both arms ran at once, because head's KRO died. The
// sessions of base, which were stopped, have not failed.
func TestLostRounds(t *testing.T) {
	for rounds, want := range map[int]gate.Status{1: gate.Undecided, 5: gate.Fail} {
		run := testdata.Record(t, "unchanged")
		for i := range run.Sessions {
			switch s := &run.Sessions[i]; {
			case s.Round >= rounds:
			case s.Arm == bench.Head:
				s.Failed = "KRO ended by itself"
			default:
				s.Failed, s.Aborted = "head failed in the same round", true
			}
		}
		v, err := gate.Decide(gate.Evidence{Run: run}, gate.DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		if v.Status != want {
			t.Errorf("%d rounds: %s: %s; want %s", rounds, v.Status, v.Reason, want)
		}
		lost := slices.IndexFunc(v.Comparisons, func(c gate.Comparison) bool { return c.Benchmark == gate.Sessions })
		if note := fmt.Sprintf("0 of 6 sessions failed in base, %d of 6 in head", rounds); lost < 0 || v.Comparisons[lost].Note != note {
			t.Errorf("%d rounds: no comparison says %q", rounds, note)
		}
	}
}

// TestGatedMetricVanishes takes each gated metric from head.
func TestGatedMetricVanishes(t *testing.T) {
	whole, err := gate.Decide(gate.Evidence{Run: testdata.Record(t, "unchanged")}, gate.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	gated := map[string]bool{}
	for _, c := range whole.Comparisons {
		kind := strings.HasPrefix(c.Metric, bench.RequestPrefix) || strings.HasPrefix(c.Metric, bench.ReconcilePrefix)
		if c.Gated && !kind && c.Benchmark != gate.Geomean { // a kind of request that is gone was not lost
			gated[c.Metric] = true
		}
	}
	for _, metric := range slices.Sorted(maps.Keys(gated)) {
		run := unchangedRun(t, each(6, func(r *bench.Result) { delete(r.Metrics, metric) }))
		v, err := gate.Decide(gate.Evidence{Run: run}, gate.DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		if v.Status != gate.Undecided || !strings.Contains(v.Reason, "Head has no value of "+metric) {
			t.Errorf("without %s: %s: %s", metric, v.Status, v.Reason)
		}
		if more, err := gate.WantsMore(gate.Evidence{Run: run}, gate.DefaultPolicy()); more || err != nil {
			t.Errorf("without %s, another round is wanted: %v", metric, err)
		}
	}
	if len(gated) < 8 {
		t.Errorf("only %v are gated", gated)
	}
}
