package builtin

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	names "k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// rules are the properties of one kind. The zero value is a kind without
// generation whose names are DNS subdomains.
type rules struct {
	name              validation.ValidateNameFunc
	generation        bool // metadata.generation counts changes of content
	countsAnnotations bool // it also counts changes of annotations
	createOnUpdate    bool // a PUT may create
	keepsStatus       bool // a create may set status

	// statusKeeps are the metadata fields that a status update leaves alone.
	statusKeeps []metadataField

	create         func(obj runtime.Object)      // after status and generation are set
	update         func(obj, old runtime.Object) // before generation is counted
	canonicalize   func(obj runtime.Object)
	validate       func(obj runtime.Object) field.ErrorList
	validateUpdate func(obj, old runtime.Object) field.ErrorList
}

// metadataField is a field of the metadata that can be set from another object.
type metadataField struct {
	name string
	copy func(to, from metav1.Object)
}

var (
	labelsField      = metadataField{"labels", func(to, from metav1.Object) { to.SetLabels(from.GetLabels()) }}
	annotationsField = metadataField{"annotations", func(to, from metav1.Object) { to.SetAnnotations(from.GetAnnotations()) }}
	finalizersField  = metadataField{"finalizers", func(to, from metav1.Object) { to.SetFinalizers(from.GetFinalizers()) }}
	ownersField      = metadataField{"ownerReferences", func(to, from metav1.Object) { to.SetOwnerReferences(from.GetOwnerReferences()) }}

	// wholeMetadata is everything that an update of metadata can change.
	wholeMetadata = []metadataField{labelsField, annotationsField, finalizersField, ownersField}
)

// on, onBoth and checkBoth adapt functions on one kind.
func on[T runtime.Object](f func(T)) func(runtime.Object) {
	return func(obj runtime.Object) { f(obj.(T)) }
}

func onBoth[T runtime.Object](f func(obj, old T)) func(obj, old runtime.Object) {
	return func(obj, old runtime.Object) { f(obj.(T), old.(T)) }
}

func checkBoth[T runtime.Object](f func(obj, old T) field.ErrorList) func(obj, old runtime.Object) field.ErrorList {
	return func(obj, old runtime.Object) field.ErrorList { return f(obj.(T), old.(T)) }
}

// newRules returns the rules by kind for one server, which hold its state: the
// addresses of services.
func newRules() map[string]rules {
	services := &serviceAllocator{}
	return map[string]rules{
		"ConfigMap": {validateUpdate: checkBoth(func(obj, old *corev1.ConfigMap) field.ErrorList {
			return immutable(old.Immutable, obj.Immutable, content{"data", obj.Data, old.Data}, content{"binaryData", obj.BinaryData, old.BinaryData})
		})},
		"Secret": {validateUpdate: checkBoth(func(obj, old *corev1.Secret) field.ErrorList {
			errs := validation.ValidateImmutableField(obj.Type, old.Type, field.NewPath("type"))
			return append(errs, immutable(old.Immutable, obj.Immutable, content{"data", obj.Data, old.Data})...)
		})},
		"Namespace": namespaceRules,
		"Service": {
			name:           validation.NameIsDNSLabel,
			createOnUpdate: true,
			create:         on(services.allocate),
			update: onBoth(func(obj, old *corev1.Service) {
				keepAddresses(obj, old)
				services.allocate(obj)
			}),
			validateUpdate: checkBoth(validateServiceUpdate),
		},
		"Node":       {keepsStatus: true},
		"Pod":        {generation: true, statusKeeps: []metadataField{ownersField}, create: on(func(o *corev1.Pod) { o.Status.Phase = corev1.PodPending })},
		"Endpoints":  {createOnUpdate: true},
		"Event":      {createOnUpdate: true},
		"LimitRange": {createOnUpdate: true},
		"Lease":      {createOnUpdate: true},

		"PersistentVolume":      {create: on(func(o *corev1.PersistentVolume) { o.Status.Phase = corev1.VolumePending })},
		"PersistentVolumeClaim": {create: on(func(o *corev1.PersistentVolumeClaim) { o.Status.Phase = corev1.ClaimPending })},

		"PodTemplate":           {generation: true},
		"ReplicationController": {generation: true},
		"Deployment": selecting(rules{generation: true, countsAnnotations: true, statusKeeps: []metadataField{labelsField}},
			func(o *appsv1.Deployment) (*metav1.LabelSelector, corev1.PodTemplateSpec) {
				return o.Spec.Selector, o.Spec.Template
			}),
		"ReplicaSet": selecting(rules{generation: true},
			func(o *appsv1.ReplicaSet) (*metav1.LabelSelector, corev1.PodTemplateSpec) {
				return o.Spec.Selector, o.Spec.Template
			}),
		"StatefulSet": selecting(rules{generation: true, name: validation.NameIsDNSLabel},
			func(o *appsv1.StatefulSet) (*metav1.LabelSelector, corev1.PodTemplateSpec) {
				return o.Spec.Selector, o.Spec.Template
			}),
		"DaemonSet": selecting(rules{generation: true},
			func(o *appsv1.DaemonSet) (*metav1.LabelSelector, corev1.PodTemplateSpec) {
				return o.Spec.Selector, o.Spec.Template
			}),
		"Job": selecting(rules{generation: true, create: on(selectOwnPods)},
			func(o *batchv1.Job) (*metav1.LabelSelector, corev1.PodTemplateSpec) {
				return o.Spec.Selector, o.Spec.Template
			}),
		"CronJob":             {generation: true},
		"PodDisruptionBudget": {generation: true},

		"Ingress":       {generation: true},
		"IngressClass":  {generation: true},
		"NetworkPolicy": {generation: true},
		"EndpointSlice": {generation: true},
		"PriorityClass": {generation: true},

		"ValidatingAdmissionPolicy":        {generation: true, statusKeeps: wholeMetadata},
		"ValidatingAdmissionPolicyBinding": {generation: true},
		"ValidatingWebhookConfiguration":   {generation: true},
		"MutatingWebhookConfiguration":     {generation: true},

		"ServiceCIDR":      {statusKeeps: wholeMetadata},
		"VolumeAttachment": {statusKeeps: wholeMetadata},
		"RuntimeClass":     {createOnUpdate: true},
		"Role":             {name: pathSegment, createOnUpdate: true},
		"ClusterRole":      {name: pathSegment, createOnUpdate: true},
		"RoleBinding": {
			name: pathSegment, createOnUpdate: true,
			validateUpdate: checkBoth(func(obj, old *rbacv1.RoleBinding) field.ErrorList {
				return validation.ValidateImmutableField(obj.RoleRef, old.RoleRef, field.NewPath("roleRef"))
			}),
		},
		"ClusterRoleBinding": {
			name: pathSegment, createOnUpdate: true,
			validateUpdate: checkBoth(func(obj, old *rbacv1.ClusterRoleBinding) field.ErrorList {
				return validation.ValidateImmutableField(obj.RoleRef, old.RoleRef, field.NewPath("roleRef"))
			}),
		},
	}
}

// pathSegment checks the name of an RBAC kind. It need not be a DNS name, but must
// fit into a path.
func pathSegment(name string, prefix bool) []string {
	if prefix {
		return names.IsPathSegmentPrefix(name)
	}
	return names.IsPathSegmentName(name)
}
