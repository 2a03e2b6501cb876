package kind

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	kindcluster "sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/cluster/constants"
	"sigs.k8s.io/kind/pkg/cluster/nodes"
	"sigs.k8s.io/kind/pkg/cluster/nodeutils"

	"github.com/kro/perf-gate/bench/cluster"
)

// Cluster is a kind cluster.
type Cluster struct {
	// Name is the name of an existing cluster to use. If it is empty, the run creates
	// a cluster.
	Name string
	// NodeImage is the image of the nodes of a new cluster. If it is empty, kind's own
	// is used, which is pinned by digest.
	NodeImage string
	// Locks is the directory of lock files, which show which runs are still going.
	Locks string
	// Agent is the user agent of the gate's own client.
	Agent string

	dir, log, kubeconfig string
	provider             *kindcluster.Provider
	logFile              io.Closer
	name                 string
	lock                 *lock
	created              bool   // by this run, so there may be something to delete
	image                string // of the node
}

var _ cluster.Cluster = (*Cluster)(nil)

// Open creates the cluster, or connects to an existing one.
func (c *Cluster) Open(ctx context.Context, dir string) (kubernetes string, err error) {
	c.dir, c.log, c.kubeconfig = dir, filepath.Join(dir, "kind.log"), filepath.Join(dir, "kubeconfig")
	file, err := os.Create(c.log)
	if err != nil {
		return "", err
	}
	c.logFile = file
	if err := DockerWorks(ctx); err != nil {
		return "", fmt.Errorf("kind needs Docker, but %w", err)
	}
	c.provider = kindcluster.NewProvider(kindcluster.ProviderWithDocker(), kindcluster.ProviderWithLogger(&logger{w: file}))
	if c.Name == "" {
		err = c.openNew(ctx)
	} else {
		err = c.openExisting()
	}
	if err != nil {
		return "", err
	}
	if err := c.inspect(ctx); err != nil {
		return "", err
	}
	return c.version()
}

// Image returns the image of the node of an open cluster, as it was named.
func (c *Cluster) Image() string { return c.image }

// inspect finds out the image of the node.
func (c *Cluster) inspect(ctx context.Context) error {
	node, err := c.controlPlane()
	if err != nil {
		return err
	}
	c.image, err = imageOf(ctx, node.String())
	return err
}

func (c *Cluster) openNew(ctx context.Context) (err error) {
	for c.lock == nil { // otherwise a run that cleans up has it locked for a moment
		c.name = newName()
		if c.lock, err = lockCluster(c.Locks, c.name); err != nil {
			return err
		}
	}
	return c.create(ctx)
}

func (c *Cluster) openExisting() error {
	c.name = c.Name
	names, err := c.provider.List()
	if err != nil {
		return err
	}
	if !slices.Contains(names, c.name) {
		return fmt.Errorf("there is no kind cluster %q; there are: %s", c.name, strings.Join(names, ", "))
	}
	return c.provider.ExportKubeConfig(c.name, c.kubeconfig, false)
}

func (c *Cluster) version() (string, error) {
	config, err := c.config()
	if err != nil {
		return "", err
	}
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return "", err
	}
	version, err := client.ServerVersion()
	if err != nil {
		return "", fmt.Errorf("the kind cluster %s does not answer: %w", c.name, err)
	}
	return version.GitVersion, nil
}

// config returns the configuration of the gate's own client.
func (c *Cluster) config() (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", c.kubeconfig)
	if err != nil {
		return nil, err
	}
	config.UserAgent, config.QPS = c.Agent, -1
	return config, nil
}

// Close deletes the cluster if the run created it.
func (c *Cluster) Close() (err error) {
	if c.created {
		err = c.delete()
	}
	if c.lock != nil && err == nil {
		err = c.lock.release()
	} else if c.lock != nil {
		err = errors.Join(err, c.lock.leave())
	}
	if c.logFile != nil {
		err = errors.Join(err, c.logFile.Close())
	}
	return err
}

// Start cleans the cluster and returns its API. If the run created the cluster and it has
// lost its node, Start creates it again.
func (c *Cluster) Start(ctx context.Context, s cluster.Session) (cluster.API, error) {
	node, err := c.controlPlane()
	if err != nil && c.created {
		if err := errors.Join(c.delete(), c.create(ctx)); err != nil {
			return nil, err
		}
		node, err = c.controlPlane()
	}
	if err != nil {
		return nil, err
	}
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	if err := cluster.WaitReady(ctx, config, readyTimeout); err != nil {
		return nil, fmt.Errorf("the kind cluster %s: %w", c.name, err)
	}
	if err := c.clean(ctx, config); err != nil {
		return nil, err
	}
	return c.newAPI(ctx, s.Dir, node, config)
}

func (c *Cluster) clean(ctx context.Context, config *rest.Config) error {
	if err := cluster.Clean(ctx, config, cluster.WithControllers); err != nil {
		return fmt.Errorf("cleaning the kind cluster %s: %w", c.name, err)
	}
	return nil
}

// controlPlane returns the node of the API server, if it is running.
func (c *Cluster) controlPlane() (nodes.Node, error) {
	all, err := c.provider.ListInternalNodes(c.name)
	if err != nil {
		return nil, err
	}
	control, err := nodeutils.SelectNodesByRole(all, constants.ControlPlaneNodeRoleValue)
	if err != nil {
		return nil, err
	}
	if len(control) == 0 {
		return nil, fmt.Errorf("the kind cluster %s has no control plane", c.name)
	}
	if err := control[0].Command("true").Run(); err != nil {
		return nil, fmt.Errorf("the node %s of the kind cluster is not running: %w", control[0], err)
	}
	return control[0], nil
}

// Clean deletes the clusters of runs that were killed, and returns their names. locks is
// their [Cluster.Locks]. If there are no lock files, Clean does not need Docker.
func Clean(ctx context.Context, locks string) (removed []string, err error) {
	names, err := locked(locks)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	if err := DockerWorks(ctx); err != nil {
		return nil, err
	}
	return clean(kindcluster.NewProvider(kindcluster.ProviderWithDocker()), locks)
}
