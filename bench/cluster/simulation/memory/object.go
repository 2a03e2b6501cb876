package memory

import (
	"fmt"
	"maps"
	"reflect"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// decode returns the object of r, decoded with this store's codec, with its
// resource version set. The object is shared, so callers must hand out copies.
func (s *Store) decode(r *record) (runtime.Object, error) {
	// One slot is enough: several stores read the same records only while a
	// custom resource is served in several versions or its schema changes.
	if d := r.decoded.Load(); d != nil && d.by == s {
		return d.object, nil
	}
	object, _, err := s.codec.Decode(r.data, nil, s.newFunc())
	if err != nil {
		return nil, err
	}
	if err := s.versioner.UpdateObject(object, uint64(r.revision)); err != nil {
		return nil, err
	}
	r.decoded.Store(&decoded{by: s, object: object})
	return object, nil
}

// shallowStruct returns the struct that object points to, for assignment. The
// assignment copies the fields of the struct. Unstructured keeps its fields and
// those of its metadata in maps, so shallowStruct copies these. Readers write no
// deeper: encoders set apiVersion and kind, versioners the resource version.
func shallowStruct(object runtime.Object) reflect.Value {
	u, ok := object.(*unstructured.Unstructured)
	if !ok {
		return reflect.ValueOf(object).Elem()
	}
	content := maps.Clone(u.Object)
	if metadata, ok := content["metadata"].(map[string]any); ok {
		content["metadata"] = maps.Clone(metadata)
	}
	return reflect.ValueOf(unstructured.Unstructured{Object: content})
}

// shallowCopy returns a copy of object for a reader; see shallowStruct.
func shallowCopy(object runtime.Object) runtime.Object {
	from := shallowStruct(object)
	to := reflect.New(from.Type())
	to.Elem().Set(from)
	return to.Interface().(runtime.Object)
}

// assign sets to, a struct of the caller, to from.
func assign(to, from reflect.Value) error {
	if !from.Type().AssignableTo(to.Type()) {
		return fmt.Errorf("store decodes objects as %s, caller wants %s", from.Type(), to.Type())
	}
	to.Set(from)
	return nil
}
