package clusters

import (
	"context"
	"fmt"
	"runtime"

	"github.com/kro/perf-gate/bench/cluster/kind"
)

// Auto stands for the most realistic cluster that the machine can run.
const Auto = "auto"

// kindCPUs is the number of CPUs that a machine needs for kind. On fewer, the
// controllers and the kubelet of the cluster disturb the measurements.
const kindCPUs = 4

// Choose picks the cluster for Auto and gives the reason.
func Choose(ctx context.Context, h Host) (name, why string) {
	binaries, missing := h.controlPlane()
	return pick(runtime.NumCPU(), kind.DockerWorks(ctx), binaries.From, missing)
}

// pick picks the most realistic cluster that the machine can run.
func pick(cpus int, noDocker error, controlPlane string, noControlPlane error) (name, why string) {
	const kindNeeds = "kind needs Docker and 4 CPUs"
	var not string
	switch {
	case noDocker != nil:
		not = fmt.Sprintf("%s, but %v", kindNeeds, noDocker)
	case cpus < kindCPUs:
		not = fmt.Sprintf("%s, but there are %d", kindNeeds, cpus)
	default:
		return "kind", fmt.Sprintf("Docker works and there are %d CPUs", cpus)
	}
	if noControlPlane == nil {
		return "local", fmt.Sprintf("%s; kube-apiserver and etcd come from %s", not, controlPlane)
	}
	return "simulation", not + "; " + noControlPlane.Error()
}
