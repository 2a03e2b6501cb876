// Package derive writes the description of a workload whose directory has none: of an RGD
// and an instance that were written for kubectl. It reads the RGD's schema to find an update
// that the schema allows, and the RGD's resources to find a child that can be touched.
package derive

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v4"

	"github.com/kro/perf-gate/bench/strictyaml"
	"github.com/kro/perf-gate/bench/workload"
)

//go:embed workload.yaml.tmpl
var descriptionText string

var description = template.Must(template.New(workload.File).Parse(descriptionText))

// childFile describes the child that is touched.
const childFile = "child.yaml"

// A Derived description completes a workload's directory.
type Derived struct {
	Files workload.Files
	// Left says, a sentence each, which benchmarks it does not have, and why.
	Left []string
}

// Description derives the description of a workload from its other files. The name is
// that of the directory.
func Description(files workload.Files, name string) (d Derived, err error) {
	g, err := read(files, name)
	if err != nil {
		return d, err
	}
	d.Files = workload.Files{}
	data := struct {
		Suite, Kind, Update, Field, Was, Is, Child, Racy string
		Setup, Left                                      []string
	}{Suite: suite(name), Kind: text(g.instance, "kind"), Setup: g.others}
	if u, ok := g.update(); ok {
		data.Update, data.Field, data.Was, data.Is = u.patch(), u.field(), u.was, u.is
	} else {
		d.Left = append(d.Left, "there is no benchmark op=update: no number, boolean or text of the instance can be changed without renaming children")
	}
	if g.nested() {
		data.Racy = "\n    racy: true"
	}
	if child := g.child(); child != "" {
		data.Child = strings.TrimSuffix(childFile, ".yaml")
		d.Files[childFile] = []byte(child)
	} else {
		d.Left = append(d.Left, "there is no benchmark op=noop: no child, apart from instances, has a name that follows from the instance")
	}
	data.Left = d.Left
	var text bytes.Buffer
	if err := description.Execute(&text, data); err != nil {
		return d, err
	}
	d.Files[workload.File] = text.Bytes()
	return d, nil
}

var notName = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// suite makes the name of a suite from that of a directory.
func suite(name string) string {
	base := filepath.Base(name)
	if absolute, err := filepath.Abs(name); err == nil {
		base = filepath.Base(absolute)
	}
	base = strings.Trim(notName.ReplaceAllString(base, "-"), "-.")
	if base == "" || base[0] >= '0' && base[0] <= '9' {
		base = "workload-" + base
	}
	return strings.TrimSuffix(base, "-")
}

// A graph is an RGD and an instance of it.
type graph struct {
	rgd, instance *yaml.Node
	// kinds are those that RGDs define.
	kinds []string
	// others are the names of the other objects, which have to exist before.
	others []string
	fields []field
}

// nested reports whether a child is an instance of another of the RGDs.
func (g graph) nested() bool {
	return slices.ContainsFunc(g.resources(), func(r *yaml.Node) bool {
		return slices.Contains(g.kinds, text(r, "template", "kind"))
	})
}

// read finds the RGD and the instance among the files.
func read(files workload.Files, name string) (g graph, err error) {
	type object struct {
		file string
		node *yaml.Node
	}
	var objects []object
	rgds := map[string]*yaml.Node{} // by the kind that they define
	for _, file := range files.Names() {
		d := &strictyaml.Decoder{Name: filepath.ToSlash(filepath.Join(name, file))}
		documents, err := d.ParseAll(files[file])
		if err != nil {
			return g, err
		}
		for _, node := range documents {
			if text(node, "kind") == "ResourceGraphDefinition" {
				rgds[text(node, "spec", "schema", "kind")] = node
			} else {
				objects = append(objects, object{file, node})
			}
		}
	}
	if len(rgds) == 0 {
		return g, fmt.Errorf("workload %s: no file has a ResourceGraphDefinition; add rgd.yaml", name)
	}
	var instances []string // their files
	for _, o := range objects {
		stem := strings.TrimSuffix(o.file, filepath.Ext(o.file))
		rgd := rgds[text(o.node, "kind")]
		switch {
		case rgd == nil:
			g.others = append(g.others, stem)
			continue
		case stem == "instance":
			instances = nil
		case slices.ContainsFunc(instances, func(file string) bool { return strings.HasPrefix(file, "instance.") }):
			continue
		}
		instances = append(instances, o.file)
		g.rgd, g.instance = rgd, o.node
	}
	g.kinds = slices.Sorted(maps.Keys(rgds))
	switch len(instances) {
	case 0:
		return g, fmt.Errorf("workload %s: no file has an instance; add instance.yaml, with an object of the kind %s", name, strings.Join(g.kinds, " or "))
	case 1:
	default:
		return g, fmt.Errorf("workload %s: there are instances in %s and in %s; call the file of the one to measure instance.yaml", name, instances[0], instances[1])
	}
	g.fields = fields(at(g.rgd, "spec", "schema", "spec"), nil)
	return g, nil
}

// at returns the node at keys, or nil.
func at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		if n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		var value *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				value = n.Content[i+1]
			}
		}
		n = value
	}
	return n
}

// text returns the scalar at keys, or "".
func text(n *yaml.Node, keys ...string) string {
	if n = at(n, keys...); n == nil || n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return ""
	}
	return n.Value
}
