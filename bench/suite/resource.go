package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// A resource is an API resource as the server names it.
type resource struct {
	schema.GroupVersionResource
	namespaced bool
}

// resource returns the resource of a kind. The server learns of a kind that an RGD defines
// a moment after the RGD's creation.
func (l *Lab) resource(ctx context.Context, kind schema.GroupVersionKind) (resource, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		if r, known := l.resources[kind]; known {
			return r, nil
		}
		if err := l.discover(ctx, kind.GroupVersion()); err != nil {
			return resource{}, fmt.Errorf("the resource of kind %s: %w", kind.Kind, err)
		}
		if _, known := l.resources[kind]; known {
			continue
		}
		select {
		case <-ctx.Done():
			return resource{}, fmt.Errorf("the API server has no kind %s in %s", kind.Kind, kind.GroupVersion())
		case <-time.After(discoveryInterval):
		}
	}
}

// discoveryInterval is the time between two looks at the server's kinds.
const discoveryInterval = 50 * time.Millisecond

// discover notes the resources of a group and version.
func (l *Lab) discover(ctx context.Context, gv schema.GroupVersion) error {
	path := []string{"/apis", gv.Group, gv.Version}
	if gv.Group == "" {
		path = []string{"/api", gv.Version}
	}
	answer, err := l.REST.Get().AbsPath(path...).DoRaw(ctx)
	if err != nil {
		return err
	}
	var list metav1.APIResourceList
	if err := json.Unmarshal(answer, &list); err != nil {
		return err
	}
	if l.resources == nil {
		l.resources = make(map[schema.GroupVersionKind]resource)
	}
	for _, r := range list.APIResources {
		kind := gv.WithKind(r.Kind)
		if _, known := l.resources[kind]; !known { // subresources come after their resource
			l.resources[kind] = resource{gv.WithResource(r.Name), r.Namespaced}
		}
	}
	return nil
}

// in returns the client of a resource. The namespace may be empty for that of the lab.
func (l *Lab) in(r resource, namespace string) dynamic.ResourceInterface {
	client := l.Client.Resource(r.GroupVersionResource)
	if !r.namespaced {
		return client
	}
	return client.Namespace(namespace)
}
