package apiserver_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/openapi"
	"k8s.io/client-go/rest"
)

func TestDiscovery(t *testing.T) {
	defineWidgets(t)
	aggregated := client.Discovery()
	plain := discovery.NewDiscoveryClientForConfigOrDie(&rest.Config{Host: serverURL})
	plain.UseLegacyDiscovery = true

	resources := map[string]map[string]metav1.APIResource{}
	for name, d := range map[string]discovery.DiscoveryInterface{"aggregated": aggregated, "plain": plain} {
		_, lists, err := d.ServerGroupsAndResources()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		resources[name] = map[string]metav1.APIResource{}
		for _, list := range lists {
			for _, r := range list.APIResources {
				r.StorageVersionHash = ""   // only in the plain form
				r.Group, r.Version = "", "" // the client fills them in to different degrees
				if strings.Contains(r.Name, "/") {
					r.SingularName = "" // of the parent, or nothing
				}
				slices.Sort(r.Verbs)
				resources[name][list.GroupVersion+"/"+r.Name] = r
			}
		}
	}
	if diff := cmp.Diff(resources["aggregated"], resources["plain"]); diff != "" {
		t.Errorf("the two forms of discovery differ (-aggregated +plain):\n%s", diff)
	}
	all := resources["aggregated"]
	for _, name := range []string{
		"v1/configmaps", "v1/namespaces/finalize", "v1/services/status", "apps/v1/deployments/scale", "batch/v1/cronjobs",
		"networking.k8s.io/v1/ingresses", "rbac.authorization.k8s.io/v1/roles", "autoscaling/v2/horizontalpodautoscalers",
		"apiextensions.k8s.io/v1/customresourcedefinitions", "example.com/v1/widgets", "example.com/v1/widgets/status",
	} {
		if _, ok := all[name]; !ok {
			t.Errorf("discovery lacks %s", name)
		}
	}
	if got := all["apps/v1/deployments"]; !slices.Contains(got.ShortNames, "deploy") || !slices.Contains(got.Categories, "all") || got.SingularName != "deployment" {
		t.Errorf("deployments are %+v, want their other names", got)
	}
	if verbs := all["v1/namespaces"].Verbs; slices.Contains(verbs, "deletecollection") || !slices.Contains(verbs, "delete") {
		t.Errorf("namespaces allow %v, want delete but not deletecollection", verbs)
	}
}

func TestOpenAPI(t *testing.T) {
	defineWidgets(t)
	paths, err := client.Discovery().OpenAPIV3().Paths()
	if err != nil {
		t.Fatal(err)
	}
	for path, gv := range paths {
		text, err := gv.Schema("application/json")
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		var document struct {
			Components struct {
				Schemas map[string]any `json:"schemas"`
			} `json:"components"`
		}
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		var whole any
		if err := json.Unmarshal(text, &whole); err != nil {
			t.Fatal(err)
		}
		eachReference(whole, func(ref string) {
			name := strings.TrimPrefix(ref, "#/components/schemas/")
			if _, ok := document.Components.Schemas[name]; !ok {
				t.Errorf("%s refers to %s, which it does not have", path, ref)
			}
		})
	}
	for path, kind := range map[string]string{"api/v1": "ConfigMap", "apis/apps/v1": "Deployment", "apis/example.com/v1": "Widget"} {
		if !documents(t, paths[path], kind) {
			t.Errorf("no schema in %s is of kind %s", path, kind)
		}
	}
}

// documents reports whether a document has a schema that names the kind, by which
// kubectl explain finds it.
func documents(t *testing.T, gv openapi.GroupVersion, kind string) bool {
	t.Helper()
	if gv == nil {
		return false
	}
	text, err := gv.Schema("application/json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas map[string]struct {
				Kinds []metav1.GroupVersionKind `json:"x-kubernetes-group-version-kind"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	for _, s := range document.Components.Schemas {
		if slices.ContainsFunc(s.Kinds, func(k metav1.GroupVersionKind) bool { return k.Kind == kind }) {
			return true
		}
	}
	return false
}

func eachReference(node any, visit func(ref string)) {
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			if ref, ok := value.(string); ok && key == "$ref" {
				visit(ref)
				continue
			}
			eachReference(value, visit)
		}
	case []any:
		for _, value := range node {
			eachReference(value, visit)
		}
	}
}
