package config

import (
	"encoding"
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
)

const schemaFile = "../../../docs/perf-gate.schema.json"

// TestSchemaNamesTheKeys compares the schema with the struct that it describes.
func TestSchemaNamesTheKeys(t *testing.T) {
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := yaml.Load(data, &schema); err != nil { // JSON is YAML
		t.Fatal(err)
	}
	compareSchema(t, "", "", reflect.TypeFor[Config](), schema)
}

func compareSchema(t *testing.T, path string, tag reflect.StructTag, goType reflect.Type, schema map[string]any) {
	t.Helper()
	if list := tag.Get("enum"); list != "" && goType.Kind() == reflect.String {
		accepted := slices.DeleteFunc(slices.Clone(schema["enum"].([]any)), func(v any) bool { return v == nil })
		var want []any
		for _, word := range words[list] {
			want = append(want, word)
		}
		if diff := cmp.Diff(want, accepted); diff != "" {
			t.Errorf("%s: accepted words (-code +schema):\n%s", path, diff)
		}
	}
	if goType.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return // it reads itself from text
	}
	switch goType.Kind() {
	case reflect.Pointer:
		compareSchema(t, path, tag, goType.Elem(), schema)
	case reflect.Slice:
		compareSchema(t, path+"[]", tag, goType.Elem(), schema["items"].(map[string]any))
	case reflect.Struct, reflect.Map:
		if decoder("", nil).KeysOf(goType) == nil { // any key
			compareSchema(t, path+".*", "", goType.Elem(), schema["additionalProperties"].(map[string]any))
			return
		}
		properties := schema["properties"].(map[string]any)
		if diff := cmp.Diff(slices.Sorted(slices.Values(decoder("", nil).KeysOf(goType))), slices.Sorted(maps.Keys(properties))); diff != "" {
			t.Errorf("%s: keys (-code +schema):\n%s", path, diff)
			return
		}
		if schema["additionalProperties"] != false {
			t.Errorf("%s: the schema accepts unknown keys", path)
		}
		for i, key := range decoder("", nil).KeysOf(goType) {
			if goType.Kind() == reflect.Map {
				compareSchema(t, path+"."+key, "", goType.Elem(), properties[key].(map[string]any))
				continue
			}
			field := goType.Field(i)
			compareSchema(t, path+"."+key, field.Tag, field.Type, properties[key].(map[string]any))
		}
	}
}

// TestSchemaAgreesWithTheParser checks that the schema accepts the files that the
// parser accepts, and refuses those that the parser refuses.
func TestSchemaAgreesWithTheParser(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	// A schema cannot see these, because they are gone once YAML is parsed.
	invisible := []string{"bad-indent", "tab", "duplicate", "two-documents", "merge-key", "type-nan", "range-timeout", "when-tag"}
	// Nor does it know CEL.
	cel := []string{"when-name", "when-function", "when-lines", "when-types", "when-syntax", "when-not-boolean", "when-regexp"}
	var checked int
	for _, script := range []string{"config_valid.txtar", "config_errors.txtar"} {
		archive, err := txtar.ParseFile(filepath.Join("../testdata/script", script))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range archive.Files {
			name, isYAML := strings.CutSuffix(file.Name, ".yaml")
			fault, invalid := strings.CutPrefix(name, "invalid-")
			if !isYAML || slices.Contains(invisible, fault) || slices.Contains(cel, fault) {
				continue
			}
			checked++
			var content any
			if err := yaml.Unmarshal(file.Data, &content); err != nil {
				t.Fatalf("%s: %v", file.Name, err)
			}
			if err := schema.Validate(content); (err != nil) != invalid {
				t.Errorf("%s: the schema says %v, the parser that it is invalid: %v", file.Name, err, invalid)
			}
		}
	}
	if checked == 0 {
		t.Error("no configuration was checked")
	}
}
