// Package clusters makes a cluster from its name, and picks one for a run that does
// not name any.
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

// table lists the clusters. A new cluster is a row here.
var table = []struct {
	name string
	make func(Host, Options) (cluster.Cluster, error)
	// both reports whether it can run base and head at once, each with an API of its own.
	both func(bench.ControlPlane) bool
}{
	{"simulation", newSimulation, always},
	{"local", newLocal, func(p bench.ControlPlane) bool { return p != bench.Shared }},
	{"kind", newKind, never},
	{Existing, newExisting, never},
}

func always(bench.ControlPlane) bool { return true }

func never(bench.ControlPlane) bool { return false }

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

// A Host describes the machine and the program to clusters.
type Host struct {
	Cache string // directory of builds, locks and control planes
	Agent string // user agent of the gate's own requests
	// Simulate and Proxy are the commands that start the simulated API server and
	// the counting proxy.
	Simulate, Proxy []string
	// Assets is $KUBEBUILDER_ASSETS, and Data is $XDG_DATA_HOME or its default.
	// setup-envtest keeps control planes there.
	Assets, Data string
	// Kubeconfig is $KUBECONFIG.
	Kubeconfig string
	// Confirm asks the user whether to measure on a cluster that is not on this
	// machine. It returns an error if not.
	Confirm func(context, server string) error
}

// Options are the user's choices for a cluster.
type Options struct {
	// ControlPlane selects the sessions of a local cluster that share a control plane.
	ControlPlane bench.ControlPlane
	// KindCluster is the name of a kind cluster that exists already. NodeImage or
	// Kubernetes, a version, selects the node image of a new one.
	KindCluster, NodeImage, Kubernetes string
	// Kubeconfig and Context name an existing cluster. With Yes, Confirm is not
	// called.
	Kubeconfig, Context string
	Yes                 bool
	// Installed selects the KRO that already runs in the cluster.
	Installed bool
}

// Turns returns how the arms take turns on the named cluster. If wanted is empty, it is by
// blocks where the cluster can run both arms at once.
func Turns(name string, plane bench.ControlPlane, wanted bench.Turns) (bench.Turns, error) {
	both := false
	for _, row := range table {
		both = both || row.name == name && row.both(plane)
	}
	switch {
	case wanted == bench.ByBlock && !both:
		return "", fmt.Errorf("turns %s: the cluster %s runs one KRO at a time: use %s", bench.ByBlock, name, bench.BySession)
	case wanted != "":
		return wanted, nil
	case both:
		return bench.ByBlock, nil
	default:
		return bench.BySession, nil
	}
}

// New makes the named cluster.
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
	named, err := existing.New(o.Kubeconfig, h.Kubeconfig, o.Context, h.Agent, o.Installed)
	if err != nil {
		return nil, err
	}
	if !named.Local() && !o.Yes {
		err = h.Confirm(named.Context, named.Server())
	}
	return named, err
}

// nodeImage returns the node image of a new kind cluster. It is empty for kind's own.
func (o Options) nodeImage() (string, error) {
	switch {
	case o.KindCluster != "" && o.NodeImage+o.Kubernetes != "":
		return "", fmt.Errorf("the kind cluster %s has its nodes already: leave out node-image and kubernetes", o.KindCluster)
	case o.Kubernetes == "":
		return o.NodeImage, nil
	case o.NodeImage != "":
		return "", errors.New("node-image and kubernetes both select the node image: leave out one of them")
	case !semver.IsValid(o.Kubernetes) || semver.Canonical(o.Kubernetes) != o.Kubernetes:
		return "", fmt.Errorf("kubernetes %q: want a full version such as v1.36.3", o.Kubernetes)
	}
	return "kindest/node:" + o.Kubernetes, nil
}

// KindLocks returns the directory within a cache that holds a lock for each kind
// cluster in use.
func KindLocks(cache string) string { return filepath.Join(cache, "kind") }

// controlPlane finds the programs of a local cluster.
func (h Host) controlPlane() (local.Binaries, error) {
	return local.Find(h.Assets, h.Data, h.Cache)
}
