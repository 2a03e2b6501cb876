package builtin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/generic"
	genericregistry "k8s.io/apiserver/pkg/registry/generic/registry"
	"k8s.io/apiserver/pkg/registry/rest"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/storage/names"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// Groups returns the API groups to install into a server: the core group, for the
// legacy prefix, and the named groups. getter says where objects are stored.
func (t *Types) Groups(getter generic.RESTOptionsGetter) (core *genericapiserver.APIGroupInfo, named []*genericapiserver.APIGroupInfo, err error) {
	byKind := newRules()
	for _, list := range t.resources {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, nil, err
		}
		storage, err := t.storage(gv, list.APIResources, byKind, getter)
		if err != nil {
			return nil, nil, fmt.Errorf("serve %s: %w", gv, err)
		}
		info := genericapiserver.NewDefaultAPIGroupInfo(gv.Group, t.scheme, runtime.NewParameterCodec(t.scheme), t.codecs)
		info.PrioritizedVersions = []schema.GroupVersion{gv}
		info.VersionedResourcesStorageMap[gv.Version] = storage
		if gv.Group == "" {
			core = &info
		} else {
			named = append(named, &info)
		}
	}
	return core, named, nil
}

// storage returns the storage of one group and version, by resource and
// resource/subresource.
func (t *Types) storage(gv schema.GroupVersion, resources []metav1.APIResource, byKind map[string]rules, getter generic.RESTOptionsGetter) (map[string]rest.Storage, error) {
	all := map[string]rest.Storage{}
	for _, r := range resources {
		if strings.Contains(r.Name, "/") {
			continue // comes with its parent
		}
		has := func(sub string) bool {
			return slices.ContainsFunc(resources, func(other metav1.APIResource) bool { return other.Name == r.Name+"/"+sub })
		}
		s := strategy{
			ObjectTyper:   t.scheme,
			NameGenerator: names.SimpleNameGenerator,
			rules:         byKind[r.Kind],
			apiVersion:    fieldpath.APIVersion(gv.String()),
			namespaced:    r.Namespaced,
			hasStatus:     has("status"),
		}
		store, err := t.store(gv, r, s, getter)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Name, err)
		}
		whole := resource{Store: store, shortNames: r.ShortNames, categories: r.Categories}
		all[r.Name] = whole
		if has("status") {
			all[r.Name+"/status"] = subresource{updater{with(store, statusStrategy{s})}}
		}
		if has("scale") {
			all[r.Name+"/scale"] = scale{store: store, parent: gv}
		}
		if has("finalize") {
			all[r.Name] = namespaces{namespaceStore: whole, store: store}
			all[r.Name+"/finalize"] = updater{with(store, finalizeStrategy{s})}
		}
	}
	return all, nil
}

func (t *Types) store(gv schema.GroupVersion, r metav1.APIResource, s strategy, getter generic.RESTOptionsGetter) (*genericregistry.Store, error) {
	resource := gv.WithResource(r.Name).GroupResource()
	make := func(kind string) func() runtime.Object {
		return func() runtime.Object {
			obj, err := t.scheme.New(gv.WithKind(kind))
			if err != nil {
				panic(err) // newScheme has registered it
			}
			return obj
		}
	}
	store := &genericregistry.Store{
		NewFunc:                   make(r.Kind),
		NewListFunc:               make(r.Kind + "List"),
		DefaultQualifiedResource:  resource,
		SingularQualifiedResource: gv.WithResource(r.SingularName).GroupResource(),
		CreateStrategy:            s,
		UpdateStrategy:            s,
		DeleteStrategy:            s,
		ResetFieldsStrategy:       s,
		TableConvertor:            rest.NewDefaultTableConvertor(resource),
	}
	if r.Kind == "Namespace" {
		store.ReturnDeletedObject = true
		store.ShouldDeleteDuringUpdate = namespaceDone
	}
	return store, store.CompleteWithOptions(&generic.StoreOptions{RESTOptions: getter})
}

// with returns the same store with another update strategy.
func with(store *genericregistry.Store, s interface {
	rest.RESTUpdateStrategy
	rest.ResetFieldsStrategy
}) *genericregistry.Store {
	other := *store
	other.UpdateStrategy = s
	other.ResetFieldsStrategy = s
	return &other
}

// resource is a store that knows its short names and categories.
type resource struct {
	*genericregistry.Store
	shortNames, categories []string
}

func (r resource) ShortNames() []string { return r.shortNames }
func (r resource) Categories() []string { return r.categories }

// updater serves updates of a part of a store's objects.
type updater struct{ store *genericregistry.Store }

func (u updater) New() runtime.Object { return u.store.New() }

// Destroy does nothing: the store belongs to the whole resource.
func (u updater) Destroy() {}

func (u updater) Update(ctx context.Context, name string, objInfo rest.UpdatedObjectInfo, createValidation rest.ValidateObjectFunc, updateValidation rest.ValidateObjectUpdateFunc, _ bool, options *metav1.UpdateOptions) (runtime.Object, bool, error) {
	return u.store.Update(ctx, name, objInfo, createValidation, updateValidation, false, options)
}

func (u updater) GetResetFields() map[fieldpath.APIVersion]*fieldpath.Set {
	return u.store.GetResetFields()
}

// subresource also serves reads and patches of that part.
type subresource struct{ updater }

func (s subresource) Get(ctx context.Context, name string, options *metav1.GetOptions) (runtime.Object, error) {
	return s.store.Get(ctx, name, options)
}

func (s subresource) ConvertToTable(ctx context.Context, obj, options runtime.Object) (*metav1.Table, error) {
	return s.store.ConvertToTable(ctx, obj, options)
}
