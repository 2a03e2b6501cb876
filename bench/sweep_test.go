package bench_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/bench"
)

func TestSweeps(t *testing.T) {
	plan := bench.Plan{Benchmarks: []bench.Benchmark{
		{Name: "Collection/op=create/items=50", Sweep: "items"},
		{Name: "CRUD/op=create/n=10", Sweep: "n"}, // at one size only
		{Name: "Collection/op=create/items=5", Sweep: "items"},
		{Name: "Collection/op=create/items=500"}, // in no sweep
		{Name: "Collection/op=delete/items=5", Sweep: "items"},
		{Name: "Graph/n=50/instances=1", Sweep: "n"},
		{Name: "Graph/n=10/instances=3", Sweep: "n"}, // differs in another parameter as well
		{Name: "Collection/op=create/items=5.0", Sweep: "items"},
		{Name: "Twice/items=5", Sweep: "items"},
		{Name: "Twice/items=5.0", Sweep: "items"},
		{Name: "Bad/items=0", Sweep: "items"},
		{Name: "Bad/items=Inf", Sweep: "items"},
		{Name: "Bad/items=many", Sweep: "items"},
		{Name: "Bad/op=create", Sweep: "items"},
	}}
	want := []bench.Sweep{{Name: "Collection/op=create/items=*", Parameter: "items", Points: []bench.SweepPoint{
		{Size: 5, Benchmark: "Collection/op=create/items=5"},
		{Size: 5, Benchmark: "Collection/op=create/items=5.0"},
		{Size: 50, Benchmark: "Collection/op=create/items=50"},
	}}}
	if diff := cmp.Diff(want, plan.Sweeps()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
