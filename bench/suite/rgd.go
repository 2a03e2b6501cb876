package suite

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// RGDs is the resource of ResourceGraphDefinitions.
var RGDs = schema.GroupVersionResource{Group: "kro.run", Version: "v1alpha1", Resource: "resourcegraphdefinitions"}

// ConfigMaps is the resource in the graphs of all benchmarks. No other controller acts
// on it, so it is ready at once and all cost is KRO's.
var ConfigMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

// An RGD describes the ResourceGraphDefinition of a scenario.
type RGD struct {
	Name string // in lower case; the kind is the same with a capital letter
	// Fields are an instance's fields other than value, in KRO's simple schema.
	// Values are the values of those fields in each instance.
	Fields, Values map[string]any
	// Maps are the data of its ConfigMaps, which are called r00, r01, …: templates
	// with CEL expressions, by key.
	Maps []map[string]any
}

// MapID returns the ID of the i-th ConfigMap in CEL expressions.
func MapID(i int) string { return fmt.Sprintf("r%02d", i) }

// Resource returns the resource of its instances. KRO derives the plural of a kind as
// English does. All names of RGDs end so that the plural is an appended s.
func (r RGD) Resource() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "kro.run", Version: "v1alpha1", Resource: r.Name + "s"}
}

func (r RGD) kind() string { return strings.ToUpper(r.Name[:1]) + r.Name[1:] }

// Object returns the RGD as an API object. An instance's status echoes data.value of the
// last ConfigMap, which shows that a change of spec.value has reached it. Object defines
// no conditions, because they would replace KRO's own.
func (r RGD) Object() *unstructured.Unstructured {
	spec := map[string]any{"value": "string"}
	for field, typ := range r.Fields {
		spec[field] = typ
	}
	resources := make([]any, len(r.Maps))
	for i, data := range r.Maps {
		resources[i] = map[string]any{
			"id": MapID(i),
			"template": map[string]any{
				"apiVersion": "v1", "kind": "ConfigMap",
				"metadata": map[string]any{"name": "${schema.metadata.name}-" + MapID(i)},
				"data":     data,
			},
		}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "kro.run/v1alpha1", "kind": "ResourceGraphDefinition",
		"metadata": map[string]any{"name": r.Name},
		"spec": map[string]any{
			"schema": map[string]any{
				"apiVersion": "v1alpha1", "kind": r.kind(),
				"spec":   spec,
				"status": map[string]any{"echo": "${" + MapID(len(r.Maps)-1) + ".data.value}"},
			},
			"resources": resources,
		},
	}}
}

// Instance returns an instance of the RGD as an API object.
func (r RGD) Instance(namespace, name, value string) *unstructured.Unstructured {
	fields := map[string]any{"value": value}
	for field, v := range r.Values {
		fields[field] = v
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "kro.run/v1alpha1", "kind": r.kind(),
		"metadata": map[string]any{"name": name, "namespace": namespace},
		"spec":     fields,
	}}
}

// CreateRGD creates an RGD and returns the time at which it was seen to be Active.
func (l *Lab) CreateRGD(ctx context.Context, rgds *Watch, r RGD) (time.Time, error) {
	active := rgds.Expect(r.Name, func(rgd Object, _ bool) bool {
		return rgd.Status.State == "Active"
	})
	object := r.Object()
	object.SetLabels(l.Labels)
	if _, err := l.Client.Resource(RGDs).Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return time.Time{}, err
	}
	return active.Wait(ctx)
}
