package workload

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestInstanceForKubectl checks that the instances of one file differ in what names their
// children.
func TestInstanceForKubectl(t *testing.T) {
	files := Files{"rgd.yaml": good["rgd.yaml"], File: good[File], "instance.yaml": []byte(`apiVersion: kro.run/v1alpha1
kind: App
metadata: {name: my-app}
spec: {name: shop, tenant: my-app, value: one, hosts: [my-app, other]}
`)}
	w, err := Load(files, "mine")
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Instance.Object(Vars{"name": "abc-1"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"apiVersion": "kro.run/v1alpha1", "kind": "App", "metadata": map[string]any{"name": "abc-1"},
		"spec": map[string]any{"name": "abc-1", "tenant": "abc-1", "value": "one", "hosts": []any{"abc-1", "other"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
