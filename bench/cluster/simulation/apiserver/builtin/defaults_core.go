package builtin

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var coreDefaults = []defaulter{
	of(func(o *corev1.Namespace) {
		if o.Name != "" { // not known yet with generateName
			if o.Labels == nil {
				o.Labels = map[string]string{}
			}
			o.Labels[corev1.LabelMetadataName] = o.Name
		}
	}),
	of(func(o *corev1.NamespaceStatus) { or(&o.Phase, corev1.NamespaceActive) }),
	of(func(o *corev1.Node) {
		if o.Status.Allocatable == nil {
			o.Status.Allocatable = maps.Clone(o.Status.Capacity)
		}
	}),
	of(func(o *corev1.Secret) {
		or(&o.Type, corev1.SecretTypeOpaque)
		// StringData is write-only: its values move to Data and win there.
		for key, value := range o.StringData {
			if o.Data == nil {
				o.Data = map[string][]byte{}
			}
			o.Data[key] = []byte(value)
		}
		o.StringData = nil
	}),
	of(defaultService),
	of(func(o *corev1.EndpointPort) { or(&o.Protocol, corev1.ProtocolTCP) }),
	of(func(o *discoveryv1.EndpointPort) {
		orPtr(&o.Name, "")
		orPtr(&o.Protocol, corev1.ProtocolTCP)
	}),
	of(func(o *corev1.LimitRangeItem) {
		if o.Type == corev1.LimitTypeContainer {
			o.Default = withMissing(o.Default, o.Max)
			o.DefaultRequest = withMissing(withMissing(o.DefaultRequest, o.Default), o.Min)
		}
	}),
	of(func(o *corev1.ReplicationController) {
		orPtr(&o.Spec.Replicas, 1)
		if t := o.Spec.Template; t != nil && t.Labels != nil {
			if len(o.Spec.Selector) == 0 {
				o.Spec.Selector = t.Labels
			}
			if len(o.Labels) == 0 {
				o.Labels = t.Labels
			}
		}
	}),
	of(func(o *schedulingv1.PriorityClass) { orPtr(&o.PreemptionPolicy, corev1.PreemptLowerPriority) }),
}

func defaultService(o *corev1.Service) {
	s := &o.Spec
	or(&s.SessionAffinity, corev1.ServiceAffinityNone)
	switch s.SessionAffinity {
	case corev1.ServiceAffinityNone:
		s.SessionAffinityConfig = nil
	case corev1.ServiceAffinityClientIP:
		if c := s.SessionAffinityConfig; c == nil || c.ClientIP == nil || c.ClientIP.TimeoutSeconds == nil {
			timeout := corev1.DefaultClientIPServiceAffinitySeconds
			s.SessionAffinityConfig = &corev1.SessionAffinityConfig{ClientIP: &corev1.ClientIPConfig{TimeoutSeconds: &timeout}}
		}
	}
	or(&s.Type, corev1.ServiceTypeClusterIP)
	for i := range s.Ports {
		p := &s.Ports[i]
		or(&p.Protocol, corev1.ProtocolTCP)
		if p.TargetPort == intstr.FromInt32(0) || p.TargetPort == intstr.FromString("") {
			p.TargetPort = intstr.FromInt32(p.Port)
		}
	}
	loadBalancer := s.Type == corev1.ServiceTypeLoadBalancer
	nodePort := s.Type == corev1.ServiceTypeNodePort
	clusterIP := s.Type == corev1.ServiceTypeClusterIP
	if loadBalancer || nodePort || clusterIP && len(s.ExternalIPs) > 0 {
		or(&s.ExternalTrafficPolicy, corev1.ServiceExternalTrafficPolicyCluster)
	}
	if loadBalancer || nodePort || clusterIP {
		orPtr(&s.InternalTrafficPolicy, corev1.ServiceInternalTrafficPolicyCluster)
	}
	if loadBalancer {
		orPtr(&s.AllocateLoadBalancerNodePorts, true)
		for i := range o.Status.LoadBalancer.Ingress {
			if in := &o.Status.LoadBalancer.Ingress[i]; in.IP != "" {
				orPtr(&in.IPMode, corev1.LoadBalancerIPModeVIP)
			}
		}
	}
}

// withMissing returns list with the resources added that only from has.
func withMissing(list, from corev1.ResourceList) corev1.ResourceList {
	if list == nil {
		list = corev1.ResourceList{}
	}
	for name, quantity := range from {
		if _, ok := list[name]; !ok {
			list[name] = quantity.DeepCopy()
		}
	}
	return list
}
