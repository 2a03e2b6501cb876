package gate

import (
	"testing"
	"time"

	"github.com/kro/perf-gate/bench"
)

// series are session values: benchmark, metric, arm.
type series map[string]map[string]map[bench.Arm][]float64

// both makes the values of one metric of one benchmark.
func both(benchmark, metric string, base, head []float64) series {
	return series{benchmark: {metric: {bench.Base: base, bench.Head: head}}}
}

// record makes a run of the benchmarks from their session values. Every arm has
// as many sessions as its longest series; a shorter one is missing in the last.
func record(values series, benchmarks ...bench.Benchmark) *bench.Record {
	r := &bench.Record{Header: bench.Header{
		Schema:  bench.Schema,
		Tool:    "v0.1.0",
		Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Plan:    bench.Plan{Cluster: "simulation", Profile: "quick", Benchmarks: benchmarks},
		Environment: bench.Environment{
			OS: "linux", Arch: "amd64", CPU: "a CPU", CPUs: 2, Go: "go1.26.8",
		},
		Builds: map[bench.Arm]bench.Build{
			bench.Base: {Ref: "v1", Kind: "release", Digest: "1", Go: "go1.26.8", Args: []string{}},
			bench.Head: {Ref: "v2", Kind: "release", Digest: "2", Go: "go1.26.8", Args: []string{}},
		},
	}}
	sessions := map[bench.Arm]int{}
	for _, metrics := range values {
		for _, arms := range metrics {
			for arm, v := range arms {
				sessions[arm] = max(sessions[arm], len(v))
			}
		}
	}
	for _, arm := range bench.Arms {
		for i := range sessions[arm] {
			s := bench.Session{Index: len(r.Sessions), Round: i, Arm: arm}
			for _, b := range benchmarks {
				result := bench.Result{Benchmark: b.Name, Ops: 10, Metrics: map[string]float64{}}
				for metric, arms := range values[b.Name] {
					if i < len(arms[arm]) {
						result.Metrics[metric] = arms[arm][i]
					}
				}
				s.Results = append(s.Results, result)
			}
			r.Sessions = append(r.Sessions, s)
		}
	}
	return r
}

const work = "CRUD/op=create"

// decide judges one metric of one benchmark, which alone is gated.
func decide(t testing.TB, metric string, base, head []float64) (*Verdict, Comparison) {
	t.Helper()
	v, err := Decide(Evidence{Run: record(both(work, metric, base, head), bench.Benchmark{Name: work})}, only(metric))
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Comparisons) != 1 {
		t.Fatalf("%d comparisons, want 1: %+v", len(v.Comparisons), v)
	}
	return v, v.Comparisons[0]
}

// only gates one metric, also where the default policy does not.
func only(metric string) Policy {
	yes := true
	p := DefaultPolicy()
	p.Rules = []Rule{{Metric: metric, Gate: &yes}}
	return p
}

func scaled(values []float64, f float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = v * f
	}
	return out
}

func repeat(v float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}
