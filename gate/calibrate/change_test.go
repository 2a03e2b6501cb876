package calibrate

import (
	"maps"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/testdata"
)

// TestChanges plants each change in a real run and compares the metrics that differ.
func TestChanges(t *testing.T) {
	latencies := []string{
		bench.ReadyMeanSec, bench.ReadyMinSec, bench.ReadyP50Sec, bench.ReadyP95Sec, bench.ReadyP99Sec, bench.ReadyMaxSec,
	}
	for what, want := range map[What]struct {
		size    float64
		metrics []string
		from    func(size, value, reconciles float64) float64
	}{
		Requests:    {1, []string{bench.RequestsPerOp}, func(size, v, _ float64) float64 { return v + size }},
		Allocations: {0.01, []string{bench.AllocsPerOp, bench.BytesPerOp}, func(size, v, _ float64) float64 { return v * (1 + size) }},
		CPU:         {0.10, []string{bench.CPUSecPerOp}, func(size, v, _ float64) float64 { return v * (1 + size) }},
		Latency:     {0.005, latencies, func(size, v, _ float64) float64 { return v + size }},
		Leak:        {16384, []string{bench.HeapLiveBytes, bench.ResidentBytes}, func(size, v, reconciles float64) float64 { return v + size*reconciles }},
	} {
		t.Run(string(what), func(t *testing.T) {
			run := testdata.Record(t, "unchanged")
			planted := Change{what, want.size, 1}.plant(run, 0, nil)
			for i, s := range run.Sessions {
				reconciles := 0.0
				for j, r := range s.Results {
					reconciles += r.Metrics[bench.ReconcilesPerOp] * float64(r.Ops)
					expected := maps.Clone(r.Metrics)
					for _, metric := range want.metrics {
						if v, ok := expected[metric]; ok && s.Arm == bench.Head {
							expected[metric] = want.from(want.size, v, reconciles)
						}
					}
					got := planted.Sessions[i].Results[j]
					if diff := cmp.Diff(expected, got.Metrics, cmpopts.EquateApprox(1e-12, 0)); diff != "" {
						t.Fatalf("session %d, %s: -want +got\n%s", i, r.Benchmark, diff)
					}
					samples := got.Samples[bench.ReadySamples]
					if len(samples) == 0 {
						continue
					}
					of := bench.Latencies(samples)
					if diff := cmp.Diff(of[bench.ReadyP95Sec], got.Metrics[bench.ReadyP95Sec], cmpopts.EquateApprox(1e-12, 0)); diff != "" {
						t.Fatalf("session %d, %s: p95 is not that of the samples: %s", i, r.Benchmark, diff)
					}
				}
			}
			if diff := cmp.Diff(testdata.Record(t, "unchanged"), run); diff != "" {
				t.Error("planting changed the run itself", diff)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	run := testdata.Record(t, "unchanged")
	planted := Change{Failures, 0.25, 1}.plant(run, 0, rand.New(rand.NewPCG(1, 1)))
	failed, all := 0, 0
	for i, s := range planted.Sessions {
		for j, r := range s.Results {
			before := run.Sessions[i].Results[j]
			if s.Arm == bench.Base {
				if r.Errors != before.Errors {
					t.Fatalf("%d operations of base fail", r.Errors)
				}
				continue
			}
			failed, all = failed+r.Errors, all+r.Ops
			if r.Metrics[bench.ErrorsPerOp] != float64(r.Errors)/float64(r.Ops) {
				t.Errorf("%s: %d of %d operations failed, and errors/op is %v", r.Benchmark, r.Errors, r.Ops, r.Metrics[bench.ErrorsPerOp])
			}
			timed, now := before.Samples[bench.ReadySamples], r.Samples[bench.ReadySamples]
			if len(timed) > 0 && len(timed)-len(now) != r.Errors {
				t.Errorf("%s: %d operations failed, and %d of %d are timed", r.Benchmark, r.Errors, len(now), len(timed))
			}
			if _, has := r.Metrics[bench.ReadyP50Sec]; has != (len(now) > 0) {
				t.Errorf("%s: %d samples, median %v", r.Benchmark, len(now), has)
			}
		}
	}
	// Three standard deviations of a binomial distribution.
	if expected := 0.25 * float64(all); math.Abs(float64(failed)-expected) > 3*math.Sqrt(0.75*expected) {
		t.Errorf("%d of %d operations fail", failed, all)
	}
}

// TestOne checks that the change goes round the benchmarks that measure it.
func TestOne(t *testing.T) {
	run := testdata.Record(t, "unchanged")
	in := map[string]int{}
	able := Change{CPU, 0.1, 1}.benchmarks(run, 0)
	for number := range 2 * len(able) {
		of := Change{CPU, 0.1, One}.benchmarks(run, number)
		if len(of) != 1 {
			t.Fatalf("trial %d has the change in %d benchmarks", number, len(of))
		}
		for name := range of {
			in[name]++
		}
	}
	for name := range able {
		if in[name] != 2 {
			t.Errorf("%s has the change in %d trials of %d", name, in[name], 2*len(able))
		}
	}
	if read := "CRUD/op=read/shape=chain/n=2"; in[read] > 0 {
		t.Errorf("%s has the change, but KRO takes no part in it", read)
	}
}
