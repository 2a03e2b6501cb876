package workload

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/kro/perf-gate/bench/strictyaml"
)

const (
	schemaFile = "../../docs/workload.schema.json"
	docFile    = "../../docs/workloads.md"
)

// keys lists the keys of the description and of what is in it, by the names of their types
// in the schema.
func keys() map[string][]string {
	d := &strictyaml.Decoder{}
	return map[string][]string{
		"":           d.KeysOf(reflect.TypeFor[description]()),
		"sizes":      d.KeysOf(reflect.TypeFor[sizes]()),
		"controller": d.KeysOf(reflect.TypeFor[Controller]()),
		"Benchmark":  d.KeysOf(reflect.TypeFor[benchmarkDescription]()),
		"Action":     d.KeysOf(reflect.TypeFor[actionDescription]()),
	}
}

// TestSchemaNamesTheKeys compares the schema with the structs that it describes.
func TestSchemaNamesTheKeys(t *testing.T) {
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		part `yaml:",inline"`
		Defs map[string]part `yaml:"$defs"`
	}
	if err := yaml.Unmarshal(data, &schema); err != nil { // JSON is YAML
		t.Fatal(err)
	}
	for name, want := range keys() {
		part := schema.Defs[name]
		switch name {
		case "":
			part = schema.part
		case "sizes", "controller":
			part = schema.Properties[name]
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(part.Properties))); diff != "" {
			t.Errorf("%s: keys (-code +schema):\n%s", name, diff)
		}
		if part.AdditionalProperties != false {
			t.Errorf("%s: the schema accepts unknown keys", name)
		}
	}
}

// A part is a part of the schema.
type part struct {
	Properties           map[string]part `yaml:"properties"`
	AdditionalProperties any             `yaml:"additionalProperties"`
}

// TestSchemaAgreesWithLoad checks that the schema accepts the descriptions that Load accepts,
// and refuses those with mistakes that a schema can see.
func TestSchemaAgreesWithLoad(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	descriptions, err := filepath.Glob("builtin/*/" + File)
	if err != nil || len(descriptions) == 0 {
		t.Fatalf("no descriptions: %v", err)
	}
	for _, file := range descriptions {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(untagged(t, data)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	visible := []string{
		"unknown-key", "unknown-action", "no-ops", "no-do", "no-benchmarks", "bad-name", "taken-variable",
	}
	archive, err := txtar.ParseFile("testdata/broken.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archive.Files {
		name, base := filepath.Split(file.Name)
		if i := slices.Index(visible, strings.TrimSuffix(name, "/")); i >= 0 && base == File {
			visible = slices.Delete(visible, i, i+1)
			if schema.Validate(untagged(t, file.Data)) == nil {
				t.Errorf("the schema accepts %s", name)
			}
		}
	}
	if len(visible) > 0 {
		t.Errorf("there is no workload %v", visible)
	}
}

// untagged returns the content of a YAML file in which expressions are text.
func untagged(t *testing.T, data []byte) any {
	t.Helper()
	root, err := (&strictyaml.Decoder{}).Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	var convert func(n *yaml.Node) any
	convert = func(n *yaml.Node) any {
		switch n.Kind {
		case yaml.MappingNode:
			object := map[string]any{}
			for i := 0; i+1 < len(n.Content); i += 2 {
				object[n.Content[i].Value] = convert(n.Content[i+1])
			}
			return object
		case yaml.SequenceNode:
			list := make([]any, len(n.Content))
			for i, item := range n.Content {
				list[i] = convert(item)
			}
			return list
		default:
			if n.Tag == celTag {
				return n.Value
			}
			value, err := scalar(n)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
	}
	return convert(root)
}

// TestDocs checks that docs/workloads.md describes every key, every verb, every variable and
// every function of the project's own, and loads its examples.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(data)
	words := slices.Concat(own, []string{"pad(n, width)", "observed(object)", rgdName, instanceName})
	for _, list := range keys() {
		words = slices.Concat(words, list)
	}
	for _, word := range words {
		if !strings.Contains(doc, "| `"+word+"` |") {
			t.Errorf("the docs have no row for %s", word)
		}
	}
	files := Files{}
	for _, block := range strings.Split(doc, "```yaml\n# ")[1:] {
		block, _, _ = strings.Cut(block, "\n```")
		name, content, _ := strings.Cut(block, "\n")
		files[name] = []byte(content)
	}
	if len(files) != 4 {
		t.Fatalf("the docs have the files %v, want an RGD, an instance, a child and a description", files.Names())
	}
	if _, err := Load(files, "shop"); err != nil {
		t.Error(err)
	}
}
