package existing

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

func kubeconfig(t *testing.T, name, server string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	content := `apiVersion: v1
kind: Config
current-context: ` + name + `
contexts: [{name: ` + name + `, context: {cluster: c, user: u}}, {name: other, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "` + server + `"}}]
users: [{name: u, user: {}}]
`
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNewReadsTheKubeconfigAsKubectlDoes(t *testing.T) {
	first, second := kubeconfig(t, "first", "https://10.0.0.1:6443"), kubeconfig(t, "second", "https://127.0.0.1:6443")
	for _, test := range []struct {
		path, files, context string
		want, server         string
		local                bool
	}{
		{path: second, files: first, want: "second", server: "https://127.0.0.1:6443", local: true},
		{files: first + string(filepath.ListSeparator) + second, want: "first", server: "https://10.0.0.1:6443"},
		{path: first, context: "other", want: "other", server: "https://10.0.0.1:6443"},
	} {
		c, err := New(test.path, test.files, test.context, "perf-gate/test", false)
		if err != nil {
			t.Fatal(err)
		}
		if c.Context != test.want || c.Server() != test.server || c.Local() != test.local || c.Config().UserAgent != "perf-gate/test" {
			t.Errorf("%+v: context %s at %s, local %v", test, c.Context, c.Server(), c.Local())
		}
	}
	if _, err := New(first, "", "missing", "", false); err == nil || !strings.Contains(err.Error(), `"missing"`) {
		t.Errorf("New of a missing context = %v", err)
	}
	if _, err := New(filepath.Join(t.TempDir(), "none"), "", "", "", false); err == nil {
		t.Error("New of a missing file succeeded")
	}
}

func TestLocal(t *testing.T) {
	for server, want := range map[string]bool{
		"https://127.0.0.1:40001": true, "https://localhost:6443": true, "https://[::1]:6443": true,
		"https://10.1.2.3": false, "https://localhost.example.com": false, "https://prod.example.com:443/k8s": false,
	} {
		c, err := New(kubeconfig(t, "c", server), "", "", "", false)
		if err != nil {
			t.Fatal(err)
		}
		if c.Local() != want {
			t.Errorf("Local of %s = %v, want %v", server, !want, want)
		}
	}
}

func TestMissingPermissions(t *testing.T) {
	client := fake.NewSimpleClientset()
	client.PrependReactor("create", "selfsubjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview)
		a := review.Spec.ResourceAttributes
		review.Status.Allowed = a.Resource != "clusterroles" && (a.Subresource != "proxy" || a.Verb != "get")
		return true, review, nil
	})
	got, err := missing(t.Context(), client, append(slices.Clone(needed), neededToDeploy...))
	want := []string{"get pods/proxy", "create, delete, escalate, bind clusterroles.rbac.authorization.k8s.io"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("missing %q, %v; want %q", got, err, want)
	}
}
