// Package crud measures the life of instances: create, read, update, a reconcile with
// nothing to do, and delete.
package crud

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/suite"
)

// Suite is the crud suite.
var Suite = suite.Suite{Name: "crud", Scenarios: scenarios}

// A size is one scenario: the graph of its instances, and the number of operations of
// each kind that a session runs on them.
type size struct {
	shape   suite.Shape
	n       int  // resources of an instance
	ops     int  // creates, reads, updates and no-op reconciles, one at a time
	deletes int  // fewer: each waits for KRO's timers, once per resource or wave
	burst   int  // creates from several workers at once; 0 for none
	brief   bool // without reads and updates, which show little that creates do not
}

// workers is the number of workers that create the instances of a burst.
const workers = 4

var sizes = map[suite.Profile][]size{
	suite.Quick: {
		{shape: suite.Chain, n: 2, ops: 14, deletes: 2, burst: 12},
		{shape: suite.Flat, n: 10, ops: 5, brief: true},
	},
	suite.Standard: {
		{shape: suite.Chain, n: 2, ops: 14, deletes: 3, burst: 24},
		{shape: suite.Chain, n: 10, ops: 5, deletes: 1},
		{shape: suite.Flat, n: 1, ops: 14, deletes: 3},
		{shape: suite.Flat, n: 10, ops: 8, deletes: 3, burst: 24},
	},
	suite.Full: {
		{shape: suite.Chain, n: 2, ops: 100, deletes: 20, burst: 200},
		{shape: suite.Chain, n: 10, ops: 50, deletes: 10, burst: 100},
		{shape: suite.Chain, n: 30, ops: 20, deletes: 2},
		{shape: suite.Flat, n: 1, ops: 100, deletes: 20, burst: 200},
		{shape: suite.Flat, n: 10, ops: 100, deletes: 10, burst: 100},
		{shape: suite.Flat, n: 50, ops: 20, burst: 20},
	},
}

func scenarios(profile suite.Profile) []suite.Scenario {
	var list []suite.Scenario
	for _, s := range sizes[profile] {
		list = append(list, s.scenario())
	}
	return list
}

func (s size) benchmark(op string, ops int, more ...bench.Param) bench.Benchmark {
	params := append([]bench.Param{{Key: "op", Value: op}, {Key: "shape", Value: string(s.shape)}, {Key: "n", Value: strconv.Itoa(s.n)}}, more...)
	return bench.Benchmark{Name: bench.Name("CRUD", params...), Suite: "crud", Ops: ops}
}

// A step is one benchmark of a scenario and what it does to each instance.
type step struct {
	bench.Benchmark
	workers int
	do      func(ctx context.Context, instances *suite.Instances, name string) (time.Time, error)
	fresh   bool // uses instances of its own; the other steps share theirs
}

// steps returns the benchmarks of the scenario, in order.
func (s size) steps() []step {
	burst := s.benchmark("create", s.burst, bench.Param{Key: "workers", Value: strconv.Itoa(workers)})
	burst.Concurrent = true
	repeated := s.ops
	if s.brief {
		repeated = 0
	}
	all := []step{
		{s.benchmark("create", s.ops), 1, create, false},
		{s.benchmark("read", repeated), 1, read, false},
		{s.benchmark("update", repeated), 1, update, false},
		{s.benchmark("noop", s.ops), 1, noop, false},
		{s.benchmark("delete", s.deletes), 1, remove, false},
		{burst, workers, create, true},
	}
	return slices.DeleteFunc(all, func(st step) bool { return st.Ops == 0 })
}

func create(ctx context.Context, instances *suite.Instances, name string) (time.Time, error) {
	return instances.Create(ctx, name, "one")
}

func read(ctx context.Context, instances *suite.Instances, name string) (time.Time, error) {
	return instances.Read(ctx, name)
}

func update(ctx context.Context, instances *suite.Instances, name string) (time.Time, error) {
	return instances.Update(ctx, name, "two")
}

func noop(ctx context.Context, instances *suite.Instances, name string) (time.Time, error) {
	return time.Time{}, instances.Touch(ctx, name)
}

func remove(ctx context.Context, instances *suite.Instances, name string) (time.Time, error) {
	return instances.Delete(ctx, name)
}

func (s size) scenario() suite.Scenario {
	rgd := suite.RGD{Name: fmt.Sprintf("crud%s%dd", s.shape, s.n), Maps: suite.Maps(s.shape, s.n)}
	steps := s.steps()
	scenario := suite.Scenario{RGD: rgd, Instances: 1}
	for _, st := range steps {
		scenario.Benchmarks = append(scenario.Benchmarks, st.Benchmark)
	}
	scenario.Run = func(ctx context.Context, lab *suite.Lab) error {
		instances, err := lab.Instances(ctx, rgd)
		if err != nil {
			return err
		}
		shared := lab.Names(s.ops)
		for _, st := range steps {
			names := shared
			if st.fresh {
				names = lab.Names(st.Ops)
			}
			err := lab.Measure(ctx, st.Benchmark, suite.Pace{Workers: st.workers}, func(ctx context.Context, i int) (time.Time, error) {
				return st.do(ctx, instances, names[i])
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	return scenario
}
