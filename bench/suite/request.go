package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/kro/perf-gate/bench/workload"
)

// A request is an action of one operation, ready to be sent.
type request struct {
	verb   workload.Verb
	object *unstructured.Unstructured
	patch  []byte
	client dynamic.ResourceInterface
	// watch shows the outcome, if the action has one that an event shows.
	watch   *Watch
	of      string // the name of the object that the outcome is of
	outcome Condition
	rest    time.Duration
	start   bool // the operation begins here
	restart func() error
}

// object returns an object of a workload and its resource.
func (l *Lab) object(ctx context.Context, o *workload.Object, vars workload.Vars) (*unstructured.Unstructured, resource, error) {
	content, err := o.Object(vars)
	if err != nil {
		return nil, resource{}, err
	}
	object := &unstructured.Unstructured{Object: content}
	r, err := l.resource(ctx, object.GroupVersionKind())
	if err != nil {
		return nil, resource{}, err
	}
	if r.namespaced && object.GetNamespace() == "" {
		object.SetNamespace(l.Namespace)
	}
	return object, r, nil
}

// request prepares an action, in terms of its variables.
func (l *Lab) request(ctx context.Context, a workload.Action, vars workload.Vars, watches *watches) (request, error) {
	switch a.Verb {
	case workload.Rest:
		rest, err := a.Rest(vars)
		return request{verb: a.Verb, rest: rest, start: a.Start}, err
	case workload.Restart:
		return request{verb: a.Verb, restart: l.restart, start: a.Start}, nil
	}
	object, r, err := l.object(ctx, a.Object, vars)
	if err != nil {
		return request{}, err
	}
	q := request{verb: a.Verb, object: object, client: l.in(r, object.GetNamespace()), start: a.Start}
	switch a.Verb {
	case workload.Create:
		if !r.namespaced {
			object.SetLabels(l.Labels)
		}
	case workload.Update:
		q.patch, err = json.Marshal(object)
	case workload.Patch:
		var with map[string]any
		if with, err = a.With.Object(vars); err == nil {
			q.patch, err = json.Marshal(with)
		}
	}
	if err != nil {
		return request{}, err
	}
	switch {
	case a.Until != nil:
		q.outcome = func(self map[string]any, deleted bool) (bool, error) {
			if deleted {
				return false, errDeleted
			}
			return a.Until.Holds(self, vars)
		}
	case a.Verb == workload.Delete:
		q.outcome = Gone
	default:
		return q, nil
	}
	if a.Of != nil {
		if object, r, err = l.object(ctx, a.Of, vars); err != nil {
			return request{}, err
		}
	}
	q.of = object.GetName()
	q.watch, err = watches.of(r, object.GetNamespace())
	return q, err
}

var errDeleted = errors.New("it was deleted")

// do sends the request and returns the time at which its outcome was received, or the zero
// time if none is visible.
func (q request) do(ctx context.Context) (time.Time, error) {
	var expected *Expectation
	if q.watch != nil {
		expected = q.watch.Expect(q.of, q.outcome)
	}
	var err error
	switch q.verb {
	case workload.Create:
		_, err = q.client.Create(ctx, q.object, metav1.CreateOptions{})
	case workload.Update, workload.Patch:
		_, err = q.client.Patch(ctx, q.object.GetName(), types.MergePatchType, q.patch, metav1.PatchOptions{})
	case workload.Get:
		_, err = q.client.Get(ctx, q.object.GetName(), metav1.GetOptions{})
		return time.Now(), err
	case workload.Delete:
		err = q.client.Delete(ctx, q.object.GetName(), metav1.DeleteOptions{})
	case workload.Wait:
	case workload.Restart:
		err = q.restart()
	case workload.Rest:
		select {
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-time.After(q.rest):
		}
	default:
		panic(fmt.Sprintf("a request with the verb %q", q.verb))
	}
	if err != nil || expected == nil {
		return time.Time{}, err
	}
	return expected.Wait(ctx)
}

// requests are the actions of one operation.
type requests []request

// do sends the requests one after the other. It returns the times at which the operation
// began and at which its last visible outcome was received.
func (all requests) do(ctx context.Context) (began, received time.Time, err error) {
	began = time.Now()
	for _, q := range all {
		if q.start {
			began = time.Now()
		}
		seen, err := q.do(ctx)
		if err != nil {
			return began, time.Time{}, err
		}
		if !seen.IsZero() {
			received = seen
		}
	}
	return began, received, nil
}

// requests prepares the actions of an operation.
func (l *Lab) requests(ctx context.Context, actions []workload.Action, size workload.Vars, name string, i int, watches *watches) (requests, error) {
	var all requests
	for _, a := range actions {
		times, err := a.Times(size)
		if err != nil {
			return nil, err
		}
		for k := range times {
			vars, err := a.Vars(size, name, i, k)
			if err != nil {
				return nil, err
			}
			q, err := l.request(ctx, a, vars, watches)
			if err != nil {
				return nil, err
			}
			all = append(all, q)
		}
	}
	return all, nil
}
