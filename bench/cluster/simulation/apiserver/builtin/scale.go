package builtin

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/validation/field"
	genericregistry "k8s.io/apiserver/pkg/registry/generic/registry"
	"k8s.io/apiserver/pkg/registry/rest"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// scale serves the replicas of a store's objects as autoscaling/v1 Scale.
type scale struct {
	store  *genericregistry.Store
	parent schema.GroupVersion
}

func (s scale) New() runtime.Object { return &autoscalingv1.Scale{} }

// Destroy does nothing: the store belongs to the whole resource.
func (s scale) Destroy() {}

// GroupVersionKind implements rest.GroupVersionKindProvider.
func (s scale) GroupVersionKind(schema.GroupVersion) schema.GroupVersionKind {
	return autoscalingv1.SchemeGroupVersion.WithKind("Scale")
}

func (s scale) Get(ctx context.Context, name string, options *metav1.GetOptions) (runtime.Object, error) {
	obj, err := s.store.Get(ctx, name, options)
	if err != nil {
		return nil, err
	}
	return scaleOf(obj)
}

func (s scale) Update(ctx context.Context, name string, objInfo rest.UpdatedObjectInfo, createValidation rest.ValidateObjectFunc, updateValidation rest.ValidateObjectUpdateFunc, _ bool, options *metav1.UpdateOptions) (runtime.Object, bool, error) {
	obj, _, err := s.store.Update(ctx, name, scaledObject{s, objInfo},
		func(ctx context.Context, obj runtime.Object) error {
			sc, err := scaleOf(obj)
			if err != nil {
				return err
			}
			return createValidation(ctx, sc)
		},
		func(ctx context.Context, obj, old runtime.Object) error {
			sc, err := scaleOf(obj)
			if err != nil {
				return err
			}
			oldScale, err := scaleOf(old)
			if err != nil {
				return err
			}
			return updateValidation(ctx, sc, oldScale)
		}, false, options)
	if err != nil {
		return nil, false, err
	}
	sc, err := scaleOf(obj)
	return sc, false, err
}

func (s scale) ConvertToTable(ctx context.Context, obj, options runtime.Object) (*metav1.Table, error) {
	return s.store.ConvertToTable(ctx, obj, options)
}

// scaledObject turns an update of a Scale into an update of its object, including
// field ownership.
type scaledObject struct {
	scale
	rest.UpdatedObjectInfo
}

// UpdatedObject implements rest.UpdatedObjectInfo.
func (s scaledObject) UpdatedObject(ctx context.Context, old runtime.Object) (runtime.Object, error) {
	obj := old.DeepCopyObject()
	m := accessor(obj)
	if m.GetResourceVersion() == "" { // there is no such object
		return nil, apierrors.NewNotFound(s.store.DefaultQualifiedResource, m.GetName())
	}
	sc, err := scaleOf(obj)
	if err != nil {
		return nil, err
	}
	fields := managedfields.NewScaleHandler(m.GetManagedFields(), s.parent,
		managedfields.ResourcePathMappings{s.parent.String(): fieldpath.MakePathOrDie("spec", "replicas")})
	if sc.ManagedFields, err = fields.ToSubresource(); err != nil {
		return nil, err
	}
	updated, err := s.UpdatedObjectInfo.UpdatedObject(ctx, sc)
	if err != nil {
		return nil, err
	}
	sc, ok := updated.(*autoscalingv1.Scale)
	if !ok {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("expected a Scale, got %T", updated))
	}
	if sc.Spec.Replicas < 0 {
		return nil, apierrors.NewInvalid(autoscalingv1.SchemeGroupVersion.WithKind("Scale").GroupKind(), sc.Name, field.ErrorList{
			field.Invalid(field.NewPath("spec", "replicas"), sc.Spec.Replicas, "must be greater than or equal to 0"),
		})
	}
	replicas, _, _, err := scaling(obj)
	if err != nil {
		return nil, err
	}
	*replicas = &sc.Spec.Replicas
	m.SetResourceVersion(sc.ResourceVersion)
	owners, err := fields.ToParent(sc.ManagedFields)
	if err != nil {
		return nil, err
	}
	m.SetManagedFields(owners)
	return obj, nil
}

func scaleOf(obj runtime.Object) (*autoscalingv1.Scale, error) {
	replicas, current, selector, err := scaling(obj)
	if err != nil {
		return nil, err
	}
	m := accessor(obj)
	sc := &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{
			Name:              m.GetName(),
			Namespace:         m.GetNamespace(),
			UID:               m.GetUID(),
			ResourceVersion:   m.GetResourceVersion(),
			CreationTimestamp: m.GetCreationTimestamp(),
		},
		Status: autoscalingv1.ScaleStatus{Replicas: current, Selector: selector.String()},
	}
	if *replicas != nil {
		sc.Spec.Replicas = **replicas
	}
	return sc, nil
}

// scaling returns the wanted and the current number of an object's replicas, and the
// selector of its pods.
func scaling(obj runtime.Object) (wanted **int32, current int32, pods labels.Selector, err error) {
	var selector *metav1.LabelSelector
	switch o := obj.(type) {
	case *appsv1.Deployment:
		wanted, current, selector = &o.Spec.Replicas, o.Status.Replicas, o.Spec.Selector
	case *appsv1.ReplicaSet:
		wanted, current, selector = &o.Spec.Replicas, o.Status.Replicas, o.Spec.Selector
	case *appsv1.StatefulSet:
		wanted, current, selector = &o.Spec.Replicas, o.Status.Replicas, o.Spec.Selector
	case *corev1.ReplicationController:
		wanted, current, selector = &o.Spec.Replicas, o.Status.Replicas, metav1.SetAsLabelSelector(o.Spec.Selector)
	default:
		return nil, 0, nil, apierrors.NewInternalError(fmt.Errorf("%T has no replicas", obj))
	}
	pods, err = metav1.LabelSelectorAsSelector(selector)
	return wanted, current, pods, err
}
