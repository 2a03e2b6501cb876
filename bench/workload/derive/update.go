package derive

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// An update changes one field of the instance's spec.
type update struct {
	path    []string
	was, is string // as in YAML
}

// field names the field that changes.
func (u update) field() string { return strings.Join(u.path, ".") }

// patch returns the merge patch, as YAML in one line.
func (u update) patch() string {
	patch := u.is
	for _, key := range slices.Backward(u.path) {
		patch = fmt.Sprintf("{%s: %s}", key, patch)
	}
	return "{spec: " + patch + "}"
}

// update finds the best field to change: one that children show rather than one that they
// do not, and among those a number, then a boolean, then text, in the schema's order.
func (g graph) update() (best update, found bool) {
	most := 0
	for _, f := range leaves(g.fields) {
		use := g.use(f.path)
		if use == fixed {
			continue
		}
		was, known := g.value(f)
		if !known {
			continue
		}
		is, ok := f.another(was)
		if !ok {
			continue
		}
		rank := map[string]int{"integer": 3, "boolean": 2}[f.kind] + 1
		if use == shown {
			rank += 10
		}
		if rank > most {
			most, best, found = rank, update{f.path, f.literal(was), is}, true
		}
	}
	return best, found
}

// value returns the value of a field in the instance, or its default.
func (g graph) value(f field) (string, bool) {
	if set := at(g.instance, append([]string{"spec"}, f.path...)...); set != nil {
		return set.Value, set.Kind == yaml.ScalarNode && !strings.HasPrefix(set.Tag, "!cel")
	}
	value, has := f.markers["default"]
	return value, has
}

// A use is what the RGD does with a field.
type use int

const (
	unused use = iota
	shown      // a child shows its value
	fixed      // it decides which children there are, or Kubernetes lets nobody change it
)

// use returns what the RGD does with the field at a path.
func (g graph) use(path []string) (most use) {
	for _, r := range g.resources() {
		walk(r, nil, func(where []string, value string) {
			for _, ref := range references(value) {
				if related(ref, path) {
					most = max(most, useAt(text(r, "template", "kind"), where))
				}
			}
		})
	}
	return most
}

// useAt returns the use of a field that a resource of a kind refers to at a place.
func useAt(kind string, where []string) use {
	template := where[0] == "template"
	switch {
	case where[0] == "readyWhen" || where[0] == "id":
		return unused
	case !template, len(where) > 2 && where[1] == "metadata" && (where[2] == "name" || where[2] == "namespace"):
		return fixed
	case kind == "Job" && slices.Contains(where, "template") && len(where) > 2 && where[2] == "template":
		return fixed
	case slices.ContainsFunc(where, func(key string) bool { return slices.Contains(immutable, key) }):
		return fixed
	default:
		return shown
	}
}

// immutable are keys below which Kubernetes allows no change, in any kind.
var immutable = []string{"selector", "matchLabels", "roleRef", "clusterIP", "clusterIPs", "ipFamilies", "volumeClaimTemplates", "storageClassName"}

// resources lists the RGD's resources.
func (g graph) resources() []*yaml.Node {
	list := at(g.rgd, "spec", "resources")
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	return list.Content
}

// walk visits every scalar, with the keys that lead to it.
func walk(n *yaml.Node, where []string, visit func(where []string, value string)) {
	switch n.Kind {
	case yaml.AliasNode:
		walk(n.Alias, where, visit)
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			below := append(slices.Clone(where), key)
			if strings.Contains(key, "${") {
				visit(below, key)
			}
			walk(n.Content[i+1], below, visit)
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			walk(item, where, visit)
		}
	case yaml.ScalarNode:
		if len(where) > 0 {
			visit(where, n.Value)
		}
	}
}

var reference = regexp.MustCompile(`\bschema\.\??spec((?:\.\??[A-Za-z_]\w*)+)`)

// references lists the fields of the instance's spec that expressions in a text name. A
// method that is called on a field is the last part of its path.
func references(value string) (paths [][]string) {
	for _, match := range reference.FindAllStringSubmatch(value, -1) {
		paths = append(paths, strings.Split(strings.ReplaceAll(match[1], "?", "")[1:], "."))
	}
	return paths
}

// related reports whether one path begins with the other.
func related(a, b []string) bool {
	n := min(len(a), len(b))
	return slices.Equal(a[:n], b[:n])
}
