package workload

import (
	"fmt"
	"maps"
	"regexp"
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
	prepare    func(error) error // puts an error of the preparation at its place
	benchmarks []benchmark
}

// A benchmark makes a benchmark of each scenario.
type benchmark struct {
	op           string
	params       map[string]*Template // of its name, beside those of the workload
	ops, workers *Template
	plain        Benchmark         // what no size changes
	at           func(error) error // puts an error at its place in the file
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
		if s.Instances, err = count(t.instances, s.Vars, 0); err != nil {
			return s, err
		}
	}
	lives := lives{shared: map[int]bool{}, prepared: map[int]bool{}}
	for i := range s.Instances {
		for _, a := range w.Prepare {
			if err := a.live(lives.prepared, i); err != nil {
				return s, t.prepare(err)
			}
		}
	}
	names := map[string]bool{}
	for _, of := range t.benchmarks {
		b, err := of.sized(t, s.Vars)
		if err != nil {
			return s, err
		}
		if names[b.Name] {
			return s, of.at(fmt.Errorf("two benchmarks are called %s; give one another op, or params", b.Name))
		}
		if b.Ops > 0 {
			names[b.Name] = true
			s.Benchmarks = append(s.Benchmarks, b)
		}
		if b.Prepared && b.Ops > s.Instances {
			return s, of.at(fmt.Errorf("%d operations need as many prepared instances, and there are %d", b.Ops, s.Instances))
		}
		if b.Ops > 0 {
			if err := lives.run(b); err != nil {
				return s, of.at(err)
			}
		}
	}
	return s, s.try()
}

// lives knows which instances exist.
type lives struct{ shared, prepared map[int]bool }

// run runs the operations of a benchmark. It fails at the first that works on an instance
// that does not exist, or creates one that does.
func (l *lives) run(b Benchmark) error {
	instances := l.shared
	switch {
	case b.Fresh:
		instances = map[int]bool{}
	case b.Prepared:
		instances = l.prepared
	}
	for i := range b.Ops {
		for _, a := range b.Do {
			if err := a.live(instances, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// live does what the action does to the life of the i-th instance.
func (a Action) live(instances map[int]bool, i int) error {
	if a.Object == nil || a.Object.Role != Instance {
		return nil
	}
	switch {
	case a.Verb == Create && instances[i]:
		return fmt.Errorf("operation %d creates an instance that exists; use fresh: true", i)
	case a.Verb != Create && a.Verb != Wait && !instances[i]:
		return fmt.Errorf("operation %d has no instance to %s; create it in an earlier benchmark, or use fewer ops", i, a.Verb)
	}
	instances[i] = a.Verb != Delete
	return nil
}

// maxCount is the largest number of operations, workers or instances. What is sent is
// prepared before a benchmark begins, so it has to fit into memory.
const maxCount = 1_000_000

// count evaluates a number of operations, workers or instances.
func count(t *Template, size Vars, least int) (int, error) {
	n, err := evaluate[int](t, size)
	if err == nil && (n < least || n > maxCount) {
		err = t.at(fmt.Errorf("%d is out of range; use %d to %d", n, least, maxCount))
	}
	return n, err
}

// paramPattern is what the value of a parameter in a benchmark's name has to be.
var paramPattern = regexp.MustCompile(`^[A-Za-z0-9_.+-]+$`)

// sized makes the benchmark of one size.
func (of benchmark) sized(t template, size Vars) (b Benchmark, err error) {
	b = of.plain
	if b.Ops, err = count(of.ops, size, 0); err != nil {
		return b, err
	}
	b.Workers = 1
	if of.workers != nil {
		if b.Workers, err = count(of.workers, size, 1); err != nil {
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
	for _, p := range params {
		if !paramPattern.MatchString(p.Value) {
			return b, of.at(fmt.Errorf("%s=%s cannot be a part of a benchmark's name; use letters, digits, _, -, . and +", p.Key, p.Value))
		}
	}
	b.Name = bench.Name(t.name, params...)
	if slices.ContainsFunc(params, func(p bench.Param) bool { return p.Key == t.sweep }) {
		b.Sweep = t.sweep
	}
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
	if err := s.tryAll(s.Setup); err != nil {
		return err
	}
	if err := s.tryAll(s.Prepare); err != nil {
		return err
	}
	for _, b := range s.Benchmarks {
		if err := s.tryAll(b.Do); err != nil {
			return err
		}
	}
	return nil
}

func (s Scenario) tryAll(actions []Action) error {
	for _, a := range actions {
		if err := a.try(s.Vars); err != nil {
			return err
		}
	}
	return nil
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
	if err := a.Object.try(vars); err != nil {
		return err
	}
	if a.Of != nil {
		if err := a.Of.try(vars); err != nil {
			return err
		}
	}
	if a.With != nil {
		_, err = a.With.Object(vars)
	}
	return err
}

// try checks that the object is one that can be sent.
func (o *Object) try(vars Vars) error {
	object, err := o.Object(vars)
	if err != nil {
		return err
	}
	metadata, _ := object["metadata"].(map[string]any)
	for _, field := range []struct {
		name  string
		value any
	}{{"apiVersion", object["apiVersion"]}, {"kind", object["kind"]}, {"metadata.name", metadata["name"]}} {
		if text, _ := field.value.(string); text == "" {
			return o.at(fmt.Errorf("the object needs %s, as text", field.name))
		}
	}
	return nil
}

// Key is different for each scenario of a plan.
func (s Scenario) Key() string { return s.Benchmarks[0].Name }

// Restarts reports whether the scenario restarts the controller.
func (s Scenario) Restarts() bool {
	if s.Controller != nil {
		return true
	}
	for _, b := range s.Benchmarks {
		for _, a := range b.Do {
			if a.Verb == Restart {
				return true
			}
		}
	}
	return false
}

// Created lists the objects that the setup creates, by their kinds and names.
func (s Scenario) Created() ([]string, error) {
	var all []string
	for _, a := range s.Setup {
		if a.Verb != Create {
			continue
		}
		times, err := a.Times(s.Vars)
		if err != nil {
			return nil, err
		}
		for k := range times {
			vars, err := a.Vars(s.Vars, "", 0, k)
			if err != nil {
				return nil, err
			}
			kind, err := a.Object.field(vars, "kind")
			if err != nil {
				return nil, err
			}
			name, err := a.Object.field(vars, "metadata", "name")
			if err != nil {
				return nil, err
			}
			all = append(all, fmt.Sprint(kind, " ", name))
		}
	}
	return all, nil
}

// A Kind is a kind of API objects.
type Kind struct{ APIVersion, Kind string }

// Kinds lists the kinds of the objects in the scenario's graphs, as far as no expression of
// KRO makes them.
func (s Scenario) Kinds() (kinds []Kind) {
	for _, a := range s.Setup {
		if a.Object == nil || a.Object.Role != RGD {
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
