package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/kro/perf-gate/bench/cluster/kind"
)

// kindCPUs is how many CPUs a machine needs for kind: on fewer, the controllers
// and the kubelet of a whole cluster disturb what is measured beside them.
const kindCPUs = 4

// choose picks the cluster for auto, and says why.
func (a *app) choose(ctx context.Context) (name, why string, err error) {
	cache, err := cacheDir()
	if err != nil {
		return "", "", err
	}
	binaries, missing := a.controlPlane(cache)
	name, why = pick(runtime.NumCPU(), kind.DockerWorks(ctx), binaries.From, missing)
	return name, why, nil
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
