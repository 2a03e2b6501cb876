package advice

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// A measured is a benchmark and the measurements of each head session.
type measured struct {
	bench.Benchmark
	metrics   map[string]float64
	latencies []float64
}

// started returns a build with the arguments of the standard profile.
func started() bench.Build {
	return bench.Build{Settings: bench.Settings{
		InstanceTimer: bench.Setting{Value: 0.5, Flag: "instance-requeue-interval"},
		RGDTimer:      bench.Setting{Value: 0.5, Flag: "rgd-progress-requeue-delay"},
		Workers:       bench.Setting{Value: 2, Flag: "dynamic-controller-concurrent-reconciles"},
		Processors:    bench.Setting{Value: 1, Flag: "GOMAXPROCS"},
	}}
}

// head returns a record with equal head sessions.
func head(sessions int, benchmarks ...measured) *bench.Record {
	r := &bench.Record{Header: bench.Header{Builds: map[bench.Arm]bench.Build{bench.Head: started()}}}
	for _, b := range benchmarks {
		r.Header.Plan.Benchmarks = append(r.Header.Plan.Benchmarks, b.Benchmark)
	}
	for i := range sessions {
		s := bench.Session{Index: i, Round: i, Arm: bench.Head}
		for _, b := range benchmarks {
			metrics := map[string]float64{}
			for name, v := range b.metrics {
				metrics[name] = v
			}
			s.Results = append(s.Results, bench.Result{
				Benchmark: b.Name, Ops: b.Ops, Metrics: metrics,
				Samples: map[string][]float64{bench.ReadySamples: slices.Clone(b.latencies)},
			})
		}
		r.Sessions = append(r.Sessions, s)
	}
	return r
}

func crud(op string, ops int) bench.Benchmark {
	return bench.Benchmark{Name: "CRUD/op=" + op + "/shape=chain/n=2", Suite: "crud", Ops: ops}
}

func burst(ops int) bench.Benchmark {
	return bench.Benchmark{Name: "CRUD/op=create/shape=chain/n=2/workers=4", Suite: "crud", Ops: ops, Concurrent: true}
}

// set changes a metric of a benchmark in all sessions.
func set(r *bench.Record, benchmark, metric string, v float64) {
	for _, s := range r.Sessions {
		for _, result := range s.Results {
			if result.Benchmark == benchmark {
				result.Metrics[metric] = v
			}
		}
	}
}

// latencies changes the latencies of a benchmark in all sessions.
func latencies(r *bench.Record, benchmark string, v ...float64) {
	for _, s := range r.Sessions {
		for _, result := range s.Results {
			if result.Benchmark == benchmark {
				result.Samples[bench.ReadySamples] = v
			}
		}
	}
}

// configure changes head's settings.
func configure(r *bench.Record, change func(*bench.Settings)) {
	b := r.Header.Builds[bench.Head]
	change(&b.Settings)
	r.Header.Builds[bench.Head] = b
}

// waiting returns a record with a deletion that waits for the timer once.
func waiting() *bench.Record {
	return head(2, measured{crud("delete", 3), map[string]float64{"reconciles/op": 4, "reconcile-sec": 0.005, "cpu-sec/op": 0.01},
		[]float64{0.515, 0.518, 0.522}})
}

// racing returns a record with an update of an RGD, of which one in six waits for
// the timer.
func racing() *bench.Record {
	return head(4, measured{bench.Benchmark{Name: "Graph/op=update", Suite: "graph", Ops: 6, Racy: true},
		map[string]float64{"reconciles/op": 7}, []float64{0.05, 0.06, 0.07, 0.055, 0.065, 0.56}})
}

func twoModes() *gate.Verdict {
	return &gate.Verdict{Modes: []gate.Mode{{Benchmark: "Graph/op=update", Metric: bench.ReadySamples, Split: 0.2}}}
}

// held returns a record with different kinds of work that all send 50 requests per
// second.
func held() *bench.Record {
	flat := bench.Benchmark{Name: "CRUD/op=create/shape=flat/n=10", Suite: "crud", Ops: 5}
	return head(2,
		measured{crud("create", 14), map[string]float64{"requests/op": 32, "ops/sec": 1.6, "cpu-sec/op": 0.02}, nil},
		measured{flat, map[string]float64{"requests/op": 74, "ops/sec": 0.7, "cpu-sec/op": 0.05}, nil},
		measured{burst(12), map[string]float64{"requests/op": 30, "ops/sec": 1.8, "cpu-sec/op": 0.02}, nil},
		measured{crud("delete", 2), map[string]float64{"requests/op": 13, "ops/sec": 9, "cpu-sec/op": 0.01}, nil})
}

// queued returns a record with a burst that keeps both workers busy.
func queued() *bench.Record {
	return head(2,
		measured{crud("create", 5), nil, []float64{0.038, 0.04, 0.042, 0.04, 0.04}},
		measured{burst(5), map[string]float64{"ops/sec": 26, "reconciles/op": 4, "reconcile-sec": 0.02, "cpu-sec/op": 0.021},
			[]float64{0.14, 0.15, 0.16, 0.15, 0.15}})
}

// growing returns a record with a burst whose instances keep 50 kB each, in every
// session.
func growing() *bench.Record {
	return head(5,
		measured{crud("delete", 10), map[string]float64{bench.HeapLiveBytes: 10e6}, nil},
		measured{burst(40), map[string]float64{bench.HeapLiveBytes: 12e6}, nil})
}

// rereading returns a record with a creation in four reconciles, each of which reads
// everything.
func rereading() *bench.Record {
	return head(2, measured{crud("create", 30), map[string]float64{
		"requests/op": 32, "requests:get:configmaps/op": 7, "requests:get:instances/op": 7, "requests:list:configmaps/op": 3,
		"requests:apply:configmaps/op": 7, "requests:apply:instances/op": 5, "requests:update:instances/status/op": 3}, nil})
}

// rewriting returns a record with a no-op reconcile that applies everything.
func rewriting() *bench.Record {
	return head(2, measured{crud("noop", 30), map[string]float64{
		"requests/op": 7, "requests:get:configmaps/op": 2, "requests:get:instances/op": 1, "requests:list:configmaps/op": 1,
		"requests:apply:configmaps/op": 2, "requests:apply:instances/op": 1}, nil})
}

// uncertain returns a verdict with 8 sessions and an interval of twice the tolerance.
func uncertain() *gate.Verdict {
	values := make([]float64, 8)
	return &gate.Verdict{Comparisons: []gate.Comparison{{
		Benchmark: "CRUD/op=create", Metric: "cpu-sec/op", Class: bench.Timing, Gated: true, Outcome: gate.Inconclusive,
		Tolerance: 0.25, CI: &[2]float64{1 / 1.5625, 1.5625}, BaseValues: values, HeadValues: values,
	}}}
}

func plain() *gate.Verdict { return &gate.Verdict{Policy: gate.DefaultPolicy()} }

// wanted lists a record for each rule in which only that rule applies, a figure that
// the rule must cite, and changes after each of which it must not apply.
var wanted = []struct {
	rule    string
	record  func() *bench.Record
	verdict func() *gate.Verdict
	figure  string
	value   float64
	silent  map[string]func(*bench.Record, *gate.Verdict)
}{
	{"timer", waiting, plain, "number of waits for the timer", 1, map[string]func(*bench.Record, *gate.Verdict){
		"one was faster than the timer": func(r *bench.Record, _ *gate.Verdict) {
			latencies(r, "CRUD/op=delete/shape=chain/n=2", 0.1, 0.518, 0.522)
		},
		"between two multiples": func(r *bench.Record, _ *gate.Verdict) {
			latencies(r, "CRUD/op=delete/shape=chain/n=2", 0.715, 0.718, 0.722)
		},
		"spread out": func(r *bench.Record, _ *gate.Verdict) {
			latencies(r, "CRUD/op=delete/shape=chain/n=2", 0.5, 0.52, 0.525, 0.9, 0.9)
		},
		"no reconcile for each wait": func(r *bench.Record, _ *gate.Verdict) {
			latencies(r, "CRUD/op=delete/shape=chain/n=2", 5.02, 5.02, 5.02)
		},
		"mostly work": func(r *bench.Record, _ *gate.Verdict) {
			set(r, "CRUD/op=delete/shape=chain/n=2", "reconcile-sec", 0.2)
			latencies(r, "CRUD/op=delete/shape=chain/n=2", 1.3, 1.3, 1.3)
		},
		"it overlaps": func(r *bench.Record, _ *gate.Verdict) { r.Header.Plan.Benchmarks[0].Concurrent = true },
		"too few":     func(r *bench.Record, _ *gate.Verdict) { r.Sessions = r.Sessions[:1] },
		"the timer is off": func(r *bench.Record, _ *gate.Verdict) {
			configure(r, func(s *bench.Settings) { s.InstanceTimer.Value = 0 })
		},
		"not known": func(r *bench.Record, _ *gate.Verdict) {
			configure(r, func(s *bench.Settings) { s.InstanceTimer = bench.Setting{} })
		},
		"another timer": func(r *bench.Record, _ *gate.Verdict) {
			configure(r, func(s *bench.Settings) { s.InstanceTimer.Value = 0.13 })
		},
	}},
	{"race", racing, twoModes, "the timer", 0.5, map[string]func(*bench.Record, *gate.Verdict){
		"one mode":           func(_ *bench.Record, v *gate.Verdict) { v.Modes = nil },
		"not planned":        func(_ *bench.Record, v *gate.Verdict) { v.Modes[0].Benchmark = "CRUD/op=create" },
		"slow by some":       func(r *bench.Record, _ *gate.Verdict) { latencies(r, "Graph/op=update", 0.05, 0.06, 0.3) },
		"slow by two timers": func(r *bench.Record, _ *gate.Verdict) { latencies(r, "Graph/op=update", 0.05, 0.06, 1.06) },
		"faster than the timer": func(r *bench.Record, _ *gate.Verdict) {
			latencies(r, "Graph/op=update", 0.05, 0.06, 0.45)
		},
		"a stray one": func(r *bench.Record, _ *gate.Verdict) { r.Sessions = r.Sessions[:leastSlow-1] },
	}},
	{"limit", held, plain, "requests per second, with 32 per operation", 51.2, map[string]func(*bench.Record, *gate.Verdict){
		"faster when it overlaps": func(r *bench.Record, _ *gate.Verdict) {
			set(r, "CRUD/op=create/shape=chain/n=2/workers=4", "ops/sec", 4)
		},
		"faster when it is larger": func(r *bench.Record, _ *gate.Verdict) {
			set(r, "CRUD/op=create/shape=flat/n=10", "ops/sec", 2)
		},
		"the processor is busy": func(r *bench.Record, _ *gate.Verdict) {
			set(r, "CRUD/op=create/shape=flat/n=10", "cpu-sec/op", 1)
		},
		"all of a kind": func(r *bench.Record, _ *gate.Verdict) {
			set(r, "CRUD/op=create/shape=flat/n=10", "requests/op", 41)
			set(r, "CRUD/op=create/shape=flat/n=10", "ops/sec", 1.3)
		},
		"nothing overlaps": func(r *bench.Record, _ *gate.Verdict) { r.Header.Plan.Benchmarks[2].Concurrent = false },
		"all overlaps": func(r *bench.Record, _ *gate.Verdict) {
			r.Header.Plan.Benchmarks[0].Concurrent, r.Header.Plan.Benchmarks[1].Concurrent = true, true
		},
		"few requests": func(r *bench.Record, _ *gate.Verdict) { r.Header.Plan.Benchmarks[1].Ops = 2 },
	}},
	{"queue", queued, plain, "workers that the work needs", 2.08, map[string]func(*bench.Record, *gate.Verdict){
		"workers idle": func(r *bench.Record, _ *gate.Verdict) {
			set(r, "CRUD/op=create/shape=chain/n=2/workers=4", "reconcile-sec", 0.015)
		},
		"the processor is busy": func(r *bench.Record, _ *gate.Verdict) {
			set(r, "CRUD/op=create/shape=chain/n=2/workers=4", "cpu-sec/op", 0.035)
		},
		"no slower than alone": func(r *bench.Record, _ *gate.Verdict) {
			latencies(r, "CRUD/op=create/shape=chain/n=2/workers=4", 0.05, 0.05, 0.05, 0.05, 0.05)
		},
		"one after the other": func(r *bench.Record, _ *gate.Verdict) { r.Header.Plan.Benchmarks[1].Concurrent = false },
		"more workers":        func(r *bench.Record, _ *gate.Verdict) { configure(r, func(s *bench.Settings) { s.Workers.Value = 4 }) },
		"workers not known": func(r *bench.Record, _ *gate.Verdict) {
			configure(r, func(s *bench.Settings) { s.Workers = bench.Setting{} })
		},
		"processors not known": func(r *bench.Record, _ *gate.Verdict) {
			configure(r, func(s *bench.Settings) { s.Processors = bench.Setting{} })
		},
		"nothing to compare with": func(r *bench.Record, _ *gate.Verdict) { latencies(r, "CRUD/op=create/shape=chain/n=2") },
	}},
	{"memory", growing, plain, "live heap per instance", 50e3, map[string]func(*bench.Record, *gate.Verdict){
		"within the tolerance": func(r *bench.Record, _ *gate.Verdict) {
			set(r, "CRUD/op=create/shape=chain/n=2/workers=4", bench.HeapLiveBytes, 10.9e6)
		},
		"a tolerance for it": func(_ *bench.Record, v *gate.Verdict) {
			v.Policy.Tolerance = map[bench.Class]float64{bench.Memory: 0.3}
		},
		"not in one session": func(r *bench.Record, _ *gate.Verdict) {
			r.Sessions[3].Results[1].Metrics[bench.HeapLiveBytes] = 9e6
		},
		"few sessions": func(r *bench.Record, _ *gate.Verdict) { r.Sessions = r.Sessions[:4] },
		"another RGD before": func(r *bench.Record, _ *gate.Verdict) {
			for _, s := range r.Sessions {
				s.Results[0].Benchmark = "CRUD/op=delete/shape=chain/n=3"
			}
		},
		"another suite": func(r *bench.Record, _ *gate.Verdict) { r.Header.Plan.Benchmarks[1].Suite = "graph" },
		"none came about": func(r *bench.Record, _ *gate.Verdict) {
			for _, s := range r.Sessions {
				s.Results[1].Errors = s.Results[1].Ops
			}
		},
	}},
	{"reads", rereading, plain, "of these, repeated reads", 13, map[string]func(*bench.Record, *gate.Verdict){
		"few of all": func(r *bench.Record, _ *gate.Verdict) {
			set(r, "CRUD/op=create/shape=chain/n=2", "requests/op", 60)
		},
		"one of each": func(r *bench.Record, _ *gate.Verdict) {
			set(r, "CRUD/op=create/shape=chain/n=2", "requests:get:configmaps/op", 2)
			set(r, "CRUD/op=create/shape=chain/n=2", "requests:get:instances/op", 1)
			set(r, "CRUD/op=create/shape=chain/n=2", "requests:list:configmaps/op", 1)
		},
		"more resources": func(r *bench.Record, _ *gate.Verdict) {
			rename(r, "CRUD/op=create/shape=chain/n=2", "CRUD/op=create/shape=chain/n=7")
		},
		"an unknown number": func(r *bench.Record, _ *gate.Verdict) {
			rename(r, "CRUD/op=create/shape=chain/n=2", "CRUD/op=create/shape=chain")
		},
		"it overlaps":   func(r *bench.Record, _ *gate.Verdict) { r.Header.Plan.Benchmarks[0].Concurrent = true },
		"another suite": func(r *bench.Record, _ *gate.Verdict) { r.Header.Plan.Benchmarks[0].Suite = "cel" },
		"total not measured": func(r *bench.Record, _ *gate.Verdict) {
			set(r, "CRUD/op=create/shape=chain/n=2", "requests/op", math.NaN())
		},
	}},
	{"writes", rewriting, plain, "of these, writes", 3, map[string]func(*bench.Record, *gate.Verdict){
		"one of all": func(r *bench.Record, _ *gate.Verdict) {
			set(r, "CRUD/op=noop/shape=chain/n=2", "requests:apply:configmaps/op", 0)
		},
		"something to do": func(r *bench.Record, _ *gate.Verdict) {
			rename(r, "CRUD/op=noop/shape=chain/n=2", "CRUD/op=update/shape=chain/n=2")
		},
	}},
	{"noise", waitless, uncertain, "sessions per arm needed", 32, map[string]func(*bench.Record, *gate.Verdict){
		"narrow":       func(_ *bench.Record, v *gate.Verdict) { v.Comparisons[0].CI = &[2]float64{0.82, 1.2} },
		"tolerated":    func(_ *bench.Record, v *gate.Verdict) { v.Comparisons[0].Tolerance = 0.6 },
		"not gated":    func(_ *bench.Record, v *gate.Verdict) { v.Comparisons[0].Gated = false },
		"decided":      func(_ *bench.Record, v *gate.Verdict) { v.Comparisons[0].Outcome = gate.Regressed },
		"exact":        func(_ *bench.Record, v *gate.Verdict) { v.Comparisons[0].Class = bench.Exact },
		"no interval":  func(_ *bench.Record, v *gate.Verdict) { v.Comparisons[0].CI = nil },
		"an odd one":   func(_ *bench.Record, v *gate.Verdict) { v.Comparisons[0].CI = &[2]float64{0, 2} },
		"no tolerance": func(_ *bench.Record, v *gate.Verdict) { v.Comparisons[0].Tolerance = 0 },
	}},
}

// waitless returns a record without advice.
func waitless() *bench.Record { return head(2, measured{crud("create", 5), nil, nil}) }

// rename renames a benchmark everywhere.
func rename(r *bench.Record, from, to string) {
	for i := range r.Header.Plan.Benchmarks {
		if r.Header.Plan.Benchmarks[i].Name == from {
			r.Header.Plan.Benchmarks[i].Name = to
		}
	}
	for _, s := range r.Sessions {
		for i := range s.Results {
			if s.Results[i].Benchmark == from {
				s.Results[i].Benchmark = to
			}
		}
	}
}

func TestRules(t *testing.T) {
	if len(wanted) != len(rules) {
		t.Fatalf("%d rules, %d of them tested", len(rules), len(wanted))
	}
	for _, w := range wanted {
		t.Run(w.rule, func(t *testing.T) {
			found := From(w.verdict(), w.record())
			check(t, found)
			if got := names(found); !slices.Equal(got, []string{w.rule}) {
				t.Fatalf("rules that applied: %q, want only %q", got, w.rule)
			}
			i := slices.IndexFunc(found[0].Evidence, func(f Figure) bool { return f.Name == w.figure })
			if i < 0 || math.Abs(found[0].Evidence[i].Value/w.value-1) > 1e-9 {
				t.Errorf("want %s = %v in %+v", w.figure, w.value, found[0].Evidence)
			}
			for name, change := range w.silent {
				r, v := w.record(), w.verdict()
				change(r, v)
				if found := From(v, r); len(found) > 0 {
					t.Errorf("%s: still %+v", name, found)
				}
			}
		})
	}
}

// A build without the flag has the timer that was compiled into it.
func TestTimerOfBuildsWithoutFlag(t *testing.T) {
	r := waiting()
	const flag = "instance-requeue-interval"
	configure(r, func(s *bench.Settings) { s.InstanceTimer = bench.Setting{Value: 3, Flag: flag, CompiledIn: true} })
	latencies(r, "CRUD/op=delete/shape=chain/n=2", 3.02, 3.02, 3.03)
	found := From(plain(), r)
	if len(found) != 1 || found[0].Evidence[2] != (Figure{"the timer", 3, "s", "compiled into head, which has no --" + flag}) {
		t.Errorf("got %+v", found)
	}
}

// The same finding in several benchmarks is one recommendation, with the evidence of
// the benchmark that shows it most clearly.
func TestOneForAll(t *testing.T) {
	waves := crud("delete", 3)
	waves.Name = "CRUD/op=delete/shape=chain/n=10"
	r := head(2,
		measured{crud("delete", 3), map[string]float64{"reconciles/op": 4, "cpu-sec/op": 0.02}, []float64{0.52, 0.52, 0.53}},
		measured{waves, map[string]float64{"reconciles/op": 12, "cpu-sec/op": 0.04}, []float64{4.55, 4.55, 4.56}})
	found := From(plain(), r)
	if len(found) != 1 {
		t.Fatalf("%d recommendations, want 1: %+v", len(found), found)
	}
	if got := found[0].Benchmarks; !slices.Equal(got, []string{waves.Name, "CRUD/op=delete/shape=chain/n=2"}) {
		t.Errorf("benchmarks %q", got)
	}
	if waits := found[0].Evidence[3].Value; waits != 9 {
		t.Errorf("%v waits, want 9", waits)
	}
}

// If requests wait for a limit, more workers would wait too.
func TestNoWorkersForALimit(t *testing.T) {
	r := held()
	for benchmark, each := range map[string]float64{"CRUD/op=create/shape=chain/n=2": 0.6, "CRUD/op=create/shape=chain/n=2/workers=4": 2} {
		set(r, benchmark, "reconciles/op", 4)
		set(r, benchmark, "reconcile-sec", 0.4)
		latencies(r, benchmark, each, each, each, each, each)
	}
	if got := names(From(plain(), r)); !slices.Equal(got, []string{"limit"}) {
		t.Errorf("rules that applied: %q, want only limit", got)
	}
	set(r, "CRUD/op=create/shape=chain/n=2/workers=4", "ops/sec", 8)
	if got := names(From(plain(), r)); !slices.Equal(got, []string{"queue"}) {
		t.Errorf("without the limit: %q, want only queue", got)
	}
}

// The recommendation for a noisy metric depends on the width of its interval, on the
// number of sessions that the correction needs, and on the machine.
func TestWhatMakesGateable(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*gate.Verdict)
		do     string
	}{
		{"by sessions", func(*gate.Verdict) {}, "Measure with --sessions 32, or"},
		{"the correction needs more", func(v *gate.Verdict) { v.Sight.MinSessions = 40 }, "Measure with --sessions 40, or"},
		{"out of reach", func(v *gate.Verdict) { v.Comparisons[0].CI = &[2]float64{0.3, 3} }, "The worst benchmark needs too many sessions."},
		{"a machine that drifts", func(v *gate.Verdict) { v.Machine = &gate.Machine{Drift: 0.3} }, "The machine itself varies"},
		{"a steady machine", func(v *gate.Verdict) { v.Machine = &gate.Machine{Drift: 0.2} }, "Measure with --sessions 32, or"},
	} {
		v := uncertain()
		test.change(v)
		found := From(v, waitless())
		if len(found) != 1 || !strings.HasPrefix(found[0].Do, test.do) {
			t.Errorf("%s: %+v, want %q", test.name, found, test.do)
		}
	}
}

func TestSignTest(t *testing.T) {
	for _, test := range []struct {
		successes, n int
		want         float64
	}{{5, 5, 1.0 / 32}, {4, 5, 6.0 / 32}, {0, 5, 1}, {7, 8, 9.0 / 256}, {0, 0, 1}} {
		if got := signTest(test.successes, test.n); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("signTest(%d, %d) = %v, want %v", test.successes, test.n, got, test.want)
		}
	}
}
