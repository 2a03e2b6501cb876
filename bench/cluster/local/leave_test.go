package local

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench/cluster"
)

// leave creates what a killed session leaves: a CRD of KRO with an object that has a finalizer,
// a CRD that KRO created, and a namespace with content.
func leave(t *testing.T, config *rest.Config) {
	t.Helper()
	client := dynamic.NewForConfigOrDie(config)
	create := func(resource schema.GroupVersionResource, namespace string, object map[string]any) {
		t.Helper()
		var err error
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			// A new kind is not served at once.
			_, err = client.Resource(resource).Namespace(namespace).Create(t.Context(), &unstructured.Unstructured{Object: object}, metav1.CreateOptions{})
			if err == nil {
				return
			}
		}
		t.Fatal(err)
	}
	crds := schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	labels := make(map[string]any)
	for key, value := range cluster.Labels {
		labels[key] = value
	}
	crd := func(kind, plural string, labels map[string]any) map[string]any {
		return map[string]any{
			"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
			"metadata": map[string]any{"name": plural + ".kro.run", "labels": labels},
			"spec": map[string]any{
				"group": "kro.run", "scope": "Namespaced",
				"names": map[string]any{"kind": kind, "plural": plural},
				"versions": []any{map[string]any{"name": "v1alpha1", "served": true, "storage": true,
					"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object"}}}},
			},
		}
	}
	create(crds, "", crd("ResourceGraphDefinition", "resourcegraphdefinitions", labels))
	create(crds, "", crd("App", "apps", nil))
	namespace := "perf-gate-000"
	create(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, "", map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": namespace, "labels": labels},
	})
	create(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}, namespace, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "left"},
	})
	create(schema.GroupVersionResource{Group: "kro.run", Version: "v1alpha1", Resource: "apps"}, namespace, map[string]any{
		"apiVersion": "kro.run/v1alpha1", "kind": "App",
		"metadata": map[string]any{"name": "left", "finalizers": []any{"kro.run/finalizer"}},
	})
}
