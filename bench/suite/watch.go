package suite

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// A Watch follows the objects of one resource. It finds the time at which an object was
// first seen to satisfy a condition: the receipt of the event, on this machine's
// monotonic clock. The times that Kubernetes writes into conditions are whole seconds.
type Watch struct {
	mu      sync.Mutex
	waiting map[string]*Expectation
	*stream
}

// A Condition reports whether an object in a watch event has the wanted state. deleted
// means that the object is gone. The error says why an object that is there has not.
type Condition func(object map[string]any, deleted bool) (bool, error)

// Gone is the condition that an object is deleted.
func Gone(_ map[string]any, deleted bool) (bool, error) { return deleted, nil }

// An Expectation waits for one object to satisfy a condition.
type Expectation struct {
	name      string
	condition Condition
	met       chan time.Time
	refused   chan struct{}  // KRO has refused the object at least once
	last      map[string]any // as last seen, under the watch's lock
	why       error          // it did not satisfy the condition
	watch     *Watch
}

// watches are the watches of a scenario, which end with a context.
type watches struct {
	lab *Lab
	ctx context.Context
	mu  sync.Mutex
	all map[watched]*Watch
}

// watched is what a watch follows.
type watched struct {
	resource
	namespace string
}

func (l *Lab) watches(ctx context.Context) *watches {
	return &watches{lab: l, ctx: ctx, all: make(map[watched]*Watch)}
}

// of returns the watch of a resource, and starts it if there is none.
func (w *watches) of(r resource, namespace string) (*Watch, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	of := watched{r, namespace}
	if watch := w.all[of]; watch != nil {
		return watch, nil
	}
	watch, err := w.lab.watch(w.ctx, r, namespace)
	if err == nil {
		w.all[of] = watch
	}
	return watch, err
}

// watch starts to follow a resource, until ctx is done.
func (l *Lab) watch(ctx context.Context, r resource, namespace string) (w *Watch, err error) {
	w = &Watch{waiting: make(map[string]*Expectation)}
	w.stream, err = l.follow(ctx, r, namespace, w.receive)
	return w, err
}

// A stream is a watch that goes on until its context is done.
type stream struct {
	ended chan struct{} // closed when no further event will come
	err   error         // why; valid after ended
}

// follow passes the events of a resource to receive, until ctx is done. Without a namespace
// they are those of all.
func (l *Lab) follow(ctx context.Context, r resource, namespace string, receive func(map[string]any, bool, time.Time)) (*stream, error) {
	path := []string{"/apis", r.Group, r.Version}
	if r.Group == "" {
		path = []string{"/api", r.Version}
	}
	if r.namespaced && namespace != "" {
		path = append(path, "namespaces", namespace)
	}
	path = append(path, r.Resource)
	var list struct {
		Metadata metav1.ListMeta `json:"metadata"`
	}
	answer, err := l.REST.Get().AbsPath(path...).Param("limit", "1").DoRaw(ctx)
	if err == nil {
		err = json.Unmarshal(answer, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", r.Resource, err)
	}
	s := &stream{ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		version := list.Metadata.ResourceVersion
		for ctx.Err() == nil { // a server ends every watch after a while
			if version, s.err = l.stream(ctx, path, version, receive); s.err != nil {
				s.err = fmt.Errorf("watch %s: %w", r.Resource, s.err)
				return
			}
		}
	}()
	return s, nil
}

// stream passes the events after a resource version to receive until the server ends the
// watch. It returns the last version.
func (l *Lab) stream(ctx context.Context, path []string, version string, receive func(map[string]any, bool, time.Time)) (string, error) {
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
			Type   string         `json:"type"`
			Object map[string]any `json:"object"`
		}
		if err := utiljson.Unmarshal(line, &event); err != nil {
			return version, fmt.Errorf("%w in %.200q", err, line)
		}
		version, _, _ = unstructured.NestedString(event.Object, "metadata", "resourceVersion")
		receive(event.Object, event.Type == "DELETED", received)
	}
}

func (w *Watch) receive(object map[string]any, deleted bool, received time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name, _, _ := unstructured.NestedString(object, "metadata", "name")
	e := w.waiting[name]
	if e == nil {
		return
	}
	var met bool
	e.last = object
	if met, e.why = e.condition(object, deleted); met {
		delete(w.waiting, e.name)
		e.met <- received
	} else if refused(object) {
		select {
		case e.refused <- struct{}{}:
		default:
		}
	}
}

// Expect starts to wait for an object. Call it before the request that leads to the
// condition, so that no event is missed.
func (w *Watch) Expect(name string, condition Condition) *Expectation {
	e := &Expectation{name: name, condition: condition, met: make(chan time.Time, 1), refused: make(chan struct{}, 1), watch: w}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting[name] = e
	return e
}

// Wait waits for the condition and returns the time at which it was first seen to hold.
// If ctx is done first, or KRO refuses the object for good, the error gives the object's
// last state and KRO's own words.
func (e *Expectation) Wait(ctx context.Context) (time.Time, error) {
	var long <-chan time.Time
	for {
		select {
		case received := <-e.met:
			return received, nil
		case <-e.refused:
			if long == nil {
				long = time.After(refusalTime)
			}
			continue
		case <-long:
			if !e.stillRefused() {
				long = nil
				continue
			}
		case <-e.watch.ended:
			if e.watch.err != nil {
				return time.Time{}, e.watch.err
			}
		case <-ctx.Done():
		}
		return time.Time{}, e.unmet()
	}
}

// stillRefused reports whether KRO refused the object when it was last seen.
func (e *Expectation) stillRefused() bool {
	e.watch.mu.Lock()
	defer e.watch.mu.Unlock()
	return refused(e.last)
}

// unmet ends the wait and says what is known of the object.
func (e *Expectation) unmet() error {
	e.watch.mu.Lock()
	defer e.watch.mu.Unlock()
	delete(e.watch.waiting, e.name)
	if e.last == nil {
		return fmt.Errorf("%s never changed", e.name)
	}
	state, _, _ := unstructured.NestedString(e.last, "status", "state")
	err := fmt.Errorf("%s was last seen in state %q", e.name, state)
	if words := complaint(e.last); words != "" {
		err = fmt.Errorf("%w: KRO says %s", err, words)
	}
	if e.why != nil {
		err = fmt.Errorf("%w: %w", err, e.why)
	}
	return err
}
