// Package crud measures the life of instances: create, read, update, a
// reconcile that finds nothing to do, and delete.
package crud

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/suite"
)

// Suite is the crud suite.
var Suite = suite.Suite{Name: "crud", Scenarios: scenarios}

// A size is one scenario: the graph of its instances and how many operations
// of each kind a session runs on them.
type size struct {
	shape   suite.Shape
	n       int // resources of an instance
	ops     int // creates, reads, updates and no-op reconciles, one at a time
	deletes int // fewer: each waits for KRO's timers, once per resource or wave
	burst   int // creates from several workers at once; 0 for none
}

// workers create a burst's instances.
const workers = 4

var sizes = map[suite.Profile][]size{
	suite.Quick: {
		{shape: suite.Chain, n: 2, ops: 16, deletes: 3, burst: 16},
		{shape: suite.Flat, n: 10, ops: 6},
	},
	suite.Standard: {
		{shape: suite.Chain, n: 2, ops: 30, deletes: 10, burst: 60},
		{shape: suite.Chain, n: 10, ops: 15, deletes: 3},
		{shape: suite.Flat, n: 1, ops: 30, deletes: 10},
		{shape: suite.Flat, n: 10, ops: 20, deletes: 5, burst: 40},
	},
	suite.Full: {
		{shape: suite.Chain, n: 2, ops: 100, deletes: 20, burst: 200},
		{shape: suite.Chain, n: 10, ops: 50, deletes: 10, burst: 100},
		{shape: suite.Chain, n: 30, ops: 20, deletes: 2},
		{shape: suite.Flat, n: 1, ops: 100, deletes: 20, burst: 200},
		{shape: suite.Flat, n: 10, ops: 100, deletes: 10, burst: 100},
		{shape: suite.Flat, n: 50, ops: 20, deletes: 2, burst: 20},
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

func (s size) scenario() suite.Scenario {
	rgd := suite.RGD{Name: fmt.Sprintf("crud%s%dd", s.shape, s.n), Maps: suite.Maps(s.shape, s.n)}
	create, read := s.benchmark("create", s.ops), s.benchmark("read", s.ops)
	update, noop := s.benchmark("update", s.ops), s.benchmark("noop", s.ops)
	benchmarks := []bench.Benchmark{create, read, update, noop}
	remove := s.benchmark("delete", s.deletes)
	if s.deletes > 0 {
		benchmarks = append(benchmarks, remove)
	}
	burst := s.benchmark("create", s.burst, bench.Param{Key: "workers", Value: strconv.Itoa(workers)})
	burst.Concurrent = true
	if s.burst > 0 {
		benchmarks = append(benchmarks, burst)
	}

	return suite.Scenario{
		Benchmarks: benchmarks, RGD: rgd, Instances: 1,
		Run: func(ctx context.Context, lab *suite.Lab) error {
			instances, err := lab.Instances(ctx, rgd)
			if err != nil {
				return err
			}
			names := lab.Names(s.ops)
			steps := []struct {
				benchmark bench.Benchmark
				workers   int
				do        func(ctx context.Context, name string) (time.Time, error)
				names     []string
			}{
				{create, 1, func(ctx context.Context, name string) (time.Time, error) {
					return instances.Create(ctx, name, "one")
				}, names},
				{read, 1, instances.Read, names},
				{update, 1, func(ctx context.Context, name string) (time.Time, error) {
					return instances.Update(ctx, name, "two")
				}, names},
				{noop, 1, func(ctx context.Context, name string) (time.Time, error) {
					return time.Time{}, instances.Touch(ctx, name)
				}, names},
				{remove, 1, instances.Delete, names[:s.deletes]},
				{burst, workers, func(ctx context.Context, name string) (time.Time, error) {
					return instances.Create(ctx, name, "one")
				}, lab.Names(s.burst)},
			}
			for _, step := range steps {
				if step.benchmark.Ops == 0 {
					continue
				}
				err := lab.Measure(ctx, step.benchmark, step.workers, func(ctx context.Context, i int) (time.Time, error) {
					return step.do(ctx, step.names[i])
				})
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
}
