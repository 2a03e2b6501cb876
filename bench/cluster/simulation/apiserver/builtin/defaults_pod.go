package builtin

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

var podDefaults = []defaulter{
	of(func(o *corev1.Pod) {
		orPtr(&o.Spec.EnableServiceLinks, corev1.DefaultEnableServiceLinks)
		for _, containers := range [][]corev1.Container{o.Spec.InitContainers, o.Spec.Containers} {
			for i := range containers {
				c := &containers[i]
				if c.Resources.Limits != nil {
					c.Resources.Requests = withMissing(c.Resources.Requests, c.Resources.Limits)
				}
				if o.Spec.HostNetwork {
					for j := range c.Ports {
						or(&c.Ports[j].HostPort, c.Ports[j].ContainerPort)
					}
				}
			}
		}
	}),
	of(func(o *corev1.PodSpec) {
		or(&o.DNSPolicy, corev1.DNSClusterFirst)
		or(&o.RestartPolicy, corev1.RestartPolicyAlways)
		orPtr(&o.SecurityContext, corev1.PodSecurityContext{})
		orPtr(&o.TerminationGracePeriodSeconds, int64(corev1.DefaultTerminationGracePeriodSeconds))
		or(&o.SchedulerName, corev1.DefaultSchedulerName)
	}),
	of(defaultContainer),
	of(func(o *corev1.EphemeralContainerCommon) { defaultContainer((*corev1.Container)(o)) }),
	of(func(o *corev1.ContainerPort) { or(&o.Protocol, corev1.ProtocolTCP) }),
	of(func(o *corev1.Probe) {
		or(&o.TimeoutSeconds, 1)
		or(&o.PeriodSeconds, 10)
		or(&o.SuccessThreshold, 1)
		or(&o.FailureThreshold, 3)
	}),
	of(func(o *corev1.HTTPGetAction) {
		or(&o.Path, "/")
		or(&o.Scheme, corev1.URISchemeHTTP)
	}),
	of(func(o *corev1.GRPCAction) { orPtr(&o.Service, "") }),
	of(func(o *corev1.ObjectFieldSelector) { or(&o.APIVersion, "v1") }),
	of(func(o *corev1.FileKeySelector) { orPtr(&o.Optional, false) }),
	of(func(o *corev1.Volume) {
		if ptr.AllPtrFieldsNil(&o.VolumeSource) {
			o.EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
		if o.Image != nil {
			or(&o.Image.PullPolicy, pullPolicy(o.Image.Reference))
		}
	}),
	of(func(o *corev1.HostPathVolumeSource) { orPtr(&o.Type, corev1.HostPathUnset) }),
	of(func(o *corev1.SecretVolumeSource) { orPtr(&o.DefaultMode, corev1.SecretVolumeSourceDefaultMode) }),
	of(func(o *corev1.ConfigMapVolumeSource) { orPtr(&o.DefaultMode, corev1.ConfigMapVolumeSourceDefaultMode) }),
	of(func(o *corev1.DownwardAPIVolumeSource) {
		orPtr(&o.DefaultMode, corev1.DownwardAPIVolumeSourceDefaultMode)
	}),
	of(func(o *corev1.ProjectedVolumeSource) { orPtr(&o.DefaultMode, corev1.ProjectedVolumeSourceDefaultMode) }),
	of(func(o *corev1.ServiceAccountTokenProjection) { orPtr(&o.ExpirationSeconds, int64(60*60)) }),
}

func defaultContainer(o *corev1.Container) {
	or(&o.ImagePullPolicy, pullPolicy(o.Image))
	or(&o.TerminationMessagePath, corev1.TerminationMessagePathDefault)
	or(&o.TerminationMessagePolicy, corev1.TerminationMessageReadFile)
}

// pullPolicy returns Always for images whose tag is latest, also by default.
func pullPolicy(image string) corev1.PullPolicy {
	name, _, digested := strings.Cut(image, "@")
	// A colon before the last slash belongs to the registry's port.
	_, tag, tagged := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], ":")
	if tag == "latest" || !tagged && !digested {
		return corev1.PullAlways
	}
	return corev1.PullIfNotPresent
}
