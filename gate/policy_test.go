package gate

import (
	"math"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "CRUD/op=create", true},
		{"*", "CRUD/op=create", true},
		{"CRUD/*", "CRUD/op=create/shape=flat", true}, // over slashes
		{"CRUD/*", "CEL/op=create", false},
		{"*/shape=flat", "CRUD/op=create/shape=flat", true},
		{"*/shape=flat", "CRUD/op=create/shape=flat/n=1", false},
		{"CRUD/*shape=flat*", "CRUD/op=create/shape=flat/n=1", true},
		{"CRUD", "CRUD/op=create", false},
		{"a*a", "a", false}, // the two ends must not share a letter
		{"a*b*b", "ab", false},
		{"a*b*b", "abb", true},
		{"requests:*:configmaps/op", "requests:get:configmaps/op", true},
		{"a.b", "axb", false},
	} {
		if got := match(tt.pattern, tt.s); got != tt.want {
			t.Errorf("match(%q, %q) = %v, want %v", tt.pattern, tt.s, got, tt.want)
		}
	}
}

func TestDefaultGates(t *testing.T) {
	serial := bench.Benchmark{Name: "CRUD/op=create"}
	burst := bench.Benchmark{Name: "CRUD/op=create/workers=4", Concurrent: true}
	racy := bench.Benchmark{Name: "CRUD/op=delete", Racy: true}
	named := func(b bench.Benchmark, metric string) Policy {
		yes, three := true, 3.0
		p := DefaultPolicy()
		p.Rules = append(p.Rules, Rule{Benchmark: b.Name, Metric: metric, Gate: &yes, Tolerance: &three})
		return p
	}
	general := named(bench.Benchmark{Name: "CRUD/*"}, "requests/op")
	for _, tt := range []struct {
		name      string
		policy    Policy
		benchmark bench.Benchmark
		metric    string
		gated     bool
		tolerance float64
	}{
		{"errors", DefaultPolicy(), serial, "errors/op", true, 0},
		{"count", DefaultPolicy(), serial, "requests/op", true, 0},
		{"single request kind", DefaultPolicy(), serial, "requests:get:pods/op", false, 0},
		{"allocations", DefaultPolicy(), serial, "allocs/op", true, 0.01},
		{"bytes", DefaultPolicy(), serial, "B/op", false, 0.01},
		{"CPU", DefaultPolicy(), serial, "cpu-sec/op", true, 0.12},
		{"median latency", DefaultPolicy(), serial, "ready-p50-sec", true, 0.12},
		{"tail latency", DefaultPolicy(), serial, "ready-p99-sec", false, 0.12},
		{"memory", DefaultPolicy(), serial, "heap-live-B", false, 0.10},
		{"peak of memory", DefaultPolicy(), serial, "resident-peak-B", false, 0.10},
		{"garbage collections", DefaultPolicy(), serial, "gc-cycles/op", false, 0.10},
		{"requeues", DefaultPolicy(), serial, "requeues:requeue_after/op", false, 0},
		{"goroutines of a racy benchmark", DefaultPolicy(), racy, "goroutines", true, 2},
		{"watches of a burst, named", named(burst, "watches"), burst, "watches", true, 3},
		{"watches of a burst", DefaultPolicy(), burst, "watches", false, 0},
		{"errors of a burst", DefaultPolicy(), burst, "errors/op", true, 0},
		{"count of a burst", DefaultPolicy(), burst, "requests/op", false, 0.05},
		{"allocations of a burst", DefaultPolicy(), burst, "allocs/op", false, 0.05},
		{"CPU of a burst", DefaultPolicy(), burst, "cpu-sec/op", false, 0.12},
		{"racy count", DefaultPolicy(), racy, "requests/op", true, 0.05},
		{"graph builds of a racy benchmark", DefaultPolicy(), racy, "graph-builds/op", true, 0},
		{"allocations of a racy benchmark", DefaultPolicy(), racy, "allocs/op", true, 0.05},
		{"latency of reads", DefaultPolicy(), bench.Benchmark{Name: "CRUD/op=read/shape=flat/n=1"}, "ready-p50-sec", false, 0.12},
		{"racy count, pattern", general, racy, "requests/op", true, 0.05},
		{"reproduced count, pattern", general, serial, "requests/op", true, 3},
		{"racy count, named", named(racy, "requests/op"), racy, "requests/op", true, 3},
		{"allocations of a burst, named", named(burst, "allocs/op"), burst, "allocs/op", true, 3},
	} {
		gated, tolerance, _ := tt.policy.terms(Ratio, bench.Plan{}, tt.benchmark, tt.metric)
		if gated != tt.gated || tolerance != tt.tolerance {
			t.Errorf("%s: gated %v at %v, want %v at %v", tt.name, gated, tolerance, tt.gated, tt.tolerance)
		}
	}
}

func TestValidate(t *testing.T) {
	if err := DefaultPolicy().Validate(); err != nil {
		t.Fatalf("default policy: %v", err)
	}
	negative, zero := -0.5, 0.0
	for _, tt := range []struct {
		name   string
		change func(*Policy)
		want   string // a part of the error
	}{
		{"alpha 0", func(p *Policy) { p.Alpha = 0 }, "alpha is 0"},
		{"alpha 5", func(p *Policy) { p.Alpha = 5 }, "alpha is 5"},
		{"alpha NaN", func(p *Policy) { p.Alpha = math.NaN() }, "alpha is NaN"},
		{"no share", func(p *Policy) { p.MeansShare = 1 }, "means-share is 1"},
		{"confidence", func(p *Policy) { p.Confidence = 95 }, "confidence is 95"},
		{"unknown class", func(p *Policy) { p.Tolerance["latency"] = 0.1 }, "tolerance.latency: no such class"},
		{"missing class", func(p *Policy) { delete(p.Tolerance, bench.Memory) }, "tolerance.memory is missing"},
		{"negative", func(p *Policy) { p.Tolerance[bench.Exact] = -1 }, "tolerance.exact is -1"},
		{"infinite", func(p *Policy) { p.Tolerance[bench.Exact] = math.Inf(1) }, "tolerance.exact is +Inf"},
		{"percent for share", func(p *Policy) { p.Tolerance[bench.Timing] = 10 }, "tolerance.timing is 10"},
		{"rule's tolerance", func(p *Policy) { p.Rules = []Rule{{Gate: new(bool)}, {Tolerance: &negative}} }, "rules[1].tolerance is -0.5"},
		{"empty rule", func(p *Policy) { p.Rules = []Rule{{Metric: "B/op"}} }, `rules[0] (benchmark "", metric "B/op") changes nothing`},
	} {
		p := DefaultPolicy()
		tt.change(&p)
		err := p.Validate()
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", tt.name, err, tt.want)
		}
		if _, err := Decide(Evidence{Run: &bench.Record{}}, p); err == nil {
			t.Errorf("%s: Decide accepts the policy", tt.name)
		}
	}
	p := DefaultPolicy()
	p.Rules = append(p.Rules, Rule{Tolerance: &zero})
	if err := p.Validate(); err != nil {
		t.Errorf("tolerance 0: %v", err)
	}
}
