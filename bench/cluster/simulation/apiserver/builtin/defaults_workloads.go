package builtin

import (
	"math"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var workloadDefaults = []defaulter{
	of(func(o *appsv1.Deployment) {
		orPtr(&o.Spec.Replicas, 1)
		s := &o.Spec.Strategy
		or(&s.Type, appsv1.RollingUpdateDeploymentStrategyType)
		if s.Type == appsv1.RollingUpdateDeploymentStrategyType {
			orPtr(&s.RollingUpdate, appsv1.RollingUpdateDeployment{})
			orPtr(&s.RollingUpdate.MaxUnavailable, intstr.FromString("25%"))
			orPtr(&s.RollingUpdate.MaxSurge, intstr.FromString("25%"))
		}
		orPtr(&o.Spec.RevisionHistoryLimit, 10)
		orPtr(&o.Spec.ProgressDeadlineSeconds, 600)
	}),
	of(func(o *appsv1.ReplicaSet) { orPtr(&o.Spec.Replicas, 1) }),
	of(func(o *appsv1.DaemonSet) {
		s := &o.Spec.UpdateStrategy
		or(&s.Type, appsv1.RollingUpdateDaemonSetStrategyType)
		if s.Type == appsv1.RollingUpdateDaemonSetStrategyType {
			orPtr(&s.RollingUpdate, appsv1.RollingUpdateDaemonSet{})
			orPtr(&s.RollingUpdate.MaxUnavailable, intstr.FromInt32(1))
			orPtr(&s.RollingUpdate.MaxSurge, intstr.FromInt32(0))
		}
		orPtr(&o.Spec.RevisionHistoryLimit, 10)
	}),
	of(func(o *appsv1.StatefulSet) {
		or(&o.Spec.PodManagementPolicy, appsv1.OrderedReadyPodManagement)
		s := &o.Spec.UpdateStrategy
		if s.Type == "" {
			s.Type = appsv1.RollingUpdateStatefulSetStrategyType
			orPtr(&s.RollingUpdate, appsv1.RollingUpdateStatefulSetStrategy{})
		}
		if s.Type == appsv1.RollingUpdateStatefulSetStrategyType && s.RollingUpdate != nil {
			orPtr(&s.RollingUpdate.Partition, 0)
		}
		orPtr(&o.Spec.PersistentVolumeClaimRetentionPolicy, appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{})
		or(&o.Spec.PersistentVolumeClaimRetentionPolicy.WhenDeleted, appsv1.RetainPersistentVolumeClaimRetentionPolicyType)
		or(&o.Spec.PersistentVolumeClaimRetentionPolicy.WhenScaled, appsv1.RetainPersistentVolumeClaimRetentionPolicyType)
		orPtr(&o.Spec.Replicas, 1)
		orPtr(&o.Spec.RevisionHistoryLimit, 10)
		for i := range o.Spec.VolumeClaimTemplates {
			o.Spec.VolumeClaimTemplates[i].SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("PersistentVolumeClaim"))
		}
	}),
	of(func(o *batchv1.Job) {
		if o.Spec.Completions == nil && o.Spec.Parallelism == nil {
			orPtr(&o.Spec.Completions, 1)
		}
		orPtr(&o.Spec.Parallelism, 1)
		if o.Spec.BackoffLimitPerIndex != nil {
			orPtr(&o.Spec.BackoffLimit, math.MaxInt32)
		} else {
			orPtr(&o.Spec.BackoffLimit, 6)
		}
		if len(o.Labels) == 0 {
			o.Labels = o.Spec.Template.Labels
		}
		orPtr(&o.Spec.CompletionMode, batchv1.NonIndexedCompletion)
		orPtr(&o.Spec.Suspend, false)
		if o.Spec.PodFailurePolicy != nil {
			orPtr(&o.Spec.PodReplacementPolicy, batchv1.Failed)
		} else {
			orPtr(&o.Spec.PodReplacementPolicy, batchv1.TerminatingOrFailed)
		}
		orPtr(&o.Spec.ManualSelector, false)
	}),
	of(func(o *batchv1.PodFailurePolicyOnPodConditionsPattern) { or(&o.Status, corev1.ConditionTrue) }),
	of(func(o *batchv1.CronJob) {
		or(&o.Spec.ConcurrencyPolicy, batchv1.AllowConcurrent)
		orPtr(&o.Spec.Suspend, false)
		orPtr(&o.Spec.SuccessfulJobsHistoryLimit, 3)
		orPtr(&o.Spec.FailedJobsHistoryLimit, 1)
	}),
}

var autoscalingDefaults = []defaulter{
	of(func(o *autoscalingv2.HorizontalPodAutoscaler) {
		orPtr(&o.Spec.MinReplicas, 1)
		if len(o.Spec.Metrics) == 0 {
			utilization := int32(80)
			o.Spec.Metrics = []autoscalingv2.MetricSpec{{
				Type: autoscalingv2.ResourceMetricSourceType,
				Resource: &autoscalingv2.ResourceMetricSource{
					Name:   corev1.ResourceCPU,
					Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &utilization},
				},
			}}
		}
	}),
	of(func(o *autoscalingv2.HorizontalPodAutoscalerBehavior) {
		percent := autoscalingv2.HPAScalingPolicy{Type: autoscalingv2.PercentScalingPolicy, Value: 100, PeriodSeconds: 15}
		pods := autoscalingv2.HPAScalingPolicy{Type: autoscalingv2.PodsScalingPolicy, Value: 4, PeriodSeconds: 15}

		orPtr(&o.ScaleUp, autoscalingv2.HPAScalingRules{})
		orPtr(&o.ScaleUp.StabilizationWindowSeconds, 0)
		orPtr(&o.ScaleUp.SelectPolicy, autoscalingv2.MaxChangePolicySelect)
		if o.ScaleUp.Policies == nil {
			o.ScaleUp.Policies = []autoscalingv2.HPAScalingPolicy{pods, percent}
		}
		orPtr(&o.ScaleDown, autoscalingv2.HPAScalingRules{})
		orPtr(&o.ScaleDown.SelectPolicy, autoscalingv2.MaxChangePolicySelect)
		if o.ScaleDown.Policies == nil {
			o.ScaleDown.Policies = []autoscalingv2.HPAScalingPolicy{percent}
		}
	}),
}
