package builtin

import (
	"context"
	"reflect"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/storage/names"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// strategy handles the creation, update and deletion of objects of any built-in
// kind. Its rules hold the properties of the kind.
type strategy struct {
	runtime.ObjectTyper
	names.NameGenerator
	rules

	apiVersion fieldpath.APIVersion
	namespaced bool
	hasStatus  bool // has a status subresource, so writes of the object leave status alone
}

func (s strategy) NamespaceScoped() bool          { return s.namespaced }
func (s strategy) AllowCreateOnUpdate() bool      { return s.createOnUpdate }
func (s strategy) AllowUnconditionalUpdate() bool { return true }

func (s strategy) DefaultGarbageCollectionPolicy(context.Context) rest.GarbageCollectionPolicy {
	return rest.DeleteDependents
}

func (s strategy) PrepareForCreate(_ context.Context, obj runtime.Object) {
	if status := structOf(obj).FieldByName("Status"); s.hasStatus && !s.keepsStatus {
		status.SetZero()
	}
	if s.generation {
		accessor(obj).SetGeneration(1)
	}
	if s.create != nil {
		s.create(obj)
	}
}

func (s strategy) PrepareForUpdate(_ context.Context, obj, old runtime.Object) {
	if s.hasStatus {
		structOf(obj).FieldByName("Status").Set(structOf(old).FieldByName("Status"))
	}
	if s.update != nil {
		s.update(obj, old)
	}
	if s.generation && (contentChanged(obj, old) || s.countsAnnotations && !reflect.DeepEqual(accessor(obj).GetAnnotations(), accessor(old).GetAnnotations())) {
		accessor(obj).SetGeneration(accessor(old).GetGeneration() + 1)
	}
}

func (s strategy) Validate(_ context.Context, obj runtime.Object) field.ErrorList {
	validName := s.name
	if validName == nil {
		validName = validation.NameIsDNSSubdomain
	}
	errs := validation.ValidateObjectMetaAccessor(accessor(obj), s.namespaced, validName, field.NewPath("metadata"))
	if s.validate != nil {
		errs = append(errs, s.validate(obj)...)
	}
	return errs
}

func (s strategy) ValidateUpdate(_ context.Context, obj, old runtime.Object) field.ErrorList {
	if s.validateUpdate == nil {
		return nil
	}
	return s.validateUpdate(obj, old)
}

func (s strategy) WarningsOnCreate(context.Context, runtime.Object) []string { return nil }
func (s strategy) WarningsOnUpdate(context.Context, runtime.Object, runtime.Object) []string {
	return nil
}

func (s strategy) Canonicalize(obj runtime.Object) {
	if s.canonicalize != nil {
		s.canonicalize(obj)
	}
}

func (s strategy) GetResetFields() map[fieldpath.APIVersion]*fieldpath.Set {
	if !s.hasStatus {
		return nil
	}
	return s.resets("status")
}

func (s strategy) resets(name string) map[fieldpath.APIVersion]*fieldpath.Set {
	return map[fieldpath.APIVersion]*fieldpath.Set{s.apiVersion: fieldpath.NewSet(fieldpath.MakePathOrDie(name))}
}

// statusStrategy updates the status and leaves the rest alone.
type statusStrategy struct{ strategy }

func (s statusStrategy) PrepareForUpdate(_ context.Context, obj, old runtime.Object) {
	eachContentField(obj, old, func(new, old reflect.Value) bool { new.Set(old); return true })
	for _, f := range s.statusKeeps {
		f.copy(accessor(obj), accessor(old))
	}
}

func (s statusStrategy) ValidateUpdate(context.Context, runtime.Object, runtime.Object) field.ErrorList {
	return nil
}

func (s statusStrategy) GetResetFields() map[fieldpath.APIVersion]*fieldpath.Set {
	reset := s.resets("spec")
	for _, f := range s.statusKeeps {
		reset[s.apiVersion].Insert(fieldpath.MakePathOrDie("metadata", f.name))
	}
	return reset
}

// contentChanged reports whether anything but metadata and status differs.
func contentChanged(obj, old runtime.Object) bool {
	same := eachContentField(obj, old, func(new, old reflect.Value) bool {
		return equality.Semantic.DeepEqual(new.Interface(), old.Interface())
	})
	return !same
}

// eachContentField visits the fields of two objects of one type, except metadata
// and status, until visit returns false. It reports whether visit never did.
func eachContentField(obj, old runtime.Object, visit func(new, old reflect.Value) bool) bool {
	a, b := structOf(obj), structOf(old)
	for i := range a.NumField() {
		switch a.Type().Field(i).Name {
		case "TypeMeta", "ObjectMeta", "Status":
			continue
		}
		if !visit(a.Field(i), b.Field(i)) {
			return false
		}
	}
	return true
}

func structOf(obj runtime.Object) reflect.Value { return reflect.ValueOf(obj).Elem() }

// accessor returns the metadata of an object of a built-in kind.
func accessor(obj runtime.Object) metav1.Object {
	m, err := meta.Accessor(obj)
	if err != nil {
		panic(err) // all built-in kinds have metadata
	}
	return m
}
