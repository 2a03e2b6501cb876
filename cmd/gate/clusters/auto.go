package clusters

import (
	"context"
	"fmt"
	"runtime"

	"github.com/kro/perf-gate/bench/cluster/kind"
)

// Auto, in place of a name, stands for the best cluster that the machine carries.
const Auto = "auto"

// kindCPUs is how many CPUs a machine needs for kind: on fewer, the controllers
// and the kubelet of a whole cluster disturb what is measured beside them.
const kindCPUs = 4

// Choose picks the cluster for Auto, and says why.
func Choose(ctx context.Context, h Host) (name, why string) {
	binaries, missing := h.controlPlane()
	return pick(runtime.NumCPU(), kind.DockerWorks(ctx), binaries.From, missing)
}

// pick takes the most real cluster that the machine carries.
func pick(cpus int, noDocker error, controlPlane string, noControlPlane error) (name, why string) {
	const kindWants = "kind wants Docker and 4 CPUs"
	var not string
	switch {
	case noDocker != nil:
		not = fmt.Sprintf("%s, but %v", kindWants, noDocker)
	case cpus < kindCPUs:
		not = fmt.Sprintf("%s, and there are %d", kindWants, cpus)
	default:
		return "kind", fmt.Sprintf("Docker works and there are %d CPUs", cpus)
	}
	if noControlPlane == nil {
		return "local", fmt.Sprintf("%s; kube-apiserver and etcd are here from %s", not, controlPlane)
	}
	return "simulation", not + "; " + noControlPlane.Error()
}
