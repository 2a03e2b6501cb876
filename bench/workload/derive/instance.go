package derive

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/kro/perf-gate/bench/strictyaml"
)

// Instance writes an instance of the first RGD in a file, and returns it with its kind. It
// has a value for every field without a default.
func Instance(rgd []byte, name string) (instance []byte, kind string, err error) {
	d := &strictyaml.Decoder{Name: filepath.ToSlash(name)}
	documents, err := d.ParseAll(rgd)
	if err != nil {
		return nil, "", err
	}
	i := slices.IndexFunc(documents, func(n *yaml.Node) bool { return text(n, "kind") == "ResourceGraphDefinition" })
	if i < 0 {
		return nil, "", d.Errorf(&yaml.Node{Line: 1, Column: 1}, "no object is a ResourceGraphDefinition; name the file of an RGD")
	}
	g := graph{rgd: documents[i], fields: fields(at(documents[i], "spec", "schema", "spec"), nil)}
	schema := at(g.rgd, "spec", "schema")
	kind = text(schema, "kind")
	if kind == "" {
		return nil, "", d.Errorf(g.rgd, "the RGD has no spec.schema.kind; give its instances a kind")
	}
	group := text(schema, "group")
	if group == "" {
		group = "kro.run"
	}
	own := strings.ToLower(kind)
	spec := g.spec(g.fields, own, "\n  ")
	if spec == "" {
		spec = " {}"
	}
	return fmt.Appendf(nil, `# An instance, as for kubectl. It has the fields that have no default. perf-gate gives each
# instance a name of its own: in metadata.name, in spec.name, and in every field with the
# value of metadata.name.
apiVersion: %s/%s
kind: %s
metadata:
  name: %s
spec:%s
`, group, text(schema, "apiVersion"), kind, own, spec), kind, nil
}

// spec writes the fields that have no default, each after a separator. The default values
// in an object only apply where the object is.
func (g graph) spec(all []field, name, separator string) string {
	text := ""
	for _, f := range all {
		if _, has := f.markers["default"]; has && !f.required() {
			continue
		}
		var value string
		switch {
		case f.kind != "object":
			value = " " + g.example(f, name)
		case len(f.fields) > 0:
			value = g.spec(f.fields, name, separator+"  ")
		}
		if value == "" {
			value = " {}"
		}
		text += separator + f.path[len(f.path)-1] + ":" + value
	}
	return text
}

// example returns a value of a field, as a scalar in YAML.
func (g graph) example(f field, name string) string {
	if enum := f.markers["enum"]; enum != "" {
		first, _, _ := strings.Cut(enum, ",")
		return f.literal(strings.TrimSpace(first))
	}
	switch {
	case f.markers["default"] != "":
		return f.literal(f.markers["default"])
	case f.kind == "string" && g.use(f.path) == fixed:
		return f.literal(name)
	case f.kind == "string" && f.markers["pattern"] != "":
		return f.literal("example") + " # has to match " + f.markers["pattern"]
	case f.kind == "string":
		return f.literal("example")
	case f.kind == "integer" || f.kind == "number" || f.kind == "float":
		return strconv.FormatFloat(min(max(f.bound("minimum", 1), 1), f.bound("maximum", math.Inf(1))), 'f', -1, 64)
	case f.kind == "boolean":
		return "true"
	case strings.HasPrefix(f.kind, "[]"):
		return "[]"
	default:
		return "{}"
	}
}
