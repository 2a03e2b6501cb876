package builtin

import (
	"reflect"

	"k8s.io/apimachinery/pkg/runtime"
)

// A defaulter sets the unset fields of one struct type, anywhere in an object.
type defaulter struct {
	t    reflect.Type
	fill func(ptr any)
}

// of returns the defaulter for a function on a pointer to a struct.
func of[T any](fill func(*T)) defaulter {
	return defaulter{t: reflect.TypeFor[T](), fill: func(ptr any) { fill(ptr.(*T)) }}
}

// addDefaults registers a function for every kind with defaults. It applies all
// defaulters in the order of Kubernetes' generated code: an object before its
// fields. Lists have no defaults, only their items.
func addDefaults(scheme *runtime.Scheme) {
	w := walker{fills: map[reflect.Type]func(any){}, reach: map[reflect.Type]bool{}}
	for _, d := range defaulters {
		w.fills[d.t] = d.fill
	}
	for gvk, t := range scheme.AllKnownTypes() {
		if gvk.Version == runtime.APIVersionInternal || !w.reaches(t) {
			continue
		}
		if _, isList := t.FieldByName("Items"); isList {
			continue
		}
		obj := reflect.New(t).Interface().(runtime.Object)
		scheme.AddTypeDefaultingFunc(obj, func(obj any) { w.walk(reflect.ValueOf(obj).Elem()) })
	}
}

// A walker visits the structs of an object that are or contain a struct with
// defaults. It does not change after the scheme is built.
type walker struct {
	fills map[reflect.Type]func(any)
	reach map[reflect.Type]bool
}

// reaches reports whether a value of type t can contain a struct with defaults.
func (w walker) reaches(t reflect.Type) bool {
	if known, ok := w.reach[t]; ok {
		return known
	}
	w.reach[t] = false // ends recursion in recursive types
	found := false
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		found = w.reaches(t.Elem())
	case reflect.Struct:
		found = w.fills[t] != nil
		for i := range t.NumField() {
			// Look at every field, so that reach is complete.
			found = w.reaches(t.Field(i).Type) || found
		}
	}
	w.reach[t] = found
	return found
}

func (w walker) walk(v reflect.Value) {
	if !w.reach[v.Type()] {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			w.walk(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.walk(v.Index(i))
		}
	case reflect.Struct:
		if fill := w.fills[v.Type()]; fill != nil {
			fill(v.Addr().Interface())
		}
		for i := range v.NumField() {
			w.walk(v.Field(i))
		}
	}
}
