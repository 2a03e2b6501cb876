package apiserver_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/kro/perf-gate/bench/cluster/simulation/apiserver"
)

// patience limits the wait of a test.
const patience = 20 * time.Second

// The tests share one server; each has a namespace of its own.
var (
	serverURL string
	client    *kubernetes.Clientset
	objects   *dynamic.DynamicClient

	configMaps  = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	secrets     = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	services    = schema.GroupVersionResource{Version: "v1", Resource: "services"}
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
)

func TestMain(m *testing.M) {
	server, err := apiserver.Start(context.Background(), apiserver.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	serverURL = server.URL()
	config := &rest.Config{Host: serverURL, QPS: -1, UserAgent: "test"}
	client = kubernetes.NewForConfigOrDie(config)
	objects = dynamic.NewForConfigOrDie(config)
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

func TestStartOnBusyPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	address := listener.Addr().String()
	_, err = apiserver.Start(t.Context(), apiserver.Options{Listen: address})
	if err == nil {
		t.Fatal("started on a busy port")
	}
	if text := err.Error(); strings.Count(text, address) != 1 || !strings.Contains(text, "address already in use") || strings.Contains(text, "\n") {
		t.Errorf("error is %q; want one line that names the address once and says that it is in use", text)
	}
}

func TestStartIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := apiserver.Start(ctx, apiserver.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want that of the context", err)
	}
}

func TestServerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server, err := apiserver.Start(ctx, apiserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// Neither a watch nor a long poll must delay it.
	for _, path := range []string{"/api/v1/pods?watch=1", "/perf-gate/v1/requests"} {
		response, err := http.Get(server.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
	}
	cancel()
	server.Wait()
	if response, err := http.Get(server.URL() + "/readyz"); err == nil {
		response.Body.Close()
		t.Error("still serves after its context is done")
	}
}

func TestReadyWithNamespaces(t *testing.T) {
	list, err := client.CoreV1().Namespaces().List(t.Context(), metav1.ListOptions{LabelSelector: "kubernetes.io/metadata.name in (default,kube-system,kube-public,kube-node-lease)"})
	if err != nil || len(list.Items) != 4 {
		t.Errorf("namespaces of a fresh cluster: %v, %v; want 4", list, err)
	}
}

func TestVersion(t *testing.T) {
	version, err := client.Discovery().ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if prefix := "v" + version.Major + "." + version.Minor + "."; version.Major == "" || !strings.HasPrefix(version.GitVersion, prefix) {
		t.Errorf("GitVersion is %q, want %s*", version.GitVersion, prefix)
	}
}

// namespace creates a namespace for one test.
func namespace(t *testing.T) string {
	t.Helper()
	ns, err := objects.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}).Create(t.Context(),
		parse(t, `{apiVersion: v1, kind: Namespace, metadata: {generateName: test-}}`), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return ns.GetName()
}

func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	obj := &unstructured.Unstructured{}
	if err := yaml.UnmarshalStrict([]byte(text), &obj.Object); err != nil {
		t.Fatal(err)
	}
	return obj
}

// apply applies an object as one field manager.
func apply(t *testing.T, resource dynamic.ResourceInterface, text string, subresources ...string) (*unstructured.Unstructured, error) {
	t.Helper()
	obj := parse(t, text)
	data, err := obj.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return resource.Patch(t.Context(), obj.GetName(), types.ApplyPatchType, data, metav1.PatchOptions{FieldManager: "test"}, subresources...)
}

func mustApply(t *testing.T, resource dynamic.ResourceInterface, text string, subresources ...string) *unstructured.Unstructured {
	t.Helper()
	obj, err := apply(t, resource, text, subresources...)
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// field returns the value at a path of an object, or nil.
func field(t *testing.T, obj *unstructured.Unstructured, path ...string) any {
	t.Helper()
	value, _, err := unstructured.NestedFieldNoCopy(obj.Object, path...)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// startWatch watches until the test ends.
func startWatch(t *testing.T, resource dynamic.ResourceInterface, options metav1.ListOptions) watch.Interface {
	t.Helper()
	w, err := resource.Watch(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	return w
}

// next returns the next event of a watch.
func next(t *testing.T, w watch.Interface) (watch.EventType, *unstructured.Unstructured) {
	t.Helper()
	select {
	case event, ok := <-w.ResultChan():
		if !ok {
			t.Fatal("the watch has ended")
		}
		obj, ok := event.Object.(*unstructured.Unstructured)
		if !ok {
			t.Fatalf("event %s carries a %T: %v", event.Type, event.Object, event.Object)
		}
		return event.Type, obj
	case <-time.After(patience):
		t.Fatal("no event")
		return "", nil
	}
}

// await returns the first object of a watch that satisfies done.
func await(t *testing.T, w watch.Interface, done func(watch.EventType, *unstructured.Unstructured) bool) *unstructured.Unstructured {
	t.Helper()
	for {
		if kind, obj := next(t, w); done(kind, obj) {
			return obj
		}
	}
}

// eventually polls until a condition holds.
func eventually(t *testing.T, ask func(context.Context) error) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 5*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		last = ask(ctx)
		return last == nil, nil
	})
	if err != nil {
		t.Fatal(last)
	}
}

// byName selects one object by name.
func byName(name string) metav1.ListOptions {
	return metav1.ListOptions{FieldSelector: "metadata.name=" + name}
}
