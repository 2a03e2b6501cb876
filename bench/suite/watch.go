package suite

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// An Object is the part of an RGD or an instance that shows the outcome of an operation.
// Decoding no more keeps the gate's own load on the measured machine small.
type Object struct {
	Metadata struct {
		Name            string `json:"name"`
		ResourceVersion string `json:"resourceVersion"`
		Generation      int64  `json:"generation"`
	} `json:"metadata"`
	Status struct {
		State              string `json:"state"`
		Echo               string `json:"echo"`
		LastIssuedRevision int64  `json:"lastIssuedRevision"`
		Conditions         []struct {
			ObservedGeneration int64 `json:"observedGeneration"`
		} `json:"conditions"`
	} `json:"status"`
}

// Observed reports whether all conditions that name a generation name the current one.
func (o Object) Observed() bool {
	for _, c := range o.Status.Conditions {
		if c.ObservedGeneration != 0 && c.ObservedGeneration != o.Metadata.Generation {
			return false
		}
	}
	return true
}

// A Watch follows the objects of one resource. It finds the time at which an object was
// first seen to satisfy a condition: the receipt of the event, on this machine's
// monotonic clock. The times that Kubernetes writes into conditions are whole seconds.
type Watch struct {
	mu      sync.Mutex
	waiting map[string]*Expectation
	ended   chan struct{} // closed when no further event will come
	err     error         // why; valid after ended
}

// A Condition reports whether an object in a watch event has the wanted state. deleted
// means that the object is gone.
type Condition func(object Object, deleted bool) bool

// Gone is the condition that an object is deleted.
func Gone(_ Object, deleted bool) bool { return deleted }

// An Expectation waits for one object to satisfy a condition.
type Expectation struct {
	name      string
	condition Condition
	met       chan time.Time
	last      *Object // as last seen, under the watch's lock
	watch     *Watch
}

// Watch starts to follow a resource, until ctx is done. The namespace of a cluster-scoped
// resource is empty.
func (l *Lab) Watch(ctx context.Context, resource schema.GroupVersionResource, namespace string) (*Watch, error) {
	path := []string{"/apis", resource.Group, resource.Version}
	if namespace != "" {
		path = append(path, "namespaces", namespace)
	}
	path = append(path, resource.Resource)
	var list Object
	answer, err := l.REST.Get().AbsPath(path...).Param("limit", "1").DoRaw(ctx)
	if err == nil {
		err = json.Unmarshal(answer, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", resource.Resource, err)
	}
	w := &Watch{waiting: make(map[string]*Expectation), ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		version := list.Metadata.ResourceVersion
		for ctx.Err() == nil { // a server ends every watch after a while
			if version, w.err = l.stream(ctx, path, version, w.receive); w.err != nil {
				w.err = fmt.Errorf("watch %s: %w", resource.Resource, w.err)
				return
			}
		}
	}()
	return w, nil
}

// stream passes the events after a resource version to receive until the server ends the
// watch. It returns the last version.
func (l *Lab) stream(ctx context.Context, path []string, version string, receive func(Object, bool, time.Time)) (string, error) {
	body, err := l.REST.Get().AbsPath(path...).Param("watch", "1").Param("resourceVersion", version).Stream(ctx)
	if err != nil {
		return version, err
	}
	defer body.Close()
	lines := bufio.NewReader(body)
	for {
		line, err := lines.ReadBytes('\n')
		received := time.Now()
		if err != nil {
			return version, nil // the end of the watch, even within a line
		}
		if bytes.HasPrefix(line, []byte(`{"type":"ERROR"`)) {
			return version, fmt.Errorf("%.500s", line)
		}
		var event struct {
			Type   string `json:"type"`
			Object Object `json:"object"`
		}
		if err := json.Unmarshal(line, &event); err != nil {
			return version, fmt.Errorf("%w in %.200q", err, line)
		}
		version = event.Object.Metadata.ResourceVersion
		receive(event.Object, event.Type == "DELETED", received)
	}
}

func (w *Watch) receive(object Object, deleted bool, received time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.waiting[object.Metadata.Name]
	if e == nil {
		return
	}
	e.last = &object
	if e.condition(object, deleted) {
		delete(w.waiting, e.name)
		e.met <- received
	}
}

// Expect starts to wait for an object. Call it before the request that leads to the
// condition, so that no event is missed.
func (w *Watch) Expect(name string, condition Condition) *Expectation {
	e := &Expectation{name: name, condition: condition, met: make(chan time.Time, 1), watch: w}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting[name] = e
	return e
}

// Wait waits for the condition and returns the time at which it was first seen to hold.
// If ctx is done first, the error gives the object's last state.
func (e *Expectation) Wait(ctx context.Context) (time.Time, error) {
	select {
	case received := <-e.met:
		return received, nil
	case <-e.watch.ended:
		if e.watch.err != nil {
			return time.Time{}, e.watch.err
		}
	case <-ctx.Done():
	}
	e.watch.mu.Lock()
	defer e.watch.mu.Unlock()
	delete(e.watch.waiting, e.name)
	if e.last == nil {
		return time.Time{}, fmt.Errorf("%s never changed", e.name)
	}
	return time.Time{}, fmt.Errorf("%s was last seen in state %q", e.name, e.last.Status.State)
}
