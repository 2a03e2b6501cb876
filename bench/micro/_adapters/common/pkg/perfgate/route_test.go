package perfgate

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubernetes-sigs/kro/pkg/dynamiccontroller"
	"github.com/kubernetes-sigs/kro/pkg/metadata"
)

// benchmarkRoute measures how one watch event of a child finds its instance among all
// instances. An instance watches its child by name, or, where the child is in a
// collection, by labels.
func benchmarkRoute(b *testing.B) {
	parents := schema.GroupVersionResource{Group: instanceKind.Group, Version: instanceKind.Version, Resource: "micros"}
	children := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	for _, op := range []string{"route", "route-collection"} {
		for _, instances := range []int{10, 100, 1000} {
			b.Run(fmt.Sprintf("op=%s/instances=%d", op, instances), func(b *testing.B) {
				var enqueued []string
				coordinator := newCoordinator(b, func(_ schema.GroupVersionResource, instance types.NamespacedName) {
					enqueued = append(enqueued, instance.Name)
				})
				for i := range instances {
					request := dynamiccontroller.WatchRequest{NodeID: id(0), GVR: children, Namespace: namespace}
					if op == "route" {
						request.Name = instance(i) + "-" + id(0)
					} else {
						request.Selector = labels.SelectorFromSet(childLabels(i))
					}
					// A watch is routed to from here on. Done, which ends a reconcile, only
					// removes old ones.
					watcher := coordinator.ForInstance(parents, types.NamespacedName{Namespace: namespace, Name: instance(i)})
					if err := watcher.Watch(request); err != nil {
						b.Fatal(err)
					}
				}
				target := instance(instances / 2)
				change := event{
					Type:      eventUpdate,
					GVR:       children,
					Name:      target + "-" + id(0),
					Namespace: namespace,
					Labels:    childLabels(instances / 2),
					OldLabels: childLabels(instances / 2),
				}
				loop(b, func() error {
					enqueued = enqueued[:0]
					coordinator.RouteEvent(change)
					if len(enqueued) != 1 || enqueued[0] != target {
						return fmt.Errorf("the event went to %v instead of %s", enqueued, target)
					}
					return nil
				})
			})
		}
	}
}

func instance(i int) string { return fmt.Sprintf("micro-%04d", i) }

// childLabels returns the labels by which KRO finds a child of the i-th instance.
func childLabels(i int) map[string]string {
	return map[string]string{
		metadata.InstanceIDLabel: fmt.Sprintf("00000000-0000-0000-0000-%012d", i),
		metadata.NodeIDLabel:     id(0),
	}
}
