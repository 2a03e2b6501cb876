package builtin

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

//go:embed builtin.json.gz
var compressed []byte

// data is the content of builtin.json.gz.
type data struct {
	Kubernetes string                   `json:"kubernetes"` // the release it was taken from, such as v1.36.3
	Resources  []metav1.APIResourceList `json:"resources"`  // one list per served group and version
	Schemas    map[string]spec.Schema   `json:"schemas"`    // by OpenAPI model name
}

func load() (*data, error) {
	z, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, fmt.Errorf("read the embedded API description: %w", err)
	}
	var d data
	if err := json.NewDecoder(z).Decode(&d); err != nil {
		return nil, fmt.Errorf("read the embedded API description: %w", err)
	}
	return &d, nil
}

// definitions returns the schemas in the form of generated code. The references in
// published schemas are resolved already.
func (d *data) definitions() map[string]common.OpenAPIDefinition {
	all := make(map[string]common.OpenAPIDefinition, len(d.Schemas))
	for name, schema := range d.Schemas {
		all[name] = common.OpenAPIDefinition{Schema: schema, Dependencies: references(&schema, nil)}
	}
	return all
}

const schemaPrefix = "#/components/schemas/"

// references appends the model names that s refers to, at any depth.
func references(s *spec.Schema, names []string) []string {
	if ref := s.Ref.String(); len(ref) > len(schemaPrefix) {
		names = append(names, ref[len(schemaPrefix):])
	}
	for _, subs := range [][]spec.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		for i := range subs {
			names = references(&subs[i], names)
		}
	}
	for _, sub := range s.Properties {
		names = references(&sub, names)
	}
	if s.Items != nil && s.Items.Schema != nil {
		names = references(s.Items.Schema, names)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		names = references(s.AdditionalProperties.Schema, names)
	}
	return names
}
