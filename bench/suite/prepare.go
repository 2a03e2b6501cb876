package suite

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Prepare brings a fresh controller to the state in which the scenarios are measured. It
// creates their RGDs and instances and changes each instance once, so that KRO has done
// what it does once for a kind. Then it waits until the controller has settled. It
// prepares all scenarios at once, because an API server delays the first objects of a
// new kind by two seconds.
func (l *Lab) Prepare(ctx context.Context, scenarios []Scenario) error {
	namespaces := l.Client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	namespace := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": l.Namespace},
	}}
	namespace.SetLabels(l.Labels)
	if _, err := namespaces.Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("namespace %s: %w", l.Namespace, err)
	}
	rgds, err := l.Watch(ctx, RGDs, "")
	if err != nil {
		return err
	}
	group, preparing := errgroup.WithContext(ctx)
	for _, s := range scenarios {
		names := l.Names(s.Instances)
		group.Go(func() error {
			limited, cancel := l.limit(preparing)
			defer cancel()
			if _, err := l.CreateRGD(limited, rgds, s.RGD); err != nil {
				return fmt.Errorf("RGD %s: %w", s.RGD.Name, err)
			}
			if err := l.populate(preparing, s.RGD, names); err != nil {
				return fmt.Errorf("instances of RGD %s: %w", s.RGD.Name, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return l.Settle(ctx)
}

// populate creates instances and changes each.
func (l *Lab) populate(ctx context.Context, r RGD, names []string) error {
	instances, err := l.Instances(ctx, r)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := l.warmUp(ctx, instances, name); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lab) warmUp(ctx context.Context, instances *Instances, name string) error {
	ctx, cancel := l.limit(ctx)
	defer cancel()
	if _, err := instances.Create(ctx, name, "one"); err != nil {
		return err
	}
	_, err := instances.Update(ctx, name, "two")
	return err
}
