package memory

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/generic"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/storage/storagebackend"
	"k8s.io/apiserver/pkg/storage/storagebackend/factory"
	"k8s.io/client-go/tools/cache"
)

// RESTOptions returns the getter for stores that keep their objects in b, encoded
// with the codec that codecFor returns for a resource.
func (b *Backend) RESTOptions(codecFor func(schema.GroupResource) runtime.Codec) generic.RESTOptionsGetter {
	return &restOptions{backend: b, codecFor: codecFor}
}

type restOptions struct {
	backend  *Backend
	codecFor func(schema.GroupResource) runtime.Codec
}

// GetRESTOptions implements [generic.RESTOptionsGetter]. Each call returns its
// own StorageConfig, because the custom resource handler wraps the codec in it.
func (o *restOptions) GetRESTOptions(resource schema.GroupResource, _ runtime.Object) (generic.RESTOptions, error) {
	group := resource.Group
	if group == "" {
		group = "core"
	}
	return generic.RESTOptions{
		StorageConfig:           storagebackend.NewDefaultConfig("", o.codecFor(resource)).ForResource(resource),
		Decorator:               o.backend.decorate,
		EnableGarbageCollection: true,
		DeleteCollectionWorkers: 1,
		ResourcePrefix:          "/" + group + "/" + resource.Resource,
	}, nil
}

// decorate is a [generic.StorageDecorator]. Destroying the storage ends its
// watches, so that clients see the new schema of a changed custom resource
// definition, as upstream.
func (b *Backend) decorate(
	config *storagebackend.ConfigForResource,
	resourcePrefix string,
	_ func(obj runtime.Object) (string, error),
	newFunc func() runtime.Object,
	_ func() runtime.Object,
	_ storage.AttrFunc,
	_ storage.IndexerFuncs,
	_ *cache.Indexers,
) (storage.Interface, factory.DestroyFunc, error) {
	s := newStore(b, resourcePrefix, config.Codec, newFunc)
	return s, factory.DestroyFunc(s.destroy), nil
}
