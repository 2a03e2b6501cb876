package builtin

import (
	"net/netip"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// A serviceAllocator allocates cluster addresses and node ports in order. It frees
// none: a run does not use up a /12 network, and node ports may repeat after 2768
// services because nothing listens on them.
type serviceAllocator struct {
	mu    sync.Mutex
	addr  netip.Addr
	ports int32
}

const (
	firstNodePort = 30000
	nodePorts     = 2768
)

// allocate sets the unset addresses of a service that its type has.
func (a *serviceAllocator) allocate(s *corev1.Service) {
	if s.Spec.Type == corev1.ServiceTypeExternalName {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.Spec.ClusterIP == "" && len(s.Spec.ClusterIPs) > 0 {
		s.Spec.ClusterIP = s.Spec.ClusterIPs[0]
	}
	if s.Spec.ClusterIP == "" {
		if !a.addr.IsValid() {
			a.addr = netip.MustParseAddr("10.96.0.1") // of the service "kubernetes"
		}
		a.addr = a.addr.Next()
		s.Spec.ClusterIP = a.addr.String()
	}
	if len(s.Spec.ClusterIPs) == 0 {
		s.Spec.ClusterIPs = []string{s.Spec.ClusterIP}
	}
	if len(s.Spec.IPFamilies) == 0 {
		s.Spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol}
	}
	orPtr(&s.Spec.IPFamilyPolicy, corev1.IPFamilyPolicySingleStack)

	if !hasNodePorts(s) {
		return
	}
	for i := range s.Spec.Ports {
		if port := &s.Spec.Ports[i]; port.NodePort == 0 {
			port.NodePort = firstNodePort + a.ports%nodePorts
			a.ports++
		}
	}
}

func hasNodePorts(s *corev1.Service) bool {
	switch s.Spec.Type {
	case corev1.ServiceTypeNodePort:
		return true
	case corev1.ServiceTypeLoadBalancer:
		return s.Spec.AllocateLoadBalancerNodePorts == nil || *s.Spec.AllocateLoadBalancerNodePorts
	}
	return false
}

// keepAddresses copies allocated addresses to an update that leaves them out, and
// removes those that the updated type does not have.
func keepAddresses(s, old *corev1.Service) {
	if s.Spec.Type == corev1.ServiceTypeExternalName {
		if old.Spec.Type != corev1.ServiceTypeExternalName && s.Spec.ClusterIP == old.Spec.ClusterIP {
			s.Spec.ClusterIP, s.Spec.ClusterIPs, s.Spec.IPFamilies, s.Spec.IPFamilyPolicy = "", nil, nil, nil
		}
	} else if s.Spec.ClusterIP == "" && len(s.Spec.ClusterIPs) == 0 {
		s.Spec.ClusterIP, s.Spec.ClusterIPs = old.Spec.ClusterIP, slices.Clone(old.Spec.ClusterIPs)
	}
	for i := range s.Spec.Ports {
		port := &s.Spec.Ports[i]
		for _, o := range old.Spec.Ports {
			if o.Port != port.Port || o.Protocol != port.Protocol {
				continue
			}
			if hasNodePorts(s) {
				or(&port.NodePort, o.NodePort)
			} else if port.NodePort == o.NodePort {
				port.NodePort = 0
			}
		}
	}
}

func validateServiceUpdate(s, old *corev1.Service) field.ErrorList {
	if s.Spec.Type == corev1.ServiceTypeExternalName || old.Spec.Type == corev1.ServiceTypeExternalName || old.Spec.ClusterIP == "" {
		return nil
	}
	return validation.ValidateImmutableField(s.Spec.ClusterIP, old.Spec.ClusterIP, field.NewPath("spec", "clusterIP"))
}
