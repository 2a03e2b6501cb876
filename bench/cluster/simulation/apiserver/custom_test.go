package apiserver_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
)

const widgetDefinition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
    selectableFields: [{jsonPath: .spec.color}]
    additionalPrinterColumns: [{name: Color, type: string, jsonPath: .spec.color}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              color: {type: string, default: red}
              size: {type: integer}
            x-kubernetes-validations: [{rule: "!has(self.size) || self.size < 10", message: too large}]
          status:
            type: object
            properties:
              size: {type: integer}
`

var (
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	widgets     = schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "widgets"}
)

// defineWidgets makes the server serve widgets in the namespace of a test.
func defineWidgets(t *testing.T) dynamic.ResourceInterface {
	t.Helper()
	crds := objects.Resource(definitions)
	mustApply(t, crds, widgetDefinition)
	await(t, startWatch(t, crds, byName("widgets.example.com")), func(_ watch.EventType, crd *unstructured.Unstructured) bool {
		conditions, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions")
		for _, c := range conditions {
			if c := c.(map[string]any); c["type"] == "Established" && c["status"] == "True" {
				return true
			}
		}
		return false
	})
	resource := objects.Resource(widgets).Namespace(namespace(t))
	// As in a real server, the handler and the documents follow the definition with a
	// short delay and without notice.
	eventually(t, func(ctx context.Context) error {
		if _, err := resource.List(ctx, metav1.ListOptions{}); err != nil {
			return err
		}
		if _, err := client.Discovery().ServerResourcesForGroupVersion("example.com/v1"); err != nil {
			return err
		}
		return client.RESTClient().Get().AbsPath("/openapi/v3/apis/example.com/v1").Do(ctx).Error()
	})
	return resource
}

func TestCustomResource(t *testing.T) {
	resource := defineWidgets(t)
	w := startWatch(t, resource, metav1.ListOptions{})

	const text = `{apiVersion: example.com/v1, kind: Widget, metadata: {name: a}, spec: {size: 3}}`
	created := mustApply(t, resource, text)
	if diff := cmp.Diff(map[string]any{"color": "red", "size": int64(3)}, field(t, created, "spec")); diff != "" {
		t.Errorf("spec with default (-want +got):\n%s", diff)
	}
	if again := mustApply(t, resource, text); again.GetResourceVersion() != created.GetResourceVersion() {
		t.Error("applying the same again is a change")
	}
	updated := mustApply(t, resource, `{apiVersion: example.com/v1, kind: Widget, metadata: {name: a}, spec: {size: 5}, status: {size: 2}}`, "status")
	got := []any{updated.GetGeneration(), field(t, updated, "spec", "size"), field(t, updated, "status", "size")}
	if diff := cmp.Diff([]any{int64(1), int64(3), int64(2)}, got); diff != "" {
		t.Errorf("generation, spec.size, status.size after a status update (-want +got):\n%s", diff)
	}
	if _, err := apply(t, resource, strings.Replace(text, "size: 3", "size: 30", 1)); !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "too large") {
		t.Errorf("error is %v, want the violated rule", err)
	}
	pruned, err := resource.Create(t.Context(), parse(t, `{apiVersion: example.com/v1, kind: Widget, metadata: {name: b}, spec: {color: blue, taste: sweet}}`), metav1.CreateOptions{})
	if err != nil || field(t, pruned, "spec", "taste") != nil {
		t.Errorf("unknown field: %v, %v; want it pruned", pruned, err)
	}

	blue, err := resource.List(t.Context(), metav1.ListOptions{FieldSelector: "spec.color=blue"})
	if err != nil || len(blue.Items) != 1 || blue.Items[0].GetName() != "b" {
		t.Errorf("selecting by field: %v, %v; want b", blue, err)
	}
	var events []string
	for range 3 {
		kind, obj := next(t, w)
		events = append(events, string(kind)+" "+obj.GetName())
	}
	if diff := cmp.Diff([]string{"ADDED a", "MODIFIED a", "ADDED b"}, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestCustomResourceTable(t *testing.T) {
	resource := defineWidgets(t)
	created := mustApply(t, resource, `{apiVersion: example.com/v1, kind: Widget, metadata: {name: a}, spec: {}}`)
	var table metav1.Table
	err := client.RESTClient().Get().AbsPath("/apis/example.com/v1/namespaces", created.GetNamespace(), "widgets").
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").Do(t.Context()).Into(&table)
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Rows) != 1 || table.Rows[0].Cells[1] != "red" {
		t.Errorf("table %v, want one row with the colour as second cell", table.Rows)
	}
}

// TestNewKindIsServedAtOnce checks that the upstream handler has no reason to hold back the
// first objects of a kind: its definition seems older than it is.
func TestNewKindIsServedAtOnce(t *testing.T) {
	defineWidgets(t)
	crd, err := objects.Resource(definitions).Get(t.Context(), "widgets.example.com", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	conditions, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions")
	for _, c := range conditions {
		c := c.(map[string]any)
		since, err := time.Parse(time.RFC3339, c["lastTransitionTime"].(string))
		if err != nil {
			t.Fatal(err)
		}
		if c["type"] == "Established" && !since.Before(crd.GetCreationTimestamp().Time) {
			t.Errorf("created at %s and established since %s", crd.GetCreationTimestamp(), since)
		}
	}
}
