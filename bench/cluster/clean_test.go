package cluster

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
)

func object(apiVersion, kind, name string, labels map[string]string) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": apiVersion, "kind": kind}}
	o.SetName(name)
	o.SetLabels(labels)
	return o
}

// A KRO that still runs, because its gate was killed, restores finalizers and CRDs. It must
// be gone before they are deleted.
func TestCleanEndsTheDeployedKROFirst(t *testing.T) {
	crd := object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "resourcegraphdefinitions.kro.run", Labels)
	crd.Object["spec"] = map[string]any{
		"group": "kro.run", "names": map[string]any{"plural": "resourcegraphdefinitions"},
		"versions": []any{map[string]any{"name": "v1alpha1", "served": true}},
	}
	rgd := object("kro.run/v1alpha1", "ResourceGraphDefinition", "left", Labels)
	rgd.SetFinalizers([]string{"kro.run/finalizer"})
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		crdResource: "CustomResourceDefinitionList", namespaceResource: "NamespaceList", rgdResource: "ResourceGraphDefinitionList",
		roleResources[0]: "ClusterRoleBindingList", roleResources[1]: "ClusterRoleList",
	},
		crd, rgd, object("v1", "Namespace", KRONamespace, Labels), object("v1", "Namespace", "perf-gate-000", Labels),
		object("v1", "Namespace", "theirs", nil), object("rbac.authorization.k8s.io/v1", "ClusterRole", "ours", Labels),
	)
	if err := (cleaner{client, WithControllers}).clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	var changed []string
	for _, action := range client.Actions() {
		if verb := action.GetVerb(); verb == "delete" || verb == "patch" {
			changed = append(changed, verb+" "+action.GetResource().Resource)
		}
	}
	if len(changed) == 0 || changed[0] != "delete namespaces" {
		t.Errorf("changes in order: %q, want KRO's namespace first", changed)
	}
	for _, gone := range []struct {
		resource schema.GroupVersionResource
		name     string
	}{{namespaceResource, KRONamespace}, {namespaceResource, "perf-gate-000"}, {crdResource, crd.GetName()}, {roleResources[1], "ours"}} {
		if _, err := client.Resource(gone.resource).Get(t.Context(), gone.name, metav1.GetOptions{}); err == nil {
			t.Errorf("%s %s is left", gone.resource.Resource, gone.name)
		}
	}
	if _, err := client.Resource(namespaceResource).Get(t.Context(), "theirs", metav1.GetOptions{}); err != nil {
		t.Errorf("a namespace that is not ours: %v", err)
	}
}
