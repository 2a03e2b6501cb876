package runner

import (
	"context"
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
	toolswatch "k8s.io/client-go/tools/watch"
)

// An observer watches the clients' work from a process of its own, with client-go's watch.
// It shares no code with the suites' watch.
type observer struct {
	mu      sync.Mutex
	begun   chan struct{}        // closed when the namespace has appeared
	created map[string]time.Time // receipt of each object's first event
	done    map[string]time.Time // receipt of the first event that shows it done
	objects map[string]*unstructured.Unstructured
	all     chan struct{} // closed when n are done
	stop    func()
}

// observe watches a namespace that does not exist yet, until n objects are done.
func observe(ctx context.Context, client dynamic.Interface, namespace string, resource schema.GroupVersionResource, n int, done func(*unstructured.Unstructured) bool) (*observer, error) {
	namespaces, err := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}).
		Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + namespace})
	if err != nil {
		return nil, err
	}
	objects := client.Resource(resource).Namespace(namespace)
	none, err := objects.List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	// An API server ends a watch that falls behind.
	events, err := toolswatch.NewRetryWatcherWithContext(ctx, none.GetResourceVersion(), &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) { return objects.Watch(ctx, o) },
	})
	if err != nil {
		return nil, err
	}
	o := &observer{
		begun: make(chan struct{}), all: make(chan struct{}),
		created: make(map[string]time.Time), done: make(map[string]time.Time), objects: make(map[string]*unstructured.Unstructured),
		stop: func() { namespaces.Stop(); events.Stop() },
	}
	go func() {
		for range namespaces.ResultChan() {
			close(o.begun)
			break
		}
	}()
	go func() {
		for event := range events.ResultChan() {
			o.receive(event, time.Now(), n, done)
		}
	}()
	return o, nil
}

func (o *observer) receive(event watch.Event, now time.Time, n int, done func(*unstructured.Unstructured) bool) {
	object, ok := event.Object.(*unstructured.Unstructured)
	if !ok || event.Type == watch.Deleted {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	name := object.GetName()
	if _, seen := o.created[name]; !seen {
		o.created[name] = now
	}
	if _, seen := o.done[name]; seen || !done(object) {
		return
	}
	o.done[name], o.objects[name] = now, object
	if len(o.done) == n {
		close(o.all)
	}
}

// seconds returns the time from the first object until the last was done.
func (o *observer) seconds() float64 {
	var first, last time.Time
	for _, t := range o.created {
		if first.IsZero() || t.Before(first) {
			first = t
		}
	}
	for _, t := range o.done {
		if t.After(last) {
			last = t
		}
	}
	return last.Sub(first).Seconds()
}

// String returns the progress.
func (o *observer) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return fmt.Sprintf("%d objects, %d of them done", len(o.created), len(o.done))
}
