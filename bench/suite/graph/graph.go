// Package graph measures the life of ResourceGraphDefinitions: creation until Active, an
// update that reaches existing instances, and deletion.
package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/suite"
)

// Suite is the graph suite.
var Suite = suite.Suite{Name: "graph", Scenarios: scenarios}

// A size is one scenario.
type size struct {
	shape     suite.Shape
	n         int // resources of the RGD
	ops       int // creates, updates and deletions each, one at a time
	instances int // of the RGD when it is updated
}

var sizes = map[suite.Profile][]size{
	suite.Quick: {
		{shape: suite.Chain, n: 5, ops: 3, instances: 2},
	},
	suite.Standard: {
		{shape: suite.Flat, n: 10, ops: 2, instances: 3},
		{shape: suite.Chain, n: 10, ops: 2, instances: 3},
		{shape: suite.Ladder, n: 10, ops: 2, instances: 3},
		{shape: suite.Flat, n: 50, ops: 2, instances: 1},
	},
	suite.Full: {
		{shape: suite.Flat, n: 10, ops: 20, instances: 20},
		{shape: suite.Flat, n: 50, ops: 10, instances: 5},
		{shape: suite.Flat, n: 100, ops: 5, instances: 1},
		{shape: suite.Chain, n: 10, ops: 20, instances: 20},
		{shape: suite.Chain, n: 50, ops: 5, instances: 2},
		{shape: suite.Fan, n: 10, ops: 20, instances: 20},
		{shape: suite.Fan, n: 50, ops: 10, instances: 5},
		{shape: suite.Ladder, n: 10, ops: 20, instances: 20},
		{shape: suite.Ladder, n: 16, ops: 10, instances: 2},
	},
}

func scenarios(profile suite.Profile) []suite.Scenario {
	var list []suite.Scenario
	for _, s := range sizes[profile] {
		list = append(list, s.scenario())
	}
	return list
}

func (s size) benchmark(op string, more ...bench.Param) bench.Benchmark {
	params := append([]bench.Param{{Key: "op", Value: op}, {Key: "shape", Value: string(s.shape)}, {Key: "n", Value: strconv.Itoa(s.n)}}, more...)
	return bench.Benchmark{Name: bench.Name("Graph", params...), Suite: "graph", Ops: s.ops, Racy: true}
}

// rgd returns the i-th RGD of the scenario. The 0th is the one that is updated.
func (s size) rgd(i int) suite.RGD {
	return suite.RGD{Name: fmt.Sprintf("graph%s%dk%03dd", s.shape, s.n, i), Maps: suite.Maps(s.shape, s.n)}
}

func (s size) scenario() suite.Scenario {
	create, remove := s.benchmark("create"), s.benchmark("delete")
	update := s.benchmark("update", bench.Param{Key: "instances", Value: strconv.Itoa(s.instances)})
	return suite.Scenario{
		Benchmarks: []bench.Benchmark{create, update, remove}, RGD: s.rgd(0), Instances: s.instances,
		Run: func(ctx context.Context, lab *suite.Lab) error {
			rgds, err := lab.Watch(ctx, suite.RGDs, "")
			if err != nil {
				return err
			}
			err = lab.Measure(ctx, create, suite.OneByOne, func(ctx context.Context, i int) (time.Time, error) {
				return lab.CreateRGD(ctx, rgds, s.rgd(1+i))
			})
			if err != nil {
				return err
			}
			err = lab.Measure(ctx, update, suite.Pace{Workers: 1, Settled: true}, func(ctx context.Context, i int) (time.Time, error) {
				return s.update(ctx, lab, rgds, i)
			})
			if err != nil {
				return err
			}
			return lab.Measure(ctx, remove, suite.OneByOne, func(ctx context.Context, i int) (time.Time, error) {
				name := s.rgd(1 + i).Name
				gone := rgds.Expect(name, suite.Gone)
				if err := lab.Client.Resource(suite.RGDs).Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
					return time.Time{}, err
				}
				return gone.Wait(ctx)
			})
		},
	}
}

// update does the i-th update. It adds a field to every resource of the RGD, which makes
// a new revision of its graph, with the number i+2. It returns the time at which the new
// revision was seen to be served.
func (s size) update(ctx context.Context, lab *suite.Lab, rgds *suite.Watch, i int) (time.Time, error) {
	rgd := s.rgd(0)
	for _, data := range rgd.Maps {
		data["revision"] = fmt.Sprintf("revision-%03d", i)
	}
	spec := rgd.Object().Object["spec"].(map[string]any)
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"resources": spec["resources"]}})
	if err != nil {
		return time.Time{}, err
	}
	served := rgds.Expect(rgd.Name, func(rgd suite.Object, _ bool) bool {
		return rgd.Status.State == "Active" && rgd.Status.LastIssuedRevision == int64(i+2) && rgd.Observed()
	})
	if _, err := lab.Client.Resource(suite.RGDs).Patch(ctx, rgd.Name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return time.Time{}, err
	}
	return served.Wait(ctx)
}
