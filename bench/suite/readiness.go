package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kro/perf-gate/bench/workload"
)

// readyStatuses return the status that an object of a kind has when the controllers of a
// whole cluster have made it ready.
var readyStatuses = map[schema.GroupVersionKind]func(*unstructured.Unstructured) map[string]any{
	{Group: "apps", Version: "v1", Kind: "Deployment"}:            replicated("availableReplicas", "updatedReplicas"),
	{Group: "apps", Version: "v1", Kind: "ReplicaSet"}:            replicated("availableReplicas", "fullyLabeledReplicas"),
	{Group: "apps", Version: "v1", Kind: "StatefulSet"}:           replicated("availableReplicas", "updatedReplicas", "currentReplicas"),
	{Group: "apps", Version: "v1", Kind: "DaemonSet"}:             onOneNode,
	{Group: "batch", Version: "v1", Kind: "Job"}:                  completed,
	{Version: "v1", Kind: "Pod"}:                                  running,
	{Version: "v1", Kind: "Service"}:                              balanced(map[string]any{"ip": "192.0.2.1"}),
	{Group: "networking.k8s.io", Version: "v1", Kind: "Ingress"}:  balanced(map[string]any{"hostname": "perf-gate.example"}),
	{Version: "v1", Kind: "PersistentVolumeClaim"}:                fixed(map[string]any{"phase": "Bound", "capacity": map[string]any{}}),
	{Version: "v1", Kind: "PersistentVolume"}:                     fixed(map[string]any{"phase": "Available"}),
	{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget"}: fixed(map[string]any{"disruptionsAllowed": int64(1), "currentHealthy": int64(1), "desiredHealthy": int64(0), "expectedPods": int64(1)}),
}

func fixed(status map[string]any) func(*unstructured.Unstructured) map[string]any {
	return func(*unstructured.Unstructured) map[string]any { return status }
}

func condition(kind string) map[string]any {
	return map[string]any{"type": kind, "status": "True", "reason": "PerfGate", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}
}

// replicated returns the status of what runs a number of replicas.
func replicated(counts ...string) func(*unstructured.Unstructured) map[string]any {
	return func(o *unstructured.Unstructured) map[string]any {
		replicas, set, _ := unstructured.NestedInt64(o.Object, "spec", "replicas")
		if !set {
			replicas = 1
		}
		status := map[string]any{
			"observedGeneration": o.GetGeneration(), "replicas": replicas, "readyReplicas": replicas,
			"conditions": []any{condition("Available")},
		}
		for _, count := range counts {
			status[count] = replicas
		}
		return status
	}
}

func onOneNode(o *unstructured.Unstructured) map[string]any {
	one := int64(1)
	return map[string]any{
		"observedGeneration": o.GetGeneration(), "currentNumberScheduled": one, "desiredNumberScheduled": one,
		"numberAvailable": one, "numberReady": one, "updatedNumberScheduled": one, "numberMisscheduled": int64(0),
	}
}

func completed(o *unstructured.Unstructured) map[string]any {
	completions, set, _ := unstructured.NestedInt64(o.Object, "spec", "completions")
	if !set {
		completions = 1
	}
	return map[string]any{
		"succeeded": completions, "startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:00:00Z",
		"conditions": []any{condition("SuccessCriteriaMet"), condition("Complete")},
	}
}

func running(*unstructured.Unstructured) map[string]any {
	return map[string]any{
		"phase": "Running", "podIP": "192.0.2.2", "hostIP": "192.0.2.3", "startTime": "2026-01-01T00:00:00Z",
		"conditions": []any{condition("Ready"), condition("ContainersReady"), condition("Initialized"), condition("PodScheduled")},
	}
}

// balanced returns the status of what has an address of a load balancer. Of services, only
// those of that type have one.
func balanced(address map[string]any) func(*unstructured.Unstructured) map[string]any {
	return func(o *unstructured.Unstructured) map[string]any {
		if kind, _, _ := unstructured.NestedString(o.Object, "spec", "type"); o.GetKind() == "Service" && kind != "LoadBalancer" {
			return nil
		}
		return map[string]any{"loadBalancer": map[string]any{"ingress": []any{address}}}
	}
}

// MakeReady makes the objects of a scenario's graphs ready where no controllers do, until
// ctx is done. Both arms need the same for it, and none of its requests counts as KRO's.
func (l *Lab) MakeReady(ctx context.Context, scenarios []workload.Scenario) error {
	kinds := map[schema.GroupVersionKind]bool{}
	for _, s := range scenarios {
		for _, kind := range s.Kinds() {
			kinds[schema.FromAPIVersionAndKind(kind.APIVersion, kind.Kind)] = true
		}
	}
	for kind := range kinds {
		status := readyStatuses[kind]
		if status == nil {
			continue
		}
		r, err := l.resource(ctx, kind)
		if err != nil {
			return err
		}
		if err := l.makeReady(ctx, r, kind, status); err != nil {
			return err
		}
	}
	return nil
}

// makeReady makes the objects of a resource ready.
func (l *Lab) makeReady(ctx context.Context, r resource, kind schema.GroupVersionKind, status func(*unstructured.Unstructured) map[string]any) error {
	_, err := l.follow(ctx, r, "", func(content map[string]any, deleted bool, _ time.Time) {
		object := &unstructured.Unstructured{Object: content}
		object.SetGroupVersionKind(kind)
		want := status(object)
		if deleted || want == nil || isReady(object, want) {
			return
		}
		patch, err := json.Marshal(map[string]any{"status": want})
		if err != nil {
			panic(err)
		}
		// An object that has gone meanwhile needs no status, and a conflict brings another event.
		_, _ = l.in(r, object.GetNamespace()).Patch(ctx, object.GetName(), types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	})
	if err != nil {
		return fmt.Errorf("making %s ready: %w", r.Resource, err)
	}
	return nil
}

// isReady reports whether an object has the wanted status already: it was observed in its
// current generation or, if the status names none, has all fields.
func isReady(o *unstructured.Unstructured, want map[string]any) bool {
	if generation, named := want["observedGeneration"]; named {
		observed, _, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration")
		return observed == generation
	}
	for key := range want {
		if _, set, _ := unstructured.NestedFieldNoCopy(o.Object, "status", key); !set {
			return false
		}
	}
	return true
}
