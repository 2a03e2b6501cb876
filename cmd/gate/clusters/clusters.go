// Package clusters makes the cluster that a run asks for by name, and picks one
// where a run leaves it open.
package clusters

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/cluster/existing"
	"github.com/kro/perf-gate/bench/cluster/kind"
	"github.com/kro/perf-gate/bench/cluster/local"
	"github.com/kro/perf-gate/bench/cluster/simulation"
)

// The table of clusters; a new one is a row here.
var table = []struct {
	name string
	make func(Host, Options) (cluster.Cluster, error)
}{
	{"simulation", newSimulation},
	{"local", newLocal},
	{"kind", newKind},
	{Existing, newExisting},
}

// Existing is the cluster that a kubeconfig names.
const Existing = "existing"

// Names lists the clusters.
func Names() []string {
	names := make([]string, len(table))
	for i, row := range table {
		names[i] = row.name
	}
	return names
}

// A Host is what clusters take from the machine and from the program.
type Host struct {
	Cache string // the directory of builds, locks and control planes
	Agent string // the user agent of the gate's own requests
	// Simulate and Proxy are the commands that start the simulated API server and
	// the counting proxy.
	Simulate, Proxy []string
	// Assets and Data are $KUBEBUILDER_ASSETS and $XDG_DATA_HOME or its default:
	// where setup-envtest keeps control planes.
	Assets, Data string
	// Kubeconfig is $KUBECONFIG.
	Kubeconfig string
	// Confirm asks whether a cluster that is not on this machine may be touched.
	Confirm func(context, server string) error
}

// Options are what a user asks of a cluster.
type Options struct {
	// ControlPlane says which sessions of a local cluster share one.
	ControlPlane bench.ControlPlane
	// KindCluster is a kind cluster that is there already; NodeImage or
	// Kubernetes, a version, say what a new one is made of.
	KindCluster, NodeImage, Kubernetes string
	// Kubeconfig and Context name an existing cluster. Yes permits to touch one
	// that is not on this machine.
	Kubeconfig, Context string
	Yes                 bool
	// Installed says that the KRO is measured that runs in the cluster already.
	Installed bool
}

// New returns the cluster of the name.
func New(name string, h Host, o Options) (cluster.Cluster, error) {
	for _, row := range table {
		if row.name == name {
			return row.make(h, o)
		}
	}
	return nil, fmt.Errorf("cluster %q: there are %s", name, strings.Join(Names(), ", "))
}

func newSimulation(h Host, _ Options) (cluster.Cluster, error) {
	return simulation.Cluster{Command: h.Simulate, Agent: h.Agent}, nil
}

func newLocal(h Host, o Options) (cluster.Cluster, error) {
	binaries, err := h.controlPlane()
	if err != nil {
		return nil, err
	}
	return &local.Cluster{Binaries: binaries, Sharing: o.ControlPlane, Proxy: h.Proxy, Agent: h.Agent}, nil
}

func newKind(h Host, o Options) (cluster.Cluster, error) {
	image, err := o.nodeImage()
	if err != nil {
		return nil, err
	}
	return &kind.Cluster{Name: o.KindCluster, NodeImage: image, Locks: KindLocks(h.Cache), Agent: h.Agent}, nil
}

func newExisting(h Host, o Options) (cluster.Cluster, error) {
	place, err := existing.New(o.Kubeconfig, h.Kubeconfig, o.Context, h.Agent, o.Installed)
	if err != nil {
		return nil, err
	}
	if !place.Local() && !o.Yes {
		err = h.Confirm(place.Context, place.Server())
	}
	return place, err
}

// nodeImage is the image of the nodes of a new kind cluster; empty means kind's.
func (o Options) nodeImage() (string, error) {
	switch {
	case o.KindCluster != "" && o.NodeImage+o.Kubernetes != "":
		return "", fmt.Errorf("the kind cluster %s has its node: leave out node-image and kubernetes", o.KindCluster)
	case o.Kubernetes == "":
		return o.NodeImage, nil
	case o.NodeImage != "":
		return "", errors.New("node-image and kubernetes say the same: leave out one of them")
	case !semver.IsValid(o.Kubernetes) || semver.Canonical(o.Kubernetes) != o.Kubernetes:
		return "", fmt.Errorf("kubernetes %q: want a version in full, such as v1.36.3", o.Kubernetes)
	}
	return "kindest/node:" + o.Kubernetes, nil
}

// KindLocks is the directory, within a cache, of the locks that mark kind
// clusters as in use.
func KindLocks(cache string) string { return filepath.Join(cache, "kind") }

// controlPlane finds the programs of a local cluster.
func (h Host) controlPlane() (local.Binaries, error) {
	return local.Find(h.Assets, h.Data, h.Cache)
}
