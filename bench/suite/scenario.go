package suite

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kro/perf-gate/bench/workload"
)

// Prepare brings a fresh controller to the state in which the scenarios are measured. It
// creates their objects, RGDs and instances and changes each instance once, so that KRO
// has done what it does once for a kind. Then it waits until the controller has settled.
// It prepares all scenarios at once, because an API server delays the first objects of a
// new kind by two seconds.
func (l *Lab) Prepare(ctx context.Context, scenarios []workload.Scenario) error {
	namespaces := l.Client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	namespace := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": l.Namespace},
	}}
	namespace.SetLabels(l.Labels)
	if _, err := namespaces.Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("namespace %s: %w", l.Namespace, err)
	}
	watches := l.watches(ctx)
	// No instance is created before all kinds are discovered. KRO may look up all kinds
	// when it meets the first instance, and not again.
	setup, settingUp := errgroup.WithContext(ctx)
	for _, s := range scenarios {
		setup.Go(func() error { return l.setUp(settingUp, s, watches) })
	}
	if err := setup.Wait(); err != nil {
		return err
	}
	l.prepared = make(map[string][]string)
	group, preparing := errgroup.WithContext(ctx)
	for _, s := range scenarios {
		names := l.Names(s.Instances)
		l.prepared[s.Key()] = names
		group.Go(func() error {
			for i, name := range names {
				if err := l.act(preparing, s.Prepare, s.Vars, name, i, watches); err != nil {
					return fmt.Errorf("the first instances: %w", err)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return l.Settle(ctx)
}

// setUp creates the objects and RGDs of a scenario, and waits until clients can discover
// the kind of its instances.
func (l *Lab) setUp(ctx context.Context, s workload.Scenario, watches *watches) error {
	for _, a := range s.Setup {
		if err := l.act(ctx, []workload.Action{a}, s.Vars, "", 0, watches); err != nil {
			return fmt.Errorf("%s: %w", a.Describe(s.Vars), err)
		}
	}
	ctx, cancel := l.limit(ctx)
	defer cancel()
	_, _, err := l.object(ctx, s.Instance, s.Vars.With(workload.Vars{"name": "name"}))
	return err
}

// act does the actions of an operation that is not measured.
func (l *Lab) act(ctx context.Context, actions []workload.Action, size workload.Vars, name string, i int, watches *watches) error {
	ctx, cancel := l.limit(ctx)
	defer cancel()
	all, err := l.requests(ctx, actions, size, name, i, watches)
	if err == nil {
		_, _, err = all.do(ctx)
	}
	return err
}

// Run measures the benchmarks of a scenario that was prepared.
func (l *Lab) Run(ctx context.Context, s workload.Scenario) error {
	if err := l.configure(ctx, s.Controller); err != nil {
		return err
	}
	watches := l.watches(ctx)
	most := 0
	for _, b := range s.Benchmarks {
		if !b.Fresh && !b.Prepared {
			most = max(most, b.Ops)
		}
	}
	shared := l.Names(most)
	for _, b := range s.Benchmarks {
		names := shared
		switch {
		case b.Fresh:
			names = l.Names(b.Ops)
		case b.Prepared:
			names = l.prepared[s.Key()]
		}
		do, err := l.operation(ctx, b, s.Vars, names, watches)
		if err != nil {
			return fmt.Errorf("%s: %w", b.Name, err)
		}
		err = l.Measure(ctx, b.Benchmark, Pace{b.Workers, b.Settled}, do)
		if err != nil {
			return err
		}
	}
	return nil
}

// configure lets the controller run as a workload wants it, and waits until it has settled.
func (l *Lab) configure(ctx context.Context, c *workload.Controller) error {
	if c == l.controller {
		return nil
	}
	if err := l.Turns.take(ctx); err != nil {
		return err
	}
	l.controller = c
	err := l.restart()
	l.Turns.pass()
	if err != nil {
		return err
	}
	return l.Settle(ctx)
}

func (l *Lab) restart() error { return l.Restart(l.controller) }

// Operation prepares the operations of a benchmark, each on the instance of its name.
func (l *Lab) Operation(ctx context.Context, b workload.Benchmark, size workload.Vars, names []string) (Operation, error) {
	return l.operation(ctx, b, size, names, l.watches(ctx))
}

func (l *Lab) operation(ctx context.Context, b workload.Benchmark, size workload.Vars, names []string, watches *watches) (Operation, error) {
	operations := make([]requests, b.Ops)
	for i := range operations {
		var err error
		if operations[i], err = l.requests(ctx, b.Do, size, names[i], i, watches); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, i int) (began, received time.Time, err error) { return operations[i].do(ctx) }, nil
}
