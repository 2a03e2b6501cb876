package apiserver_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// A repeated apply must not send an event, because events decide how often a controller
// reconciles.
func TestApplyWithoutChange(t *testing.T) {
	resource := objects.Resource(configMaps).Namespace(namespace(t))
	const same = `{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {l: "1"}}, data: {k: v}}`
	first := mustApply(t, resource, same)
	w := startWatch(t, resource, metav1.ListOptions{ResourceVersion: first.GetResourceVersion()})

	again := mustApply(t, resource, same)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("apply without change (-first +again):\n%s", diff)
	}
	changed := mustApply(t, resource, strings.Replace(same, "k: v", "k: w", 1))
	if kind, obj := next(t, w); kind != watch.Modified || obj.GetResourceVersion() != changed.GetResourceVersion() {
		t.Errorf("first event is %s of version %s, want MODIFIED of %s: the apply without change was an event",
			kind, obj.GetResourceVersion(), changed.GetResourceVersion())
	}
}

func TestApplyConflict(t *testing.T) {
	resource := objects.Resource(configMaps).Namespace(namespace(t))
	mustApply(t, resource, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}`)
	_, err := resource.Patch(t.Context(), "a", types.ApplyPatchType,
		[]byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"w"}}`), metav1.PatchOptions{FieldManager: "other"})
	if !apierrors.IsConflict(err) || !strings.Contains(err.Error(), `conflict with "test": .data.k`) {
		t.Errorf("error is %v, want a conflict over .data.k", err)
	}
}

func TestStreamingList(t *testing.T) {
	resource := objects.Resource(configMaps).Namespace(namespace(t))
	for _, name := range []string{"a", "b"} {
		mustApply(t, resource, `{apiVersion: v1, kind: ConfigMap, metadata: {name: `+name+`}}`)
	}
	yes := true
	w := startWatch(t, resource, metav1.ListOptions{
		SendInitialEvents: &yes, AllowWatchBookmarks: true, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan,
	})
	for _, name := range []string{"a", "b"} {
		if kind, obj := next(t, w); kind != watch.Added || obj.GetName() != name {
			t.Fatalf("initial event is %s of %s, want ADDED of %s", kind, obj.GetName(), name)
		}
	}
	if kind, obj := next(t, w); kind != watch.Bookmark || obj.GetAnnotations()[metav1.InitialEventsAnnotationKey] != "true" {
		t.Fatalf("event after the initial ones is %s %v, want the annotated bookmark", kind, obj)
	}
	mustApply(t, resource, `{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}`)
	if kind, obj := next(t, w); kind != watch.Added || obj.GetName() != "c" {
		t.Fatalf("live event is %s of %s, want ADDED of c", kind, obj.GetName())
	}
}

func TestFinalizer(t *testing.T) {
	resource := objects.Resource(configMaps).Namespace(namespace(t))
	mustApply(t, resource, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a, finalizers: [example.com/hold]}}`)
	if err := resource.Delete(t.Context(), "a", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	held, err := resource.Get(t.Context(), "a", metav1.GetOptions{})
	if err != nil || held.GetDeletionTimestamp() == nil {
		t.Fatalf("deleted object with a finalizer: %v, %v; want it held with a deletion timestamp", held, err)
	}
	mustApply(t, resource, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`) // gives up the finalizer
	if _, err := resource.Get(t.Context(), "a", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("after the finalizer is removed: %v, want not found", err)
	}
}

func TestDryRun(t *testing.T) {
	resource := objects.Resource(configMaps).Namespace(namespace(t))
	obj := parse(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}`)
	created, err := resource.Create(t.Context(), obj, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil || created.GetUID() == "" {
		t.Fatalf("dry run: %v, %v; want the object as it would be", created, err)
	}
	if _, err := resource.Get(t.Context(), "a", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("after a dry run: %v, want not found", err)
	}
}

func TestNamespaceDeletion(t *testing.T) {
	namespaces := objects.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	name := namespace(t)
	resource := objects.Resource(configMaps).Namespace(name)
	mustApply(t, resource, `{apiVersion: v1, kind: ConfigMap, metadata: {name: held, finalizers: [example.com/hold]}}`)
	mustApply(t, resource, `{apiVersion: v1, kind: ConfigMap, metadata: {name: free}}`)
	contents := startWatch(t, resource, byName("free"))
	w := startWatch(t, namespaces, byName(name))
	if err := namespaces.Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, contents, func(kind watch.EventType, _ *unstructured.Unstructured) bool { return kind == watch.Deleted })

	ns, err := namespaces.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil || field(t, ns, "status", "phase") != "Terminating" {
		t.Fatalf("namespace with an object that is held: %v, %v; want it Terminating", ns, err)
	}
	if _, err := apply(t, resource, `{apiVersion: v1, kind: ConfigMap, metadata: {name: new}}`); !apierrors.IsForbidden(err) {
		t.Errorf("creating in a terminating namespace: %v, want forbidden", err)
	}
	mustApply(t, resource, `{apiVersion: v1, kind: ConfigMap, metadata: {name: held}}`)
	await(t, w, func(kind watch.EventType, _ *unstructured.Unstructured) bool { return kind == watch.Deleted })
}

func TestScaleAndGeneration(t *testing.T) {
	resource := objects.Resource(deployments).Namespace(namespace(t))
	const text = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {
		replicas: 1, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: i}]}}}}`
	mustApply(t, resource, text)
	scaled, err := resource.Patch(t.Context(), "a", types.MergePatchType, []byte(`{"spec":{"replicas":3}}`), metav1.PatchOptions{FieldManager: "scaler"}, "scale")
	if err != nil {
		t.Fatal(err)
	}
	if kind, selector := scaled.GetKind(), field(t, scaled, "status", "selector"); kind != "Scale" || selector != "app=a" {
		t.Errorf("scale is a %s with selector %v, want a Scale with app=a", kind, selector)
	}
	mustApply(t, resource, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, status: {observedGeneration: 2}}`, "status")
	obj, err := resource.Get(t.Context(), "a", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := []any{field(t, obj, "spec", "replicas"), obj.GetGeneration(), field(t, obj, "status", "observedGeneration")}
	if diff := cmp.Diff([]any{int64(3), int64(2), int64(2)}, got); diff != "" {
		t.Errorf("replicas, generation, observed generation (-want +got):\n%s", diff)
	}
	if _, err := apply(t, resource, text); !apierrors.IsConflict(err) {
		t.Errorf("applying the old replicas: %v, want a conflict with the scaler", err)
	}
}

// A status update by a client with outdated labels must neither restore them nor make the
// client their owner.
func TestStatusUpdateLeavesLabelsAlone(t *testing.T) {
	resource := objects.Resource(deployments).Namespace(namespace(t))
	const text = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, labels: {l: new}}, spec: {
		selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: i}]}}}}`
	applied := mustApply(t, resource, text)
	stale := applied.DeepCopy()
	stale.SetLabels(map[string]string{"l": "old"})
	updated, err := resource.UpdateStatus(t.Context(), stale, metav1.UpdateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(applied.GetLabels(), updated.GetLabels()); diff != "" {
		t.Errorf("labels (-before +after):\n%s", diff)
	}
	if again := mustApply(t, resource, text); again.GetResourceVersion() != updated.GetResourceVersion() {
		t.Error("applying the same again after a status update is a change")
	}
}

func TestWriteOnlyAndAllocatedFields(t *testing.T) {
	ns := namespace(t)
	const secret = `{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {k: v}}`
	first := mustApply(t, objects.Resource(secrets).Namespace(ns), secret)
	if diff := cmp.Diff(map[string]any{"k": "dg=="}, field(t, first, "data")); diff != "" || field(t, first, "stringData") != nil {
		t.Errorf("stringData became %v (-want +got):\n%s", first.Object, diff)
	}
	if again := mustApply(t, objects.Resource(secrets).Namespace(ns), secret); again.GetResourceVersion() != first.GetResourceVersion() {
		t.Error("applying the same stringData again is a change")
	}

	const service = `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}`
	created := mustApply(t, objects.Resource(services).Namespace(ns), service)
	address := field(t, created, "spec", "clusterIP")
	if address == nil {
		t.Fatal("a service has no address")
	}
	replaced, err := objects.Resource(services).Namespace(ns).Update(t.Context(), parse(t, service), metav1.UpdateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := field(t, replaced, "spec", "clusterIP"); got != address {
		t.Errorf("address changed from %v to %v with a replacement that leaves it out", address, got)
	}
}

func TestValidation(t *testing.T) {
	ns := namespace(t)
	for _, test := range []struct {
		resource   schema.GroupVersionResource
		text, want string
	}{
		{configMaps, `{apiVersion: v1, kind: ConfigMap, metadata: {name: A_b}}`, "metadata.name"},
		{configMaps, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {"a b": c}}}`, "metadata.labels"},
		{deployments, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: b}}}}}`, "does not match template"},
	} {
		_, err := objects.Resource(test.resource).Namespace(ns).Create(t.Context(), parse(t, test.text), metav1.CreateOptions{})
		if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want it invalid for %s", test.text, err, test.want)
		}
	}
	strict := metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict}
	_, err := objects.Resource(configMaps).Namespace(ns).Create(t.Context(), parse(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, datum: {}}`), strict)
	if !apierrors.IsBadRequest(err) || !strings.Contains(err.Error(), `unknown field "datum"`) {
		t.Errorf("unknown field: %v, want a bad request", err)
	}
}

func TestAdmissionPolicy(t *testing.T) {
	ns := namespace(t)
	policies := objects.Resource(schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicies"})
	bindings := objects.Resource(schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicybindings"})
	mustApply(t, policies, `{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: no-bad}, spec: {
		matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]},
		validations: [{expression: "object.metadata.name != 'bad'", message: no bad ones}]}}`)
	mustApply(t, bindings, `{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, metadata: {name: no-bad}, spec: {
		policyName: no-bad, validationActions: [Deny], matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: `+ns+`}}}}}`)

	// The policy takes effect once the plugin's informer has seen it.
	resource := objects.Resource(configMaps).Namespace(ns)
	bad := parse(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: bad}}`)
	eventually(t, func(ctx context.Context) error {
		_, err := resource.Create(ctx, bad, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil || !strings.Contains(err.Error(), "no bad ones") {
			return fmt.Errorf("want the denial, got: %w", err)
		}
		return nil
	})
	mustApply(t, resource, `{apiVersion: v1, kind: ConfigMap, metadata: {name: good}}`)
}
