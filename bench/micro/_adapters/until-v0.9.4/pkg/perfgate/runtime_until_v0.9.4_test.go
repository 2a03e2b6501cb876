package perfgate

import (
	"testing"

	"github.com/google/cel-go/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubernetes-sigs/kro/api/v1alpha1"
)

// programOptions returns the options with which KRO makes CEL programs.
func programOptions() []cel.ProgramOption { return nil }

// newReconcile returns what KRO evaluates in a reconcile: a runtime of the graph, and
// in it every resource and then the instance's status.
func newReconcile(b *testing.B, rgd *v1alpha1.ResourceGraphDefinition, instance *unstructured.Unstructured) reconcile {
	b.Helper()
	g := build(b, rgd)
	return func() (last []*unstructured.Unstructured, status *unstructured.Unstructured, err error) {
		rt, err := newRuntime(g, instance)
		if err != nil {
			return nil, nil, err
		}
		for _, node := range rt.Nodes() {
			if _, err := node.IsIgnored(); err != nil {
				return nil, nil, err
			}
			if last, err = node.GetDesired(); err != nil {
				return nil, nil, err
			}
			node.SetObserved(last)
			if err := node.CheckReadiness(); err != nil {
				return nil, nil, err
			}
		}
		desired, err := rt.Instance().GetDesired()
		if err != nil {
			return nil, nil, err
		}
		return last, desired[0], nil
	}
}

// benchmarkGeneration has nothing to measure that later versions of KRO lack.
func benchmarkGeneration(*testing.B) {}
