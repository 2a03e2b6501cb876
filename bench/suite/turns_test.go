package suite

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/kro/perf-gate/bench"
)

// TestTurns runs benchmarks on two labs and checks the order of all operations: the labs
// take turns, both do all operations, and both do them around the same moment on average.
func TestTurns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		benchmarks := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) bench.Benchmark {
			return bench.Benchmark{Ops: rapid.IntRange(1, 40).Draw(t, "ops")}
		}), 1, 5).Draw(t, "benchmarks")

		paces := rapid.SliceOfN(rapid.SampledFrom([]Pace{OneByOne, {Workers: 1, Settled: true}, {Workers: 4}}), len(benchmarks), len(benchmarks)).Draw(t, "paces")

		type operation struct{ lab, benchmark, index int }
		var order []operation // guarded by the turn
		first, second := TakeTurns()
		var labs sync.WaitGroup
		for lab, turns := range []*Turns{first, second} {
			labs.Go(func() {
				defer turns.Leave()
				for b, of := range benchmarks {
					next := 0
					for _, size := range turns.blocks(of, paces[b]) {
						if err := turns.take(context.Background()); err != nil {
							panic(err)
						}
						for range size {
							order = append(order, operation{lab, b, next})
							next++
						}
						turns.pass()
					}
				}
			})
		}
		labs.Wait()

		for b, of := range benchmarks {
			var sum [2]int // of positions
			var turns []int
			count := [2]int{}
			at := 0
			for _, o := range order {
				if o.benchmark != b {
					continue
				}
				if o.index != count[o.lab] {
					t.Fatalf("benchmark %d: lab %d does operation %d after %d", b, o.lab, o.index, count[o.lab])
				}
				if len(turns) == 0 || turns[len(turns)-1] != o.lab {
					turns = append(turns, o.lab)
				}
				count[o.lab]++
				sum[o.lab] += at
				at++
			}
			if count != [2]int{of.Ops, of.Ops} {
				t.Fatalf("benchmark %d of %d operations: %d and %d were done", b, of.Ops, count[0], count[1])
			}
			want, farthest := of.Ops+1, 1
			switch pace := paces[b]; {
			case pace.Settled:
				want, farthest = 2*of.Ops, of.Ops
			case pace.Workers > 1:
				want, farthest = 2, of.Ops*of.Ops
			}
			if len(turns) != want {
				t.Errorf("benchmark %d of %d operations: the turns are %v, want %d", b, of.Ops, turns, want)
			}
			if apart := sum[0] - sum[1]; max(apart, -apart) > farthest {
				t.Errorf("benchmark %d: the labs are %d operations apart in sum", b, apart)
			}
		}
	})
}

// TestTurnsEnd has a lab that leaves, and one that is stopped.
func TestTurnsEnd(t *testing.T) {
	first, second := TakeTurns()
	stopped, stop := context.WithCancelCause(t.Context())
	stop(fmt.Errorf("stopped"))
	if err := second.take(stopped); err == nil || err.Error() != "stopped" {
		t.Errorf("a lab that is stopped while it waits: %v", err)
	}
	first.Leave()
	for range 3 {
		if err := second.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		second.pass()
	}
	var alone *Turns
	if got := alone.blocks(bench.Benchmark{Ops: 7}, OneByOne); !slices.Equal(got, []int{7}) {
		t.Errorf("a lab on its own does blocks of %v", got)
	}
}
