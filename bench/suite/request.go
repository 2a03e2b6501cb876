package suite

import (
	"context"
	"encoding/json"
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
	outcome Condition
}

// object returns an object of a workload and its resource. The name is that of the
// operation's instance.
func (l *Lab) object(ctx context.Context, o *workload.Object, vars workload.Vars, name string) (*unstructured.Unstructured, resource, error) {
	content, err := o.Object(vars)
	if err != nil {
		return nil, resource{}, err
	}
	object := &unstructured.Unstructured{Object: content}
	if o.Given {
		rename(object, name)
	}
	r, err := l.resource(ctx, object.GroupVersionKind())
	if err != nil {
		return nil, resource{}, err
	}
	if r.namespaced && object.GetNamespace() == "" {
		object.SetNamespace(l.Namespace)
	}
	return object, r, nil
}

// rename gives an instance that was written for kubectl another name. Its children are
// usually named by a field of its spec, which gets the name as well: the field name, and
// every field with the value of the old name.
func rename(instance *unstructured.Unstructured, name string) {
	old := instance.GetName()
	var in func(v any) any
	in = func(v any) any {
		switch v := v.(type) {
		case string:
			if v == old {
				return name
			}
		case []any:
			for i := range v {
				v[i] = in(v[i])
			}
		case map[string]any:
			for key := range v {
				v[key] = in(v[key])
			}
		}
		return v
	}
	spec, _ := instance.Object["spec"].(map[string]any)
	in(spec)
	if _, named := spec["name"].(string); named {
		spec["name"] = name
	}
	instance.SetName(name)
}

// request prepares an action.
func (l *Lab) request(ctx context.Context, a workload.Action, size workload.Vars, name string, i int, watches *watches) (request, error) {
	vars, err := a.Vars(size, name, i)
	if err != nil {
		return request{}, err
	}
	object, r, err := l.object(ctx, a.Object, vars, name)
	if err != nil {
		return request{}, err
	}
	q := request{verb: a.Verb, object: object, client: l.in(r, object.GetNamespace())}
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
		q.outcome = func(self map[string]any, _ bool) (bool, error) { return a.Until.Holds(self, vars) }
	case a.Verb == workload.Delete:
		q.outcome = Gone
	default:
		return q, nil
	}
	q.watch, err = watches.of(ctx, r, object.GetNamespace())
	return q, err
}

// do sends the request and returns the time at which its outcome was received, or the zero
// time if none is visible.
func (q request) do(ctx context.Context) (time.Time, error) {
	var expected *Expectation
	if q.watch != nil {
		expected = q.watch.Expect(q.object.GetName(), q.outcome)
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

// do sends the requests one after the other and returns the time at which the last visible
// outcome was received.
func (all requests) do(ctx context.Context) (received time.Time, err error) {
	for _, q := range all {
		seen, err := q.do(ctx)
		if err != nil {
			return time.Time{}, err
		}
		if !seen.IsZero() {
			received = seen
		}
	}
	return received, nil
}

// requests prepares the actions of an operation.
func (l *Lab) requests(ctx context.Context, actions []workload.Action, size workload.Vars, name string, i int, watches *watches) (requests, error) {
	all := make(requests, len(actions))
	for j, a := range actions {
		var err error
		if all[j], err = l.request(ctx, a, size, name, i, watches); err != nil {
			return nil, err
		}
	}
	return all, nil
}
