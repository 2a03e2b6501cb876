package workload

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"

	"github.com/google/cel-go/cel"
	"go.yaml.in/yaml/v4"

	"github.com/kro/perf-gate/bench/strictyaml"
)

// File is the name of the file that describes the work.
const File = "workload.yaml"

// description is the content of [File].
type description struct {
	Suite      located[string]                 `yaml:"suite"`
	Name       located[string]                 `yaml:"name"`
	Params     []located[string]               `yaml:"params"`
	Sweep      located[string]                 `yaml:"sweep"`
	Defaults   map[string]node                 `yaml:"defaults"`
	Sizes      sizes                           `yaml:"sizes"`
	Controller *Controller                     `yaml:"controller"`
	Instances  node                            `yaml:"instances"`
	Setup      []located[actionDescription]    `yaml:"setup"`
	Prepare    []located[actionDescription]    `yaml:"prepare"`
	Ready      node                            `yaml:"ready"`
	Benchmarks []located[benchmarkDescription] `yaml:"benchmarks"`
}

type sizes struct {
	Quick    []map[string]node `yaml:"quick"`
	Standard []map[string]node `yaml:"standard"`
	Full     []map[string]node `yaml:"full"`
}

func (s sizes) of(p Profile) []map[string]node {
	return map[Profile][]map[string]node{Quick: s.Quick, Standard: s.Standard, Full: s.Full}[p]
}

type benchmarkDescription struct {
	Op       located[string]              `yaml:"op"`
	Params   map[string]node              `yaml:"params"`
	Ops      node                         `yaml:"ops"`
	Workers  node                         `yaml:"workers"`
	Settled  bool                         `yaml:"settled"`
	Fresh    bool                         `yaml:"fresh"`
	Prepared bool                         `yaml:"prepared"`
	Racy     bool                         `yaml:"racy"`
	Do       []located[actionDescription] `yaml:"do"`
}

type actionDescription struct {
	Create  node            `yaml:"create"`
	Update  node            `yaml:"update"`
	Patch   node            `yaml:"patch"`
	Get     node            `yaml:"get"`
	Delete  node            `yaml:"delete"`
	Wait    node            `yaml:"wait"`
	Rest    node            `yaml:"rest"`
	Restart node            `yaml:"restart"`
	With    node            `yaml:"with"`
	Let     map[string]node `yaml:"let"`
	Of      node            `yaml:"of"`
	Until   node            `yaml:"until"`
	Times   node            `yaml:"times"`
	Start   bool            `yaml:"start"`
}

// verbs returns what the description has under each verb.
func (d actionDescription) verbs() map[Verb]node {
	return map[Verb]node{
		Create: d.Create, Update: d.Update, Patch: d.Patch, Get: d.Get, Delete: d.Delete, Wait: d.Wait,
		Rest: d.Rest, Restart: d.Restart,
	}
}

// A node is a part of a file that is compiled later, when all variables are known.
type node struct{ *yaml.Node }

// DecodeYAML implements [strictyaml.Node].
func (n *node) DecodeYAML(_ *strictyaml.Decoder, y *yaml.Node) error {
	n.Node = y
	return nil
}

// A located value knows its place in the file.
type located[T any] struct {
	value T
	at    *yaml.Node
}

// DecodeYAML implements [strictyaml.Node].
func (l *located[T]) DecodeYAML(d *strictyaml.Decoder, n *yaml.Node) error {
	l.at = n
	return d.DecodeNode(n, &l.value)
}

// A loader reads one directory.
type loader struct {
	files   Files
	name    string // of the directory, for messages
	file    *strictyaml.Decoder
	env     *cel.Env
	objects map[string]*Object // by the names that actions use
}

// Load makes a workload of the files of its directory. The name is the directory's. Messages
// have it, and its last part is the suite of a workload that names none.
func Load(files Files, name string) (*Workload, error) {
	l := &loader{files: files, name: name, file: decoder(name, File), objects: map[string]*Object{}}
	d, err := l.describe()
	if err != nil {
		return nil, err
	}
	if l.env, err = environment(variables(d)); err != nil {
		return nil, fmt.Errorf("%s: %w", l.file.Name, err)
	}
	w := &Workload{Suite: d.Suite.value, Controller: d.Controller, scenarios: map[Profile][]Scenario{}}
	if err := l.readObjects(w); err != nil {
		return nil, err
	}
	if w.Ready, err = l.condition(d.Ready, defaultReady); err != nil {
		return nil, err
	}
	if err := l.preparation(w, d); err != nil {
		return nil, err
	}
	t := template{name: d.Name.value, sweep: d.Sweep.value, prepare: func(err error) error {
		return l.file.Errorf(d.Prepare[0].at, "prepare: %v", err)
	}}
	for _, param := range d.Params {
		t.params = append(t.params, param.value)
	}
	if t.instances, err = l.template(d.Instances); err != nil {
		return nil, err
	}
	if t.benchmarks, err = l.benchmarks(w, d.Benchmarks); err != nil {
		return nil, err
	}
	if t.defaults, err = l.templates(d.Defaults); err != nil {
		return nil, err
	}
	for _, profile := range Profiles {
		for _, size := range d.Sizes.of(profile) {
			own, err := l.templates(size)
			if err != nil {
				return nil, err
			}
			s, err := t.scenario(w, own)
			if err != nil {
				return nil, err
			}
			w.scenarios[profile] = append(w.scenarios[profile], s)
		}
	}
	return w, nil
}

func decoder(dir, file string) *strictyaml.Decoder {
	return &strictyaml.Decoder{Name: path.Join(dir, file)}
}

// describe reads the description.
func (l *loader) describe() (*description, error) {
	data, ok := l.files[File]
	if !ok {
		return nil, fmt.Errorf("workload %s: there is no %s, which says what to do", l.name, File)
	}
	root := &yaml.Node{Line: 1, Column: 1}
	d := &description{Suite: located[string]{path.Base(l.name), root}}
	if _, err := l.file.Decode(data, d); err != nil {
		return nil, err
	}
	if d.Name.value == "" {
		d.Name = d.Suite
	}
	return d, l.check(d)
}

// Names of suites and benchmarks are parts of the names of Go benchmarks. Names of
// variables are identifiers of CEL.
var (
	namePattern     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*$`)
	variablePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// own are the variables that every workload has.
var own = []string{"i", "k", "name", "self"}

// check checks what no expression decides.
func (l *loader) check(d *description) error {
	for _, name := range []located[string]{d.Suite, d.Name} {
		if !namePattern.MatchString(name.value) {
			return l.file.Errorf(name.at, "%q is no name; use letters, digits, dots, _ and -, and begin with a letter, as in my-app", name.value)
		}
	}
	defined := slices.DeleteFunc(variables(d), func(name string) bool { return slices.Contains(own, name) })
	var named []string // the parameters in the names of benchmarks
	for _, param := range d.Params {
		if problem := strictyaml.Unknown(param.value, defined); problem != "" {
			return l.file.Errorf(param.at, "params: the variable %s", problem)
		}
		named = append(named, param.value)
	}
	if len(d.Benchmarks) == 0 {
		return fmt.Errorf("%s:1:1: there is nothing to measure; list the work under benchmarks", l.file.Name)
	}
	for _, b := range d.Benchmarks {
		switch {
		case b.value.Ops.Node == nil:
			return l.file.Errorf(b.at, "a benchmark needs ops: the number of operations")
		case len(b.value.Do) == 0:
			return l.file.Errorf(b.at, "a benchmark needs do: the actions of one operation")
		}
		named = slices.AppendSeq(named, maps.Keys(b.value.Params))
	}
	if d.Sweep.at != nil && !slices.Contains(named, d.Sweep.value) {
		return l.file.Errorf(d.Sweep.at, "sweep: no benchmark has %s in its name; list it under params", d.Sweep.value)
	}
	return l.checkVariables(d)
}

// checkVariables checks the names of variables.
func (l *loader) checkVariables(d *description) error {
	for _, vars := range assignments(d) {
		for _, name := range slices.Sorted(maps.Keys(vars)) {
			at := &yaml.Node{Line: 1, Column: 1}
			if vars[name].Node != nil {
				at = vars[name].Node
			}
			switch {
			case !variablePattern.MatchString(name):
				return l.file.Errorf(at, "the variable %q: use letters, digits and _ in its name, and begin with a letter", name)
			case slices.Contains(own, name):
				return l.file.Errorf(at, "every workload has the variable %q already; use another name", name)
			}
		}
	}
	return nil
}

// assignments lists the variables with their values, wherever the description sets them.
func assignments(d *description) (all []map[string]node) {
	all = append(all, d.Defaults)
	for _, profile := range Profiles {
		all = append(all, d.Sizes.of(profile)...)
	}
	actions := slices.Concat(d.Setup, d.Prepare)
	for _, b := range d.Benchmarks {
		actions = slices.Concat(actions, b.value.Do)
	}
	for _, a := range actions {
		all = append(all, a.value.Let)
	}
	return all
}

// variables lists the names of the variables that the description defines, and those that
// every workload has.
func variables(d *description) []string {
	names := map[string]bool{}
	for _, name := range own {
		names[name] = true
	}
	for _, vars := range assignments(d) {
		for name := range vars {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// readObjects reads all other files.
func (l *loader) readObjects(w *Workload) error {
	for _, name := range l.files.Names() {
		if name == File {
			continue
		}
		if err := l.readFile(w, name); err != nil {
			return err
		}
	}
	if len(w.rgds) == 0 {
		return fmt.Errorf("workload %s: no file has a ResourceGraphDefinition; add %s.yaml", l.name, rgdName)
	}
	l.objects[rgdName] = w.rgds[0]
	return l.findInstance(w)
}

func (l *loader) readFile(w *Workload, file string) error {
	d := decoder(l.name, file)
	documents, err := d.ParseAll(l.files[file])
	if err != nil {
		return err
	}
	for _, document := range documents {
		t, err := newTemplate(l.env, d, document)
		if err != nil {
			return err
		}
		if t.expression == nil && (t.object["apiVersion"] == nil || t.object["kind"] == nil) {
			return d.Errorf(document, "want an API object, with apiVersion and kind")
		}
		object := &Object{Template: t, file: file}
		if t.text("kind") == "ResourceGraphDefinition" {
			object.Role = RGD
			w.rgds = append(w.rgds, object)
		} else {
			w.others = append(w.others, object)
		}
		l.objects[stem(file)] = object
	}
	return nil
}

// findInstance finds the instance among the other objects: what instance.yaml holds, or the
// only object of a kind that an RGD defines.
func (l *loader) findInstance(w *Workload) error {
	kinds := map[string]bool{}
	for _, rgd := range w.rgds {
		kinds[rgd.text("spec", "schema", "kind")] = true
	}
	var found []*Object
	for _, object := range w.others {
		if kind := object.text("kind"); kind != "" && kinds[kind] {
			found = append(found, object)
		}
	}
	if named := l.objects[instanceName]; named != nil && named.Role == Other {
		found = []*Object{named}
	}
	switch len(found) {
	case 0:
		return fmt.Errorf("workload %s: no file has an instance; add %s.yaml, with an object of a kind that an RGD defines", l.name, instanceName)
	case 1:
	default:
		return fmt.Errorf("workload %s: there are instances in %s and in %s; call the file of the one to measure %s.yaml", l.name, found[0].file, found[1].file, instanceName)
	}
	w.Instance = found[0]
	w.Instance.Role = Instance
	w.Instance.Given = w.Instance.text("metadata", "name") != ""
	l.objects[instanceName] = w.Instance
	w.others = slices.DeleteFunc(w.others, func(o *Object) bool { return o == w.Instance })
	return nil
}

// The names by which actions know the workload's own objects.
const (
	rgdName      = "rgd"
	instanceName = "instance"
)

// The conditions of a workload that names none.
const (
	defaultReady = `self.status.state == "ACTIVE" && observed(self)`
	rgdActive    = `self.status.state == "Active"`
)

// condition compiles the condition in a node, or a text if there is no node.
func (l *loader) condition(n node, text string) (*Condition, error) {
	if n.Node == nil {
		n.Node = &yaml.Node{Kind: yaml.ScalarNode, Value: text, Line: 1, Column: 1}
	}
	e, err := compile(l.env, l.file, n.Node)
	return &Condition{e}, err
}

// template compiles a node, which may be missing.
func (l *loader) template(n node) (*Template, error) {
	if n.Node == nil {
		return nil, nil
	}
	return newTemplate(l.env, l.file, n.Node)
}

// templates compiles nodes.
func (l *loader) templates(nodes map[string]node) (map[string]*Template, error) {
	all := make(map[string]*Template, len(nodes))
	for name, n := range nodes {
		var err error
		if all[name], err = l.template(n); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// preparation makes the actions that precede the benchmarks.
func (l *loader) preparation(w *Workload, d *description) error {
	setup, err := l.actions(w, d.Setup)
	if err != nil {
		return err
	}
	w.Setup = setup
	active, err := l.condition(node{}, rgdActive)
	if err != nil {
		return err
	}
	for _, rgd := range w.rgds {
		w.Setup = append(w.Setup, Action{Verb: Create, Object: rgd, Until: active})
	}
	if w.Prepare, err = l.actions(w, d.Prepare); len(w.Prepare) == 0 {
		w.Prepare = []Action{{Verb: Create, Object: w.Instance, Until: w.Ready}}
	}
	return err
}

// benchmarks compiles the benchmarks.
func (l *loader) benchmarks(w *Workload, of []located[benchmarkDescription]) ([]benchmark, error) {
	list := make([]benchmark, len(of))
	for i, described := range of {
		d := described.value
		b := benchmark{op: d.Op.value, at: func(err error) error { return l.file.Errorf(described.at, "%v", err) }, plain: Benchmark{Settled: d.Settled, Fresh: d.Fresh, Prepared: d.Prepared}}
		b.plain.Suite, b.plain.Racy = w.Suite, d.Racy
		var err error
		if b.ops, err = l.template(d.Ops); err != nil {
			return nil, err
		}
		if b.workers, err = l.template(d.Workers); err != nil {
			return nil, err
		}
		if b.params, err = l.templates(d.Params); err != nil {
			return nil, err
		}
		if b.plain.Do, err = l.actions(w, d.Do); err != nil {
			return nil, err
		}
		list[i] = b
	}
	return list, nil
}

// actions makes the actions of an operation.
func (l *loader) actions(w *Workload, of []located[actionDescription]) ([]Action, error) {
	list := make([]Action, len(of))
	for i, d := range of {
		var err error
		if list[i], err = l.action(w, d); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// action makes an action.
func (l *loader) action(w *Workload, described located[actionDescription]) (a Action, err error) {
	of := described.value
	var at *yaml.Node
	given := of.verbs()
	for _, verb := range verbs {
		n := given[verb]
		if n.Node == nil {
			continue
		}
		if at != nil {
			return a, l.file.Errorf(n.Node, "an action has one verb; put %s into an action of its own", verb)
		}
		at, a.Verb = n.Node, verb
	}
	if at == nil {
		return a, l.file.Errorf(described.at, "an action needs one of the verbs %s, with the name of an object", verbList())
	}
	a.Start = of.Start
	if a.times, err = l.template(of.Times); err != nil {
		return a, err
	}
	switch a.Verb {
	case Rest:
		a.rest, err = l.template(node{at})
		return a, err
	case Restart:
		if at.Value != "controller" {
			err = l.file.Errorf(at, "restart: want controller, got %q", at.Value)
		}
		return a, err
	}
	if a.Object, err = l.object(at); err != nil {
		return a, err
	}
	if of.Of.Node != nil {
		if a.Of, err = l.object(of.Of.Node); err != nil {
			return a, err
		}
	}
	if a.With, err = l.template(of.With); err != nil {
		return a, err
	}
	if a.let, err = l.templates(of.Let); err != nil {
		return a, err
	}
	switch {
	case (a.Verb == Patch) != (a.With != nil):
		return a, l.file.Errorf(at, "the verb patch, and no other, needs with: what to change")
	case of.Until.Node != nil:
		a.Until, err = l.condition(of.Until, "")
	case a.Verb == Wait:
		err = l.file.Errorf(at, "the verb wait needs until: the condition to wait for")
	case a.Of != nil:
		err = l.file.Errorf(of.Of.Node, "of needs until: the condition to wait for")
	case a.Verb == Get || a.Verb == Delete:
	case a.Object.Role == Instance:
		a.Until = w.Ready
	case a.Object.Role == RGD:
		a.Until, err = l.condition(node{}, rgdActive)
	}
	return a, err
}

// object returns the object that a node names.
func (l *loader) object(n *yaml.Node) (*Object, error) {
	if object := l.objects[n.Value]; object != nil {
		return object, nil
	}
	return nil, l.file.Errorf(n, "the object %s", strictyaml.Unknown(n.Value, slices.Sorted(maps.Keys(l.objects))))
}
