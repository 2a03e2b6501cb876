package perfgate

import (
	"testing"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	metadatafake "k8s.io/client-go/metadata/fake"

	"github.com/kubernetes-sigs/kro/pkg/dynamiccontroller"
	"github.com/kubernetes-sigs/kro/pkg/graph"
	"github.com/kubernetes-sigs/kro/pkg/runtime"
)

type (
	graphConfig = graph.RGDConfig
	event       = dynamiccontroller.Event
)

const eventUpdate = dynamiccontroller.EventUpdate

// newBuilder returns a builder for the kinds of [newCluster].
func newBuilder(b *testing.B) *graph.Builder {
	b.Helper()
	return graph.PerfGateBuilder(newCluster())
}

func newRuntime(g *graph.Graph, instance *unstructured.Unstructured) (*runtime.Runtime, error) {
	return runtime.FromGraph(g, instance, limits)
}

// newCoordinator returns a coordinator that watches an empty cluster.
func newCoordinator(b *testing.B, enqueue dynamiccontroller.EnqueueFunc) *dynamiccontroller.WatchCoordinator {
	b.Helper()
	scheme := metadatafake.NewTestScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		b.Fatal(err)
	}
	client := metadatafake.NewSimpleMetadataClient(scheme)
	manager := dynamiccontroller.NewWatchManager(client, 0, func(dynamiccontroller.Event) {}, logr.Discard())
	b.Cleanup(manager.Shutdown)
	return dynamiccontroller.NewWatchCoordinator(manager, enqueue, logr.Discard())
}
