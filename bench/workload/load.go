package workload

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"go.yaml.in/yaml/v4"

	"github.com/kro/perf-gate/bench/strictyaml"
)

// File is the name of the file that describes the work.
const File = "workload.yaml"

// description is the content of [File].
type description struct {
	Suite      string                 `yaml:"suite"`
	Name       string                 `yaml:"name"`
	Params     []string               `yaml:"params"`
	Sweep      string                 `yaml:"sweep"`
	Defaults   map[string]node        `yaml:"defaults"`
	Sizes      sizes                  `yaml:"sizes"`
	Instances  node                   `yaml:"instances"`
	Setup      []actionDescription    `yaml:"setup"`
	Prepare    []actionDescription    `yaml:"prepare"`
	Ready      node                   `yaml:"ready"`
	Benchmarks []benchmarkDescription `yaml:"benchmarks"`
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
	Op      string          `yaml:"op"`
	Params  map[string]node `yaml:"params"`
	Ops     node            `yaml:"ops"`
	Workers node            `yaml:"workers"`
	Settled bool            `yaml:"settled"`
	Fresh   bool            `yaml:"fresh"`
	// Prepared gives the operations the prepared instances.
	Prepared bool                `yaml:"prepared"`
	Racy     bool                `yaml:"racy"`
	Cycle    bool                `yaml:"cycle"`
	Do       []actionDescription `yaml:"do"`
}

type actionDescription struct {
	Create node `yaml:"create"`
	Update node `yaml:"update"`
	Patch  node `yaml:"patch"`
	Get    node `yaml:"get"`
	Delete node `yaml:"delete"`
	Wait   node `yaml:"wait"`
	Rest   node `yaml:"rest"`
	// Restart has the word controller.
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
		Create: d.Create, Update: d.Update, Patch: d.Patch, Get: d.Get, Delete: d.Delete, Wait: d.Wait, Rest: d.Rest, Restart: d.Restart,
	}
}

// A node is a part of a file that is compiled later, when all variables are known.
type node struct{ *yaml.Node }

// DecodeYAML implements [strictyaml.Node].
func (n *node) DecodeYAML(_ *strictyaml.Decoder, y *yaml.Node) error {
	n.Node = y
	return nil
}

// A loader reads one directory.
type loader struct {
	dir     fs.FS
	name    string // of the directory, for messages
	file    *strictyaml.Decoder
	env     *cel.Env
	objects map[string]*Object // by the names that actions use
}

// Load reads a workload's directory. The name is the directory's, for messages.
func Load(dir fs.FS, name string) (*Workload, error) {
	l := &loader{dir: dir, name: name, file: decoder(name, File), objects: map[string]*Object{}}
	d, err := l.describe()
	if err != nil {
		return nil, err
	}
	if l.env, err = environment(variables(d)); err != nil {
		return nil, fmt.Errorf("%s: %w", l.file.Name, err)
	}
	w := &Workload{Suite: d.Suite, scenarios: map[Profile][]Scenario{}}
	if err := l.readObjects(w); err != nil {
		return nil, err
	}
	if w.Ready, err = l.condition(d.Ready, defaultReady); err != nil {
		return nil, err
	}
	if err := l.preparation(w, d); err != nil {
		return nil, err
	}
	t := template{name: d.Name, params: d.Params, sweep: d.Sweep}
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
	data, err := fs.ReadFile(l.dir, File)
	if err != nil {
		return nil, fmt.Errorf("workload %s: %w", l.name, err)
	}
	d := &description{Suite: path.Base(l.name)}
	if _, err := l.file.Decode(data, d); err != nil {
		return nil, err
	}
	if d.Name == "" {
		d.Name = d.Suite
	}
	return d, nil
}

// variables lists the names of the variables that the description defines, and those that
// every workload has.
func variables(d *description) []string {
	names := map[string]bool{"name": true, "i": true, "k": true, "self": true}
	add := func(vars map[string]node) {
		for name := range vars {
			names[name] = true
		}
	}
	add(d.Defaults)
	for _, profile := range Profiles {
		for _, size := range d.Sizes.of(profile) {
			add(size)
		}
	}
	actions := slices.Concat(d.Setup, d.Prepare)
	for _, b := range d.Benchmarks {
		actions = append(actions, b.Do...)
	}
	for _, a := range actions {
		add(a.Let)
	}
	return slices.Sorted(maps.Keys(names))
}

// readObjects reads all other files.
func (l *loader) readObjects(w *Workload) error {
	entries, err := fs.ReadDir(l.dir, ".")
	if err != nil {
		return fmt.Errorf("workload %s: %w", l.name, err)
	}
	for _, entry := range entries {
		stem, isYAML := strings.CutSuffix(strings.TrimSuffix(entry.Name(), ".yml"), ".yaml")
		isYAML = isYAML || strings.HasSuffix(entry.Name(), ".yml")
		if !isYAML || entry.IsDir() || entry.Name() == File {
			continue
		}
		if err := l.readFile(w, entry.Name(), stem); err != nil {
			return err
		}
	}
	if len(w.rgds) == 0 {
		return fmt.Errorf("workload %s: no file has a ResourceGraphDefinition", l.name)
	}
	l.objects["rgd"] = w.rgds[0]
	return l.findInstance(w)
}

func (l *loader) readFile(w *Workload, file, stem string) error {
	data, err := fs.ReadFile(l.dir, file)
	if err != nil {
		return fmt.Errorf("workload %s: %w", l.name, err)
	}
	d := decoder(l.name, file)
	documents, err := d.ParseAll(data)
	if err != nil {
		return err
	}
	for _, document := range documents {
		t, err := newTemplate(l.env, d, document)
		if err != nil {
			return err
		}
		if t.object["apiVersion"] == nil || t.object["kind"] == nil {
			return d.Errorf(document, "want an API object, with apiVersion and kind")
		}
		object := &Object{Template: t}
		if t.text("kind") == "ResourceGraphDefinition" {
			object.Role = RGD
			w.rgds = append(w.rgds, object)
		} else {
			w.others = append(w.others, object)
		}
		l.objects[stem] = object
	}
	return nil
}

// findInstance finds the instance among the other objects: what instance.yaml holds, or an
// object of a kind that an RGD defines.
func (l *loader) findInstance(w *Workload) error {
	kinds := map[string]bool{}
	for _, rgd := range w.rgds {
		kinds[rgd.text("spec", "schema", "kind")] = true
	}
	for name, object := range l.objects {
		if object.Role == Other && (name == "instance" || object.text("kind") != "" && kinds[object.text("kind")]) {
			if w.Instance != nil && name != "instance" {
				continue
			}
			w.Instance = object
		}
	}
	if w.Instance == nil {
		return fmt.Errorf("workload %s: no file has an instance: an object of a kind that an RGD defines", l.name)
	}
	w.Instance.Role = Instance
	w.Instance.Given = w.Instance.text("metadata", "name") != ""
	l.objects["instance"] = w.Instance
	w.others = slices.DeleteFunc(w.others, func(o *Object) bool { return o == w.Instance })
	return nil
}

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
	var err error
	if w.Setup, err = l.actions(w, d.Setup); err != nil {
		return err
	}
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
func (l *loader) benchmarks(w *Workload, of []benchmarkDescription) ([]benchmark, error) {
	list := make([]benchmark, len(of))
	for i, d := range of {
		b := benchmark{op: d.Op, plain: Benchmark{Settled: d.Settled, Fresh: d.Fresh, Prepared: d.Prepared}}
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
func (l *loader) actions(w *Workload, of []actionDescription) ([]Action, error) {
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
func (l *loader) action(w *Workload, of actionDescription) (a Action, err error) {
	var at *yaml.Node
	verbs := of.verbs()
	for _, verb := range slices.Sorted(maps.Keys(verbs)) {
		n := verbs[verb]
		switch {
		case n.Node == nil:
			continue
		case at != nil:
			return a, l.file.Errorf(n.Node, "an action has one verb; put %s into an action of its own", verb)
		}
		at, a.Verb = n.Node, verb
	}
	if at == nil {
		return a, fmt.Errorf("%s: an action has none of the verbs %s", l.file.Name, strings.Join(Verbs(), ", "))
	}
	a.Start = of.Start
	if a.times, err = l.template(of.Times); err != nil {
		return a, err
	}
	if a.let, err = l.templates(of.Let); err != nil {
		return a, err
	}
	if a.Verb == Restart {
		if at.Value != "controller" {
			err = l.file.Errorf(at, "restart: want controller, got %q", at.Value)
		}
		return a, err
	}
	if a.Verb == Rest {
		a.rest, err = l.template(node{at})
		return a, err
	}
	if a.Object, err = l.object(at); err != nil {
		return a, err
	}
	if a.With, err = l.template(of.With); err != nil {
		return a, err
	}
	if of.Of.Node != nil {
		if a.Of, err = l.object(of.Of.Node); err != nil {
			return a, err
		}
	}
	switch {
	case (a.Verb == Patch) != (a.With != nil):
		return a, l.file.Errorf(at, "the verb patch, and no other, needs with: what to change")
	case of.Until.Node != nil:
		a.Until, err = l.condition(of.Until, "")
	case a.Verb == Wait || a.Of != nil:
		err = l.file.Errorf(at, "want until as well: the condition to wait for")
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
	return nil, l.file.Errorf(n, "%s", strictyaml.Unknown(n.Value, slices.Sorted(maps.Keys(l.objects))))
}
