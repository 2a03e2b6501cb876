package memory

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/apiserver/pkg/apis/example"
	"k8s.io/apiserver/pkg/storage"
)

// pod returns a pod. Its node name distinguishes its versions.
func pod(name, node string) *example.Pod {
	return &example.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name},
		Spec:       example.PodSpec{NodeName: node},
	}
}

func keyOf(name string) string { return "/pods/ns/" + name }

// apply creates or updates a pod and returns the store's answer.
func apply(t testing.TB, s *Store, p *example.Pod) *example.Pod {
	t.Helper()
	out := &example.Pod{}
	err := s.GuaranteedUpdate(t.Context(), keyOf(p.Name), out, true, nil,
		storage.SimpleUpdate(func(runtime.Object) (runtime.Object, error) { return p, nil }), nil)
	if err != nil {
		t.Fatalf("GuaranteedUpdate %s: %v", p.Name, err)
	}
	return out
}

func startWatch(t testing.TB, s *Store, resourceVersion string) watch.Interface {
	t.Helper()
	w, err := s.Watch(t.Context(), s.prefix, storage.ListOptions{
		ResourceVersion: resourceVersion, Predicate: storage.Everything, Recursive: true,
	})
	if err != nil {
		t.Fatalf("Watch: %v", err)
	}
	t.Cleanup(w.Stop)
	return w
}

// next returns the next event of w. Once w is closed, ok is false.
func next(t testing.TB, w watch.Interface) (event watch.Event, ok bool) {
	t.Helper()
	select {
	case event, ok = <-w.ResultChan():
		return event, ok
	case <-time.After(30 * time.Second):
		t.Fatal("no event and not closed after 30 s")
		return watch.Event{}, false
	}
}

func TestUnchangedUpdateIsInvisible(t *testing.T) {
	s := newTestStore(10)
	// Stored times have whole seconds, so a value that differs by less is the same
	// object, although not the same Go value.
	second := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	withDeadline := func(at time.Time) *example.Pod {
		p := pod("a", "")
		p.DeletionTimestamp = &metav1.Time{Time: at}
		return p
	}
	created := apply(t, s, withDeadline(second))
	w := startWatch(t, s, created.ResourceVersion)

	same := apply(t, s, withDeadline(second.Add(time.Millisecond)))
	if diff := cmp.Diff(created, same); diff != "" {
		t.Errorf("update without a change answered a different object (-created +updated):\n%s", diff)
	}
	changed := apply(t, s, withDeadline(second.Add(time.Second)))
	event, _ := next(t, w)
	if diff := cmp.Diff(watch.Event{Type: watch.Modified, Object: changed}, event); diff != "" {
		t.Errorf("first event is not that of the real change (-want +got):\n%s", diff)
	}
}

func TestReplacedRecordDoesNotExpire(t *testing.T) {
	s := newTestStore(10)
	if err := s.Create(t.Context(), keyOf("a"), pod("a", ""), nil, 3600); err != nil {
		t.Fatal(err)
	}
	withTTL, _ := s.space.get(keyOf("a"))
	apply(t, s, pod("a", "node"))
	if withTTL.expiry.Stop() {
		t.Error("the record replaced still had its expiry pending")
	}
}

func TestFailedCallsLeaveNoTrace(t *testing.T) {
	s := newTestStore(10)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Create(canceled, keyOf("a"), pod("a", ""), nil, 0); err == nil {
		t.Error("Create for a request that is gone succeeded")
	}
	created := apply(t, s, pod("a", ""))
	if err := s.Delete(canceled, keyOf("a"), &example.Pod{}, nil, storage.ValidateAllObjectFunc, nil, storage.DeleteOptions{}); err == nil {
		t.Error("Delete for a request that is gone succeeded")
	}
	err := s.GuaranteedUpdate(canceled, keyOf("a"), &example.Pod{}, false, nil,
		storage.SimpleUpdate(func(runtime.Object) (runtime.Object, error) { return pod("a", "node"), nil }), nil)
	if err == nil {
		t.Error("GuaranteedUpdate for a request that is gone succeeded")
	}
	var got example.Pod
	if err := s.Get(t.Context(), keyOf("a"), storage.GetOptions{}, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(created, &got); diff != "" {
		t.Errorf("object changed (-created +got):\n%s", diff)
	}
}

// Encoders and versioners write to the top level and the metadata of objects. Update
// functions and callers of writes may write anywhere.
func TestCallersCannotReachStoredObjects(t *testing.T) {
	newObject := func() runtime.Object { return &unstructured.Unstructured{} }
	s := newStore(NewBackend(10), "/example.com/things", unstructured.UnstructuredJSONScheme, newObject)
	const key = "/example.com/things/a"
	thing := func() *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "example.com/v1", "kind": "Thing",
			"metadata": map[string]any{"name": "a"},
			"spec":     map[string]any{"size": int64(1)},
		}}
	}
	vandalise := func(object runtime.Object, deep bool) {
		u := object.(*unstructured.Unstructured)
		u.SetAPIVersion("example.com/v2")
		u.SetResourceVersion("666")
		if deep {
			u.Object["spec"].(map[string]any)["size"] = int64(666)
		}
	}

	var created, got, updated unstructured.Unstructured
	if err := s.Create(t.Context(), key, thing(), &created, 0); err != nil {
		t.Fatal(err)
	}
	want := created.DeepCopy()
	vandalise(&created, true)
	if err := s.Get(t.Context(), key, storage.GetOptions{}, &got); err != nil {
		t.Fatal(err)
	}
	vandalise(&got, false)
	list := &unstructured.UnstructuredList{}
	everything := storage.ListOptions{Predicate: storage.Everything, Recursive: true}
	if err := s.GetList(t.Context(), "/example.com/things", everything, list); err != nil {
		t.Fatal(err)
	}
	vandalise(&list.Items[0], false)
	w, err := s.Watch(t.Context(), "/example.com/things", everything)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	event, _ := next(t, w)
	vandalise(event.Object, false)
	err = s.GuaranteedUpdate(t.Context(), key, &updated, false, nil,
		storage.SimpleUpdate(func(existing runtime.Object) (runtime.Object, error) {
			vandalise(existing, true)
			return thing(), nil
		}), nil)
	if err != nil {
		t.Fatal(err)
	}
	vandalise(&updated, true)

	var last unstructured.Unstructured
	if err := s.Get(t.Context(), key, storage.GetOptions{}, &last); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, &last); diff != "" {
		t.Errorf("stored object was reached from outside (-created +got):\n%s", diff)
	}
}
