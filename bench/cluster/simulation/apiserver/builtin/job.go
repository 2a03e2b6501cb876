package builtin

import (
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// selectOwnPods makes a job without a selector select its pods by its own identity.
func selectOwnPods(job *batchv1.Job) {
	if *job.Spec.ManualSelector {
		return
	}
	template := &job.Spec.Template
	if template.Labels == nil {
		template.Labels = map[string]string{}
	}
	for label, value := range map[string]string{
		"job-name":                 job.Name,
		batchv1.JobNameLabel:       job.Name,
		"controller-uid":           string(job.UID),
		batchv1.ControllerUidLabel: string(job.UID),
	} {
		if _, ok := template.Labels[label]; !ok {
			template.Labels[label] = value
		}
	}
	if job.Spec.Selector == nil {
		job.Spec.Selector = &metav1.LabelSelector{}
	}
	if job.Spec.Selector.MatchLabels == nil {
		job.Spec.Selector.MatchLabels = map[string]string{}
	}
	if _, ok := job.Spec.Selector.MatchLabels[batchv1.ControllerUidLabel]; !ok {
		job.Spec.Selector.MatchLabels[batchv1.ControllerUidLabel] = string(job.UID)
	}
}
