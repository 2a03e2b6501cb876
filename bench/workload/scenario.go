package workload

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// A template makes the scenarios of a workload.
type template struct {
	name       string   // the first part of the benchmarks' names
	params     []string // the variables in their names
	sweep      string   // the variable that is the size of the work
	defaults   map[string]*Template
	instances  *Template
	benchmarks []benchmark
}

// A benchmark makes a benchmark of each scenario.
type benchmark struct {
	op           string
	params       map[string]*Template // of its name, beside those of the workload
	ops, workers *Template
	plain        Benchmark // what no size changes
}

// scenario makes the scenario of one size.
func (t template) scenario(w *Workload, size map[string]*Template) (s Scenario, err error) {
	s = Scenario{Workload: w, Instances: 1}
	defaults, err := values(t.defaults, nil)
	if err != nil {
		return s, err
	}
	own, err := values(size, nil)
	if err != nil {
		return s, err
	}
	s.Vars = defaults.With(own)
	if t.instances != nil {
		if s.Instances, err = evaluate[int](t.instances, s.Vars); err != nil {
			return s, err
		}
	}
	for _, of := range t.benchmarks {
		b, err := of.at(t, s.Vars)
		if err != nil {
			return s, err
		}
		if b.Ops > 0 {
			s.Benchmarks = append(s.Benchmarks, b)
		}
		if b.Prepared && b.Ops > s.Instances {
			return s, of.ops.at(fmt.Errorf("%d operations need as many instances, and %d are prepared", b.Ops, s.Instances))
		}
	}
	return s, s.try()
}

// at makes the benchmark of one size.
func (of benchmark) at(t template, size Vars) (b Benchmark, err error) {
	b = of.plain
	if b.Ops, err = evaluate[int](of.ops, size); err != nil {
		return b, err
	}
	b.Workers = 1
	if of.workers != nil {
		if b.Workers, err = evaluate[int](of.workers, size); err != nil {
			return b, err
		}
	}
	b.Concurrent = b.Workers > 1
	own, err := values(of.params, size)
	if err != nil {
		return b, err
	}
	var params []bench.Param
	add := func(key string, value any) {
		if value != nil {
			params = append(params, bench.Param{Key: key, Value: fmt.Sprint(value)})
		}
	}
	if of.op != "" {
		add("op", of.op)
	}
	for _, key := range t.params {
		add(key, size[key])
	}
	for _, key := range slices.Sorted(maps.Keys(own)) {
		add(key, own[key])
	}
	b.Name, b.Sweep = bench.Name(t.name, params...), t.sweep
	return b, nil
}

// values evaluates templates.
func values(of map[string]*Template, in Vars) (Vars, error) {
	vars := make(Vars, len(of))
	for name, t := range of {
		var err error
		if vars[name], err = t.value(in); err != nil {
			return nil, err
		}
	}
	return vars, nil
}

// try evaluates what the first operations would evaluate, so that a mistake is found
// before anything starts.
func (s Scenario) try() error {
	var problems []error
	try := func(actions []Action) {
		for _, a := range actions {
			problems = append(problems, a.try(s.Vars))
		}
	}
	try(s.Setup)
	try(s.Prepare)
	for _, b := range s.Benchmarks {
		try(b.Do)
	}
	return errors.Join(problems...)
}

// try evaluates what the action would evaluate in the first operation.
func (a Action) try(size Vars) error {
	vars, err := a.Vars(size, "name", 0, 0)
	if err != nil {
		return err
	}
	if _, err := a.Times(vars); err != nil {
		return err
	}
	switch a.Verb {
	case Rest:
		_, err := a.Rest(vars)
		return err
	case Restart:
		return nil
	}
	if _, err := a.Object.Object(vars); err != nil {
		return err
	}
	if a.With != nil {
		_, err = a.With.Object(vars)
	}
	return err
}

// Key is different for each scenario of a plan.
func (s Scenario) Key() string { return s.Benchmarks[0].Name }

// Restarts reports whether the scenario restarts the controller.
func (s Scenario) Restarts() bool {
	for _, b := range s.Benchmarks {
		for _, a := range b.Do {
			if a.Verb == Restart {
				return true
			}
		}
	}
	return false
}

// A Kind is a kind of API objects.
type Kind struct{ APIVersion, Kind string }

// Kinds lists the kinds of the objects in the scenario's graphs, as far as no expression of
// KRO makes them.
func (s Scenario) Kinds() (kinds []Kind) {
	for _, a := range s.Setup {
		if a.Object.Role != RGD {
			continue
		}
		vars, err := a.Vars(s.Vars, "", 0, 0)
		if err != nil {
			continue // was evaluated before
		}
		rgd, err := a.Object.Object(vars)
		if err != nil {
			continue
		}
		spec, _ := rgd["spec"].(map[string]any)
		resources, _ := spec["resources"].([]any)
		for _, r := range resources {
			resource, _ := r.(map[string]any)
			template, _ := resource["template"].(map[string]any)
			apiVersion, _ := template["apiVersion"].(string)
			kind, _ := template["kind"].(string)
			kinds = append(kinds, Kind{apiVersion, kind})
		}
	}
	return kinds
}
