package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/semver"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/cluster/existing"
	"github.com/kro/perf-gate/bench/cluster/kind"
	"github.com/kro/perf-gate/bench/cluster/local"
	"github.com/kro/perf-gate/bench/cluster/simulation"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/meter"
)

// cluster returns the cluster of a plan; a new one is a case here.
func (a *app) cluster(plan bench.Plan, cfg config, cache string) (cluster.Cluster, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot start children of the gate: %w", err)
	}
	agent := meter.GatePrefix + "/" + version()
	switch plan.Cluster {
	case "simulation":
		return simulation.Cluster{Command: []string{self, simulateCommand}, Agent: agent}, nil
	case "local":
		binaries, err := a.controlPlane(cache)
		if err != nil {
			return nil, err
		}
		return &local.Cluster{
			Binaries: binaries, Sharing: plan.ControlPlane,
			Proxy: []string{self, proxyCommand}, Agent: agent,
		}, nil
	case "kind":
		image, err := cfg.nodeImage()
		if err != nil {
			return nil, err
		}
		return &kind.Cluster{Name: cfg.KindCluster, NodeImage: image, Locks: kindLocks(cache), Agent: agent}, nil
	case "existing":
		place, err := existing.New(cfg.Kubeconfig, a.getenv("KUBECONFIG"), cfg.Context, agent, cfg.Head == string(kro.Installed))
		if err != nil {
			return nil, err
		}
		if !place.Local() && !cfg.Yes {
			err = a.confirm(place.Context, place.Server())
		}
		return place, err
	}
	return nil, fmt.Errorf("cluster %q: there are simulation, local, kind and existing", plan.Cluster)
}

// nodeImage is the image of the nodes of a new kind cluster; empty means kind's.
func (c config) nodeImage() (string, error) {
	switch {
	case c.KindCluster != "" && c.NodeImage+c.Kubernetes != "":
		return "", fmt.Errorf("the kind cluster %s has its node: leave out node-image and kubernetes", c.KindCluster)
	case c.Kubernetes == "":
		return c.NodeImage, nil
	case c.NodeImage != "":
		return "", errors.New("node-image and kubernetes say the same: leave out one of them")
	case !semver.IsValid(c.Kubernetes) || semver.Canonical(c.Kubernetes) != c.Kubernetes:
		return "", fmt.Errorf("kubernetes %q: want a version in full, such as v1.36.3", c.Kubernetes)
	}
	return "kindest/node:" + c.Kubernetes, nil
}

// kindLocks is the directory that tells which kind clusters are in use.
func kindLocks(cache string) string { return filepath.Join(cache, "kind") }

// controlPlane finds the programs of a local cluster.
func (a *app) controlPlane(cache string) (local.Binaries, error) {
	home, _ := os.UserHomeDir() // without one there is nothing of setup-envtest
	data := cmp.Or(a.getenv("XDG_DATA_HOME"), filepath.Join(home, ".local", "share"))
	return local.Find(a.getenv("KUBEBUILDER_ASSETS"), data, cache)
}
