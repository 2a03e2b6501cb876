// Package workload reads workloads. A workload is a directory of YAML: a
// ResourceGraphDefinition, an instance, objects that they need, and workload.yaml, which
// says what to do with them. Any value in these files can be a CEL expression. All of
// them are compiled, and evaluated once, when the directory is read.
package workload

import (
	"fmt"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench"
)

// A Profile is the amount of work that a session does.
type Profile string

const (
	Quick    Profile = "quick"    // three minutes: for pull requests on small machines
	Standard Profile = "standard" // a quarter of an hour: for pull requests that matter
	Full     Profile = "full"     // hours: nightly
)

// Profiles lists all profiles, from the smallest to the largest.
var Profiles = []Profile{Quick, Standard, Full}

// A Workload is the content of a workload's directory.
type Workload struct {
	Suite string
	// Setup are the actions that create the workload's objects and RGDs.
	Setup []Action
	// Prepare are the actions with which an instance is created and changed before
	// anything is measured.
	Prepare []Action
	// Instance is an instance of one of the RGDs. Ready is the condition that an instance
	// has reached the state that its spec asks for.
	Instance *Object
	Ready    *Condition
	// Controller is set if KRO has settings of its own for the workload.
	Controller *Controller

	rgds, others []*Object
	scenarios    map[Profile][]Scenario
}

// A Controller says how KRO is started for a workload, other than for the rest of a session.
type Controller struct {
	Args         []string        `yaml:"args"`          // more flags
	FeatureGates map[string]bool `yaml:"feature-gates"` // to turn on or off
	Defaults     []string        `yaml:"defaults"`      // flags that have KRO's own values
}

// Scenarios returns the scenarios of a profile, in order.
func (w *Workload) Scenarios(p Profile) []Scenario { return w.scenarios[p] }

// Count returns the number of benchmarks that a profile has.
func (w *Workload) Count(p Profile) (n int) {
	for _, s := range w.scenarios[p] {
		n += len(s.Benchmarks)
	}
	return n
}

// An Object is an API object in a workload's directory.
type Object struct {
	*Template
	file string
	// Role says what the object is to the workload.
	Role Role
	// Given is set for an instance that was written for kubectl, without expressions: its
	// name and what depends on it have to be replaced.
	Given bool
}

// Object returns the object for values of the variables. An instance that was written for
// kubectl gets the name among them.
func (o *Object) Object(vars Vars) (map[string]any, error) {
	object, err := o.Template.Object(vars)
	if name, _ := vars["name"].(string); err == nil && o.Given && name != "" {
		rename(object, name)
	}
	return object, err
}

// rename gives an instance another name. Its children are usually named by a field of its
// spec, which gets the name as well: the field name, and every field with the value of the
// old name.
func rename(instance map[string]any, name string) {
	metadata, _ := instance["metadata"].(map[string]any)
	old := metadata["name"]
	var in func(v any) any
	in = func(v any) any {
		switch v := v.(type) {
		case string:
			if v == old {
				return name
			}
		case []any:
			for i := range v {
				v[i] = in(v[i])
			}
		case map[string]any:
			for key := range v {
				v[key] = in(v[key])
			}
		}
		return v
	}
	spec, _ := instance["spec"].(map[string]any)
	in(spec)
	if _, named := spec["name"].(string); named {
		spec["name"] = name
	}
	metadata["name"] = name
}

// A Role is what an object is to a workload.
type Role int

const (
	Other    Role = iota
	RGD           // a ResourceGraphDefinition
	Instance      // an instance of one
)

// A Scenario is a workload at one size: a sequence of benchmarks that build on each other.
type Scenario struct {
	*Workload
	// Instances is the number of instances that are prepared.
	Instances  int
	Benchmarks []Benchmark
	// Vars are the values of the size's variables.
	Vars Vars
}

// A Benchmark is one benchmark of a scenario.
type Benchmark struct {
	bench.Benchmark
	// Workers is how many operations run at a time.
	Workers int
	// Settled lets the controller settle before each operation.
	Settled bool
	// Fresh gives the operations instances of their own, and Prepared those that were
	// prepared. All other operations share theirs.
	Fresh, Prepared bool
	// Do are the actions of one operation.
	Do []Action
}

// A Verb is what an action does.
type Verb string

const (
	Create Verb = "create"
	Update Verb = "update" // patches the object to what its template is now
	Patch  Verb = "patch"
	Get    Verb = "get"
	Delete Verb = "delete"
	Wait   Verb = "wait"
	Rest   Verb = "rest" // does nothing for a while
	// Restart ends the controller and starts it again.
	Restart Verb = "restart"
)

// verbs lists all verbs.
var verbs = []Verb{Create, Update, Patch, Get, Delete, Wait, Rest, Restart}

// Describe names the action for a message.
func (a Action) Describe(vars Vars) string {
	if a.Object == nil {
		return string(a.Verb)
	}
	object, err := a.Object.Object(vars)
	if err != nil {
		return string(a.Verb)
	}
	metadata, _ := object["metadata"].(map[string]any)
	return fmt.Sprint(a.Verb, " ", object["kind"], " ", metadata["name"])
}

// An Action is one API request and its outcome.
type Action struct {
	Verb   Verb
	Object *Object   // nil for Rest and Restart
	With   *Template // the merge patch of Patch
	// Of is the object whose condition is the outcome, if that is not Object.
	Of *Object
	// Until is the condition whose occurrence is the outcome. If it is nil, the outcome of
	// Get is the answer, that of Delete is that the object is gone, and other actions show
	// none.
	Until *Condition
	// Start is set for the action whose beginning is that of the operation. Without it,
	// that is the first.
	Start bool
	rest  *Template
	times *Template
	let   map[string]*Template
}

// Times returns how often the action is done, one after the other. The index of each time
// is the variable k of its expressions.
func (a Action) Times(vars Vars) (int, error) {
	if a.times == nil {
		return 1, nil
	}
	return count(a.times, vars, 0)
}

// Rest returns how long the action of that verb lasts.
func (a Action) Rest(vars Vars) (time.Duration, error) {
	text, err := evaluate[string](a.rest, vars)
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, a.rest.at(fmt.Errorf("want a duration such as 500ms or 2s, got %q", text))
	}
	return d, nil
}

// Vars returns the variables of an action, done for the k-th time in the i-th operation,
// which works on the instance called name.
func (a Action) Vars(size Vars, name string, i, k int) (Vars, error) {
	vars := size.With(Vars{"name": name, "i": int64(i), "k": int64(k)})
	own, err := values(a.let, vars)
	return vars.With(own), err
}

// With returns the variables and more of them, which win.
func (v Vars) With(more Vars) Vars {
	all := make(Vars, len(v)+len(more))
	for _, vars := range []Vars{v, more} {
		for name, value := range vars {
			all[name] = value
		}
	}
	return all
}

// A Condition is a condition on an object, which is called self.
type Condition struct{ *expression }

// String returns the condition as it was written.
func (c *Condition) String() string { return c.text }

// Holds evaluates the condition. A field that the object does not have yet makes it
// false; the error says which.
func (c *Condition) Holds(self map[string]any, vars Vars) (bool, error) {
	return c.holds(vars.With(Vars{"self": self}))
}

// verbList lists all verbs for a message.
func verbList() string {
	words := make([]string, len(verbs))
	for i, verb := range verbs {
		words[i] = string(verb)
	}
	return strings.Join(words, ", ")
}
