package perfgate

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubernetes-sigs/kro/pkg/graph"
	"github.com/kubernetes-sigs/kro/pkg/runtime"
)

func newRuntime(g *graph.Graph, instance *unstructured.Unstructured) (*runtime.Runtime, error) {
	return runtime.FromGraph(g, limits, runtime.WithInstance(instance))
}
