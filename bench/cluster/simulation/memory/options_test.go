package memory

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/apis/example"
	"k8s.io/apiserver/pkg/registry/generic"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/storage/storagebackend/factory"
)

// nodeCodec decodes pods with a node name of its own, like the codec of an edited
// custom resource, which has defaults of its own.
type nodeCodec struct {
	runtime.Codec
	node string
}

func (c nodeCodec) Decode(data []byte, defaults *schema.GroupVersionKind, into runtime.Object) (runtime.Object, *schema.GroupVersionKind, error) {
	object, kind, err := c.Codec.Decode(data, defaults, into)
	if err == nil {
		object.(*example.Pod).Spec.NodeName = c.node
	}
	return object, kind, err
}

func podOptions(t *testing.T, getter generic.RESTOptionsGetter) generic.RESTOptions {
	t.Helper()
	options, err := getter.GetRESTOptions(schema.GroupResource{Resource: "pods"}, &example.Pod{})
	if err != nil {
		t.Fatal(err)
	}
	return options
}

func openStore(t *testing.T, options generic.RESTOptions) (storage.Interface, factory.DestroyFunc) {
	t.Helper()
	s, destroy, err := options.Decorator(options.StorageConfig, options.ResourcePrefix, nil, newPod,
		func() runtime.Object { return &example.PodList{} }, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, destroy
}

func TestResourcePrefix(t *testing.T) {
	getter := NewBackend(1).RESTOptions(func(schema.GroupResource) runtime.Codec { return testCodec })
	for want, resource := range map[string]schema.GroupResource{
		"/core/pods":        {Resource: "pods"},
		"/apps/deployments": {Group: "apps", Resource: "deployments"},
	} {
		options, err := getter.GetRESTOptions(resource, nil)
		if err != nil {
			t.Fatal(err)
		}
		if options.ResourcePrefix != want {
			t.Errorf("prefix of %s is %q, want %q", resource, options.ResourcePrefix, want)
		}
	}
}

// Stores of one resource share its objects. Each decodes them with its own codec, even
// after another store has decoded them.
func TestStoresDecodeSharedObjectsTheirWay(t *testing.T) {
	getter := NewBackend(10).RESTOptions(func(schema.GroupResource) runtime.Codec { return testCodec })
	stores := map[string]storage.Interface{}
	for _, node := range []string{"old", "new"} {
		options := podOptions(t, getter)
		options.StorageConfig.Codec = nodeCodec{options.StorageConfig.Codec, node}
		stores[node], _ = openStore(t, options)
	}
	stores["untouched"], _ = openStore(t, podOptions(t, getter))

	const key = "/core/pods/ns/a"
	if err := stores["untouched"].Create(t.Context(), key, pod("a", "untouched"), nil, 0); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for want, s := range stores {
			var got example.Pod
			if err := s.Get(t.Context(), key, storage.GetOptions{}, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.Spec.NodeName); diff != "" {
				t.Errorf("store %s (-want +got):\n%s", want, diff)
			}
		}
	}
}

// Destroying a store, as for a changed custom resource definition, ends only its own
// watches and keeps the objects.
func TestDestroyEndsWatches(t *testing.T) {
	getter := NewBackend(10).RESTOptions(func(schema.GroupResource) runtime.Codec { return testCodec })
	old, destroy := openStore(t, podOptions(t, getter))
	kept, _ := openStore(t, podOptions(t, getter))
	oldWatch, keptWatch := startWatch(t, old.(*Store), ""), startWatch(t, kept.(*Store), "")

	destroy()
	destroy() // the custom resource handler may call it twice
	if event, ok := next(t, oldWatch); ok {
		t.Errorf("watch of the destroyed store got %v, want it closed", event)
	}
	if err := kept.Create(t.Context(), "/core/pods/ns/a", pod("a", ""), nil, 0); err != nil {
		t.Fatal(err)
	}
	if _, ok := next(t, keptWatch); !ok {
		t.Error("watch of the other store was closed too")
	}
}
