package builtin

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// A content is a named part of an object before and after an update.
type content struct {
	name     string
	new, old any
}

// immutable forbids changes of parts and of the mark itself, once an object is
// marked as immutable.
func immutable(was, is *bool, parts ...content) field.ErrorList {
	if was == nil || !*was {
		return nil
	}
	const reason = "field is immutable when `immutable` is set"
	var errs field.ErrorList
	if is == nil || !*is {
		errs = append(errs, field.Forbidden(field.NewPath("immutable"), reason))
	}
	for _, p := range parts {
		if !equality.Semantic.DeepEqual(p.new, p.old) {
			errs = append(errs, field.Forbidden(field.NewPath(p.name), reason))
		}
	}
	return errs
}

// selecting returns the rules of a kind with pods, with one rule added: its selector
// must match its template and cannot be changed.
func selecting[T runtime.Object](r rules, pods func(T) (*metav1.LabelSelector, corev1.PodTemplateSpec)) rules {
	r.validate = func(obj runtime.Object) field.ErrorList {
		return selects(pods(obj.(T)))
	}
	r.validateUpdate = func(obj, old runtime.Object) field.ErrorList {
		selector, template := pods(obj.(T))
		oldSelector, _ := pods(old.(T))
		return append(selects(selector, template), validation.ValidateImmutableField(selector, oldSelector, field.NewPath("spec", "selector"))...)
	}
	return r
}

// selects checks that a selector is not empty and matches the template.
func selects(selector *metav1.LabelSelector, template corev1.PodTemplateSpec) field.ErrorList {
	at := field.NewPath("spec", "selector")
	if selector == nil {
		return field.ErrorList{field.Required(at, "")}
	}
	s, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return field.ErrorList{field.Invalid(at, selector, "invalid label selector")}
	}
	if s.Empty() {
		return field.ErrorList{field.Invalid(at, selector, "empty selector is invalid")}
	}
	if !s.Matches(labels.Set(template.Labels)) {
		return field.ErrorList{field.Invalid(field.NewPath("spec", "template", "metadata", "labels"), template.Labels, "`selector` does not match template `labels`")}
	}
	return nil
}
