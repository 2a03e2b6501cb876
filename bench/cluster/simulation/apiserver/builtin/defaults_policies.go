package builtin

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var networkingDefaults = []defaulter{
	of(func(o *networkingv1.NetworkPolicy) {
		if len(o.Spec.PolicyTypes) == 0 {
			o.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
			if len(o.Spec.Egress) > 0 {
				o.Spec.PolicyTypes = append(o.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
			}
		}
	}),
	of(func(o *networkingv1.NetworkPolicyPort) { orPtr(&o.Protocol, corev1.ProtocolTCP) }),
	of(func(o *networkingv1.IngressClassParametersReference) {
		orPtr(&o.Scope, networkingv1.IngressClassParametersReferenceScopeCluster)
	}),
}

// accessDefaults are the defaults of RBAC and of admission. Without default
// selectors, a webhook or policy would make every request fail.
var accessDefaults = []defaulter{
	of(func(o *rbacv1.RoleRef) { or(&o.APIGroup, rbacv1.GroupName) }),
	of(func(o *rbacv1.Subject) {
		if o.Kind == rbacv1.UserKind || o.Kind == rbacv1.GroupKind {
			or(&o.APIGroup, rbacv1.GroupName)
		}
	}),
	of(func(o *admissionv1.ValidatingWebhook) {
		orPtr(&o.FailurePolicy, admissionv1.Fail)
		orPtr(&o.MatchPolicy, admissionv1.Equivalent)
		orPtr(&o.NamespaceSelector, metav1.LabelSelector{})
		orPtr(&o.ObjectSelector, metav1.LabelSelector{})
		orPtr(&o.TimeoutSeconds, 10)
	}),
	of(func(o *admissionv1.MutatingWebhook) {
		orPtr(&o.FailurePolicy, admissionv1.Fail)
		orPtr(&o.MatchPolicy, admissionv1.Equivalent)
		orPtr(&o.NamespaceSelector, metav1.LabelSelector{})
		orPtr(&o.ObjectSelector, metav1.LabelSelector{})
		orPtr(&o.TimeoutSeconds, 10)
		orPtr(&o.ReinvocationPolicy, admissionv1.NeverReinvocationPolicy)
	}),
	of(func(o *admissionv1.Rule) { orPtr(&o.Scope, admissionv1.AllScopes) }),
	of(func(o *admissionv1.ServiceReference) { orPtr(&o.Port, 443) }),
	of(func(o *admissionv1.ValidatingAdmissionPolicySpec) { orPtr(&o.FailurePolicy, admissionv1.Fail) }),
	of(func(o *admissionv1.MatchResources) {
		orPtr(&o.MatchPolicy, admissionv1.Equivalent)
		orPtr(&o.NamespaceSelector, metav1.LabelSelector{})
		orPtr(&o.ObjectSelector, metav1.LabelSelector{})
	}),
}

var storageDefaults = []defaulter{
	of(func(o *corev1.PersistentVolume) {
		or(&o.Status.Phase, corev1.VolumePending)
		or(&o.Spec.PersistentVolumeReclaimPolicy, corev1.PersistentVolumeReclaimRetain)
		orPtr(&o.Spec.VolumeMode, corev1.PersistentVolumeFilesystem)
	}),
	of(func(o *corev1.PersistentVolumeClaim) { or(&o.Status.Phase, corev1.ClaimPending) }),
	of(func(o *corev1.PersistentVolumeClaimSpec) { orPtr(&o.VolumeMode, corev1.PersistentVolumeFilesystem) }),
	of(func(o *storagev1.StorageClass) {
		orPtr(&o.ReclaimPolicy, corev1.PersistentVolumeReclaimDelete)
		orPtr(&o.VolumeBindingMode, storagev1.VolumeBindingImmediate)
	}),
	of(func(o *storagev1.CSIDriver) {
		orPtr(&o.Spec.AttachRequired, true)
		orPtr(&o.Spec.PodInfoOnMount, false)
		orPtr(&o.Spec.StorageCapacity, false)
		orPtr(&o.Spec.FSGroupPolicy, storagev1.ReadWriteOnceWithFSTypeFSGroupPolicy)
		if len(o.Spec.VolumeLifecycleModes) == 0 {
			o.Spec.VolumeLifecycleModes = []storagev1.VolumeLifecycleMode{storagev1.VolumeLifecyclePersistent}
		}
		orPtr(&o.Spec.RequiresRepublish, false)
		orPtr(&o.Spec.SELinuxMount, false)
	}),
}
