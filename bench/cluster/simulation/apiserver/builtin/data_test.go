package builtin

import (
	"encoding/json"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Every served kind and everything it refers to must have a schema. Without one,
// server-side apply fails.
func TestSchemasAreComplete(t *testing.T) {
	types, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range types.resources {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list.APIResources {
			name, err := types.scheme.ToOpenAPIDefinitionName(kindOf(gv, r))
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := types.definitions[name]; !ok {
				t.Errorf("%s has no schema %s", r.Name, name)
			}
		}
	}
	for name, definition := range types.definitions {
		for _, dependency := range definition.Dependencies {
			if _, ok := types.definitions[dependency]; !ok {
				t.Errorf("schema %s refers to %s, which is missing", name, dependency)
			}
		}
	}
}

func TestSchemasHaveNoProse(t *testing.T) {
	d, err := load()
	if err != nil {
		t.Fatal(err)
	}
	for name, schema := range d.Schemas {
		text, err := json.Marshal(schema)
		if err != nil {
			t.Fatal(err)
		}
		var node any
		if err := json.Unmarshal(text, &node); err != nil {
			t.Fatal(err)
		}
		if prose, ok := description(node); ok {
			t.Errorf("schema %s carries the description %q", name, prose)
		}
	}
}

// description returns the first description in a schema. A property of that
// name is an object, not text.
func description(node any) (text string, ok bool) {
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			if text, ok := value.(string); ok && key == "description" {
				return text, true
			}
			if text, ok := description(value); ok {
				return text, true
			}
		}
	case []any:
		for _, value := range node {
			if text, ok := description(value); ok {
				return text, true
			}
		}
	}
	return "", false
}
