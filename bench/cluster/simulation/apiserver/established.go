package apiserver

import (
	"context"
	"time"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/generic"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/storage/storagebackend"
	"k8s.io/apiserver/pkg/storage/storagebackend/factory"
	"k8s.io/client-go/tools/cache"
)

// holdBack is the time for which the upstream handler holds back the first objects of a new
// kind, so that all API servers know the kind by then.
const holdBack = 2 * time.Second

// An establishedBefore stores the definitions of custom resources as established a while
// before they were. There is one API server here, so nothing has to be held back.
type establishedBefore struct{ generic.RESTOptionsGetter }

func (g establishedBefore) GetRESTOptions(resource schema.GroupResource, example runtime.Object) (generic.RESTOptions, error) {
	options, err := g.RESTOptionsGetter.GetRESTOptions(resource, example)
	decorate := options.Decorator
	options.Decorator = func(
		config *storagebackend.ConfigForResource, prefix string, key func(runtime.Object) (string, error),
		newFunc, newListFunc func() runtime.Object, attributes storage.AttrFunc, triggers storage.IndexerFuncs, indexers *cache.Indexers,
	) (storage.Interface, factory.DestroyFunc, error) {
		s, destroy, err := decorate(config, prefix, key, newFunc, newListFunc, attributes, triggers, indexers)
		return definitions{s}, destroy, err
	}
	return options, err
}

// definitions are the stored definitions of custom resources.
type definitions struct{ storage.Interface }

func (d definitions) GuaranteedUpdate(
	ctx context.Context, key string, destination runtime.Object, ignoreNotFound bool,
	preconditions *storage.Preconditions, update storage.UpdateFunc, cached runtime.Object,
) error {
	return d.Interface.GuaranteedUpdate(ctx, key, destination, ignoreNotFound, preconditions,
		func(input runtime.Object, meta storage.ResponseMeta) (runtime.Object, *uint64, error) {
			output, ttl, err := update(input, meta)
			if crd, ok := output.(*apiextensions.CustomResourceDefinition); ok && err == nil {
				for i, c := range crd.Status.Conditions {
					established := c.Type == apiextensions.Established && c.Status == apiextensions.ConditionTrue
					if before := time.Now().Add(-holdBack); established && c.LastTransitionTime.After(before) {
						crd.Status.Conditions[i].LastTransitionTime = metav1.NewTime(before)
					}
				}
			}
			return output, ttl, err
		}, cached)
}
