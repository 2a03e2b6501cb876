package perfgate

import (
	"testing"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metadatafake "k8s.io/client-go/metadata/fake"

	"github.com/kubernetes-sigs/kro/pkg/dynamiccontroller"
	"github.com/kubernetes-sigs/kro/pkg/graph"
	"github.com/kubernetes-sigs/kro/pkg/watch"
)

type (
	graphConfig = graph.Config
	event       = watch.Event
)

const eventUpdate = watch.EventUpdate

// newBuilder returns a builder for the kinds of [newCluster].
func newBuilder(b *testing.B) *graph.Builder {
	b.Helper()
	resolver, mapper := newCluster()
	builder, err := graph.NewBuilder(nil, nil, graph.WithSchemaResolver(resolver), graph.WithRESTMapper(mapper))
	if err != nil {
		b.Fatal(err)
	}
	return builder
}

// newCoordinator returns a coordinator that watches an empty cluster.
func newCoordinator(b *testing.B, enqueue dynamiccontroller.EnqueueFunc) *dynamiccontroller.WatchCoordinator {
	b.Helper()
	scheme := metadatafake.NewTestScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		b.Fatal(err)
	}
	client := metadatafake.NewSimpleMetadataClient(scheme)
	manager := watch.NewManager(client, 0, func(watch.Event) {}, logr.Discard())
	b.Cleanup(manager.Shutdown)
	return dynamiccontroller.NewWatchCoordinator(manager, enqueue, logr.Discard())
}
