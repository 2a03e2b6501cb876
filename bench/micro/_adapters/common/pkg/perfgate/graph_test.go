package perfgate

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubernetes-sigs/kro/api/v1alpha1"
	"github.com/kubernetes-sigs/kro/pkg/graph"
	"github.com/kubernetes-sigs/kro/pkg/testutil/generator"
	"github.com/kubernetes-sigs/kro/pkg/testutil/k8s"
)

const (
	instanceName = "micro"
	namespace    = "default"
)

var instanceKind = schema.GroupVersionKind{Group: "kro.run", Version: "v1alpha1", Kind: "Micro"}

// limits are KRO's defaults.
var limits = graphConfig{MaxCollectionSize: 1000, MaxCollectionDimensionSize: 10}

// newCluster returns the kinds of a cluster: those that KRO's tests know, and the kind
// of the instances.
func newCluster() (*k8s.FakeResolver, meta.RESTMapper) {
	resolver, _ := k8s.NewFakeResolver()
	mapper := meta.NewDefaultRESTMapper(nil)
	mapper.Add(schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}, meta.RESTScopeNamespace)
	mapper.Add(instanceKind, meta.RESTScopeNamespace)
	return resolver, mapper
}

// build builds the graph of an RGD with a builder of its own.
func build(b *testing.B, rgd *v1alpha1.ResourceGraphDefinition) *graph.Graph {
	b.Helper()
	g, err := newBuilder(b).NewResourceGraphDefinition(rgd, limits)
	if err != nil {
		b.Fatal(err)
	}
	return g
}

// newRGD returns an RGD of ConfigMaps. The shape says what n counts and what depends on
// what:
//
//	flat         n resources that only depend on the instance
//	chain        n resources, each of which depends on the one before
//	ladder       n resources in layers of two, which depend on both of the layer before
//	expressions  one resource with n different expressions
//	properties   one resource, and an instance with n fields
//	collection   n resources with forEach
func newRGD(shape string, n int) *v1alpha1.ResourceGraphDefinition {
	spec := map[string]any{"value": "string", "numbers": "[]integer"}
	last := id(n - 1)
	var resources []generator.ResourceGraphDefinitionOption
	switch shape {
	case "flat", "chain", "ladder":
		for i := range n {
			data := map[string]any{"value": "${schema.spec.value}"}
			for field, dependency := range dependencies(shape, i) {
				data[field] = "${" + id(dependency) + ".data.value}"
			}
			resources = append(resources, generator.WithResource(id(i), configMap(id(i), data), nil, nil))
		}
	case "expressions":
		data := map[string]any{"value": "${schema.spec.value}"}
		for i := 1; i < n; i++ {
			data[fmt.Sprintf("e%03d", i)] = fmt.Sprintf("${schema.spec.value + '-%03d'}", i)
		}
		last = id(0)
		resources = append(resources, generator.WithResource(last, configMap(last, data), nil, nil))
	case "properties":
		for i := len(spec); i < n; i++ {
			spec[fmt.Sprintf("p%04d", i)] = `string | default="none"`
		}
		data := map[string]any{"value": "${schema.spec.value}"}
		last = id(0)
		resources = append(resources, generator.WithResource(last, configMap(last, data), nil, nil))
	case "collection":
		for i := range n {
			template := configMap(id(i)+"-${string(number)}", map[string]any{
				"value": "${schema.spec.value + '-' + string(number)}",
			})
			forEach := []v1alpha1.ForEachDimension{{"number": "${schema.spec.numbers}"}}
			resources = append(resources, generator.WithResourceCollection(id(i), template, forEach, nil, nil))
		}
	}
	status := map[string]any{"echo": "${" + last + ".data.value}"}
	if shape == "collection" {
		status["echo"] = "${string(" + last + ".size())}"
	}
	options := append([]generator.ResourceGraphDefinitionOption{
		generator.WithSchema(instanceKind.Kind, instanceKind.Version, spec, status),
	}, resources...)
	rgd := generator.NewResourceGraphDefinition(instanceName, options...)
	rgd.Spec.Schema.Group = instanceKind.Group
	return rgd
}

// dependencies returns on which resources the i-th one depends, by the field that
// refers to it.
func dependencies(shape string, i int) map[string]int {
	switch {
	case shape == "chain" && i > 0:
		return map[string]int{"value": i - 1}
	case shape == "ladder" && i > 1:
		return map[string]int{"value": i/2*2 - 2, "other": i/2*2 - 1}
	}
	return nil
}

// configMap returns a template. All names have the same length.
func configMap(suffix string, data map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": "v1",
		"kind":       "ConfigMap",
		"metadata":   map[string]any{"name": "${schema.metadata.name}-" + suffix},
		"data":       data,
	}
}

func id(i int) string { return fmt.Sprintf("r%02d", i) }

// newInstance returns an instance with the numbers from 0 to items-1.
func newInstance(items int) *unstructured.Unstructured {
	numbers := make([]any, items)
	for i := range numbers {
		numbers[i] = int64(i)
	}
	instance := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{
			"name":      instanceName,
			"namespace": namespace,
			"uid":       "00000000-0000-0000-0000-000000000000",
		},
		"spec": map[string]any{"value": "one", "numbers": numbers},
	}}
	instance.SetGroupVersionKind(instanceKind)
	return instance
}
